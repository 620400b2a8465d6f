package inbox

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/customerdesk/customerdesk/inbox/origin"
	"github.com/customerdesk/customerdesk/internal/blobs"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Config of an Inbox. The zero value of each number takes the default.
type Config struct {
	Pool   *pgxpool.Pool
	Desk   *tickets.Desk
	Box    *secret.Box
	Clock  func() time.Time
	Logger *slog.Logger
	// Workers is how many messages of a batch are stored at the same time; default 8.
	Workers int
	// ParseTime is how long the reading of one message may take before it is quarantined; default 10 s.
	ParseTime time.Duration
	// Blobs keeps the files that mail carries; nil: in Postgres.
	Blobs *blobs.Store
	// Scanner looks for viruses in files; nil: nobody does.
	Scanner Scanner
	// Resolver looks up what verdicts on senders need; nil: nothing is looked up, see origin.Config.
	Resolver origin.Resolver
	// Fetcher gets mail that was not taken when it came, when it is released; nil: it cannot be released.
	Fetcher Fetcher
	// Alarm is called in the transaction that notes the beginning of a mailbox's outage, and in the one that
	// notes its end, for the job that tells people of it. It may be nil.
	Alarm func(ctx context.Context, tx tenant.Tx, o Outage) error
	// Quarantined is called in the transaction that puts a mail into quarantine, and in the one in which a
	// person decides about it, for the job that tells people. It may be nil.
	Quarantined func(ctx context.Context, tx tenant.Tx, q Quarantine) error
	// Alerted has people told of storms, and of files that take up too much. It may be nil.
	Alerted Alerted
}

// An Inbox is the Sink that turns mail into comments. It is safe for concurrent use, also by several
// processes on one database.
type Inbox struct {
	cfg    Config
	sign   signer
	origin *origin.Checker
	large  chan struct{} // holds one while a mail is fetched that is over the limit
}

// New makes an inbox.
func New(cfg Config) *Inbox {
	if cfg.Workers <= 0 {
		cfg.Workers = 8
	}
	if cfg.ParseTime <= 0 {
		cfg.ParseTime = 10 * time.Second
	}
	return &Inbox{
		cfg: cfg, sign: signer{box: cfg.Box}, large: make(chan struct{}, 1),
		origin: origin.New(origin.Config{Resolver: cfg.Resolver, Clock: cfg.Clock}),
	}
}

var _ Sink = (*Inbox)(nil)
