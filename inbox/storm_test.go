package inbox

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func (h *house) admit(g StormGuard, ticket tickets.ID, email string) (held string) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) (err error) {
		hold, err := g.Admit(h.t.Context(), tx, ticket, email, h.now.Now())
		held = hold.Why
		return err
	})
	return held
}

func TestAutomaticMailIsCappedPerAddressAndTicketInSlidingWindows(t *testing.T) {
	h, tk := asked(t)
	other := tickets.ID{UUID: tenant.NewID()}
	g := StormGuard{PerAddress: 3, PerTicket: 4}
	for n := range 3 {
		if held := h.admit(g, tk.ID, "ann@customer.example"); held != "" {
			t.Errorf("mail %d: %s", n+1, held)
		}
	}
	if held := h.admit(g, other, "Ann+x@customer.example"); !strings.Contains(held, "3 automatic mails") {
		t.Errorf("fourth to the address: %q", held)
	}
	if held := h.admit(g, tk.ID, "bob@customer.example"); held != "" {
		t.Errorf("first to another address: %s", held)
	}
	if held := h.admit(g, tk.ID, "zoe@customer.example"); !strings.Contains(held, "the ticket had 4") {
		t.Errorf("fifth on the ticket: %q", held)
	}
	h.now.advance(61 * time.Minute)
	if held := h.admit(g, other, "ann@customer.example"); held != "" {
		t.Errorf("after an hour, on another ticket: %s", held)
	}
	if held := h.admit(g, tk.ID, "ann@customer.example"); held == "" {
		t.Error("the ticket's day is not over")
	}
	h.now.advance(24 * time.Hour)
	if held := h.admit(g, tk.ID, "ann@customer.example"); held != "" {
		t.Errorf("after a day: %s", held)
	}
}

func TestNoAutomaticMailGoesToOurselvesOrToWhatBounced(t *testing.T) {
	h, tk, e := answered(t)
	if held := h.admit(StormGuard{}, tk.ID, "Support@acme.example"); !strings.Contains(held, "your own") {
		t.Errorf("to a mailbox of the tenant: %q", held)
	}
	h.accept(h.raw(report(e.MessageID, "failed", "5.1.1", "550 no such user")))
	if held := h.admit(StormGuard{}, tk.ID, "ann@customer.example"); !strings.Contains(held, "no such address") {
		t.Errorf("to an address that bounced: %q", held)
	}
	h.accept(h.raw(plainMail("Shop <no-reply@shop.example>", "Spring sale", "n1@shop.example", "Buy.\n", "List-Unsubscribe: <https://shop.example/u>", "Precedence: bulk")))
	if held := h.admit(StormGuard{}, h.tickets()[0].ID, "no-reply@shop.example"); !strings.Contains(held, "went to many") {
		t.Errorf("to a newsletter: %q", held)
	}
	if h.count("automatic_mails") != 0 {
		t.Error("mail that was held back was counted")
	}
}

