package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

const (
	sweepMost = 200              // tickets of a tenant at once
	sweepBack = 24 * time.Hour   // how much older than the connection a ticket may be to get a card
	sweepIdle = 30 * time.Second // what is younger has its jobs in the queue
	sweepLast = 15 * time.Minute // before a start: what changed then is looked at again

	// deliveriesFor is how long deliveries are remembered; Slack repeats within a day.
	deliveriesFor = 48 * time.Hour
)

// sweepNew sweeps the workspaces that were not known yet, or all of them.
func (a *App) sweepNew(ctx context.Context, routes []workspaceRoute, known map[workspaceRoute]bool, all bool) {
	for r := range known {
		if !slices.Contains(routes, r) {
			delete(known, r) // connected again, it is new
		}
	}
	for _, r := range routes {
		if known[r] && !all {
			continue
		}
		if err := a.sweep(ctx, r.Tenant, !known[r]); err != nil {
			if ctx.Err() == nil {
				a.log.Error("what Slack does not show yet was not looked for", "tenant", r.Tenant, "error", err)
			}
			continue
		}
		known[r] = true
	}
}

// sweep queues jobs for what should be shown and is not, whyever: a crash between two steps, a job that
// Slack refused too often, a workspace connected after the ticket came. The first time it also looks again at
// what changed last, since the jobs of a killed process come back late. It also forgets old deliveries.
func (a *App) sweep(ctx context.Context, id tenant.ID, first bool) error {
	before := a.clock()
	if !first {
		before = before.Add(-sweepIdle)
	}
	return tenant.In(ctx, a.pool, id, func(tx tenant.Tx) error {
		w, err := workspace.Of(ctx, tx, a.box)
		if errors.Is(err, workspace.ErrNotConnected) {
			return nil
		}
		if err != nil {
			return err
		}
		follow, err := unshown(ctx, tx, w, before)
		if err != nil {
			return err
		}
		if first {
			last, err := changedSince(ctx, tx, before.Add(-sweepLast))
			if err != nil {
				return err
			}
			follow = append(follow, last...)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM slack_deliveries WHERE tenant_id = $1 AND at < $2`, tx.Tenant(), a.clock().Add(-deliveriesFor)); err != nil {
			return fmt.Errorf("forget old Slack deliveries: %w", err)
		}
		return a.queue.Insert(ctx, tx, follow...)
	})
}

// unshown returns jobs for the tickets without a card, for those with a comment that is missing in the
// thread, and for quarantined mail without a notice.
func unshown(ctx context.Context, tx tenant.Tx, w workspace.Workspace, before time.Time) ([]jobs.Insert, error) {
	from := w.CreatedAt.Add(-sweepBack)
	var out []jobs.Insert
	rows, _ := tx.Query(ctx, `
		SELECT t.id FROM support_tickets t
		LEFT JOIN slack_messages m ON m.tenant_id = t.tenant_id AND m.team_id = $2 AND m.kind = 'card' AND m.subject_id = t.id
		WHERE t.tenant_id = $1 AND t.status <> 'closed' AND t.updated_at BETWEEN $3 AND $4 AND m.ts IS NULL
		ORDER BY t.number LIMIT $5`, tx.Tenant(), w.TeamID, from, before, sweepMost)
	cardless, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("look for tickets without a card: %w", err)
	}
	for _, id := range cardless {
		out = append(out, cardJob(tx.Tenant(), id))
	}
	rows, _ = tx.Query(ctx, `
		SELECT DISTINCT k.ticket_id FROM support_tickets t
		JOIN slack_messages c ON c.tenant_id = t.tenant_id AND c.team_id = $2 AND c.kind = 'card' AND c.subject_id = t.id AND c.ts IS NOT NULL
		JOIN ticket_comments k ON k.tenant_id = t.tenant_id AND k.ticket_id = t.id
		LEFT JOIN slack_messages m ON m.tenant_id = k.tenant_id AND m.team_id = $2 AND m.kind = 'comment' AND m.subject_id = k.id
		WHERE t.tenant_id = $1 AND t.updated_at BETWEEN $3 AND $4 AND m.ts IS NULL
		LIMIT $5`, tx.Tenant(), w.TeamID, from, before, sweepMost)
	gaps, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("look for comments that are not shown: %w", err)
	}
	for _, id := range gaps {
		out = append(out, threadJob(tx.Tenant(), id))
	}
	rows, _ = tx.Query(ctx, `
		SELECT DISTINCT i.notice_id FROM inbound_messages i
		LEFT JOIN slack_messages m ON m.tenant_id = i.tenant_id AND m.team_id = $2 AND m.kind = 'notice' AND m.subject_id = i.notice_id
		WHERE i.tenant_id = $1 AND i.state = 'quarantined' AND i.stored_at BETWEEN $3 AND $4 AND i.notice_id IS NOT NULL AND m.ts IS NULL
		LIMIT $5`, tx.Tenant(), w.TeamID, from, before, sweepMost)
	notices, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("look for quarantined mail that nobody was told of: %w", err)
	}
	for _, id := range notices {
		out = append(out, HeldNotice(tx.Tenant(), id, time.Time{}))
	}
	return out, nil
}

// changedSince returns jobs for the tickets that changed lately, shown or not.
func changedSince(ctx context.Context, tx tenant.Tx, since time.Time) ([]jobs.Insert, error) {
	rows, _ := tx.Query(ctx, `SELECT id FROM support_tickets WHERE tenant_id = $1 AND updated_at > $2 ORDER BY updated_at DESC LIMIT $3`,
		tx.Tenant(), since, sweepMost) // CollectRows reports the error.
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("look for tickets that changed lately: %w", err)
	}
	var out []jobs.Insert
	for _, id := range ids {
		out = append(out, cardJob(tx.Tenant(), id), threadJob(tx.Tenant(), id))
	}
	return out, nil
}
