package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/daemon"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

// installed follows a link as somebody does who agrees in Slack, and returns the page at its end.
func (s *site) installed(link string) string {
	s.Helper()
	res, err := http.Get(link)
	s.ok(err)
	_ = res.Body.Close()
	asked := res.Request.URL // where the link led
	form := asked.Query()
	form.Set("decision", "allow")
	res, err = http.PostForm(strings.SplitN(asked.String(), "?", 2)[0], form)
	s.ok(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	s.ok(err)
	return string(text)
}

// slackByLink is a site where Slack is to be installed by a link, and its service.
func slackByLink(t *testing.T) *site {
	ports, err := daemon.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	public := fmt.Sprintf("http://127.0.0.1:%d", ports[0])
	s := newSite(t, siteOptions{noSlack: true, slackAt: public})
	s.failsWith(exitFailed, []string{"CUSTOMERDESK_PUBLIC_URL", "CUSTOMERDESK_SLACK_CLIENT_ID"}, "slack", "install")
	s.env["HTTP_ADDR"], s.env["PUBLIC_URL"] = strings.TrimPrefix(public, "http://"), public
	s.env["SLACK_CLIENT_ID"], s.env["SLACK_CLIENT_SECRET"], s.env["SLACK_SIGNING_SECRET"] = slackserver.DemoClientID, slackserver.DemoClientKey, slackserver.DemoSecret
	return s
}

func TestSlackIsInstalledByALink(t *testing.T) {
	t.Parallel()
	s := slackByLink(t)
	s.failsWith(exitUsage, []string{"--valid"}, "slack", "install", "--valid", "1s")
	s.serve()
	link := read[object](s.shell, "slack", "install")
	keys(t, "slack install", link, "url", "expires_at")
	if u, err := url.Parse(link["url"].(string)); err != nil || u.Path != "/slack/install" || u.Query().Get("state") == "" {
		t.Fatalf("link %v, %v", link, err)
	}
	s.stored(s.deliver(letter{from: "Ada Lovelace <" + ada + ">", subject: "Before Slack", text: "Hello"}))
	if text := s.installed(link["url"].(string)); !strings.Contains(text, "installed in Northwind Support") {
		t.Fatalf("the page at the end: %s", text)
	}
	if ws := read[[]object](s.shell, "slack", "list")[0]; !strings.Contains(ws["last_error"].(string), "slack channel add") || ws["socket_mode"] != false {
		t.Errorf("the workspace %v", ws)
	}
	s.do("slack", "channel", "add", "#support")
	card := s.card("Before Slack")
	s.ok(s.slack.As(jonas).Select(t.Context(), card.Channel, card.TS, chooseStatus, "resolved"))
	s.slackHas("the new status", func() bool { return hasAll(s.card("Before Slack").VisibleText(), []string{"Resolved"}) })
	s.ok(s.slack.VerifyURL(t.Context(), slackserver.DemoApp))
}
