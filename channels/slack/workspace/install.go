package workspace

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// ErrTaken means that a workspace is connected to another tenant.
var ErrTaken = errors.New("the Slack workspace is connected to another tenant: disconnect it there, or use an app of its own")

// Install keeps what OAuth gave at a time for a tenant: a workspace, or an organisation. One that is known keeps its
// channels. ErrTaken where it is another tenant's; nothing is changed then.
func (s Registry) Install(ctx context.Context, hc *http.Client, id tenant.ID, r *slackapi.OAuthV2Response, at time.Time) (Workspace, error) {
	g := GrantOf(r, at)
	if g.BotToken.text == "" || r.TokenType != "" && r.TokenType != "bot" {
		return Workspace{}, errors.New("no bot token came from Slack: the app has to ask for scopes of bots")
	}
	w, err := identify(ctx, webapi.New(hc, s.APIURL, g.BotToken.text))
	if err != nil {
		return Workspace{}, err
	}
	if g.AppID != "" {
		w.AppID = g.AppID
	}
	if w.BotUserID == "" {
		w.BotUserID = r.BotUserID
	}
	if r.Enterprise.ID != "" {
		w.EnterpriseID = r.Enterprise.ID
	}
	if r.IsEnterpriseInstall {
		w.TeamID, w.Team = r.Enterprise.ID, r.Enterprise.Name
	} else if r.Team.ID != "" && w.TeamID != r.Team.ID {
		return Workspace{}, fmt.Errorf("the app was installed in %s, and its token is for %s", r.Team.ID, w.TeamID)
	}
	if w.TeamID == "" || w.AppID == "" {
		return Workspace{}, errors.New("it is not known which app was installed where")
	}
	w.BotToken, w.RefreshToken, w.ExpiresAt, w.CreatedAt, w.InstalledAt = g.BotToken, g.RefreshToken, g.ExpiresAt, at, at
	if len(g.Scopes) > 0 {
		w.Scopes = g.Scopes
	}
	err = tenant.In(ctx, s.Pool, id, func(tx tenant.Tx) error {
		have, err := Of(ctx, tx, s.Box, w.TeamID)
		switch {
		case err == nil:
			w.ChannelID, w.Channel = have.ChannelID, have.Channel
			if have.AppID == w.AppID {
				w.AppToken = have.AppToken
			}
		case !errors.Is(err, ErrNotConnected):
			return err
		}
		taken, err := w.Save(ctx, tx, s.Box)
		if err == nil && taken {
			err = ErrTaken
		}
		if err != nil {
			return err
		}
		return tenant.Audit(ctx, tx, "slack:"+r.AuthedUser.ID, "slack", "slack.install", w.TeamID, map[string]any{"scopes": w.Scopes})
	})
	return w, err
}

// AuthorizeURL is the page where Slack asks whether an app may be installed.
func (s Registry) AuthorizeURL() string {
	if s.APIURL == "" {
		return "https://slack.com/oauth/v2/authorize"
	}
	return strings.TrimSuffix(webapi.WithSlash(s.APIURL), "api/") + "oauth/v2/authorize"
}
