package slackserver

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// codeLifetime is how long an OAuth code can be exchanged (https://docs.slack.dev/authentication/installing-with-oauth),
// and tokenLifetime how long a token lives that is rotated (https://docs.slack.dev/authentication/using-token-rotation).
const (
	codeLifetime  = 10 * time.Minute
	tokenLifetime = 12 * time.Hour
)

type oauthCode struct {
	app         *app
	place       string // a workspace's or an organisation's id
	user        string
	redirectURI string
	scopes      []string
	expires     time.Time
}

// Authorize makes the OAuth code that Slack puts into the redirect when user agrees to install the app in a workspace, or
// in an organisation, with the scopes (comma separated). An unknown app, place or user gives an empty code.
func (s *Server) Authorize(appID, place, user, redirectURI, scopes string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[appID]
	t, u := s.person(user)
	if a == nil || u == nil || place != t.ID && (place == "" || place != t.EnterpriseID) {
		return ""
	}
	code := secret(12) + "." + secret(12)
	s.codes[code] = oauthCode{app: a, place: place, user: user, redirectURI: redirectURI,
		scopes: strings.FieldsFunc(scopes, func(r rune) bool { return r == ',' || r == ' ' }), expires: s.clock().Add(codeLifetime)}
	return code
}

// redirects tells whether an app's pages allow a redirect URL: it begins with one that is registered there.
func (a *app) redirects(to string) bool {
	target, err := url.Parse(to)
	if err != nil || !isLoopback(target.Hostname()) {
		return false
	}
	return len(a.RedirectURLs) == 0 || slices.ContainsFunc(a.RedirectURLs, func(have string) bool { return strings.HasPrefix(to, have) })
}

func oauthAccess(c *call) (Object, error) {
	a, err := c.oauthApp()
	if err != nil {
		return nil, err
	}
	switch c.arg("grant_type") {
	case "refresh_token":
		return c.rotate(a)
	case "", "authorization_code":
	default:
		return nil, fail("invalid_grant_type")
	}
	s := c.s
	code, ok := s.codes[c.arg("code")]
	switch {
	case !ok || code.app != a:
		return nil, fail("invalid_code")
	case c.arg("redirect_uri") != code.redirectURI:
		return nil, fail("bad_redirect_uri")
	}
	delete(s.codes, c.arg("code"))
	if s.clock().After(code.expires) {
		return nil, fail("code_already_used")
	}
	in := s.installed(code)
	s.install(a, in)
	s.touch(change{Kind: "state"})
	return s.grant(a, in, code.user), nil
}

// oauthApp returns the app that a client id and its secret prove.
func (c *call) oauthApp() (*app, error) {
	id, key := c.arg("client_id"), c.arg("client_secret")
	if user, pass, ok := c.r.BasicAuth(); ok {
		id, key = user, pass
	}
	for _, a := range c.s.apps {
		switch {
		case a.ClientID == "" || a.ClientID != id:
		case a.ClientSecret != key:
			return nil, fail("bad_client_secret")
		default:
			return a, nil
		}
	}
	return nil, fail("invalid_client_id")
}

// installed is what a code installs. Scopes add up over installations. The caller holds mu.
func (s *Server) installed(code oauthCode) Install {
	in := Install{TeamID: code.place, Scopes: code.scopes, Installer: code.user, BotToken: "xoxb-" + secret(20)}
	if code.app.TokenRotation {
		in.BotToken = "xoxe.xoxb-1-" + secret(20)
	}
	for _, old := range code.app.installs {
		if old.TeamID != code.place {
			continue
		}
		in.BotUserID, in.BotID = old.BotUserID, old.BotID
		for _, sc := range old.Scopes {
			if !slices.Contains(in.Scopes, sc) {
				in.Scopes = append(in.Scopes, sc)
			}
		}
		if !code.app.TokenRotation {
			in.BotToken = old.BotToken // It stays the same for as long as the app is installed.
		}
		return in
	}
	in.BotUserID, in.BotID = s.newID("U"), s.newID("B")
	return in
}

// grant is Slack's answer with the tokens of an installation. The caller holds mu.
func (s *Server) grant(a *app, in Install, user string) Object {
	t := s.tokens[in.BotToken]
	o := Object{
		"access_token": in.BotToken, "token_type": "bot", "scope": strings.Join(t.scopes, ","),
		"bot_user_id": in.BotUserID, "app_id": a.ID, "team": Object{"id": t.team.ID, "name": t.team.Name},
		"enterprise": nil, "is_enterprise_install": in.org(),
	}
	if user != "" {
		o["authed_user"] = Object{"id": user}
	}
	if t.team.EnterpriseID != "" {
		o["enterprise"] = Object{"id": t.team.EnterpriseID, "name": orgName(t.team.EnterpriseID)}
	}
	if in.org() {
		o["team"] = nil
	}
	if a.TokenRotation {
		t.expires = s.clock().Add(tokenLifetime)
		key := "xoxe-1-" + secret(20)
		s.refresh[key] = t
		o["refresh_token"], o["expires_in"] = key, int(tokenLifetime/time.Second)
	}
	return o
}

// rotate exchanges a refresh token, which works once. The access token before lives on until it expires.
func (c *call) rotate(a *app) (Object, error) {
	s := c.s
	old := s.refresh[c.arg("refresh_token")]
	if old == nil || old.app != a {
		return nil, fail("invalid_refresh_token")
	}
	delete(s.refresh, c.arg("refresh_token"))
	in := *old.install
	in.BotToken = "xoxe.xoxb-1-" + secret(20)
	s.install(a, in)
	return s.grant(a, in, ""), nil
}

func orgName(id string) string { return "Organisation " + id }
