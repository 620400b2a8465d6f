package inbox

import (
	"context"
	"strings"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// unsubscribe is the subject of a mail by which a mail program asks for no more automatic ones (RFC 2369 section 3.2).
const unsubscribe = "unsubscribe"

// unsubscribed takes the mail that a mail program writes when its user presses "Unsubscribe" on automatic mail: the address
// gets none from then on, and no ticket opens. Nobody can do that for others: the mail has the signed address of a ticket, or
// its sender is verified. What members write is sent all the same.
func (in *Inbox) unsubscribed(ctx context.Context, tx tenant.Tx, l letter, f found) (became outcome, done bool, err error) {
	said := strings.TrimSpace(l.m.Text)
	if !strings.EqualFold(strings.TrimSpace(l.m.Subject), unsubscribe) || said != "" && !strings.EqualFold(strings.Trim(said, "."), unsubscribe) ||
		l.m.Auth == tickets.AuthFail || f.sender != nil && f.sender.Role != "" {
		return outcome{}, false, nil
	}
	if l.m.Auth != tickets.AuthPass && (f.join == nil || f.guest || !in.signed(tx.Tenant(), l.m, *f.join)) {
		return outcome{}, false, nil
	}
	why := machine.Failure{Action: machine.Complained, Recipient: l.m.From.Email, Reason: machine.Unsubscribed}
	if err := suppress(ctx, tx, l.m.From.Email, why, false, in.cfg.Clock()); err != nil {
		return outcome{}, true, err
	}
	if f.join == nil {
		return outcome{state: Ignored}, true, nil
	}
	who, err := author(ctx, tx, l.m, f)
	if err != nil {
		return outcome{}, true, err
	}
	by := tickets.Actor{Kind: tickets.ByCustomer, User: who.Person.ID, Via: tickets.ByEmail}
	if became, err = l.keep(ctx, tx, f.join.id, by); err != nil {
		return became, true, err
	}
	ticket, err := ticketOf(ctx, tx, l.comment)
	if err != nil {
		return became, true, err
	}
	return became, true, l.desk.Record(ctx, tx, tickets.Event{TicketID: ticket, Actor: by, Kind: tickets.OrderGiven, From: unsubscribe, To: tickets.OrderDone,
		Subject: &l.comment.UUID})
}
