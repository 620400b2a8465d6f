package tickets_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// texts are the Message-IDs of a ticket's comments, or their texts where they have none.
func (w *world) texts(id tickets.ID) string {
	w.t.Helper()
	var list []string
	w.in(func(ctx context.Context, tx tenant.Tx) error {
		all, err := tickets.Comments(ctx, tx, id)
		for _, c := range all {
			name, _, _ := strings.Cut(c.MessageID, "@")
			if name == "" {
				name = c.Text
			}
			list = append(list, name)
		}
		return err
	})
	return strings.Join(list, " ")
}

// steps is a ticket's history by kind, with where each step leads.
func (w *world) steps(id tickets.ID, kinds ...tickets.EventKind) string {
	w.t.Helper()
	var list []string
	w.in(func(ctx context.Context, tx tenant.Tx) error {
		all, err := tickets.Events(ctx, tx, id)
		for _, e := range all {
			for _, k := range kinds {
				if e.Kind == k {
					list = append(list, string(k)+" "+e.From+">"+e.To)
				}
			}
		}
		return err
	})
	return strings.Join(list, ", ")
}

func (w *world) mail(id tickets.ID, name, inReplyTo, from string) tickets.Comment {
	w.t.Helper()
	var c tickets.Comment
	w.now = w.now.Add(time.Minute)
	w.in(func(ctx context.Context, tx tenant.Tx) error {
		who, err := tickets.EnsureEmployee(ctx, tx, "", from)
		if err != nil {
			return err
		}
		c, err = w.desk.Comment(ctx, tx, tickets.NewComment{Ticket: id, Kind: tickets.Public, MessageID: name, InReplyTo: inReplyTo, Digest: []byte("d"),
			Author: tickets.Actor{Kind: tickets.ByCustomer, User: who.Person.ID, Via: tickets.ByEmail}})
		return err
	})
	return c
}

func (w *world) participants(id tickets.ID) string {
	w.t.Helper()
	var list []string
	w.in(func(ctx context.Context, tx tenant.Tx) error {
		all, err := tickets.Participants(ctx, tx, id)
		for _, p := range all {
			list = append(list, p.Role+" "+p.Email)
		}
		return err
	})
	return strings.Join(list, ", ")
}

func (w *world) merge(id, into tickets.ID) error {
	return w.try(func(ctx context.Context, tx tenant.Tx) error { return w.desk.Merge(ctx, tx, id, into, byCLI()) })
}

func (w *world) unmerge(id tickets.ID) error {
	return w.try(func(ctx context.Context, tx tenant.Tx) error { return w.desk.Unmerge(ctx, tx, id, byCLI()) })
}

func byCLI() tickets.Actor { return tickets.Actor{Kind: tickets.ByMember, Via: tickets.ByCLI} }

func TestAMergedTicketIsPartOfTheOtherUntilThatIsUndone(t *testing.T) {
	w := newWorld(t)
	a, b := w.open("kim@shop.example", "a"), w.open("lee@shop.example", "b")
	for range 2 { // the second time changes nothing
		if err := w.merge(b.ID, a.ID); err != nil {
			t.Fatal(err)
		}
	}
	got := w.get(b.ID)
	if got.Status != tickets.Closed || got.MergedInto == nil || *got.MergedInto != 1 || got.CommentCount != 0 {
		t.Errorf("merged ticket %+v", got)
	}
	if w.texts(a.ID) != "a b" || w.get(a.ID).CommentCount != 2 || w.participants(a.ID) != "requester kim@shop.example, cc lee@shop.example" {
		t.Errorf("%s, %d comments, %s", w.texts(a.ID), w.get(a.ID).CommentCount, w.participants(a.ID))
	}
	for _, id := range []tickets.ID{a.ID, b.ID} {
		if s := w.steps(id, tickets.Merged); s != "merge #2>#1" {
			t.Errorf("history %s", s)
		}
	}
	// What is for the merged one goes to the other.
	w.mail(b.ID, "b2", "b@lee@shop.example", "lee@shop.example")
	w.mail(a.ID, "a2", "a@kim@shop.example", "kim@shop.example")
	if w.texts(a.ID) != "a b b2 a2" {
		t.Errorf("after more mail: %s", w.texts(a.ID))
	}
	if err := w.unmerge(b.ID); err != nil {
		t.Fatal(err)
	}
	if w.texts(a.ID) != "a a2" || w.texts(b.ID) != "b b2" || w.participants(a.ID) != "requester kim@shop.example" {
		t.Errorf("after undoing: %s; %s; %s", w.texts(a.ID), w.texts(b.ID), w.participants(a.ID))
	}
	got = w.get(b.ID)
	if got.Status != tickets.Open || got.MergedInto != nil || got.CommentCount != 2 || got.WaitingSince == nil || w.get(a.ID).CommentCount != 2 {
		t.Errorf("after undoing: %+v", got)
	}
	if s := w.steps(b.ID, tickets.Merged, tickets.Unmerged, tickets.StatusChanged); s != "merge #2>#1, status open>closed, unmerge #2>#1, status closed>open" {
		t.Errorf("history %s", s)
	}
	if err := w.unmerge(b.ID); !errors.Is(err, tickets.ErrNotMoved) {
		t.Errorf("undone twice: %v", err)
	}
}

