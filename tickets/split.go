package tickets

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// numberTag is how a ticket's number stands in subjects; a new ticket's title must not name the old one.
var numberTag = regexp.MustCompile(`\s*\[#[0-9]+\]`)

// splitting is what a ticket is made of that is split off.
type splitting struct {
	title     string
	requester EmployeeID
	customer  CustomerID
	email     string
	name      string
	mailbox   *uuid.UUID
	priority  Priority
	via       Via
	at        time.Time
	alone     bool // only the requester takes part: they had no part in the old ticket
}

// Split makes a ticket of its own of one comment, and mail that answers it goes there. The one who wrote it is
// the requester, or the old ticket's where a member did; those who take part in the old ticket take part in
// the new one, unless the requester was only a guest there. Doing it again returns the ticket that there is.
// ErrNotFound where the comment is not on the ticket, ErrInvalid where it is the only one. Merge undoes it.
func (d *Desk) Split(ctx context.Context, tx tenant.Tx, id ID, comment CommentID, by Actor) (Ticket, error) {
	old, err := lock(ctx, tx, id)
	if err != nil {
		return Ticket{}, err
	}
	c, err := CommentByID(ctx, tx, comment)
	if err != nil {
		return Ticket{}, err
	}
	if c.TicketID != id {
		return splitBefore(ctx, tx, old, c)
	}
	if old.CommentCount < 2 {
		return Ticket{}, fmt.Errorf("split the only comment off ticket #%d: %w", old.Number, ErrInvalid)
	}
	n, err := splitOf(ctx, tx, id, comment)
	if err != nil {
		return Ticket{}, err
	}
	now := d.clock()
	next := state{ID: ID{tenant.NewID()}, Status: Open, Priority: n.priority, CommentCount: 1}
	if err := next.insert(ctx, tx, n, old.ID, now); err != nil {
		return Ticket{}, err
	}
	if err := moveSome(ctx, tx, []uuid.UUID{comment.UUID}, id, next.ID); err != nil {
		return Ticket{}, err
	}
	old.CommentCount--
	for _, s := range []*state{&old, &next} {
		if s.WaitingSince, err = waitingSince(ctx, tx, *s); err != nil {
			return Ticket{}, err
		}
	}
	if err := d.recordSplit(ctx, tx, old, next, n.via, comment, by, now); err != nil {
		return Ticket{}, err
	}
	return ByID(ctx, tx, next.ID)
}

// Unsplit undoes a split: the ticket is merged into the one it came from. ErrNotMoved where it was not split
// off.
func (d *Desk) Unsplit(ctx context.Context, tx tenant.Tx, id ID, by Actor) error {
	var origin *ID
	err := tx.QueryRow(ctx, `SELECT coalesce(o.merged_into, o.id) FROM support_tickets t
		LEFT JOIN support_tickets o ON o.tenant_id = t.tenant_id AND o.id = t.split_from
		WHERE t.tenant_id = $1 AND t.id = $2`, tx.Tenant(), id).Scan(&origin)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("ticket %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("look up where ticket %s was split off: %w", id, err)
	}
	if origin == nil {
		return fmt.Errorf("the ticket was not split off another: %w", ErrNotMoved)
	}
	return d.Merge(ctx, tx, id, *origin, by)
}

// splitBefore returns the ticket that a comment was split into already.
func splitBefore(ctx context.Context, tx tenant.Tx, old state, c Comment) (Ticket, error) {
	t, err := ByID(ctx, tx, c.TicketID)
	if err == nil && t.SplitFrom != nil && *t.SplitFrom == old.Number {
		return t, nil
	}
	return Ticket{}, errors.Join(err, fmt.Errorf("comment %s on ticket #%d: %w", c.ID, old.Number, ErrNotFound))
}

