package inbox

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// An order is a command by mail: the first line of the person's own words says nothing else.
type order struct {
	name string // resolve, close, reopen or status
	rest string // what else the person wrote; empty for nothing
}

// askStatus is the one order that changes nothing.
const askStatus = "status"

// orders says which status each order asks for; none for askStatus.
func orders() map[string]tickets.Status {
	return map[string]tickets.Status{"resolve": tickets.Resolved, "close": tickets.Closed, "reopen": tickets.Open, askStatus: ""}
}

// readOrder reads the first line of a text: "#resolve" in any case, with blanks and punctuation behind it. Whatever
// differs from that is somebody's text.
func readOrder(text string) (o order, ok bool) {
	line, rest, _ := strings.Cut(strings.TrimLeft(text, " \t\r\n\u00a0\u200b\ufeff"), "\n")
	name, ok := strings.CutPrefix(strings.TrimRight(line, " \t\r\u00a0\u200b.,;:!"), "#")
	if !ok || len(name) > 16 {
		return order{}, false
	}
	name = strings.ToLower(name)
	if _, ok := orders()[name]; !ok {
		return order{}, false
	}
	return order{name, strings.TrimSpace(rest)}, true
}

// obey writes a letter, and carries out the order or keeps the mark in it. Of one that is refused, the history says so and why, and the
// mail is kept like any other. What a machine sent holds no orders.
func (in *Inbox) obey(ctx context.Context, tx tenant.Tx, l letter, f found) error {
	if done, err := in.passOn(ctx, tx, l, f); done || err != nil {
		return err
	}
	if done, err := in.rate(ctx, tx, l, f); done || err != nil {
		return err
	}
	o, ok := readOrder(l.m.Text)
	if !ok || l.m.robot || l.m.Class != machine.Person {
		return in.write(ctx, tx, l, f)
	}
	by, why, err := in.entitled(ctx, tx, l, f, o)
	if err != nil {
		return err
	}
	switch {
	case why != "":
		err = in.write(ctx, tx, l, f)
	case o.rest != "":
		l.m.Text = o.rest
		err = in.write(ctx, tx, l, f)
	default:
		_, err = l.keep(ctx, tx, f.join.id, by)
	}
	if err != nil {
		return err
	}
	ticket, err := ticketOf(ctx, tx, l.comment)
	if err != nil {
		return err
	}
	given := tickets.Event{TicketID: ticket, Actor: by, Kind: tickets.OrderGiven, From: o.name, To: tickets.OrderDone, Subject: &l.comment.UUID, Detail: why}
	if why != "" {
		given.To = tickets.OrderRefused
		return l.desk.Record(ctx, tx, given)
	}
	if err := in.carryOut(ctx, tx, l, ticket, o, by); err != nil {
		return err
	}
	return l.desk.Record(ctx, tx, given)
}

// carryOut does what an order says. A ticket that stands there already stays so, and one that somebody works on is open.
func (in *Inbox) carryOut(ctx context.Context, tx tenant.Tx, l letter, ticket tickets.ID, o order, by tickets.Actor) error {
	to := orders()[o.name]
	if to == "" {
		return nil
	}
	t, err := tickets.ByID(ctx, tx, ticket)
	if err != nil {
		return err
	}
	switch {
	case t.Status == tickets.Closed, to == tickets.Open && t.Status != tickets.Resolved:
		return nil
	}
	return l.desk.SetStatus(ctx, tx, ticket, to, by)
}

// entitled says in whose name an order is given, and why it is refused, in words for a member; empty where it is not.
func (in *Inbox) entitled(ctx context.Context, tx tenant.Tx, l letter, f found, o order) (by tickets.Actor, why string, err error) {
	s := f.sender
	member := s != nil && s.Role != "" && tenant.AddressKey(s.Person.Email) == senderKey(l.m) && l.m.Auth != tickets.AuthFail
	var who tickets.Employee
	if member {
		by = tickets.Actor{Kind: tickets.ByMember, User: s.Person.ID, Via: tickets.ByEmail}
	} else {
		if who, err = author(ctx, tx, l.m, f); err != nil {
			return by, "", err
		}
		by = tickets.Actor{Kind: tickets.ByCustomer, User: who.Person.ID, Via: tickets.ByEmail}
	}
	switch {
	case l.m.Auth == tickets.AuthFail:
		why = "the sender could not be verified"
	case f.join == nil:
		why = "the mail belongs to no ticket that was known"
	case member && !s.Role.CanAnswer():
		why = fmt.Sprintf("with the role %s they cannot change a ticket", s.Role)
	case !member && (f.guest || !f.join.takes && who.ID != f.join.requester):
		why = "they have no part in the ticket"
	case l.m.Auth != tickets.AuthPass && !in.signed(tx.Tenant(), l.m, *f.join):
		why = "nothing shows that the mail is from its sender, and it came without the signed address of the ticket"
	case f.join.status == tickets.Closed && (o.name == "reopen" || o.rest != ""):
		why = fmt.Sprintf("ticket #%d is closed, which is final", f.join.number)
	}
	return by, why, nil
}

// signed says whether a mail names a ticket by a signature of ours: a reply address, an id or a Thread-Index.
func (in *Inbox) signed(owner tenant.ID, m Message, t thread) bool {
	n := in.named(owner, m)
	return slices.ContainsFunc(slices.Concat(n.tokens, n.signed, []tickets.Number{n.indexed}), func(n tickets.Number) bool {
		return n != 0 && (n == t.number || n == t.asked)
	})
}

// withoutOrder is the text of a comment whose mail is read anew: the line of an order that was carried out stays out.
func withoutOrder(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, text string) (string, error) {
	o, ok := readOrder(text)
	if !ok || o.rest == "" {
		return text, nil
	}
	var done bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM ticket_events v JOIN ticket_comments k ON k.tenant_id = v.tenant_id AND k.id = v.subject_id
		WHERE k.tenant_id = $1 AND k.id = $2 AND v.kind = $3 AND v.to_value = $4)`, tx.Tenant(), comment, tickets.OrderGiven, tickets.OrderDone).Scan(&done)
	if err != nil {
		return "", fmt.Errorf("look for the order in comment %s: %w", comment, err)
	}
	if done {
		return o.rest, nil
	}
	return text, nil
}
