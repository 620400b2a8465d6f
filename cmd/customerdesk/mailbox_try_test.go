package main

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
)

func TestMailboxTestFindsOutWhetherSignedAddressesComeBack(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true})
	signed := func() (on, tested bool) {
		m := read[[]object](s.shell, "mailbox", "list")[0]
		return m["signed_replies"].(bool), m["tested_at"] != nil
	}
	if on, tested := signed(); !on || tested {
		t.Errorf("before the first test: signed %v, tested %v", on, tested)
	}
	out := s.do("mailbox", "test", support)
	if !hasAll(out, []string{"both servers let us in", "support+0-", "It came back"}) {
		t.Errorf("says %s", out)
	}
	if on, tested := signed(); !on || !tested {
		t.Errorf("after it came back: signed %v, tested %v", on, tested)
	}

	// With the service at work, which takes the mail away.
	v := s.serve()
	if out := s.do("mailbox", "test", support); !hasAll(out, []string{"It came back"}) {
		t.Errorf("says %s", out)
	}
	id := s.deliver(letter{from: ada, subject: "Bell", text: "It does not ring."})
	s.stored(id)
	s.until("both tests", func() bool {
		return s.count(`SELECT count(*) FROM inbound_messages WHERE subject LIKE 'CustomerDesk tries%' AND state = 'ignored'`) == 2
	})
	if n := s.count(`SELECT count(*) FROM support_tickets`); n != 1 {
		t.Errorf("%d tickets, want the customer's alone", n)
	}

	// A server that knows no such addresses.
	s.mail.Inject(mailserver.RcptRefused, 1)
	if out := s.do("mailbox", "test", support); !hasAll(out, []string{"refuses it", "itself, and message ids"}) {
		t.Errorf("says %s", out)
	}
	if on, _ := signed(); on {
		t.Error("signed addresses are on still")
	}
	s.sentOnce(s.answer(1, "Try the other side."))
	all := s.mail.Submitted()
	m := inbox.Parse(all[len(all)-1].Raw)
	if len(m.ReplyTo) > 0 && strings.Contains(m.ReplyTo[0].Email, "+") {
		t.Errorf("the answer asks for replies to %v", m.ReplyTo)
	}
	again := s.deliver(letter{from: ada, subject: "Re: Bell", text: "It rings.", inReplyTo: "<" + m.MessageID + ">"})
	s.stored(again)
	if n := s.numberOf(again); n != 1 {
		t.Errorf("the reply is on ticket %d", n)
	}
	v.stop()
}

func TestMailboxTestGivesUpOnMailThatDoesNotComeBack(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true, noBoxes: true})
	// What is sent as ada does not come to the support mailbox.
	s.do("mailbox", "add", ada, "--imap", s.imap.url(t, s.imapURL(support)), "--smtp", s.smtp.url(t, s.mail.SMTPURL(ada)), "--no-check")
	if out := s.do("mailbox", "test", ada, "--wait", "1s"); !hasAll(out, []string{"It did not come back within 1s"}) {
		t.Errorf("says %s", out)
	}
	if m := read[[]object](s.shell, "mailbox", "list")[0]; m["signed_replies"] != false {
		t.Errorf("mailbox %v", m)
	}
}

func TestMergeAndSplitByCommand(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true, noBoxes: true})
	s.do("ticket", "new", "--from", ada, "--title", "Bell", "--text", "It does not ring.")
	s.do("ticket", "new", "--from", ada, "--title", "Bell again", "--text", "Still.")
	for range 2 {
		if to := read[object](s.shell, "ticket", "merge", "2", "1"); to["number"] != 1.0 || to["comment_count"] != 2.0 {
			t.Errorf("merged into %v", to)
		}
	}
	merged := s.show(2)
	if merged["merged_into"] != 1.0 || merged["status"] != "closed" || len(merged["comments"].([]any)) != 0 || len(s.show(1)["comments"].([]any)) != 2 {
		t.Errorf("the merged ticket: %v", merged)
	}
	if out := s.do("ticket", "show", "2"); !strings.Contains(out, "merged into #1") {
		t.Errorf("show says %s", out)
	}
	comment := s.show(1)["comments"].([]any)[1].(object)["id"].(string)
	s.do("ticket", "merge", "--undo", "2")
	s.failsWith(exitFailed, []string{"#2 is not merged"}, "ticket", "merge", "--undo", "2")
	s.failsWith(exitUsage, []string{"merge N INTO"}, "ticket", "merge", "2")
	s.failsWith(exitFailed, []string{"no ticket #9"}, "ticket", "merge", "2", "9")
	s.failsWith(exitFailed, []string{"has no comment"}, "ticket", "split", "1", comment)
	s.do("ticket", "merge", "2", "1")
	fresh := read[object](s.shell, "ticket", "split", "1", comment)
	if fresh["number"] != 3.0 || fresh["split_from"] != 1.0 || len(s.show(1)["comments"].([]any)) != 1 {
		t.Errorf("split off: %v", fresh)
	}
	s.do("ticket", "split", "--undo", "3")
	if n := len(s.show(1)["comments"].([]any)); n != 2 {
		t.Errorf("%d comments after undoing", n)
	}
}
