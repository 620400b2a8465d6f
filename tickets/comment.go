package tickets

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// A Comment is what somebody wrote on a ticket.
type Comment struct {
	ID           CommentID
	TicketID     ID
	Kind         CommentKind
	AuthorKind   ActorKind
	Author       tenant.Person // zero for the AI and the system
	Via          Via
	Text         string // the person's own words
	HTML         string // sanitised; empty where there was none
	Auth         Verdict
	MessageID    string // without angle brackets; empty where no mail belongs to it
	InReplyTo    string
	InboundID    *uuid.UUID // the mail it came by
	Class        string     // of that mail: person, auto-reply, bounce, report, list; empty without one
	SuggestionID *uuid.UUID // the draft it was made from
	CreatedAt    time.Time
	// Delivery is queued, sending, sent, bounced, failed, held (the customer wrote first) or cancelled for what goes
	// out by mail, else empty.
	Delivery       string
	DeliveryDetail string // what the mail server said, when it was not a plain yes
	// SendAt is when the mail leaves at the earliest, RetryAt when it is tried again, and Attempts how often it was tried.
	SendAt, RetryAt *time.Time
	Attempts        int
	Attachments     []Attachment
}

// ManyAttempts is how often a mail is put off before members are told why.
const ManyAttempts = 3

// Automatic says whether a comment came by a mail that a program answered with, such as an absence note: nobody's words,
// though it bears somebody's name.
func (c Comment) Automatic() bool { return c.Class == "auto-reply" || c.Class == "report" }

// Waits says whether a comment is an answer that nobody has begun to send: it can be taken back. Notices of the system
// are none.
func (c Comment) Waits() bool {
	return c.AuthorKind != BySystem && (c.Delivery == "held" || c.Delivery == "queued" && c.Attempts == 0)
}

// PutOff says whether a comment is an answer that mail servers have put off: it is tried again, and cannot be taken back,
// since a server may have it.
func (c Comment) PutOff() bool {
	return c.AuthorKind != BySystem && c.Delivery == "queued" && c.Attempts > 0
}

// Undelivered says whether a comment is an answer that somebody did not get, as far as mail servers said: it can be sent again.
func (c Comment) Undelivered() bool {
	return c.AuthorKind != BySystem && (c.Delivery == "failed" || c.Delivery == "bounced")
}

// An Attachment is described here; its bytes are those of the blob that Digest names, or in the mail it came by.
type Attachment struct {
	ID          uuid.UUID // zero in a new one: one is made
	CommentID   CommentID
	Part        string // path of the MIME part, as in IMAP section numbers
	Name        string // safe as a file name
	ContentType string
	ContentID   string // without angle brackets
	Size        int64  // in bytes, decoded
	Inline      bool
	Digest      []byte // SHA-256 of its bytes where they are kept apart from the mail, else nil
	Danger      string // why it should not be opened without thought; empty where nothing is known
	Virus       string // what the scanner found in it: it is not given out; empty: nothing, or it was not asked
}

const selectComment = `
SELECT k.id, k.ticket_id, k.kind, k.author_kind, coalesce(k.author_user_id, '00000000-0000-0000-0000-000000000000'),
       coalesce(u.name, ''), coalesce(u.email, ''), k.via, k.text, k.html, k.auth, coalesce(k.message_id, ''), k.in_reply_to,
       k.inbound_id, k.suggestion_id, k.created_at, coalesce(o.state, ''), coalesce(o.detail, ''), coalesce(i.class, ''),
       o.send_at, o.retry_at, coalesce(o.attempts, 0)
FROM ticket_comments k
LEFT JOIN users.tenant_users u ON u.tenant_id = k.tenant_id AND u.user_id = k.author_user_id
LEFT JOIN outgoing_messages o ON o.tenant_id = k.tenant_id AND o.comment_id = k.id
LEFT JOIN inbound_messages i ON i.tenant_id = k.tenant_id AND i.id = k.inbound_id
`

func scanComment(row pgx.CollectableRow) (Comment, error) {
	var c Comment
	err := row.Scan(&c.ID, &c.TicketID, &c.Kind, &c.AuthorKind, &c.Author.ID, &c.Author.Name, &c.Author.Email, &c.Via, &c.Text, &c.HTML,
		&c.Auth, &c.MessageID, &c.InReplyTo, &c.InboundID, &c.SuggestionID, &c.CreatedAt, &c.Delivery, &c.DeliveryDetail, &c.Class,
		&c.SendAt, &c.RetryAt, &c.Attempts)
	return c, err
}

// Comments returns the comments of a ticket with their attachments, oldest first.
func Comments(ctx context.Context, tx tenant.Tx, id ID) ([]Comment, error) {
	rows, _ := tx.Query(ctx, selectComment+`WHERE k.tenant_id = $1 AND k.ticket_id = $2 ORDER BY k.created_at, k.id`, tx.Tenant(), id)
	list, err := pgx.CollectRows(rows, scanComment)
	if err != nil {
		return nil, fmt.Errorf("comments of ticket %s: %w", id, err)
	}
	rows, _ = tx.Query(ctx, `
		SELECT a.id, a.comment_id, a.part, a.name, a.content_type, a.content_id, a.size, a.inline, a.digest, a.danger, a.virus
		FROM attachments a JOIN ticket_comments k ON k.tenant_id = a.tenant_id AND k.id = a.comment_id
		WHERE a.tenant_id = $1 AND k.ticket_id = $2 ORDER BY a.id`, tx.Tenant(), id)
	attached, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Attachment])
	if err != nil {
		return nil, fmt.Errorf("attachments of ticket %s: %w", id, err)
	}
	at := make(map[CommentID]int, len(list))
	for i, c := range list {
		at[c.ID] = i
	}
	for _, a := range attached {
		c := &list[at[a.CommentID]]
		c.Attachments = append(c.Attachments, a)
	}
	return list, nil
}

// CommentByID returns one comment without its attachments, or ErrNotFound.
func CommentByID(ctx context.Context, tx tenant.Tx, id CommentID) (Comment, error) {
	rows, _ := tx.Query(ctx, selectComment+`WHERE k.tenant_id = $1 AND k.id = $2`, tx.Tenant(), id)
	list, err := pgx.CollectRows(rows, scanComment)
	if err != nil {
		return Comment{}, fmt.Errorf("comment %s: %w", id, err)
	}
	if len(list) == 0 {
		return Comment{}, fmt.Errorf("comment %s: %w", id, ErrNotFound)
	}
	return list[0], nil
}

// LastPublic returns the newest public comment by an author of the given kind, or ErrNotFound.
func LastPublic(ctx context.Context, tx tenant.Tx, id ID, by ActorKind) (Comment, error) {
	rows, _ := tx.Query(ctx, selectComment+`WHERE k.tenant_id = $1 AND k.ticket_id = $2 AND k.kind = 'public' AND k.author_kind = $3
		ORDER BY k.created_at DESC, k.id DESC LIMIT 1`, tx.Tenant(), id, by)
	list, err := pgx.CollectRows(rows, scanComment)
	if err != nil {
		return Comment{}, fmt.Errorf("last comment of ticket %s: %w", id, err)
	}
	if len(list) == 0 {
		return Comment{}, fmt.Errorf("last comment of ticket %s: %w", id, ErrNotFound)
	}
	return list[0], nil
}
