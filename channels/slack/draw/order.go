package draw

import (
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/tickets"
)

// Bare says whether a comment is a command or a mark by mail and nothing else: the notice of it says all.
func Bare(c tickets.Comment, events []tickets.Event) bool {
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

// Order tells of a command by mail.
func Order(e tickets.Event) ([]slackapi.Block, string) {
	who := Escape(OneLine(e.Name, MaxReason))
	if who == "" {
		who = "Somebody"
	}
	if e.To == tickets.OrderRefused {
		text, cure := ":warning: *"+who+" wrote #"+e.From+", which was not done.* ", "Change the ticket yourself if it is right."
		if e.From == "rate" {
			text, cure = ":warning: *"+who+" answered how satisfied they are, which was not counted.*", ""
		}
		why := "The mail is kept. Reason: " + Escape(OneLine(e.Detail, MaxReason)) + "."
		return []slackapi.Block{slackapi.NewSectionBlock(Mrkdwn(text+cure), nil, nil), fine(why)}, text + " " + why
	}
	if e.From == inbox.Unsubscribe {
		text := ":no_bell: " + who + " asked for no more automatic mail"
		return []slackapi.Block{fine(text + ".")}, text + "."
	}
	text := ":email: " + who + " wrote *#" + e.From + "* by mail"
	if e.From == "status" {
		text += " and is told how things are"
	}
	return []slackapi.Block{fine(text + ".")}, text + "."
}

// Rating tells how satisfied a customer is.
func Rating(e tickets.Event) ([]slackapi.Block, string) {
	who := Escape(OneLine(e.Name, MaxReason))
	if who == "" {
		who = "Somebody"
	}
	text := ":bar_chart: " + who + " rates this *" + e.To + " of 5*"
	if e.From != "" {
		text += ", after " + e.From + " before"
	}
	if words := Escape(OneLine(e.Detail, MaxReason)); words != "" {
		text += ": " + words
	}
	return []slackapi.Block{fine(text)}, text
}
