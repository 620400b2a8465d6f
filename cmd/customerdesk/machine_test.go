package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestBounceComesFromTheMailServerToSlackAndStopsAutomaticMail(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	v := s.serve()
	s.stored(s.deliver(letter{from: "Ada Lovelace <" + ada + ">", subject: "Charger blinks red", text: "How do I charge it?"}))
	card := s.card("Charger blinks red")
	s.do("ticket", "reply", "1", "--text", "Let it warm up.", "--as", "jonas@northwind.example")
	s.mailHas("the answer", func() bool { return len(s.mail.Submitted()) == 1 })
	answer := strings.Trim(s.mail.Submitted()[0].MessageID(), "<>")

	// An out-of-office note is kept as one, and a bounce says whom the answer did not reach, and why.
	away := s.deliver(letter{from: ada, subject: "Automatic reply: Charger blinks red", text: "I am out of the office.", inReplyTo: "<" + answer + ">"})
	s.stored(away)
	s.reply(card, "sent an automatic reply", "out of the office")
	s.ok(s.put(support, bounceOf(answer)))
	s.reply(card, "An answer came back", ada, "no such address", "5.1.1")

	ticket := s.show(1)
	for _, k := range ticket["comments"].([]any) {
		k := k.(map[string]any)
		switch {
		case k["author"].(map[string]any)["kind"] == "member":
			if detail := fmt.Sprint(k["delivery_detail"]); k["delivery"] != "bounced" || !hasAll(detail, []string{"hard", "5.1.1", ada}) {
				t.Errorf("the answer is %v: %s", k["delivery"], detail)
			}
		case k["message_id"] == away:
			if k["class"] != "auto-reply" || k["kind"] != "internal" {
				t.Errorf("the automatic reply is %v", k)
			}
		}
	}
	if ticket["status"] != "in-progress" {
		t.Errorf("status %v", ticket["status"])
	}
	person := read[object](s.shell, "customer", "show", ada)
	if no, ok := person["suppressed"].(map[string]any); !ok || no["reason"] != "no-such-address" || no["status"] != "5.1.1" {
		t.Errorf("suppressed: %v", person["suppressed"])
	}
	if text := s.do("customer", "show", ada); !strings.Contains(text, "bounced on") {
		t.Errorf("the person is shown as\n%s", text)
	}
	for _, m := range read[[]object](s.shell, "message", "list") {
		failures := m["failures"].([]any)
		if m["class"] == "bounce" && (len(failures) != 1 || failures[0].(map[string]any)["hard"] != true || m["state"] != "stored") {
			t.Errorf("the bounce is listed as %v", m)
		}
	}

	// A member who answers all the same is warned, also after a mail that claims to come from the address.
	s.do("ticket", "reply", "1", "--text", "Did you get my answer?", "--as", "jonas@northwind.example")
	s.reply(card, "may not arrive", "no such address")
	s.mailHas("the second answer", func() bool { return len(s.mail.Submitted()) == 2 })
	s.stored(s.deliver(letter{from: ada, subject: "Re: Charger blinks red", text: "Here I am again.", inReplyTo: "<" + answer + ">"}))
	if again := read[object](s.shell, "customer", "show", ada); again["suppressed"] == nil {
		t.Error("a mail that anybody may have written makes the address good again")
	}
	v.stop()
}

// bounceOf is what an old mail server writes, without a delivery status.
func bounceOf(id string) []byte {
	return []byte(strings.ReplaceAll("Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: "+support+"\nSubject: failure notice\nMessage-ID: <b1@mx.example>\n\n"+
		"Hi. This is the mail program at mx.example.\nYour message could not be delivered to the following addresses.\n\n<"+ada+">:\nRemote host said: 550 5.1.1 no mailbox here by that name\n\n"+
		"--- Below this line is a copy of the message.\n\nReceived: by mx.example\nMessage-ID: <"+id+">\nTo: "+ada+"\n\nLet it warm up.\n", "\n", "\r\n"))
}
