package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/channels/email"
	"github.com/customerdesk/customerdesk/channels/slack"
	"github.com/customerdesk/customerdesk/channels/slack/install"
	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/inbox/dkim"
	"github.com/customerdesk/customerdesk/inbox/origin"
	"github.com/customerdesk/customerdesk/internal/blobs"
	"github.com/customerdesk/customerdesk/internal/clamd"
	"github.com/customerdesk/customerdesk/internal/config"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
	"github.com/customerdesk/customerdesk/tickets"
)

// withDatabase makes a command's body of fn: settings read, database open, everything wired.
func (c *cli) withDatabase(fn func(ctx context.Context, a *app, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		ctx := cmd.Context()
		cfg, err := c.load()
		if err != nil {
			return err
		}
		p, err := openPlace(ctx, cfg, c.quiet(cfg))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.release(ctx)) }()
		pool, err := p.ready(ctx)
		if err != nil {
			return err
		}
		defer pool.Close()
		a, err := wire(cfg, p.key, pool, p.log)
		if err != nil {
			return err
		}
		defer a.close()
		return fn(ctx, a, args)
	}
}

// quiet is the logger of a command that is over in a moment: what matters is told by its result.
func (c *cli) quiet(cfg config.Config) *slog.Logger {
	if cfg.LogLevel > slog.LevelDebug {
		cfg.LogLevel = slog.LevelWarn
	}
	return c.logger(cfg)
}

// app is the service's parts, wired together.
type app struct {
	cfg   config.Config
	log   *slog.Logger
	clock func() time.Time
	pool  *pgxpool.Pool
	box   *secret.Box

	queue      *jobs.Queue // takes jobs, works none
	desk       *tickets.Desk
	library    *kb.Library
	assistant  *ai.Assistant
	blobs      *blobs.Store
	scanner    *clamd.Scanner // nil: none
	inbox      *inbox.Inbox
	outbox     *inbox.Outbox
	closing    *tickets.Closing
	office     postOffice
	dialer     email.Dialer
	sender     *email.Sender
	slack      *slack.App
	workspaces workspace.Registry
	installer  *install.Installer
	refresh    time.Duration // how often new mailboxes are looked for; 0: the default
}

// wire makes all parts for a database. They do nothing yet.
func wire(cfg config.Config, key []byte, pool *pgxpool.Pool, log *slog.Logger) (*app, error) {
	box, err := secret.New(key)
	if err != nil {
		return nil, err
	}
	queue, err := jobs.New(jobs.Config{Pool: pool, Logger: log})
	if err != nil {
		return nil, err
	}
	a := &app{cfg: cfg, log: log, clock: time.Now, pool: pool, box: box, queue: queue}
	if a.blobs, err = blobs.New(cfg.BlobURL); err != nil {
		return nil, err
	}
	var scanner inbox.Scanner
	if a.scanner, err = clamd.New(cfg.ClamdAddr, a.clock); err != nil {
		return nil, err
	}
	if a.scanner != nil {
		scanner = a.scanner
	}
	follow := &followUps{queue: queue}
	a.desk = tickets.New(a.clock, follow)
	a.library = kb.New(a.clock)
	a.closing = &tickets.Closing{Pool: pool, Desk: a.desk}
	a.workspaces = workspace.Registry{Pool: pool, Box: box, APIURL: cfg.SlackAPIURL, Signed: cfg.SlackSigningSecret != "", Clock: a.clock,
		Client: workspace.Client{ID: cfg.SlackClientID, Secret: workspace.NewToken(cfg.SlackClientSecret)}}
	if a.installer, err = install.New(install.Config{Registry: a.workspaces, PublicURL: cfg.PublicURL, Logger: log}); err != nil {
		return nil, err
	}
	a.inbox = inbox.New(inbox.Config{
		Pool: pool, Desk: a.desk, Box: box, Blobs: a.blobs, Scanner: scanner, Clock: a.clock, Logger: log, Resolver: resolver(cfg), Alarm: a.alarm, Quarantined: a.quarantined,
		Alerted: a.alerted, Fetcher: a,
	})
	a.office = newPostOffice(pool, box, a.clock)
	a.sender = email.NewSender(email.SenderConfig{Accounts: a.office, Logger: log, Clock: a.clock})
	a.outbox = inbox.NewOutbox(inbox.OutboxConfig{
		Pool: pool, Desk: a.desk, Box: box, Transport: a.sender, Blobs: a.blobs, Clock: a.clock, Logger: log,
		Signer:    &dkim.Signer{Pool: pool, Box: box, Clock: a.clock, Logger: log},
		PublicURL: cfg.PublicURL,
		Alerted:   a.alerted,
	})
	if a.assistant, err = ai.New(ai.Config{Pool: pool, Desk: a.desk, Provider: provider(cfg), Clock: a.clock, Logger: log}); err != nil {
		return nil, err
	}
	a.slack = slack.New(slack.Config{
		Pool: pool, Desk: a.desk, Suggestions: a.assistant, Queue: queue, Box: box, APIURL: cfg.SlackAPIURL, Clock: a.clock, Logger: log,
		Mailboxes: mailboxNotice, Quarantine: a.inbox, Mail: a.inbox, Answers: a.outbox, Files: a.outbox,
	})
	follow.parts = []followUp{a.slack, a.assistant, a.outbox, a.closing}
	return a, nil
}

