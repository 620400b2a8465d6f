package slack

import (
	"context"
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

// sweepNew sweeps for the tenants whose workspaces were not known as they are now, or for all.
func (a *App) sweepNew(ctx context.Context, routes []workspace.Connection, known map[workspace.Connection]bool, all bool) {
	for i := range routes {
		routes[i].RenewAt = nil // a token that was renewed is no news
	}
	for r := range known {
		if !slices.Contains(routes, r) {
			delete(known, r) // connected again, it is new
		}
	}
	done := map[tenant.ID]bool{}
	for i, r := range routes {
		fresh := func(o workspace.Connection) bool { return o.Tenant == r.Tenant && !known[o] }
		first := slices.ContainsFunc(routes[i:], fresh)
		if done[r.Tenant] || !first && !all {
			continue
		}
		done[r.Tenant] = true
		if err := a.sweep(ctx, r.Tenant, first); err != nil {
			if ctx.Err() == nil {
				a.log.Error("what Slack does not show yet was not looked for", "tenant", r.Tenant, "error", err)
			}
			continue
		}
		for _, o := range routes {
			if o.Tenant == r.Tenant {
				known[o] = true
			}
		}
	}
}

// sweep queues jobs for what should be shown and is not, whyever: a crash between two steps, a job that
// Slack refused too often, a workspace connected after the ticket came. The first time it also looks again at
// what changed last, since the jobs of a killed process come back late, and at what changed while the app was
// uninstalled. It also forgets old deliveries.
func (a *App) sweep(ctx context.Context, id tenant.ID, first bool) error {
	before := a.clock()
	if !first {
		before = before.Add(-sweepIdle)
	}
	return tenant.In(ctx, a.pool, id, func(tx tenant.Tx) error {
		list, err := workspace.All(ctx, tx, a.box)
		if err != nil || len(list) == 0 {
			return err
		}
		follow, err := unshown(ctx, tx, list, before)
		if err != nil {
			return err
		}
		if first {
			last, err := changedSince(ctx, tx, before.Add(-sweepLast))
			if err != nil {
				return err
			}
			behind, err := a.catchUp(ctx, tx, list)
			if err != nil {
				return err
			}
			follow = append(append(follow, last...), behind...)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM slack_deliveries WHERE tenant_id = $1 AND at < $2`, tx.Tenant(), a.clock().Add(-deliveriesFor)); err != nil {
			return fmt.Errorf("forget old Slack deliveries: %w", err)
		}
		return a.queue.Insert(ctx, tx, follow...)
	})
}

// catchUp returns jobs for the tickets with a card in a workspace that changed while the app was uninstalled there.
func (a *App) catchUp(ctx context.Context, tx tenant.Tx, list []workspace.Workspace) ([]jobs.Insert, error) {
	var out []jobs.Insert
	for _, w := range list {
		if w.BehindSince == nil || !w.Works() {
			continue
		}
		rows, _ := tx.Query(ctx, `
			SELECT t.id FROM support_tickets t
			JOIN slack_messages c ON c.tenant_id = t.tenant_id AND c.team_id = $2 AND c.kind = 'card' AND c.subject_id = t.id
			WHERE t.tenant_id = $1 AND t.updated_at > $3 ORDER BY t.number`, tx.Tenant(), w.TeamID, w.BehindSince.Add(-sweepLast))
		ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			return nil, fmt.Errorf("look for tickets that changed while the app was uninstalled: %w", err)
		}
		for _, id := range ids {
			out = append(out, cardJob(tx.Tenant(), id), threadJob(tx.Tenant(), id))
		}
		if err := workspace.CaughtUp(ctx, tx, w.TeamID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// unshown returns jobs for the tickets without a card, for those with a comment that is missing in the
// thread, and for quarantined mail without a notice.
func unshown(ctx context.Context, tx tenant.Tx, list []workspace.Workspace, before time.Time) ([]jobs.Insert, error) {
	from := list[0].CreatedAt.Add(-sweepBack)
	var teams []string
	for _, w := range list {
		teams = append(teams, w.TeamID)
	}
	var out []jobs.Insert
	rows, _ := tx.Query(ctx, `
		SELECT t.id FROM support_tickets t
		LEFT JOIN slack_messages m ON m.tenant_id = t.tenant_id AND m.kind = 'card' AND m.subject_id = t.id
		WHERE t.tenant_id = $1 AND t.status <> 'closed' AND t.updated_at BETWEEN $2 AND $3 AND m.ts IS NULL
		ORDER BY t.number LIMIT $4`, tx.Tenant(), from, before, sweepMost)
	cardless, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("look for tickets without a card: %w", err)
	}
	for _, id := range cardless {
		out = append(out, cardJob(tx.Tenant(), id))
	}
	rows, _ = tx.Query(ctx, `
		SELECT DISTINCT k.ticket_id FROM support_tickets t
		JOIN slack_messages c ON c.tenant_id = t.tenant_id AND c.kind = 'card' AND c.subject_id = t.id AND c.ts IS NOT NULL
		JOIN ticket_comments k ON k.tenant_id = t.tenant_id AND k.ticket_id = t.id
		LEFT JOIN slack_messages m ON m.tenant_id = k.tenant_id AND m.team_id = c.team_id AND m.kind = 'comment' AND m.subject_id = k.id
		WHERE t.tenant_id = $1 AND t.updated_at BETWEEN $2 AND $3 AND m.ts IS NULL
		LIMIT $4`, tx.Tenant(), from, before, sweepMost)
	gaps, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("look for comments that are not shown: %w", err)
	}
	for _, id := range gaps {
		out = append(out, threadJob(tx.Tenant(), id))
	}
	rows, _ = tx.Query(ctx, `
		SELECT DISTINCT i.notice_id FROM inbound_messages i
		LEFT JOIN slack_messages m ON m.tenant_id = i.tenant_id AND m.team_id = ANY ($5) AND m.kind = 'notice' AND m.subject_id = i.notice_id
		WHERE i.tenant_id = $1 AND i.state = 'quarantined' AND i.stored_at BETWEEN $2 AND $3 AND i.notice_id IS NOT NULL AND m.ts IS NULL
		LIMIT $4`, tx.Tenant(), from, before, sweepMost, teams)
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
