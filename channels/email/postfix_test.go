package email

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
	"github.com/customerdesk/customerdesk/internal/sandbox/postfix"
)

// realCustomers have their mailboxes at the same provider.
const (
	realCustomer = "ann@home.example"
	utf8Customer = "jürgen@home.example"
)

// A realProvider is a Postfix in front of a Dovecot.
type realProvider struct {
	*testing.T
	*postfix.Server
	box *dovecot.Server
}

// TestSendingThroughPostfix starts it once for all that is told of it.
func TestSendingThroughPostfix(t *testing.T) {
	if err := postfix.Available(); err != nil {
		t.Skip(err)
	}
	var users []dovecot.User
	for _, name := range []string{realUser, realCustomer, utf8Customer} {
		users = append(users, dovecot.User{Name: name, Password: "s p@ss/w%rd"})
	}
	box, err := dovecot.Start(t.Context(), dovecot.Config{Users: users, Settings: "auth_failure_delay = 0\n"})
	check(t, err)
	t.Cleanup(func() { check(t, box.Stop()) })
	s, err := postfix.Start(t.Context(), postfix.Config{Dovecot: box, MaxMessage: 200_000})
	check(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			log, _ := os.ReadFile(s.LogFile())
			t.Logf("%s", log)
		}
		check(t, s.Stop())
	})
	for _, told := range []struct {
		what string
		test func(*realProvider)
	}{
		{"a message arrives byte for byte over each kind of encryption", (*realProvider).arrivesByteForByte},
		{"an address that is not ASCII gets its mail", (*realProvider).reachesAddressesBeyondASCII},
		{"refusals stop nobody else, however many they are", (*realProvider).survivesManyRefusals},
		{"recipients that are put off are refused for now", (*realProvider).isPutOff},
		{"a server that says goodbye is used again", (*realProvider).outlivesGoodbye},
		{"a connection that a restart ended is replaced", (*realProvider).outlivesRestart},
		{"an answer that is lost leaves the outcome open", (*realProvider).losesItsAnswer},
		{"a server that cannot check passwords blames none", (*realProvider).cannotCheckPasswords},
		{"what is too large is refused with the limit", (*realProvider).refusesWhatIsTooLarge},
		{"a wrong password names itself", (*realProvider).namesTheWrongPassword},
		{"without encryption none is sent", (*realProvider).wantsEncryption},
	} {
		t.Run(told.what, func(t *testing.T) {
			s.Judge(nil)
			s.JudgeMessage(nil)
			told.test(&realProvider{t, s, box})
		})
	}
}

func (p *realProvider) account(url string) Account {
	p.Helper()
	return mustAccount(p, url, SMTP)
}

func (p *realProvider) sender() *Sender {
	p.Helper()
	s, _ := newTestSender(p, p.account(p.STARTTLSURL(realUser)), p.dialer())
	return s
}

// dialer has the patience that a busy machine needs.
func (p *realProvider) dialer() Dialer {
	return Dialer{RootCAs: p.box.CertPool(), Timeout: patience}
}

// letter has what servers like to change: dots, trailing spaces, 8-bit text and a line that is longer than RFC 5322 allows.
func (p *realProvider) letter(id string, recipients ...string) inbox.Envelope {
	return inbox.Envelope{
		Mailbox: testMailbox, From: realUser, Recipients: recipients, MessageID: id,
		Data: []byte("From: " + realUser + "\r\nTo: " + realCustomer + "\r\nMessage-ID: <" + id + ">\r\nSubject: Re\r\nDate: Mon, 02 Feb 2026 10:00:00 +0000\r\n" +
			"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
			".\r\n..two\r\n.end\r\nFrom here   \r\n\tKäse – 😀\r\n\r\n" + strings.Repeat("long ", 1000) + "\r\n\r\n"),
	}
}

