package slack

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// A Config has what New needs. Pool, Desk, Suggestions, Queue and Box are required.
type Config struct {
	Pool        *pgxpool.Pool
	Desk        *tickets.Desk
	Suggestions Suggestions
	Queue       Queue
	Box         *secret.Box
	APIURL      string           // of a stand-in; empty: Slack's own
	Clock       func() time.Time // nil: time.Now
	Logger      *slog.Logger     // nil: discard

	// Mailboxes reads a mailbox for the notices about it; nil: there are none.
	Mailboxes func(ctx context.Context, tx tenant.Tx, id uuid.UUID) (Mailbox, error)

	// Quarantine has the mail that notices ask members to decide about; nil: there are no such notices.
	Quarantine Quarantine
	// Answers has the answers that have not left; nil: they cannot be taken back here.
	Answers Answers

	// Files keeps files that go along with answers; nil: answers have none.
	Files Files

	// Mail has the mail that comments came by, to be shown whole; nil: it is not shown.
	Mail Mail

	// Grace is how long the event for a post whose answer was lost is waited for, before the channel is
	// searched; default 12 seconds.
	Grace time.Duration
	// Timeout of one call; default 10 seconds. Grace should not be less.
	Timeout time.Duration
	// Watch is how often connected and disconnected workspaces are looked for; default 3 seconds.
	Watch time.Duration
}

// A Mailbox is what a notice says about a mailbox.
type Mailbox = draw.Mailbox

// A Queue takes jobs in the transaction that causes them; *jobs.Queue is one.
type Queue interface {
	Insert(ctx context.Context, tx tenant.Tx, in ...jobs.Insert) error
}

// An App is the desk in Slack, for all tenants. It is safe for concurrent use.
type App struct {
	pool        *pgxpool.Pool
	tickets     *tickets.Desk
	suggestions Suggestions
	queue       Queue
	box         *secret.Box
	apiURL      string
	clock       func() time.Time
	log         *slog.Logger
	mailboxes   func(ctx context.Context, tx tenant.Tx, id uuid.UUID) (Mailbox, error)
	quarantine  Quarantine
	answers     Answers
	files       Files
	mails       Mail

	grace time.Duration // until a lost answer is looked for
	retry time.Duration // until Slack is tried again when it is out of reach
	mend  time.Duration // until it is tried again when a setting is wrong
	watch time.Duration

	acts  map[string]action // by action id
	forms map[string]form   // by callback id
	http  *http.Client
	pace  *webapi.Pace
	own   *recent
	unfit *recent // messages whose blocks Slack did not take, by what they were to show
	turns *turns
	faces *faces

	requests atomic.Pointer[intake] // of what comes by HTTP; nil while Run does not run

	// served are the tenants with a workspace, as Run last read them; nil where it does not run. What happens
	// to others needs no jobs: a workspace that is connected is swept for what came before.
	served atomic.Pointer[map[tenant.ID]bool]
}

// New makes the desk. It opens no connection; Run and the jobs do. Close it after both have ended.
func New(cfg Config) *App {
	a := &App{
		pool: cfg.Pool, tickets: cfg.Desk, suggestions: cfg.Suggestions, queue: cfg.Queue, box: cfg.Box, apiURL: cfg.APIURL,
		clock: cfg.Clock, log: cfg.Logger, mailboxes: cfg.Mailboxes, quarantine: cfg.Quarantine, answers: cfg.Answers, files: cfg.Files, mails: cfg.Mail,
		grace: cfg.Grace, watch: cfg.Watch,
		retry: 2 * time.Second, mend: 2 * time.Minute,
		own: newRecent(), unfit: newRecent(), turns: &turns{}, faces: &faces{},
	}
	if a.clock == nil {
		a.clock = time.Now
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.grace == 0 {
		a.grace = 12 * time.Second
	}
	if a.watch == 0 {
		a.watch = 3 * time.Second
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = webapi.CallTimeout
	}
	a.http = webapi.NewHTTPClient(cfg.Timeout)
	a.pace = webapi.NewPace(a.clock)
	a.acts, a.forms = a.actions(), a.dialogs()
	return a
}

// Close lets go of idle connections.
func (a *App) Close() { a.http.CloseIdleConnections() }

// recent remembers the posts that this process has recorded, so that their events cost no look-up.
type recent struct {
	mu    sync.Mutex
	ts    map[uuid.UUID]string
	order []uuid.UUID
}

// keepRecent is how many posts are remembered; an event follows its post within seconds.
const keepRecent = 4096

func newRecent() *recent { return &recent{ts: map[uuid.UUID]string{}} }

func (r *recent) add(id uuid.UUID, ts string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.ts[id]; !known {
		r.order = append(r.order, id)
	}
	r.ts[id] = ts
	if len(r.order) > keepRecent {
		delete(r.ts, r.order[0])
		r.order = r.order[1:]
	}
}

func (r *recent) has(id uuid.UUID, ts string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ts[id] == ts
}

// turns lets one worker at a time of this process work on a ticket's card, and one on its thread.
type turns struct {
	mu   sync.Mutex
	busy map[turn]*waiters
	last map[uuid.UUID]time.Time // when a card was last updated
}

type turn struct {
	lane   webapi.Lane
	ticket uuid.UUID
}

type waiters struct {
	mu sync.Mutex
	n  int
}

// wait takes a turn; the function it returns ends it.
func (t *turns) wait(key turn) (end func()) {
	t.mu.Lock()
	if t.busy == nil {
		t.busy = map[turn]*waiters{}
	}
	w := t.busy[key]
	if w == nil {
		w = &waiters{}
		t.busy[key] = w
	}
	w.n++
	t.mu.Unlock()
	w.mu.Lock()
	return func() {
		w.mu.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if w.n--; w.n == 0 {
			delete(t.busy, key)
		}
	}
}

// since returns how long to wait until a card may be updated again; zero notes that it is done now. What
// does not change takes no turn.
func (t *turns) since(ticket uuid.UUID, now time.Time, changes bool) time.Duration {
	if !changes {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if wait := t.last[ticket].Add(cardEvery).Sub(now); wait > 0 {
		return wait
	}
	if t.last == nil {
		t.last = map[uuid.UUID]time.Time{}
	}
	for id, at := range t.last {
		if len(t.last) > keepRecent && now.Sub(at) > cardEvery {
			delete(t.last, id)
		}
	}
	t.last[ticket] = now
	return 0
}
