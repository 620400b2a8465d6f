package slackserver

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// codeLifetime is how long an OAuth code can be exchanged (https://docs.slack.dev/authentication/installing-with-oauth).
const codeLifetime = 10 * time.Minute

func apiTest(c *call) (Object, error) {
	args := Object{}
	for k := range c.args {
		if k != "token" {
			args[k] = c.arg(k)
		}
	}
	if e := c.arg("error"); e != "" {
		return nil, &apiError{name: e, more: Object{"args": args}}
	}
	return Object{"args": args}, nil
}

func authTest(c *call) (Object, error) {
	t := c.token
	o := Object{
		"url": "https://" + t.team.Domain + ".slack.com/", "team": t.team.Name, "team_id": t.team.ID,
		"user": botName(t.app.Name), "user_id": t.install.BotUserID, "bot_id": t.install.BotID,
		"is_enterprise_install": false,
	}
	if t.team.EnterpriseID != "" {
		o["enterprise_id"] = t.team.EnterpriseID
	}
	return o, nil
}

func authRevoke(c *call) (Object, error) {
	if c.flag("test") {
		return Object{"revoked": false}, nil
	}
	c.s.revoke(c.token)
	return Object{"revoked": true}, nil
}

func appsUninstall(c *call) (Object, error) {
	a := c.token.app
	if c.arg("client_id") != a.ClientID || c.arg("client_secret") != a.ClientSecret {
		return nil, fail("bad_client_secret")
	}
	c.s.uninstall(c.token)
	return Object{}, nil
}

// revoke ends a bot token and tells the app. The caller holds mu.
func (s *Server) revoke(t *token) {
	t.revoked = true
	s.emit(t.team, t.app, "tokens_revoked", Object{
		"type": "tokens_revoked", "tokens": Object{"oauth": []string{}, "bot": []string{t.install.BotUserID}},
	})
}

// uninstall removes the app from the workspace and tells it. The caller holds mu.
func (s *Server) uninstall(t *token) {
	s.revoke(t)
	s.emit(t.team, t.app, "app_uninstalled", Object{"type": "app_uninstalled"})
	delete(t.app.installs, t.team.ID)
	s.touch(change{Kind: "state"})
}

// Uninstall removes an app from a workspace as an admin would: its token stops working and it is told
// by tokens_revoked and app_uninstalled. It tells whether the app was installed there.
func (s *Server) Uninstall(teamID, appID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tokens {
		if t.team != nil && t.team.ID == teamID && t.app.ID == appID && !t.revoked {
			s.uninstall(t)
			return true
		}
	}
	return false
}

func connectionsOpen(c *call) (Object, error) {
	s, a := c.s, c.token.app
	if a.EventsURL != "" {
		return nil, fail("forbidden_team", "[ERROR] Socket Mode is not turned on.")
	}
	ticket := secret(16)
	s.tickets[ticket] = a.ID
	base := "ws" + strings.TrimPrefix(s.baseURL, "http")
	return Object{"url": base + "/link/?ticket=" + ticket + "&app_id=" + url.QueryEscape(a.ID)}, nil
}

func teamInfo(c *call) (Object, error) {
	t := c.token.team
	if id := c.arg("team"); id != "" && id != t.ID {
		return nil, fail("team_not_found")
	}
	return Object{"team": Object{"id": t.ID, "name": t.Name, "domain": t.Domain, "email_domain": "",
		"url": "https://" + t.Domain + ".slack.com/", "icon": Object{"image_default": true}}}, nil
}

func botsInfo(c *call) (Object, error) {
	for _, u := range c.token.team.users {
		if u.bot && u.botID == c.arg("bot") {
			return Object{"bot": Object{"id": u.botID, "deleted": false, "name": u.RealName, "updated": 1700000000,
				"app_id": u.appID, "user_id": u.ID, "icons": Object{}}}, nil
		}
	}
	return nil, fail("bot_not_found")
}

// Authorize makes the OAuth code that Slack puts into the redirect when user agrees to install the app
// with the scopes (comma separated). An unknown app, workspace or user gives an empty code.
func (s *Server) Authorize(appID, teamID, user, redirectURI, scopes string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, t := s.apps[appID], s.teams[teamID]
	if a == nil || t == nil || t.users[user] == nil {
		return ""
	}
	code := secret(12) + "." + secret(12)
	s.codes[code] = oauthCode{app: a, team: t, user: user, redirectURI: redirectURI,
		scopes: strings.FieldsFunc(scopes, func(r rune) bool { return r == ',' || r == ' ' }), expires: s.clock().Add(codeLifetime)}
	return code
}

// serveAuthorize is the page behind "Add to Slack", for someone who agrees at once: the first person of
// the workspace named by team, or of the first workspace.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	var appID, teamID, user string
	for _, a := range s.apps {
		if a.ClientID == q.Get("client_id") {
			appID = a.ID
		}
	}
	for _, id := range s.order {
		t := s.teams[id]
		if (q.Get("team") == "" || q.Get("team") == id) && teamID == "" && len(t.Users) > 0 {
			teamID, user = id, t.Users[0].ID
		}
	}
	s.mu.Unlock()
	target, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || !isLoopback(target.Hostname()) {
		http.Error(w, "bad_redirect_uri", http.StatusBadRequest)
		return
	}
	code := s.Authorize(appID, teamID, user, q.Get("redirect_uri"), q.Get("scope"))
	if code == "" {
		http.Error(w, "invalid_client_id", http.StatusBadRequest)
		return
	}
	back := target.Query()
	back.Set("code", code)
	back.Set("state", q.Get("state"))
	target.RawQuery = back.Encode()
	http.Redirect(w, r, target.String(), http.StatusFound)
}

func oauthAccess(c *call) (Object, error) {
	s := c.s
	id, key := c.arg("client_id"), c.arg("client_secret")
	if user, pass, ok := c.r.BasicAuth(); ok {
		id, key = user, pass
	}
	code, ok := s.codes[c.arg("code")]
	switch {
	case !ok:
		return nil, fail("invalid_code")
	case id != code.app.ClientID:
		return nil, fail("invalid_client_id")
	case key != code.app.ClientSecret:
		return nil, fail("bad_client_secret")
	case c.arg("redirect_uri") != code.redirectURI:
		return nil, fail("bad_redirect_uri")
	}
	delete(s.codes, c.arg("code"))
	if s.clock().After(code.expires) {
		return nil, fail("code_already_used")
	}
	in := Install{TeamID: code.team.ID, Scopes: code.scopes, Installer: code.user, BotToken: "xoxb-" + secret(20)}
	if old := code.app.installs[code.team.ID]; old != nil {
		in.BotUserID, in.BotID = old.BotUserID, old.BotID
		for _, sc := range old.Scopes { // scopes add up over installations
			if !slices.Contains(in.Scopes, sc) {
				in.Scopes = append(in.Scopes, sc)
			}
		}
	} else {
		in.BotUserID, in.BotID = s.newID("U"), s.newID("B")
	}
	s.install(code.app, in)
	s.touch(change{Kind: "state"})
	return Object{
		"access_token": in.BotToken, "token_type": "bot", "scope": strings.Join(in.Scopes, ","),
		"bot_user_id": in.BotUserID, "app_id": code.app.ID, "team": Object{"id": code.team.ID, "name": code.team.Name},
		"enterprise": nil, "is_enterprise_install": false, "authed_user": Object{"id": code.user},
	}, nil
}
