package inbox

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// note writes an internal note of a member.
func (h *house) note(id tickets.ID, text string) (c tickets.Comment, by tickets.Actor) {
	h.t.Helper()
	by = h.member()
	h.in(func(tx tenant.Tx) (err error) {
		c, err = h.desk.Comment(h.t.Context(), tx, tickets.NewComment{Ticket: id, Kind: tickets.Internal, Author: by, Text: text})
		return err
	})
	return c, by
}

func (h *house) sendNote(c tickets.Comment, by tickets.Actor) SendArgs {
	h.t.Helper()
	h.in(func(tx tenant.Tx) error { return h.desk.Publish(h.t.Context(), tx, c.ID, by) })
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.queued[len(h.queued)-1]
}

func (h *house) revise(c tickets.Comment, text string, by tickets.Actor) (late bool) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) (err error) {
		late, err = h.outbox.Revise(h.t.Context(), tx, c.ID, text, by)
		return err
	})
	return late
}

func (h *house) retract(c tickets.Comment, by tickets.Actor) (late bool) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) (err error) {
		late, err = h.outbox.Retract(h.t.Context(), tx, c.ID, by)
		return err
	})
	return late
}

func TestANoteBecomesAnAnswerTakenBackRevisedAndSentOnce(t *testing.T) {
	h, tk := asked(t)
	h.set("undo_window=10s")
	h.now.advance(time.Minute)
	c, by := h.note(tk.ID, "Use oil.")
	first := h.sendNote(c, by)
	if now := h.tickets()[0]; now.Status != tickets.InProgress || now.WaitingSince != nil {
		t.Errorf("ticket %s, waiting since %v after the answer", now.Status, now.WaitingSince)
	}
	if err := h.withdraw(c.ID); err != nil {
		t.Fatal(err)
	}
	if h.revise(c, "Use water.", by) {
		t.Error("a note was revised too late")
	}
	again := h.sendNote(c, by)
	if again.Message != first.Message {
		t.Errorf("the answer has two mails, %s and %s", first.Message, again.Message)
	}
	h.now.advance(time.Minute)
	h.send(first)
	h.send(again)
	sent := h.wire.all()
	if len(sent) != 1 || !strings.Contains(string(sent[0].Data), "Use water.") || strings.Contains(string(sent[0].Data), "Use oil.") {
		t.Fatalf("%d mails, want one with the words as revised", len(sent))
	}
	if !h.revise(c, "Use sand.", by) || !h.retract(c, by) {
		t.Error("a change after it was sent was not late")
	}
	if got := h.answerOf(tk.ID); got.Text != "Use water." || got.Kind != tickets.Public {
		t.Errorf("the ticket says %q, the customer has other words", got.Text)
	}
}

func TestWhatIsDeletedBeforeItLeavesDoesNotLeave(t *testing.T) {
	h, tk := asked(t)
	h.set("undo_window=10s")
	c, by := h.note(tk.ID, "Use oil.")
	job := h.sendNote(c, by)
	if h.retract(c, by) {
		t.Error("too late within the undo window")
	}
	h.now.advance(time.Minute)
	h.send(job)
	if n := len(h.wire.all()); n != 0 {
		t.Errorf("%d mails", n)
	}
	if got, _ := h.delivery(tk.ID); got.Text != "" || got.Kind != tickets.Internal {
		t.Errorf("left of it: %+v", got)
	}
}

func TestOnlyMembersWordsAreSentOrChanged(t *testing.T) {
	h, tk := asked(t)
	c, by := h.comments(tk.ID)[0], h.member()
	other := houseIn(t, h.pool, "other").tenant
	for name, try := range map[string]func(tx tenant.Tx) error{
		"publish": func(tx tenant.Tx) error { return h.desk.Publish(t.Context(), tx, c.ID, by) },
		"revise":  func(tx tenant.Tx) error { _, err := h.outbox.Revise(t.Context(), tx, c.ID, "x", by); return err },
		"retract": func(tx tenant.Tx) error { _, err := h.outbox.Retract(t.Context(), tx, c.ID, by); return err },
	} {
		err := tenant.In(t.Context(), h.pool, h.tenant, try)
		if name != "publish" && !errors.Is(err, tickets.ErrNotOurs) {
			t.Errorf("%s of a customer's comment: %v", name, err)
		}
		if err := tenant.In(t.Context(), h.pool, other, try); !errors.Is(err, tickets.ErrNotFound) {
			t.Errorf("%s as another tenant: %v", name, err)
		}
	}
	if got := h.comments(tk.ID)[0]; got.Text != c.Text || got.Kind != c.Kind {
		t.Errorf("the customer's comment is %+v", got)
	}
}
