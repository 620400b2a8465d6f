package inbox

import (
	"context"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// byMember makes of a support member's mail on a known ticket their answer. done is false where it is mail like
// everybody's: of a member who asks something themself, or who may not be who they claim.
//
// An answer is public where the member's role may answer and the mail answers one of the ticket's, else a
// note: a sender and a number in a subject are easily made up. It is the member's own mail, so who was
// on it has it already; see Outbox.relay for the rest.
func (in *Inbox) byMember(ctx context.Context, tx tenant.Tx, l letter, f found) (done bool, err error) {
	m, by, ok := l.member(f)
	if !ok || f.join == nil || m.Employee != nil && m.Employee.ID == f.join.requester && !f.misread {
		return false, nil
	}
	c := l.newComment(by)
	c.Ticket, c.Kind, c.References = f.join.id, tickets.Internal, f.unseen
	if m.Role.CanAnswer() && f.firm && f.join.status != tickets.Closed && !f.misread {
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

// member is the support member that a letter is from, as far as is known.
func (l letter) member(f found) (m tickets.Sender, by tickets.Actor, ok bool) {
	if s := f.sender; s != nil && s.Role != "" && l.m.Auth != tickets.AuthFail && tenant.AddressKey(s.Person.Email) == senderKey(l.m) {
		return *s, tickets.Actor{Kind: tickets.ByMember, User: s.Person.ID, Via: tickets.ByEmail}, true
	}
	return m, by, false
}
