package slack

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

func TestConnectNamesTheSettingAndTheCure(t *testing.T) {
	w := quietWorld(t, func(sc *slackserver.Config, _ *Config) {
		otherWorkspace(sc)
		ch := slackserver.Channel{ID: "C0HIDDEN000", Name: "hidden", Private: true, Members: []string{slackserver.DemoBotUser}}
		sc.Teams[0].Channels = append(sc.Teams[0].Channels, ch, slackserver.Channel{ID: "C0ARCHIVED0", Name: "old", Archived: true})
		sc.Apps[1].Installs[0].Scopes = []string{"chat:write", "channels:read"}
	})
	add := func(slug string) tenant.ID { return must(tenant.Add(t.Context(), w.db.Service, slug, slug)).ID }
	good := workspace.Credentials{BotToken: slackserver.DemoBotToken, AppToken: slackserver.DemoAppToken, Channel: "#support"}
	for name, c := range map[string]struct {
		tenant tenant.ID
		change func(*workspace.Credentials)
		want   []string
	}{
		"bot token kind":     {w.tenant, func(c *workspace.Credentials) { c.BotToken = "xoxp-1" }, []string{"--bot-token", "xoxb-"}},
		"app token kind":     {w.tenant, func(c *workspace.Credentials) { c.AppToken = "xoxb-1" }, []string{"--app-token", "xapp-"}},
		"bot token refused":  {w.tenant, func(c *workspace.Credentials) { c.BotToken = "xoxb-wrong" }, []string{"--bot-token", "invalid_auth", "OAuth & Permissions"}},
		"app token refused":  {w.tenant, func(c *workspace.Credentials) { c.AppToken = "xapp-1-wrong" }, []string{"--app-token", "invalid_auth", "Basic Information"}},
		"another app":        {w.tenant, func(c *workspace.Credentials) { c.AppToken = "xapp-1-A0OTHER0000-other" }, []string{"--app-token", "A0OTHER0000", slackserver.DemoApp}},
		"scopes":             {w.tenant, func(c *workspace.Credentials) { c.BotToken = "xoxb-other" }, []string{"--bot-token", "users:read.email", "slack-manifest.json", "reinstall"}},
		"no channel":         {w.tenant, func(c *workspace.Credentials) { c.Channel = " " }, []string{"--channel"}},
		"unknown channel":    {w.tenant, func(c *workspace.Credentials) { c.Channel = "nowhere" }, []string{"--channel", "#nowhere", "/invite"}},
		"unknown channel id": {w.tenant, func(c *workspace.Credentials) { c.Channel = "C0NOWHERE00" }, []string{"--channel", "does not exist"}},
		"archived":           {w.tenant, func(c *workspace.Credentials) { c.Channel = "old" }, []string{"--channel", "archived"}},
		"taken":              {add("second"), func(*workspace.Credentials) {}, []string{"--bot-token", "another tenant"}},
	} {
		t.Run(name, func(t *testing.T) {
			cred := good
			c.change(&cred)
			_, err := w.workspaces().Connect(t.Context(), c.tenant, cred)
			if err == nil || !contains(err.Error(), c.want...) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %q", err, c.want)
			}
		})
	}
	ws, err := w.workspaces().Connect(t.Context(), w.tenant, workspace.Credentials{BotToken: good.BotToken, AppToken: good.AppToken, Channel: "hidden"})
	if err != nil || ws.ChannelID != "C0HIDDEN000" {
		t.Errorf("a private channel the app is in: %+v, %v", ws, err)
	}
	ws, err = w.workspaces().Connect(t.Context(), w.tenant, workspace.Credentials{BotToken: good.BotToken, AppToken: good.AppToken, Channel: slackserver.DemoGeneral})
	if err != nil || ws.Channel != "general" {
		t.Errorf("a public channel is joined: %+v, %v", ws, err)
	}
	list, err := w.workspaces().List(t.Context(), w.tenant)
	if err != nil || len(list) != 1 || list[0].Channel != "general" || list[0].Team != "Northwind Support" {
		t.Errorf("list %+v, %v", list, err)
	}
}

