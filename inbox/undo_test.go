package inbox

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func (h *house) withdraw(id tickets.CommentID) error {
	return tenant.In(h.t.Context(), h.pool, h.tenant, func(tx tenant.Tx) error {
		return h.outbox.Withdraw(h.t.Context(), tx, id, tickets.Actor{Kind: tickets.ByMember, Via: tickets.BySlack})
	})
}

func (h *house) schedule(id tickets.CommentID, at time.Time) error {
	return tenant.In(h.t.Context(), h.pool, h.tenant, func(tx tenant.Tx) error {
		_, err := h.outbox.Schedule(h.t.Context(), tx, id, at, tickets.Actor{Kind: tickets.ByMember, Via: tickets.BySlack})
		return err
	})
}

func TestAnAnswerLeavesWhenItsUndoWindowEnds(t *testing.T) {
	h, tk := asked(t)
	h.set("undo_window=10s")
	a := h.answer(tk.ID, "Use water.")
	if again := h.send(a); again <= 9*time.Second || again > 10*time.Second || len(h.wire.all()) != 0 {
		t.Fatalf("%d mails within the window, again in %v", len(h.wire.all()), again)
	}
	h.now.advance(10 * time.Second)
	if again := h.send(a); again != 0 || len(h.wire.all()) != 1 {
		t.Fatalf("%d mails after the window, again in %v", len(h.wire.all()), again)
	}
	if err := h.withdraw(h.answerOf(tk.ID).ID); !errors.Is(err, ErrTooLate) {
		t.Errorf("taken back after it left: %v", err)
	}
}

func TestAnAnswerTakenBackIsANoteAndTheTicketIsUnanswered(t *testing.T) {
	h, tk := asked(t)
	h.set("undo_window=10s")
	before := h.tickets()[0]
	h.now.advance(time.Minute)
	a := h.answer(tk.ID, "Use oil.")
	answer := h.answerOf(tk.ID)
	for range 2 { // pressed twice
		if err := h.withdraw(answer.ID); err != nil {
			t.Fatal(err)
		}
	}
	h.now.advance(time.Minute)
	h.send(a)
	if n := len(h.wire.all()); n != 0 {
		t.Errorf("%d mails", n)
	}
	now := h.tickets()[0]
	if now.Status != tickets.Open || now.WaitingSince == nil || !now.WaitingSince.Equal(*before.WaitingSince) {
		t.Errorf("ticket %s, waiting since %v; want open since %v", now.Status, now.WaitingSince, before.WaitingSince)
	}
	c, events := h.delivery(tk.ID)
	if c.Kind != tickets.Internal || c.Delivery != "cancelled" || c.Text != "Use oil." || fmt.Sprint(events) != "[cancelled]" {
		t.Errorf("comment %+v, events %v", c, events)
	}
	// It is in no later answer's references.
	h.now.advance(time.Minute)
	b := h.answer(tk.ID, "Use water.")
	h.now.advance(time.Minute)
	h.send(b)
	if sent := h.wire.all(); len(sent) != 1 || strings.Contains(string(sent[0].Data), answer.MessageID) {
		t.Errorf("the next answer: %d mails", len(sent))
	}
}

func TestOnlyTheAnswerThatMovedATicketMovesItBack(t *testing.T) {
	h, tk := asked(t)
	h.set("undo_window=10s")
	h.answer(tk.ID, "Use oil.")
	first := h.answerOf(tk.ID)
	h.now.advance(time.Second)
	h.answer(tk.ID, "No: water.")
	if err := h.withdraw(first.ID); err != nil {
		t.Fatal(err)
	}
	if now := h.tickets()[0]; now.Status != tickets.InProgress || now.WaitingSince != nil {
		t.Errorf("ticket %s, waiting since %v", now.Status, now.WaitingSince)
	}
}

func TestAnAnswerIsHeldWhereTheCustomerWritesFirst(t *testing.T) {
	for name, decide := range map[string]func(h *house, id tickets.CommentID) error{
		"sent anyway": func(h *house, id tickets.CommentID) error { return h.schedule(id, h.now.Now()) },
		"discarded":   func(h *house, id tickets.CommentID) error { return h.withdraw(id) },
	} {
		t.Run(name, func(t *testing.T) {
			h, tk := asked(t)
			a := h.answer(tk.ID, "Use water.")
			id := h.answerOf(tk.ID).ID
			if err := h.schedule(id, h.now.Now().Add(24*time.Hour)); err != nil {
				t.Fatal(err)
			}
			h.now.advance(time.Hour)
			h.accept(h.raw(plainMail("ann@customer.example", "Out of office", "o1@customer.example", "I am away.\n", "In-Reply-To: <a1@customer.example>", "Auto-Submitted: auto-replied")))
			if c := h.answerOf(tk.ID); c.Delivery != "queued" {
				t.Fatalf("a machine's mail made the answer %s", c.Delivery)
			}
			h.accept(h.raw(plainMail("ann@customer.example", "Re: Printer on fire", "a2@customer.example", "It is out.\n", "In-Reply-To: <a1@customer.example>")))
			h.now.advance(48 * time.Hour)
			h.send(a)
			if c := h.answerOf(tk.ID); c.Delivery != "held" || len(h.wire.all()) != 0 {
				t.Fatalf("the answer is %s, %d mails", c.Delivery, len(h.wire.all()))
			}
			if err := decide(h, id); err != nil {
				t.Fatal(err)
			}
			h.send(a)
			c := h.answerOf(tk.ID)
			if name == "sent anyway" && (c.Delivery != "sent" || len(h.wire.all()) != 1) || name == "discarded" && (c.Delivery != "cancelled" || len(h.wire.all()) != 0) {
				t.Errorf("the answer is %s, %d mails", c.Delivery, len(h.wire.all()))
			}
			if now := h.tickets()[0]; name == "discarded" && now.WaitingSince == nil {
				t.Error("nobody waits for an answer to a ticket without one")
			}
		})
	}
}

