package main

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

const (
	pressRelease = "message.release"
	pressDrop    = "message.drop"
)

func TestMailThatIsTooLargeIsToldInSlackAndDecidedAbout(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{dovecot: true})
	s.serve()
	id, raw := s.compose(letter{from: "Ada Lovelace <" + ada + ">", subject: "Film of the =?utf-8?q?Geb=C3=A4ude?=", text: "See below."})
	line := strings.Repeat("0123456789abcdef", 4) + "\r\n"
	s.ok(s.put(support, append(raw, strings.Repeat(line, (26<<20)/len(line))...)))
	s.deliver(letter{from: ada, subject: "Behind it", text: "Hello"})

	notice := s.card("A mail to " + support + " was set aside")
	s.card("Behind it")
	list := read[[]object](s.shell, "message", "list", "--state", "quarantined")
	if len(list) != 1 || list[0]["subject"] != "Film of the Gebäude" || list[0]["from_email"] != ada || list[0]["from_name"] != "Ada Lovelace" || list[0]["message_id"] != id {
		t.Fatalf("message list shows %v", list)
	}
	key, _ := list[0]["id"].(string)
	if text := notice.VisibleText(); !hasAll(text, []string{"Film of the Gebäude", ada, "26.0 MB", "larger than the 25.0 MB", "folder *INBOX*", "release it to have it fetched", "customerdesk message show|release|drop " + key}) {
		t.Errorf("the notice reads %q", text)
	}
	shown := s.do("message", "show", key)
	if !hasAll(shown, []string{"larger than the 25.0 MB", "26.0 MB, and not taken", "mailbox " + support + ", folder INBOX, UID 1", "customerdesk message release " + key}) {
		t.Errorf("message show says %q", shown)
	}
	s.failsWith(exitFailed, []string{"folder INBOX, UID 1", "message release"}, "message", "show", "--raw", key)
	s.failsWith(exitFailed, []string{"26.0 MB", "--max-size SIZE"}, "message", "release", "--max-size", "26MB", key)
	s.failsWith(exitUsage, []string{"100MB"}, "message", "release", "--max-size", "much", key)
	s.do("message", "release", key)
	s.stored(id)
	s.slackHas("the decision", func() bool { return len(s.cards("Released on the command line")) == 1 })
	if raw := s.do("message", "show", "--raw", key); len(raw) < 26<<20 || !strings.Contains(raw, "See below.") {
		t.Errorf("the mail has %d bytes", len(raw))
	}
}

func TestMailThatIsTooLargeIsReleasedInSlack(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{dovecot: true})
	s.serve()
	line := strings.Repeat("0123456789abcdef", 4) + "\r\n"
	for _, subject := range []string{"A film", "Another film"} {
		_, raw := s.compose(letter{from: ada, subject: subject, text: "See below."})
		s.ok(s.put(support, append(raw, strings.Repeat(line, (26<<20)/len(line))...)))
	}
	notice := s.card("Another film")
	s.ok(s.slack.As(jonas).Press(t.Context(), notice.Channel, notice.TS, pressRelease))
	s.slackHas("the ticket", func() bool { return len(s.cards("Released by *Jonas Brekke*")) == 1 && len(s.cards("#1")) > 0 })
}

func TestQuarantinedMailIsReleasedInSlack(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	// What the next release of the database would refuse, say.
	_, err := s.db.Owner.Exec(t.Context(), `ALTER TABLE ticket_comments ADD CONSTRAINT refused CHECK (text NOT LIKE '%riddle%')`)
	s.ok(err)
	s.serve()
	id := s.deliver(letter{from: ada, subject: "A riddle", text: "This is a riddle."})
	notice := s.card("A riddle")
	if text := notice.VisibleText(); !hasAll(text, []string{"was set aside", "cannot be stored", "customerdesk message show|release|drop"}) {
		t.Errorf("the notice reads %q", text)
	}
	s.ok(s.slack.As(jonas).Press(t.Context(), notice.Channel, notice.TS, pressRelease))
	s.slackHas("why it cannot be", func() bool {
		for _, m := range s.slack.Ephemerals(jonas) {
			if hasAll(m.VisibleText(), []string{"Nothing was changed", "cannot be stored", "stays set aside"}) {
				return true
			}
		}
		return false
	})
	_, err = s.db.Owner.Exec(t.Context(), `ALTER TABLE ticket_comments DROP CONSTRAINT refused`)
	s.ok(err)
	s.ok(s.slack.As(maya).Press(t.Context(), notice.Channel, notice.TS, pressRelease))
	s.slackHas("the decision", func() bool {
		m, _ := s.slack.Message(notice.Channel, notice.TS)
		return hasAll(m.VisibleText(), []string{"Released by *Maya Okafor*", "ticket #"})
	})
	s.card("  A riddle")
	s.stored(id)
	if err := s.slack.As(jonas).Press(t.Context(), notice.Channel, notice.TS, pressDrop); err == nil {
		t.Error("the buttons are still there")
	}
	if n := len(s.slack.Messages(slackserver.DemoChannel)); n != 2 {
		t.Errorf("%d messages in the channel, want the notice and the card", n)
	}
}
