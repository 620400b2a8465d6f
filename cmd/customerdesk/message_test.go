package main

import (
	"strings"
	"testing"
)

// mails reads `message list` with what is to be chosen.
func (s *site) mails(choose ...string) []object {
	s.Helper()
	return read[[]object](s.shell, append([]string{"message", "list"}, choose...)...)
}

func TestReprocessBringsACommentUpToDateInSilence(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	v := s.serve()
	const title = "Broken mirror"
	id := s.deliver(letter{from: "Ada Lovelace <" + ada + ">", subject: title, text: "The mirror of my bike is broken."})
	s.suggestion(s.card(title))
	s.stored(id)
	message := s.mails()[0]["id"].(string)
	fresh, events := s.show(1), s.count(`SELECT count(*) FROM ticket_events`)
	v.stop()
	jobs := s.count(`SELECT count(*) FROM river_job`)

	// What an earlier version had made of the mail.
	for _, q := range []string{
		`UPDATE inbound_messages SET subject = '=?garbled?=', from_name = '=?ada?=', from_email = 'wrong@analytical.example', class = 'list'`,
		`UPDATE support_tickets SET title = '=?garbled?=', description = 'garbled'`,
		`UPDATE ticket_comments SET text = 'garbled', html = '<p>garbled</p>'`,
		`UPDATE users.tenant_users SET name = '=?ada?=' WHERE email_key = 'ada@analytical.example'`,
		`INSERT INTO attachments (tenant_id, id, comment_id, inbound_id, part, name, content_type, size, inline)
			SELECT tenant_id, gen_random_uuid(), id, inbound_id, '1', 'garbled.bin', 'text/plain', 1, false FROM ticket_comments`,
	} {
		_, err := s.super.Exec(t.Context(), q)
		s.ok(err)
	}
	if said := s.do("message", "reprocess", message); !strings.Contains(said, "person, stored, ticket #1") {
		t.Errorf("it says %q", said)
	}
	now := s.show(1)
	for _, key := range []string{"title", "description"} {
		if now[key] != fresh[key] {
			t.Errorf("%s is %v, want %v", key, now[key], fresh[key])
		}
	}
	was, is := fresh["comments"].([]any)[0].(object), now["comments"].([]any)[0].(object)
	if is["text"] != was["text"] || is["html"] != was["html"] || is["id"] != was["id"] || len(is["attachments"].([]any)) != 0 ||
		is["author"].(object)["name"] != "Ada Lovelace" || is["author"].(object)["email"] != ada {
		t.Errorf("the comment is %v, was %v", is, was)
	}
	if m := s.mails()[0]; m["subject"] != title || m["class"] != "person" || m["from_email"] != ada || m["from_name"] != "Ada Lovelace" {
		t.Errorf("the message is %v", m)
	}
	if n, j := s.count(`SELECT count(*) FROM ticket_events`), s.count(`SELECT count(*) FROM river_job`); n != events || j != jobs {
		t.Errorf("%d events and %d jobs more", n-events, j-jobs)
	}
	s.do("message", "reprocess", message) // again is harmless
}

func TestReprocessMakesTheRightPersonTheSender(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true})
	v := s.serve()
	s.stored(s.deliver(letter{from: "Ada Lovelace <" + ada + ">", subject: "Who?", text: "It is me."}))
	v.stop()
	s.do("ticket", "new", "--from", "Wrong <wrong@elsewhere.example>", "--title", "Another", "--text", "Hello")
	_, err := s.super.Exec(t.Context(), `
		UPDATE ticket_comments k SET author_user_id = w.author_user_id FROM ticket_comments w WHERE w.via = 'cli' AND k.via = 'email';
		UPDATE support_tickets t SET employee_id = w.employee_id, customer_id = w.customer_id FROM support_tickets w WHERE w.number = 2 AND t.number = 1;
		UPDATE ticket_participants p SET email = 'wrong@elsewhere.example', email_key = 'wrong@elsewhere.example', name = 'Wrong' FROM support_tickets t
			WHERE t.id = p.ticket_id AND t.number = 1`)
	s.ok(err)
	s.do("message", "reprocess", s.mails()[0]["id"].(string))
	one := s.show(1)
	people := one["participants"].([]any)
	if one["customer"].(object)["email"] != ada || one["company"] != "analytical.example" || len(people) != 1 || people[0].(object)["email"] != ada ||
		one["comments"].([]any)[0].(object)["author"].(object)["email"] != ada {
		t.Errorf("the ticket is %v", one)
	}
}

