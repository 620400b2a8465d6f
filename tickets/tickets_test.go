package tickets_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// recorder is a listener that keeps what it was told.
type recorder struct {
	mu     sync.Mutex
	events []tickets.Event
	fail   error
}

func (r *recorder) TicketChanged(_ context.Context, _ tenant.Tx, events []tickets.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, events...)
	return r.fail
}

// world is one tenant with a desk and a clock that only the test moves.
type world struct {
	t      *testing.T
	db     *pgtest.DB
	tenant tenant.ID
	desk   *tickets.Desk
	heard  *recorder
	now    time.Time
}

func newWorld(t *testing.T) *world {
	db := pgtest.New(t)
	return inWorld(t, db, "acme")
}

func inWorld(t *testing.T, db *pgtest.DB, slug string) *world {
	t.Helper()
	tn, err := tenant.Add(t.Context(), db.Service, slug, "Acme")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, tenant: tn.ID, heard: &recorder{}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	w.desk = tickets.New(func() time.Time { return w.now }, w.heard)
	return w
}

func (w *world) in(fn func(ctx context.Context, tx tenant.Tx) error) {
	w.t.Helper()
	if err := w.try(fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) try(fn func(ctx context.Context, tx tenant.Tx) error) error {
	ctx := w.t.Context()
	return tenant.In(ctx, w.db.Service, w.tenant, func(tx tenant.Tx) error { return fn(ctx, tx) })
}

func (w *world) open(from, title string) (t tickets.Ticket) {
	w.t.Helper()
	w.in(func(ctx context.Context, tx tenant.Tx) error {
		who, err := tickets.EnsureEmployee(ctx, tx, "Kim", from)
		if err != nil {
			return err
		}
		t, _, err = w.desk.Open(ctx, tx, tickets.NewTicket{Title: title, Requester: who, First: tickets.NewComment{
			Text: "It does not work.", MessageID: title + "@" + from, Digest: []byte("d"),
			Author: tickets.Actor{Kind: tickets.ByCustomer, User: who.Person.ID, Via: tickets.ByEmail},
		}})
		return err
	})
	return t
}

func (w *world) member(email string) (m tenant.Member) {
	w.t.Helper()
	w.in(func(ctx context.Context, tx tenant.Tx) (err error) {
		m, err = tenant.AddMember(ctx, tx, "Nora", email, tenant.Agent)
		return err
	})
	return m
}

func (w *world) get(id tickets.ID) (t tickets.Ticket) {
	w.t.Helper()
	w.in(func(ctx context.Context, tx tenant.Tx) (err error) {
		t, err = tickets.ByID(ctx, tx, id)
		return err
	})
	return t
}

func (w *world) say(id tickets.ID, kind tickets.CommentKind, by tickets.ActorKind, user tenant.UserID) error {
	return w.try(func(ctx context.Context, tx tenant.Tx) error {
		_, err := w.desk.Comment(ctx, tx, tickets.NewComment{Ticket: id, Kind: kind, Text: "…", Author: tickets.Actor{Kind: by, User: user, Via: tickets.BySlack}})
		return err
	})
}

func TestNumbersCountFromOneAndAFailureTakesItsNumberAlong(t *testing.T) {
	w := newWorld(t)
	first := w.open("kim@shop.example", "a")
	w.heard.fail = errors.New("queue is down")
	err := w.try(func(ctx context.Context, tx tenant.Tx) error {
		who, err := tickets.EnsureEmployee(ctx, tx, "", "kim@shop.example")
		if err != nil {
			return err
		}
		_, _, err = w.desk.Open(ctx, tx, tickets.NewTicket{Title: "lost", Requester: who, First: tickets.NewComment{Author: tickets.Actor{Kind: tickets.ByCustomer, Via: tickets.ByCLI}}})
		return err
	})
	if !errors.Is(err, w.heard.fail) {
		t.Fatalf("a listener's error did not undo the change: %v", err)
	}
	w.heard.fail = nil
	second := w.open("kim@shop.example", "b")
	if first.Number != 1 || second.Number != 3 {
		t.Errorf("numbers %d and %d", first.Number, second.Number)
	}
}

func TestTicketMovesThroughItsLifeAndEveryStepIsInTheHistory(t *testing.T) {
	w := newWorld(t)
	nora := w.member("nora@acme.example")
	tk := w.open("kim@shop.example", "Printer")
	by := tickets.Actor{Kind: tickets.ByMember, User: nora.Person.ID, Via: tickets.BySlack}

	if err := w.say(tk.ID, tickets.Internal, tickets.ByMember, nora.Person.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.get(tk.ID); got.Status != tickets.Open || got.WaitingSince == nil {
		t.Errorf("a note made it %s, waiting since %v", got.Status, got.WaitingSince)
	}
	w.now = w.now.Add(time.Hour)
	if err := w.say(tk.ID, tickets.Public, tickets.ByMember, nora.Person.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.get(tk.ID); got.Status != tickets.InProgress || got.WaitingSince != nil || got.FirstAnsweredAt == nil {
		t.Errorf("after the first answer: %s, waiting %v, answered %v", got.Status, got.WaitingSince, got.FirstAnsweredAt)
	}
	w.in(func(ctx context.Context, tx tenant.Tx) error {
		return w.desk.SetStatus(ctx, tx, tk.ID, tickets.Resolved, by)
	})
	if err := w.say(tk.ID, tickets.Public, tickets.ByCustomer, tk.Requester.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.get(tk.ID); got.Status != tickets.Open || got.ResolvedAt != nil || got.WaitingSince == nil {
		t.Errorf("the customer's mail did not reopen it: %s", got.Status)
	}
	w.in(func(ctx context.Context, tx tenant.Tx) error {
		return w.desk.SetStatus(ctx, tx, tk.ID, tickets.Resolved, by)
	})
	w.in(func(ctx context.Context, tx tenant.Tx) error {
		wait, err := w.desk.CloseDue(ctx, tx, tk.ID, 72*time.Hour)
		if wait != 72*time.Hour {
			t.Errorf("closing waits %v", wait)
		}
		return err
	})
	w.now = w.now.Add(72 * time.Hour)
	w.in(func(ctx context.Context, tx tenant.Tx) error {
		wait, err := w.desk.CloseDue(ctx, tx, tk.ID, 72*time.Hour)
		if wait != 0 {
			t.Errorf("closing still waits %v", wait)
		}
		return err
	})
	if err := w.say(tk.ID, tickets.Public, tickets.ByCustomer, tk.Requester.ID); !errors.Is(err, tickets.ErrClosed) {
		t.Errorf("a comment on a closed ticket: %v", err)
	}

	var steps []string
	w.in(func(ctx context.Context, tx tenant.Tx) error {
		events, err := tickets.Events(ctx, tx, tk.ID)
		for _, e := range events {
			if e.Kind == tickets.StatusChanged {
				steps = append(steps, e.Name+" "+string(e.Actor.Via)+" "+e.From+">"+e.To)
			}
		}
		return err
	})
	want := []string{"Nora slack open>in-progress", "Nora slack in-progress>resolved", "Kim slack resolved>open", "Nora slack open>resolved", " system resolved>closed"}
	if !slices.Equal(steps, want) {
		t.Errorf("history:\n%q\nwant\n%q", steps, want)
	}
}

func TestAssigningAnOpenTicketStartsIt(t *testing.T) {
	w := newWorld(t)
	nora := w.member("nora@acme.example")
	tk := w.open("kim@shop.example", "Printer")
	by := tickets.Actor{Kind: tickets.ByMember, User: nora.Person.ID, Via: tickets.BySlack}
	w.in(func(ctx context.Context, tx tenant.Tx) error { return w.desk.Assign(ctx, tx, tk.ID, &nora.ID, by) })
	if got := w.get(tk.ID); got.Status != tickets.InProgress || got.Assignee != "Nora" {
		t.Errorf("%s, assigned to %q", got.Status, got.Assignee)
	}
	told := len(w.heard.events)
	w.in(func(ctx context.Context, tx tenant.Tx) error { return w.desk.Assign(ctx, tx, tk.ID, &nora.ID, by) })
	if len(w.heard.events) != told {
		t.Error("assigning again to the same member counts as a change")
	}
}

func TestSameMailIsOneComment(t *testing.T) {
	w := newWorld(t)
	w.open("kim@shop.example", "Printer")
	err := w.try(func(ctx context.Context, tx tenant.Tx) error {
		who, err := tickets.EnsureEmployee(ctx, tx, "", "kim@shop.example")
		if err != nil {
			return err
		}
		_, _, err = w.desk.Open(ctx, tx, tickets.NewTicket{Title: "again", Requester: who, First: tickets.NewComment{
			MessageID: "Printer@kim@shop.example", Digest: []byte("d"), Author: tickets.Actor{Kind: tickets.ByCustomer, Via: tickets.ByEmail}}})
		return err
	})
	if !errors.Is(err, tickets.ErrDuplicate) {
		t.Errorf("got %v, want ErrDuplicate", err)
	}
}

func TestPeopleOfOneCompanyAreOneCustomerAndFreeMailIsEveryonesOwn(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	for _, from := range []string{"a@shop.example", "b@shop.example", "A+news@Shop.example", "x@gmail.com", "y@gmail.com", "x@yahoo.com.ar", "y@yahoo.com.ar", "a@yahoo.example", "b@yahoo.example", "a@shop.example",
		"a1@marketplace.amazon.de", "b2@marketplace.amazon.de", "a.b@ann.mozmail.com", "x@amazon.de"} {
		wg.Go(func() {
			if err := w.try(func(ctx context.Context, tx tenant.Tx) error {
				_, err := tickets.EnsureEmployee(ctx, tx, "", from)
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var got []string
	w.in(func(ctx context.Context, tx tenant.Tx) error {
		all, err := tickets.Customers(ctx, tx)
		for _, c := range all {
			got = append(got, c.Key+" "+string(rune('0'+c.People)))
		}
		return err
	})
	if want := []string{"a.b@ann.mozmail.com 1", "a1@marketplace.amazon.de 1", "amazon.de 1", "b2@marketplace.amazon.de 1", "shop.example 2", "x@gmail.com 1", "x@yahoo.com.ar 1", "y@gmail.com 1", "y@yahoo.com.ar 1", "yahoo.example 2"}; !slices.Equal(got, want) {
		t.Errorf("customers %q, want %q", got, want)
	}
}

func TestListFindsWordsInTitleAndCommentsWhateverTheyMeanToSQL(t *testing.T) {
	w := newWorld(t)
	w.open("kim@shop.example", "100% broken_thing")
	w.open("kim@shop.example", "Other")
	for query, want := range map[string]int{"100%": 1, "broken_": 1, "BROKEN work": 1, "does not": 2, `\`: 0, "'": 0, "": 2} {
		w.in(func(ctx context.Context, tx tenant.Tx) error {
			got, err := tickets.List(ctx, tx, tickets.Filter{Query: query})
			if len(got) != want {
				t.Errorf("%q finds %d, want %d", query, len(got), want)
			}
			return err
		})
	}
}

func TestAnotherTenantSeesAndChangesNothing(t *testing.T) {
	a := newWorld(t)
	b := inWorld(t, a.db, "bolt")
	nora := a.member("nora@acme.example")
	tk := a.open("kim@shop.example", "Secret")
	by := tickets.Actor{Kind: tickets.ByMember, Via: tickets.ByCLI}
	for name, try := range map[string]func(ctx context.Context, tx tenant.Tx) error{
		"ByID": func(ctx context.Context, tx tenant.Tx) error { _, err := tickets.ByID(ctx, tx, tk.ID); return err },
		"Get":  func(ctx context.Context, tx tenant.Tx) error { _, err := tickets.Get(ctx, tx, tk.Number); return err },
		"SetStatus": func(ctx context.Context, tx tenant.Tx) error {
			return b.desk.SetStatus(ctx, tx, tk.ID, tickets.Resolved, by)
		},
		"SetPriority": func(ctx context.Context, tx tenant.Tx) error {
			return b.desk.SetPriority(ctx, tx, tk.ID, tickets.Urgent, by)
		},
		"Assign": func(ctx context.Context, tx tenant.Tx) error { return b.desk.Assign(ctx, tx, tk.ID, nil, by) },
		"CloseDue": func(ctx context.Context, tx tenant.Tx) error {
			_, err := b.desk.CloseDue(ctx, tx, tk.ID, 0)
			return err
		},
		"Comment": func(ctx context.Context, tx tenant.Tx) error {
			_, err := b.desk.Comment(ctx, tx, tickets.NewComment{Ticket: tk.ID, Kind: tickets.Internal, Author: by})
			return err
		},
		"LastPublic": func(ctx context.Context, tx tenant.Tx) error {
			_, err := tickets.LastPublic(ctx, tx, tk.ID, tickets.ByCustomer)
			return err
		},
	} {
		if err := b.try(try); !errors.Is(err, tickets.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	b.in(func(ctx context.Context, tx tenant.Tx) error {
		list, err := tickets.List(ctx, tx, tickets.Filter{})
		comments, err2 := tickets.Comments(ctx, tx, tk.ID)
		events, err3 := tickets.Events(ctx, tx, tk.ID)
		people, err4 := tickets.Participants(ctx, tx, tk.ID)
		customers, err5 := tickets.Customers(ctx, tx)
		if n := len(list) + len(comments) + len(events) + len(people) + len(customers); n != 0 {
			t.Errorf("tenant b sees %d rows of tenant a", n)
		}
		_, found, err6 := tickets.EmployeeByAddress(ctx, tx, "kim@shop.example")
		if found {
			t.Error("tenant b knows a customer of tenant a")
		}
		if _, err := tenant.MemberByID(ctx, tx, nora.ID); !errors.Is(err, tenant.ErrNoMember) {
			t.Errorf("tenant b finds a member of tenant a: %v", err)
		}
		return errors.Join(err, err2, err3, err4, err5, err6)
	})
	if got := a.get(tk.ID); got.Status != tickets.Open || got.Priority != tickets.Medium {
		t.Errorf("tenant b changed a ticket of tenant a: %+v", got)
	}
}
