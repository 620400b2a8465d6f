package inbox

import (
	"context"
	"time"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// complained takes a complaint about a mail of ours: the ticket says so, and the recipient gets no automatic mail for a
// while. One about no known mail is handled like other reports.
func (in *Inbox) complained(ctx context.Context, tx tenant.Tx, l letter) (became outcome, known bool, err error) {
	r, err := in.returned(ctx, tx, l.m, l.raw.ReceivedAt)
	if err != nil || r == nil || r.guessed && l.m.Auth == tickets.AuthFail {
		return outcome{}, false, err
	}
	if became, err = l.keep(ctx, tx, r.ticket, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail}); err != nil {
		return became, true, err
	}
	now := in.cfg.Clock()
	for _, f := range l.m.Failures {
		// An address that is not one of the mail's was made unrecognisable (RFC 6590).
		who := r.recipient(machine.Failure{Original: f.Recipient})
		if who == "" {
			continue
		}
		if err := suppress(ctx, tx, who, f, r.guessed, now); err != nil {
			return became, true, err
		}
		if err := l.desk.Record(ctx, tx, complaintEvent(*r, who, now)); err != nil {
			return became, true, err
		}
	}
	return became, true, nil
}

func complaintEvent(r returned, who string, now time.Time) tickets.Event {
	return tickets.Event{
		TicketID: r.ticket, Actor: tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail}, Kind: tickets.DeliveryChanged, To: "complained", Subject: &r.comment.UUID,
		Detail: who + ": " + machine.Complaint.Words() + ". No automatic mail goes to this address until " + now.Add(suppressFor).UTC().Format("2 January 2006"),
	}
}
