package inbox

import (
	"context"
	"fmt"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// ForwardOrder is the name of the command that a mail beginning with "@fwd" gives, in the history of a ticket where it was
// not done; a note says so, too.
const ForwardOrder = "fwd"

// passOn makes of a mail that a member forwards with forwardWord a ticket of the one who wrote it. done is false where
// it is no such mail. One that cannot be passed on is the member's own, or a note on the ticket that it belongs to, since
// its words are not meant for the customer; the history, Slack and a mail to the member say so.
func (in *Inbox) passOn(ctx context.Context, tx tenant.Tx, l letter, f found) (done bool, err error) {
	m, by, ok := l.member(f)
	if _, says := afterWord(l.m); !ok || !says {
		return false, nil
	}
	fwd, ok := readForward(l.m, l.raw.Body)
	ours := false
	if ok {
		if ours, err = isMailbox(ctx, tx, fwd.from.Email); err != nil {
			return false, err
		}
	}
	why := ""
	switch {
	case !m.Role.CanAnswer():
		why = fmt.Sprintf("with the role %s they cannot open a ticket for somebody", m.Role)
	case !ok:
		why = "whom the forwarded mail is from cannot be read in it"
	case ours:
		why = "the forwarded mail is from " + fwd.from.Email + ", a mailbox of ours"
	default:
		return true, in.openForward(ctx, tx, l, f, fwd, by)
	}
	f.misread = true
	if err := in.write(ctx, tx, l, f); err != nil {
		return true, err
	}
	ticket, err := ticketOf(ctx, tx, l.comment)
	if err != nil {
		return true, err
	}
	note := "A mail on this ticket was forwarded with " + forwardWord + " and could not be passed on: " + why +
		". Answers do not reach the one who wrote the forwarded mail. Forward it once more as an attachment, or with the lines of the original that say whom it is from."
	if _, err := l.desk.Comment(ctx, tx, tickets.NewComment{
		Ticket: ticket, Kind: tickets.Internal, Author: tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail}, Text: note, Quiet: true,
	}); err != nil {
		return true, err
	}
	return true, l.desk.Record(ctx, tx, tickets.Event{
		TicketID: ticket, Actor: by, Kind: tickets.OrderGiven, From: ForwardOrder, To: tickets.OrderRefused, Subject: &l.comment.UUID, Detail: why,
	})
}

func isMailbox(ctx context.Context, tx tenant.Tx, address string) (is bool, err error) {
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM mailboxes WHERE tenant_id = $1 AND address_key = $2 AND removed_at IS NULL)`,
		tx.Tenant(), tenant.AddressKey(address)).Scan(&is)
	if err != nil {
		return false, fmt.Errorf("look for a mailbox: %w", err)
	}
	return is, nil
}

// openForward opens a ticket of the one whose mail a member passed on; what the member wrote above it is a
// note. Whom that mail went to besides was not asked, so nobody else takes part.
func (in *Inbox) openForward(ctx context.Context, tx tenant.Tx, l letter, f found, fwd forwarded, by tickets.Actor) error {
	who, err := tickets.EnsureEmployee(ctx, tx, fwd.from.Name, fwd.from.Email)
	if err != nil {
		return err
	}
	c := l.newComment(tickets.Actor{Kind: tickets.ByCustomer, User: who.Person.ID, Via: tickets.ByEmail})
	// That the member sent it says nothing of who wrote it.
	c.Text, c.HTML, c.Auth, c.References = shorten(fwd.text), "", tickets.AuthUnknown, f.unseen
	if fwd.messageID != "" {
		c.References = append(c.References, fwd.messageID)
	}
	subject := fwd.subject
	if subject == "" {
		subject = withoutPrefixes(l.m.Subject)
	}
	n := tickets.NewTicket{Title: title(subject), Requester: who, Mailbox: &l.raw.Mailbox.UUID, First: c}
	n.Subject, _ = subjectKey(subject)
	t, _, err := l.desk.Open(ctx, tx, n)
	if err != nil {
		return err
	}
	if fwd.words != "" {
		if _, err := l.desk.Comment(ctx, tx, tickets.NewComment{Ticket: t.ID, Kind: tickets.Internal, Author: by, Text: shorten(fwd.words)}); err != nil {
			return err
		}
	}
	f.goOn()
	if same := f.join; same != nil && same.status != tickets.Closed {
		return l.desk.OfferMerge(ctx, tx, t.ID, same.id, same.number)
	}
	return nil
}
