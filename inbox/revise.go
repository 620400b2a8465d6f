package inbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Revise changes what a member wrote: a note, or an answer that nobody has begun to send. late is true where sending had
// begun: the customer has the words before, and the history says so.
func (o *Outbox) Revise(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, text string, by tickets.Actor) (late bool, err error) {
	if late, err = o.left(ctx, tx, comment); err != nil {
		return false, err
	}
	return late, o.cfg.Desk.Revise(ctx, tx, comment, text, late, by)
}

// Retract takes back what a member wrote; an answer that nobody has begun to send is not sent. late is as with Revise.
func (o *Outbox) Retract(ctx context.Context, tx tenant.Tx, comment tickets.CommentID, by tickets.Actor) (late bool, err error) {
	err = o.Withdraw(ctx, tx, comment, by)
	switch {
	case errors.Is(err, ErrTooLate):
		late = true
	case err != nil && !errors.Is(err, tickets.ErrNotFound): // a note has no mail
		return false, err
	}
	return late, o.cfg.Desk.Retract(ctx, tx, comment, late, by)
}

// left tells whether somebody has begun to send the mail of a comment.
func (o *Outbox) left(ctx context.Context, tx tenant.Tx, comment tickets.CommentID) (bool, error) {
	if _, err := tickets.LockOf(ctx, tx, comment); err != nil {
		return false, err
	}
	var id OutgoingID
	var state string
	err := tx.QueryRow(ctx, unsent, tx.Tenant(), comment).Scan(&id, &state)
	if err == nil {
		return false, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return false, fmt.Errorf("look at the mail of comment %s: %w", comment, err)
	}
	var sent bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM outgoing_messages WHERE tenant_id = $1 AND comment_id = $2 AND state <> 'cancelled')`,
		tx.Tenant(), comment).Scan(&sent)
	if err != nil {
		return false, fmt.Errorf("look at the mail of comment %s: %w", comment, err)
	}
	return sent, nil
}