func TestMergesInARowCanBeUndoneInAnyOrder(t *testing.T) {
	for name, order := range map[string][2]int{"last first": {1, 0}, "first first": {0, 1}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a, b, c := w.open("kim@shop.example", "a"), w.open("kim@shop.example", "b"), w.open("kim@shop.example", "c")
			if err := errors.Join(w.merge(a.ID, b.ID), w.merge(b.ID, c.ID)); err != nil {
				t.Fatal(err)
			}
			if w.texts(c.ID) != "a b c" || *w.get(a.ID).MergedInto != 3 {
				t.Errorf("%s; the first is in #%d", w.texts(c.ID), *w.get(a.ID).MergedInto)
			}
			moved := []tickets.ID{a.ID, b.ID}
			if err := w.unmerge(moved[order[0]]); err != nil {
				t.Fatal(err)
			}
			if order[0] == 1 && (w.texts(b.ID) != "a b" || *w.get(a.ID).MergedInto != 2) {
				t.Errorf("%s; the first is in #%d", w.texts(b.ID), *w.get(a.ID).MergedInto)
			}
			if err := w.unmerge(moved[order[1]]); err != nil {
				t.Fatal(err)
			}
			if w.texts(a.ID) != "a" || w.texts(b.ID) != "b" || w.texts(c.ID) != "c" {
				t.Errorf("%s; %s; %s", w.texts(a.ID), w.texts(b.ID), w.texts(c.ID))
			}
		})
	}
}

func TestWhatCannotBeMergedIsRefused(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.open("kim@shop.example", "a"), w.open("kim@shop.example", "b"), w.open("kim@shop.example", "c")
	if err := w.merge(a.ID, a.ID); !errors.Is(err, tickets.ErrInvalid) {
		t.Errorf("into itself: %v", err)
	}
	if err := w.merge(a.ID, b.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.merge(a.ID, c.ID); !errors.Is(err, tickets.ErrMerged) || !strings.Contains(err.Error(), "#2") {
		t.Errorf("a merged one: %v", err)
	}
	if err := w.merge(b.ID, a.ID); !errors.Is(err, tickets.ErrMerged) {
		t.Errorf("in a circle: %v", err)
	}
	w.in(func(ctx context.Context, tx tenant.Tx) error {
		return w.desk.SetStatus(ctx, tx, c.ID, tickets.Closed, byCLI())
	})
	if err := w.merge(b.ID, c.ID); !errors.Is(err, tickets.ErrClosed) {
		t.Errorf("into a closed one: %v", err)
	}
	if err := w.unmerge(b.ID); !errors.Is(err, tickets.ErrNotMoved) {
		t.Errorf("undo of nothing: %v", err)
	}
	other := inWorld(t, w.db, "other")
	mine := other.open("kim@shop.example", "mine")
	if err := other.merge(mine.ID, b.ID); !errors.Is(err, tickets.ErrNotFound) {
		t.Errorf("into another tenant's: %v", err)
	}
	if err := other.merge(b.ID, mine.ID); !errors.Is(err, tickets.ErrNotFound) {
		t.Errorf("another tenant's: %v", err)
	}
	if err := other.unmerge(a.ID); !errors.Is(err, tickets.ErrNotFound) {
		t.Errorf("undo of another tenant's: %v", err)
	}
}

func TestMergesAndMailAtTheSameTimeLoseNoComment(t *testing.T) {
	w := newWorld(t)
	a, b := w.open("kim@shop.example", "a"), w.open("kim@shop.example", "b")
	again := func(do func() error) {
		for {
			// Of two that wait for each other Postgres turns one away.
			if err := do(); err == nil || errors.Is(err, tickets.ErrMerged) || errors.Is(err, tickets.ErrNotMoved) {
				return
			} else if !strings.Contains(err.Error(), "40P01") {
				t.Error(err)
				return
			}
		}
	}
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			again(func() error { return w.say(b.ID, tickets.Internal, tickets.BySystem, tenant.UserID{}) })
		})
		wg.Go(func() { again(func() error { return w.merge(b.ID, a.ID) }) })
		wg.Go(func() { again(func() error { return w.merge(a.ID, b.ID) }) })
		wg.Go(func() { again(func() error { return w.unmerge(b.ID) }) })
	}
	wg.Wait()
	one, two := w.get(a.ID), w.get(b.ID)
	if one.CommentCount+two.CommentCount != 7 || len(strings.Fields(w.texts(a.ID)))+len(strings.Fields(w.texts(b.ID))) != 7 {
		t.Errorf("%d and %d comments; %s; %s", one.CommentCount, two.CommentCount, w.texts(a.ID), w.texts(b.ID))
	}
	if one.MergedInto != nil && two.MergedInto != nil {
		t.Error("each is merged into the other")
	}
}

