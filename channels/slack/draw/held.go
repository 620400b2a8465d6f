package draw

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/inbox"
)

// Held draws the notice that mail was set aside.
func Held(n inbox.Notice) ([]slackapi.Block, string) {
	address := OneLine(n.Mailbox, MaxName)
	head, plainHead := "*A mail to "+strong(address)+" was set aside*", "A mail to "+Escape(address)+" was set aside"
	if n.Total > 1 {
		head = fmt.Sprintf("*%d mails to %s were set aside*", n.Total, strong(address))
		plainHead = fmt.Sprintf("%d mails to %s were set aside", n.Total, Escape(address))
	}
	switch {
	case n.Waiting == 0:
		head = ":white_check_mark: " + head + ", and all is decided"
	case n.Waiting < n.Total:
		head = fmt.Sprintf(":warning: %s; still undecided: %d", head, n.Waiting)
	case n.Total == 1:
		head = ":warning: " + head + " and is in no ticket"
	default:
		head = ":warning: " + head + " and are in no ticket"
	}
	blocks := []slackapi.Block{slackapi.NewSectionBlock(Mrkdwn(head), nil, nil)}
	for i, m := range n.Mail {
		if i > 0 {
			blocks = append(blocks, slackapi.NewDividerBlock())
		}
		blocks = append(blocks, heldMail(m)...)
	}
	if more := n.Total - len(n.Mail); more > 0 {
		blocks = append(blocks, slackapi.NewDividerBlock(),
			fine(fmt.Sprintf("and %d more: `customerdesk message list --state quarantined` shows what still waits", more)))
	}
	return blocks, plainHead
}

// heldMail draws one mail that was set aside: whose it is, why, and what can be done.
func heldMail(m inbox.Held) []slackapi.Block {
	from := Escape(OneLine(m.FromEmail, MaxName))
	switch {
	case m.FromName != "" && from != "":
		from = Escape(OneLine(m.FromName, MaxName)) + " (" + from + ")"
	case from == "":
		from = "sender not readable"
	}
	title := "(subject not readable)"
	if m.Subject != "" {
		title = OneLine(m.Subject, maxSubject)
	}
	blocks := []slackapi.Block{bold(title), fine(from, weight(m.Size), Date(m.ReceivedAt))}
	if m.State != inbox.Quarantined {
		return append(blocks, fine(heldDecision(m)))
	}
	why := "It could not be taken"
	if m.Reason != "" {
		why = Escape(sentence(OneLine(m.Reason, MaxReason)))
	}
	if !m.Whole {
		why += fmt.Sprintf(". It still lies in the folder *%s* of the mailbox: release it to have it fetched all the same, or read and answer it there", strong(OneLine(m.Folder, MaxName)))
	}
	blocks = append(blocks, slackapi.NewSectionBlock(Mrkdwn(why+"."), nil, nil))
	id := m.ID.String()
	question := "It is read again and joins its ticket, or opens one, as though it had just come."
	if !m.Whole {
		question = fmt.Sprintf("It is fetched from the mailbox, up to %d MB, and joins its ticket, or opens one, as though it had just come.", inbox.MaxRelease/1_000_000)
	}
	buttons := []slackapi.BlockElement{
		confirmed(button(ActRelease, id, "Release", slackapi.StyleDefault), "Release this mail?", question, "Release"),
		confirmed(button(ActDrop, id, "Drop", slackapi.StyleDefault), "Drop this mail?",
			"It becomes no ticket and nobody is asked again. What is known of it stays in the list of messages.", "Drop"),
	}
	return append(blocks, slackapi.NewActionBlock("held:"+id, buttons...), fine("or `customerdesk message show|release|drop "+id+"`"))
}

// sentence begins a text with a capital letter.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// weight is the size of a mail, counted as mail limits are: 1 MB is 1,048,576 bytes.
func weight(n int64) string {
	switch {
	case n <= 0:
		return "size not known"
	case n < 1<<20:
		return fmt.Sprintf("%d kB", (n+1023)>>10)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

func heldDecision(m inbox.Held) string {
	by, at := " on the command line", ""
	if m.DecidedBy != "" {
		by = " by *" + strong(OneLine(m.DecidedBy, MaxName)) + "*"
	}
	if m.DecidedAt != nil {
		at = ", " + Date(*m.DecidedAt)
	}
	switch {
	case m.State == inbox.Dropped:
		return ":wastebasket: Dropped" + by + at
	case m.Ticket != nil:
		return fmt.Sprintf(":white_check_mark: Released%s%s: ticket #%d", by, at, *m.Ticket)
	}
	return ":white_check_mark: Released" + by + at + ": it is an automatic mail and belongs to no ticket"
}

// confirmed makes a button ask before it acts.
func confirmed(b *slackapi.ButtonBlockElement, title, text, yes string) *slackapi.ButtonBlockElement {
	b.Confirm = slackapi.NewConfirmationBlockObject(plain(title), plain(text), plain(yes), plain("Cancel"))
	return b
}
