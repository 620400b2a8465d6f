package main

import (
	"fmt"
	"testing"
)

// TestTwoInstancesOnOneDatabaseLoseAndDoubleNothing runs two services, which both watch both mailboxes; some
// mails are in both, and every third answers another.
func TestTwoInstancesOnOneDatabaseLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{noSlack: true})
	s.addMailbox(billing)
	one, two := s.serve(), s.serve()
	const mails = 150
	var ids []string
	tickets, copies := 0, 0
	for i := range mails {
		l := letter{from: customer(i), subject: fmt.Sprintf("Letter %d", i), text: fmt.Sprintf("Text %d", i)}
		if i%3 == 2 {
			l.from, l.subject, l.inReplyTo = customer(i-2), "Re: "+l.subject, "<"+ids[i-2]+">"
		} else {
			tickets++
		}
		id, raw := s.compose(l)
		ids = append(ids, id)
		box := support
		if i%2 == 1 {
			box = billing
		}
		s.ok(s.put(box, raw))
		// Not an answer: the other mailbox may be looked into before the one with what it answers.
		if i%10 == 0 && i%3 != 2 {
			copies++
			s.ok(s.put(billing, raw))
		}
	}
	s.until("all mails", func() bool {
		return s.count(`SELECT count(DISTINCT message_id) FROM ticket_comments WHERE author_kind = 'customer'`) == mails
	})
	s.until("the copies", func() bool {
		return s.count(`SELECT count(DISTINCT (mailbox_id, uid)) FROM inbound_messages`) == mails+copies
	})
	if n := s.count(`SELECT count(*) FROM ticket_comments`); n != mails {
		t.Errorf("%d comments for %d mails", n, mails)
	}
	for i, id := range ids {
		if i%3 == 2 {
			if n, root := s.numberOf(id), s.numberOf(ids[i-2]); n != root {
				t.Errorf("the reply %d is in ticket %d, not %d", i, n, root)
			}
		}
	}
	if n := s.count(`SELECT count(*) FROM support_tickets`); n != tickets {
		t.Errorf("%d tickets, want %d", n, tickets)
	}
	// Both work on what is to be sent, and every answer leaves once.
	var answers []string
	for n := 1; n <= 5; n++ {
		answers = append(answers, s.answer(n, "Thank you."))
	}
	for _, id := range answers {
		s.sentOnce(id)
	}
	one.stop()
	two.stop()
	if n := len(s.mail.Submitted()); n != len(answers) {
		t.Errorf("%d mails for %d answers", n, len(answers))
	}
}
