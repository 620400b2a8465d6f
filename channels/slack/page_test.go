package slack

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/browser"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestNoticeIsWorkedOnInTheBrowser(t *testing.T) {
	h := newHolding(t)
	h.run()
	h.arrives(h.raw("Please let me in"))
	one := h.notice("Please let me in")
	h.arrives(h.large("Film of the leaking roof"))
	h.notice("Film of the leaking roof")
	tab := browser.New(t)
	tab.Open(h.slack.URL() + "/?as=" + slackserver.DemoMaya)
	on := fmt.Sprintf("[data-ts=%q] ", one.TS)
	tab.WaitText(on, "Film of the leaking roof")
	tab.Shot("slack-quarantine")
	tab.ClickText(on+"button", "Release")
	tab.WaitText("dialog.confirm", "Release this mail?")
	tab.Shot("slack-quarantine-confirm")
	tab.ClickText("dialog.confirm button", "Cancel")
	tab.WaitGone("dialog.confirm")
	tab.ClickText(on+"button", "Release")
	tab.ClickText("dialog.confirm button", "Release")
	tab.WaitText(on, "Released by Maya Okafor")
	tab.WaitText(".message", "Assign to me") // the ticket's card
	tab.Shot("slack-quarantine-decided")
}

// The notices of all kinds, for a look at them beside each other.
func TestNoticesFitTheChannel(t *testing.T) {
	w := newWorld(t)
	d, err := w.app.desk(w.ctx(), w.tenant, w.ws.TeamID)
	w.ok(err)
	now := time.Now()
	number, by := tickets.Number(12), "Jonas Brekke"
	held := func(state inbox.State) inbox.Held {
		return inbox.Held{ID: uuid.UUID{15: 1}, FromName: "Ann <Ames>", FromEmail: "ann@customer.example", Subject: "Invoice *2026* <!channel>", ReceivedAt: now,
			Size: 4200, Folder: "INBOX", Whole: true, Reason: "the mail cannot be read: it is malformed", State: state, DecidedAt: &now}
	}
	stored := held(inbox.Stored)
	stored.Ticket, stored.DecidedBy = &number, by
	sheets := []sheet{}
	add := func(s sheet) { s.Kind, s.Subject = kindNotice, uuid.New(); sheets = append(sheets, s) }
	blocks, text := draw.Outage(draw.Mailbox{Address: "support@northwind.example", LastError: "connection refused"}, now, false)
	add(sheet{Blocks: blocks, Text: text})
	blocks, text = draw.Held(inbox.Notice{Mailbox: "support@northwind.example", Total: 9, Waiting: 7,
		Mail: []inbox.Held{stored, held(inbox.Dropped), held(inbox.Quarantined)}})
	add(sheet{Blocks: blocks, Text: text})
	for _, s := range sheets {
		_, err := w.app.show(w.ctx(), d, s, message{}, webapi.Threads)
		w.ok(err)
	}
	tab := browser.New(t)
	tab.Open(w.slack.URL() + "/?as=" + slackserver.DemoMaya)
	tab.WaitText(".message", "9 mails to support@northwind.example were set aside")
	tab.WaitText(".message", "Invoice *2026* <!channel>")
	tab.WaitText(".message", "Released by Jonas Brekke")
	tab.WaitText(".message", "Dropped on the command line")
	tab.WaitText(".message", "and 6 more")
	tab.Shot("slack-notices")
}
