package workspace

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

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

// columns of the sealed tokens, for secret.Box.
const (
	botTokenColumn     = "slack_workspaces.bot_token"
	appTokenColumn     = "slack_workspaces.app_token"
	refreshTokenColumn = "slack_workspaces.refresh_token"
)

// sealed are a workspace's tokens as they stand in the database.
type sealed struct{ bot, app, refresh []byte }

func (w Workspace) seal(box *secret.Box, id tenant.ID) (s sealed, err error) {
	if s.bot, err = box.Seal(id.String(), botTokenColumn, []byte(w.BotToken.text)); err != nil {
		return s, fmt.Errorf("encrypt bot token: %w", err)
	}
	if s.app, err = box.Seal(id.String(), appTokenColumn, []byte(w.AppToken.text)); err != nil {
		return s, fmt.Errorf("encrypt app token: %w", err)
	}
	if w.RefreshToken.text != "" {
		if s.refresh, err = box.Seal(id.String(), refreshTokenColumn, []byte(w.RefreshToken.text)); err != nil {
			return s, fmt.Errorf("encrypt refresh token: %w", err)
		}
	}
	return s, nil
}

func (w *Workspace) unseal(box *secret.Box, id tenant.ID, s sealed) error {
	for _, c := range []struct {
		column string
		sealed []byte
		to     *Token
	}{{botTokenColumn, s.bot, &w.BotToken}, {appTokenColumn, s.app, &w.AppToken}, {refreshTokenColumn, s.refresh, &w.RefreshToken}} {
		if c.sealed == nil {
			continue
		}
		b, err := box.Open(id.String(), c.column, c.sealed)
		if err != nil {
			return fmt.Errorf("%s: %w", c.column, err)
		}
		*c.to = Token{string(b)}
	}
	return nil
}

// saveTokens writes new tokens for a workspace.
func (w Workspace) saveTokens(ctx context.Context, tx tenant.Tx, box *secret.Box) error {
	s, err := w.seal(box, tx.Tenant())
	if err != nil {
		return err
	}
	var b pgx.Batch
	b.Queue(`UPDATE slack_workspaces SET bot_token = $3, refresh_token = $4, expires_at = $5 WHERE tenant_id = $1 AND team_id = $2`,
		tx.Tenant(), w.TeamID, s.bot, s.refresh, w.ExpiresAt)
	b.Queue(`UPDATE routing.slack_workspaces SET renew_at = $3 WHERE tenant = $1 AND team_id = $2`, tx.Tenant(), w.TeamID, renewAt(w.ExpiresAt))
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("write the tokens of a Slack workspace: %w", err)
	}
	return nil
}