func TestUnreachableSlackIsNamed(t *testing.T) {
	w := quietWorld(t)
	s := w.workspaces()
	s.APIURL = "http://127.0.0.1:1/api/"
	_, err := s.Connect(t.Context(), w.tenant, workspace.Credentials{BotToken: "xoxb-1", AppToken: "xapp-1", Channel: "x"})
	if err == nil || !contains(err.Error(), "CUSTOMERDESK_SLACK_API_URL") {
		t.Errorf("error %v", err)
	}
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	w := quietWorld(t)
	if problems := w.workspaces().Check(t.Context(), w.tenant); problems != nil {
		t.Fatalf("problems of a sound workspace: %v", problems)
	}
	w.in(func(tx tenant.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE slack_workspaces SET channel_id = 'C0GONE00000'`)
		return err
	})
	if p := w.workspaces().Check(t.Context(), w.tenant); len(p) != 1 || !contains(p[0].Error(), "Northwind Support", "--channel") {
		t.Errorf("problems %v", p)
	}
	w.slack.Uninstall(slackserver.DemoTeam, slackserver.DemoApp)
	if p := w.workspaces().Check(t.Context(), w.tenant); len(p) != 1 || !contains(p[0].Error(), "token_revoked", "slack connect") {
		t.Errorf("problems %v", p)
	}
	none := must(tenant.Add(t.Context(), w.db.Service, "none", "None")).ID
	if p := w.workspaces().Check(t.Context(), none); len(p) != 1 || !errors.Is(p[0], workspace.ErrNotConnected) {
		t.Errorf("problems %v", p)
	}
}

func TestTokensAreSealedInTheDatabase(t *testing.T) {
	w := quietWorld(t)
	w.in(func(tx tenant.Tx) error {
		var row string
		err := tx.QueryRow(t.Context(), `SELECT w::text || encode(bot_token, 'escape') || encode(app_token, 'escape') FROM slack_workspaces w`).Scan(&row)
		if strings.Contains(row, "xoxb-") || strings.Contains(row, "xapp-") {
			t.Error("a token stands in the row")
		}
		return err
	})
}

func TestConnectionFollowsConnectAndDisconnect(t *testing.T) {
	w := newWorld(t, func(sc *slackserver.Config, _ *Config) { otherWorkspace(sc) })
	other, ws := w.newTenant("other", "xoxb-other", "xapp-1-A0OTHER0000-other")
	w.until("a connection of the second app", func() bool { return w.slack.Sockets("A0OTHER0000") == 1 })
	tk := w.mailFrom(other, "Bob", "bob@example.org", "For the other", "words")
	w.until("its card", func() bool { return len(w.slack.Messages(ws.ChannelID)) == 1 })
	if n := w.cardsOf(tk); n != 0 {
		t.Error("the card is in the first tenant's channel too")
	}
	gone, err := w.workspaces().Disconnect(t.Context(), other, "")
	if err != nil || gone.TeamID != ws.TeamID {
		t.Fatalf("disconnected %+v, %v", gone, err)
	}
	w.until("the end of its connection", func() bool { return w.slack.Sockets("A0OTHER0000") == 0 && w.slack.Sockets(slackserver.DemoApp) == 1 })
	if _, err := w.workspaces().Disconnect(t.Context(), other, ""); !errors.Is(err, workspace.ErrNotConnected) {
		t.Errorf("a second time: %v", err)
	}
}

func TestBrokenConnectionIsOpenedAgain(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("Reconnect", "Hello")
	card := w.card(tk)
	for _, end := range []func(){w.slack.CloseSockets, func() { w.slack.Disconnect("refresh_requested") }} {
		before := w.slack.SocketsSoFar()
		end()
		w.until("a new connection instead of the old one", func() bool {
			return w.slack.SocketsSoFar() > before && w.slack.Sockets(slackserver.DemoApp) == 1
		})
	}
	w.ok(w.slack.As(maya).Press(w.ctx(), card.Channel, card.TS, draw.ActAssign))
	w.state("the assignment", func() bool { return w.ticket(tk).AssigneeID != nil })
}

func TestRevokedAppTokenIsNotedWithItsCure(t *testing.T) {
	w := quietWorld(t)
	d, err := w.app.desk(t.Context(), w.tenant, w.ws.TeamID)
	w.ok(err)
	d.Workspace.AppToken = workspace.NewToken("xapp-1-" + slackserver.DemoApp + "-revoked")
	w.in(func(tx tenant.Tx) error { _, err := d.Save(t.Context(), tx, w.box); return err })
	w.runWithoutSocket()
	w.state("the error", func() bool {
		list, err := w.workspaces().List(t.Context(), w.tenant)
		w.ok(err)
		return contains(list[0].LastError, "app token", "slack connect")
	})
}

func TestUnacknowledgedPressIsWorkedOnOnce(t *testing.T) {
	w := newWorld(t, func(sc *slackserver.Config, _ *Config) { sc.AckTimeout = time.Second })
	tk := w.mail("Ack", "Hello")
	card := w.card(tk)
	w.state("the card's ts", func() bool { return w.row(tk).TS != "" })
	w.reply(tk, "Hello")
	w.until("no event under way", func() bool { return w.slack.Pending() == 0 })
	w.slack.DropAcks(1, "message")
	ts, err := w.slack.As(maya).Say(card.Channel, card.TS, "said once")
	w.ok(err)
	w.until("a repeated delivery", func() bool {
		return slices.ContainsFunc(w.slack.Deliveries(), func(d slackserver.Delivery) bool { return d.Type == "message" && d.Attempts >= 2 && d.Err == nil })
	})
	w.until("the mark", func() bool { m, _ := w.slack.Message(card.Channel, ts); return len(m.Reactions) == 1 })
	if n := len(w.comments(tk)); n != 2 {
		t.Errorf("%d comments, want 2", n)
	}
}
