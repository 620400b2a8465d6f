package slack

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Quarantine holds the mail that could not become a comment; *inbox.Inbox does. Of several decisions about
// one mail the first counts, and the others are refused with inbox.ErrNotQuarantined.
type Quarantine interface {
	Notice(ctx context.Context, tx tenant.Tx, id uuid.UUID, most int) (inbox.Notice, error)
	Release(ctx context.Context, owner tenant.ID, id uuid.UUID, by tickets.Actor) error
	Drop(ctx context.Context, tx tenant.Tx, id uuid.UUID, by tickets.Actor) error
}

// maxHeld is how many mails one notice names; the rest is counted.
const maxHeld = 5

// showHeld makes a notice about quarantined mail say how things are.
func (a *App) showHeld(ctx context.Context, j Held) error {
	if a.quarantine == nil {
		return nil
	}
	defer a.turns.wait(turn{webapi.Threads, j.Notice})()
	var d desk
	var n inbox.Notice
	var have message
	err := tenant.In(ctx, a.pool, j.Tenant, func(tx tenant.Tx) (err error) {
		if d, err = a.noticeDesk(ctx, tx); err != nil {
			return connected(err)
		}
		if n, err = a.quarantine.Notice(ctx, tx, j.Notice, maxHeld); err != nil {
			return err
		}
		have, _, err = messageOf(ctx, tx, d.TeamID, kindNotice, j.Notice)
		return err
	})
	if err != nil || d.api == nil || n.Total == 0 {
		return err
	}
	if n.Waiting == 0 && have.ID == (uuid.UUID{}) {
		return nil // All was decided before anybody was told.
	}
	s := sheet{Kind: kindNotice, Subject: j.Notice}
	s.Blocks, s.Text = draw.Held(n)
	_, err = a.show(ctx, d, s, have, webapi.Threads)
	return err
}

// decideHeld does what a button below a quarantined mail says. The job that follows draws the notice anew.
func (a *App) decideHeld(ctx context.Context, d desk, who caller, act press) error {
	id, err := uuid.Parse(act.Value)
	if err != nil || a.quarantine == nil {
		return inbox.ErrNoMessage
	}
	verb := "message.drop"
	if act.ActionID == draw.ActRelease {
		verb = "message.release"
		if err := a.quarantine.Release(ctx, d.tenant, id, who.actor()); err != nil {
			return err
		}
	}
	return a.in(ctx, d, func(tx tenant.Tx) error {
		if act.ActionID == draw.ActDrop {
			if err := a.quarantine.Drop(ctx, tx, id, who.actor()); err != nil {
				return err
			}
		}
		return tenant.Audit(ctx, tx, who.Person.Email, "slack", verb, id.String(), nil)
	})
}

// sayHeld puts an error about quarantined mail into words; ok is false where it is none.
func sayHeld(err error) (text string, ok bool) {
	var still *inbox.HeldError
	switch {
	case errors.As(err, &still):
		return "Nothing was changed: " + draw.Escape(draw.OneLine(still.Error(), draw.MaxReason)) +
			". It stays set aside; `customerdesk message show ID --raw` writes it out as it came.", true
	case errors.Is(err, inbox.ErrNotQuarantined):
		return "Nothing was changed: somebody has decided about this mail already; the notice says who.", true
	case errors.Is(err, inbox.ErrNoRaw):
		return "Nothing was changed: this mail was never taken, and lies in its mailbox still.", true
	case errors.Is(err, inbox.ErrNoMessage):
		return "Nothing was changed: this mail is no longer there.", true
	}
	return "", false
}
