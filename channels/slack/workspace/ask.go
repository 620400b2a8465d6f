package workspace

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
)

// identify asks Slack whose bot token that is, and what it may do.
func identify(ctx context.Context, api *slackapi.Client) (Workspace, error) {
	who, err := api.AuthTestContext(ctx)
	if err != nil {
		return Workspace{}, asked(err, "", "--bot-token")
	}
	w := Workspace{TeamID: who.TeamID, Team: who.Team, EnterpriseID: who.EnterpriseID, URL: webapi.WithSlash(who.URL), BotID: who.BotID, BotUserID: who.UserID,
		Scopes: granted(who.Header)}
	bot, err := api.GetBotInfoContext(ctx, slackapi.GetBotInfoParameters{Bot: who.BotID})
	switch {
	case err == nil:
		w.AppID = bot.AppID
	case webapi.ErrorName(err) == "missing_scope" && len(w.MissingScopes()) > 0: // told with the others
	case webapi.ErrorName(err) != noSuchMethod:
		return Workspace{}, asked(err, "", "--bot-token")
	}
	return w, nil
}

// noSuchMethod is what stand-ins for Slack that know only a part of its API answer. What a call like that
// was to find out is then done without.
const noSuchMethod = "unknown_method"

// granted reads the scopes from the header that every answer has; none where there is no such header.
func granted(h http.Header) []string {
	return listed(h.Get("X-OAuth-Scopes"))
}

// listed reads a list of scopes with commas.
func listed(text string) []string {
	var have []string
	for s := range strings.SplitSeq(text, ",") {
		if s = strings.TrimSpace(s); s != "" {
			have = append(have, s)
		}
	}
	slices.Sort(have)
	return slices.Compact(have)
}

// lacking returns what is needed and not among the scopes that a token has.
func lacking(have []string) []string {
	return slices.DeleteFunc(Scopes(), func(s string) bool { return slices.Contains(have, s) })
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

// joinChannel finds a channel of a workspace by id or name and joins it where it is public. setting is where the name
// comes from.
func joinChannel(ctx context.Context, api *slackapi.Client, w Workspace, name, setting string) (id, called string, err error) {
	name = strings.TrimPrefix(strings.TrimSpace(name), "#")
	if name == "" {
		return "", "", errors.New(setting + ": name the channel for tickets, such as #support")
	}
	ch, err := findChannel(ctx, api, w, name, setting)
	if err != nil {
		return "", "", err
	}
	shown := "#" + ch.Name
	switch {
	case ch.IsArchived:
		return "", "", fmt.Errorf("%s: %s", setting, webapi.Cure(slackapi.SlackErrorResponse{Err: "is_archived"}, shown))
	case ch.IsMember:
		return ch.ID, ch.Name, nil
	case ch.IsPrivate:
		return "", "", fmt.Errorf("%s: %s is private: write `/invite @CustomerDesk` in it, then try again", setting, shown)
	}
	if _, _, _, err := api.JoinConversationContext(ctx, ch.ID); err != nil && webapi.ErrorName(err) != noSuchMethod {
		return "", "", asked(err, shown, setting)
	}
	return ch.ID, ch.Name, nil
}

func findChannel(ctx context.Context, api *slackapi.Client, w Workspace, name, setting string) (*slackapi.Channel, error) {
	if looksLikeID(name) {
		ch, err := api.GetConversationInfoContext(ctx, &slackapi.GetConversationInfoInput{ChannelID: name})
		return ch, asked(err, name, setting)
	}
	teams := []string{""}
	if w.Org() {
		var err error
		if teams, err = teamsOf(ctx, api); err != nil {
			return nil, asked(err, "#"+name, setting)
		}
	}
	for _, team := range teams {
		ch, err := channelNamed(ctx, api, team, name)
		if ch != nil || err != nil {
			return ch, asked(err, "#"+name, setting)
		}
	}
	return nil, fmt.Errorf("%s: there is no #%s, or it is private and the app is not in it: create it, or write `/invite @CustomerDesk` in it", setting, name)
}

// channelNamed looks through a workspace's channels; nil where none has the name. team is needed with a token for a whole
// organisation, and else empty.
func channelNamed(ctx context.Context, api *slackapi.Client, team, name string) (*slackapi.Channel, error) {
	p := slackapi.GetConversationsParameters{Limit: 999, Types: []string{"public_channel", "private_channel"}, TeamID: team}
	for {
		page, next, err := api.GetConversationsContext(ctx, &p)
		if err != nil {
			return nil, err
		}
		for i := range page {
			if page[i].Name == name {
				return &page[i], nil
			}
		}
		if next == "" {
			return nil, nil
		}
		p.Cursor = next
	}
}

// teamsOf returns the workspaces of an organisation that the app may see.
func teamsOf(ctx context.Context, api *slackapi.Client) ([]string, error) {
	var ids []string
	p := slackapi.ListTeamsParameters{Limit: 1000}
	for {
		page, next, err := api.ListTeamsContext(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, t := range page {
			ids = append(ids, t.ID)
		}
		if next == "" {
			return ids, nil
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
