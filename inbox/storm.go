package inbox

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// A StormGuard decides whether one more automatic mail may leave, so that two robots that answer each other
// stop after a few mails. It counts in the database, over sliding windows, and so holds for all processes
// together. What a member writes is not its business. The zero value has the defaults.
type StormGuard struct {
	PerAddress    int           // automatic mails to one address within AddressWindow; default 5
	AddressWindow time.Duration // default 1 h
	PerTicket     int           // automatic mails on one ticket within TicketWindow; default 10
	TicketWindow  time.Duration // default 24 h
}

func (g StormGuard) withDefaults() StormGuard {
	return StormGuard{
		PerAddress: cmp.Or(g.PerAddress, 5), AddressWindow: cmp.Or(g.AddressWindow, time.Hour),
		PerTicket: cmp.Or(g.PerTicket, 10), TicketWindow: cmp.Or(g.TicketWindow, 24*time.Hour),
	}
}

// A Hold says why an automatic mail may not leave. The zero value says that it may.
type Hold struct {
	Why   string // in words for a member
	storm *rise  // what it adds to an alert, where a cap is reached
}

// Admit counts an automatic mail on a ticket to one address, and returns no Hold where it may leave;
// else it counts nothing and says why not: the address is one of the tenant's own
// mailboxes or has bounced, a cap is reached, or the customer's last mail went to many (List), was written by a
// program, or is of somebody who is not who they claim to be.
func (g StormGuard) Admit(ctx context.Context, tx tenant.Tx, ticket tickets.ID, email string, at time.Time) (Hold, error) {
	g = g.withDefaults()
	key := tenant.AddressKey(email)
	// Whoever counts for the same ticket or address at the same time waits until this one is done.
	for _, l := range []string{"ticket " + ticket.String(), "address " + key} {
		if err := tenant.Lock(ctx, tx, "automatic mail", l); err != nil {
			return Hold{}, err
		}
	}
	var own, robot bool
	var last tickets.Verdict
	var class machine.Class
	var toAddress, onTicket int
	var b pgx.Batch
	b.Queue(`SELECT EXISTS (SELECT FROM mailboxes WHERE tenant_id = $1 AND address_key = $2 AND removed_at IS NULL)`, tx.Tenant(), key).
		QueryRow(func(row pgx.Row) error { return row.Scan(&own) })
	b.Queue(`SELECT k.auth, i.class, i.robot FROM ticket_comments k JOIN inbound_messages i ON i.tenant_id = k.tenant_id AND i.id = k.inbound_id
		WHERE k.tenant_id = $1 AND k.ticket_id = $2 AND k.kind = 'public' AND k.author_kind = 'customer' ORDER BY k.id DESC LIMIT 1`, tx.Tenant(), ticket).
		QueryRow(func(row pgx.Row) error { return ignoreNoRows(row.Scan(&last, &class, &robot)) })
	b.Queue(`SELECT count(*) FROM automatic_mails WHERE tenant_id = $1 AND email_key = $2 AND at > $3`, tx.Tenant(), key, at.Add(-g.AddressWindow)).
		QueryRow(func(row pgx.Row) error { return row.Scan(&toAddress) })
	b.Queue(`SELECT count(*) FROM automatic_mails WHERE tenant_id = $1 AND ticket_id = $2 AND at > $3`, tx.Tenant(), ticket, at.Add(-g.TicketWindow)).
		QueryRow(func(row pgx.Row) error { return row.Scan(&onTicket) })
	if err := tx.Send(ctx, &b); err != nil {
		return Hold{}, fmt.Errorf("count automatic mails: %w", err)
	}
	s, suppressed, err := Suppressed(ctx, tx, email, at)
	switch {
	case err != nil:
		return Hold{}, err
	case last == tickets.AuthFail:
		return Hold{Why: "the sender of the last mail could not be verified"}, nil
	case own:
		return Hold{Why: email + " is a mailbox of your own"}, nil
	case class == machine.List:
		return Hold{Why: "the mail that it would answer went to many"}, nil
	case robot:
		return Hold{Why: "a program wrote the mail that it would answer"}, nil
	case suppressed:
		return Hold{Why: s.bounced()}, nil
	case toAddress >= g.PerAddress:
		return Hold{fmt.Sprintf("%s got %d automatic mails within %v", email, toAddress, g.AddressWindow), &rise{kind: StormAlert, about: aboutAddress(email), email: email, held: 1}}, nil
	case onTicket >= g.PerTicket:
		return Hold{fmt.Sprintf("the ticket had %d automatic mails within %v", onTicket, g.TicketWindow), &rise{kind: StormAlert, about: "ticket " + ticket.String(), ticket: &ticket, held: 1}}, nil
	}
	return Hold{}, g.count(ctx, tx, ticket, key, at)
}

