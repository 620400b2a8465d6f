package main

import (
	"fmt"
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/daemon"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

// An app without Socket Mode makes requests; the day's work is the same.
func TestSlackByRequestsDoesTheWholeJob(t *testing.T) {
	ports, err := daemon.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", ports[0])
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true, slackAt: "http://" + address})
	s.env["HTTP_ADDR"] = address
	connect := []string{"slack", "connect", "--bot-token", slackserver.DemoBotToken, "--channel", "#support"}
	s.failsWith(exitFailed, []string{"--app-token", "CUSTOMERDESK_SLACK_SIGNING_SECRET"}, connect...)
	s.env["SLACK_SIGNING_SECRET"] = slackserver.DemoSecret
	s.do(connect...)
	s.serve()
	s.ok(s.slack.VerifyURL(t.Context(), slackserver.DemoApp))

	s.deliver(letter{from: "Ada Lovelace <" + ada + ">", subject: "The battery does not charge", text: "A red light blinks while the battery charges."})
	card := s.card("The battery does not charge")
	s.approve(maya, s.suggestion(card))
	s.mailHas("the answer", func() bool { return len(s.mail.Submitted()) == 1 })
	s.reply(card, "Sent to the customer")
	s.ok(s.slack.As(jonas).Select(t.Context(), card.Channel, card.TS, chooseStatus, "resolved"))
	s.slackHas("the new status", func() bool { return hasAll(s.card("The battery does not charge").VisibleText(), []string{"Resolved"}) })
	if n := s.slack.Sockets(slackserver.DemoApp); n != 0 {
		t.Errorf("%d connections, want none", n)
	}
}
