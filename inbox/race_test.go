package inbox

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestEitherTheCustomersMailOrSendingWins(t *testing.T) {
	h, _ := asked(t)
	for n := range 20 {
		id := fmt.Sprintf("n%d@customer.example", n)
		h.accept(h.raw(plainMail("ann@customer.example", fmt.Sprintf("Number %d", n), id, "Hello.\n")))
		tk := h.tickets()[0]
		h.set("undo_window=10s")
		a := h.answer(tk.ID, "Use water.")
		reply := h.raw(plainMail("ann@customer.example", fmt.Sprintf("Re: Number %d", n), "r"+id, "Wait!\n", "In-Reply-To: <"+id+">"))
		before := len(h.wire.all())
		var both sync.WaitGroup
		both.Go(func() { h.accept(reply) })
		both.Go(func() {
			h.now.advance(10 * time.Second) // its time comes
			_, _ = h.outbox.Send(t.Context(), a.Tenant, a.Message)
		})
		both.Wait()
		left, state := len(h.wire.all())-before, h.answerOf(tk.ID).Delivery
		if !(left == 0 && state == "held" || left == 1 && state == "sent") {
			// What was neither held nor due yet leaves with the next try.
			if h.send(a); state != "queued" || left != 0 {
				t.Errorf("%d mails left, the answer is %s", left, state)
			}
		}
	}
}

func TestPressedTwiceAnAnswerIsSentAgainOnce(t *testing.T) {
	h, tk := asked(t)
	a := h.answer(tk.ID, "Use water.")
	h.wire.respond = refusing("", "552 5.2.2 full")
	h.send(a)
	id := h.answerOf(tk.ID).ID
	h.wire.respond = nil
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = h.sendAgain(id) })
	}
	all.Wait()
	done := 0
	for _, err := range errs {
		switch {
		case err == nil:
			done++
		case !errors.Is(err, ErrTooLate):
			t.Error(err)
		}
	}
	all.Go(func() { _, _ = h.outbox.Send(t.Context(), a.Tenant, a.Message) })
	all.Go(func() { _, _ = h.outbox.Send(t.Context(), a.Tenant, a.Message) })
	all.Wait()
	if n := len(h.wire.all()); done != 1 || n != 2 {
		t.Errorf("%d presses counted, %d mails", done, n)
	}
}