// aboutAddress is the cause of an alert that is about mail from and to an address.
func aboutAddress(email string) string { return "address " + tenant.AddressKey(email) }

// count notes a mail, and forgets those that are in no window any more.
func (g StormGuard) count(ctx context.Context, tx tenant.Tx, ticket tickets.ID, key string, at time.Time) error {
	var b pgx.Batch
	b.Queue(`DELETE FROM automatic_mails WHERE tenant_id = $1 AND email_key = $2 AND at <= $3`, tx.Tenant(), key, at.Add(-max(g.AddressWindow, g.TicketWindow)))
	b.Queue(`INSERT INTO automatic_mails (tenant_id, id, ticket_id, email_key, at) VALUES ($1, $2, $3, $4, $5)`, tx.Tenant(), tenant.NewID(), ticket, key, at)
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("count an automatic mail: %w", err)
	}
	return nil
}

// The inbound side: a robot that opens ticket after ticket with the same words, because it answers each of
// our receipts with a new mail, goes on on the last of them. A robot is who shows a sign of one, see
// signs.machineMade. People's mail, and a robot's with other words, opens tickets as ever, however much of it
// there is; nothing is dropped or held. Robots without a sign are slowed by the caps on what they get.
const (
	stormTickets = 5
	stormWindow  = time.Hour
)

// stormKey is what a robot's mails have in common: subject and beginning of the text without digits, in which
// numbers and times differ.
func stormKey(subject, text string) string {
	key, _ := subjectKey(subject)
	return lettersOf(key, 200) + "\x00" + lettersOf(text, 1000)
}

// lettersOf are the first letters of s in one row.
func lettersOf(s string, most int) string {
	out := make([]rune, 0, most)
	for _, r := range s {
		if len(out) == most {
			break
		}
		if r > '9' || r < '0' && r > ' ' {
			out = append(out, r)
		}
	}
	return string(out)
}

// storm returns the ticket on which a mail goes on, where its sender has opened so many with the same words;
// nil where it is to open its own.
func storm(ctx context.Context, tx tenant.Tx, who tickets.EmployeeID, m Message, now time.Time) (*tickets.ID, error) {
	rows, _ := tx.Query(ctx, `SELECT id, title, left(description, 4000), status FROM support_tickets
		WHERE tenant_id = $1 AND employee_id = $2 AND merged_into IS NULL AND created_at > $3 ORDER BY number DESC LIMIT $4`,
		tx.Tenant(), who, now.Add(-stormWindow), stormTickets) // ForEachRow reports the error.
	key := stormKey(m.Subject, m.Text)
	var last *tickets.ID
	alike := 0
	var id tickets.ID
	var subject, text, status string
	_, err := pgx.ForEachRow(rows, []any{&id, &subject, &text, &status}, func() error {
		if last == nil && tickets.Status(status) != tickets.Closed {
			found := id
			last = &found
		}
		if stormKey(subject, text) == key {
			alike++
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look at the sender's latest tickets: %w", err)
	}
	if alike < stormTickets {
		return nil, nil
	}
	return last, nil
}
