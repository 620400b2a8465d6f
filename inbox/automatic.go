package inbox

import (
	"context"
	"strings"

	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// automatic makes the mail of an answer that no member wrote, to those whom the StormGuard lets it go to. Nil
// where that is nobody: the mail has failed then, and its ticket says why.
func (o *Outbox) automatic(ctx context.Context, tx tenant.Tx, ticket tickets.ID, comment tickets.CommentID) (*jobs.Insert, error) {
	out, err := o.gather(ctx, tx, ticket)
	if err != nil {
		return nil, err
	}
	if err := o.admit(ctx, tx, ticket, out); err != nil {
		return nil, err
	}
	out.window = 0 // nobody looks at it who could take it back
	job, err := o.insert(ctx, tx, ticket, comment, out)
	switch {
	case err != nil:
		return nil, err
	case len(out.to) > 0:
		return job, nil
	}
	return nil, o.tell(ctx, tx, ticket, comment, "failed", strings.Join(out.held, "; "))
}

// admit leaves those recipients to whom an automatic mail may go.
func (o *Outbox) admit(ctx context.Context, tx tenant.Tx, ticket tickets.ID, out *outgoing) error {
	left := []string{}
	for _, written := range append(out.to, out.cc...) {
		for _, a := range addressesOf([]string{written}) {
			held, err := o.cfg.Guard.Admit(ctx, tx, ticket, a.Email, o.cfg.Clock())
			if err != nil {
				return err
			}
			if held.Why != "" {
				out.held = append(out.held, held.Why)
				if held.storm != nil {
					err = raise(ctx, tx, o.cfg.Alerted, *held.storm, o.cfg.Clock())
				}
				if err != nil {
					return err
				}
				continue
			}
			left = append(left, written)
		}
	}
	first := min(1, len(left))
	out.to, out.cc = left[:first:first], left[first:]
	return nil
}

// state is what a new mail begins with: one to nobody is over at once.
func (out *outgoing) state() string {
	if len(out.to) == 0 {
		return "failed"
	}
	return "queued"
}

// warn tells members of recipients who will hardly get what they wrote.
func (o *Outbox) warn(ctx context.Context, tx tenant.Tx, ticket tickets.ID, comment tickets.CommentID, out *outgoing) error {
	if len(out.doubtful) == 0 {
		return nil
	}
	why := make([]string, 0, len(out.doubtful))
	for _, s := range out.doubtful {
		why = append(why, s.bounced())
	}
	return o.tell(ctx, tx, ticket, comment, "doubtful", strings.Join(why, "; "))
}

func (o *Outbox) tell(ctx context.Context, tx tenant.Tx, ticket tickets.ID, comment tickets.CommentID, became, why string) error {
	return o.cfg.Desk.Record(ctx, tx, tickets.Event{
		TicketID: ticket, Actor: tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail}, Kind: tickets.DeliveryChanged,
		To: became, Subject: &comment.UUID, Detail: why,
	})
}
