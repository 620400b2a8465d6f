package slack

import (
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/tickets"
)

// bare says whether a comment is a command by mail and nothing else: the notice of it says all.
func bare(c tickets.Comment, events []tickets.Event) bool {
	if c.Kind != tickets.Internal || c.Via != tickets.ByEmail {
		return false
	}
	for _, e := range events {
		if e.Kind == tickets.OrderGiven && e.To == tickets.OrderDone && e.Subject != nil && *e.Subject == c.ID.UUID {
			return true
		}
	}
	return false
}

// orderBlocks tells of a command by mail.
func orderBlocks(e tickets.Event) ([]slackapi.Block, string) {
	who := escape(oneLine(e.Name, maxReason))
	if who == "" {
		who = "Somebody"
	}
	if e.To == tickets.OrderRefused {
		text := ":warning: *" + who + " wrote #" + e.From + ", which was not done.* "
		why := "The mail is kept. Reason: " + escape(oneLine(e.Detail, maxReason)) + "."
		return []slackapi.Block{slackapi.NewSectionBlock(mrkdwn(text+"Change the ticket yourself if it is right."), nil, nil), fine(why)}, text + why
	}
	text := ":email: " + who + " wrote *#" + e.From + "* by mail"
	if e.From == "status" {
		text += " and is told how things are"
	}
	return []slackapi.Block{fine(text + ".")}, text + "."
}
