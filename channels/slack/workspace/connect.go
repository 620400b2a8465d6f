package workspace

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// Registry connects tenants to Slack; it is what `slack connect`, `slack list`, `slack disconnect` and
// `doctor` need. Its errors are one line that names the setting and the cure.
type Registry struct {
	Pool   *pgxpool.Pool
	Box    *secret.Box
	APIURL string           // of a stand-in; empty: Slack's own
	Signed bool             // requests of Slack's can be checked, so that an app needs no Socket Mode
	Clock  func() time.Time // nil: time.Now
}

// Credentials are what an operator copies from the app's pages.
type Credentials struct {
	BotToken string // xoxb-…, from OAuth & Permissions
	AppToken string // xapp-…, from Basic Information, with the scope connections:write; empty: Slack makes requests
	Channel  string // id, #name or name
}

// Connect checks the credentials at Slack, joins the channel where it is public, and keeps all of it for the
// tenant; a second time it replaces tokens and channel. Tickets that changed within the day before get their
// cards too, older ones with their next change.
func (s Registry) Connect(ctx context.Context, id tenant.ID, c Credentials) (Workspace, error) {
	c.BotToken, c.AppToken = strings.TrimSpace(c.BotToken), strings.TrimSpace(c.AppToken)
	if !strings.HasPrefix(c.BotToken, "xoxb-") {
		return Workspace{}, errors.New("--bot-token: it begins with xoxb- (the app's page OAuth & Permissions, Bot User OAuth Token)")
	}
	if c.AppToken == "" && !s.Signed {
		return Workspace{}, errors.New("--app-token: give it for Socket Mode (the app's page Basic Information, App-Level Tokens, scope connections:write), or set CUSTOMERDESK_SLACK_SIGNING_SECRET for an app that makes requests")
	}
	if c.AppToken != "" && !strings.HasPrefix(c.AppToken, "xapp-") {
		return Workspace{}, errors.New("--app-token: it begins with xapp- (the app's page Basic Information, App-Level Tokens, scope connections:write)")
	}
	hc := webapi.NewHTTPClient(webapi.CallTimeout)
	defer hc.CloseIdleConnections()
	api := webapi.New(hc, s.APIURL, c.BotToken, slackapi.OptionAppLevelToken(c.AppToken))
	w, err := identify(ctx, api)
	if err != nil {
		return Workspace{}, err
	}
	w.BotToken, w.AppToken, w.CreatedAt = Token{c.BotToken}, Token{c.AppToken}, s.now()
	if c.AppToken != "" {
		if err := checkAppToken(ctx, api, w.AppID, c.AppToken); err != nil {
			return Workspace{}, err
		}
	}
	if w.AppID == "" {
		w.AppID = appOf(c.AppToken)
	}
	if w.ChannelID, w.Channel, err = joinChannel(ctx, api, c.Channel); err != nil {
		return Workspace{}, err
	}
	err = tenant.In(ctx, s.Pool, id, func(tx tenant.Tx) error {
		have, err := All(ctx, tx, s.Box)
		if err != nil {
			return err
		}
		if len(have) > 0 && have[0].TeamID != w.TeamID {
			return fmt.Errorf("this tenant is connected to the Slack workspace %s: `customerdesk slack disconnect` first", have[0].Team)
		}
		taken, err := w.Save(ctx, tx, s.Box)
		if err == nil && taken {
			err = fmt.Errorf("--bot-token: the Slack workspace %s is connected to another tenant: disconnect it there, or use an app of its own", w.Team)
		}
		return err
	})
	return w, err
}

// List returns the tenant's workspaces.
func (s Registry) List(ctx context.Context, id tenant.ID) ([]Workspace, error) {
	return tenant.Get(ctx, s.Pool, id, func(tx tenant.Tx) ([]Workspace, error) { return All(ctx, tx, s.Box) })
}

// Disconnect forgets the tenant's workspace and where in it tickets are shown; ErrNotConnected where there is
// none. What was posted stays in Slack.
func (s Registry) Disconnect(ctx context.Context, id tenant.ID) (Workspace, error) {
	return tenant.Get(ctx, s.Pool, id, func(tx tenant.Tx) (Workspace, error) {
		w, err := Of(ctx, tx, s.Box)
		if err != nil {
			return Workspace{}, err
		}
		return w, w.Remove(ctx, tx)
	})
}

