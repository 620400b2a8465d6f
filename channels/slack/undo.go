package slack

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Answers can be taken back, or sent at another time, until they leave, and sent again where they did not arrive; *inbox.Outbox
// does it. Either a decision
// or the sending wins: inbox.ErrTooLate where it was the sending.
type Answers interface {
	Withdraw(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, by tickets.Actor) error
	Schedule(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, at time.Time, by tickets.Actor) (jobs.Insert, error)
	Revise(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, text string, by tickets.Actor) (late bool, err error)
	Retract(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, by tickets.Actor) (late bool, err error)
	SendAgain(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, at time.Time, by tickets.Actor) (jobs.Insert, error)
}

// decideAnswer does what a button below an answer that has not left says. The job that follows draws it anew.
func (a *App) decideAnswer(ctx context.Context, d desk, who caller, act press) error {
	id, err := uuid.Parse(act.Value)
	if err != nil || a.answers == nil {
		return tickets.ErrNotFound
	}
	comment := tickets.CommentID{UUID: id}
	return a.in(ctx, d, func(tx tenant.Tx) error {
		if act.ActionID == draw.ActUndo {
			return a.answers.Withdraw(ctx, tx, comment, who.actor())
		}
		send := a.answers.Schedule
		if act.ActionID == draw.ActSendAgain {
			send = a.answers.SendAgain
		}
		job, err := send(ctx, tx, comment, a.clock(), who.actor())
		if err != nil {
			return err
		}
		return a.queue.Insert(ctx, tx, job)
	})
}

// sayAnswer puts an error about an answer that waits into words.
func sayAnswer(err error) (text string, ok bool) {
	if errors.Is(err, inbox.ErrDelivered) {
		return "Nothing was changed: everybody got this answer, as far as their mail servers said.", true
	}
	if !errors.Is(err, inbox.ErrTooLate) {
		return "", false
	}
	return "Nothing was changed: the answer is on its way already, or somebody has decided about it.", true
}
