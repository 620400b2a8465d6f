package email

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
)

// A script is an SMTP server that answers each command with what the test says, else as a good one would.
// An answer of "cut" closes the connection.
type script struct {
	t        testing.TB
	listener net.Listener
	serving  sync.WaitGroup

	mu      sync.Mutex
	answers map[string]string // by a command's beginning, or "." for the end of the message
	seen    []string
	changed chan struct{}
	conns   []net.Conn
}

func newScript(t testing.TB, answers map[string]string) *script {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &script{t: t, listener: l, answers: answers, changed: make(chan struct{})}
	s.serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, conn)
			s.mu.Unlock()
			s.serving.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		s.mu.Lock()
		for _, c := range s.conns {
			_ = c.Close()
		}
		s.mu.Unlock()
		s.serving.Wait()
	})
	return s
}

func (s *script) account() Account {
	return Account{Protocol: SMTP, Host: "127.0.0.1", Port: s.listener.Addr().(*net.TCPAddr).Port, TLS: TLSNone}
}

func (s *script) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	reply := func(text string) bool {
		if text == "cut" {
			return false
		}
		_, err := fmt.Fprintf(conn, "%s\r\n", strings.ReplaceAll(text, "\n", "\r\n"))
		return err == nil
	}
	r := bufio.NewReader(conn)
	data := false
	for ok := reply(s.answer("greeting", "220 script.example")); ok; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		switch {
		case data && line == ".":
			data = false
			ok = reply(s.answer(".", "250 2.0.0 taken"))
		case data:
		case line == "DATA":
			text := s.answer(line, "354 go on")
			data = strings.HasPrefix(text, "354")
			ok = reply(text)
		case strings.HasPrefix(line, "EHLO"):
			ok = reply(s.answer(line, "250-script.example\n250-PIPELINING\n250-8BITMIME\n250 SIZE 1000"))
		case line == "QUIT":
			reply(s.answer(line, "221 bye"))
			return
		default:
			ok = reply(s.answer(line, "250 2.0.0 fine"))
		}
	}
}

func (s *script) answer(command, fallback string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, command)
	close(s.changed)
	s.changed = make(chan struct{})
	for begin, text := range s.answers {
		if strings.HasPrefix(command, begin) {
			return text
		}
	}
	return fallback
}

func (s *script) set(command, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[command] = answer
}

// commands returns those seen so far that begin so.
func (s *script) commands(begin string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, c := range s.seen {
		if strings.HasPrefix(c, begin) {
			out = append(out, c)
		}
	}
	return out
}

func (s *script) waitFor(begin string) {
	s.t.Helper()
	deadline := time.After(patience)
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if len(s.commands(begin)) > 0 {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			s.t.Fatalf("gave up waiting for %s", begin)
		}
	}
}

func countingDialer(n *atomic.Int32) Dialer {
	return Dialer{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		n.Add(1)
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}}
}

func TestUsedConnectionThatTheServerEndsIsReplacedSilently(t *testing.T) {
	for _, answer := range []string{"421 4.7.0 too many messages on this connection", "cut"} {
		s := newScript(t, map[string]string{})
		sender, _ := newTestSender(t, s.account(), Dialer{})
		if _, err := sender.Send(t.Context(), outgoing("a@desk.example", customer)); err != nil {
			t.Fatal(err)
		}
		var once sync.Once
		sender.cfg.Dialer.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			once.Do(func() { s.set("MAIL", "250 fine") })
			var d net.Dialer
			return d.DialContext(ctx, network, address)
		}
		s.set("MAIL", answer)
		if _, err := sender.Send(t.Context(), outgoing("b@desk.example", customer)); err != nil {
			t.Errorf("answer %q: %v", answer, err)
		}
		if n := len(s.commands("EHLO")); n != 2 {
			t.Errorf("answer %q: %d connections, want 2", answer, n)
		}
	}
}