// arrived waits for a message and fails unless it is in the user's mailbox once, as it was sent but for line ends and
// what Postfix puts before it.
func (p *realProvider) arrived(user string, e inbox.Envelope) {
	p.Helper()
	id := []byte("\nMessage-ID: <" + e.MessageID + ">\n")
	limit := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		all, err := p.box.Mails(user)
		check(p, err)
		all = slices.DeleteFunc(all, func(raw []byte) bool { return !bytes.Contains(raw, id) })
		if len(all) > 0 {
			if want := bytes.ReplaceAll(e.Data, []byte("\r\n"), []byte("\n")); len(all) > 1 || !bytes.HasSuffix(all[0], want) {
				p.Errorf("%d of %s came: %s", len(all), e.MessageID, all[0])
			}
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			p.Fatalf("%s did not come to %s", e.MessageID, user)
		}
	}
}

func (p *realProvider) arrivesByteForByte() {
	for i, url := range []string{p.STARTTLSURL(realUser), p.TLSURL(realUser)} {
		s, _ := newTestSender(p, p.account(url), p.dialer())
		for j := range 2 { // on one connection
			e := p.letter(fmt.Sprintf("bytes-%d-%d@desk.example", i, j), realCustomer)
			if r, err := s.Send(p.Context(), e); err != nil || !slices.Equal(r.Accepted, e.Recipients) {
				p.Fatalf("%+v, %v", r, err)
			}
			p.arrived(realCustomer, e)
		}
	}
}

func (p *realProvider) reachesAddressesBeyondASCII() {
	e := p.letter("utf8@desk.example", utf8Customer)
	if r, err := p.sender().Send(p.Context(), e); err != nil || len(r.Accepted) != 1 {
		p.Fatalf("%+v, %v", r, err)
	}
	p.arrived(utf8Customer, e)
}

// survivesManyRefusals sends as the outbox does: those who were refused for good are not tried again. Postfix hangs up
// after twenty errors, and is left alone for a while then.
func (p *realProvider) survivesManyRefusals() {
	now := time.Now()
	s, _ := newTestSender(p, p.account(p.STARTTLSURL(realUser)), p.dialer(), func(c *SenderConfig) { c.Clock = func() time.Time { return now } })
	e := p.letter("many@desk.example")
	for i := range 45 {
		e.Recipients = append(e.Recipients, fmt.Sprintf("nobody%d@home.example", i))
	}
	e.Recipients = append(e.Recipients, realCustomer)
	const tries = 4
	for range tries {
		r, err := s.Send(p.Context(), e)
		for _, f := range r.Refused {
			if !f.Permanent || !strings.HasPrefix(f.Reply, "550 5.1.1 ") {
				p.Fatalf("refusal %+v", f)
			}
			e.Recipients = slices.DeleteFunc(e.Recipients, func(a string) bool { return a == f.Recipient })
		}
		if err == nil {
			if !slices.Equal(r.Accepted, []string{realCustomer}) {
				p.Fatalf("accepted %v", r.Accepted)
			}
			p.arrived(realCustomer, e)
			return
		}
		if reply := (*SendError)(nil); !errors.As(err, &reply) || !reply.Temporary {
			p.Fatal(err)
		}
		now = now.Add(time.Hour) // "too many errors" is a wish for less
	}
	p.Fatalf("not sent in %d tries; left are %v", tries, e.Recipients)
}

func (p *realProvider) isPutOff() {
	p.Judge(func(r postfix.Request) string {
		if r.Recipient == utf8Customer {
			return "450 4.2.0 Greylisted, try again in a minute"
		}
		return postfix.Pass
	})
	s := p.sender()
	e := p.letter("grey@desk.example", utf8Customer, realCustomer)
	r, err := s.Send(p.Context(), e)
	if err != nil || !slices.Equal(r.Accepted, []string{realCustomer}) || len(r.Refused) != 1 || r.Refused[0].Permanent || !strings.Contains(r.Refused[0].Reply, "450 4.2.0") {
		p.Fatalf("%+v, %v", r, err)
	}
	p.arrived(realCustomer, e)
	p.Judge(nil)
	e.Recipients = []string{utf8Customer}
	if _, err := s.Send(p.Context(), e); err != nil {
		p.Fatal(err)
	}
	p.arrived(utf8Customer, e)
}

