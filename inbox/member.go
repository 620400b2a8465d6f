package inbox

import (
	"context"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// byMember makes of a support member's mail what the member means by it: an answer on a known ticket, or the
// customer's mail that it passes on. done is false where it is mail like everybody's: of a member who asks
// something themself, or who may not be who they claim.
//
// An answer is public where the member's role may answer and the mail answers one of the ticket's, else a
// note: a sender and a number in a subject are easily made up. It is the member's own mail, so who was
// on it has it already; see Outbox.relay for the rest.
func (in *Inbox) byMember(ctx context.Context, tx tenant.Tx, l letter, f found) (done bool, err error) {
	m := f.sender
	if m == nil || m.Role == "" || tenant.AddressKey(m.Person.Email) != senderKey(l.m) {
		return false, nil
	}
	by := tickets.Actor{Kind: tickets.ByMember, User: m.Person.ID, Via: tickets.ByEmail}
	c := l.newComment(by)
	if c.Auth == tickets.AuthFail {
		return false, nil
	}
	if fwd, ok := readForward(l.m, l.raw.Body); ok && m.Role.CanAnswer() {
		return true, in.openForward(ctx, tx, l, f, fwd, by)
	}
	if f.join == nil || m.Employee != nil && m.Employee.ID == f.join.requester {
		return false, nil
	}
	c.Ticket, c.Kind, c.References = f.join.id, tickets.Internal, f.unseen
	if m.Role.CanAnswer() && f.firm && f.join.status != tickets.Closed {
		c.Kind = tickets.Public
	}
	if _, err := l.desk.Comment(ctx, tx, c); err != nil || c.Kind == tickets.Internal {
		return true, err
	}
	l.m.ReplyTo = nil // where the member wants answers is no participant
	for _, p := range l.others(f, f.join.roles) {
		if err := l.desk.Join(ctx, tx, f.join.id, p, by); err != nil {
			return true, err
		}
	}
	return true, nil
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
	if err != nil || fwd.words == "" {
		return err
	}
	_, err = l.desk.Comment(ctx, tx, tickets.NewComment{Ticket: t.ID, Kind: tickets.Internal, Author: by, Text: shorten(fwd.words)})
	return err
}
