package draw

import (
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/tickets"
)

// SendNote draws the private prompt to whoever wrote a note: whether it should go to the customer. ask has it decided
// each time.
func SendNote(id tickets.CommentID, ask bool) ([]slackapi.Block, string) {
	send := button(ActSendNote, id.String(), "Send to customer", slackapi.StyleDefault)
	if !ask {
		text := ":memo: Kept as an internal note. The customer does not see it."
		return []slackapi.Block{slackapi.NewSectionBlock(Mrkdwn(text), nil, slackapi.NewAccessory(send))}, text
	}
	text := "Should this go to the customer?"
	send.Style = slackapi.StylePrimary
	return []slackapi.Block{
		slackapi.NewSectionBlock(Mrkdwn("*"+text+"* Until then it is an internal note."), nil, nil),
		slackapi.NewActionBlock("note:"+id.String(), send, button(ActKeepNote, id.String(), "Keep as note", slackapi.StyleDefault)),
	}, text
}

// ChangedLate tells that a member changed or deleted an answer in Slack that the customer had already.
func ChangedLate(e tickets.Event) ([]slackapi.Block, string) {
	who := Escape(OneLine(e.Name, MaxName))
	if who == "" {
		who = "Somebody"
	}
	if e.Kind == tickets.Retracted {
		text := ":wastebasket: " + who + " deleted a message here that was sent to the customer, who has it still."
		return []slackapi.Block{fine(text)}, text
	}
	text := ":pencil2: " + who + " changed a message here after it was sent. The customer has the words before; these are new:"
	return []slackapi.Block{fine(text), quote(Truncate(e.Detail, maxSummary))}, text
}
