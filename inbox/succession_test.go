package inbox

import (
	"testing"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestMailOnResolvedReopensAndOnClosedOpensALinkedTicket(t *testing.T) {
	h := newHouse(t)
	by := h.member()
	h.accept(h.raw(plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n")))
	first := h.tickets()[0]
	set := func(s tickets.Status) {
		h.in(func(tx tenant.Tx) error { return h.desk.SetStatus(t.Context(), tx, first.ID, s, by) })
	}
	set(tickets.Resolved)
	h.accept(h.raw(plainMail("ann@customer.example", "Re: Hello", "a2@customer.example", "Not solved.\n", "In-Reply-To: <a1@customer.example>")))
	if got := h.tickets()[0]; got.Status != tickets.Open || got.CommentCount != 2 {
		t.Errorf("after a mail on a resolved ticket: %+v", got)
	}
	set(tickets.Closed)
	h.accept(h.raw(plainMail("ann@customer.example", "Re: Hello", "a3@customer.example", "Again.\n", "In-Reply-To: <a1@customer.example>")))
	list := h.tickets()
	if len(list) != 2 || list[0].Follows == nil || *list[0].Follows != first.Number || list[1].Status != tickets.Closed {
		t.Errorf("after a mail on a closed ticket: %+v", list)
	}
	second := list[0]
	h.accept(
		h.raw(plainMail("ann@customer.example", "Re: Hello", "a4@customer.example", "Are you there?\n", "In-Reply-To: <a2@customer.example>")),
		h.raw(plainMail("ann@customer.example", "Re: Hello", "a5@customer.example", "Both.\n", "In-Reply-To: <a3@customer.example>",
			"Delivered-To: "+h.inbox.sign.replyAddress("support@acme.example", h.tenant, first.Number))),
	)
	if list := h.tickets(); len(list) != 2 || list[0].CommentCount != 3 {
		t.Errorf("after more mail on a closed ticket that another follows: %+v", list)
	}
	h.in(func(tx tenant.Tx) error { return h.desk.SetStatus(t.Context(), tx, second.ID, tickets.Closed, by) })
	h.accept(
		h.raw(plainMail("ann@customer.example", "Re: Hello", "a6@customer.example", "Still.\n", "In-Reply-To: <a2@customer.example>")),
		h.raw(plainMail("ann@customer.example", "Re: Hello", "a7@customer.example", "And.\n", "In-Reply-To: <a1@customer.example>")),
	)
	if list := h.tickets(); len(list) != 3 || list[0].CommentCount != 2 || *list[0].Follows != first.Number {
		t.Errorf("after both are closed: %+v", list)
	}
}