func (p *realProvider) outlivesGoodbye() {
	p.Judge(func(postfix.Request) string { return "421 4.3.2 Going down for a moment" })
	s := p.sender()
	e := p.letter("goodbye@desk.example", realCustomer)
	_, err := s.Send(p.Context(), e)
	if reply := (*SendError)(nil); !errors.As(err, &reply) || reply.Code != 421 || !reply.Temporary {
		p.Fatalf("says %v", err)
	}
	p.Judge(nil)
	if _, err := s.Send(p.Context(), e); err != nil {
		p.Fatal(err)
	}
	p.arrived(realCustomer, e)
}

func (p *realProvider) outlivesRestart() {
	s := p.sender()
	for i := range 3 {
		e := p.letter(fmt.Sprintf("restart-%d@desk.example", i), realCustomer)
		if _, err := s.Send(p.Context(), e); err != nil {
			p.Fatal(err)
		}
		p.arrived(realCustomer, e)
		check(p, p.Restart(p.Context()))
	}
}

func (p *realProvider) losesItsAnswer() {
	asked, down := make(chan struct{}), make(chan struct{})
	p.JudgeMessage(func(postfix.Request) string {
		close(asked)
		<-down
		return postfix.Pass
	})
	up := sync.OnceFunc(func() { close(down) })
	p.Cleanup(up)
	s := p.sender()
	e := p.letter("lost@desk.example", realCustomer)
	sent := make(chan error, 1)
	go func() {
		_, err := s.Send(p.Context(), e)
		sent <- err
	}()
	select {
	case <-asked:
	case err := <-sent:
		p.Fatalf("before Postfix had the message: %v", err)
	}
	check(p, p.Kill())
	if err := <-sent; !errors.Is(err, ErrUnknownOutcome) {
		p.Errorf("says %v", err)
	}
	p.JudgeMessage(nil)
	up()
	check(p, p.Restart(p.Context()))
	if _, err := s.Send(p.Context(), e); err != nil {
		p.Fatal(err)
	}
	p.arrived(realCustomer, e)
}

// cannotCheckPasswords stops Dovecot, which Postfix asks about logins.
func (p *realProvider) cannotCheckPasswords() {
	check(p, p.box.Kill())
	s := p.sender()
	e := p.letter("unchecked@desk.example", realCustomer)
	if _, err := s.Send(p.Context(), e); err == nil || kindOf(err) == FaultCredentials {
		p.Errorf("says %v", err)
	}
	check(p, p.box.Restart(p.Context()))
	limit := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := s.Send(p.Context(), e)
		if err == nil {
			break
		}
		select {
		case <-tick.C: // Postfix waits a little before it asks again.
		case <-limit:
			p.Fatal(err)
		}
	}
	p.arrived(realCustomer, e)
}

func (p *realProvider) refusesWhatIsTooLarge() {
	e := p.letter("large@desk.example", realCustomer)
	e.Data = append(e.Data, bytes.Repeat([]byte("0123456789\r\n"), 20_000)...)
	_, err := p.sender().Send(p.Context(), e)
	if reply := (*SendError)(nil); !errors.As(err, &reply) || reply.Temporary || reply.Enhanced != "5.3.4" || !strings.Contains(err.Error(), "200000 bytes") {
		p.Errorf("says %v", err)
	}
}

func (p *realProvider) namesTheWrongPassword() {
	a := p.account(p.STARTTLSURL(realUser))
	a.Password = "wrong"
	err := p.dialer().CheckSMTP(p.Context(), a)
	if kindOf(err) != FaultCredentials || !strings.Contains(err.Error(), "535 5.7.8") {
		p.Errorf("says %v", err)
	}
}

func (p *realProvider) wantsEncryption() {
	a := p.account(p.STARTTLSURL(realUser))
	a.TLS = TLSNone
	err := p.dialer().CheckSMTP(p.Context(), a)
	if kindOf(err) != FaultEncryption || !strings.Contains(err.Error(), "tls=starttls") {
		p.Errorf("says %v", err)
	}
}
