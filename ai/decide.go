package ai

import (
	"context"
	"fmt"
	"strings"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Approve makes a draft the member's public answer, which the desk sends. Of several that try at once one succeeds, the
// others get a *DecidedError; a *StaleError where the customer or a colleague wrote since, tickets.ErrClosed
// where the ticket is closed. An offered merge is done, and no comment follows. Whether by may answer customers is
// for the caller to know.
func (a *Assistant) Approve(ctx context.Context, tx tenant.Tx, id SuggestionID, by tickets.Actor) (tickets.Comment, error) {
	return a.approve(ctx, tx, id, by, nil)
}

func (a *Assistant) approve(ctx context.Context, tx tenant.Tx, id SuggestionID, by tickets.Actor, attached []tickets.Attachment) (tickets.Comment, error) {
	if offer, ok, err := a.offered(ctx, tx, id); ok || err != nil {
		if err == nil {
			err = a.merge(ctx, tx, offer, by)
		}
		return tickets.Comment{}, err
	}
	s, err := a.hold(ctx, tx, id)
	if err != nil {
		return tickets.Comment{}, err
	}
	if err := a.decide(ctx, tx, s, by, Approved, ""); err != nil {
		return tickets.Comment{}, err
	}
	// The draft is approved before its comment exists: else the comment would make it stale.
	c, err := a.desk.Comment(ctx, tx, tickets.NewComment{
		Ticket: s.TicketID, Kind: tickets.Public, Author: by, Text: s.Text, Suggestion: &s.ID.UUID, Attached: attached,
	})
	if err != nil {
		return tickets.Comment{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE suggestions SET comment_id = $3 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), s.ID, c.ID); err != nil {
		return tickets.Comment{}, fmt.Errorf("bind suggestion to its comment: %w", err)
	}
	return c, a.record(ctx, tx, s.TicketID, s.ID, by, s.State, Approved)
}

// ApproveEdited is Approve with the member's own text, and with files that go along. What the AI wrote is kept beside it.
// ErrEmpty where the text has no words.
func (a *Assistant) ApproveEdited(ctx context.Context, tx tenant.Tx, id SuggestionID, text string, by tickets.Actor, attached ...tickets.Attachment) (tickets.Comment, error) {
	if err := a.Edit(ctx, tx, id, text, by); err != nil {
		return tickets.Comment{}, err
	}
	return a.approve(ctx, tx, id, by, attached)
}

// Edit keeps a member's text for a draft without sending it. The errors are those of ApproveEdited.
func (a *Assistant) Edit(ctx context.Context, tx tenant.Tx, id SuggestionID, text string, by tickets.Actor) error {
	if text = strings.TrimSpace(text); text == "" {
		return ErrEmpty
	}
	s, err := a.hold(ctx, tx, id)
	if err != nil || text == s.Text {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE suggestions SET state = 'edited', edited = $3 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), id, text); err != nil {
		return fmt.Errorf("edit suggestion: %w", err)
	}
	return a.record(ctx, tx, s.TicketID, s.ID, by, s.State, Edited)
}

// Discard takes a draft off the table; the reason may be empty. A *DecidedError where somebody was first. What is
// out of date may be discarded too.
func (a *Assistant) Discard(ctx context.Context, tx tenant.Tx, id SuggestionID, by tickets.Actor, reason string) error {
	s, offer, err := a.offered(ctx, tx, id)
	if !offer && err == nil {
		s, err = a.held(ctx, tx, id)
	}
	if err != nil {
		return err
	}
	if err := a.decide(ctx, tx, s, by, Discarded, strings.TrimSpace(reason)); err != nil {
		return err
	}
	return a.record(ctx, tx, s.TicketID, s.ID, by, s.State, Discarded)
}

// hold locks a draft and its ticket and makes sure that it may be sent.
func (a *Assistant) hold(ctx context.Context, tx tenant.Tx, id SuggestionID) (Suggestion, error) {
	s, err := a.held(ctx, tx, id)
	if err != nil {
		return s, err
	}
	last, answer, err := lastWords(ctx, tx, s.TicketID)
	switch {
	case err != nil:
		return s, err
	case answer != nil:
		return s, &StaleError{By: answer.Author.Called(), At: answer.CreatedAt}
	case s.BasedOn == nil || last.ID != *s.BasedOn:
		return s, &StaleError{By: last.Author.Called(), Customer: true, At: last.CreatedAt}
	case s.State == Stale:
		return s, &StaleError{}
	}
	return s, nil
}

// held locks a draft and its ticket and makes sure that nobody has decided about it.
func (a *Assistant) held(ctx context.Context, tx tenant.Tx, id SuggestionID) (Suggestion, error) {
	s, err := SuggestionByID(ctx, tx, id)
	if err != nil {
		return s, err
	}
	if s.Kind != Reply {
		return s, fmt.Errorf("%w: %s is a %s, not a reply", ErrNotFound, id, s.Kind)
	}
	if err := lockTicket(ctx, tx, s.TicketID); err != nil {
		return s, err
	}
	// Read again: what was read before the lock may have changed while waiting for it.
	if s, err = oneSuggestion(ctx, tx, `WHERE s.tenant_id = $1 AND s.id = $2 FOR NO KEY UPDATE OF s`, id); err != nil {
		return s, err
	}
	return s, undecided(s)
}

// undecided is a *DecidedError where somebody has decided about s.
func undecided(s Suggestion) error {
	if s.State.Open() || s.State == Stale {
		return nil
	}
	e := &DecidedError{State: s.State, By: s.DecidedBy}
	if s.DecidedAt != nil {
		e.At = *s.DecidedAt
	}
	return e
}

func (a *Assistant) decide(ctx context.Context, tx tenant.Tx, s Suggestion, by tickets.Actor, to State, reason string) error {
	if _, err := tx.Exec(ctx, `UPDATE suggestions SET state = $3, decided_at = $4, decided_by = $5, reason = $6 WHERE tenant_id = $1 AND id = $2`,
		tx.Tenant(), s.ID, to, a.clock(), by.User.OrNull(), reason); err != nil {
		return fmt.Errorf("decide about suggestion: %w", err)
	}
	return nil
}
