package slack

import (
	"fmt"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/tickets"
)

// offerBlocks draws the question whether a ticket is part of another one, with the buttons for as long as it is
// open.
func offerBlocks(s ai.Suggestion) ([]slackapi.Block, string) {
	blocks := []slackapi.Block{fine(":link: *One matter or two?*"), literal(truncate(s.Text, maxFolded))}
	if s.State.Open() && s.Into != nil {
		id := s.ID.String()
		blocks = append(blocks, slackapi.NewActionBlock("suggestion:"+id,
			button(actApprove, id, fmt.Sprintf("Merge into #%d", *s.Into), slackapi.StylePrimary),
			button(actDiscard, id, "Keep apart", slackapi.StyleDefault)))
	} else {
		blocks = append(blocks, fine(offerDecision(s)))
	}
	return blocks, truncate(escape(oneLine(s.Text, maxPassage)), maxFallback)
}

func offerDecision(s ai.Suggestion) string {
	by, at := "", ""
	if s.DecidedBy != "" {
		by = " by *" + strong(oneLine(s.DecidedBy, maxName)) + "*"
	}
	if s.DecidedAt != nil {
		at = ", " + date(*s.DecidedAt)
	}
	switch s.State {
	case ai.Approved:
		return ":white_check_mark: Merged" + by + at
	case ai.Discarded:
		return "Kept apart" + by + at
	}
	return ":hourglass: No longer of interest"
}

// newcomer is the warning on a comment of somebody who had no part in the ticket.
func newcomer() slackapi.Block {
	return fine(":warning: *Somebody new on this ticket.* They answered mail of it, and may have it by a forward. " +
		"Answers do not go to them, unless somebody who takes part writes to them too.")
}

// newcomers are the comments of a history's guests.
func newcomers(events []tickets.Event) map[tickets.CommentID]bool {
	list := map[tickets.CommentID]bool{}
	for _, e := range events {
		if e.Kind == tickets.GuestWrote && e.Subject != nil {
			list[tickets.CommentID{UUID: *e.Subject}] = true
		}
	}
	return list
}
