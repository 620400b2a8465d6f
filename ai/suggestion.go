package ai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
	"github.com/customerdesk/customerdesk/tickets"
)

// SuggestionID names a suggestion.
type SuggestionID struct{ uuid.UUID }

// Kind says what a suggestion is.
type Kind string

// The kinds written so far.
const (
	Summary    Kind = "summary"
	Reply      Kind = "reply"
	MergeOffer Kind = "merge" // the ticket may belong to another one
)

// State says what became of a suggestion.
type State string

// The states. A summary is proposed until a newer one makes it stale.
const (
	Proposed  State = "proposed"
	Edited    State = "edited"   // a member changed the text and has not sent it
	Approved  State = "approved" // it is a comment now and on its way
	Sent      State = "sent"     // the customer's mail server took it
	Discarded State = "discarded"
	Stale     State = "stale" // the customer or a colleague wrote since
)

// ParseState reads a state; empty is empty. The error lists what is allowed.
func ParseState(s string) (State, error) {
	switch st := State(s); st {
	case "", Proposed, Edited, Approved, Sent, Discarded, Stale:
		return st, nil
	}
	return "", fmt.Errorf("state %q: it is one of proposed, edited, approved, sent, discarded, stale", s)
}

// Open reports whether a member may still decide.
func (s State) Open() bool { return s == Proposed || s == Edited }

// A Suggestion is what the AI wrote about a ticket.
type Suggestion struct {
	ID         SuggestionID       `json:"id"`
	TicketID   tickets.ID         `json:"ticket_id"`
	Ticket     tickets.Number     `json:"ticket"`
	Kind       Kind               `json:"kind"`
	State      State              `json:"state"`
	Text       string             `json:"text"`   // as a member changed it, if one did
	Model      string             `json:"model"`  // provider and model, or "builtin"
	Notice     string             `json:"notice"` // for members: why it is not the configured model's; else empty
	Citations  []Citation         `json:"citations"`
	Confidence *float64           `json:"confidence"` // 0 to 1 that a reply answers the question; nil for other kinds
	BasedOn    *tickets.CommentID `json:"based_on_comment"`
	Took       time.Duration      `json:"-"`
	CreatedAt  time.Time          `json:"created_at"`
	DecidedAt  *time.Time         `json:"decided_at"`
	DecidedBy  string             `json:"decided_by"` // name; empty where nobody has
	Reason     string             `json:"reason"`     // why it was discarded
	CommentID  *tickets.CommentID `json:"comment_id"` // the answer it became
	Into       *tickets.Number    `json:"into"`       // the other ticket of an offered merge
}

// A Citation is a passage that a text rests on.
type Citation struct {
	Number    int     `json:"number"` // of its marker in the text, from 1
	ArticleID kb.ID   `json:"article_id"`
	Title     string  `json:"title"`
	Slug      string  `json:"slug"`
	Heading   string  `json:"heading"`
	Passage   string  `json:"passage"`
	Score     float64 `json:"score"`
}

func citations(hits []kb.Hit) []Citation {
	list := make([]Citation, len(hits))
	for i, h := range hits {
		list[i] = Citation{Number: i + 1, ArticleID: h.ArticleID, Title: h.Title, Slug: h.Slug, Heading: h.Heading, Passage: h.Passage, Score: h.Score}
	}
	return list
}

const selectSuggestion = `
SELECT s.id, s.ticket_id, t.number, s.kind, s.state, coalesce(s.edited, s.text), s.model, s.notice, s.citations, s.confidence::float8,
       s.based_on_comment, s.milliseconds, s.created_at, s.decided_at, coalesce(nullif(u.name, ''), u.email, ''), s.reason, s.comment_id,
       i.number
FROM suggestions s
JOIN support_tickets t ON t.tenant_id = s.tenant_id AND t.id = s.ticket_id
LEFT JOIN users.tenant_users u ON u.tenant_id = s.tenant_id AND u.user_id = s.decided_by
LEFT JOIN support_tickets i ON i.tenant_id = s.tenant_id AND i.id = s.target_id
`

func scanSuggestion(row pgx.CollectableRow) (Suggestion, error) {
	var s Suggestion
	var cited []byte
	var ms int
	if err := row.Scan(&s.ID, &s.TicketID, &s.Ticket, &s.Kind, &s.State, &s.Text, &s.Model, &s.Notice, &cited, &s.Confidence,
		&s.BasedOn, &ms, &s.CreatedAt, &s.DecidedAt, &s.DecidedBy, &s.Reason, &s.CommentID, &s.Into); err != nil {
		return Suggestion{}, err
	}
	s.Took = time.Duration(ms) * time.Millisecond
	return s, json.Unmarshal(cited, &s.Citations)
}

// SuggestionByID returns one suggestion, or ErrNotFound.
func SuggestionByID(ctx context.Context, tx tenant.Tx, id SuggestionID) (Suggestion, error) {
	return oneSuggestion(ctx, tx, `WHERE s.tenant_id = $1 AND s.id = $2`, id)
}

// SummaryOf returns the newest summary of a ticket, or ErrNotFound.
func SummaryOf(ctx context.Context, tx tenant.Tx, ticket tickets.ID) (Suggestion, error) {
	return oneSuggestion(ctx, tx, `WHERE s.tenant_id = $1 AND s.ticket_id = $2 AND s.kind = 'summary' ORDER BY s.id DESC LIMIT 1`, ticket)
}

func oneSuggestion(ctx context.Context, tx tenant.Tx, where string, id any) (Suggestion, error) {
	rows, _ := tx.Query(ctx, selectSuggestion+where, tx.Tenant(), id) // CollectExactlyOneRow reports the error.
	s, err := pgx.CollectExactlyOneRow(rows, scanSuggestion)
	if errors.Is(err, pgx.ErrNoRows) {
		return Suggestion{}, ErrNotFound
	}
	if err != nil {
		return Suggestion{}, fmt.Errorf("read suggestion: %w", err)
	}
	return s, nil
}

// A Filter chooses suggestions. The zero value chooses all.
type Filter struct {
	Ticket tickets.ID
	Kind   Kind
	State  State
	Limit  int // 0: no limit
}

// Suggestions returns those that f chooses, newest first.
func Suggestions(ctx context.Context, tx tenant.Tx, f Filter) ([]Suggestion, error) {
	var ticket *uuid.UUID
	if f.Ticket.UUID != uuid.Nil {
		ticket = &f.Ticket.UUID
	}
	var limit *int
	if f.Limit > 0 {
		limit = &f.Limit
	}
	rows, _ := tx.Query(ctx, selectSuggestion+`
		WHERE s.tenant_id = $1 AND ($2::uuid IS NULL OR s.ticket_id = $2) AND ($3 = '' OR s.kind = $3) AND ($4 = '' OR s.state = $4)
		ORDER BY s.id DESC LIMIT $5`, tx.Tenant(), ticket, string(f.Kind), string(f.State), limit)
	list, err := pgx.CollectRows(rows, scanSuggestion)
	if err != nil {
		return nil, fmt.Errorf("list suggestions: %w", err)
	}
	return list, nil
}
