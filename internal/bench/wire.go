package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/channels/email"
	"github.com/customerdesk/customerdesk/channels/slack"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// parts are the service's, wired as the command does, as far as mail becomes tickets and queued jobs.
type parts struct {
	pool  *pgxpool.Pool
	box   *secret.Box
	desk  *tickets.Desk
	inbox *inbox.Inbox
	slack *slack.App
	log   *slog.Logger
}

// wire makes the parts. close them.
func wire(pool *pgxpool.Pool, key []byte, log *slog.Logger) (*parts, error) {
	box, err := secret.New(key)
	if err != nil {
		return nil, err
	}
	queue, err := jobs.New(jobs.Config{Pool: pool, Logger: log})
	if err != nil {
		return nil, err
	}
	p := &parts{pool: pool, box: box, log: log}
	follow := &followUps{queue: queue}
	p.desk = tickets.New(time.Now, follow)
	p.inbox = inbox.New(inbox.Config{Pool: pool, Desk: p.desk, Box: box, Clock: time.Now, Logger: log})
	assistant, err := ai.New(ai.Config{Pool: pool, Desk: p.desk, Provider: ai.Provider{Name: "builtin"}, Clock: time.Now, Logger: log})
	if err != nil {
		return nil, err
	}
	p.slack = slack.New(slack.Config{Pool: pool, Desk: p.desk, Suggestions: assistant, Queue: queue, Box: box, Clock: time.Now, Logger: log})
	outbox := inbox.NewOutbox(inbox.OutboxConfig{Pool: pool, Desk: p.desk, Box: box, Clock: time.Now, Logger: log})
	follow.parts = []followUp{p.slack, assistant, outbox, &tickets.Closing{Pool: pool, Desk: p.desk}}
	return p, nil
}

func (p *parts) close() { p.slack.Close() }

// supervisor fetches mail for the parts.
func (p *parts) supervisor(idlePoll time.Duration) *email.Supervisor {
	return email.NewSupervisor(email.Config{
		Sink: p.inbox, Mailboxes: postOffice{p.pool, p.box}, Cursors: p.inbox, Journal: p.inbox, Logger: p.log, IdlePoll: idlePoll,
	})
}

type followUp interface {
	FollowUps(ctx context.Context, tx tenant.Tx, events []tickets.Event) ([]jobs.Insert, error)
}

// followUps queues what follows from a change in the change's own transaction.
type followUps struct {
	queue *jobs.Queue
	parts []followUp
}

// TicketChanged implements tickets.Listener.
func (f *followUps) TicketChanged(ctx context.Context, tx tenant.Tx, events []tickets.Event) error {
	var all []jobs.Insert
	for _, p := range f.parts {
		in, err := p.FollowUps(ctx, tx, events)
		if err != nil {
			return err
		}
		all = append(all, in...)
	}
	return f.queue.Insert(ctx, tx, all...)
}

// credentials are sealed beside a mailbox as the command seals them.
type credentials struct {
	IMAP email.Credentials `json:"imap"`
	SMTP email.Credentials `json:"smtp"`
}

// newMailbox describes a mailbox behind two mail URLs; the zero since takes all mail.
func newMailbox(address, imapURL, smtpURL string, since time.Time) (inbox.NewMailbox, error) {
	n := inbox.NewMailbox{Mailbox: inbox.Mailbox{Address: address, Since: since}}
	in, err := email.ParseAccount(imapURL, email.IMAP)
	if err != nil {
		return n, err
	}
	out, err := email.ParseAccount(smtpURL, email.SMTP)
	if err != nil {
		return n, err
	}
	var keep credentials
	n.IMAP, keep.IMAP = in.Split()
	n.SMTP, keep.SMTP = out.Split()
	n.Credentials, err = json.Marshal(keep)
	return n, err
}

// postOffice tells the mail transport what the inbox knows of mailboxes.
type postOffice struct {
	pool *pgxpool.Pool
	box  *secret.Box
}

// Wanted implements email.Mailboxes.
func (o postOffice) Wanted(ctx context.Context) ([]email.Ref, error) {
	routes, err := inbox.Routes(ctx, o.pool)
	refs := make([]email.Ref, len(routes))
	for i, r := range routes {
		refs[i] = email.Ref{Route: r.Route}
	}
	return refs, err
}

// Open implements email.Mailboxes.
func (o postOffice) Open(ctx context.Context, r inbox.Route) (email.Mailbox, error) {
	var m inbox.Mailbox
	var c credentials
	err := tenant.In(ctx, o.pool, r.Tenant, func(tx tenant.Tx) (err error) {
		if m, err = inbox.MailboxByID(ctx, tx, r.Mailbox); err != nil {
			return err
		}
		plain, err := inbox.MailboxCredentials(ctx, tx, o.box, r.Mailbox)
		if err != nil {
			return err
		}
		return json.Unmarshal(plain, &c)
	})
	if err != nil {
		return email.Mailbox{}, fmt.Errorf("open mailbox: %w", err)
	}
	account, err := email.Join(m.IMAP, email.IMAP, c.IMAP)
	return email.Mailbox{Account: account, Folder: m.Folder, MoveTo: m.MoveTo, Since: m.Since}, err
}
