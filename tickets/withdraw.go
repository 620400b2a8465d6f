package tickets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// Withdraw takes back a public answer that has not left: it stays as an internal note, and the ticket is as if it
// had not been answered by it. A comment that is internal already is left alone. ErrNotFound where there is no
// such comment.
//
// The caller has locked the ticket with LockOf and seen to it that the answer is not sent.
func (d *Desk) Withdraw(ctx context.Context, tx tenant.Tx, id CommentID, by Actor) error {
	ticket, err := LockOf(ctx, tx, id)
	if err != nil {
		return err
	}
	s, err := lock(ctx, tx, ticket)
	if err != nil {
		return err
	}
	var at time.Time
	err = tx.QueryRow(ctx, `UPDATE ticket_comments SET kind = 'internal' WHERE tenant_id = $1 AND id = $2 AND kind = 'public' RETURNING created_at`,
		tx.Tenant(), id).Scan(&at)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("withdraw comment %s: %w", id, err)
	}
	now := d.clock()
	next, err := s.unanswered(ctx, tx, at, now)
	if err != nil {
		return err
	}
	back := d.event(ticket, now, by, DeliveryChanged)
	back.To, back.Subject = "cancelled", &id.UUID
	events := []Event{back}
	if next.Status != s.Status {
		moved := d.event(ticket, now, by, StatusChanged)
		moved.From, moved.To = string(s.Status), string(next.Status)
		events = append(events, moved)
	}
	var b pgx.Batch
	queueState(&b, tx, next, now)
	for _, e := range events {
		queueEvent(&b, tx, e)
	}
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("withdraw comment %s: %w", id, err)
	}
	return d.tell(ctx, tx, events...)
}

// LockOf keeps others from changing the ticket of a comment until tx ends, and returns it.
func LockOf(ctx context.Context, tx tenant.Tx, id CommentID) (ID, error) {
	var ticket ID
	err := tx.QueryRow(ctx, `SELECT t.id FROM ticket_comments k JOIN support_tickets t ON t.tenant_id = k.tenant_id AND t.id = k.ticket_id
		WHERE k.tenant_id = $1 AND k.id = $2 FOR NO KEY UPDATE OF t`, tx.Tenant(), id).Scan(&ticket)
	if errors.Is(err, pgx.ErrNoRows) {
		return ID{}, fmt.Errorf("comment %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return ID{}, fmt.Errorf("lock the ticket of comment %s: %w", id, err)
	}
	return ticket, nil
}

// unanswered is the ticket without an answer that was given at a time. Its status goes back only where it was
// that answer that moved it and nobody has worked on it since.
func (s state) unanswered(ctx context.Context, tx tenant.Tx, at, now time.Time) (state, error) {
	var from *Status
	var first, waiting *time.Time
	var b pgx.Batch
	b.Queue(`SELECT min(created_at) FROM ticket_comments WHERE tenant_id = $1 AND ticket_id = $2 AND kind = 'public' AND author_kind IN ('member', 'ai')`,
		tx.Tenant(), s.ID).QueryRow(func(row pgx.Row) error { return row.Scan(&first) })
	b.Queue(`SELECT min(created_at) FROM ticket_comments k WHERE tenant_id = $1 AND ticket_id = $2 AND kind = 'public' AND author_kind = 'customer'
			AND created_at > coalesce((SELECT max(created_at) FROM ticket_comments o WHERE o.tenant_id = $1 AND o.ticket_id = $2
				AND o.kind = 'public' AND o.author_kind IN ('member', 'ai')), '-infinity')`,
		tx.Tenant(), s.ID).QueryRow(func(row pgx.Row) error { return row.Scan(&waiting) })
	b.Queue(`SELECT min(e.from_value) FROM ticket_events e WHERE e.tenant_id = $1 AND e.ticket_id = $2 AND e.kind = 'status' AND e.at = $3 AND e.to_value = $4
			AND NOT EXISTS (SELECT FROM ticket_events l WHERE l.tenant_id = $1 AND l.ticket_id = $2 AND l.kind IN ('status', 'assignee') AND l.at > $3)
			AND NOT EXISTS (SELECT FROM ticket_comments k WHERE k.tenant_id = $1 AND k.ticket_id = $2
				AND k.kind = 'public' AND k.author_kind IN ('member', 'ai') AND k.created_at >= $3)`,
		tx.Tenant(), s.ID, at, InProgress).QueryRow(func(row pgx.Row) error { return row.Scan(&from) })
	if err := tx.Send(ctx, &b); err != nil {
		return s, fmt.Errorf("look at what is left of ticket #%d: %w", s.Number, err)
	}
	s.FirstAnsweredAt = first
	if s.Status == Open || s.Status == InProgress {
		s.WaitingSince = waiting
	}
	if from != nil && s.Status == InProgress {
		s = s.moved(*from, now)
	}
	return s, nil
}