func TestNewConnectionThatEndsAtMailIsAnError(t *testing.T) {
	s := newScript(t, map[string]string{"MAIL": "421 4.3.2 closing"})
	sender, _ := newTestSender(t, s.account(), Dialer{})
	_, err := sender.Send(t.Context(), outgoing("a@desk.example", customer))
	var refused *SendError
	if !errors.As(err, &refused) || !refused.Temporary || refused.Code != 421 {
		t.Errorf("got %v, want the 421 as a temporary SendError", err)
	}
	if n := len(s.commands("EHLO")); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

func TestRefusedSenderReadsTheAnswersToWhatWasSentAhead(t *testing.T) {
	s := newScript(t, map[string]string{"MAIL": "553 5.1.8 sender unknown", "RCPT": "503 5.5.1 no MAIL"})
	sender, _ := newTestSender(t, s.account(), Dialer{})
	_, err := sender.Send(t.Context(), outgoing("a@desk.example", customer, "b@customer.example"))
	var refused *SendError
	if !errors.As(err, &refused) || refused.Code != 553 || refused.Step != "MAIL" || !refused.Permanent() {
		t.Fatalf("got %v", err)
	}
	s.set("MAIL", "250 fine")
	s.set("RCPT", "250 fine")
	if _, err := sender.Send(t.Context(), outgoing("a@desk.example", customer)); err != nil {
		t.Errorf("the next message on the same connection: %v", err)
	}
	if n := len(s.commands("EHLO")); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

func TestServerLimitsAreCheckedBeforeSending(t *testing.T) {
	for name, c := range map[string]struct {
		ehlo   string
		change func(data []byte) []byte
		want   string
	}{
		"size":        {"250-x\n250 SIZE 100", func(b []byte) []byte { return b }, "larger than the mail server takes (100 bytes)"},
		"8bit":        {"250-x\n250 SIZE", func(b []byte) []byte { return append(b, "caf\xc3\xa9\r\n"...) }, "8BITMIME"},
		"utf8 header": {"250-x\n250 8BITMIME", func(b []byte) []byte { return append([]byte("X: caf\xc3\xa9\r\n"), b...) }, "SMTPUTF8"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, map[string]string{"EHLO": c.ehlo})
			sender, _ := newTestSender(t, s.account(), Dialer{})
			e := outgoing("limits@desk.example", customer)
			e.Data = c.change(e.Data)
			_, err := sender.Send(t.Context(), e)
			var refused *SendError
			if !errors.As(err, &refused) || !refused.Permanent() || !strings.Contains(refused.Text, c.want) {
				t.Errorf("got %v, want a permanent error with %q", err, c.want)
			}
			if n := len(s.commands("MAIL")); n != 0 {
				t.Errorf("MAIL was sent %d times", n)
			}
		})
	}
}

