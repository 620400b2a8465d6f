package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// ErrNotConnected means that the tenant has no Slack workspace, or none of that name.
var ErrNotConnected = errors.New("no Slack workspace is connected: `customerdesk slack connect` does it")

// A Workspace is a tenant's place in Slack: a workspace, or all workspaces of an Enterprise Grid organisation
// (https://docs.slack.dev/enterprise/organization-ready-apps) where the app is installed for that.
type Workspace struct {
	TeamID       string // of an organisation: E…
	Team         string
	EnterpriseID string // of the organisation that the workspace belongs to; empty: none
	URL          string // of the workspace, with a slash at its end
	AppID        string
	BotID        string // B…: the author of the app's messages
	BotUserID    string
	ChannelID    string // where tickets appear for which no rule names another channel; empty: not chosen yet
	Channel      string // name without #
	LastError    string // what keeps the app from posting and the cure; empty: nothing
	Scopes       []string
	CreatedAt    time.Time
	InstalledAt  time.Time // when the tokens came

	UninstalledAt *time.Time // Slack told that the app is gone; nil: it is there
	BehindSince   *time.Time // what changed since then may be shown as it was before; nil: nothing is

	BotToken     Token
	AppToken     Token // none: deliveries come by HTTP
	RefreshToken Token // none: the bot token does not expire
	ExpiresAt    *time.Time
}

// Org tells whether the app is installed for a whole organisation.
func (w Workspace) Org() bool { return w.EnterpriseID != "" && w.TeamID == w.EnterpriseID }

// Works tells whether the app is still installed.
func (w Workspace) Works() bool { return w.UninstalledAt == nil }

// Called tells whether a person's word for a workspace means this one: its id, name or subdomain.
func (w Workspace) Called(name string) bool {
	host, _, _ := strings.Cut(strings.TrimPrefix(w.URL, "https://"), ".")
	return strings.EqualFold(name, w.TeamID) || strings.EqualFold(name, w.Team) || strings.EqualFold(name, host)
}

// Link is the address of a message in the workspace.
func (w Workspace) Link(channel, ts string) string { return MessageLink(w.URL, channel, ts) }

// MessageLink is the address of a message in the workspace with that URL.
func MessageLink(url, channel, ts string) string {
	return url + "archives/" + channel + "/p" + strings.ReplaceAll(ts, ".", "")
}

// MissingScopes returns what the app needs and the bot token may not do; none while that is not known.
func (w Workspace) MissingScopes() []string {
	if len(w.Scopes) == 0 {
		return nil
	}
	return lacking(w.Scopes)
}

// Trouble is what is wrong with the workspace and the cure; empty: nothing.
func (w Workspace) Trouble() string {
	missing := w.MissingScopes()
	switch {
	case w.LastError != "":
		return w.LastError
	case len(missing) > 0:
		return fmt.Sprintf("the app may not do all that this version can (missing: %s): %s; until then the rest works", strings.Join(missing, ", "), reauthorise)
	case w.ChannelID == "":
		return "no channel was chosen yet: `customerdesk slack channel add CHANNEL`"
	}
	return ""
}

// reauthorise is how an installed app gets more scopes.
const reauthorise = "bring the app up to date on its page App Manifest (`customerdesk slack manifest` prints it), install it again there or by `customerdesk slack install`, and where its token changed run `customerdesk slack connect` again"

const selectWorkspace = `
SELECT team_id, team_name, enterprise_id, url, app_id, bot_id, bot_user_id, channel_id, channel, last_error, scopes, created_at,
       coalesce(installed_at, created_at), uninstalled_at, behind_since, expires_at, bot_token, app_token, refresh_token
FROM slack_workspaces WHERE tenant_id = $1 `

// All returns the workspaces of the tenant with their tokens, oldest first.
func All(ctx context.Context, tx tenant.Tx, box *secret.Box) ([]Workspace, error) {
	rows, _ := tx.Query(ctx, selectWorkspace+`ORDER BY created_at, team_id`, tx.Tenant()) // CollectRows reports the error.
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Workspace, error) {
		var w Workspace
		var s sealed
		if err := row.Scan(&w.TeamID, &w.Team, &w.EnterpriseID, &w.URL, &w.AppID, &w.BotID, &w.BotUserID, &w.ChannelID, &w.Channel,
			&w.LastError, &w.Scopes, &w.CreatedAt, &w.InstalledAt, &w.UninstalledAt, &w.BehindSince, &w.ExpiresAt, &s.bot, &s.app, &s.refresh); err != nil {
			return w, err
		}
		return w, w.unseal(box, tx.Tenant(), s)
	})
	if err != nil {
		return nil, fmt.Errorf("read Slack workspaces: %w", err)
	}
	return list, nil
}