// Check looks whether everything that posting and hearing need is in order: tokens, scopes, channel. Each
// error is one line with its cure; none means all is well. ErrNotConnected where nothing is connected.
func (s Registry) Check(ctx context.Context, id tenant.ID) []error {
	list, err := s.List(ctx, id)
	if err != nil {
		return []error{err}
	}
	if len(list) == 0 {
		return []error{ErrNotConnected}
	}
	hc := webapi.NewHTTPClient(webapi.CallTimeout)
	defer hc.CloseIdleConnections()
	var problems []error
	for _, w := range list {
		problems = append(problems, w.check(ctx, webapi.New(hc, s.APIURL, w.BotToken.text, slackapi.OptionAppLevelToken(w.AppToken.text)), s.Signed)...)
	}
	return problems
}

func (w Workspace) check(ctx context.Context, api *slackapi.Client, signed bool) []error {
	var problems []error
	add := func(err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("workspace %s at Slack: %w", w.Team, err))
		}
	}
	if _, err := identify(ctx, api); err != nil {
		add(err)
		return problems // Nothing else can work.
	}
	switch {
	case w.AppToken.text != "":
		add(checkAppToken(ctx, api, w.AppID, w.AppToken.text))
	case !signed:
		add(errors.New("its app makes requests, which cannot be checked: set CUSTOMERDESK_SLACK_SIGNING_SECRET (the app's page Basic Information, Signing Secret)"))
	}
	ch, err := api.GetConversationInfoContext(ctx, &slackapi.GetConversationInfoInput{ChannelID: w.ChannelID})
	switch {
	case err != nil:
		add(asked(err, "#"+w.Channel, "look up the channel"))
	case ch.IsArchived:
		add(errors.New(webapi.Cure(slackapi.SlackErrorResponse{Err: "is_archived"}, "#"+w.Channel)))
	case !ch.IsMember:
		add(errors.New(webapi.Cure(slackapi.SlackErrorResponse{Err: "not_in_channel"}, "#"+w.Channel)))
	}
	return problems
}

func (s Registry) now() time.Time {
	if s.Clock == nil {
		return time.Now()
	}
	return s.Clock()
}

// identify asks Slack whose bot token that is, and checks its scopes.
func identify(ctx context.Context, api *slackapi.Client) (Workspace, error) {
	who, err := api.AuthTestContext(ctx)
	if err != nil {
		return Workspace{}, asked(err, "", "--bot-token")
	}
	if missing := missingScopes(who.Header); len(missing) > 0 {
		return Workspace{}, fmt.Errorf("--bot-token: the scopes %s are missing: paste deploy/slack-manifest.json on the app's page App Manifest and reinstall the app", strings.Join(missing, ", "))
	}
	w := Workspace{TeamID: who.TeamID, Team: who.Team, URL: webapi.WithSlash(who.URL), BotID: who.BotID, BotUserID: who.UserID}
	bot, err := api.GetBotInfoContext(ctx, slackapi.GetBotInfoParameters{Bot: who.BotID})
	switch {
	case err == nil:
		w.AppID = bot.AppID
	case webapi.ErrorName(err) != noSuchMethod:
		return Workspace{}, asked(err, "", "--bot-token")
	}
	return w, nil
}

// noSuchMethod is what stand-ins for Slack that know only a part of its API answer. What a call like that
// was to find out is then done without.
const noSuchMethod = "unknown_method"

// missingScopes compares what the header of every answer says with what is needed; an answer without the
// header says nothing.
func missingScopes(h http.Header) []string {
	if len(h.Values("X-OAuth-Scopes")) == 0 {
		return nil
	}
	have := map[string]bool{}
	for s := range strings.SplitSeq(h.Get("X-OAuth-Scopes"), ",") {
		have[strings.TrimSpace(s)] = true
	}
	var missing []string
	for _, s := range botScopes() {
		if !have[s] {
			missing = append(missing, s)
		}
	}
	return missing
}