func TestReprocessMakesOfIgnoredAndQuarantinedMailWhatItWouldBeNow(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true})
	s.addMailbox(billing)
	v := s.serve()
	const auto = "From: Ada <" + ada + ">\r\nTo: " + support + "\r\nSubject: Away\r\nMessage-ID: <away@home.example>\r\nAuto-Submitted: auto-replied\r\n" +
		"In-Reply-To: <question@home.example>\r\n\r\nI am away.\r\n"
	s.ok(s.put(support, []byte(auto)))
	s.until("the ignored mail", func() bool { return s.count(`SELECT count(*) FROM inbound_messages WHERE state = 'ignored'`) == 1 })
	ignored := s.mails("--state", "ignored")[0]["id"].(string)
	if said := s.do("message", "reprocess", ignored); !strings.Contains(said, "auto-reply, ignored.") {
		t.Errorf("it says %q", said)
	}
	// The mail that it answers comes later; now it has a ticket to be noted on.
	s.stored(s.deliver(letter{from: ada, subject: "Question", text: "How?", id: "question@home.example"}))
	if said := s.do("message", "reprocess", ignored); !strings.Contains(said, "auto-reply, stored, ticket #1.") {
		t.Errorf("it says %q", said)
	}
	comments := s.show(1)["comments"].([]any)
	if len(comments) != 2 || comments[1].(object)["kind"] != "internal" {
		t.Errorf("the comments are %v", comments)
	}

	// What is in quarantine is counted by doctor, and can be read anew too; what was dropped cannot.
	_, err := s.super.Exec(t.Context(), `UPDATE inbound_messages SET state = 'quarantined', comment_id = NULL, error = 'for the test' WHERE id = $1`, ignored)
	s.ok(err)
	if r := s.do("doctor"); !hasAll(r, []string{"WARN", "northwind quarantine", "1 mail in quarantine", "message list --tenant northwind --state quarantined", "message release", "message drop"}) {
		t.Errorf("doctor says %s", r)
	}
	if list := s.do("message", "list"); !hasAll(list, []string{"PROBLEM", "for the test", "MAILBOX", support}) {
		t.Errorf("the list is %s", list)
	}
	s.do("message", "reprocess", ignored)
	if list := s.mails("--state", "quarantined"); len(list) != 0 {
		t.Errorf("still in quarantine: %v", list)
	}
	_, err = s.super.Exec(t.Context(), `UPDATE inbound_messages SET state = 'dropped', comment_id = NULL WHERE id = $1`, ignored)
	s.ok(err)
	s.failsWith(exitFailed, []string{"was dropped"}, "message", "reprocess", ignored)
	s.failsWith(exitFailed, []string{"there is no message"}, "message", "reprocess", unknownID)
	s.failsWith(exitUsage, []string{"no message's id"}, "message", "reprocess", "nope")
	s.do("tenant", "add", "other", "--name", "Other")
	s.failsWith(exitFailed, []string{"there is no message"}, "message", "reprocess", ignored, "--tenant", "other")

	// The list can be chosen from.
	for _, c := range []struct {
		want   int
		choose []string
	}{
		{2, nil}, {1, []string{"--class", "person"}}, {1, []string{"--limit", "1"}}, {0, []string{"--mailbox", billing}},
		{2, []string{"--mailbox", support, "--limit", "5"}}, {0, []string{"--class", "person", "--state", "ignored"}},
	} {
		if got := len(s.mails(c.choose...)); got != c.want {
			t.Errorf("%v lists %d, want %d", c.choose, got, c.want)
		}
	}
	if last := s.mails("--limit", "1")[0]; last["message_id"] != "question@home.example" {
		t.Errorf("the newest is %v", last)
	}
	s.failsWith(exitUsage, []string{"class", "auto-reply"}, "message", "list", "--class", "spam")
	s.failsWith(exitFailed, []string{"there is no mailbox"}, "message", "list", "--mailbox", "nobody@northwind.example")
	v.stop()
}