// resolver is whom verdicts on senders ask; nil: nobody.
func resolver(cfg config.Config) origin.Resolver {
	if cfg.NoDNS {
		return nil
	}
	return origin.System{Server: cfg.DNSServer}
}

func provider(cfg config.Config) ai.Provider {
	return ai.Provider{Name: cfg.AI.Provider, Model: cfg.AI.Name, BaseURL: cfg.AI.BaseURL, APIKey: cfg.AI.APIKey, Timeout: cfg.AI.Timeout}
}

// alarm tells the support members in Slack that a mailbox is out of order, or works again.
func (a *app) alarm(ctx context.Context, tx tenant.Tx, o inbox.Outage) error {
	return a.queue.Insert(ctx, tx, slack.OutageNotice(tx.Tenant(), o.Mailbox.UUID, o.Since))
}

// quarantined tells the support members in Slack of mail that is set aside, and what became of it.
func (a *app) quarantined(ctx context.Context, tx tenant.Tx, q inbox.Quarantine) error {
	return a.queue.Insert(ctx, tx, slack.HeldNotice(tx.Tenant(), q.Notice, q.At))
}

// alerted tells the support members in Slack of what they should look at, and how it goes on.
func (a *app) alerted(ctx context.Context, tx tenant.Tx, id uuid.UUID, at time.Time) error {
	return a.queue.Insert(ctx, tx, slack.WarningNotice(tx.Tenant(), id, at))
}

// mailboxNotice is what a notice about a mailbox says.
func mailboxNotice(ctx context.Context, tx tenant.Tx, id uuid.UUID) (slack.Mailbox, error) {
	all, err := inbox.Mailboxes(ctx, tx)
	for _, m := range all {
		if m.ID == id {
			return slack.Mailbox{Address: m.Address, LastError: m.LastError, FailingSince: m.FailingSince}, err
		}
	}
	return slack.Mailbox{}, errors.Join(err, inbox.ErrNoMailbox)
}

// tenantID is the tenant that the command is about.
func (a *app) tenantID(ctx context.Context) (tenant.ID, error) {
	slug, err := needTenant(a.cfg)
	if err != nil {
		return tenant.ID{}, err
	}
	id, err := tenant.Resolve(ctx, a.pool, slug)
	if errors.Is(err, tenant.ErrUnknown) {
		return id, fmt.Errorf("there is no tenant %q: `customerdesk tenant list` shows what there is", slug)
	}
	return id, err
}

// inTenant runs fn in a transaction of the tenant that the command is about.
func (a *app) inTenant(ctx context.Context, fn func(tenant.Tx) error) error {
	id, err := a.tenantID(ctx)
	if err != nil {
		return err
	}
	return a.in(ctx, id, fn)
}

func (a *app) in(ctx context.Context, id tenant.ID, fn func(tenant.Tx) error) error {
	return tenant.In(ctx, a.pool, id, fn)
}

// rawOf returns the mail that a comment came by.
func (a *app) rawOf(ctx context.Context, tx tenant.Tx, k tickets.Comment) ([]byte, error) {
	if k.InboundID == nil {
		return nil, fmt.Errorf("comment %s did not come by mail", k.ID)
	}
	_, raw, err := a.inbox.MessageByID(ctx, tx, *k.InboundID)
	return raw, err
}

// close lets go of connections that are kept for reuse.
func (a *app) close() {
	a.sender.Close()
	a.slack.Close()
	a.installer.Close()
	a.blobs.Close()
}
