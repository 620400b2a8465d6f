package main

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

func TestRestartOfPostgresAndDovecotUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{durable: true, dovecot: true, noSlack: true})
	v := s.serve()
	var ids []string
	load := func(n int) *sync.WaitGroup {
		var work sync.WaitGroup
		base := len(ids)
		raws := make([][]byte, n)
		for i := range raws {
			id, raw := s.compose(letter{from: customer(i), subject: fmt.Sprintf("Letter %d", base+i), text: "Hello"})
			ids, raws[i] = append(ids, id), raw
		}
		work.Go(func() {
			for _, raw := range raws {
				if err := s.put(support, raw); err != nil {
					t.Error(err)
				}
			}
		})
		return &work
	}
	all := func(what string) {
		s.until(what, func() bool {
			return s.count(`SELECT count(DISTINCT message_id) FROM ticket_comments`) == len(ids)
		})
	}
	// A shutdown that ends what is under way, and a crash.
	for _, how := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT} {
		work := load(40)
		s.stored(ids[len(ids)-40])
		s.db.Stop(t, how)
		work.Wait()
		s.db.Start(t)
		s.super.Reset()
		all("all mails after the database came back")
	}
	work := load(40)
	s.stored(ids[len(ids)-40])
	s.ok(s.dovecot.Restart(t.Context()))
	work.Wait()
	all("all mails after Dovecot came back")
	if n := s.count(`SELECT count(*) FROM ticket_comments`); n != len(ids) {
		t.Errorf("%d comments for %d mails", n, len(ids))
	}
	s.until("/readyz", v.isReady)
	s.sentOnce(s.answer(1, "Thank you."))
	v.stop()
}

func TestFaultsOfSlackAreOutlived(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	v := s.serve()
	for i, f := range []slackserver.Fault{
		{Method: "chat.postMessage", Kind: slackserver.RateLimited, Times: 1, RetryAfter: 3 * time.Second},
		{Method: "chat.postMessage", Kind: slackserver.ServerError, Times: 2},
		{Method: "chat.postMessage", Kind: slackserver.Hang, Times: 1},
		{Method: "chat.postMessage", Kind: slackserver.LoseAnswer, Times: 1},
	} {
		s.slack.Inject(f)
		began := time.Now()
		title := fmt.Sprintf("Card behind the fault %s", f.Kind)
		id := s.deliver(letter{from: customer(i), subject: title, text: "Hello"})
		s.oneTicket(id, title)
		if took := time.Since(began); took < f.RetryAfter {
			t.Errorf("posted %v after the mail, before Retry-After was over", took)
		}
	}
	s.allShown(4)
	v.stop()
}

func TestFaultsOfSMTPAreRetriedAndARefusedRecipientIsShown(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	v := s.serve()

	id := s.deliver(letter{from: ada, subject: "Refused", text: "Hello"})
	s.stored(id)
	s.mail.Inject(mailserver.RcptRefused, 1)
	refused := s.answer(s.numberOf(id), "This does not arrive.")
	s.delivery(refused, "failed")
	s.reply(s.card("Refused"), "could not be sent", "mailbox unavailable")
	comments := s.show(s.numberOf(id))["comments"].([]any)
	last := comments[len(comments)-1].(object)
	if last["delivery"] != "failed" || !strings.Contains(fmt.Sprint(last["delivery_detail"]), "mailbox unavailable") {
		t.Errorf("the answer is %v: %v", last["delivery"], last["delivery_detail"])
	}

	s.mail.Inject(mailserver.DataDeferred, 1)
	deferred := s.answer(s.numberOf(id), "This arrives late.")
	s.mailHas("the deferral", func() bool { return s.mail.Pending(mailserver.DataDeferred) == 0 })
	s.sentOnce(deferred)
	if n := s.mail.Copies(refused); n != 0 {
		t.Errorf("the refused answer was sent %d times", n)
	}
	v.stop()
}

func TestFaultOfOneMailboxDelaysNoOtherAndIsToldOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	s.addMailbox(billing)
	v := s.serve()
	first, raw := s.compose(letter{from: ada, subject: "Before the fault", text: "Hello"})
	s.ok(s.put(support, raw))
	s.stored(first)
	s.card("Before the fault")

	// The password of one mailbox is wrong from now on.
	wrong := s.with("TENANT", "northwind")
	wrong.do("mailbox", "remove", support)
	wrong.do("mailbox", "add", support, "--no-check", "--imap", strings.Replace(s.imap.url(t, s.imapURL(support)), password, "wrong", 1), "--smtp", s.mail.SMTPURL(support))
	notice := func() []slackserver.Message { return s.cards(support) }
	s.slackHas("the notice", func() bool { return len(notice()) > 0 })
	began := time.Now()
	other, raw := s.compose(letter{from: ada, to: billing, subject: "Beside the fault", text: "Hello"})
	s.ok(s.put(billing, raw))
	s.stored(other)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the other mailbox took %v", took)
	}
	for _, box := range read[[]object](s.shell, "mailbox", "list") {
		keys(t, "mailbox list", box, "address", "kind", "state", "last_poll_at", "last_error", "uid_validity", "last_uid", "received", "quarantined", "failing_since")
		failing := box["address"] == support
		if (box["state"] == "failing") != failing || (box["last_error"] != "") != failing || (box["failing_since"] != nil) != failing {
			t.Errorf("mailbox list: %v", box)
		}
	}

	// It is mended: taken away and added again as it should be, with what came meanwhile.
	missed, raw := s.compose(letter{from: ada, subject: "During the fault", text: "Hello"})
	s.ok(s.put(support, raw))
	s.do("mailbox", "remove", support)
	s.addMailbox(support, "--since", "all")
	s.stored(missed)
	if n := s.comments(first); n != 1 {
		t.Errorf("what was there before is %d comments", n)
	}
	s.idle()
	if n := len(notice()); n != 1 {
		t.Errorf("%d notices in Slack", n)
	}
	v.stop()
}

func TestFaultOfTheMailServerEndsByItself(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true})
	v := s.serve()
	s.stored(s.deliver(letter{from: ada, subject: "Before", text: "Hello"}))
	box := func() object { return read[[]object](s.shell, "mailbox", "list")[0] }
	s.mail.SetDown(true)
	s.until("the failing state", func() bool { return s.count(`SELECT count(*) FROM mailboxes WHERE failing_since IS NOT NULL`) == 1 })
	if b := box(); b["state"] != "failing" || b["last_error"] == "" || b["failing_since"] == nil {
		t.Errorf("while it is down: %v", b)
	}
	s.mail.SetDown(false)
	s.stored(s.deliver(letter{from: ada, subject: "After", text: "Hello"}))
	s.until("the active state", func() bool { return s.count(`SELECT count(*) FROM mailboxes WHERE failing_since IS NULL`) == 1 })
	if b := box(); b["state"] != "active" || b["last_error"] != "" || b["failing_since"] != nil {
		t.Errorf("when it is back: %v", b)
	}
	v.stop()
}
