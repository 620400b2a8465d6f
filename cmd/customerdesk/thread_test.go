package main

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

// whisper waits for the newest private message to somebody that has the words.
func (s *site) whisper(user, words string) (found slackserver.Message) {
	s.Helper()
	s.slackHas("a private message with "+words, func() bool {
		for _, m := range s.slack.Ephemerals(user) {
			if strings.Contains(m.VisibleText(), words) {
				found = m
			}
		}
		return found.TS != ""
	})
	return found
}

// typed says something below a card and waits until it is on the ticket, as the mark shows.
func (s *site) typed(user string, card slackserver.Message, text, mark string) (ts string) {
	s.Helper()
	ts, err := s.slack.As(user).Say(card.Channel, card.TS, text)
	s.ok(err)
	s.marked(card, ts, mark)
	return ts
}

func (s *site) marked(card slackserver.Message, ts, mark string) {
	s.Helper()
	s.slackHas("the mark "+mark, func() bool {
		m, _ := s.slack.Message(card.Channel, ts)
		for _, r := range m.Reactions {
			if r.Name == mark && strings.Contains(strings.Join(r.Users, " "), slackserver.DemoBotUser) {
				return true
			}
		}
		return false
	})
}

// left is what left for the customer, as it was on the wire.
func (s *site) left() (all []string) {
	for _, m := range s.mail.Submitted() {
		all = append(all, string(m.Raw))
	}
	return all
}

func TestWhatMembersTypeReachesTheCustomerOnlyWhenTheySaySo(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	s.serve()
	s.deliver(letter{from: ada, subject: "Charger blinks red", text: "The charger of my battery blinks red."})
	card := s.card("Charger blinks red")
	s.reply(card, "blinks red")

	// A note that its author then sends; and chatter among members.
	s.typed(jonas, card, "<@"+maya+"> have you seen this before?", "memo")
	ts := s.typed(maya, card, "Warm it up first.", "memo")
	prompt := s.whisper(maya, "Kept as an internal note")
	if n := len(s.slack.Ephemerals(jonas)); n != 0 {
		t.Errorf("whoever asks a colleague has %d private messages", n)
	}
	s.idle()
	if n := len(s.left()); n != 0 {
		t.Fatalf("%d mails left by themselves", n)
	}
	s.ok(s.slack.As(maya).Press(t.Context(), prompt.Channel, prompt.TS, "note.send"))
	s.marked(card, ts, "envelope")
	s.mailHas("the answer", func() bool { return len(s.left()) == 1 })
	if m := s.left()[0]; !strings.Contains(m, "Warm it up first.") || strings.Contains(m, "seen this before") {
		t.Errorf("the mail is\n%s", m)
	}
	s.reply(card, "Maya Okafor", "answered the customer", "Sent to the customer")

	// Changed afterwards: the customer has other words, and everybody sees that.
	s.ok(s.slack.As(maya).Edit(card.Channel, ts, "Cool it down first."))
	s.whisper(maya, "The customer already has this answer")
	s.reply(card, "changed a message here after it was sent", "Cool it down first.")

	// Within the undo window changes are followed, and a deleted answer is not sent.
	s.do("tenant", "set", "undo_window=10m")
	late := s.typed(maya, card, "Use the old charger.", "memo")
	s.ok(s.slack.As(jonas).React(card.Channel, late, "envelope"))
	s.reply(card, "Use the old charger.", "Goes to the customer")
	s.ok(s.slack.As(maya).Edit(card.Channel, late, "Use the new charger."))
	s.reply(card, "Use the new charger.", "Goes to the customer")
	s.ok(s.slack.As(maya).Delete(card.Channel, late))
	s.until("the answer's end", func() bool {
		return s.count(`SELECT count(*) FROM outgoing_messages WHERE state = 'cancelled'`) == 1
	})
	s.idle()
	if n := len(s.left()); n != 1 {
		t.Errorf("%d mails, want one", n)
	}
	for _, m := range s.left() {
		if strings.Contains(m, "charger.") && strings.Contains(m, "Use the") {
			t.Errorf("a deleted answer left:\n%s", m)
		}
	}
}

func TestWhereTheThreadAnswersTheCustomerColleaguesStillTalk(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	s.do("tenant", "set", "thread_default=reply")
	s.do("member", "add", "priya@northwind.example", "--name", "Priya Nair", "--role", "light")
	s.serve()
	s.deliver(letter{from: ada, subject: "Charger blinks red", text: "The charger of my battery blinks red."})
	card := s.card("Charger blinks red")
	s.reply(card, "blinks red")
	s.typed(jonas, card, "<@"+maya+"> what do we say?", "memo")
	s.typed(maya, card, "// say that it is cold", "memo")
	s.typed(priya, card, "The battery is cold.", "memo") // a light member does not answer
	s.typed(maya, card, "The battery is too cold.", "envelope")
	s.mailHas("the answer", func() bool { return len(s.left()) > 0 })
	s.idle()
	if m := s.left(); len(m) != 1 || !strings.Contains(m[0], "The battery is too cold.") {
		t.Errorf("mails %q", m)
	}
	var notes []string
	for _, c := range s.show(1)["comments"].([]any) {
		c := c.(object)
		if c["kind"] == "internal" {
			notes = append(notes, c["text"].(string))
		}
	}
	if strings.Join(notes, "|") != "@"+maya+" what do we say?|say that it is cold|The battery is cold." {
		t.Errorf("notes %q", notes)
	}

	// Where everybody is asked, the button is there for each message and can be declined.
	s.do("tenant", "set", "thread_default=ask")
	s.typed(maya, card, "Anything else?", "memo")
	prompt := s.whisper(maya, "Should this go to the customer?")
	s.ok(s.slack.As(maya).Press(t.Context(), prompt.Channel, prompt.TS, "note.keep"))
	s.slackHas("no prompt", func() bool {
		for _, m := range s.slack.Ephemerals(maya) {
			if m.TS == prompt.TS {
				return false
			}
		}
		return true
	})
	s.idle()
	if n := len(s.left()); n != 1 {
		t.Errorf("%d mails after it was declined", n)
	}
}
