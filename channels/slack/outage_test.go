package slack

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestMailboxOutageIsToldOnceAndItsEndToo(t *testing.T) {
	var mu sync.Mutex
	since := time.Now().Add(-time.Minute).Truncate(time.Microsecond)
	box := draw.Mailbox{Address: "support@northwind.example", LastError: "connection refused", FailingSince: &since}
	w := newWorld(t, func(_ *slackserver.Config, cfg *Config) {
		cfg.Mailboxes = func(context.Context, tenant.Tx, uuid.UUID) (draw.Mailbox, error) {
			mu.Lock()
			defer mu.Unlock()
			return box, nil
		}
	})
	id := uuid.New()
	tell := func() {
		w.in(func(tx tenant.Tx) error { return w.queue.Insert(w.ctx(), tx, OutageNotice(w.tenant, id, since)) })
	}
	tell()
	tell()
	w.until("the notice", func() bool { return len(w.slack.Messages(w.ws.ChannelID)) == 1 })
	m := w.slack.Messages(w.ws.ChannelID)[0]
	if !contains(m.VisibleText(), "No mail arrives for support@northwind.example", "customerdesk mailbox test", "connection refused") {
		t.Errorf("notice reads %q", m.VisibleText())
	}
	mu.Lock()
	box.FailingSince, box.LastError = nil, ""
	mu.Unlock()
	tell()
	tell()
	w.until("the end", func() bool {
		list := w.slack.Thread(w.ws.ChannelID, m.TS)
		return len(list) == 2 && contains(list[0].VisibleText(), "arrives again") && contains(list[1].VisibleText(), "arrives again")
	})
	if n := len(w.slack.AllMessages(w.ws.ChannelID)); n != 2 {
		t.Errorf("%d messages, want the notice and its end", n)
	}
}

func TestRefusedRecipientIsANoticeInTheThread(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("Bounce", "Hello")
	c := w.comment(tk, tickets.NewComment{Kind: tickets.Public, Text: "our answer",
		Author: tickets.Actor{Kind: tickets.ByMember, User: w.maya.Person.ID, Via: tickets.BySlack}})
	w.in(func(tx tenant.Tx) error {
		return w.desk.Record(w.ctx(), tx, tickets.Event{TicketID: tk.ID, Kind: tickets.DeliveryChanged, To: "bounced", Subject: &c.ID.UUID,
			Actor: tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByItself}})
	})
	w.reply(tk, "the customer did not get it", "answer again")
}

func TestAutomaticMailThatWasNotSentIsANoticeInTheThread(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("Storm", "Hello")
	w.in(func(tx tenant.Tx) error {
		return w.desk.Record(w.ctx(), tx, tickets.Event{TicketID: tk.ID, Kind: tickets.NoticeHeld, To: "receipt", Detail: "ann@customer.example got <5> automatic mails within an hour",
			Actor: tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail}})
	})
	w.reply(tk, `The automatic mail "receipt" was not sent`, "got &lt;5&gt; automatic mails within an hour")
}
