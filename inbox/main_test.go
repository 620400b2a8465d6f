package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// A house is a tenant with a mailbox, an inbox and an outbox on a database of the test's own.
type house struct {
	alerts []alarm
	t      testing.TB
	pool   *pgxpool.Pool
	box    *secret.Box
	tenant tenant.ID
	box1   MailboxID // support@acme.example
	inbox  *Inbox
	outbox *Outbox
	desk   *tickets.Desk
	wire   *wire
	now    *clock
	uid    uint32

	mu     sync.Mutex
	fail   error        // of the listener
	flaky  atomic.Int32 // so many times it fails at what became of a mail
	queued []SendArgs
	due    []NoticeArgs
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Millisecond)
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// An alarm is a job that tells people of an alert.
type alarm struct {
	id uuid.UUID
	at time.Time
}

func newHouse(t testing.TB) *house {
	t.Helper()
	return houseIn(t, pgtest.New(t).Service, "acme")
}

func houseIn(t testing.TB, pool *pgxpool.Pool, slug string) *house {
	t.Helper()
	box, err := secret.New([]byte(strings.Repeat("k", secret.KeySize)))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, pool: pool, box: box, now: &clock{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}, wire: &wire{}}
	tn, err := tenant.Add(t.Context(), pool, slug, "Acme")
	if err != nil {
		t.Fatal(err)
	}
	h.tenant = tn.ID
	h.set("undo_window=0s")
	h.desk = tickets.New(h.now.Now, h)
	logger := slog.New(slog.DiscardHandler)
	alerted := func(_ context.Context, _ tenant.Tx, id uuid.UUID, at time.Time) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.alerts = append(h.alerts, alarm{id, at})
		return nil
	}
	h.inbox = New(Config{Pool: pool, Desk: h.desk, Box: box, Clock: h.now.Now, Logger: logger, Alerted: alerted})
	h.outbox = NewOutbox(OutboxConfig{Pool: pool, Desk: h.desk, Box: box, Transport: h.wire, Clock: h.now.Now, Logger: logger, Alerted: alerted})
	h.box1 = h.mailbox("support@acme.example")
	return h
}

// set changes a setting of the tenant.
func (h *house) set(pair string) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) error {
		_, err := tenant.Set(h.t.Context(), tx, []string{pair})
		return err
	})
}

// TicketChanged asks the outbox for follow-ups, as the service's wiring does.
func (h *house) TicketChanged(ctx context.Context, tx tenant.Tx, events []tickets.Event) error {
	list, err := h.outbox.FollowUps(ctx, tx, events)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, j := range list {
		switch a := j.Args.(type) {
		case SendArgs:
			h.queued = append(h.queued, a)
		case NoticeArgs:
			h.due = append(h.due, a)
		}
	}
	if slices.ContainsFunc(events, func(e tickets.Event) bool { return e.Kind == tickets.DeliveryChanged }) && h.flaky.Add(-1) >= 0 {
		return errors.New("another transaction was in the way")
	}
	return h.fail
}

func (h *house) mailbox(address string) MailboxID {
	h.t.Helper()
	m, err := tenant.Get(h.t.Context(), h.pool, h.tenant, func(tx tenant.Tx) (Mailbox, error) {
		return AddMailbox(h.t.Context(), tx, h.box, NewMailbox{
			Mailbox:     Mailbox{Address: address, FromName: "Acme Support", IMAP: "imap://mail.acme.example", SMTP: "smtp://mail.acme.example", Since: h.now.Now()},
			Credentials: []byte("secret"),
		})
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return m.ID
}

// raw makes the next message of the first mailbox; lines are separated by LF.
func (h *house) raw(text string) Raw {
	h.uid++
	body := []byte(strings.ReplaceAll(text, "\n", "\r\n"))
	return Raw{Tenant: h.tenant, Mailbox: h.box1, Folder: "INBOX", UIDValidity: 7, UID: h.uid, ReceivedAt: h.now.Now(), Size: int64(len(body)), Body: body}
}

func (h *house) accept(batch ...Raw) {
	h.t.Helper()
	n, err := h.inbox.Accept(h.t.Context(), batch)
	if err != nil || n != len(batch) {
		h.t.Fatalf("stored %d of %d: %v", n, len(batch), err)
	}
}

func (h *house) tickets() []tickets.Ticket {
	h.t.Helper()
	list, err := tenant.Get(h.t.Context(), h.pool, h.tenant, func(tx tenant.Tx) ([]tickets.Ticket, error) {
		return tickets.List(h.t.Context(), tx, tickets.Filter{})
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

func (h *house) comments(id tickets.ID) []tickets.Comment {
	h.t.Helper()
	list, err := tenant.Get(h.t.Context(), h.pool, h.tenant, func(tx tenant.Tx) ([]tickets.Comment, error) {
		return tickets.Comments(h.t.Context(), tx, id)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

func (h *house) messages(s State) []Inbound {
	h.t.Helper()
	list, err := tenant.Get(h.t.Context(), h.pool, h.tenant, func(tx tenant.Tx) (list []Inbound, err error) {
		err = h.inbox.Messages(h.t.Context(), tx, MessageFilter{State: s}, func(m Inbound) error { list = append(list, m); return nil })
		return list, err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

func (h *house) in(fn func(tx tenant.Tx) error) {
	h.t.Helper()
	if err := tenant.In(h.t.Context(), h.pool, h.tenant, fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) count(table string) (n int) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) error {
		return tx.QueryRow(h.t.Context(), `SELECT count(*) FROM `+table+` WHERE tenant_id = $1`, h.tenant).Scan(&n)
	})
	return n
}

// member adds a support member who can act.
func (h *house) member() tickets.Actor {
	h.t.Helper()
	var by tickets.Actor
	h.in(func(tx tenant.Tx) error {
		m, err := tenant.AddMember(h.t.Context(), tx, "Mia Member", "mia@acme.example", tenant.Agent)
		by = tickets.Actor{Kind: tickets.ByMember, User: m.Person.ID, Via: tickets.ByCLI}
		return err
	})
	return by
}

// answer writes a public comment of a member and returns its outgoing message.
func (h *house) answer(id tickets.ID, text string) SendArgs {
	h.t.Helper()
	by := h.member()
	h.in(func(tx tenant.Tx) error {
		_, err := h.desk.Comment(h.t.Context(), tx, tickets.NewComment{Ticket: id, Kind: tickets.Public, Author: by, Text: text})
		return err
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.queued) == 0 {
		h.t.Fatal("no mail follows from the answer")
	}
	return h.queued[len(h.queued)-1]
}

// plainMail is a plain message with the given header lines.
func plainMail(from, subject, id, body string, more ...string) string {
	return fmt.Sprintf("From: %s\nTo: support@acme.example\nSubject: %s\nMessage-ID: <%s>\nDate: Mon, 02 Mar 2026 09:00:00 +0000\n%s\n%s",
		from, subject, id, strings.Join(append(more, ""), "\n"), body)
}

// wire is a transport that remembers what it was given and answers as it is told to.
type wire struct {
	mu      sync.Mutex
	sent    []Envelope
	respond func(Envelope) (Receipt, error)
}

func (w *wire) Send(_ context.Context, e Envelope) (Receipt, error) {
	w.mu.Lock()
	w.sent = append(w.sent, e)
	respond := w.respond
	w.mu.Unlock()
	if respond != nil {
		return respond(e)
	}
	return Receipt{Accepted: e.Recipients}, nil
}

func (w *wire) all() []Envelope {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Envelope(nil), w.sent...)
}
