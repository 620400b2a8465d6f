package slack

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestARefusedCommandByMailIsToldInTheThreadWithTheReason(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("Lamp", "It blinks.")
	w.card(tk)
	w.in(func(tx tenant.Tx) error {
		return w.desk.Record(w.ctx(), tx,
			tickets.Event{TicketID: tk.ID, Actor: tickets.Actor{Kind: tickets.ByCustomer, User: tk.Requester.ID, Via: tickets.ByEmail}, Kind: tickets.OrderGiven,
				From: "close", To: tickets.OrderRefused, Detail: "the sender could not be <!channel> verified"},
			tickets.Event{TicketID: tk.ID, Actor: tickets.Actor{Kind: tickets.ByCustomer, User: tk.Requester.ID, Via: tickets.ByWeb}, Kind: tickets.OrderGiven,
				From: "unsubscribe", To: tickets.OrderDone})
	})
	m := w.reply(tk, "wrote #close, which was not done", "Change the ticket yourself", "could not be")
	if strings.Contains(m.Text, "<!") {
		t.Errorf("the notice pings: %q", m.Text)
	}
	w.reply(tk, "asked for no more automatic mail")
	if got := w.ticket(tk).Status; got != tickets.Open {
		t.Errorf("the ticket is %s", got)
	}
}
