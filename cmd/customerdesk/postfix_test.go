package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/mail"
	"net/smtp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
	"github.com/customerdesk/customerdesk/internal/sandbox/postfix"
)

// Customers whose mailboxes are at the provider too, beside ada.
const (
	mary     = "mary@analytical.example"
	jurgen   = "jürgen@analytical.example"
	kase     = "bert@käse.example"
	kaseWire = "bert@xn--kse-qla.example"
	gone     = "gone@" + postfix.Elsewhere // the server there knows nobody
	// forwarding is an address whose mail is forwarded to the support mailbox.
	forwarding = "forwarding@analytical.example"
	goneUTF8   = "jörg@" + postfix.Elsewhere
	full       = "full@" + postfix.Elsewhere // and puts mail to this one off
)

// startPostfix has the real servers of a provider stand in for the sandbox mail server.
func (s *site) startPostfix(config postfix.Config) {
	s.Helper()
	if err := postfix.Available(); err != nil {
		s.Skip(err)
	}
	var users []dovecot.User
	for _, name := range []string{support, billing, ada, mary, jurgen, kaseWire} {
		users = append(users, dovecot.User{Name: name, Password: password})
	}
	var err error
	s.dovecot, err = dovecot.Start(s.Context(), dovecot.Config{Users: users, Settings: "auth_failure_delay = 0\n"})
	s.ok(err)
	s.Cleanup(func() { s.ok(s.dovecot.Stop()) })
	config.Dovecot = s.dovecot
	s.postfix, err = postfix.Start(s.Context(), config)
	s.ok(err)
	s.certs = s.dovecot.CertFile()
	s.Cleanup(func() {
		if s.Failed() {
			log, _ := os.ReadFile(s.postfix.LogFile())
			s.Logf("Postfix's log:\n%s", log)
		}
		s.ok(s.postfix.Stop())
	})
}

// post sends a mail as the server of a customer's provider does, and returns its Message-ID.
func (s *site) post(l letter) string {
	s.Helper()
	if l.to == "" {
		l.to = support
	}
	return s.postTo(l.to, l)
}

// postTo sends a mail to somebody whom its header need not name.
func (s *site) postTo(to string, l letter) string {
	s.Helper()
	id, raw := s.compose(l)
	from, err := mail.ParseAddress(l.from)
	s.ok(err)
	c, err := smtp.Dial(s.postfix.Addr())
	s.ok(err)
	s.ok(errors.Join(c.Mail(strings.ReplaceAll(from.Address, kase, kaseWire)), c.Rcpt(to)))
	w, err := c.Data()
	s.ok(err)
	_, err = w.Write(raw)
	s.ok(errors.Join(err, w.Close(), c.Quit()))
	return id
}

// arrived waits for the mail with the Message-ID in a mailbox, and fails if it is there more than once.
func (s *site) arrived(user, messageID string) (found []byte) {
	s.Helper()
	header := []byte("\nMessage-Id: <" + strings.Trim(messageID, "<>") + ">\n")
	copies := func() (n int) {
		all, err := s.dovecot.Mails(user)
		s.ok(err)
		for _, raw := range all {
			if head, _, _ := bytes.Cut(raw, []byte("\n\n")); bytes.Contains(bytes.ToLower(head), bytes.ToLower(header)) {
				found = raw
				n++
			}
		}
		return n
	}
	s.until("mail "+messageID+" to "+user, func() bool { return copies() > 0 })
	if n := copies(); n > 1 {
		s.Errorf("%d copies of %s came to %s", n, messageID, user)
	}
	return found
}

// putOff waits until an answer has been put off for a reason.
func (s *site) putOff(messageID, reason string) {
	s.Helper()
	s.until("the wait of "+messageID, func() bool {
		return s.count(`SELECT count(*) FROM outgoing_messages WHERE message_id = $1 AND state = 'queued' AND detail LIKE '_%' || $2 || '%'`, messageID, reason) == 1
	})
}

// tryAgain has mail that was put off be tried again at once.
func (s *site) tryAgain() {
	s.Helper()
	s.until("the next try", func() bool {
		ct, err := s.super.Exec(s.Context(), `UPDATE river_job SET state = 'available', scheduled_at = now() WHERE kind = 'mail_send' AND state IN ('scheduled', 'retryable')`)
		s.ok(err)
		return ct.RowsAffected() > 0
	})
}

// deliveryOf is what became of an answer, as ticket show has it.
func (s *site) deliveryOf(number int, messageID string) (state, detail string) {
	s.Helper()
	for _, k := range s.show(number)["comments"].([]any) {
		if k := k.(object); k["message_id"] == messageID {
			return fmt.Sprint(k["delivery"]), fmt.Sprint(k["delivery_detail"])
		}
	}
	s.Fatalf("#%d has no answer %s", number, messageID)
	return "", ""
}

