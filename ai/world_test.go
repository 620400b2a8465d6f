package ai_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is one tenant with a desk, articles and an assistant, wired as the service wires them.
type world struct {
	*testing.T
	db     *pgtest.DB
	tenant tenant.ID
	desk   *tickets.Desk
	lib    *kb.Library
	ai     *ai.Assistant

	mu   sync.Mutex
	due  []jobs.Insert
	told []tickets.Event
}

// TicketChanged is what the service's listener does: it collects the follow-up jobs.
func (w *world) TicketChanged(ctx context.Context, tx tenant.Tx, events []tickets.Event) error {
	due, err := w.ai.FollowUps(ctx, tx, events)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.due = append(w.due, due...)
	w.told = append(w.told, events...)
	return err
}

func newWorld(t *testing.T, p ai.Provider) *world { return inWorld(t, pgtest.New(t), "acme", p) }

func inWorld(t *testing.T, db *pgtest.DB, slug string, p ai.Provider) *world {
	t.Helper()
	tn, err := tenant.Add(t.Context(), db.Service, slug, slug)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, db: db, tenant: tn.ID, lib: kb.New(time.Now)}
	w.desk = tickets.New(time.Now, w)
	w.ai, err = ai.New(ai.Config{Pool: db.Service, Desk: w.desk, Logger: slog.New(slog.DiscardHandler), Clock: time.Now, Provider: p})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) in(fn func(tx tenant.Tx) error) {
	w.Helper()
	if err := w.try(fn); err != nil {
		w.Fatal(err)
	}
}

func (w *world) try(fn func(tx tenant.Tx) error) error {
	return tenant.In(w.Context(), w.db.Service, w.tenant, fn)
}

func (w *world) publish(d kb.Document) (a kb.Article) {
	w.Helper()
	w.in(func(tx tenant.Tx) (err error) {
		if a, err = w.lib.Add(w.Context(), tx, d); err == nil {
			a, err = w.lib.Publish(w.Context(), tx, a.ID)
		}
		return err
	})
	return a
}

// articles publishes a small help centre.
func (w *world) articles() {
	w.Helper()
	w.publish(kb.Document{Title: "Resetting your password", Content: "Forgot your password? It can be reset at any time.\n\n## Reset it\n\n" +
		"- Open the sign-in page.\n- Press **Forgot password**.\n- Follow the link in the mail that we send you.\n\nThe link is valid for 30 minutes."})
	w.publish(kb.Document{Title: "Refunds", Content: "We refund every order within 30 days. The money arrives within five working days."})
	w.publish(kb.Document{Title: "Changing your delivery address", Content: "Open Orders and press Change address. That works until the parcel has left our house."})
	w.publish(kb.Document{Title: "Password policy for the team", Visibility: kb.Internal, Content: "Reset the password of a customer only after the secret phrase XYZZY."})
}

func (w *world) open(title, text string) (t tickets.Ticket) {
	w.Helper()
	w.in(func(tx tenant.Tx) error {
		who, err := tickets.EnsureEmployee(w.Context(), tx, "Kim Lee", "kim@customer.test")
		if err != nil {
			return err
		}
		t, _, err = w.desk.Open(w.Context(), tx, tickets.NewTicket{Title: title, Requester: who, First: tickets.NewComment{
			Text: text, MessageID: tenant.NewID().String() + "@customer.test", Author: tickets.Actor{Kind: tickets.ByCustomer, User: who.Person.ID, Via: tickets.ByEmail},
		}})
		return err
	})
	return t
}

func (w *world) customerSays(t tickets.Ticket, text string) {
	w.Helper()
	w.in(func(tx tenant.Tx) error {
		_, err := w.desk.Comment(w.Context(), tx, tickets.NewComment{Ticket: t.ID, Kind: tickets.Public, Text: text,
			Author: tickets.Actor{Kind: tickets.ByCustomer, User: t.Requester.ID, Via: tickets.ByEmail}})
		return err
	})
}

func (w *world) memberSays(t tickets.Ticket, kind tickets.CommentKind, by tickets.Actor, text string) {
	w.Helper()
	w.in(func(tx tenant.Tx) error {
		_, err := w.desk.Comment(w.Context(), tx, tickets.NewComment{Ticket: t.ID, Kind: kind, Text: text, Author: by})
		return err
	})
}

func (w *world) member(name string) tickets.Actor {
	w.Helper()
	var m tenant.Member
	w.in(func(tx tenant.Tx) (err error) {
		m, err = tenant.AddMember(w.Context(), tx, name, name+"@acme.test", tenant.Agent)
		return err
	})
	return tickets.Actor{Kind: tickets.ByMember, User: m.Person.ID, Via: tickets.BySlack}
}

// work runs the jobs that are due.
func (w *world) work() {
	w.Helper()
	w.mu.Lock()
	due := w.due
	w.due = nil
	w.mu.Unlock()
	for _, j := range due {
		args := j.Args.(ai.AssistArgs)
		if err := w.ai.Assist(w.Context(), args.Tenant, args.Ticket); err != nil {
			w.Fatal(err)
		}
	}
}

func (w *world) suggestions(t tickets.Ticket, kind ai.Kind) (list []ai.Suggestion) {
	w.Helper()
	w.in(func(tx tenant.Tx) (err error) {
		list, err = ai.Suggestions(w.Context(), tx, ai.Filter{Ticket: t.ID, Kind: kind})
		return err
	})
	return list
}

// reply returns the newest draft.
func (w *world) reply(t tickets.Ticket) ai.Suggestion {
	w.Helper()
	list := w.suggestions(t, ai.Reply)
	if len(list) == 0 {
		w.Fatal("there is no draft")
	}
	return list[0]
}

func (w *world) comments(t tickets.Ticket) (list []tickets.Comment) {
	w.Helper()
	w.in(func(tx tenant.Tx) (err error) { list, err = tickets.Comments(w.Context(), tx, t.ID); return err })
	return list
}
