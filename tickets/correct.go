package tickets

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// A Correction is what the mail of a comment turns out to say when it is read anew.
type Correction struct {
	Comment   CommentID
	Author    Employee // of a customer's comment
	Text      string
	HTML      string  // sanitised
	Auth      Verdict // on the author
	InReplyTo string
	Digest    []byte // of sender and body
	Inbound   uuid.UUID
	Attached  []Attachment
	// Title takes the place of OldTitle on the ticket that the comment opened; Subject is as in NewTicket.
	OldTitle, Title, Subject string
}

// Correct writes a correction: the comment with its attachments, and of the ticket that it opened what came
// from it. It is no change of the ticket: nobody is told of it. ErrNotFound where there is no such comment.
func Correct(ctx context.Context, tx tenant.Tx, c Correction) error {
	var ticket ID
	var kind ActorKind
	var was *uuid.UUID
	var opened bool
	err := tx.QueryRow(ctx, `
		SELECT t.id, k.author_kind, k.author_user_id, k.id = (SELECT o.id FROM ticket_comments o
			WHERE o.tenant_id = t.tenant_id AND o.ticket_id = t.id ORDER BY o.created_at, o.id LIMIT 1)
		FROM ticket_comments k JOIN support_tickets t ON t.tenant_id = k.tenant_id AND t.id = k.ticket_id
		WHERE k.tenant_id = $1 AND k.id = $2 FOR NO KEY UPDATE OF t, k`, tx.Tenant(), c.Comment).Scan(&ticket, &kind, &was, &opened)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("comment %s: %w", c.Comment, ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("lock comment %s: %w", c.Comment, err)
	}
	var b pgx.Batch
	// Another comment may be this very mail by what is read now; it keeps being found by that.
	b.Queue(`UPDATE ticket_comments k SET text = $3, html = $4, in_reply_to = $5, auth = $7, digest = CASE WHEN EXISTS (SELECT FROM ticket_comments o
			WHERE o.tenant_id = $1 AND o.message_id = k.message_id AND o.digest = $6 AND o.id <> $2) THEN k.digest ELSE $6 END
		WHERE k.tenant_id = $1 AND k.id = $2`, tx.Tenant(), c.Comment, c.Text, c.HTML, c.InReplyTo, c.Digest, c.Auth)
	b.Queue(`DELETE FROM attachments WHERE tenant_id = $1 AND comment_id = $2`, tx.Tenant(), c.Comment)
	queueAttachments(&b, tx, c.Comment, &c.Inbound, c.Attached)
	if opened {
		b.Queue(`UPDATE support_tickets SET description = $3, title = CASE title WHEN $4 THEN $5 ELSE title END,
				subject_key = CASE title WHEN $4 THEN $6 ELSE subject_key END
			WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), ticket, c.Text, c.OldTitle, c.Title, c.Subject)
	}
	if kind == ByCustomer && (was == nil || *was != c.Author.Person.ID.UUID) {
		queueAuthor(&b, tx, ticket, c, opened)
	}
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("correct comment %s: %w", c.Comment, err)
	}
	return nil
}

// queueAuthor makes somebody else the author of a comment, and of the ticket that it opened.
func queueAuthor(b *pgx.Batch, tx tenant.Tx, ticket ID, c Correction, opened bool) {
	b.Queue(`UPDATE ticket_comments SET author_user_id = $3 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), c.Comment, c.Author.Person.ID)
	if !opened {
		return
	}
	p := c.Author.Person
	b.Queue(`UPDATE support_tickets SET employee_id = $3, customer_id = $4 WHERE tenant_id = $1 AND id = $2`,
		tx.Tenant(), ticket, c.Author.ID, c.Author.CustomerID)
	b.Queue(`DELETE FROM ticket_participants WHERE tenant_id = $1 AND ticket_id = $2 AND (role = 'requester' OR email_key = $3)`,
		tx.Tenant(), ticket, tenant.AddressKey(p.Email))
	queueParticipant(b, tx, ticket, Participant{Email: p.Email, Name: p.Name, Role: "requester"})
}
