package mailserver_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
)

// dialSMTP connects as the URL says, but does not log in.
func dialSMTP(t *testing.T, srv *mailserver.Server, rawURL string) (*smtp.Client, *url.URL) {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	trust := &tls.Config{RootCAs: srv.CertPool(), ServerName: "127.0.0.1"}
	var c *smtp.Client
	switch u.Query().Get("tls") {
	case "none":
		c, err = smtp.Dial(u.Host)
	case "starttls":
		c, err = smtp.DialStartTLS(u.Host, trust)
	case "implicit":
		c, err = smtp.DialTLS(u.Host, trust)
	}
	if err != nil {
		t.Fatalf("dial %s: %v", rawURL, err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, u
}

func submit(c *smtp.Client, from string, to []string, raw []byte) error {
	return c.SendMail(from, to, bytes.NewReader(raw))
}

func smtpCode(err error) int {
	var refused *smtp.SMTPError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return 0
}

func TestSubAddressIsDeliveredToItsAccountWithTraceHeaders(t *testing.T) {
	srv := start(t)
	c, _ := dialSMTP(t, srv, srv.SMTPURL(anna))
	raw := plainMail("1@nordlicht.example", anna, "support+t12.abc@Desk.example", "Hello", "Where is my parcel?")
	if err := submit(c, anna, []string{"Support+t12.abc@Desk.example"}, raw); err != nil {
		t.Fatal(err)
	}
	got := srv.Mailbox(support).Messages()
	if len(got) != 1 {
		t.Fatalf("inbox holds %d messages, want 1", len(got))
	}
	if !bytes.HasSuffix(got[0].Raw, raw) {
		t.Errorf("the mail was changed:\n%s", got[0].Raw)
	}
	for name, want := range map[string]string{
		"Return-Path":   "<" + anna + ">",
		"X-Original-To": "Support+t12.abc@Desk.example",
		"Delivered-To":  support,
	} {
		if have := got[0].Header(name); have != want {
			t.Errorf("%s: %q, want %q", name, have, want)
		}
	}
	if received := got[0].Header("Received"); !strings.Contains(received, "for <Support+t12.abc@Desk.example>; Mon, 02 Mar 2026 09:30:00 +0000") {
		t.Errorf("Received: %q", received)
	}
}

func TestUnknownRecipientsAreRefusedOneByOne(t *testing.T) {
	srv := start(t)
	c, _ := dialSMTP(t, srv, srv.SMTPURL(anna))
	if err := c.Mail(anna, nil); err != nil {
		t.Fatal(err)
	}
	if code := smtpCode(c.Rcpt("nobody@desk.example", nil)); code != 550 {
		t.Errorf("unknown user: %d, want 550", code)
	}
	if err := c.Rcpt("someone@gmail.example", nil); !strings.Contains(err.Error(), "relaying denied") {
		t.Errorf("foreign domain: %v, want relaying denied", err)
	}
	if err := c.Rcpt(support, nil); err != nil {
		t.Errorf("known user: %v", err)
	}
}

func TestEveryWayInIsEncryptedAsItSaysAndAuthenticates(t *testing.T) {
	srv := start(t)
	for _, mode := range []mailserver.TLSMode{mailserver.NoTLS, mailserver.STARTTLS, mailserver.ImplicitTLS} {
		for _, mech := range []string{sasl.Plain, sasl.Login} {
			c, u := dialSMTP(t, srv, srv.SMTPURLWith(support, mode))
			password, _ := u.User.Password()
			client := sasl.NewPlainClient("", u.User.Username(), password)
			if mech == sasl.Login {
				client = sasl.NewLoginClient(u.User.Username(), password)
			}
			if err := c.Auth(client); err != nil {
				t.Fatalf("%s %s: %v", mode, mech, err)
			}
			if err := submit(c, support, []string{anna}, plainMail("x", support, anna, "s", "b")); err != nil {
				t.Fatalf("%s %s: %v", mode, mech, err)
			}
			all := srv.Submitted()
			last := all[len(all)-1]
			if last.User != support || last.TLS != (mode != mailserver.NoTLS) {
				t.Errorf("%s %s: journal says user %q, TLS %v", mode, mech, last.User, last.TLS)
			}
		}
	}
	c, _ := dialSMTP(t, srv, srv.SMTPURL(support))
	if code := smtpCode(c.Auth(sasl.NewPlainClient("", support, "wrong"))); code != 535 {
		t.Errorf("wrong password: %d, want 535", code)
	}
}

func TestRequiredAuthRefusesStrangers(t *testing.T) {
	conf := config()
	conf.RequireAuth = true
	srv := startWith(t, conf)
	c, _ := dialSMTP(t, srv, srv.SMTPURL(anna))
	if code := smtpCode(c.Mail(anna, nil)); code != 530 {
		t.Errorf("MAIL without AUTH: %d, want 530", code)
	}
}

func TestFaultsOfSubmission(t *testing.T) {
	tests := map[string]struct {
		fault    mailserver.Fault
		wantCode int // 0: the connection breaks
		stored   int
	}{
		"refused recipient":  {mailserver.RcptRefused, 550, 0},
		"deferred recipient": {mailserver.RcptDeferred, 451, 0},
		"refused content":    {mailserver.DataRefused, 554, 0},
		"full disk":          {mailserver.DataDeferred, 452, 0},
		"lost mail":          {mailserver.DataLost, 0, 0},
		"lost answer":        {mailserver.AnswerLost, 0, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			srv := start(t)
			srv.Inject(test.fault, 1)
			raw := plainMail("once@desk.example", support, anna, "Hello", "Hi")
			c, _ := dialSMTP(t, srv, srv.SMTPURL(support))
			err := submit(c, support, []string{anna}, raw)
			if err == nil {
				t.Fatal("the fault did not happen")
			}
			if code := smtpCode(err); code != test.wantCode {
				t.Errorf("error %v, want code %d", err, test.wantCode)
			}
			if n := len(srv.Mailbox(anna).ByMessageID("once@desk.example")); n != test.stored {
				t.Errorf("%d stored, want %d", n, test.stored)
			}
			if n := srv.Pending(test.fault); n != 0 {
				t.Errorf("the fault is still pending %d times", n)
			}
			again, _ := dialSMTP(t, srv, srv.SMTPURL(support))
			if err := submit(again, support, []string{anna}, raw); err != nil {
				t.Errorf("second try: %v", err)
			}
			if n := srv.Copies("<once@desk.example>"); n != test.stored+1 {
				t.Errorf("%d copies accepted, want %d", n, test.stored+1)
			}
		})
	}
}

func TestResetCanFailAfterAcceptance(t *testing.T) {
	srv := start(t)
	for _, mode := range []mailserver.TLSMode{mailserver.NoTLS, mailserver.ImplicitTLS} {
		srv.Inject(mailserver.ResetFails, 1)
		c, _ := dialSMTP(t, srv, srv.SMTPURLWith(support, mode))
		if err := c.Reset(); err != nil {
			t.Fatalf("%s: RSET before any mail: %v", mode, err)
		}
		if err := submit(c, support, []string{anna}, plainMail("r", support, anna, "s", "b")); err != nil {
			t.Fatal(err)
		}
		if err := c.Reset(); err == nil {
			t.Errorf("%s: RSET after the mail went well", mode)
		}
	}
	if n := len(srv.Mailbox(anna).Messages()); n != 2 {
		t.Errorf("%d mails delivered, want 2", n)
	}
}

func TestHeldAnswerComesAfterRelease(t *testing.T) {
	srv := start(t)
	release := srv.HoldAnswers()
	c, _ := dialSMTP(t, srv, srv.SMTPURL(support))
	answered := make(chan error, 1)
	go func() { answered <- submit(c, support, []string{anna}, plainMail("h", support, anna, "s", "b")) }()
	waitFor(t, srv, "the mail is stored", func() bool { return srv.Copies("h") == 1 })
	select {
	case err := <-answered:
		t.Fatalf("answered before release: %v", err)
	default:
	}
	release()
	release()
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

func TestDownServerCutsConnectionsUntilItIsBack(t *testing.T) {
	srv := start(t)
	c, u := dialSMTP(t, srv, srv.SMTPURL(support))
	if err := c.Noop(); err != nil {
		t.Fatal(err)
	}
	srv.SetDown(true)
	if err := c.Noop(); err == nil {
		t.Error("an old connection still works")
	}
	nc, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("a new connection was greeted: %v", err)
	}
	srv.SetDown(false)
	dialSMTP(t, srv, srv.SMTPURL(support))
}

func TestLatencyIsAddedOncePerRoundTrip(t *testing.T) {
	srv := start(t)
	srv.SetLatency(30 * time.Millisecond)
	c, _ := dialSMTP(t, srv, srv.SMTPURL(support))
	if err := c.Noop(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	for range 3 {
		if err := c.Noop(); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begin); took < 90*time.Millisecond {
		t.Errorf("three round trips took %v, want at least 90 ms", took)
	}
}

func TestReceiveWorksLikeThePort(t *testing.T) {
	srv := start(t)
	if err := srv.Receive("", []string{"support+1@desk.example", support, ben}, plainMail("b", "mailer", support, "s", "b")); err != nil {
		t.Fatal(err)
	}
	if n := len(srv.Mailbox(support).Messages()); n != 1 {
		t.Errorf("an account named twice got %d copies, want 1", n)
	}
	if smtpCode(srv.Receive(anna, []string{"nobody@desk.example"}, []byte("x"))) != 550 {
		t.Error("unknown recipient accepted")
	}
	if !errors.Is(srv.Deliver("nobody@desk.example", nil), mailserver.ErrNoAccount) {
		t.Error("direct delivery to nobody accepted")
	}
}

func TestStartRefusesWrongConfigurations(t *testing.T) {
	for name, change := range map[string]func(*mailserver.Config){
		"public address":   func(c *mailserver.Config) { c.IMAPAddr = "0.0.0.0:0" },
		"public name":      func(c *mailserver.Config) { c.SMTPAddr = "example.com:25" },
		"no accounts":      func(c *mailserver.Config) { c.Accounts = nil },
		"sub-address":      func(c *mailserver.Config) { c.Accounts[0].Address = "a+b@desk.example" },
		"empty password":   func(c *mailserver.Config) { c.Accounts[0].Password = "" },
		"account twice":    func(c *mailserver.Config) { c.Accounts[1].Address = "SUPPORT@desk.example" },
		"port is not free": func(c *mailserver.Config) { c.IMAPAddr = busyPort(t) },
	} {
		t.Run(name, func(t *testing.T) {
			c := config()
			change(&c)
			srv, err := mailserver.Start(t.Context(), c)
			if err == nil {
				_ = srv.Close()
				t.Fatal("started")
			}
			if strings.HasPrefix(name, "public") && !errors.Is(err, mailserver.ErrNotLoopback) {
				t.Errorf("%v, want ErrNotLoopback", err)
			}
		})
	}
}

func busyPort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln.Addr().String()
}

func TestServerStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	srv, err := mailserver.Start(ctx, config())
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error, 1)
	go func() { waiting <- srv.WaitFor(t.Context(), func() bool { return false }) }()
	cancel()
	if err := <-waiting; err == nil {
		t.Error("WaitFor outlived the server")
	}
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
}
