package email

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// accounts gives every mailbox the same account and counts how often it was asked.
type accounts struct {
	mu    sync.Mutex
	a     Account
	asked int
}

func (a *accounts) SMTP(context.Context, tenant.ID, inbox.MailboxID) (Account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	return a.a, nil
}

func (a *accounts) set(account Account) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.a = account
}

func newTestSender(t testing.TB, a Account, d Dialer, adjust ...func(*SenderConfig)) (*Sender, *accounts) {
	t.Helper()
	if d.Timeout == 0 {
		d.Timeout = 5 * time.Second
	}
	source := &accounts{a: a}
	cfg := SenderConfig{Accounts: source, Dialer: d}
	for _, f := range adjust {
		f(&cfg)
	}
	s := NewSender(cfg)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, source
}

var testMailbox = inbox.MailboxID{UUID: uuid.MustParse("6f8f2d5e-58a7-4f3f-8a30-3c1a2b7c9d10")}

func outgoing(id string, recipients ...string) inbox.Envelope {
	return inbox.Envelope{
		Mailbox: testMailbox, From: supportAddress, Recipients: recipients, MessageID: id,
		Data: []byte("From: " + supportAddress + "\r\nTo: " + customer + "\r\nMessage-ID: <" + id + ">\r\nSubject: Re\r\n\r\n" +
			"Lines:\r\n.\r\n..two\r\n.end\r\n"),
	}
}

func TestMessageArrivesByteForByteOverEveryKindOfEncryption(t *testing.T) {
	server := newMailServer(t)
	for _, mode := range []mailserver.TLSMode{mailserver.NoTLS, mailserver.STARTTLS, mailserver.ImplicitTLS} {
		s, _ := newTestSender(t, mustAccount(t, server.SMTPURLWith(supportAddress, mode), SMTP), Dialer{RootCAs: server.CertPool()})
		e := outgoing("bytes-"+string(mode)+"@desk.example", customer)
		receipt, err := s.Send(t.Context(), e)
		if err != nil || !slices.Equal(receipt.Accepted, []string{customer}) || receipt.Refused != nil {
			t.Fatalf("%s: receipt %+v, error %v", mode, receipt, err)
		}
		all := server.Submitted()
		got := all[len(all)-1]
		if !bytes.Equal(got.Raw, e.Data) || got.From != e.From || got.User != supportAddress || got.TLS != (mode != mailserver.NoTLS) {
			t.Errorf("%s: the server got %+v", mode, got)
		}
	}
}

func TestRefusedRecipientDoesNotStopTheOthers(t *testing.T) {
	server := newMailServer(t)
	s, _ := newTestSender(t, mustAccount(t, server.SMTPURL(supportAddress), SMTP), Dialer{})
	receipt, err := s.Send(t.Context(), outgoing("partly@desk.example", "nobody@customer.example", customer))
	if err != nil || !slices.Equal(receipt.Accepted, []string{customer}) || len(receipt.Refused) != 1 {
		t.Fatalf("receipt %+v, error %v", receipt, err)
	}
	r := receipt.Refused[0]
	if r.Recipient != "nobody@customer.example" || !r.Permanent || !strings.HasPrefix(r.Reply, "550 5.1.1 ") {
		t.Errorf("refusal %+v", r)
	}
	if server.Copies("partly@desk.example") != 1 {
		t.Error("the accepted recipient got nothing")
	}
}

func TestDeferredRecipientIsRefusedForNow(t *testing.T) {
	server := newMailServer(t)
	server.Inject(mailserver.RcptDeferred, 1)
	s, _ := newTestSender(t, mustAccount(t, server.SMTPURL(supportAddress), SMTP), Dialer{})
	receipt, err := s.Send(t.Context(), outgoing("later@desk.example", customer))
	if err != nil || len(receipt.Accepted) != 0 || len(receipt.Refused) != 1 || receipt.Refused[0].Permanent {
		t.Fatalf("receipt %+v, error %v", receipt, err)
	}
	if len(server.Submitted()) != 0 {
		t.Error("a message without recipients was sent")
	}
	// The connection is as good as before.
	if receipt, err = s.Send(t.Context(), outgoing("later@desk.example", customer)); err != nil || len(receipt.Accepted) != 1 {
		t.Fatalf("second attempt: receipt %+v, error %v", receipt, err)
	}
}