// Of returns the tenant's workspace of that id, whether or not the app is still installed; ErrNotConnected where there
// is none.
func Of(ctx context.Context, tx tenant.Tx, box *secret.Box, teamID string) (Workspace, error) {
	list, err := All(ctx, tx, box)
	if err != nil {
		return Workspace{}, err
	}
	if i := slices.IndexFunc(list, func(w Workspace) bool { return w.TeamID == teamID }); i >= 0 {
		return list[i], nil
	}
	return Workspace{}, ErrNotConnected
}

// Save writes a workspace, new or again; what was uninstalled works again. It tells whether the workspace is another
// tenant's, and writes nothing then.
func (w Workspace) Save(ctx context.Context, tx tenant.Tx, box *secret.Box) (taken bool, err error) {
	if owner, err := w.claimRoute(ctx, tx); err != nil || owner != tx.Tenant() {
		return err == nil, err
	}
	s, err := w.seal(box, tx.Tenant())
	if err != nil {
		return false, err
	}
	if w.InstalledAt.IsZero() {
		w.InstalledAt = w.CreatedAt
	}
	scopes := w.Scopes
	if scopes == nil {
		scopes = []string{}
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO slack_workspaces (tenant_id, team_id, team_name, enterprise_id, url, app_id, bot_id, bot_user_id, channel_id, channel,
			bot_token, app_token, refresh_token, expires_at, scopes, created_at, installed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (tenant_id, team_id) DO UPDATE SET team_name = excluded.team_name, enterprise_id = excluded.enterprise_id, url = excluded.url,
			app_id = excluded.app_id, bot_id = excluded.bot_id, bot_user_id = excluded.bot_user_id,
			channel_id = excluded.channel_id, channel = excluded.channel, bot_token = excluded.bot_token, app_token = excluded.app_token,
			refresh_token = excluded.refresh_token, expires_at = excluded.expires_at, scopes = excluded.scopes, installed_at = excluded.installed_at,
			last_error = '', uninstalled_at = NULL,
			behind_since = least(slack_workspaces.behind_since, slack_workspaces.uninstalled_at)`,
		tx.Tenant(), w.TeamID, w.Team, w.EnterpriseID, w.URL, w.AppID, w.BotID, w.BotUserID, w.ChannelID, w.Channel,
		s.bot, s.app, s.refresh, w.ExpiresAt, scopes, w.CreatedAt, w.InstalledAt)
	if err != nil {
		return false, fmt.Errorf("write Slack workspace: %w", err)
	}
	return false, nil
}

// Remove deletes a workspace with all that is known of its messages and channels.
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

// SetScopes notes what Slack said that the bot token may do.
func SetScopes(ctx context.Context, tx tenant.Tx, teamID string, scopes []string) error {
	if _, err := tx.Exec(ctx, `UPDATE slack_workspaces SET scopes = $3 WHERE tenant_id = $1 AND team_id = $2 AND scopes <> $3`, tx.Tenant(), teamID, scopes); err != nil {
		return fmt.Errorf("note the scopes of a Slack workspace: %w", err)
	}
	return nil
}

// SetUninstalled notes that Slack told at the time at that the app is gone. It changes nothing where the app was
// installed again since; a time of whole seconds counts as that second's end.
func SetUninstalled(ctx context.Context, tx tenant.Tx, teamID string, at time.Time) (changed bool, err error) {
	tag, err := tx.Exec(ctx, `
		UPDATE slack_workspaces SET uninstalled_at = $3, last_error = $4
		WHERE tenant_id = $1 AND team_id = $2 AND uninstalled_at IS NULL AND coalesce(installed_at, created_at) < $3`,
		tx.Tenant(), teamID, at.Truncate(time.Second).Add(time.Second), uninstalled)
	if err != nil {
		return false, fmt.Errorf("note that a Slack workspace removed the app: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

// uninstalled is what is wrong with a workspace that removed the app.
const uninstalled = "the app was uninstalled from the workspace or its token revoked: install it again by `customerdesk slack install`, or at api.slack.com/apps and then `customerdesk slack connect`; tickets wait meanwhile"

// CaughtUp notes that all that changed since the app was uninstalled is on its way.
func CaughtUp(ctx context.Context, tx tenant.Tx, teamID string) error {
	if _, err := tx.Exec(ctx, `UPDATE slack_workspaces SET behind_since = NULL WHERE tenant_id = $1 AND team_id = $2`, tx.Tenant(), teamID); err != nil {
		return fmt.Errorf("note that a Slack workspace is up to date: %w", err)
	}
	return nil
}
