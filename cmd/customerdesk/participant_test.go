package main

import (
	"strings"
	"testing"
)

func TestTicketShowSaysWhoTakesPartWhatIsHiddenAndWhatBecameOfAnAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	s.do("tenant", "set", "undo_window=10m")
	v := s.serve()
	defer v.stop()
	first := s.deliver(letter{from: ada, cc: "Bob Bell <bob@partner.example>", subject: "Charger", text: "It blinks.\n\n-- \nAda\nAnalytical Engines Ltd"})
	s.stored(first)
	s.contains("the people", s.do("ticket", "show", "1"), "requester: ada@analytical.example", "gets the answers", "cc: Bob Bell <bob@partner.example>, gets a copy", "3 more lines", "message show", "--raw")

	said := s.do("ticket", "reply", "1", "--text", "Let it warm up.")
	s.contains("the reply", said, "analytical.example", "with copies to Bob Bell <bob@partner.example>")
	reply := read[object](s.shell, "ticket", "reply", "1", "--text", "Then charge it.")
	if to, cc := reply["to"].([]any), reply["cc"].([]any); len(to) != 1 || len(cc) != 1 || cc[0].(object)["email"] != "bob@partner.example" {
		t.Errorf("the reply goes to %v, %v", to, cc)
	}
	if note := read[object](s.shell, "ticket", "note", "1", "--text", "Hm."); len(note["to"].([]any)) != 0 {
		t.Errorf("the note goes to %v", note["to"])
	}

	s.stored(s.deliver(letter{from: ada, subject: "Re: Charger", text: "It works now.", inReplyTo: "<" + first + ">"}))
	text := s.do("ticket", "show", "1")
	s.contains("the held answer", text, "held, not sent, since the customer wrote first", "customerdesk ticket send 1 ", "customerdesk ticket undo 1 ", "delivery: held, since")
	comments := s.show(1)["comments"].([]any)
	shown := comments[0].(object)
	if shown["folded_lines"] != float64(3) || !strings.Contains(s.do("message", "show", shown["inbound_id"].(string)), "Analytical Engines Ltd") {
		t.Errorf("comment %v", shown)
	}
	s.do("ticket", "undo", "1")
	s.contains("the answer that was taken back", s.do("ticket", "show", "1"), "cancelled, taken back before it left")
}

func (s *shell) contains(what, text string, words ...string) {
	s.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			s.Errorf("%s: no %q in\n%s", what, w, text)
		}
	}
}
