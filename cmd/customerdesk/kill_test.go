package main

import (
	"context"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

// The tests here end the service with SIGKILL at an exact moment: something is kept back (by a gate, or by a
// lock in the database), the moment is waited for, the process is killed, what was kept back is dropped.

// lock keeps all others from writing to a table until it is let go of.
func (s *site) lock(table string) (release func()) {
	s.Helper()
	conn, err := pgx.Connect(s.Context(), s.db.SuperuserURL)
	s.ok(err)
	tx, err := conn.Begin(s.Context())
	s.ok(err)
	_, err = tx.Exec(s.Context(), "LOCK TABLE "+pgx.Identifier{table}.Sanitize()+" IN SHARE ROW EXCLUSIVE MODE")
	s.ok(err)
	return func() { _ = conn.Close(context.WithoutCancel(s.Context())) }
}

// someoneWaits waits until a connection stands before a lock on the table.
func (s *site) someoneWaits(table string) {
	s.Helper()
	s.until("somebody who waits for "+table, func() bool {
		return s.count(`SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = $1::regclass`, table) > 0
	})
}

func (s *site) reaches(h *hold) {
	s.Helper()
	s.until("what is to be kept back", func() bool {
		select {
		case <-h.reached:
			return true
		default:
			return false
		}
	})
}

// oneTicket waits until a mail has its card, and fails unless it is one comment of one ticket.
func (s *site) oneTicket(messageID, title string) slackserver.Message {
	s.Helper()
	s.stored(messageID)
	card := s.card(title)
	if n := s.comments(messageID); n != 1 {
		s.Errorf("mail %s is %d comments", messageID, n)
	}
	if n := s.count(`SELECT count(*) FROM support_tickets WHERE title = $1`, title); n != 1 {
		s.Errorf("%d tickets are called %q", n, title)
	}
	return card
}

func TestKillWhileMailIsTakenLeavesOneCommentOfEach(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{durable: true, dovecot: true})

	v := s.serve()
	release := s.lock("ticket_comments")
	before := s.deliver(letter{from: ada, subject: "Killed before the commit", text: "Hello"})
	s.someoneWaits("ticket_comments")
	v.kill()
	release()
	if n := s.comments(before); n != 0 {
		t.Fatalf("the mail was stored before the process was killed")
	}

	v = s.serve()
	s.cursorAt(1)
	marking := s.imap.holdRequest(" STORE ")
	after := s.deliver(letter{from: ada, subject: "Killed before it was marked", text: "Hello"})
	s.stored(after)
	s.reaches(marking)
	v.kill()
	marking.drop()

	v = s.serve()
	s.cursorAt(2)
	marked := s.imap.holdAnswer(" STORE ")
	last := s.deliver(letter{from: ada, subject: "Killed before the cursor moved", text: "Hello"})
	s.reaches(marked)
	v.kill()
	marked.drop()

	v = s.serve()
	s.oneTicket(before, "Killed before the commit")
	s.oneTicket(after, "Killed before it was marked")
	s.oneTicket(last, "Killed before the cursor moved")
	s.allShown(3)
	s.cursorAt(3)
	v.stop()
}

// cursorAt waits until a mail and all before it are stored and marked.
func (s *site) cursorAt(uid int) {
	s.Helper()
	s.until("the cursor at "+strconv.Itoa(uid), func() bool {
		return s.count(`SELECT count(*) FROM mailbox_cursors WHERE last_uid = $1`, uid) == 1
	})
}

// allShown waits until nothing is left to do, and fails unless Slack has each ticket's card once and each
// message of a thread once.
func (s *site) allShown(tickets int) {
	s.Helper()
	s.idle()
	s.slackHas("all cards", func() bool { return len(s.slack.Messages(slackserver.DemoChannel)) >= tickets })
	if n := len(s.slack.Messages(slackserver.DemoChannel)); n != tickets {
		s.Errorf("%d cards for %d tickets", n, tickets)
	}
	seen := map[string]int{}
	for _, m := range s.slack.AllMessages(slackserver.DemoChannel) {
		payload, _ := m.Metadata["event_payload"].(object)
		id, _ := payload["id"].(string)
		if id == "" {
			s.Errorf("a message without its row: %q", m.VisibleText())
		}
		seen[id]++
	}
	for id, n := range seen {
		if n != 1 {
			s.Errorf("%d messages in Slack are of the same row %s", n, id)
		}
	}
	if n := s.count(`SELECT count(*) FROM ticket_comments k WHERE NOT EXISTS (SELECT FROM slack_messages m
		WHERE m.tenant_id = k.tenant_id AND m.kind = 'comment' AND m.subject_id = k.id AND m.ts IS NOT NULL)`); n != 0 {
		s.Errorf("%d comments are not in Slack", n)
	}
}

// idle waits until the queue has nothing to do now.
func (s *site) idle() {
	s.Helper()
	s.until("the end of all jobs", func() bool {
		return s.count(`SELECT count(*) FROM river_job WHERE state IN ('available', 'running', 'retryable')
			OR state = 'scheduled' AND scheduled_at < now() + interval '1 minute'`) == 0
	})
}

