package slack

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	slackapi "github.com/slack-go/slack"
)

// suggestionView is all that the message of a suggested reply shows.
type suggestionView struct {
	ID         uuid.UUID
	State      string // as in the outer interface: proposed, edited, approved, sent, discarded, stale
	Text       string
	Model      string
	Notice     string // why it is not the configured model's, if so
	Citations  []citationView
	Confidence *float64 // 0 to 1; nil where the model gave none
	DecidedBy  string
	DecidedAt  *time.Time
}

type citationView struct {
	Title   string
	Passage string
}

// maxCitations is how many sources are named below a suggestion.
const maxCitations = 5

// suggestionBlocks draws a suggested reply with its sources, and the buttons for as long as it is open.
func suggestionBlocks(v suggestionView) ([]slackapi.Block, string) {
	text := strings.TrimSpace(v.Text)
	shown := truncate(text, maxFolded)
	blocks := []slackapi.Block{
		fine(":bulb: *Suggested reply*", "by "+escape(model(v.Model))+origin(v), confidence(v.Confidence)),
		literal(shown),
	}
	if v.Notice != "" {
		blocks = append(blocks, fine(":information_source: "+escape(oneLine(v.Notice, maxSummary))))
	}
	for i, c := range v.Citations {
		if i == maxCitations {
			blocks = append(blocks, fine(fmt.Sprintf("and %d more", len(v.Citations)-maxCitations)))
			break
		}
		blocks = append(blocks, fine(fmt.Sprintf(":page_facing_up: *%s*", strong(oneLine(c.Title, maxName))), escape(oneLine(c.Passage, maxPassage))))
	}
	if v.open() {
		blocks = append(blocks, suggestionActions(v, shown != text))
	} else {
		blocks = append(blocks, fine(decision(v)))
	}
	return blocks, truncate("Suggested reply: "+escape(oneLine(v.Text, maxPassage)), maxFallback)
}

func (v suggestionView) open() bool { return v.State == "proposed" || v.State == "edited" }

func suggestionActions(v suggestionView, folded bool) slackapi.Block {
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

func origin(v suggestionView) string {
	if model(v.Model) == "builtin" && len(v.Citations) > 0 {
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

func decision(v suggestionView) string {
	by, at := "", ""
	if v.DecidedBy != "" {
		by = " by *" + strong(oneLine(v.DecidedBy, maxName)) + "*"
	}
	if v.DecidedAt != nil {
		at = ", " + date(*v.DecidedAt)
	}
	switch v.State {
	case "approved", "sent":
		return ":white_check_mark: Approved" + by + at
	case "discarded":
		return ":wastebasket: Discarded" + by + at
	case "stale":
		return ":hourglass: Out of date: the conversation went on, so this was not sent"
	}
	return strings.ToUpper(v.State[:1]) + v.State[1:] + by + at
}
