package email

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
)

// permanent says what an outbox makes of a transport's error.
func permanent(err error) bool {
	var p interface{ Permanent() bool }
	return errors.As(err, &p) && p.Permanent()
}

func TestServersThatRefuseUsAndNotTheMessageAreTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		answers map[string]string
		login   bool
		want    FaultKind
	}{
		"not now":                 {map[string]string{"greeting": "421 4.3.2 shutting down"}, false, FaultRefused},
		"not to us":               {map[string]string{"greeting": "554 5.7.1 no service for you"}, false, FaultRefused},
		"several lines":           {map[string]string{"greeting": "421-4.3.2 wait\n421-4.3.2 a little\n421 4.3.2 longer"}, false, FaultRefused},
		"hangs up":                {map[string]string{"greeting": "cut"}, false, FaultUnreachable},
		"hangs up at EHLO":        {map[string]string{"EHLO": "cut", "HELO": "cut"}, false, FaultUnreachable},
		"login refused":           {map[string]string{"EHLO": "250-x\n250 AUTH PLAIN", "AUTH": "535 5.7.8 no"}, true, FaultCredentials},
		"login not now":           {map[string]string{"EHLO": "250-x\n250 AUTH PLAIN", "AUTH": "454 4.7.0 directory is away"}, true, FaultRefused},
		"login gone":              {map[string]string{"EHLO": "250 x"}, true, FaultCredentials},
		"wants a login":           {map[string]string{"MAIL": "530 5.7.0 authentication required", "RCPT": "503 no MAIL"}, false, FaultCredentials},
		"no word about the login": {map[string]string{"EHLO": "250-x\n250 AUTH PLAIN", "AUTH": "cut"}, true, FaultUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, c.answers)
			a := s.account()
			if c.login {
				a.User, a.Password = "support", "secret"
			}
			sender, _ := newTestSender(t, a, Dialer{})
			receipt, err := sender.Send(t.Context(), outgoing("a@desk.example", customer))
			if err == nil || permanent(err) || kindOf(err) != c.want {
				t.Errorf("permanent %v, kind %s: %v", permanent(err), kindOf(err), err)
			}
			if len(receipt.Accepted)+len(receipt.Refused) != 0 {
				t.Errorf("receipt %+v", receipt)
			}
		})
	}
}

func TestStartTLSThatIsGoneIsTriedAgainAndNothingLeavesInTheClear(t *testing.T) {
	for name, answers := range map[string]map[string]string{
		"not offered": {"EHLO": "250 x"},
		"refused":     {"EHLO": "250-x\n250 STARTTLS", "STARTTLS": "454 4.7.0 no TLS now"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, answers)
			a := s.account()
			a.TLS, a.User, a.Password = TLSStart, "support", "secret"
			sender, _ := newTestSender(t, a, Dialer{})
			_, err := sender.Send(t.Context(), outgoing("a@desk.example", customer))
			if err == nil || permanent(err) {
				t.Errorf("permanent %v: %v", permanent(err), err)
			}
			if n := len(s.commands("AUTH")) + len(s.commands("MAIL")); n != 0 {
				t.Errorf("%d commands in the clear", n)
			}
		})
	}
}

// Exchange forgets logins of connections that were idle, and leaves them open.
func TestConnectionWhoseLoginIsForgottenIsReplacedSilently(t *testing.T) {
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
	s.set("MAIL", "530 5.7.57 client was not authenticated")
	if receipt, err := sender.Send(t.Context(), outgoing("b@desk.example", customer)); err != nil || len(receipt.Accepted) != 1 {
		t.Errorf("receipt %+v, error %v", receipt, err)
	}
	if n := len(s.commands("EHLO")); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}

func TestRecipientsOverTheServersLimitGoWithTheNextTry(t *testing.T) {
	for _, answer := range []string{"552 too many recipients", "550 5.5.3 recipient limit", "452 4.5.3 too many recipients"} {
		s := newScript(t, map[string]string{"RCPT TO:<r2@": answer})
		sender, _ := newTestSender(t, s.account(), Dialer{})
		recipients := []string{"r0@customer.example", "r1@customer.example", "r2@customer.example"}
		receipt, err := sender.Send(t.Context(), outgoing("many@desk.example", recipients...))
		if err != nil || len(receipt.Accepted) != 2 || len(receipt.Refused) != 1 || receipt.Refused[0].Permanent {
			t.Errorf("%s: receipt %+v, error %v", answer, receipt, err)
		}
		s.set("RCPT TO:<r2@", "250 fine")
		if receipt, err := sender.Send(t.Context(), outgoing("rest@desk.example", recipients[2])); err != nil || len(receipt.Accepted) != 1 {
			t.Errorf("%s: the rest is not sent at once: %+v, %v", answer, receipt, err)
		}
	}
	// Of one recipient alone it is a refusal: no other try would be another.
	s := newScript(t, map[string]string{"RCPT": "550 5.5.3 recipient limit"})
	sender, _ := newTestSender(t, s.account(), Dialer{})
	receipt, err := sender.Send(t.Context(), outgoing("one@desk.example", customer))
	if err != nil || len(receipt.Refused) != 1 || !receipt.Refused[0].Permanent {
		t.Errorf("receipt %+v, error %v", receipt, err)
	}
}

func TestEachKindOfAnswerDecidesAboutTheMessage(t *testing.T) {
	for _, c := range []struct {
		at, answer string
		final      bool
		unknown    bool
	}{
		{"MAIL", "451 4.3.0 later", false, false},
		{"MAIL", "552 5.3.4 too large", true, false},
		{"DATA", "451-4.7.1 greylisted\n451 4.7.1 come back", false, false},
		{"DATA", "554 5.5.1 no valid recipients", true, false},
		{".", "452 4.3.1 disk full", false, false},
		{".", "552-5.2.3 the message is\n552 5.2.3 larger than allowed", true, false},
		{".", "421 4.3.0 closing", false, false},
		{".", "cut", false, true},
		{"DATA", "cut", false, false},
		{"RCPT", "cut", false, false},
	} {
		t.Run(fmt.Sprint(c.at, " ", c.answer), func(t *testing.T) {
			s := newScript(t, map[string]string{c.at: c.answer})
			sender, _ := newTestSender(t, s.account(), Dialer{})
			receipt, err := sender.Send(t.Context(), outgoing("a@desk.example", customer))
			if err == nil || permanent(err) != c.final || errors.Is(err, ErrUnknownOutcome) != c.unknown || len(receipt.Accepted) != 0 {
				t.Errorf("permanent %v, receipt %+v: %v", permanent(err), receipt, err)
			}
			s.set(c.at, map[string]string{"DATA": "354 go on"}[c.at]+map[bool]string{true: "250 fine"}[c.at != "DATA"])
			if _, err := sender.Send(t.Context(), outgoing("a@desk.example", customer)); err != nil {
				t.Errorf("the next try: %v", err)
			}
		})
	}
}
