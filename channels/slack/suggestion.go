package slack

import (
	"fmt"
	"strings"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/ai"
)

// maxCitations is how many sources are named below a suggestion.
const maxCitations = 5

// suggestionBlocks draws a suggested reply with its sources, and the buttons for as long as it is open.
func suggestionBlocks(v ai.Suggestion) ([]slackapi.Block, string) {
	text := strings.TrimSpace(v.Text)
	shown := truncate(text, maxFolded)
	blocks := []slackapi.Block{
		fine(":bulb: *Suggested reply*", "by "+escape(model(v.Model))+origin(v), confidence(v.Confidence)),
		literal(shown),
	}
	if notice := oneLine(v.Notice, maxReason); notice != "" {
		blocks = append(blocks, fine(":information_source: "+escape(notice)))
	}
	for i, c := range v.Citations {
		if i == maxCitations {
			blocks = append(blocks, fine(fmt.Sprintf("and %d more", len(v.Citations)-maxCitations)))
			break
		}
		blocks = append(blocks, fine(fmt.Sprintf(":page_facing_up: *%s*", strong(oneLine(c.Title, maxName))), escape(oneLine(c.Passage, maxPassage))))
	}
	if v.State.Open() {
		blocks = append(blocks, suggestionActions(v, shown != text))
	} else {
		blocks = append(blocks, fine(decision(v)))
	}
	return blocks, truncate("Suggested reply: "+escape(oneLine(v.Text, maxPassage)), maxFallback)
}

func suggestionActions(v ai.Suggestion, folded bool) slackapi.Block {
	id := v.ID.String()
	elements := []slackapi.BlockElement{
		button(actApprove, id, "Approve & send", slackapi.StylePrimary),
		button(actEdit, id, "Edit", slackapi.StyleDefault),
		button(actDiscard, id, "Discard", slackapi.StyleDefault),
	}
	if folded {
		elements = append(elements, button(actShowDraft, id, "Show all", slackapi.StyleDefault))
	}
	return slackapi.NewActionBlock("suggestion:"+id, elements...)
}

func origin(v ai.Suggestion) string {
	if model(v.Model) == ai.Builtin && len(v.Citations) > 0 {
		return " – made of passages of your articles"
	}
	return ""
}

// confidence says in words how far the sources answer the question.
func confidence(c *float64) string {
	switch {
	case c == nil:
		return ""
	case *c >= 0.75:
		return "confidence: high"
	case *c >= 0.45:
		return "confidence: fair, please check"
	}
	return "confidence: low, please check with care"
}

func decision(v ai.Suggestion) string {
	by, at := "", ""
	if v.DecidedBy != "" {
		by = " by *" + strong(oneLine(v.DecidedBy, maxName)) + "*"
	}
	if v.DecidedAt != nil {
		at = ", " + date(*v.DecidedAt)
	}
	switch v.State {
	case ai.Approved, ai.Sent:
		return ":white_check_mark: Approved" + by + at
	case ai.Discarded:
		return ":wastebasket: Discarded" + by + at
	case ai.Stale:
		return ":hourglass: Out of date: the conversation went on, so this was not sent"
	}
	return escape(string(v.State)) + by + at
}
