package workspace

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// renewBefore is how long before its end a bot token is renewed; they live for twelve hours
// (https://docs.slack.dev/authentication/using-token-rotation).
const renewBefore = time.Hour

// renewAt is when a token that ends at a time has to be renewed; nil: never.
func renewAt(expires *time.Time) *time.Time {
	if expires == nil {
		return nil
	}
	at := expires.Add(-renewBefore)
	return &at
}

// ErrRefused means that Slack does not renew a token: the app has to be installed again.
var ErrRefused = errors.New("the bot token can no longer be renewed: install the app again by `customerdesk slack install`")

// Fresh returns the workspace with a bot token that is valid for a while: w itself, or, where its token ends soon or is
// no longer the one that counts, with the new one.
func (s Registry) Fresh(ctx context.Context, hc *http.Client, id tenant.ID, w Workspace) (Workspace, error) {
	if w.ExpiresAt == nil || s.now().Before(*renewAt(w.ExpiresAt)) {
		return w, nil
	}
	return s.Renew(ctx, hc, id, w)
}

// Renew gets the workspace a new bot token instead of w's. Of several that try at once, on whichever instance, one asks
// Slack, and the others get what it got: a refresh token works once. What Slack gave is saved before it is used.
// ErrRefused where Slack says no, which is noted on the workspace.
func (s Registry) Renew(ctx context.Context, hc *http.Client, id tenant.ID, w Workspace) (Workspace, error) {
	var refused error
	// Once Slack has answered, the old refresh token may be worth nothing: what it said is saved whatever happens.
	saving := context.WithoutCancel(ctx)
	err := tenant.In(saving, s.Pool, id, func(tx tenant.Tx) error {
		// The lock lets messages be written meanwhile, which refer to the row.
		if _, err := tx.Exec(ctx, `SELECT FROM slack_workspaces WHERE tenant_id = $1 AND team_id = $2 FOR NO KEY UPDATE`, tx.Tenant(), w.TeamID); err != nil {
			return fmt.Errorf("wait for the token of a Slack workspace: %w", err)
		}
		now, err := Of(ctx, tx, s.Box, w.TeamID)
		if err != nil {
			return err
		}
		if now.BotToken != w.BotToken || now.RefreshToken.text == "" {
			w = now
			return nil // somebody else did it
		}
		got, err := s.refresh(ctx, hc, now.RefreshToken)
		if errors.Is(err, ErrRefused) {
			refused = err
			w = now
			_, err = SetError(saving, tx, w.TeamID, ErrRefused.Error())
			return err
		}
		if err != nil {
			return err
		}
		now.BotToken, now.RefreshToken, now.ExpiresAt = got.BotToken, got.RefreshToken, got.ExpiresAt
		w = now
		return now.saveTokens(saving, tx, s.Box)
	})
	return w, errors.Join(err, refused)
}

// A Grant is what Slack gives for a code or a refresh token.
type Grant struct {
	BotToken     Token
	RefreshToken Token
	ExpiresAt    *time.Time
	Scopes       []string
	AppID        string
}

// GrantOf reads Slack's answer, which came at the time now.
func GrantOf(r *slackapi.OAuthV2Response, now time.Time) Grant {
	g := Grant{BotToken: Token{r.AccessToken}, RefreshToken: Token{r.RefreshToken}, AppID: r.AppID, Scopes: listed(r.Scope)}
	if r.ExpiresIn > 0 {
		at := now.Add(time.Duration(r.ExpiresIn) * time.Second)
		g.ExpiresAt = &at
	}
	return g
}

func (s Registry) refresh(ctx context.Context, hc *http.Client, old Token) (Grant, error) {
	if s.Client.ID == "" {
		return Grant{}, errors.New("the bot token expires, and only the app itself can renew it: set CUSTOMERDESK_SLACK_CLIENT_ID and CUSTOMERDESK_SLACK_CLIENT_SECRET")
	}
	now := s.now()
	r, err := slackapi.RefreshOAuthV2TokenContext(ctx, hc, s.Client.ID, s.Client.Secret.text, old.text, s.OAuth()...)
	switch name := webapi.ErrorName(err); name {
	case "invalid_refresh_token", "invalid_grant", "token_revoked", "account_inactive", "invalid_auth":
		return Grant{}, fmt.Errorf("%w (%s)", ErrRefused, name)
	}
	if err != nil {
		return Grant{}, fmt.Errorf("renew the bot token at Slack: %w", err)
	}
	g := GrantOf(r, now)
	if g.BotToken.text == "" {
		return Grant{}, errors.New("renew the bot token at Slack: the answer has none")
	}
	if g.RefreshToken.text == "" {
		g.RefreshToken = old
	}
	return g, nil
}

// OAuth says where Slack's OAuth is.
func (s Registry) OAuth() []slackapi.OAuthOption {
	if s.APIURL == "" {
		return nil
	}
	return []slackapi.OAuthOption{slackapi.OAuthOptionAPIURL(webapi.WithSlash(s.APIURL))}
}
