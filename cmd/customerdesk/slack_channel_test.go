package main

import (
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

func TestChannelsAreGivenByCommand(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	s.failsWith(exitUsage, []string{"CHANNEL"}, "slack", "channel", "add")
	s.failsWith(exitUsage, []string{"priority"}, "slack", "channel", "add", "general", "--priority", "huge")
	s.failsWith(exitFailed, []string{"nobody@northwind.example", "mailbox list"}, "slack", "channel", "add", "general", "--mailbox", "nobody@northwind.example")
	s.failsWith(exitFailed, []string{"#nowhere", "/invite"}, "slack", "channel", "add", "nowhere")
	s.failsWith(exitFailed, []string{"elsewhere", "Northwind Support"}, "slack", "channel", "add", "general", "--team", "elsewhere")
	s.do("slack", "channel", "add", "#general", "--mailbox", support)
	list := read[[]object](s.shell, "slack", "channel", "list")
	if len(list) != 2 {
		t.Fatalf("channels %v, want 2", list)
	}
	keys(t, "slack channel list", list[1], "team", "team_id", "channel", "channel_id", "mailbox", "priority", "main", "tickets")
	if rule := list[1]; rule["channel"] != "general" || rule["mailbox"] != support || rule["priority"] != nil || rule["main"] != false {
		t.Errorf("the rule is %v", rule)
	}
	ws := read[[]object](s.shell, "slack", "list")[0]
	keys(t, "slack list", ws, "team", "team_id", "enterprise_id", "channel", "channel_id", "channels", "last_error", "missing_scopes", "installed", "socket_mode", "token_expires_at", "created_at")
	if n := len(ws["channels"].([]any)); n != 2 || ws["installed"] != true {
		t.Errorf("the workspace is %v", ws)
	}
	s.serve()
	s.deliver(letter{from: "Ada Lovelace <" + ada + ">", subject: "By the mailbox's channel", text: "Hello"})
	s.slackHas("the card in the mailbox's channel", func() bool { return len(s.slack.Messages(slackserver.DemoGeneral)) == 1 })
	s.failsWith(exitFailed, []string{"slack channel list"}, "slack", "channel", "remove", "general")
	s.do("slack", "channel", "remove", "general", "--mailbox", support)
	s.failsWith(exitFailed, []string{"add another one first"}, "slack", "channel", "remove", "#support")
}