func splitOf(ctx context.Context, tx tenant.Tx, id ID, comment CommentID) (splitting, error) {
	var n splitting
	var subject string
	err := tx.QueryRow(ctx, `
		SELECT t.title, coalesce(i.subject, ''), coalesce(e.id, t.employee_id), coalesce(e.customer_id, t.customer_id), u.email, u.name,
		       t.mailbox_id, t.priority, k.via, k.created_at,
		       EXISTS (SELECT FROM ticket_participants p WHERE p.tenant_id = t.tenant_id AND p.ticket_id = t.id AND p.email_key = u.email_key AND p.role = 'guest')
		FROM ticket_comments k
		JOIN support_tickets t ON t.tenant_id = k.tenant_id AND t.id = k.ticket_id
		LEFT JOIN inbound_messages i ON i.tenant_id = k.tenant_id AND i.id = k.inbound_id
		LEFT JOIN customer_employees e ON e.tenant_id = k.tenant_id AND e.user_id = k.author_user_id AND k.author_kind = 'customer'
		JOIN customer_employees r ON r.tenant_id = t.tenant_id AND r.id = coalesce(e.id, t.employee_id)
		JOIN users.tenant_users u ON u.tenant_id = r.tenant_id AND u.user_id = r.user_id
		WHERE k.tenant_id = $1 AND k.id = $2 AND k.ticket_id = $3`, tx.Tenant(), comment, id).
		Scan(&n.title, &subject, &n.requester, &n.customer, &n.email, &n.name, &n.mailbox, &n.priority, &n.via, &n.at, &n.alone)
	if err != nil {
		return n, fmt.Errorf("look up comment %s: %w", comment, err)
	}
	if s := strings.TrimSpace(numberTag.ReplaceAllString(subject, "")); s != "" {
		n.title = s
	}
	return n, nil
}

// insert writes the new ticket and its people, and learns its number.
func (s *state) insert(ctx context.Context, tx tenant.Tx, n splitting, old ID, now time.Time) error {
	var b pgx.Batch
	b.Queue(`INSERT INTO support_tickets (tenant_id, id, number, title, description, status, priority, customer_id, employee_id, mailbox_id,
			split_from, comment_count, created_at, updated_at)
		VALUES ($1, $2, routing.next_ticket_number(), $3, '', $4, $5, $6, $7, $8, $9, 1, $10, $11) RETURNING number`,
		tx.Tenant(), s.ID, n.title, s.Status, s.Priority, n.customer, n.requester, n.mailbox, old, n.at, now).
		QueryRow(func(row pgx.Row) error { return row.Scan(&s.Number) })
	queueParticipant(&b, tx, s.ID, Participant{Email: n.email, Name: n.name, Role: "requester"})
	if !n.alone {
		b.Queue(`INSERT INTO ticket_participants (tenant_id, ticket_id, email_key, email, name, role)
			SELECT tenant_id, $3, email_key, email, name, CASE role WHEN 'requester' THEN 'cc' ELSE role END
			FROM ticket_participants WHERE tenant_id = $1 AND ticket_id = $2 AND role <> 'guest' ON CONFLICT DO NOTHING`, tx.Tenant(), old, s.ID)
	}
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("open a ticket for the comment: %w", err)
	}
	return nil
}

// recordSplit writes what is left to write of a split, and tells of it.
func (d *Desk) recordSplit(ctx context.Context, tx tenant.Tx, old, next state, via Via, comment CommentID, by Actor, now time.Time) error {
	created := d.event(next.ID, now, by, Created)
	created.To, created.Subject = string(via), &comment.UUID
	there, here := d.event(old.ID, now, by, Split), d.event(next.ID, now, by, Split)
	there.From, there.To, there.Subject = called(old.Number), called(next.Number), &comment.UUID
	here.From, here.To, here.Subject = there.From, there.To, there.Subject

	var b pgx.Batch
	b.Queue(`INSERT INTO ticket_moves (tenant_id, id, kind, source_id, target_id, comments, status, at)
		VALUES ($1, $2, 'split', $3, $4, $5, $6, $7)`,
		tx.Tenant(), tenant.NewID(), old.ID, next.ID, []uuid.UUID{comment.UUID}, old.Status, now)
	b.Queue(`UPDATE support_tickets SET description = k.text FROM ticket_comments k
		WHERE support_tickets.tenant_id = $1 AND support_tickets.id = $2 AND k.tenant_id = $1 AND k.id = $3`, tx.Tenant(), next.ID, comment)
	queueState(&b, tx, old, now)
	queueState(&b, tx, next, now)
	for _, e := range []Event{created, there, here} {
		queueEvent(&b, tx, e)
	}
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("split ticket #%d: %w", old.Number, err)
	}
	return d.tell(ctx, tx, created, there, here)
}
