package tickets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

func (d *Desk) comment(n NewComment, at time.Time) Comment {
	if n.ID == (CommentID{}) {
		n.ID = CommentID{tenant.NewID()}
	}
	return Comment{
		ID: n.ID, TicketID: n.Ticket, Kind: n.Kind, AuthorKind: n.Author.Kind, Author: tenant.Person{ID: n.Author.User}, Via: n.Author.Via,
		Text: n.Text, HTML: n.HTML, Auth: n.Auth, MessageID: n.MessageID, InReplyTo: n.InReplyTo, InboundID: n.Inbound,
		SuggestionID: n.Suggestion, CreatedAt: at, Attachments: n.Attached,
	}
}

func queueComment(b *pgx.Batch, tx tenant.Tx, n NewComment, c Comment) {
	var messageID *string
	if c.MessageID != "" {
		messageID = &c.MessageID
	}
	digest := n.Digest
	if digest == nil {
		digest = []byte{}
	}
	auth := c.Auth
	if auth == "" {
		auth = AuthUnknown
	}
	b.Queue(`INSERT INTO ticket_comments (tenant_id, id, ticket_id, kind, author_kind, author_user_id, via, text, html, auth, message_id,
			in_reply_to, digest, inbound_id, suggestion_id, created_at, thread_index)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		tx.Tenant(), c.ID, c.TicketID, c.Kind, c.AuthorKind, c.Author.ID.OrNull(), c.Via, c.Text, c.HTML, auth, messageID,
		c.InReplyTo, digest, c.InboundID, c.SuggestionID, c.CreatedAt, n.ThreadIndex)
	if len(n.References) > 0 {
		b.Queue(`INSERT INTO comment_references (tenant_id, comment_id, ref) SELECT $1, $2, unnest($3::text[]) ON CONFLICT DO NOTHING`,
			tx.Tenant(), c.ID, n.References)
	}
	queueAttachments(b, tx, c.ID, c.InboundID, c.Attachments)
}

func queueAttachments(b *pgx.Batch, tx tenant.Tx, comment CommentID, inbound *uuid.UUID, list []Attachment) {
	for _, a := range list {
		if a.ID == uuid.Nil {
			a.ID = tenant.NewID()
		}
		b.Queue(`INSERT INTO attachments (tenant_id, id, comment_id, inbound_id, part, name, content_type, content_id, size, inline, digest, danger, virus)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			tx.Tenant(), a.ID, comment, inbound, a.Part, a.Name, a.ContentType, a.ContentID, a.Size, a.Inline, a.Digest, a.Danger, a.Virus)
	}
}

// queueState writes what can change of a ticket.
func queueState(b *pgx.Batch, tx tenant.Tx, t state, now time.Time) {
	b.Queue(`UPDATE support_tickets SET status = $3, priority = $4, assignee_id = $5, comment_count = $6, waiting_since = $7,
			first_answered_at = $8, resolved_at = $9, closed_at = $10, updated_at = $11, merged_into = $12
		WHERE tenant_id = $1 AND id = $2`,
		tx.Tenant(), t.ID, t.Status, t.Priority, t.AssigneeID, t.CommentCount, t.WaitingSince, t.FirstAnsweredAt, t.ResolvedAt, t.ClosedAt, now,
		t.MergedInto)
}

// lock reads what can change of a ticket and keeps others from changing it until tx ends.
func lock(ctx context.Context, tx tenant.Tx, id ID) (state, error) {
	return lockWhere(ctx, tx, id, `$2`)
}

// lockHome is lock for the ticket that a merged one is part of, or the ticket itself.
func lockHome(ctx context.Context, tx tenant.Tx, id ID) (state, error) {
	s, err := lockWhere(ctx, tx, id, `(SELECT coalesce(merged_into, id) FROM support_tickets WHERE tenant_id = $1 AND id = $2)`)
	for err == nil && s.MergedInto != nil { // since the statement began
		s, err = lock(ctx, tx, *s.MergedInto)
	}
	return s, err
}

func lockWhere(ctx context.Context, tx tenant.Tx, id ID, which string) (state, error) {
	rows, _ := tx.Query(ctx, `SELECT id, number, status, priority, assignee_id, comment_count, waiting_since, first_answered_at, resolved_at, closed_at,
			merged_into
		FROM support_tickets WHERE tenant_id = $1 AND id = `+which+` FOR NO KEY UPDATE`, tx.Tenant(), id)
	s, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[state])
	if errors.Is(err, pgx.ErrNoRows) {
		return state{}, fmt.Errorf("ticket %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return state{}, fmt.Errorf("lock ticket %s: %w", id, err)
	}
	return s, nil
}

func orDuplicate(err error) error {
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.ConstraintName == "ticket_comments_tenant_id_message_id_digest_key" {
		return ErrDuplicate
	}
	return err
}
