package slack

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

func TestAStormOfARobotIsOneNoticeThatIsBroughtUpToDate(t *testing.T) {
	w := newWorld(t)
	var uid uint32
	start := time.Now()
	clock := func() time.Time { return start.Add(time.Duration(uid) * (time.Minute + time.Second)) } // so that each mail is told of
	robots := inbox.New(inbox.Config{Pool: w.db.Service, Desk: w.desk, Box: w.box, Clock: clock, Logger: slog.New(slog.DiscardHandler),
		Alerted: func(ctx context.Context, tx tenant.Tx, id uuid.UUID, _ time.Time) error {
			return w.queue.Insert(ctx, tx, WarningNotice(tx.Tenant(), id, time.Now()))
		}})
	var mailbox inbox.MailboxID
	w.in(func(tx tenant.Tx) error {
		m, err := inbox.AddMailbox(w.ctx(), tx, w.box, inbox.NewMailbox{
			Mailbox: inbox.Mailbox{Address: "support@northwind.example", IMAP: "imap://mail.example", SMTP: "smtp://mail.example"}, Credentials: []byte("x")})
		mailbox = m.ID
		return err
	})
	write := func(n int) {
		for range n {
			uid++
			body := fmt.Sprintf("From: <!channel> <robot@desk.example>\r\nTo: support@northwind.example\r\nSubject: Request %d\r\nMessage-ID: <%d@desk.example>\r\nAuto-Submitted: auto-generated\r\n\r\nThank you, %[1]d.\r\n", 100+uid, uid)
			got, err := robots.Accept(w.ctx(), []inbox.Raw{{Tenant: w.tenant, Mailbox: mailbox, Folder: "INBOX", UIDValidity: 1, UID: uid, ReceivedAt: clock(), Size: int64(len(body)), Body: []byte(body)}})
			if err != nil || got != 1 {
				t.Fatalf("stored %d: %v", got, err)
			}
		}
	}
	notices := func() (list []string) {
		for _, m := range w.slack.Messages(w.ws.ChannelID) {
			if text := m.VisibleText(); strings.Contains(text, "again and again") {
				list = append(list, text)
			}
		}
		return list
	}
	write(6)
	w.until("the notice", func() bool { return len(notices()) == 1 })
	if text := notices()[0]; !contains(text, "A program at robot@desk.example", "1 mail after the first tickets", "kept on ticket #5", "nothing is lost", "Ask whoever runs the program") {
		t.Errorf("the notice reads %q", text)
	}
	write(7)
	w.until("the count", func() bool { return len(notices()) == 1 && contains(notices()[0], "8 mails after the first tickets") })
}