func TestMainJobThroughPostfixAndDovecot(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{postfix: &postfix.Config{}})
	if out := s.do("mailbox", "test", support); !hasAll(out, []string{"both servers let us in", "support+0-", "It came back"}) {
		t.Errorf("mailbox test says %s", out)
	}
	v := s.serve()

	// A customer writes, a member approves, and the answer lies in the customer's mailbox, in the same thread.
	const title = "Charger blinks red"
	first := s.post(letter{from: "Ada Lovelace <" + ada + ">", subject: title, text: "Hello,\nsince yesterday the charger of my battery blinks red – how do I charge it?\nAda"})
	card := s.card(title)
	s.approve(maya, s.suggestion(card))
	s.stored(first)
	s.until("the answer", func() bool { return len(s.answers()) == 1 })
	raw := s.arrived(ada, s.answers()[0])
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	s.ok(err)
	replyTo := s.checkAnswer(mailserver.Submission{
		Raw: raw, From: strings.Trim(m.Header.Get("Return-Path"), "<>"), Rcpts: []string{m.Header.Get("Delivered-To")},
	}, first)
	if by := m.Header.Get("Received"); !strings.Contains(by, "ESMTPSA") {
		t.Errorf("not sent with a login over TLS: %s", by)
	}

	// Replies come by the signed address alone, also where only Postfix names it, and by the references alone.
	byAddress := s.post(letter{from: ada, to: replyTo, subject: "Photo", text: "Is it warm enough here?"})
	byRefs := s.post(letter{from: ada, subject: "Re: " + title, text: "It still blinks.", inReplyTo: m.Header.Get("Message-Id"), refs: m.Header.Get("References") + " " + m.Header.Get("Message-Id")})
	unnamed := s.postTo(replyTo, letter{from: ada, to: "battery-fans@analytical.example", subject: "What they say", text: "Others have it too."})
	for _, id := range []string{byAddress, byRefs, unnamed} {
		s.stored(id)
		if n := s.numberOf(id); n != 1 {
			t.Errorf("mail %s went to ticket %d", id, n)
		}
	}
	s.reply(card, "Is it warm enough here?")
	v.stop()
}

// answers are the Message-IDs of all mail that was written to customers, oldest first.
func (s *site) answers() []string {
	s.Helper()
	var list []string
	s.ok(s.super.QueryRow(s.Context(), `SELECT coalesce(array_agg(message_id ORDER BY created_at), '{}') FROM outgoing_messages`).Scan(&list))
	return list
}

func TestWhatPostfixReturnsMarksTheAnswerAsBounced(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{postfix: &postfix.Config{}})
	var late atomic.Bool
	s.postfix.Judge(func(r postfix.Request) string {
		switch {
		case r.Far && r.Recipient == full && late.Load():
			return "552 5.2.2 Mailbox is full"
		case r.Far && r.Recipient == full:
			return "452 4.2.2 Mailbox is full for now"
		}
		return postfix.Pass
	})
	v := s.serve()
	for i, c := range []struct {
		from, status, hard string
		suppressed         bool
	}{{gone, "5.1.1", "hard", true}, {goneUTF8, "5.1.1", "hard", true}, {full, "5.2.2", "soft", false}} {
		title := "Letter from " + c.from
		id := s.post(letter{from: c.from, subject: title, text: "Does it ring?"})
		s.stored(id)
		answer := s.answer(s.numberOf(id), "It does.")
		if c.from == full { // Postfix first says that it is late, which is no bounce.
			s.delivery(answer, "sent")
			s.reply(s.card(title), "4.2.2")
			if state, detail := s.deliveryOf(s.numberOf(id), answer); state != "sent" {
				t.Errorf("the answer that is late is %s: %s", state, detail)
			}
			late.Store(true)
		}
		s.delivery(answer, "bounced")
		state, detail := s.deliveryOf(s.numberOf(id), answer)
		if state != "bounced" || !hasAll(detail, []string{c.hard, c.status, c.from}) {
			t.Errorf("the answer is %s: %s", state, detail)
		}
		s.reply(s.card(title), "An answer came back", c.from, c.status)
		if person := read[object](s.shell, "customer", "show", c.from); (person["suppressed"] != nil) != c.suppressed {
			t.Errorf("suppressed: %v", person["suppressed"])
		}
		if n := s.count(`SELECT count(*) FROM support_tickets`); n != i+1 {
			t.Errorf("%d tickets", n)
		}
	}
	v.stop()
}

const largestMail = 100_000

