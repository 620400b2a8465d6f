package slackserver_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

const back = "http://127.0.0.1:1/slack/oauth"

// decide answers the authorize page, and returns where it leads.
func decide(t *testing.T, srv *slackserver.Server, decision string, q url.Values) *url.URL {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	q.Set("decision", decision)
	resp := must(client.PostForm(srv.URL()+"/oauth/v2/authorize", q))(t)
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusFound {
		body := must(io.ReadAll(resp.Body))(t)
		t.Fatalf("status %d: %s", resp.StatusCode, body)
	}
	return must(resp.Location())(t)
}

func question() url.Values {
	return url.Values{"client_id": {slackserver.DemoClientID}, "scope": {"chat:write,users:read"}, "redirect_uri": {back}, "state": {"s 1"}}
}

func TestAuthorizePageAsksAndLeadsBack(t *testing.T) {
	srv, _ := start(t, func(c *slackserver.Config) { c.Apps[0].RedirectURLs = []string{"http://127.0.0.1:1/slack"} })
	resp := must(http.Get(srv.URL() + "/oauth/v2/authorize?" + question().Encode()))(t)
	page := string(must(io.ReadAll(resp.Body))(t))
	_ = resp.Body.Close()
	for _, want := range []string{"CustomerDesk", "Northwind Support", "chat:write", "Allow", "Cancel"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if q := decide(t, srv, "cancel", question()).Query(); q.Get("error") != "access_denied" || q.Get("state") != "s 1" || q.Has("code") {
		t.Errorf("cancelled: %v", q)
	}
	if q := decide(t, srv, "allow", question()).Query(); q.Get("code") == "" || q.Get("state") != "s 1" {
		t.Errorf("allowed: %v", q)
	}
	for name, change := range map[string]func(url.Values){
		"invalid_client_id":      func(q url.Values) { q.Set("client_id", "no") },
		"bad_redirect_uri":       func(q url.Values) { q.Set("redirect_uri", "http://127.0.0.1:1/elsewhere") },
		"invalid_scope":          func(q url.Values) { q.Set("scope", "chat:write,everything") },
		"invalid_team":           func(q url.Values) { q.Set("team", "T0NOWHERE00") },
		"org_deploy_not_enabled": func(q url.Values) { q.Set("team", "E0ORG") },
	} {
		q := question()
		change(q)
		srv := srv
		if name == "org_deploy_not_enabled" {
			srv, _ = start(t, func(c *slackserver.Config) { c.Teams[0].EnterpriseID = "E0ORG" })
		}
		resp := must(http.Get(srv.URL() + "/oauth/v2/authorize?" + q.Encode()))(t)
		body := string(must(io.ReadAll(resp.Body))(t))
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, name) {
			t.Errorf("%s: status %d, %q", name, resp.StatusCode, body)
		}
	}
}

func TestRotatedTokensExpireAndRefreshTokensWorkOnce(t *testing.T) {
	c := newClock()
	srv, _ := start(t, func(cfg *slackserver.Config) { cfg.Clock, cfg.Apps[0].TokenRotation = c.now, true })
	at := slack.OAuthOptionAPIURL(srv.APIURL())
	code := decide(t, srv, "allow", question()).Query().Get("code")
	first := must(slack.GetOAuthV2ResponseContext(ctx(t), http.DefaultClient, slackserver.DemoClientID, slackserver.DemoClientKey, code, back, at))(t)
	if !strings.HasPrefix(first.AccessToken, "xoxe.xoxb-") || !strings.HasPrefix(first.RefreshToken, "xoxe-") || first.ExpiresIn != 43200 {
		t.Fatalf("granted %+v", first)
	}
	test := func(token string) error {
		_, err := slack.New(token, slack.OptionAPIURL(srv.APIURL())).AuthTestContext(ctx(t))
		return err
	}
	if err := test(first.AccessToken); err != nil {
		t.Error(err)
	}
	c.advance(12 * time.Hour)
	if err := test(first.AccessToken); err == nil || err.Error() != "token_expired" {
		t.Errorf("after 12 hours: %v", err)
	}
	renew := func(token string) (*slack.OAuthV2Response, error) {
		return slack.RefreshOAuthV2TokenContext(ctx(t), http.DefaultClient, slackserver.DemoClientID, slackserver.DemoClientKey, token, at)
	}
	second := must(renew(first.RefreshToken))(t)
	if err := test(second.AccessToken); err != nil || second.RefreshToken == first.RefreshToken {
		t.Errorf("the new token: %v", err)
	}
	if _, err := renew(first.RefreshToken); err == nil || err.Error() != "invalid_refresh_token" {
		t.Errorf("a second time: %v", err)
	}
	srv.Uninstall(slackserver.DemoTeam, slackserver.DemoApp)
	if _, err := renew(second.RefreshToken); err == nil || err.Error() != "invalid_refresh_token" {
		t.Errorf("after uninstalling: %v", err)
	}
	if err := test(second.AccessToken); err == nil || err.Error() != "token_revoked" {
		t.Errorf("after uninstalling: %v", err)
	}
}

func TestOrganisationTokenWorksInAllItsWorkspaces(t *testing.T) {
	srv, _ := start(t, func(c *slackserver.Config) {
		c.Teams[0].EnterpriseID, c.Apps[0].OrgDeploy, c.Apps[0].Installs = "E0ORG", true, nil
		c.Teams = append(c.Teams, slackserver.Team{ID: "T0BRANCH000", Name: "Branch", Domain: "branch", EnterpriseID: "E0ORG",
			Channels: []slackserver.Channel{{ID: "C0BRANCH000", Name: "branch"}}})
	})
	q := question()
	q.Set("team", "E0ORG")
	q.Set("scope", "chat:write,channels:read,channels:join")
	code := decide(t, srv, "allow", q).Query().Get("code")
	got := must(slack.GetOAuthV2ResponseContext(ctx(t), http.DefaultClient, slackserver.DemoClientID, slackserver.DemoClientKey, code, back, slack.OAuthOptionAPIURL(srv.APIURL())))(t)
	if !got.IsEnterpriseInstall || got.Enterprise.ID != "E0ORG" || got.Team.ID != "" {
		t.Fatalf("granted %+v", got)
	}
	api := slack.New(got.AccessToken, slack.OptionAPIURL(srv.APIURL()))
	if who := must(api.AuthTestContext(ctx(t)))(t); who.TeamID != "E0ORG" || who.EnterpriseID != "E0ORG" {
		t.Errorf("auth.test %+v", who)
	}
	teams, _, err := api.ListTeamsContext(ctx(t), slack.ListTeamsParameters{})
	if err != nil || len(teams) != 2 {
		t.Errorf("teams %+v, %v", teams, err)
	}
	if _, _, err := api.GetConversationsContext(ctx(t), &slack.GetConversationsParameters{}); err == nil {
		t.Error("channels are listed without a team_id")
	}
	if _, _, _, err := api.JoinConversationContext(ctx(t), "C0BRANCH000"); err != nil {
		t.Error(err)
	}
	if _, _, err := api.PostMessageContext(ctx(t), "C0BRANCH000", slack.MsgOptionText("hello", false)); err != nil || len(srv.Messages("C0BRANCH000")) == 0 {
		t.Errorf("post in the second workspace: %v", err)
	}
}
