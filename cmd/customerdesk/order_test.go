package main

import (
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox"
)

// freeAddress is one of this machine that nothing listens on.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// browse opens a page and returns its status and text.
func (s *site) browse(method, url string) (int, string, http.Header) {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), method, url, nil)
	s.ok(err)
	res, err := http.DefaultClient.Do(req)
	s.ok(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	s.ok(err)
	return res.StatusCode, string(text), res.Header
}

func TestCustomersResolveAndCloseTheirTicketByMailAndByLink(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	addr := freeAddress(t)
	s.shell = s.with("HTTP_ADDR", addr).with("PUBLIC_URL", "http://"+addr)
	v := s.serve()
	s.with("METRICS_ADDR", "127.0.0.1:0").failsWith(exitFailed, []string{"CUSTOMERDESK_HTTP_ADDR", "choose another address"}, "serve")

	s.stored(s.deliver(letter{from: ada, subject: "Lamp blinks", text: "It blinks all day."}))
	card := s.card("Lamp blinks")
	s.do("ticket", "reply", "1", "--text", "Turn it off and on.", "--now")
	s.mailHas("the answer", func() bool { return len(s.mail.Submitted()) == 1 })
	answer := inbox.Parse(s.mail.Submitted()[0].Raw)
	link := regexp.MustCompile(`Resolve: (http://\S+)`).FindStringSubmatch(answer.FullText)
	if link == nil || len(answer.ReplyTo) == 0 || !strings.Contains(answer.FullText, "body=%23close") {
		t.Fatalf("the answer has no links: %s", answer.FullText)
	}

	for range 2 { // as a link scanner does
		status, text, head := s.browse("GET", link[1])
		if status != http.StatusOK || !strings.Contains(text, "Yes, it is resolved") || !strings.Contains(text, "Lamp blinks") || strings.Contains(text, "<script") {
			t.Fatalf("%d %s", status, text)
		}
		if p := head.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || head.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("header %v", head)
		}
	}
	if got := s.show(1)["status"]; got != "in-progress" {
		t.Errorf("looking at the page made the ticket %v", got)
	}
	for range 2 {
		if status, text, _ := s.browse("POST", link[1]); status != http.StatusOK || !strings.Contains(text, "resolved") {
			t.Errorf("%d %s", status, text)
		}
	}
	if got := s.show(1)["status"]; got != "resolved" {
		t.Errorf("the button made the ticket %v", got)
	}
	if status, _, _ := s.browse("POST", link[1][:len(link[1])-3]+"AAA"); status != http.StatusNotFound {
		t.Errorf("a wrong link gets %d", status)
	}
	if status, _, _ := s.browse("PUT", link[1]); status != http.StatusMethodNotAllowed {
		t.Errorf("PUT gets %d", status)
	}

	id, raw := s.compose(letter{from: ada, to: answer.ReplyTo[0].Email, subject: "[#1]", text: "#Close."})
	s.ok(s.put(support, raw))
	s.stored(id)
	if got := s.show(1)["status"]; got != "closed" || s.numberOf(id) != 1 {
		t.Errorf("the command made the ticket %v", got)
	}
	s.slackHas("the command in the thread", func() bool { return len(s.inThread(card, "#close", "by mail")) == 1 })
	if n := len(s.inThread(card, "#Close.")); n != 0 {
		t.Errorf("%d cards of an empty comment", n)
	}

	s.do("template", "on", "satisfaction")
	s.stored(s.deliver(letter{from: ada, subject: "Fuse is hot", text: "It smells."}))
	s.do("ticket", "reply", "2", "--text", "Replace it.", "--now")
	s.mailHas("the second answer", func() bool { return len(s.mail.Submitted()) == 2 })
	s.do("ticket", "set", "2", "status=resolved")
	s.mailHas("the question", func() bool { return len(s.mail.Submitted()) == 3 })
	link = regexp.MustCompile(`- 3: (http://\S+)`).FindStringSubmatch(inbox.Parse(s.mail.Submitted()[2].Raw).FullText)
	if link == nil {
		t.Fatalf("the question has no links: %s", s.mail.Submitted()[2].Raw)
	}
	if status, text, _ := s.browse("GET", link[1]); status != http.StatusOK || !strings.Contains(text, `value="3" checked`) || s.show(2)["satisfaction"] != nil {
		t.Errorf("%d %s", status, text)
	}
	if status, text, _ := s.browse("POST", link[1]); status != http.StatusOK || !strings.Contains(text, "3 of 5") {
		t.Errorf("%d %s", status, text)
	}
	if r, ok := s.show(2)["satisfaction"].(map[string]any); !ok || r["score"] != 3.0 || r["comment"] != "" {
		t.Errorf("satisfaction %v", r)
	}
	s.slackHas("the mark in the thread", func() bool { return len(s.inThread(s.card("Fuse is hot"), "3 of 5")) == 1 })
	v.stop()
}