func TestRefusedMessageIsASendErrorWithItsCode(t *testing.T) {
	for fault, want := range map[mailserver.Fault]SendError{
		mailserver.DataRefused:  {Code: 554, Enhanced: "5.6.0"},
		mailserver.DataDeferred: {Code: 452, Enhanced: "4.3.1", Temporary: true},
	} {
		server := newMailServer(t)
		server.Inject(fault, 1)
		s, _ := newTestSender(t, mustAccount(t, server.SMTPURL(supportAddress), SMTP), Dialer{})
		receipt, err := s.Send(t.Context(), outgoing("refused@desk.example", customer))
		var got *SendError
		if !errors.As(err, &got) || got.Code != want.Code || got.Enhanced != want.Enhanced || got.Temporary != want.Temporary {
			t.Errorf("got %v, want %+v", err, want)
		}
		if len(receipt.Accepted) != 0 {
			t.Errorf("receipt %+v of a message that was refused", receipt)
		}
		if _, err := s.Send(t.Context(), outgoing("refused@desk.example", customer)); err != nil {
			t.Errorf("the next message: %v", err)
		}
	}
}

func TestLostAnswerIsUnknownOutcome(t *testing.T) {
	for _, fault := range []mailserver.Fault{mailserver.AnswerLost, mailserver.DataLost} {
		server := newMailServer(t)
		server.Inject(fault, 1)
		s, _ := newTestSender(t, mustAccount(t, server.SMTPURL(supportAddress), SMTP), Dialer{})
		e := outgoing("lost@desk.example", customer)
		if receipt, err := s.Send(t.Context(), e); !errors.Is(err, ErrUnknownOutcome) || len(receipt.Accepted) != 0 {
			t.Errorf("receipt %+v, error %v, want ErrUnknownOutcome", receipt, err)
		}
		if _, err := s.Send(t.Context(), e); err != nil {
			t.Errorf("second attempt: %v", err)
		}
		if all := server.Submitted(); !bytes.Equal(all[len(all)-1].Raw, e.Data) {
			t.Error("the second attempt sent other bytes")
		}
	}
}

func TestFailureAfterAcceptanceIsNoError(t *testing.T) {
	server := newMailServer(t)
	server.Inject(mailserver.ResetFails, 10)
	s, _ := newTestSender(t, mustAccount(t, server.SMTPURL(supportAddress), SMTP), Dialer{})
	for i := range 3 {
		id := fmt.Sprintf("reset-%d@desk.example", i)
		if _, err := s.Send(t.Context(), outgoing(id, customer)); err != nil {
			t.Fatal(err)
		}
		if server.Copies(id) != 1 {
			t.Errorf("%s was delivered %d times", id, server.Copies(id))
		}
	}
}

func TestConnectionIsReusedAndReplacedWhenDead(t *testing.T) {
	server := newMailServer(t)
	var dialed atomic.Int32
	s, _ := newTestSender(t, mustAccount(t, server.SMTPURL(supportAddress), SMTP), countingDialer(&dialed))
	for i := range 3 {
		if _, err := s.Send(t.Context(), outgoing(fmt.Sprintf("reuse-%d@desk.example", i), customer)); err != nil {
			t.Fatal(err)
		}
	}
	if n := dialed.Load(); n != 1 {
		t.Errorf("%d connections for three messages", n)
	}
	server.SetDown(true)
	server.SetDown(false)
	if _, err := s.Send(t.Context(), outgoing("dead@desk.example", customer)); err != nil {
		t.Errorf("send over a connection that had died: %v", err)
	}
	if server.Copies("dead@desk.example") != 1 || dialed.Load() != 2 {
		t.Errorf("%d copies, %d connections", server.Copies("dead@desk.example"), dialed.Load())
	}
}

