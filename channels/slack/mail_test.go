package slack

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

func TestWholeMailIsOneClickAway(t *testing.T) {
	h := newHolding(t)
	h.run()
	raw := h.raw("Printer")
	raw.Body = []byte(strings.Replace(string(raw.Body), "\r\n\r\nHello\r\n",
		"\r\n\r\nIt is broken again.\r\n\r\n-- \r\nAda Lovelace\r\n\r\nOn Mon, 2 Mar 2026 at 09:05, Maya wrote:\r\n> Is it well?\r\n", 1))
	if n, err := h.open.Accept(h.ctx(), []inbox.Raw{raw}); err != nil || n != 1 {
		t.Fatalf("stored %d: %v", n, err)
	}
	var m slackserver.Message
	h.until("the comment", func() bool {
		for _, m = range h.slack.AllMessages(h.ws.ChannelID) {
			if contains(m.VisibleText(), "It is broken again.", "Whole mail") {
				return true
			}
		}
		return false
	})
	if contains(m.VisibleText(), "Is it well?") || contains(m.VisibleText(), "-- ") {
		t.Errorf("history or signature stand unfolded: %q", m.VisibleText())
	}
	h.ok(h.slack.As(priya).Press(h.ctx(), m.Channel, m.TS, draw.ActShowMail))
	if v := h.modal(priya); !contains(v.VisibleText(), "It is broken again.", "Ada Lovelace", "Is it well?") {
		t.Errorf("not the whole mail: %q", v.VisibleText())
	}
}
