package main

import (
	"bytes"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
	"testing"
)

func TestCustomerLeavesAutomaticMailByOneClick(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	addr := freeAddress(t)
	s.shell = s.with("HTTP_ADDR", addr).with("PUBLIC_URL", "http://"+addr)
	s.do("template", "on", "receipt")
	v := s.serve()
	s.stored(s.deliver(letter{from: ada, subject: "Charger blinks red", text: "Why?"}))
	card := s.card("Charger blinks red")
	s.mailHas("the receipt", func() bool { return len(s.mail.Submitted()) == 1 })
	m, err := mail.ReadMessage(bytes.NewReader(s.mail.Submitted()[0].Raw))
	s.ok(err)
	way, _, _ := strings.Cut(m.Header.Get("List-Unsubscribe"), ">")
	if m.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" || !strings.HasPrefix(way, "<http://"+addr+"/t/") {
		t.Fatalf("the receipt's header: %v", m.Header)
	}
	if status, text, _ := s.browse("GET", way[1:]); status != http.StatusOK || !strings.Contains(text, "Stop automatic mail?") {
		t.Errorf("%d %s", status, text)
	}
	s.stored(s.deliver(letter{from: ada, subject: "A look changes nothing", text: "Why?"}))
	s.mailHas("the second receipt", func() bool { return len(s.mail.Submitted()) == 2 })

	res, err := http.PostForm(way[1:], url.Values{"List-Unsubscribe": {"One-Click"}})
	s.ok(err)
	s.ok(res.Body.Close())
	if res.StatusCode != http.StatusOK {
		t.Errorf("%s", res.Status)
	}
	s.reply(card, "asked for no more automatic mail")
	s.stored(s.deliver(letter{from: ada, subject: "And now none", text: "Why?"}))
	s.reply(s.card("And now none"), "was not sent", "asked for no automatic mail")
	v.stop()
	if n := len(s.mail.Submitted()); n != 2 {
		t.Errorf("%d mails", n)
	}
}