func TestPostfixRefusesPutsOffAndRestarts(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{postfix: &postfix.Config{
		MaxMessage: largestMail, Settings: "virtual_alias_maps = inline:{ " + forwarding + "=" + support + " }",
	}})
	v := s.serve()
	s.refusesWhoIsUnknown()
	s.refusesOneOfTwo()
	s.putsOffAtFirst()
	s.refusesALargeMail()
	s.losesPower()
	s.forwardsBack()
	v.stop()
}

// opened opens a ticket and returns its number.
func (s *site) opened(from string) int {
	s.Helper()
	return int(read[object](s.shell, "ticket", "new", "--from", from, "--title", "Letter from "+from, "--text", "Does it ring?")["number"].(float64))
}

const nobody = "nobody@analytical.example"

func (s *site) refusesWhoIsUnknown() {
	n := s.opened(nobody)
	answer := s.answer(n, "It does.")
	s.delivery(answer, "failed")
	if _, detail := s.deliveryOf(n, answer); !hasAll(detail, []string{nobody, "550 5.1.1", "User unknown"}) {
		s.Errorf("the refusal reads %s", detail)
	}
	s.reply(s.card("Letter from "+nobody), "could not be sent", "User unknown")
}

func (s *site) refusesOneOfTwo() {
	id := s.post(letter{from: ada, cc: nobody, subject: "From both of us", text: "Does it ring?"})
	s.stored(id)
	n := s.numberOf(id)
	answer := s.answer(n, "It does, to both.")
	s.delivery(answer, "sent")
	s.arrived(ada, answer)
	if _, detail := s.deliveryOf(n, answer); !hasAll(detail, []string{nobody, "550 5.1.1"}) || strings.Contains(detail, ada) {
		s.Errorf("the refusal of one reads %s", detail)
	}
}

func (s *site) putsOffAtFirst() {
	s.postfix.Judge(func(postfix.Request) string { return "450 4.2.0 Greylisted, try again in a minute" })
	n := s.opened(mary)
	answer := s.answer(n, "Later.")
	s.putOff(answer, "Greylisted")
	s.postfix.Judge(nil)
	s.failsWith(1, []string{"was tried already", "cannot be taken back", fmt.Sprintf("ticket send %d", n)}, "ticket", "undo", fmt.Sprint(n))
	s.do("ticket", "send", fmt.Sprint(n))
	s.delivery(answer, "sent")
	s.arrived(mary, answer)
}

func (s *site) refusesALargeMail() {
	file := filepath.Join(s.TempDir(), "plan.bin")
	s.ok(os.WriteFile(file, bytes.Repeat([]byte{1, 2, 3}, largestMail/3), 0o600))
	n := s.opened(mary)
	answer := read[object](s.shell, "ticket", "reply", fmt.Sprint(n), "--text", "The plan.", "--attach", file)["message_id"].(string)
	s.delivery(answer, "failed")
	if _, detail := s.deliveryOf(n, answer); !hasAll(detail, []string{"larger than the mail server takes", fmt.Sprint(largestMail)}) {
		s.Errorf("too large reads %s", detail)
	}
}

// losesPower kills Postfix when it has the whole mail and has not answered yet.
func (s *site) losesPower() {
	asked, down := make(chan struct{}), make(chan struct{})
	ask, up := sync.OnceFunc(func() { close(asked) }), sync.OnceFunc(func() { close(down) })
	s.Cleanup(up)
	s.postfix.JudgeMessage(func(postfix.Request) string {
		ask()
		<-down
		return postfix.Pass
	})
	answer := s.answer(s.opened(mary), "Again.")
	s.until("the mail at Postfix", func() bool {
		select {
		case <-asked:
			return true
		default:
			return false
		}
	})
	s.ok(s.postfix.Kill())
	s.putOff(answer, "")
	s.postfix.JudgeMessage(nil)
	up()
	s.ok(s.postfix.Restart(s.Context()))
	s.tryAgain()
	s.delivery(answer, "sent")
	s.arrived(mary, answer)
}

// forwardsBack has a customer's provider forward our answers to ourselves.
func (s *site) forwardsBack() {
	n := s.opened(forwarding)
	answer := s.answer(n, "Do you get this?")
	s.delivery(answer, "sent")
	var back []object
	s.until("our own mail", func() bool {
		back = slices.DeleteFunc(s.mails(), func(m object) bool { return m["message_id"] != answer })
		return len(back) > 0
	})
	if back[0]["class"] != "loop" || back[0]["state"] != "ignored" {
		s.Errorf("our own mail is listed as %v", back[0])
	}
	if got := len(s.show(n)["comments"].([]any)); got != 2 {
		s.Errorf("%d comments", got)
	}
}

