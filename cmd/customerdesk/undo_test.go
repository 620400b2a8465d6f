package main

import (
	"strings"
	"testing"
)

// The names of the buttons below an answer that has not left, as the app gives them.
const (
	pressUndo       = "answer.undo"
	pressSendAnyway = "answer.send"
)

func TestAnswerIsTakenBackInSlackBeforeItLeaves(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	s.do("tenant", "set", "undo_window=10m")
	v := s.serve()
	id := s.deliver(letter{from: ada, subject: "Charger blinks red", text: "The charger of my battery blinks red."})
	card := s.card("Charger blinks red")
	said := s.do("ticket", "reply", "1", "--text", "Throw it away.", "--as", "jonas@northwind.example")
	if !strings.Contains(said, "ticket undo 1") {
		t.Errorf("nobody is told how to take it back: %s", said)
	}
	answer := s.reply(card, "Throw it away.", "Goes to the customer")
	s.ok(s.slack.As(maya).Press(t.Context(), answer.Channel, answer.TS, pressUndo))
	s.slackHas("the answer to be a note", func() bool {
		m, _ := s.slack.Message(answer.Channel, answer.TS)
		return hasAll(m.VisibleText(), []string{"noted (internal)", "Taken back"}) && len(m.Actions()) == 0
	})
	if now := s.show(1); now["status"] != "open" {
		t.Errorf("the ticket is %v", now["status"])
	}

	// Of a second answer the customer's own mail comes first; it goes out all the same when somebody says so.
	s.do("ticket", "reply", "1", "--text", "Let it warm up.")
	s.reply(card, "Let it warm up.", "Goes to the customer")
	s.deliver(letter{from: ada, subject: "Re: Charger blinks red", text: "It is cold here, by the way.", inReplyTo: "<" + id + ">"})
	asked := s.reply(card, "wrote before this answer left", "Let it warm up.")
	s.ok(s.slack.As(jonas).Press(t.Context(), asked.Channel, asked.TS, pressSendAnyway))
	s.mailHas("the answer", func() bool { return len(s.mail.Submitted()) == 1 })
	s.slackHas("the notice to say so", func() bool {
		m, _ := s.slack.Message(asked.Channel, asked.TS)
		return strings.Contains(m.VisibleText(), "sent all the same") && len(m.Actions()) == 0
	})
	if raw := string(s.mail.Submitted()[0].Raw); !strings.Contains(raw, "Let it warm up.") || strings.Contains(raw, "Throw") {
		t.Errorf("the mail: %s", raw)
	}

	// By command: at once, later, taken back, sent now, and too late.
	s.do("ticket", "reply", "1", "--text", "At once.", "--now")
	s.mailHas("the answer at once", func() bool { return len(s.mail.Submitted()) == 2 })
	s.do("ticket", "reply", "1", "--text", "Later.", "--at", "2d")
	if shown := s.do("ticket", "show", "1"); !strings.Contains(shown, "queued for ") {
		t.Errorf("nobody is told when it leaves: %s", shown)
	}
	if said := s.do("ticket", "undo", "1"); !hasAll(said, []string{`"Later."`, "cancelled"}) {
		t.Errorf("which answer was taken back is not said: %s", said)
	}
	s.failsWith(exitFailed, []string{"no answer on #1 waits"}, "ticket", "undo", "1")
	s.do("ticket", "reply", "1", "--text", "Tomorrow.", "--at", "24h")
	s.do("ticket", "send", "1")
	s.mailHas("the answer of tomorrow", func() bool { return len(s.mail.Submitted()) == 3 })
	for _, at := range []string{"yesterday", "2001-01-01 10:00", "-2h", "9000d"} {
		s.failsWith(exitUsage, []string{"--at"}, "ticket", "reply", "1", "--text", "x", "--at", at)
	}
	s.failsWith(exitUsage, []string{"exclude"}, "ticket", "reply", "1", "--text", "x", "--at", "1h", "--now")
	v.stop()
	if n := len(s.mail.Submitted()); n != 3 {
		t.Errorf("%d mails", n)
	}
}
