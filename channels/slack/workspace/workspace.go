package workspace

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// ErrNotConnected means that the tenant has no Slack workspace.
var ErrNotConnected = errors.New("no Slack workspace is connected: `customerdesk slack connect` does it")

// A Token is a credential of Slack's. It shows itself only where it is asked to.
type Token struct{ text string }

// NewToken makes a token of its text.
func NewToken(text string) Token { return Token{text} }

// Reveal returns the token as Slack made it.
func (t Token) Reveal() string { return t.text }

// String says whether there is one.
func (t Token) String() string {
	if t.text == "" {
		return "none"
	}
	return "hidden"
}

// GoString is String: a printed struct shows no token either.
func (t Token) GoString() string { return t.String() }

// A Workspace is a tenant's place in Slack.
type Workspace struct {
	TeamID    string
	Team      string
	URL       string // of the workspace, with a slash at its end
	AppID     string
	BotID     string // B…: the author of the app's messages
	BotUserID string
	ChannelID string
	Channel   string // name without #
	LastError string // what keeps the app from posting and the cure; empty: nothing
	CreatedAt time.Time

	BotToken Token
	AppToken Token
}

// Link is the address of a message in the workspace.
func (w Workspace) Link(channel, ts string) string {
	return w.URL + "archives/" + channel + "/p" + strings.ReplaceAll(ts, ".", "")
}

// columns of the sealed tokens, for secret.Box.
const (
	botTokenColumn = "slack_workspaces.bot_token"
	appTokenColumn = "slack_workspaces.app_token"
)

// Of returns the tenant's workspace with its tokens, or ErrNotConnected.
func Of(ctx context.Context, tx tenant.Tx, box *secret.Box) (Workspace, error) {
	list, err := All(ctx, tx, box)
	if err != nil {
		return Workspace{}, err
	}
	if len(list) == 0 {
		return Workspace{}, ErrNotConnected
	}
	return list[0], nil
}

// All returns the workspaces of the tenant with their tokens, oldest first.
func All(ctx context.Context, tx tenant.Tx, box *secret.Box) ([]Workspace, error) {
	rows, _ := tx.Query(ctx, `
		SELECT team_id, team_name, url, app_id, bot_id, bot_user_id, channel_id, channel, last_error, created_at, bot_token, app_token
		FROM slack_workspaces WHERE tenant_id = $1 ORDER BY created_at, team_id`, tx.Tenant()) // CollectRows reports the error.
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Workspace, error) {
		var w Workspace
		var bot, app []byte
		if err := row.Scan(&w.TeamID, &w.Team, &w.URL, &w.AppID, &w.BotID, &w.BotUserID, &w.ChannelID, &w.Channel,
			&w.LastError, &w.CreatedAt, &bot, &app); err != nil {
			return w, err
		}
		return w, w.unseal(box, tx.Tenant(), bot, app)
	})
	if err != nil {
		return nil, fmt.Errorf("read Slack workspaces: %w", err)
	}
	return list, nil
}

func (w *Workspace) unseal(box *secret.Box, id tenant.ID, bot, app []byte) error {
	b, err := box.Open(id.String(), botTokenColumn, bot)
	if err != nil {
		return fmt.Errorf("bot token: %w", err)
	}
	a, err := box.Open(id.String(), appTokenColumn, app)
	if err != nil {
		return fmt.Errorf("app token: %w", err)
	}
	w.BotToken, w.AppToken = Token{string(b)}, Token{string(a)}
	return nil
}

// Save writes a workspace, new or again. It tells whether the workspace is another tenant's.
func (w Workspace) Save(ctx context.Context, tx tenant.Tx, box *secret.Box) (taken bool, err error) {
	bot, err := box.Seal(tx.Tenant().String(), botTokenColumn, []byte(w.BotToken.text))
	if err != nil {
		return false, fmt.Errorf("encrypt bot token: %w", err)
	}
	app, err := box.Seal(tx.Tenant().String(), appTokenColumn, []byte(w.AppToken.text))
	if err != nil {
		return false, fmt.Errorf("encrypt app token: %w", err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO routing.slack_workspaces (app_id, team_id, tenant) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		w.AppID, w.TeamID, tx.Tenant()); err != nil {
		return false, fmt.Errorf("route Slack workspace: %w", err)
	}
	owner, err := Route(ctx, tx, w.AppID, w.TeamID)
	if err != nil || owner != tx.Tenant() {
		return err == nil, err
	}
	// The workspace may have been connected by another app before.
	if _, err := tx.Exec(ctx, `DELETE FROM routing.slack_workspaces WHERE team_id = $1 AND app_id <> $2 AND tenant = $3`,
		w.TeamID, w.AppID, tx.Tenant()); err != nil {
		return false, fmt.Errorf("route Slack workspace: %w", err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO slack_workspaces (tenant_id, team_id, team_name, url, app_id, bot_id, bot_user_id, channel_id, channel, bot_token, app_token, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (tenant_id, team_id) DO UPDATE SET team_name = excluded.team_name, url = excluded.url, app_id = excluded.app_id,
			bot_id = excluded.bot_id, bot_user_id = excluded.bot_user_id, channel_id = excluded.channel_id, channel = excluded.channel,
			bot_token = excluded.bot_token, app_token = excluded.app_token, last_error = ''`,
		tx.Tenant(), w.TeamID, w.Team, w.URL, w.AppID, w.BotID, w.BotUserID, w.ChannelID, w.Channel, bot, app, w.CreatedAt)
	if err != nil {
		return false, fmt.Errorf("write Slack workspace: %w", err)
	}
	return false, nil
}

// A rower is what look-ups across tenants need: a pool or a tenant's transaction.
type rower interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Route returns whose workspace that is; ErrNotConnected where nobody's.
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

// Remove deletes a workspace with all that is known of its messages.
func (w Workspace) Remove(ctx context.Context, tx tenant.Tx) error {
	var b pgx.Batch
	b.Queue(`DELETE FROM routing.slack_workspaces WHERE team_id = $1 AND tenant = $2`, w.TeamID, tx.Tenant())
	b.Queue(`DELETE FROM slack_workspaces WHERE tenant_id = $1 AND team_id = $2`, tx.Tenant(), w.TeamID)
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("remove Slack workspace: %w", err)
	}
	return nil
}

// SetError notes what keeps the app from posting; empty clears it. It tells whether that is news.
func SetError(ctx context.Context, tx tenant.Tx, teamID, text string) (changed bool, err error) {
	tag, err := tx.Exec(ctx, `UPDATE slack_workspaces SET last_error = $3 WHERE tenant_id = $1 AND team_id = $2 AND last_error <> $3`,
		tx.Tenant(), teamID, text)
	if err != nil {
		return false, fmt.Errorf("note the error of a Slack workspace: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}
