package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// Registry connects tenants to Slack; it is what the `slack` commands and `doctor` need. Its errors are one line that
// names the setting and the cure.
type Registry struct {
	Pool   *pgxpool.Pool
	Box    *secret.Box
	APIURL string           // of a stand-in; empty: Slack's own
	Signed bool             // requests of Slack's can be checked, so that an app needs no Socket Mode
	Clock  func() time.Time // nil: time.Now
	Client Client           // the app that OAuth installs; zero: there is none
}

// A Client is the app as OAuth knows it, from its page Basic Information.
type Client struct {
	ID     string
	Secret Token
}

// Credentials are what an operator copies from the app's pages.
type Credentials struct {
	BotToken string // xoxb-…, from OAuth & Permissions
	AppToken string // xapp-…, from Basic Information, with the scope connections:write; empty: Slack makes requests
	Channel  string // id, #name or name
}

func (c *Credentials) check(signed bool) error {
	c.BotToken, c.AppToken = strings.TrimSpace(c.BotToken), strings.TrimSpace(c.AppToken)
	switch {
	case strings.HasPrefix(c.BotToken, "xoxe.xoxb-"):
		return errors.New("--bot-token: it expires within hours, since the app rotates its tokens: connect by `customerdesk slack install` instead")
	case !strings.HasPrefix(c.BotToken, "xoxb-"):
		return errors.New("--bot-token: it begins with xoxb- (the app's page OAuth & Permissions, Bot User OAuth Token)")
	case c.AppToken == "" && signed:
		return nil
	case c.AppToken == "":
		return errors.New("--app-token: give it for Socket Mode (the app's page Basic Information, App-Level Tokens, scope connections:write), or set CUSTOMERDESK_SLACK_SIGNING_SECRET for an app that makes requests")
	case !strings.HasPrefix(c.AppToken, "xapp-"):
		return errors.New("--app-token: it begins with xapp- (the app's page Basic Information, App-Level Tokens, scope connections:write)")
	}
	return nil
}

// Connect checks the credentials at Slack, joins the channel where it is public, and keeps all of it for the
// tenant: one more workspace, or the same again with other tokens and another channel. Tickets that changed within
// the day before get their cards too, older ones with their next change.
func (s Registry) Connect(ctx context.Context, id tenant.ID, c Credentials) (Workspace, error) {
	if err := c.check(s.Signed); err != nil {
		return Workspace{}, err
	}
	hc := webapi.NewHTTPClient(webapi.CallTimeout)
	defer hc.CloseIdleConnections()
	api := webapi.New(hc, s.APIURL, c.BotToken, slackapi.OptionAppLevelToken(c.AppToken))
	w, err := identify(ctx, api)
	if err != nil {
		return Workspace{}, err
	}
	if missing := w.MissingScopes(); len(missing) > 0 {
		return Workspace{}, fmt.Errorf("--bot-token: the scopes %s are missing: paste deploy/slack-manifest.json on the app's page App Manifest and reinstall the app", strings.Join(missing, ", "))
	}
	w.BotToken, w.AppToken, w.CreatedAt = Token{c.BotToken}, Token{c.AppToken}, s.now()
	if c.AppToken != "" {
		if err := checkAppToken(ctx, api, w.AppID, c.AppToken); err != nil {
			return Workspace{}, err
		}
	}
	if w.ChannelID, w.Channel, err = joinChannel(ctx, api, w, c.Channel, "--channel"); err != nil {
		return Workspace{}, err
	}
	err = tenant.In(ctx, s.Pool, id, func(tx tenant.Tx) error {
		taken, err := w.Save(ctx, tx, s.Box)
		if err == nil && taken {
			err = fmt.Errorf("--bot-token: the Slack workspace %s is connected to another tenant: disconnect it there, or use an app of its own", w.Team)
		}
		return err
	})
	return w, err
}

// List returns the tenant's workspaces, oldest first.
func (s Registry) List(ctx context.Context, id tenant.ID) ([]Workspace, error) {
	return tenant.Get(ctx, s.Pool, id, func(tx tenant.Tx) ([]Workspace, error) { return All(ctx, tx, s.Box) })
}

// Find returns the tenant's workspace that a name means (its id, name or subdomain); the only one where name is empty.
// ErrNotConnected where there is none.
func (s Registry) Find(ctx context.Context, id tenant.ID, name string) (Workspace, error) {
	list, err := s.List(ctx, id)
	if err != nil {
		return Workspace{}, err
	}
	return pick(list, name)
}

func pick(list []Workspace, name string) (Workspace, error) {
	var names []string
	for _, w := range list {
		names = append(names, w.Team+" ("+w.TeamID+")")
	}
	switch {
	case len(list) == 0:
		return Workspace{}, ErrNotConnected
	case name == "" && len(list) > 1:
		return Workspace{}, fmt.Errorf("several Slack workspaces are connected, name one: %s", strings.Join(names, ", "))
	case name == "":
		return list[0], nil
	}
	fits := slices.DeleteFunc(slices.Clone(list), func(w Workspace) bool { return !w.Called(name) })
	switch len(fits) {
	case 0:
		return Workspace{}, fmt.Errorf("no Slack workspace called %q is connected: there are %s", name, strings.Join(names, ", "))
	case 1:
		return fits[0], nil
	}
	return Workspace{}, fmt.Errorf("several Slack workspaces are called %q, name one by its id: %s", name, strings.Join(names, ", "))
}

// Disconnect forgets a tenant's workspace and where in it tickets are shown; an empty name means the only one.
// ErrNotConnected where there is none. What was posted stays in Slack.
func (s Registry) Disconnect(ctx context.Context, id tenant.ID, name string) (Workspace, error) {
	return tenant.Get(ctx, s.Pool, id, func(tx tenant.Tx) (Workspace, error) {
		list, err := All(ctx, tx, s.Box)
		if err != nil {
			return Workspace{}, err
		}
		w, err := pick(list, name)
		if err != nil {
			return Workspace{}, err
		}
		return w, w.Remove(ctx, tx)
	})
}

func (s Registry) now() time.Time {
	if s.Clock == nil {
		return time.Now()
	}
	return s.Clock()
}