func (w *world) split(id tickets.ID, c tickets.CommentID) (t tickets.Ticket, err error) {
	err = w.try(func(ctx context.Context, tx tenant.Tx) error {
		t, err = w.desk.Split(ctx, tx, id, c, byCLI())
		return err
	})
	return t, err
}

func TestASplitCommentIsATicketOfItsOwnUntilThatIsUndone(t *testing.T) {
	w := newWorld(t)
	a := w.open("kim@shop.example", "a")
	w.in(func(ctx context.Context, tx tenant.Tx) error {
		return w.desk.Join(ctx, tx, a.ID, tickets.Participant{Email: "lee@shop.example", Role: "cc"}, byCLI())
	})
	c := w.mail(a.ID, "other", "a@kim@shop.example", "lee@shop.example")
	fresh, err := w.split(a.ID, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.split(a.ID, c.ID); err != nil || again.Number != fresh.Number {
		t.Errorf("split twice: #%d, %v", again.Number, err)
	}
	if fresh.Number != 2 || fresh.SplitFrom == nil || *fresh.SplitFrom != 1 || fresh.Requester.Email != "lee@shop.example" || fresh.Title != "a" ||
		w.texts(a.ID) != "a" || w.texts(fresh.ID) != "other" || w.get(a.ID).CommentCount != 1 ||
		w.participants(fresh.ID) != "requester lee@shop.example, cc kim@shop.example" {
		t.Errorf("%+v; %s; %s; %s", fresh, w.texts(a.ID), w.texts(fresh.ID), w.participants(fresh.ID))
	}
	if s := w.steps(a.ID, tickets.Split) + "; " + w.steps(fresh.ID, tickets.Created, tickets.Split); s != "split #1>#2; created >email, split #1>#2" {
		t.Errorf("history %s", s)
	}
	if _, err := w.split(fresh.ID, c.ID); !errors.Is(err, tickets.ErrInvalid) {
		t.Errorf("the only comment: %v", err)
	}
	other := inWorld(t, w.db, "other")
	mine := other.open("kim@shop.example", "mine")
	if _, err := other.split(mine.ID, c.ID); !errors.Is(err, tickets.ErrNotFound) {
		t.Errorf("another tenant's comment: %v", err)
	}
	undo := func(id tickets.ID) error {
		return w.try(func(ctx context.Context, tx tenant.Tx) error { return w.desk.Unsplit(ctx, tx, id, byCLI()) })
	}
	if err := undo(a.ID); !errors.Is(err, tickets.ErrNotMoved) {
		t.Errorf("undo of what was not split off: %v", err)
	}
	if err := undo(fresh.ID); err != nil || w.texts(a.ID) != "a other" || *w.get(fresh.ID).MergedInto != 1 {
		t.Errorf("undo: %v; %s", err, w.texts(a.ID))
	}
}
