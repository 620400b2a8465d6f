package draw

import (
	"fmt"
	"strings"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/ai"
)

// maxCitations is how many sources are named below a suggestion.
const maxCitations = 5

// Suggestion draws a suggested reply with its sources, and the buttons for as long as it is open.
func Suggestion(v ai.Suggestion) ([]slackapi.Block, string) {
	text := strings.TrimSpace(v.Text)
	shown := Truncate(text, maxFolded)
	blocks := []slackapi.Block{
		fine(":bulb: *Suggested reply*", "by "+Escape(model(v.Model))+origin(v), confidence(v.Confidence)),
		Literal(shown),
	}
	if notice := OneLine(v.Notice, MaxReason); notice != "" {
		blocks = append(blocks, fine(":information_source: "+Escape(notice)))
	}
	for i, c := range v.Citations {
		if i == maxCitations {
			blocks = append(blocks, fine(fmt.Sprintf("and %d more", len(v.Citations)-maxCitations)))
			break
		}
		blocks = append(blocks, fine(fmt.Sprintf(":page_facing_up: *%s*", strong(OneLine(c.Title, MaxName))), Escape(OneLine(c.Passage, maxPassage))))
	}
	if v.State.Open() {
		blocks = append(blocks, suggestionActions(v, shown != text))
	} else {
		blocks = append(blocks, fine(Decision(v)))
	}
	return blocks, Truncate("Suggested reply: "+Escape(OneLine(v.Text, maxPassage)), maxFallback)
}

func suggestionActions(v ai.Suggestion, folded bool) slackapi.Block {
	id := v.ID.String()
	elements := []slackapi.BlockElement{
		button(ActApprove, id, "Approve & send", slackapi.StylePrimary),
		button(ActEdit, id, "Edit", slackapi.StyleDefault),
		button(ActDiscard, id, "Discard", slackapi.StyleDefault),
	}
	if folded {
		elements = append(elements, button(ActShowDraft, id, "Show all", slackapi.StyleDefault))
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

// Decision says what became of a suggested reply, and by whom.
func Decision(v ai.Suggestion) string {
	by, at := "", ""
	if v.DecidedBy != "" {
		by = " by *" + strong(OneLine(v.DecidedBy, MaxName)) + "*"
	}
	if v.DecidedAt != nil {
		at = ", " + Date(*v.DecidedAt)
	}
	switch v.State {
	case ai.Approved, ai.Sent:
		return ":white_check_mark: Approved" + by + at
	case ai.Discarded:
		return ":wastebasket: Discarded" + by + at
	case ai.Stale:
		return ":hourglass: Out of date: the conversation went on, so this was not sent"
	}
	return Escape(string(v.State)) + by + at
}
