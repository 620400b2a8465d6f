package workspace

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// A rower is what look-ups across tenants need: a pool or a tenant's transaction.
type rower interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// A querier is a rower for several rows.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// A Connection says whose an app's workspace is, and how it is reached.
type Connection struct {
	App, Team string
	Tenant    tenant.ID
	Version   int64      // changes with what has to be looked at again
	Socket    bool       // deliveries come by Socket Mode
	RenewAt   *time.Time // when the bot token has to be renewed; nil: never
}

// Connections returns all of all tenants.
func Connections(ctx context.Context, q querier) ([]Connection, error) {
	rows, _ := q.Query(ctx, `SELECT app_id, team_id, tenant, version, socket, renew_at FROM routing.slack_workspaces ORDER BY app_id, team_id`) // CollectRows reports the error.
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Connection])
	if err != nil {
		return nil, fmt.Errorf("list Slack workspaces: %w", err)
	}
	return list, nil
}

// Listener returns the connection whose app token opens Socket Mode for an app; ErrNotConnected where there is none.
func Listener(ctx context.Context, q rower, appID string) (c Connection, err error) {
	err = q.QueryRow(ctx, `SELECT team_id, tenant FROM routing.slack_workspaces WHERE app_id = $1 AND socket ORDER BY team_id LIMIT 1`, appID).Scan(&c.Team, &c.Tenant)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, ErrNotConnected
	}
	if err != nil {
		return c, fmt.Errorf("route Slack app %s: %w", appID, err)
	}
	c.App = appID
	return c, nil
}

// Route returns whose workspace that is; ErrNotConnected where nobody's. An organisation's id stands for an
// installation in all of it.
func Route(ctx context.Context, q rower, appID, teamID string) (tenant.ID, error) {
	var id tenant.ID
	err := q.QueryRow(ctx, `SELECT tenant FROM routing.slack_workspaces WHERE app_id = $1 AND team_id = $2`, appID, teamID).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return id, ErrNotConnected
	}
	if err != nil {
		return id, fmt.Errorf("route Slack workspace %s: %w", teamID, err)
	}
	return id, nil
}

// claimRoute makes the workspace the tenant's, and returns whose it is. Running services look at it again.
func (w Workspace) claimRoute(ctx context.Context, tx tenant.Tx) (owner tenant.ID, err error) {
	if _, err := tx.Exec(ctx, `INSERT INTO routing.slack_workspaces (app_id, team_id, tenant) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		w.AppID, w.TeamID, tx.Tenant()); err != nil {
		return owner, fmt.Errorf("route Slack workspace: %w", err)
	}
	if owner, err = Route(ctx, tx, w.AppID, w.TeamID); err != nil || owner != tx.Tenant() {
		return owner, err
	}
	var b pgx.Batch
	// The workspace may have been connected by another app before.
	b.Queue(`DELETE FROM routing.slack_workspaces WHERE team_id = $1 AND app_id <> $2 AND tenant = $3`, w.TeamID, w.AppID, tx.Tenant())
	b.Queue(`UPDATE routing.slack_workspaces SET version = version + 1, socket = $4, renew_at = $5 WHERE app_id = $1 AND team_id = $2 AND tenant = $3`,
		w.AppID, w.TeamID, tx.Tenant(), w.AppToken.text != "", renewAt(w.ExpiresAt))
	if err := tx.Send(ctx, &b); err != nil {
		return owner, fmt.Errorf("route Slack workspace: %w", err)
	}
	return owner, nil
}

// lookAgain has running services look at the tenant's workspaces again.
func lookAgain(ctx context.Context, tx tenant.Tx) error {
	if _, err := tx.Exec(ctx, `UPDATE routing.slack_workspaces SET version = version + 1 WHERE tenant = $1`, tx.Tenant()); err != nil {
		return fmt.Errorf("route Slack workspaces: %w", err)
	}
	return nil
}
