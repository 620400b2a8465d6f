package inbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Unsubscribe is the order of a link by which a mail program asks for no more automatic mail (RFC 8058), and the subject of a
// mail by which it does (RFC 2369 section 3.2).
const Unsubscribe = "unsubscribe"

// unsubscribeLink is the address by which whoever gets an automatic mail gets none from then on; empty where there is none:
// the mail goes to several, or there is no address that they could reach.
func (o *Outbox) unsubscribeLink(owner tenant.ID, s sending, person tenant.Person) string {
	if !o.linked(s, person) {
		return ""
	}
	t := Ticked{Tenant: owner, Ticket: s.ticket, Person: person.ID, Order: Unsubscribe, Until: s.createdAt.Add(unsubscribedFor)}
	return o.cfg.PublicURL + "/t/" + t.Token(o.cfg.Box)
}

// isSecure says whether nobody can listen to requests for an address: it is encrypted, or of this machine.
func isSecure(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || net.ParseIP(u.Hostname()).IsLoopback() || u.Hostname() == "localhost")
}

// Leave does what a link with the order Unsubscribe says: its person gets no automatic mail from then on, of which their ticket
// tells where it is still there. Doing so again changes nothing. tickets.ErrNotFound where the tenant knows nobody by that id.
func Leave(ctx context.Context, tx tenant.Tx, desk *tickets.Desk, link Ticked, at time.Time) error {
	var email string
	err := tx.QueryRow(ctx, `SELECT email FROM users.tenant_users WHERE tenant_id = $1 AND user_id = $2`, tx.Tenant(), link.Person).Scan(&email)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("whoever unsubscribes: %w", tickets.ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("look up who unsubscribes: %w", err)
	}
	if s, ok, err := Suppressed(ctx, tx, email, at); err != nil || ok && s.Reason == machine.Unsubscribed {
		return err
	}
	if err := suppress(ctx, tx, email, machine.Failure{Action: machine.Complained, Recipient: email, Reason: machine.Unsubscribed}, false, at); err != nil {
		return err
	}
	if _, err := tickets.ByID(ctx, tx, link.Ticket); errors.Is(err, tickets.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	by := tickets.Actor{Kind: tickets.ByCustomer, User: link.Person, Via: tickets.ByWeb}
	return desk.Record(ctx, tx, tickets.Event{TicketID: link.Ticket, Actor: by, Kind: tickets.OrderGiven, From: Unsubscribe, To: tickets.OrderDone})
}

// unsubscribed takes the mail that a mail program writes when its user presses "Unsubscribe" on automatic mail: the address
// gets none from then on, and no ticket opens. Nobody can do that for others: the mail has the signed address of a ticket, or
// its sender is verified. What members write is sent all the same.
func (in *Inbox) unsubscribed(ctx context.Context, tx tenant.Tx, l letter, f found) (became outcome, done bool, err error) {
	said := strings.TrimSpace(l.m.Text)
	if !strings.EqualFold(strings.TrimSpace(l.m.Subject), Unsubscribe) || said != "" && !strings.EqualFold(strings.Trim(said, "."), Unsubscribe) ||
		l.m.Auth == tickets.AuthFail || f.sender != nil && f.sender.Role != "" {
		return outcome{}, false, nil
	}
	if l.m.Auth != tickets.AuthPass && (f.join == nil || f.guest || !in.signed(tx.Tenant(), l.m, *f.join)) {
		return outcome{}, false, nil
	}
	why := machine.Failure{Action: machine.Complained, Recipient: l.m.From.Email, Reason: machine.Unsubscribed}
	if err := suppress(ctx, tx, l.m.From.Email, why, false, in.cfg.Clock()); err != nil {
		return outcome{}, true, err
	}
	if f.join == nil {
		return outcome{state: Ignored}, true, nil
	}
	who, err := author(ctx, tx, l.m, f)
	if err != nil {
		return outcome{}, true, err
	}
	by := tickets.Actor{Kind: tickets.ByCustomer, User: who.Person.ID, Via: tickets.ByEmail}
	if became, err = l.keep(ctx, tx, f.join.id, by); err != nil {
		return became, true, err
	}
	ticket, err := ticketOf(ctx, tx, l.comment)
	if err != nil {
		return became, true, err
	}
	return became, true, l.desk.Record(ctx, tx, tickets.Event{TicketID: ticket, Actor: by, Kind: tickets.OrderGiven, From: Unsubscribe, To: tickets.OrderDone,
		Subject: &l.comment.UUID})
}
