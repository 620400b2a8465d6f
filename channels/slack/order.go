package slack

import (
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/tickets"
)

// bare says whether a comment is a command or a mark by mail and nothing else: the notice of it says all.
func bare(c tickets.Comment, events []tickets.Event) bool {
	if c.Kind != tickets.Internal || c.Via != tickets.ByEmail {
		return false
	}
	for _, e := range events {
		if (e.Kind == tickets.OrderGiven && e.To == tickets.OrderDone || e.Kind == tickets.Rated && e.Detail == "") && e.Subject != nil && *e.Subject == c.ID.UUID {
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
		text, cure := ":warning: *"+who+" wrote #"+e.From+", which was not done.* ", "Change the ticket yourself if it is right."
		if e.From == "rate" {
			text, cure = ":warning: *"+who+" answered how satisfied they are, which was not counted.*", ""
		}
		why := "The mail is kept. Reason: " + escape(oneLine(e.Detail, maxReason)) + "."
		return []slackapi.Block{slackapi.NewSectionBlock(mrkdwn(text+cure), nil, nil), fine(why)}, text + " " + why
	}
	text := ":email: " + who + " wrote *#" + e.From + "* by mail"
	if e.From == "status" {
		text += " and is told how things are"
	}
	return []slackapi.Block{fine(text + ".")}, text + "."
}

// ratingBlocks tells how satisfied a customer is.
func ratingBlocks(e tickets.Event) ([]slackapi.Block, string) {
	who := escape(oneLine(e.Name, maxReason))
	if who == "" {
		who = "Somebody"
	}
	text := ":bar_chart: " + who + " rates this *" + e.To + " of 5*"
	if e.From != "" {
		text += ", after " + e.From + " before"
	}
	if words := escape(oneLine(e.Detail, maxReason)); words != "" {
		text += ": " + words
	}
	return []slackapi.Block{fine(text)}, text
}