func TestEitherUndoOrSendingWins(t *testing.T) {
	h, _ := asked(t)
	for n := range 20 {
		h.accept(h.raw(plainMail("ann@customer.example", fmt.Sprintf("Number %d", n), fmt.Sprintf("n%d@customer.example", n), "Hello.\n")))
		tk := h.tickets()[0]
		a := h.answer(tk.ID, "Use water.")
		id := h.answerOf(tk.ID).ID
		before := len(h.wire.all())
		var undone error
		var both sync.WaitGroup
		both.Go(func() { undone = h.withdraw(id) })
		both.Go(func() { _, _ = h.outbox.Send(t.Context(), a.Tenant, a.Message) })
		both.Wait()
		left := len(h.wire.all()) - before
		state := h.answerOf(tk.ID).Delivery
		switch {
		case undone == nil && left == 0 && state == "cancelled":
		case errors.Is(undone, ErrTooLate) && left == 1 && state == "sent":
		default:
			t.Errorf("undo said %v, %d mails left, the answer is %s", undone, left, state)
		}
	}
}

func TestOneTenantCannotUndoWhatAnotherSends(t *testing.T) {
	h, tk := asked(t)
	other := houseIn(t, h.pool, "other")
	h.set("undo_window=10s")
	h.answer(tk.ID, "Use water.")
	id := h.answerOf(tk.ID).ID
	for _, err := range []error{other.withdraw(id), other.schedule(id, other.now.Now()), h.withdraw(tickets.CommentID{UUID: uuid.New()})} {
		if !errors.Is(err, tickets.ErrNotFound) {
			t.Errorf("undo: %v", err)
		}
	}
	if c := h.answerOf(tk.ID); c.Delivery != "queued" {
		t.Errorf("the answer is %s", c.Delivery)
	}
}

func TestMembersAreToldAfterTheThirdTry(t *testing.T) {
	h, tk := asked(t)
	a := h.answer(tk.ID, "Use water.")
	h.wire.respond = func(Envelope) (Receipt, error) { return Receipt{}, errors.New("450 4.2.0 greylisted") }
	for n := 1; n <= 4; n++ {
		again := h.send(a)
		c, events := h.delivery(tk.ID)
		if want := map[bool]string{false: "[]", true: "[delayed]"}[n >= tickets.ManyAttempts]; fmt.Sprint(events) != want {
			t.Errorf("events after try %d: %v, want %s", n, events, want)
		}
		if c.Attempts != n || c.RetryAt == nil || h.now.Now().Add(again).Sub(*c.RetryAt) > time.Second || !strings.Contains(c.DeliveryDetail, "greylisted") {
			t.Errorf("after try %d: %d attempts, again at %v, %q", n, c.Attempts, c.RetryAt, c.DeliveryDetail)
		}
		h.now.advance(again)
	}
	h.wire.respond = nil
	h.send(a)
	if c, _ := h.delivery(tk.ID); c.Delivery != "sent" || c.RetryAt != nil || c.DeliveryDetail != "" || c.SendAt == nil {
		t.Errorf("in the end: %+v", c)
	}
}

func TestAMailThatWaitsForItsMailboxsRateHasNotBeenTried(t *testing.T) {
	h, tk := asked(t)
	a := h.answer(tk.ID, "Use water.")
	h.wire.respond = func(Envelope) (Receipt, error) { return Receipt{}, &Later{After: 40 * time.Second, Why: "2/m at most"} }
	for range 5 {
		if again := h.send(a); again != 40*time.Second {
			t.Errorf("again in %v", again)
		}
	}
	c, events := h.delivery(tk.ID)
	if c.Delivery != "queued" || c.Attempts != 0 || c.RetryAt == nil || !strings.Contains(c.DeliveryDetail, "2/m") || len(events) > 0 {
		t.Errorf("comment %+v, events %v", c, events)
	}
	h.wire.respond = nil
	h.now.advance(72 * time.Hour)
	h.wire.respond = func(Envelope) (Receipt, error) { return Receipt{}, &Later{After: time.Second} }
	h.send(a)
	if c, _ := h.delivery(tk.ID); c.Delivery != "queued" {
		t.Errorf("a mail nobody tried is %s", c.Delivery)
	}
	h.wire.respond = nil
	h.send(a)
	if c, _ := h.delivery(tk.ID); c.Delivery != "sent" || c.Attempts != 1 {
		t.Errorf("the mail is %s after %d attempts", c.Delivery, c.Attempts)
	}
}