func TestAddressesBeyondASCIIThroughPostfix(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{postfix: &postfix.Config{}, noSlack: true})
	v := s.serve()
	for from, box := range map[string]string{jurgen: jurgen, kase: kaseWire} {
		text := "Läutet es? " + strings.Repeat("Eine sehr lange Zeile mit Käse, ", 200) + "Ende."
		id := s.post(letter{from: from, subject: "Gruß von " + from, text: text})
		s.stored(id)
		ticket := s.show(s.numberOf(id))
		if got := ticket["comments"].([]any)[0].(object)["text"]; got != text {
			t.Errorf("the long line reads %v", got)
		}
		if got := ticket["customer"].(object)["email"]; got != from {
			t.Errorf("the customer is %v", got)
		}
		answer := s.answer(s.numberOf(id), "Es läutet. "+strings.Repeat("Diese Zeile hört nicht auf. ", 200))
		s.delivery(answer, "sent")
		m := inbox.Parse(s.arrived(box, answer))
		if !strings.HasSuffix(m.Subject, fmt.Sprintf("Gruß von %s [#%d]", from, s.numberOf(id))) || !strings.Contains(m.FullText, "Es läutet. Diese Zeile hört nicht auf.") {
			t.Errorf("%s got %q: %.200s", from, m.Subject, m.FullText)
		}
		// Many mail programs write the domain in ASCII: it is the same person.
		again := s.post(letter{from: box, subject: "Re: " + m.Subject, text: "Danke.", inReplyTo: "<" + m.MessageID + ">"})
		s.stored(again)
		if n := s.numberOf(again); n != s.numberOf(id) {
			t.Errorf("the reply of %s is on ticket %d", box, n)
		}
		if people := s.show(s.numberOf(id))["participants"].([]any); len(people) != 1 {
			t.Errorf("participants %v", people)
		}
	}
	v.stop()
}

func TestAnAddressBeyondASCIIKeepsNobodyElseFromTheMailThroughPostfix(t *testing.T) {
	t.Parallel()
	for takes, want := range map[string]string{"yes": "<nil>", "no": "SMTPUTF8"} {
		t.Run("smtputf8 "+takes, func(t *testing.T) {
			s := newSite(t, siteOptions{postfix: &postfix.Config{Settings: "smtputf8_enable = " + takes}, noSlack: true})
			v := s.serve()
			id := s.post(letter{from: ada, cc: jurgen + ", " + mary, subject: "Three of us", text: "We all ask."})
			s.stored(id)
			answer := s.answer(s.numberOf(id), "And all are answered.")
			s.delivery(answer, "sent")
			if _, detail := s.deliveryOf(s.numberOf(id), answer); !strings.Contains(detail, want) {
				t.Errorf("delivery detail %q", detail)
			}
			for _, box := range []string{ada, mary} {
				head, _, _ := bytes.Cut(s.arrived(box, answer), []byte("\n\n"))
				if i := bytes.IndexFunc(head, func(r rune) bool { return r >= 0x80 }); i >= 0 {
					t.Errorf("%s got a header beyond ASCII: %q", box, head[max(0, i-40):i+10])
				}
			}
			if takes == "yes" {
				if m := inbox.Parse(s.arrived(jurgen, answer)); len(m.Cc) != 2 {
					t.Errorf("Jürgen reads the copies %v", m.Cc)
				}
			}
			v.stop()
		})
	}
}

func TestWhatIsWrongWithTheSubmissionIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{postfix: &postfix.Config{Settings: "recipient_delimiter ="}, noSlack: true, noBoxes: true})
	add := func(smtp string) []string {
		return []string{"mailbox", "add", support, "--imap", s.dovecot.URL(support), "--smtp", smtp}
	}
	s.failsWith(exitFailed, []string{"--smtp", "535 5.7.8", "password"}, add(strings.Replace(s.postfix.STARTTLSURL(support), password, "wrong", 1))...)
	s.failsWith(exitFailed, []string{"--smtp", "tls=starttls"}, add(strings.Replace(s.postfix.STARTTLSURL(support), "starttls", "none", 1))...)
	s.failsWith(exitFailed, []string{"--smtp", "tls=starttls"}, add(strings.Replace(s.postfix.STARTTLSURL(support), "starttls", "implicit", 1))...)
	s.certs = ""
	s.failsWith(exitFailed, []string{"--smtp", "SSL_CERT_FILE"}, add(s.postfix.TLSURL(support))...)
	s.certs = s.dovecot.CertFile()
	s.do(add(s.postfix.TLSURL(support))...)
	if out := s.do("mailbox", "test", support); !hasAll(out, []string{"The server refuses it (550 5.1.1", "message ids carry the threads"}) {
		t.Errorf("without sub-addresses mailbox test says %s", out)
	}
}
