package draw

import (
	"fmt"
	"strings"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/tickets"
)

// Comment draws a comment in the thread: who, when and by which way, the words, what came with them,
// and what became of an answer.
func Comment(c tickets.Comment) ([]slackapi.Block, string) {
	blocks := []slackapi.Block{fine(commentMark(c)+" *"+strong(Author(c))+"* "+did(c), came(c.Via), Date(c.CreatedAt))}
	if c.Via == tickets.ByEmail && c.Auth == tickets.AuthFail {
		blocks = append(blocks, fine(":warning: The sender of this mail could not be verified"))
	}
	text := strings.TrimSpace(c.Text)
	shown := Truncate(text, maxFolded)
	switch {
	case text == "" && len(c.Attachments) > 0:
	case text == "":
		blocks = append(blocks, fine("(no text)"))
	case c.AuthorKind == tickets.ByCustomer:
		blocks = append(blocks, quote(shown))
	default:
		blocks = append(blocks, Literal(shown))
	}
	if names := attached(c.Attachments); names != "" {
		blocks = append(blocks, slackapi.NewContextBlock("", label(":paperclip: "), plain(names)))
	}
	if more := unfold(c, shown != text); len(more) > 0 {
		blocks = append(blocks, slackapi.NewActionBlock("", more...))
	}
	if w := leaving(c); w != nil {
		blocks = append(blocks, w)
	} else if d := delivery(c); d != "" {
		blocks = append(blocks, fine(d, Escape(OneLine(c.DeliveryDetail, maxPassage))))
	}
	return blocks, Truncate(Escape(Author(c)+": "+OneLine(c.Text, maxPassage)), maxFallback)
}

// unfold has the buttons that show the rest of a long text, and the mail as it came, with what was quoted in it
// and its signature.
func unfold(c tickets.Comment, folded bool) (more []slackapi.BlockElement) {
	if folded {
		more = append(more, button(ActShowAll, c.ID.String(), "Show all", slackapi.StyleDefault))
	}
	if c.InboundID != nil {
		more = append(more, button(ActShowMail, c.ID.String(), "Whole mail", slackapi.StyleDefault))
	}
	return more
}

func commentMark(c tickets.Comment) string {
	switch {
	case c.Class == "auto-reply":
		return ":robot_face:"
	case c.Class == "bounce", c.Class == "report":
		return ":mailbox_with_mail:"
	case c.Kind == tickets.Internal:
		return ":memo:"
	case c.AuthorKind == tickets.ByCustomer:
		return ":incoming_envelope:"
	case c.AuthorKind == tickets.BySystem:
		return ":robot_face:"
	}
	return ":outbox_tray:"
}

// Author names who a comment is by.
func Author(c tickets.Comment) string {
	if c.Class == "bounce" || c.Class == "report" {
		return "A mail system"
	}
	switch c.AuthorKind {
	case tickets.ByAI:
		return "Automatic answer"
	case tickets.BySystem:
		return "CustomerDesk"
	}
	if s := OneLine(c.Author.Called(), MaxName); s != "" {
		return s
	}
	return "Somebody"
}

func did(c tickets.Comment) string {
	switch {
	case c.Class == "auto-reply":
		return "sent an automatic reply, which changes nothing"
	case c.Class == "bounce":
		return "wrote about an answer"
	case c.Class == "report":
		return "sent a report"
	case c.Kind == tickets.Internal:
		return "noted (internal)"
	case c.AuthorKind == tickets.ByCustomer:
		return "wrote"
	}
	if c.AuthorKind == tickets.BySystem {
		return "wrote to the customer automatically"
	}
	return "answered the customer"
}

func attached(list []tickets.Attachment) string {
	names := make([]string, 0, len(list))
	for _, a := range list {
		if len(names) == 20 {
			names = append(names, fmt.Sprintf("and %d more", len(list)-20))
			break
		}
		mark, danger := "", ""
		if a.Danger != "" {
			mark, danger = "\u26a0 ", ", careful: "+OneLine(a.Danger, MaxName)
		}
		names = append(names, fmt.Sprintf("%s%s (%s%s)", mark, OneLine(a.Name, MaxName), bytesOf(a.Size), danger))
	}
	return strings.Join(names, "  ·  ")
}

// delivery says what became of an answer; empty for what does not go out by mail.
func delivery(c tickets.Comment) string {
	switch c.Delivery {
	case "cancelled":
		return ":leftwards_arrow_with_hook: *Taken back:* not sent to the customer, kept as a note"
	case "held":
		return ":raised_hand: *Not sent:* the customer wrote first"
	case "queued", "sending":
		if c.Attempts >= tickets.ManyAttempts {
			return ":warning: *Not delivered yet:* the mail server puts it off. It is tried again for up to two days"
		}
		return ":hourglass_flowing_sand: On its way to the customer"
	case "sent":
		return ":white_check_mark: Sent to the customer"
	case "bounced":
		return ":x: *Came back:* the customer did not get it"
	case "failed":
		return ":x: *Not sent:* the customer did not get it"
	}
	return ""
}

// Undelivered draws the notice that an answer did not reach somebody, or may not (failed, bounced, refused or
// doubtful). It is a message of its own, since an edited one notifies nobody. The last one about an answer has the button that
// sends it again.
func Undelivered(c tickets.Comment, e tickets.Event, last bool) ([]slackapi.Block, string) {
	said := OneLine(c.DeliveryDetail, MaxReason)
	what := "An answer came back: the customer did not get it"
	cure := inbox.Cure(c.DeliveryDetail)
	switch e.To {
	case "doubtful":
		what = "An answer may not arrive or be welcome: mail to this address came back or was called spam before"
		cure = "It is sent all the same. Ask for another address, or reach the customer in another way."
	case "complained":
		what = "A customer called an answer spam"
		cure = "Nothing leaves by itself for a while. What members write is sent all the same."
	case "refused":
		what = "An answer did not reach everybody: the mail server refused a recipient"
	case "failed":
		what = "An answer could not be sent"
		if e.Detail != "" {
			what = "An automatic answer was held back"
			cure = "Answer with *Reply* if the customer should hear from you."
		}
	}
	blocks := []slackapi.Block{slackapi.NewSectionBlock(Mrkdwn(":warning: *"+what+".* "+cure), nil, nil)}
	text := what
	switch why := OneLine(e.Detail, MaxReason); {
	case why != "":
		blocks, text = append(blocks, fine(Escape(why))), what+": "+Escape(why)
	case said != "":
		blocks = append(blocks, fine("The mail server said: "+Escape(said)))
	}
	if last && canGoAgain(c, e) {
		blocks = append(blocks, slackapi.NewActionBlock("again:"+c.ID.String(), button(ActSendAgain, c.ID.String(), "Send again", slackapi.StyleDefault)))
	}
	return blocks, text
}

// canGoAgain says whether an answer may be sent again to whom a notice is about.
func canGoAgain(c tickets.Comment, e tickets.Event) bool {
	switch e.To {
	case "bounced":
		return c.Undelivered()
	case "failed":
		return c.Undelivered() && e.Detail == "" // else it was to go to nobody
	case "refused":
		return c.AuthorKind != tickets.BySystem && c.Delivery == "sent" && c.DeliveryDetail != ""
	}
	return false
}