func TestTheCapHoldsForSeveralProcessesAtOnceAndForEachTenantAlone(t *testing.T) {
	h, tk := asked(t)
	other := houseIn(t, h.pool, "other")
	var wg sync.WaitGroup
	var mu sync.Mutex
	admitted := 0
	for range 12 {
		wg.Go(func() {
			if h.admit(StormGuard{}, tk.ID, "ann@customer.example") == "" {
				mu.Lock()
				admitted++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if admitted != 5 {
		t.Errorf("%d of 12 mails admitted, want 5", admitted)
	}
	if held := other.admit(StormGuard{}, tk.ID, "ann@customer.example"); held != "" {
		t.Errorf("another tenant's mails count: %s", held)
	}
}

func TestAnAutomaticAnswerThatIsHeldBackIsShownAndNotSent(t *testing.T) {
	h, tk := asked(t)
	ai := tickets.Actor{Kind: tickets.ByAI, Via: tickets.ByEmail}
	for n := range 7 {
		h.in(func(tx tenant.Tx) error {
			_, err := h.desk.Comment(t.Context(), tx, tickets.NewComment{Ticket: tk.ID, Kind: tickets.Public, Author: ai, Text: fmt.Sprint("Answer ", n)})
			return err
		})
	}
	if len(h.queued) != 5 {
		t.Errorf("%d mails queued, want 5", len(h.queued))
	}
	c, events := h.delivery(tk.ID)
	if c.Delivery != "failed" || !strings.Contains(c.DeliveryDetail, "ann@customer.example got 5 automatic mails") || fmt.Sprint(events) != "[failed failed]" {
		t.Errorf("%q %q %v", c.Delivery, c.DeliveryDetail, events)
	}
}

func TestARobotThatOpensTicketAfterTicketGoesOnOnTheLast(t *testing.T) {
	h := newHouse(t)
	for n := range 12 {
		h.accept(h.raw(plainMail("Robot <robot@desk.example>", fmt.Sprintf("We received your request %d", 1000+n), fmt.Sprintf("r%d@desk.example", n), fmt.Sprintf("Your number is %d.\n", 1000+n), "Auto-Submitted: auto-generated")))
	}
	if list := h.tickets(); len(list) != stormTickets || list[0].CommentCount != 8 {
		t.Errorf("%d tickets, the last with %d comments", len(list), list[0].CommentCount)
	}
	if n := h.count("ticket_comments"); n != 12 {
		t.Errorf("%d comments: something was lost", n)
	}
	h.now.advance(2 * time.Hour)
	h.accept(h.raw(plainMail("Robot <robot@desk.example>", "We received your request 2000", "r99@desk.example", "Your number is 2000.\n", "Auto-Submitted: auto-generated")))
	if list := h.tickets(); len(list) != stormTickets+1 {
		t.Errorf("%d tickets after the storm", len(list))
	}
}

func TestAPersonWhoWritesMuchOpensATicketEachTime(t *testing.T) {
	h := newHouse(t)
	for n := range 12 {
		// A contact form has one subject and one sender for everybody.
		h.accept(
			h.raw(plainMail("form@shop.example", "Contact form", fmt.Sprintf("f%d@shop.example", n), fmt.Sprintf("My question is about %s.\n", strings.Repeat("a", n+1)), "Auto-Submitted: auto-generated")),
			h.raw(plainMail("ann@customer.example", fmt.Sprint("Order ", n), fmt.Sprintf("o%d@customer.example", n), fmt.Sprintf("Where is order %d?\n", n))),
		)
	}
	if n := len(h.tickets()); n != 24 {
		t.Errorf("%d tickets, want 24", n)
	}
}

func TestAnAutoReplyIsKeptAndChangesNothing(t *testing.T) {
	h, tk, e := answered(t)
	h.in(func(tx tenant.Tx) error {
		return h.desk.SetStatus(t.Context(), tx, tk.ID, tickets.Resolved, h.member())
	})
	before := h.tickets()[0]
	h.accept(h.raw(plainMail("ann@customer.example", "Automatic reply: Printer on fire [#1]", "o1@customer.example", "Away.\n",
		"Auto-Submitted: auto-replied", "In-Reply-To: <"+e.MessageID+">")))
	after := h.tickets()[0]
	if after.Status != tickets.Resolved || after.WaitingSince != nil || *after.ResolvedAt != *before.ResolvedAt {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
	c := h.comments(tk.ID)
	if last := c[len(c)-1]; last.Class != string(machine.AutoReply) || last.Kind != tickets.Internal || last.Text != "Away." || last.Author.Email != "ann@customer.example" {
		t.Errorf("comment %+v", last)
	}
	if len(h.queued) != 1 {
		t.Errorf("%d mails queued: the auto-reply was answered", len(h.queued))
	}
}

// alert returns the latest alert that people were told of.
func (h *house) alert() (a Alert) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) (err error) {
		a, err = AlertByID(h.t.Context(), tx, h.alerts[len(h.alerts)-1].id)
		return err
	})
	return a
}

func TestAStormIsToldInOneNoticeThatCounts(t *testing.T) {
	h := newHouse(t)
	other := houseIn(t, h.pool, "other")
	h.switchOn(ReceiptMail)
	write := func(n int) {
		h.accept(h.raw(plainMail("Robot <robot@desk.example>", fmt.Sprintf("We received your request %d", 1000+n), fmt.Sprintf("r%d@desk.example", n), fmt.Sprintf("Your number is %d.\n", 1000+n), "Auto-Submitted: auto-generated")))
	}
	for n := range stormTickets {
		write(n)
	}
	if len(h.alerts) != 0 {
		t.Fatal("people were told before there was a storm")
	}
	for n := range 20 {
		h.now.advance(2 * time.Second)
		write(100 + n)
	}
	// At once, and a minute later with all that came meanwhile.
	if len(h.alerts) != 2 || h.alerts[0].id != h.alerts[1].id || h.alerts[1].at.Sub(h.alerts[0].at) != alertEvery {
		t.Errorf("told %+v", h.alerts)
	}
	first := h.alert()
	if first.Kind != StormAlert || first.Email != "robot@desk.example" || first.Gathered != 20 || first.Ticket == nil || *first.Ticket != stormTickets {
		t.Errorf("alert %+v", first)
	}
	h.now.advance(5 * time.Minute)
	write(200)
	if a := h.alert(); len(h.alerts) != 3 || a.ID != first.ID || a.Gathered != 21 {
		t.Errorf("later: told %d times, alert %+v", len(h.alerts), a)
	}
	other.in(func(tx tenant.Tx) error {
		if _, err := AlertByID(t.Context(), tx, first.ID); !errors.Is(err, ErrNoAlert) {
			t.Errorf("another tenant reads the alert: %v", err)
		}
		return nil
	})
	h.now.advance(25 * time.Hour)
	for n := range stormTickets + 1 {
		write(300 + n)
	}
	if a := h.alert(); a.ID == first.ID || a.Gathered != 1 {
		t.Errorf("a storm on another day: %+v", a)
	}
}

func TestCapsThatAreReachedAreToldByAddressAndByTicket(t *testing.T) {
	h, tk := asked(t)
	ai := tickets.Actor{Kind: tickets.ByAI, Via: tickets.ByEmail}
	answer := func(id tickets.ID) {
		h.in(func(tx tenant.Tx) error {
			_, err := h.desk.Comment(t.Context(), tx, tickets.NewComment{Ticket: id, Kind: tickets.Public, Author: ai, Text: "Answer"})
			return err
		})
	}
	for range 7 {
		answer(tk.ID)
	}
	// Ann, and Bob who is in copy: each at once and a minute later.
	if a := h.alert(); len(h.alerts) != 4 || a.Email != "bob@customer.example" || a.Gathered != 0 || a.Held != 2 || a.Ticket != nil {
		t.Errorf("by address: %+v", a)
	}
	for range 2 {
		h.now.advance(2 * time.Hour)
		for range 5 {
			answer(tk.ID)
		}
	}
	if a := h.alert(); a.Email != "" || a.Ticket == nil || *a.Ticket != tk.Number || a.Held == 0 {
		t.Errorf("by ticket: %+v", a)
	}
}