func TestServerThatIsDownIsAFaultAndNothingIsSent(t *testing.T) {
	server := newMailServer(t)
	server.SetDown(true)
	s, _ := newTestSender(t, mustAccount(t, server.SMTPURL(supportAddress), SMTP), Dialer{})
	_, err := s.Send(t.Context(), outgoing("down@desk.example", customer))
	if kindOf(err) != FaultUnreachable || errors.Is(err, ErrUnknownOutcome) {
		t.Errorf("got %v (%s)", err, kindOf(err))
	}
}

func TestChangedPasswordIsReadAgainAfterARefusedLogin(t *testing.T) {
	server := newMailServer(t)
	right := mustAccount(t, server.SMTPURL(supportAddress), SMTP)
	wrong := right
	wrong.Password = "old"
	s, source := newTestSender(t, wrong, Dialer{}, func(c *SenderConfig) { c.AccountTTL = time.Hour })
	for range 2 {
		if _, err := s.Send(t.Context(), outgoing("auth@desk.example", customer)); kindOf(err) != FaultCredentials {
			t.Fatalf("got %v, want a fault of the credentials", err)
		}
	}
	source.set(right)
	for range 2 {
		if _, err := s.Send(t.Context(), outgoing("auth@desk.example", customer)); err != nil {
			t.Fatal(err)
		}
	}
	if source.asked != 3 {
		t.Errorf("the account was read %d times, want once for each refused login and once for the good one", source.asked)
	}
}

func TestMalformedEnvelopeNeverReachesTheServer(t *testing.T) {
	s, _ := newTestSender(t, Account{Protocol: SMTP, Host: "nowhere.invalid", Port: 25}, Dialer{})
	good := outgoing("bad@desk.example", customer)
	for name, change := range map[string]func(*inbox.Envelope){
		"no recipient":    func(e *inbox.Envelope) { e.Recipients = nil },
		"empty recipient": func(e *inbox.Envelope) { e.Recipients = []string{""} },
		"command in recipient": func(e *inbox.Envelope) {
			e.Recipients = []string{"a@b.example>\r\nRCPT TO:<evil@b.example"}
		},
		"bracket in sender": func(e *inbox.Envelope) { e.From = "a@b.example> SIZE=1" },
		"bare LF":           func(e *inbox.Envelope) { e.Data = []byte("Subject: x\r\n\r\nx\n.\r\ny\r\n") },
		"bare CR":           func(e *inbox.Envelope) { e.Data = []byte("Subject: x\r\n\r\nx\r.\r\ny\r\n") },
		"no data":           func(e *inbox.Envelope) { e.Data = nil },
	} {
		e := good
		change(&e)
		_, err := s.Send(t.Context(), e)
		var refused *SendError
		if !errors.As(err, &refused) || !refused.Permanent() || refused.Code != 0 {
			t.Errorf("%s: got %v, want a permanent SendError without code", name, err)
		}
	}
}

func TestManyMessagesShareFewConnections(t *testing.T) {
	server := newMailServer(t)
	var dialed atomic.Int32
	s, _ := newTestSender(t, mustAccount(t, server.SMTPURL(supportAddress), SMTP), countingDialer(&dialed),
		func(c *SenderConfig) { c.Connections = 2 })
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if _, err := s.Send(t.Context(), outgoing(fmt.Sprintf("many-%d@desk.example", i), customer)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := dialed.Load(); n > 2 {
		t.Errorf("%d connections, want 2 at most", n)
	}
	if n := len(server.Submitted()); n != 50 {
		t.Errorf("%d messages arrived", n)
	}
}

func TestIdleConnectionIsClosed(t *testing.T) {
	script := newScript(t, map[string]string{})
	s, _ := newTestSender(t, script.account(), Dialer{}, func(c *SenderConfig) { c.IdleTimeout = time.Millisecond })
	if _, err := s.Send(t.Context(), outgoing("idle@desk.example", customer)); err != nil {
		t.Fatal(err)
	}
	script.waitFor("QUIT")
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.outlets) != 0 {
		t.Error("the mailbox is still remembered after its last connection was closed")
	}
}

func TestSendAfterCloseIsRefused(t *testing.T) {
	s, _ := newTestSender(t, Account{}, Dialer{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(t.Context(), outgoing("closed@desk.example", customer)); !errors.Is(err, ErrSenderClosed) {
		t.Errorf("got %v, want ErrSenderClosed", err)
	}
}
