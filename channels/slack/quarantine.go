package slack

import (
	"context"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Quarantine holds the mail that could not become a comment; *inbox.Inbox does. Of several decisions about
// one mail the first counts, and the others are refused with inbox.ErrNotQuarantined.
type Quarantine interface {
	Notice(ctx context.Context, tx tenant.Tx, id uuid.UUID, most int) (inbox.Notice, error)
	Release(ctx context.Context, owner tenant.ID, id uuid.UUID, by tickets.Actor) error
	Drop(ctx context.Context, tx tenant.Tx, id uuid.UUID, by tickets.Actor) error
}

// maxHeld is how many mails one notice names; the rest is counted.
const maxHeld = 5

// showHeld makes a notice about quarantined mail say how things are.
func (a *App) showHeld(ctx context.Context, j Held) error {
	if a.quarantine == nil {
		return nil
	}
	defer a.turns.wait(turn{thread, j.Notice})()
	var d desk
	var n inbox.Notice
	var have message
	err := tenant.In(ctx, a.pool, j.Tenant, func(tx tenant.Tx) (err error) {
		if d, err = a.deskIn(ctx, tx); err != nil {
			return connected(err)
		}
		if n, err = a.quarantine.Notice(ctx, tx, j.Notice, maxHeld); err != nil {
			return err
		}
		have, _, err = messageOf(ctx, tx, d.TeamID, kindNotice, j.Notice)
		return err
	})
	if err != nil || d.api == nil || n.Total == 0 {
		return err
	}
	if n.Waiting == 0 && have.ID == (uuid.UUID{}) {
		return nil // All was decided before anybody was told.
	}
	s := sheet{Kind: kindNotice, Subject: j.Notice}
	s.Blocks, s.Text = heldBlocks(n)
	_, err = a.show(ctx, d, s, have, thread)
	return err
}

// decideHeld does what a button below a quarantined mail says. The job that follows draws the notice anew.
func (a *App) decideHeld(ctx context.Context, d desk, who caller, act *slackapi.BlockAction) error {
	id, err := uuid.Parse(act.Value)
	if err != nil || a.quarantine == nil {
		return inbox.ErrNoMessage
	}
	verb := "message.drop"
	if act.ActionID == actRelease {
		verb = "message.release"
		if err := a.quarantine.Release(ctx, d.tenant, id, who.actor()); err != nil {
			return err
		}
	}
	return a.in(ctx, d, func(tx tenant.Tx) error {
		if act.ActionID == actDrop {
			if err := a.quarantine.Drop(ctx, tx, id, who.actor()); err != nil {
				return err
			}
		}
		return tenant.Audit(ctx, tx, who.Person.Email, "slack", verb, id.String(), nil)
	})
}

// heldBlocks draws the notice that mail was set aside.
func heldBlocks(n inbox.Notice) ([]slackapi.Block, string) {
	address := oneLine(n.Mailbox, maxName)
	head, plainHead := "*A mail to "+strong(address)+" was set aside*", "A mail to "+escape(address)+" was set aside"
	if n.Total > 1 {
		head = fmt.Sprintf("*%d mails to %s were set aside*", n.Total, strong(address))
		plainHead = fmt.Sprintf("%d mails to %s were set aside", n.Total, escape(address))
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
	blocks := []slackapi.Block{slackapi.NewSectionBlock(mrkdwn(head), nil, nil)}
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
	from := escape(oneLine(m.FromEmail, maxName))
	switch {
	case m.FromName != "" && from != "":
		from = escape(oneLine(m.FromName, maxName)) + " (" + from + ")"
	case from == "":
		from = "sender not readable"
	}
	title := "(subject not readable)"
	if m.Subject != "" {
		title = oneLine(m.Subject, maxSubject)
	}
	blocks := []slackapi.Block{bold(title), fine(from, weight(m.Size), date(m.ReceivedAt))}
	if m.State != inbox.Quarantined {
		return append(blocks, fine(heldDecision(m)))
	}
	why := "It could not be taken"
	if m.Reason != "" {
		why = escape(sentence(oneLine(m.Reason, maxReason)))
	}
	if !m.Whole {
		why += fmt.Sprintf(". It still lies in the folder *%s* of the mailbox: read and answer it there", strong(oneLine(m.Folder, maxName)))
	}
	blocks = append(blocks, slackapi.NewSectionBlock(mrkdwn(why+"."), nil, nil))
	id := m.ID.String()
	var buttons []slackapi.BlockElement
	if m.Whole {
		buttons = append(buttons, confirmed(button(actRelease, id, "Release", slackapi.StyleDefault), "Release this mail?",
			"It is read again and joins its ticket, or opens one, as though it had just come.", "Release"))
	}
	buttons = append(buttons, confirmed(button(actDrop, id, "Drop", slackapi.StyleDefault), "Drop this mail?",
		"It becomes no ticket and nobody is asked again. What is known of it stays in the list of messages.", "Drop"))
	verbs := "show|release|drop"
	if !m.Whole {
		verbs = "show|drop"
	}
	return append(blocks, slackapi.NewActionBlock("held:"+id, buttons...), fine("or `customerdesk message "+verbs+" "+id+"`"))
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
		by = " by *" + strong(oneLine(m.DecidedBy, maxName)) + "*"
	}
	if m.DecidedAt != nil {
		at = ", " + date(*m.DecidedAt)
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

// sayHeld puts an error about quarantined mail into words; ok is false where it is none.
func sayHeld(err error) (text string, ok bool) {
	var still *inbox.HeldError
	switch {
	case errors.As(err, &still):
		return "Nothing was changed: " + escape(oneLine(still.Error(), maxReason)) +
			". It stays set aside; `customerdesk message show ID --raw` writes it out as it came.", true
	case errors.Is(err, inbox.ErrNotQuarantined):
		return "Nothing was changed: somebody has decided about this mail already; the notice says who.", true
	case errors.Is(err, inbox.ErrNoRaw):
		return "Nothing was changed: this mail was never taken, and lies in its mailbox still.", true
	case errors.Is(err, inbox.ErrNoMessage):
		return "Nothing was changed: this mail is no longer there.", true
	}
	return "", false
}
