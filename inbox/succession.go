package inbox

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// maxSuccession is how far tickets that follow closed ones are gone along, in steps.
const maxSuccession = 20

// each calls do with every ticket that was found.
func (k *looked) each(do func(*thread)) {
	for _, list := range k.byID {
		for i := range list {
			do(&list[i])
		}
	}
	for i := range k.byRef {
		do(&k.byRef[i])
	}
	for n, t := range k.byNumber {
		do(&t)
		k.byNumber[n] = t
	}
}

// succeed looks for the open tickets that go on from closed ones among those found. Most mail is about none, and then
// nothing is asked.
func (k *looked) succeed(ctx context.Context, tx tenant.Tx, people []string) error {
	var closed []tickets.ID
	k.each(func(t *thread) {
		if t.status == tickets.Closed {
			closed = append(closed, t.id)
		}
	})
	if closed == nil {
		return nil
	}
	rows, err := tx.Query(ctx, `WITH RECURSIVE going AS (
			SELECT id AS origin, id, 0 AS steps FROM support_tickets WHERE tenant_id = $1 AND id = ANY($3)
		UNION
			SELECT g.origin, coalesce(s.merged_into, s.id), g.steps + 1 FROM going g
			JOIN support_tickets s ON s.tenant_id = $1 AND s.follows_id = g.id WHERE g.steps < $4)
		SELECT DISTINCT ON (g.origin) g.origin, `+threadColumns+` FROM going g
		JOIN support_tickets t ON t.tenant_id = $1 AND t.id = g.id
		JOIN customers c ON c.tenant_id = t.tenant_id AND c.id = t.customer_id
		WHERE g.steps > 0 AND t.status <> 'closed' ORDER BY g.origin, t.number DESC`, tx.Tenant(), people, closed, maxSuccession)
	if err != nil {
		return fmt.Errorf("look for tickets that follow closed ones: %w", err)
	}
	defer rows.Close()
	next := map[tickets.ID]*thread{}
	var origin tickets.ID
	if err := collect(func(t thread) { next[origin] = &t }, &origin)(rows); err != nil {
		return fmt.Errorf("look for tickets that follow closed ones: %w", err)
	}
	k.each(func(t *thread) { t.next = next[t.id] })
	return nil
}

// maxKin is how many merges and splits in a row tie tickets together.
const maxKin = 20

// relate looks for the tickets that merges and splits, also undone ones, tie to the one with the mail that is
// answered, where another signal names a different ticket. Most mail has no such signals, and then nothing is asked.
func (s *signals) relate(ctx context.Context, tx tenant.Tx) error {
	if s.parent == nil {
		return nil
	}
	differs := func(t thread) bool { return t.id != s.parent.id }
	if !slices.ContainsFunc(s.tokens, differs) && !slices.ContainsFunc(s.tagged, differs) &&
		(s.indexed == nil || !differs(*s.indexed)) && (s.crossed == nil || !differs(*s.crossed)) {
		return nil
	}
	rows, _ := tx.Query(ctx, `WITH RECURSIVE kin AS (
			SELECT $2::uuid AS id, 0 AS steps
		UNION
			SELECT CASE m.source_id WHEN k.id THEN m.target_id ELSE m.source_id END, k.steps + 1 FROM kin k
			JOIN ticket_moves m ON m.tenant_id = $1 AND (m.source_id = k.id OR m.target_id = k.id) WHERE k.steps < $3)
		SELECT DISTINCT id FROM kin`, tx.Tenant(), s.parent.id, maxKin) // CollectRows reports the error.
	var err error
	if s.kin, err = pgx.CollectRows(rows, pgx.RowTo[tickets.ID]); err != nil {
		return fmt.Errorf("look for tickets that were merged or split: %w", err)
	}
	return nil
}

// goOn has mail on a closed ticket join the open one that another mail on it has opened already.
func (v *verdict) goOn() {
	if t := v.join; t != nil && t.status == tickets.Closed && t.next != nil {
		v.join, v.guest = t.next, t.next.sender != insider
	}
}
