package main

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// The names of the Reply dialog's parts, as the app gives them.
const (
	pressReply = "ticket.reply"
	inputText  = "text"
	inputKind  = "kind"
)

func TestAnswerThatNoMailboxCanSendIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noBoxes: true})
	v := s.serve()
	made := s.do("ticket", "new", "--from", "Ada Lovelace <"+ada+">", "--title", "By telephone", "--text", "How do I charge the battery?")
	if !strings.Contains(made, "customerdesk mailbox add") {
		t.Errorf("nobody is told that answers need a mailbox: %s", made)
	}
	card := s.card("By telephone")
	draft := s.suggestion(card)

	// By command, by the Reply dialog and by Approve: each says why, and nothing happens.
	s.failsWith(exitFailed, []string{"no mailbox", "customerdesk mailbox add"}, "ticket", "reply", "1", "--text", "Let it warm up.")
	as := s.slack.As(maya)
	s.ok(as.Press(t.Context(), card.Channel, card.TS, pressReply))
	s.slackHas("the dialog", func() bool { return len(s.slack.Views(maya)) == 1 })
	wrong, err := as.Submit(t.Context(), s.slack.Views(maya)[0].ID, map[string]any{inputText: "Let it warm up.", inputKind: "public"})
	s.ok(err)
	if !strings.Contains(wrong[inputText], "customerdesk mailbox add") {
		t.Errorf("the dialog says %q", wrong)
	}
	s.approve(maya, draft)
	s.slackHas("the private message", func() bool {
		all := s.slack.Ephemerals(maya)
		return len(all) == 1 && hasAll(all[0].VisibleText(), []string{"no mailbox", "customerdesk mailbox add"})
	})
	ticket := s.show(1)
	if ticket["status"] != "open" || len(ticket["comments"].([]any)) != 1 || s.count(`SELECT count(*) FROM outgoing_messages`) != 0 {
		t.Errorf("a refused answer left %v", ticket)
	}

	// With a mailbox the same suggestion can be approved, and the customer gets it.
	s.addMailbox(support)
	s.approve(maya, s.suggestion(card))
	s.mailHas("the answer", func() bool { return len(s.mail.Submitted()) == 1 })
	v.stop()
}

func TestAnswersLeaveFromTheChosenTheOldestOrAnotherMailbox(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true})
	s.addMailbox(billing)
	if made := s.do("ticket", "new", "--from", ada, "--title", "One", "--text", "Hello"); !strings.Contains(made, support) {
		t.Errorf("the mailbox is not told: %s", made)
	}
	s.do("ticket", "new", "--from", ada, "--title", "Two", "--text", "Hello", "--mailbox", billing)
	s.failsWith(exitFailed, []string{"there is no mailbox nobody@northwind.example"},
		"ticket", "new", "--from", ada, "--title", "Three", "--text", "Hello", "--mailbox", "nobody@northwind.example")

	// The second ticket's answer waits when its mailbox is removed; a paused one sends all the same.
	s.do("ticket", "reply", "2", "--text", "Answer two")
	s.do("ticket", "reply", "1", "--text", "Answer one")
	s.do("mailbox", "remove", billing)
	s.do("mailbox", "pause", support)
	s.do("ticket", "reply", "2", "--text", "Answer three")
	v := s.serve()
	s.mailHas("three answers", func() bool { return len(s.mail.Submitted()) == 3 })
	for _, m := range s.mail.Submitted() {
		if raw := string(m.Raw); tenant.AddressKey(m.From) != support || !strings.Contains(raw, "<"+m.From+">") {
			t.Errorf("an answer left from %s: %s", m.From, raw)
		}
	}

	// With the last mailbox gone nothing can be answered, and what waits has failed for good.
	v.stop()
	s.do("ticket", "reply", "1", "--text", "Answer four")
	s.do("mailbox", "remove", support)
	s.failsWith(exitFailed, []string{"no mailbox", "customerdesk mailbox add"}, "ticket", "reply", "1", "--text", "Answer five")
	v = s.serve()
	s.until("the failure", func() bool {
		return s.count(`SELECT count(*) FROM outgoing_messages WHERE state = 'failed' AND detail LIKE '%no mailbox%'`) == 1
	})
	v.stop()
}

func TestAnswerToNobodyIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true})
	v := s.serve()
	id := s.deliver(letter{from: "", subject: "From nobody", text: "Hello"})
	s.stored(id)
	s.failsWith(exitFailed, []string{"nobody on ticket #1", "customerdesk ticket note 1"}, "ticket", "reply", "1", "--text", "Hello back")
	if ticket := s.show(1); ticket["status"] != "open" || len(ticket["comments"].([]any)) != 1 {
		t.Errorf("a refused answer left %v", ticket)
	}
	v.stop()
}
