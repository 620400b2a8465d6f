package tickets

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// ErrNotOurs means that a comment is no member's, so that nobody may change it or send it to the customer.
var ErrNotOurs = errors.New("this was not written by a support member")

// Publish makes an answer to the customer out of a member's internal note, as though it had been written as one now; its
// author stays. One that is public already is left alone. ErrNotOurs where no member wrote it, ErrClosed where the
// ticket is closed, ErrNotFound where there is no such comment.
func (d *Desk) Publish(ctx context.Context, tx tenant.Tx, id CommentID, by Actor) error {
	ticket, c, err := lockComment(ctx, tx, id)
	if err != nil || c.Kind == Public {
		return err
	}
	s, err := lock(ctx, tx, ticket)
	if err != nil {
		return err
	}
	if s.Status == Closed {
		return fmt.Errorf("answer on ticket #%d: %w", s.Number, ErrClosed)
	}
	now := d.clock()
	next := s.answered(now)
	said := d.event(ticket, now, by, Commented)
	said.To, said.Subject = string(Public), &id.UUID
	events := []Event{said}
	if next.Status != s.Status {
		moved := d.event(ticket, now, by, StatusChanged)
		moved.From, moved.To = string(s.Status), string(next.Status)
		events = append(events, moved)
	}
	var b pgx.Batch
	b.Queue(`UPDATE ticket_comments SET kind = 'public', created_at = $3 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), id, now)
	queueState(&b, tx, next, now)
	for _, e := range events {
		queueEvent(&b, tx, e)
	}
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("publish comment %s: %w", id, err)
	}
	return d.tell(ctx, tx, events...)
}

// Revise changes what a member wrote. Where late is true the mail of it has left with the words before: the comment
// keeps those, and the history says that somebody changed it afterwards. The errors are those of Publish.
func (d *Desk) Revise(ctx context.Context, tx tenant.Tx, id CommentID, text string, late bool, by Actor) error {
	ticket, c, err := lockComment(ctx, tx, id)
	if err != nil || c.Text == text {
		return err
	}
	e := Event{TicketID: ticket, Actor: by, Kind: Revised, Subject: &id.UUID, To: Applied}
	if late {
		e.To, e.Detail = Late, text
		return d.Record(ctx, tx, e)
	}
	if _, err := tx.Exec(ctx, `UPDATE ticket_comments SET text = $3, html = '' WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), id, text); err != nil {
		return fmt.Errorf("revise comment %s: %w", id, err)
	}
	return d.Record(ctx, tx, e)
}

// Retract takes a member's words back: of an internal note nothing is left but that there was one. Where late is true the
// mail of it has left: the comment stays, and the history says that somebody deleted it afterwards. The errors are
// those of Publish.
func (d *Desk) Retract(ctx context.Context, tx tenant.Tx, id CommentID, late bool, by Actor) error {
	ticket, c, err := lockComment(ctx, tx, id)
	if err != nil || c.Text == "" && !late {
		return err
	}
	e := Event{TicketID: ticket, Actor: by, Kind: Retracted, Subject: &id.UUID, To: Applied}
	if late {
		e.To = Late
		return d.Record(ctx, tx, e)
	}
	var b pgx.Batch
	b.Queue(`UPDATE ticket_comments SET text = '', html = '' WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), id)
	b.Queue(`DELETE FROM attachments WHERE tenant_id = $1 AND comment_id = $2 AND inbound_id IS NULL`, tx.Tenant(), id)
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("retract comment %s: %w", id, err)
	}
	return d.Record(ctx, tx, e)
}

// lockComment locks the ticket of a member's comment and reads the comment.
func lockComment(ctx context.Context, tx tenant.Tx, id CommentID) (ID, Comment, error) {
	ticket, err := LockOf(ctx, tx, id)
	if err != nil {
		return ID{}, Comment{}, err
	}
	c, err := CommentByID(ctx, tx, id)
	if err == nil && c.AuthorKind != ByMember {
		err = fmt.Errorf("comment %s: %w", id, ErrNotOurs)
	}
	return ticket, c, err
}
