package slack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Answers can be taken back, or sent at another time, until they leave; *inbox.Outbox does it. Either a decision
// or the sending wins: inbox.ErrTooLate where it was the sending.
type Answers interface {
	Withdraw(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, by tickets.Actor) error
	Schedule(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, at time.Time, by tickets.Actor) (jobs.Insert, error)
}

// shortWait is what is counted in seconds; an answer that waits longer shows its time.
const shortWait = 2 * time.Minute

// decideAnswer does what a button below an answer that has not left says. The job that follows draws it anew.
func (a *App) decideAnswer(ctx context.Context, d desk, who caller, act *slackapi.BlockAction) error {
	id, err := uuid.Parse(act.Value)
	if err != nil || a.answers == nil {
		return tickets.ErrNotFound
	}
	comment := tickets.CommentID{UUID: id}
	return a.in(ctx, d, func(tx tenant.Tx) error {
		if act.ActionID == actUndo {
			return a.answers.Withdraw(ctx, tx, comment, who.actor())
		}
		job, err := a.answers.Schedule(ctx, tx, comment, a.clock(), who.actor())
		if err != nil {
			return err
		}
		return a.queue.Insert(ctx, tx, job)
	})
}

// sayAnswer puts an error about an answer that waits into words.
func sayAnswer(err error) (text string, ok bool) {
	if !errors.Is(err, inbox.ErrTooLate) {
		return "", false
	}
	return "Nothing was changed: the answer is on its way already, or somebody has decided about it.", true
}

// leaving draws when an answer leaves, with the button that takes it back; nil where it does not wait.
func leaving(c tickets.Comment) slackapi.Block {
	if c.Delivery != "queued" || !c.Waits() || c.SendAt == nil {
		return nil
	}
	wait, undo := c.SendAt.Sub(c.CreatedAt), "Undo"
	if wait <= 0 {
		return nil
	}
	text := fmt.Sprintf(":hourglass_flowing_sand: Sending in %s", wait.Round(time.Second))
	if wait > shortWait {
		text, undo = ":alarm_clock: Goes to the customer "+date(*c.SendAt), "Cancel"
	}
	return slackapi.NewSectionBlock(mrkdwn(text), nil, slackapi.NewAccessory(button(actUndo, c.ID.String(), undo, slackapi.StyleDefault)))
}

// heldAnswer draws the question what to do with an answer that did not leave because the customer wrote first.
func heldAnswer(c tickets.Comment) ([]slackapi.Block, string) {
	what := "The customer wrote before this answer left, so it was not sent"
	switch c.Delivery {
	case "held":
		id := c.ID.String()
		return []slackapi.Block{
			slackapi.NewSectionBlock(mrkdwn(":raised_hand: *"+what+".* Does it still fit?"), nil, nil),
			quote(truncate(c.Text, maxSummary)),
			slackapi.NewActionBlock("held:"+id, button(actSendAnyway, id, "Send anyway", slackapi.StylePrimary),
				button(actUndo, id, "Discard", slackapi.StyleDefault)),
		}, what
	case "cancelled":
		return []slackapi.Block{fine(":wastebasket: " + what + ". It was discarded, and stays as a note.")}, what
	}
	return []slackapi.Block{fine(":outbox_tray: The customer wrote before this answer left. It is sent all the same.")}, what
}
