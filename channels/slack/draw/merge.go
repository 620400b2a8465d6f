package draw

import (
	"fmt"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/tickets"
)

// Offer draws the question whether a ticket is part of another one, with the buttons for as long as it is
// open.
func Offer(s ai.Suggestion) ([]slackapi.Block, string) {
	blocks := []slackapi.Block{fine(":link: *One matter or two?*"), Literal(Truncate(s.Text, maxFolded))}
	if s.State.Open() && s.Into != nil {
		id := s.ID.String()
		blocks = append(blocks, slackapi.NewActionBlock("suggestion:"+id,
			button(ActApprove, id, fmt.Sprintf("Merge into #%d", *s.Into), slackapi.StylePrimary),
			button(ActDiscard, id, "Keep apart", slackapi.StyleDefault)))
	} else {
		blocks = append(blocks, fine(offerDecision(s)))
	}
	return blocks, Truncate(Escape(OneLine(s.Text, maxPassage)), maxFallback)
}

func offerDecision(s ai.Suggestion) string {
	by, at := "", ""
	if s.DecidedBy != "" {
		by = " by *" + strong(OneLine(s.DecidedBy, MaxName)) + "*"
	}
	if s.DecidedAt != nil {
		at = ", " + Date(*s.DecidedAt)
	}
	switch s.State {
	case ai.Approved:
		return ":white_check_mark: Merged" + by + at
	case ai.Discarded:
		return "Kept apart" + by + at
	}
	return ":hourglass: No longer of interest"
}

// Newcomer is the warning on a comment of somebody who had no part in the ticket.
func Newcomer() slackapi.Block {
	return fine(":warning: *Somebody new on this ticket.* They answered mail of it, and may have it by a forward. " +
		"Answers do not go to them, unless somebody who takes part writes to them too.")
}

// Newcomers are the comments of a history's guests.
func Newcomers(events []tickets.Event) map[tickets.CommentID]bool {
	list := map[tickets.CommentID]bool{}
	for _, e := range events {
		if e.Kind == tickets.GuestWrote && e.Subject != nil {
			list[tickets.CommentID{UUID: *e.Subject}] = true
		}
	}
	return list
}
