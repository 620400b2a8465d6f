package main

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
)

func TestApprovingTwiceByOneAndByTwoPeopleSendsOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	v := s.serve()
	s.deliver(letter{from: ada, subject: "Charger blinks red", text: "The charger of my battery blinks red. How do I charge it?"})
	card := s.card("Charger blinks red")
	draft := s.suggestion(card)

	// Who is no support member is told so in private, and nothing happens.
	s.approve(oskar, draft)
	s.slackHas("the private message", func() bool {
		for _, m := range s.slack.Ephemerals(oskar) {
			if hasAll(m.VisibleText(), []string{"Nothing was changed", "oskar@northwind.example is no support member"}) {
				return true
			}
		}
		return false
	})
	if n := s.count(`SELECT count(*) FROM outgoing_messages`); n != 0 {
		t.Fatalf("an outsider had %d mails sent", n)
	}
	for _, user := range []string{maya, jonas} {
		if n := len(s.slack.Ephemerals(user)); n != 0 {
			t.Errorf("%s sees %d private messages", user, n)
		}
	}

	var people sync.WaitGroup
	for _, user := range []string{maya, jonas, maya, jonas} {
		people.Go(func() {
			// The button may be gone by the time of the press.
			if err := s.slack.As(user).Press(t.Context(), draft.Channel, draft.TS, pressApprove); err != nil {
				t.Log(err)
			}
		})
	}
	people.Wait()
	s.mailHas("the answer", func() bool { return len(s.mail.Submitted()) > 0 })
	s.slackHas("the decision", func() bool {
		m, _ := s.slack.Message(draft.Channel, draft.TS)
		return strings.Contains(m.VisibleText(), "Approved by") && len(m.Actions()) == 0
	})
	s.idle()
	if n := len(s.mail.Submitted()); n != 1 {
		t.Errorf("%d mails were sent", n)
	}
	if n := s.count(`SELECT count(*) FROM ticket_comments WHERE author_kind = 'member'`); n != 1 {
		t.Errorf("%d answers are on the ticket", n)
	}
	states := map[string]int{}
	for _, x := range read[[]object](s.shell, "suggestion", "list") {
		if x["kind"] == "reply" {
			states[x["state"].(string)]++
		}
	}
	if len(states) != 1 || states["sent"] != 1 {
		t.Errorf("the suggestions are %v", states)
	}
	v.stop()
}

// Buttons carry ids. One that names another tenant's suggestion, or nothing at all, must do nothing: the ids
// that a person's client sends are not to be trusted.
func TestForgedIdsOfAnotherTenantAreUnknown(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true, noBoxes: true})
	s.do("tenant", "add", "other", "--name", "Other")
	s.do("ticket", "new", "--tenant", "other", "--from", ada, "--title", "Secret", "--text", "Secret")
	s.failsWith(exitFailed, []string{"there is no ticket #1"}, "ticket", "show", "1")
	s.failsWith(exitFailed, []string{"there is no ticket #1"}, "ticket", "reply", "1", "--text", "Hello")
	s.failsWith(exitFailed, []string{"there is no ticket #1"}, "ticket", "set", "1", "status=closed")
	s.failsWith(exitFailed, []string{"there is no suggestion"}, "suggestion", "show", uuid.NewString())
	if list := read[[]object](s.shell, "ticket", "list"); len(list) != 0 {
		t.Errorf("another tenant's tickets: %v", list)
	}
	if list := read[[]object](s.with("TENANT", "other"), "ticket", "list"); len(list) != 1 {
		t.Errorf("%d tickets of the other tenant", len(list))
	}
}