func TestKillWhileAnAnswerIsSentStillSendsItAndTwiceOnlyIfTheServersWordWasLost(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{durable: true})
	v := s.serve()
	const endOfData = "\r\n.\r\n"

	// Killed before the server has got the mail.
	request := s.smtp.holdRequest(endOfData)
	first := s.answered("Killed before the end of the mail", "This is the first answer.")
	s.reaches(request)
	v.kill()
	request.drop()

	// Killed when the server has it and its word is on the way.
	v = s.serve()
	s.sentOnce(first)
	word := s.smtp.holdAnswer(endOfData)
	second := s.answered("Killed before the server's word", "This is the second answer.")
	s.reaches(word)
	s.mailHas("the second answer", func() bool { return s.mail.Copies(second) == 1 })
	v.kill()
	word.drop()

	// Killed when the word is here and not on record.
	v = s.serve()
	s.mailHas("the second answer again", func() bool { return s.mail.Copies(second) == 2 })
	word = s.smtp.holdAnswer(endOfData)
	third := s.answered("Killed before the word was written down", "This is the third answer.")
	s.reaches(word)
	s.mailHas("the third answer", func() bool { return s.mail.Copies(third) == 1 })
	release := s.lock("outgoing_messages")
	word.release()
	s.someoneWaits("outgoing_messages")
	v.kill()
	release()

	// Killed when everything is on record.
	v = s.serve()
	s.mailHas("the third answer again", func() bool { return s.mail.Copies(third) == 2 })
	fourth := s.answered("Killed when all was done", "This is the fourth answer.")
	s.sentOnce(fourth)
	v.kill()

	v = s.serve()
	s.allShown(4)
	for id, want := range map[string]int{first: 1, second: 2, third: 2, fourth: 1} {
		s.delivery(id, "sent")
		if n := s.mail.Copies(id); n != want {
			t.Errorf("%d copies of %s, want %d", n, id, want)
		}
	}
	v.stop()
}

// answered delivers a mail, answers it by the command line and returns the answer's Message-ID.
func (s *site) answered(title, text string) (messageID string) {
	s.Helper()
	id := s.deliver(letter{from: ada, subject: title, text: "Hello"})
	s.stored(id)
	return s.answer(s.numberOf(id), text)
}

func (s *site) answer(number int, text string) (messageID string) {
	s.Helper()
	k := read[object](s.shell, "ticket", "reply", strconv.Itoa(number), "--text", text, "--as", "maya@northwind.example")
	return k["message_id"].(string)
}

func (s *site) delivery(messageID, want string) {
	s.Helper()
	s.until("delivery of "+messageID+": "+want, func() bool {
		return s.count(`SELECT count(*) FROM outgoing_messages WHERE message_id = $1 AND state = $2`, messageID, want) == 1
	})
}

func (s *site) sentOnce(messageID string) {
	s.Helper()
	s.delivery(messageID, "sent")
	if n := s.mail.Copies(messageID); n != 1 {
		s.Errorf("%d copies of %s", n, messageID)
	}
}

func TestKillWhileSlackIsToldLeavesOneCardOfEach(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{durable: true})
	const posting = "/api/chat.postMessage"

	v := s.serve()
	request := s.web.holdRequest(posting)
	first := s.deliver(letter{from: ada, subject: "Killed before Slack heard", text: "Hello"})
	s.reaches(request)
	v.kill()
	request.drop()
	if n := len(s.cards("Killed before Slack heard")); n != 0 {
		t.Fatalf("%d cards are there already", n)
	}

	v = s.serve()
	s.oneTicket(first, "Killed before Slack heard")
	s.idle()
	word := s.web.holdAnswer(posting)
	second := s.deliver(letter{from: ada, subject: "Killed before Slack's word", text: "Hello"})
	s.reaches(word)
	s.card("Killed before Slack's word")
	v.kill()
	word.drop()

	v = s.serve()
	s.oneTicket(second, "Killed before Slack's word")
	s.idle()
	third := s.deliver(letter{from: ada, subject: "Killed after Slack's word", text: "Hello"})
	s.stored(third)
	s.until("the third card on record", func() bool {
		return s.count(`SELECT count(*) FROM slack_messages WHERE kind = 'card' AND ts IS NOT NULL`) == 3
	})
	v.kill()

	v = s.serve()
	s.oneTicket(third, "Killed after Slack's word")
	s.allShown(3)
	v.stop()
}

func TestKillWhileAReceiptIsWrittenLeavesOneOfIt(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{durable: true, dovecot: true})
	s.do("template", "on", "receipt")
	v := s.serve()
	release := s.lock("mail_notices")
	id := s.deliver(letter{from: ada, subject: "Killed before the receipt", text: "Hello"})
	s.someoneWaits("mail_notices")
	if n := s.comments(id); n != 0 {
		t.Errorf("the ticket is there before its receipt")
	}
	v.kill()
	release()

	v = s.serve()
	s.oneTicket(id, "Killed before the receipt")
	s.mailHas("the receipt", func() bool { return len(s.mail.Submitted()) == 1 })
	v.kill()
	v = s.serve()
	last := s.deliver(letter{from: customer(1), subject: "After it", text: "Hello"})
	s.stored(last)
	s.mailHas("the second receipt", func() bool { return len(s.mail.Submitted()) == 2 })
	if n := s.count(`SELECT count(*) FROM outgoing_messages`); n != 2 {
		t.Errorf("%d receipts for two tickets", n)
	}
	v.stop()
}