// checkAppToken asks Slack for a Socket Mode address, which is what the token is for. A token reads
// xapp-1-APP-…; where it is another app's, buttons would go nowhere.
func checkAppToken(ctx context.Context, api *slackapi.Client, appID, token string) error {
	if owner := appOf(token); owner != "" && appID != "" && owner != appID {
		return fmt.Errorf("--app-token: it belongs to the app %s, the bot token to %s: take both from the same app's pages", owner, appID)
	}
	_, _, err := api.StartSocketModeContext(ctx)
	switch webapi.ErrorName(err) {
	case "":
	case "forbidden_team", "socket_mode_not_enabled":
		return errors.New("--app-token: Socket Mode is not turned on: turn it on on the app's page Socket Mode")
	case "missing_scope", "no_permission", "not_allowed_token_type":
		return errors.New("--app-token: it lacks the scope connections:write: make one on the app's page Basic Information, App-Level Tokens")
	default:
		return fmt.Errorf("--app-token: Slack refuses it (%s): copy it again from the app's page Basic Information, App-Level Tokens", webapi.ErrorName(err))
	}
	return asked(err, "", "--app-token")
}

// appOf returns the app that an app-level token names, or "".
func appOf(token string) string {
	if f := strings.Split(token, "-"); len(f) > 3 && strings.HasPrefix(f[2], "A") {
		return f[2]
	}
	return ""
}

// joinChannel finds a channel by id or name and joins it where it is public.
func joinChannel(ctx context.Context, api *slackapi.Client, name string) (id, called string, err error) {
	name = strings.TrimPrefix(strings.TrimSpace(name), "#")
	if name == "" {
		return "", "", errors.New("--channel: name the channel for tickets, such as #support")
	}
	ch, err := findChannel(ctx, api, name)
	if err != nil {
		return "", "", err
	}
	shown := "#" + ch.Name
	switch {
	case ch.IsArchived:
		return "", "", fmt.Errorf("--channel: %s", webapi.Cure(slackapi.SlackErrorResponse{Err: "is_archived"}, shown))
	case ch.IsMember:
		return ch.ID, ch.Name, nil
	case ch.IsPrivate:
		return "", "", fmt.Errorf("--channel: %s is private: write `/invite @CustomerDesk` in it, then connect again", shown)
	}
	if _, _, _, err := api.JoinConversationContext(ctx, ch.ID); err != nil && webapi.ErrorName(err) != noSuchMethod {
		return "", "", asked(err, shown, "--channel")
	}
	return ch.ID, ch.Name, nil
}

func findChannel(ctx context.Context, api *slackapi.Client, name string) (*slackapi.Channel, error) {
	if looksLikeID(name) {
		ch, err := api.GetConversationInfoContext(ctx, &slackapi.GetConversationInfoInput{ChannelID: name})
		return ch, asked(err, name, "--channel")
	}
	p := slackapi.GetConversationsParameters{Limit: 999, Types: []string{"public_channel", "private_channel"}}
	for {
		page, next, err := api.GetConversationsContext(ctx, &p)
		if err != nil {
			return nil, asked(err, "#"+name, "--channel")
		}
		for i := range page {
			if page[i].Name == name {
				return &page[i], nil
			}
		}
		if next == "" {
			return nil, fmt.Errorf("--channel: there is no #%s, or it is private and the app is not in it: create it, or write `/invite @CustomerDesk` in it", name)
		}
		p.Cursor = next
	}
}

// looksLikeID tells C01ABCDEF23 from a channel's name, which has no capitals.
func looksLikeID(s string) bool {
	return (s[0] == 'C' || s[0] == 'G') && s == strings.ToUpper(s)
}

// asked makes the one line out of an error of a call; nil stays nil.
func asked(err error, channel, setting string) error {
	switch how, _ := webapi.Judge(err); {
	case err == nil:
		return nil
	case webapi.Cure(err, channel) != "":
		return fmt.Errorf("%s: %s", setting, webapi.Cure(err, channel))
	case how == webapi.Limited:
		return fmt.Errorf("%s: Slack asks to wait: try again in a minute", setting)
	case how == webapi.Unsent || how == webapi.Unknown:
		return fmt.Errorf("cannot reach Slack (CUSTOMERDESK_SLACK_API_URL, or the network and its proxy): %w", err)
	}
	var status slackapi.StatusCodeError
	if errors.As(err, &status) { // Slack's no is JSON with the status 200
		return fmt.Errorf("what answers there is not Slack (%w): check CUSTOMERDESK_SLACK_API_URL, or the network's proxy", err)
	}
	return fmt.Errorf("%s: Slack says no: %w", setting, err)
}
