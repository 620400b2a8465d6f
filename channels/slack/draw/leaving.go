package draw

import (
	"fmt"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/tickets"
)

// shortWait is what is counted in seconds; an answer that waits longer shows its time.
const shortWait = 2 * time.Minute

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
		text, undo = ":alarm_clock: Goes to the customer "+Date(*c.SendAt), "Cancel"
	}
	return slackapi.NewSectionBlock(Mrkdwn(text), nil, slackapi.NewAccessory(button(ActUndo, c.ID.String(), undo, slackapi.StyleDefault)))
}

// HeldAnswer draws the question what to do with an answer that did not leave because the customer wrote first.
func HeldAnswer(c tickets.Comment) ([]slackapi.Block, string) {
	what := "The customer wrote before this answer left, so it was not sent"
	switch c.Delivery {
	case "held":
		id := c.ID.String()
		return []slackapi.Block{
			slackapi.NewSectionBlock(Mrkdwn(":raised_hand: *"+what+".* Does it still fit?"), nil, nil),
			quote(Truncate(c.Text, maxSummary)),
			slackapi.NewActionBlock("held:"+id, button(ActSendAnyway, id, "Send anyway", slackapi.StylePrimary),
				button(ActUndo, id, "Discard", slackapi.StyleDefault)),
		}, what
	case "cancelled":
		return []slackapi.Block{fine(":wastebasket: " + what + ". It was discarded, and stays as a note.")}, what
	}
	return []slackapi.Block{fine(":outbox_tray: The customer wrote before this answer left. It is sent all the same.")}, what
}
