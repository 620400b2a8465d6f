package slackserver

import (
	"net/url"
	"strings"
)

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
		"is_enterprise_install": t.install.org(),
	}
	if t.team.EnterpriseID != "" {
		o["enterprise_id"] = t.team.EnterpriseID
	}
	if t.install.org() {
		o["url"], o["team"], o["team_id"] = "https://"+strings.ToLower(t.install.TeamID)+".enterprise.slack.com/", orgName(t.install.TeamID), t.install.TeamID
	}
	return o, nil
}

// authTeamsList lists the workspaces that a token is for.
func authTeamsList(c *call) (Object, error) {
	var teams []any
	for _, id := range c.s.order {
		if in := c.token.app.installs[id]; in != nil && in.TeamID == c.token.install.TeamID {
			teams = append(teams, Object{"id": id, "name": c.s.teams[id].Name})
		}
	}
	return Object{"teams": teams, "response_metadata": Object{"next_cursor": ""}}, nil
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

// revoke ends an installation's bot tokens, those that rotation made too, and tells the app. The caller holds mu.
func (s *Server) revoke(t *token) {
	for _, other := range s.tokens {
		if other.app == t.app && other.install != nil && other.install.TeamID == t.install.TeamID {
			other.revoked = true
		}
	}
	for key, other := range s.refresh {
		if other.app == t.app && other.install.TeamID == t.install.TeamID {
			delete(s.refresh, key)
		}
	}
	s.emit(t.team, t.app, "tokens_revoked", Object{
		"type": "tokens_revoked", "tokens": Object{"oauth": []string{}, "bot": []string{t.install.BotUserID}},
	})
}

// uninstall removes the app from the workspace and tells it. The caller holds mu.
func (s *Server) uninstall(t *token) {
	s.revoke(t)
	s.emit(t.team, t.app, "app_uninstalled", Object{"type": "app_uninstalled"})
	for id, in := range t.app.installs {
		if in.TeamID == t.install.TeamID {
			delete(t.app.installs, id)
		}
	}
	s.touch(change{Kind: "state"})
}

// Uninstall removes an app from a workspace as an admin would: its token stops working and it is told
// by tokens_revoked and app_uninstalled. It tells whether the app was installed there.
func (s *Server) Uninstall(teamID, appID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tokens {
		if t.install != nil && (t.team.ID == teamID || t.install.TeamID == teamID) && t.app.ID == appID && !t.revoked {
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
