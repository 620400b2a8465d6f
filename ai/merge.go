package ai

import (
	"context"
	"fmt"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// offerMerge keeps for members to decide that a ticket may belong to another one; once for each pair.
func (a *Assistant) offerMerge(ctx context.Context, tx tenant.Tx, e tickets.Event) error {
	into, err := tickets.ByID(ctx, tx, tickets.ID{UUID: *e.Subject})
	if err != nil {
		return err
	}
	id := SuggestionID{tenant.NewID()}
	text := fmt.Sprintf("This may belong to #%d, “%s”. What the mail says of its conversation is not enough to join it without asking.", into.Number, into.Title)
	ct, err := tx.Exec(ctx, `INSERT INTO suggestions (tenant_id, id, ticket_id, kind, state, text, model, target_id, created_at)
		SELECT $1, $2, $3, 'merge', 'proposed', $4, $5, $6, $7
		WHERE NOT EXISTS (SELECT FROM suggestions WHERE tenant_id = $1 AND ticket_id = $3 AND kind = 'merge' AND target_id = $6)`,
		tx.Tenant(), id, e.TicketID, text, Builtin, into.ID, a.clock())
	if err != nil {
		return fmt.Errorf("store the offer of a merge: %w", err)
	}
	if ct.RowsAffected() == 0 {
		return nil
	}
	return a.record(ctx, tx, e.TicketID, id, e.Actor, "", Proposed)
}

// merge does what an offer says. The errors are those of [tickets.Desk.Merge], and a *DecidedError.
func (a *Assistant) merge(ctx context.Context, tx tenant.Tx, s Suggestion, by tickets.Actor) error {
	if s.State == Stale {
		return &StaleError{}
	}
	into, err := tickets.Get(ctx, tx, *s.Into)
	if err != nil {
		return err
	}
	if err := a.decide(ctx, tx, s, by, Approved, ""); err != nil {
		return err
	}
	if err := a.desk.Merge(ctx, tx, s.TicketID, into.ID, by); err != nil {
		return err
	}
	return a.record(ctx, tx, s.TicketID, s.ID, by, s.State, Approved)
}

// moved takes note that comments of a ticket went to another one, or came from there: drafts and offers of
// before are out of date.
func (a *Assistant) moved(ctx context.Context, tx tenant.Tx, e tickets.Event) error {
	if err := a.outdate(ctx, tx, e.TicketID, e.Actor); err != nil {
		return err
	}
	return a.move(ctx, tx, e.Actor, Stale, `
		UPDATE suggestions s SET state = 'stale' FROM support_tickets t
		WHERE s.tenant_id = $1 AND s.ticket_id = $2 AND s.kind = 'merge' AND s.state = 'proposed'
		  AND t.tenant_id = s.tenant_id AND t.id = s.ticket_id AND t.merged_into IS NOT NULL
		RETURNING s.id, s.ticket_id, 'proposed'`, e.TicketID)
}

// offered reads an offer and locks it, with its ticket.
func (a *Assistant) offered(ctx context.Context, tx tenant.Tx, id SuggestionID) (s Suggestion, isOffer bool, err error) {
	s, err = oneSuggestion(ctx, tx, `WHERE s.tenant_id = $1 AND s.id = $2 FOR NO KEY UPDATE OF s`, id)
	if err != nil || s.Kind != MergeOffer {
		return s, false, err
	}
	return s, true, undecided(s)
}
