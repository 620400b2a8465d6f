package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// ErrTooLate means that an answer is on its way, or was decided about before.
var ErrTooLate = errors.New("the answer can no longer be changed")

// unsent is the mail of a comment where nobody has begun to send it. Who has the row locked is about to: to wait for
// them would be of no use, and they may wait for the ticket.
const unsent = `SELECT id, state FROM outgoing_messages
	WHERE tenant_id = $1 AND comment_id = $2 AND attempts = 0 AND state IN ('queued', 'held') FOR UPDATE SKIP LOCKED`

// sendable is the mail of a comment that waits, also one that servers have put off: to try it sooner does no harm.
const sendable = `SELECT id, state FROM outgoing_messages
	WHERE tenant_id = $1 AND comment_id = $2 AND state IN ('queued', 'held') FOR UPDATE SKIP LOCKED`

// sendJob is the job that sends a mail at a time.
func sendJob(owner tenant.ID, id OutgoingID, at time.Time) jobs.Insert {
	return jobs.Insert{Args: SendArgs{Tenant: owner, Message: id}, InsertOpts: &river.InsertOpts{Queue: jobs.QueueMail, ScheduledAt: at}}
}

// Withdraw cancels the mail of an answer that nobody has begun to send, and keeps the answer as an internal note.
// One that is cancelled already is left alone. ErrTooLate where sending has begun: either that or this wins, never
// both. tickets.ErrNotFound where the comment has no mail.
func (o *Outbox) Withdraw(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, by tickets.Actor) error {
	if _, err := tickets.LockOf(ctx, tx, comment); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `WITH was AS (`+unsent+`)
		UPDATE outgoing_messages o SET state = 'cancelled', detail = '' FROM was WHERE o.tenant_id = $1 AND o.id = was.id`, tx.Tenant(), comment)
	if err != nil {
		return fmt.Errorf("cancel the mail of comment %s: %w", comment, err)
	}
	if tag.RowsAffected() > 0 {
		return o.cfg.Desk.Withdraw(ctx, tx, comment, by)
	}
	return o.decided(ctx, tx, comment, "cancelled")
}

// Schedule has the mail of an answer leave at another time: one that waits, that a server has put off, or that is held. It returns the job for it, which the caller queues. The errors are those of Withdraw.
func (o *Outbox) Schedule(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, at time.Time, by tickets.Actor) (jobs.Insert, error) {
	ticket, err := tickets.LockOf(ctx, tx, comment)
	if err != nil {
		return jobs.Insert{}, err
	}
	var id OutgoingID
	var was string
	err = tx.QueryRow(ctx, `WITH was AS (`+sendable+`)
		UPDATE outgoing_messages o SET state = 'queued', detail = '', send_at = $3, retry_at = NULL FROM was WHERE o.tenant_id = $1 AND o.id = was.id
		RETURNING o.id, was.state`, tx.Tenant(), comment, at).Scan(&id, &was)
	if errors.Is(err, pgx.ErrNoRows) {
		return jobs.Insert{}, o.decided(ctx, tx, comment, "")
	}
	if err != nil {
		return jobs.Insert{}, fmt.Errorf("set the time of the mail of comment %s: %w", comment, err)
	}
	job := sendJob(tx.Tenant(), id, at)
	if was == "queued" {
		return job, nil
	}
	err = o.cfg.Desk.Record(ctx, tx, tickets.Event{TicketID: ticket, Actor: by, Kind: tickets.DeliveryChanged, To: "queued", Subject: &comment.UUID})
	return job, err
}

// decided explains why the mail of a comment could not be changed; nil where it is as wanted.
func (o *Outbox) decided(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, wanted string) error {
	var state string
	err := tx.QueryRow(ctx, `SELECT state FROM outgoing_messages WHERE tenant_id = $1 AND comment_id = $2`, tx.Tenant(), comment).Scan(&state)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("mail of comment %s: %w", comment, tickets.ErrNotFound)
	case err != nil:
		return fmt.Errorf("look at the mail of comment %s: %w", comment, err)
	case state == wanted:
		return nil
	}
	return fmt.Errorf("mail of comment %s is %s: %w", comment, state, ErrTooLate)
}

// holdFor keeps answers from leaving that wait for their time on tickets where the customer has written: what they
// say may not fit any more. A mail that somebody is just claiming leaves.
func (o *Outbox) holdFor(ctx context.Context, tx tenant.Tx, events []tickets.Event) error {
	var heard []tickets.ID
	for _, e := range events {
		if e.Kind == tickets.Commented && e.To == string(tickets.Public) && e.Actor.Kind == tickets.ByCustomer {
			heard = append(heard, e.TicketID)
		}
	}
	if len(heard) == 0 {
		return nil
	}
	rows, _ := tx.Query(ctx, `UPDATE outgoing_messages SET state = 'held'
		WHERE tenant_id = $1 AND id IN (SELECT id FROM outgoing_messages
			WHERE tenant_id = $1 AND ticket_id = ANY ($2) AND state = 'queued' AND attempts = 0 AND send_at > $3 FOR UPDATE SKIP LOCKED)
		RETURNING ticket_id, comment_id`, tx.Tenant(), heard, o.cfg.Clock()) // CollectRows reports the error.
	held, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (tickets.Event, error) {
		var comment tickets.CommentID
		e := tickets.Event{Actor: tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByItself}, Kind: tickets.DeliveryChanged, To: "held"}
		err := row.Scan(&e.TicketID, &comment)
		e.Subject = &comment.UUID
		return e, err
	})
	if err != nil {
		return fmt.Errorf("hold answers that the customer has not waited for: %w", err)
	}
	if len(held) == 0 {
		return nil
	}
	return o.cfg.Desk.Record(ctx, tx, held...)
}