func TestExtensionsAreUsedOnlyWhereNeeded(t *testing.T) {
	s := newScript(t, map[string]string{"EHLO": "250-x\n250-SIZE 0\n250-8BITMIME\n250 SMTPUTF8"})
	sender, _ := newTestSender(t, s.account(), Dialer{})
	plain := outgoing("plain@desk.example", customer)
	eight := outgoing("eight@desk.example", customer)
	eight.Data = append(eight.Data, "caf\xc3\xa9\r\n"...)
	international := outgoing("international@desk.example", "andré@customer.example")
	for _, e := range []inbox.Envelope{plain, eight, international} {
		if _, err := sender.Send(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		fmt.Sprintf("MAIL FROM:<%s> SIZE=%d", supportAddress, len(plain.Data)),
		fmt.Sprintf("MAIL FROM:<%s> SIZE=%d BODY=8BITMIME", supportAddress, len(eight.Data)),
		fmt.Sprintf("MAIL FROM:<%s> SIZE=%d SMTPUTF8", supportAddress, len(international.Data)),
	}
	if got := s.commands("MAIL"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestOnlyTheRecipientThatNeedsSMTPUTF8IsRefusedWithoutIt(t *testing.T) {
	s := newScript(t, map[string]string{"EHLO": "250-x\n250 8BITMIME"})
	sender, _ := newTestSender(t, s.account(), Dialer{})
	receipt, err := sender.Send(t.Context(), outgoing("mixed@desk.example", "andré@customer.example", customer, "zoë@bücher.example"))
	if err != nil || len(receipt.Accepted) != 1 || receipt.Accepted[0] != customer {
		t.Errorf("receipt %+v, error %v", receipt, err)
	}
	if got := s.commands("RCPT"); len(got) != 1 || got[0] != "RCPT TO:<"+customer+">" {
		t.Errorf("the server was told %q", got)
	}
	if got := s.commands("MAIL"); len(got) != 1 || strings.Contains(got[0], "SMTPUTF8") {
		t.Errorf("the server was told %q", got)
	}
	for i, want := range []string{"andré@customer.example", "zoë@bücher.example"} {
		if f := receipt.Refused[i]; f.Recipient != want || !f.Permanent || !strings.Contains(f.Reply, "SMTPUTF8") {
			t.Errorf("refused %+v", f)
		}
	}
	receipt, err = sender.Send(t.Context(), outgoing("alone@desk.example", "andré@customer.example"))
	if err != nil || len(receipt.Refused) != 1 || len(s.commands("MAIL")) != 1 {
		t.Errorf("alone: receipt %+v, error %v", receipt, err)
	}
}

func TestInternationalDomainGoesOutInItsASCIIForm(t *testing.T) {
	s := newScript(t, map[string]string{"EHLO": "250 x"})
	sender, _ := newTestSender(t, s.account(), Dialer{})
	receipt, err := sender.Send(t.Context(), outgoing("domain@desk.example", "ann@bücher.example"))
	if err != nil || len(receipt.Accepted) != 1 || receipt.Accepted[0] != "ann@bücher.example" {
		t.Errorf("receipt %+v, error %v", receipt, err)
	}
	if got := s.commands("RCPT"); len(got) != 1 || got[0] != "RCPT TO:<ann@xn--bcher-kva.example>" {
		t.Errorf("the server was told %q", got)
	}
}

func TestManyRecipientsWithoutPipelining(t *testing.T) {
	s := newScript(t, map[string]string{"EHLO": "250 x", "RCPT TO:<r7@": "452 4.5.3 too many recipients"})
	sender, _ := newTestSender(t, s.account(), Dialer{})
	var recipients []string
	for i := range 250 {
		recipients = append(recipients, fmt.Sprintf("r%d@customer.example", i))
	}
	receipt, err := sender.Send(t.Context(), outgoing("many@desk.example", recipients...))
	if err != nil || len(receipt.Accepted) != 249 || len(receipt.Refused) != 1 || receipt.Refused[0].Permanent {
		t.Errorf("%d accepted, refused %+v, error %v", len(receipt.Accepted), receipt.Refused, err)
	}
}

func TestShutdownDuringTheFinalAnswerStillLearnsIt(t *testing.T) {
	server := newMailServer(t)
	release := server.HoldAnswers()
	defer release()
	s, _ := newTestSender(t, mustAccount(t, server.SMTPURL(supportAddress), SMTP), Dialer{})
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := s.Send(ctx, outgoing("shutdown@desk.example", customer))
		result <- err
	}()
	if err := server.WaitFor(t.Context(), func() bool { return server.Copies("shutdown@desk.example") == 1 }); err != nil {
		t.Fatal(err)
	}
	cancel()
	release()
	if err := <-result; err != nil {
		t.Errorf("got %v although the server accepted the message", err)
	}
}

func FuzzSplitEnhanced(f *testing.F) {
	f.Add(550, "5.1.1 no such user\n5.1.1 really")
	f.Add(451, "5.1.1 another class")
	f.Add(250, "2.0.0")
	f.Fuzz(func(t *testing.T, code int, message string) {
		enhanced, text := splitEnhanced(code, message)
		if enhanced != "" && (!isEnhanced(enhanced) || !strings.Contains(message, enhanced) || int(enhanced[0]-'0') != code/100) {
			t.Errorf("%d %q: enhanced code %q", code, message, enhanced)
		}
		if len(text) > len(message) {
			t.Errorf("%q became %q", message, text)
		}
		if strings.ContainsAny((&SendError{Code: code, Enhanced: enhanced, Text: text}).Error(), "\r\n") {
			t.Errorf("%q: error of more than one line", message)
		}
	})
}
