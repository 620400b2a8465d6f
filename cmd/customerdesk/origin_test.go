package main

import (
	"strings"
	"testing"
)

// deliverSaying puts a mail into the support mailbox that a mail server has written results above.
func (s *site) deliverSaying(results string, l letter) string {
	s.Helper()
	id, raw := s.compose(l)
	s.ok(s.put(support, append([]byte("Authentication-Results: "+results+"\r\nReceived: from somewhere by mx.northwind.example with ESMTPS id 1; Mon, 2 Mar 2026 09:00:00 +0000\r\n"), raw...)))
	return id
}

func TestAForgedMailIsShownAsSuchAndJoinsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noBoxes: true})
	s.failsWith(exitUsage, []string{"authserv-id", "mx acme"}, "mailbox", "add", support, "--imap", s.mail.IMAPURL(support), "--smtp", s.mail.SMTPURL(support), "--auth-results", "mx acme")
	s.addMailbox(support, "--auth-results", "MX.Northwind.Example")
	v := s.serve()

	const title = "Where is my parcel"
	first := s.deliverSaying("mx.northwind.example; dmarc=pass header.from=analytical.example", letter{from: ada, subject: title, text: "It has not come."})
	s.stored(first)
	forged := s.deliverSaying("mx.northwind.example; dmarc=fail (p=reject) header.from=analytical.example",
		letter{from: ada, subject: "Re: " + title, text: "Send it to another address.", inReplyTo: "<" + first + ">"})
	s.stored(forged)
	if n := s.numberOf(forged); n != 2 {
		t.Errorf("the forged mail is on ticket %d", n)
	}
	for number, want := range map[string]string{"1": "pass", "2": "fail"} {
		comments := read[object](s.shell, "ticket", "show", number)["comments"].([]any)
		if got := comments[0].(object)["auth"]; len(comments) != 1 || got != want {
			t.Errorf("ticket %s: %d comments, verdict %v", number, len(comments), got)
		}
	}
	if text := s.do("ticket", "show", "2"); !strings.Contains(text, "SENDER NOT VERIFIED") {
		t.Errorf("ticket show says nothing of the sender: %s", text)
	}
	s.slackHas("the warning on the card", func() bool {
		for _, card := range s.cards("Re: " + title) {
			if strings.Contains(card.VisibleText(), "The sender could not be verified") {
				return true
			}
		}
		return false
	})
	s.slackHas("the warning in the thread", func() bool {
		for _, card := range s.cards("Re: " + title) {
			if len(s.inThread(card, "The sender of this mail could not be verified")) == 1 {
				return true
			}
		}
		return false
	})

	list := read[[]object](s.shell, "message", "list")
	if len(list) != 2 || list[1]["auth"] != "fail" || !strings.Contains(list[1]["auth_reason"].(string), "mx.northwind.example") {
		t.Errorf("messages %v", list)
	}
	if text := s.do("message", "show", list[1]["id"].(string)); !strings.Contains(text, "Sender verified: fail (DMARC fails for analytical.example") {
		t.Errorf("message show: %s", text)
	}

	// Nobody's word counts any more.
	s.do("mailbox", "set", support, "auth-results=", "from-name=Northwind")
	box := read[[]object](s.shell, "mailbox", "list")[0]
	if ids, ok := box["auth_results"].([]any); !ok || len(ids) != 0 {
		t.Errorf("mailbox %v", box)
	}
	again := s.deliverSaying("mx.northwind.example; dmarc=pass header.from=analytical.example", letter{from: ada, subject: "Another thing", text: "Hello."})
	s.stored(again)
	comments := s.show(s.numberOf(again))["comments"].([]any)
	if got := comments[0].(object)["auth"]; got == "pass" || got == "fail" {
		t.Errorf("verdict %v where nobody is trusted", got)
	}
	s.failsWith(exitUsage, []string{"auth-results", "from-name"}, "mailbox", "set", support, "colour=red")
	s.failsWith(exitUsage, []string{"authserv-id"}, "mailbox", "set", support, "auth-results=mx.northwind.example,*")
	s.failsWith(exitUsage, []string{"KEY=VALUE"}, "mailbox", "set", support)
	v.stop()
}
