package postfix_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
	"github.com/customerdesk/customerdesk/internal/sandbox/postfix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	support = "support@desk.example"
	ann     = "ann@home.example"
)

type provider struct {
	*testing.T
	*postfix.Server
	box *dovecot.Server
}

func start(t *testing.T, config postfix.Config) *provider {
	t.Helper()
	if err := postfix.Available(); err != nil {
		t.Skip(err)
	}
	box, err := dovecot.Start(t.Context(), dovecot.Config{Users: []dovecot.User{{Name: support, Password: "s p@ss/w%rd"}, {Name: ann, Password: "p"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, box.Stop()) })
	config.Dovecot = box
	s, err := postfix.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			log, _ := os.ReadFile(s.LogFile())
			t.Logf("%s", log)
		}
		check(t, s.Stop())
	})
	return &provider{t, s, box}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func letter(from, to string) []byte {
	return fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: Bell\r\nMessage-ID: <1@home.example>\r\n\r\nDoes it ring?\r\n", from, to)
}

// deliver is what another provider's server does.
func (p *provider) deliver(to string) {
	p.Helper()
	c, err := smtp.Dial(p.Addr())
	p.must(err)
	p.must(send(c, ann, to))
	p.must(c.Quit())
}

// client logs in as the user of a URL.
func (p *provider) client(rawURL string) *smtp.Client {
	p.Helper()
	u, err := url.Parse(rawURL)
	p.must(err)
	config := &tls.Config{RootCAs: p.box.CertPool(), ServerName: "127.0.0.1"}
	var conn net.Conn
	if u.Query().Get("tls") == "implicit" {
		conn, err = tls.Dial("tcp", u.Host, config)
	} else {
		conn, err = net.Dial("tcp", u.Host)
	}
	p.must(err)
	c, err := smtp.NewClient(conn, "127.0.0.1")
	p.must(err)
	p.Cleanup(func() { _ = c.Close() })
	if u.Query().Get("tls") == "starttls" {
		p.must(c.StartTLS(config))
	}
	password, _ := u.User.Password()
	p.must(c.Auth(smtp.PlainAuth("", u.User.Username(), password, "127.0.0.1")))
	return c
}

func (p *provider) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func send(c *smtp.Client, from, to string) error {
	if err := errors.Join(c.Mail(from), c.Rcpt(to)); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	_, err = w.Write(letter(from, to))
	return errors.Join(err, w.Close())
}

// mail waits for the nth mail of a user, counted from one.
func (p *provider) mail(user string, n int) string {
	p.Helper()
	limit := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		all, err := p.box.Mails(user)
		p.must(err)
		if len(all) >= n {
			return string(all[n-1])
		}
		select {
		case <-tick.C:
		case <-limit:
			p.Fatalf("%s has %d mails, want %d", user, len(all), n)
		}
	}
}

func TestMailFromOutsideComesToTheMailboxOfAnyPlusAddress(t *testing.T) {
	p := start(t, postfix.Config{})
	p.deliver("support+x@desk.example")
	got := p.mail(support, 1)
	for _, want := range []string{"Return-Path: <" + ann + ">\n", "Delivered-To: support+x@desk.example\n", "\n\nDoes it ring?\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

func TestUsersSendWithTheirPasswordAndNobodyElse(t *testing.T) {
	p := start(t, postfix.Config{})
	for i, rawURL := range []string{p.STARTTLSURL(support), p.TLSURL(support)} {
		p.must(send(p.client(rawURL), support, ann))
		p.mail(ann, i+1)
	}
	u, err := url.Parse(p.STARTTLSURL(support))
	p.must(err)
	for name, addr := range map[string]string{"without a login": u.Host, "to strangers": p.Addr()} {
		c, err := smtp.Dial(addr)
		p.must(err)
		if err := send(c, support, "someone@unknown.example"); err == nil {
			t.Errorf("mail %s was taken", name)
		}
		p.must(c.Quit())
	}
}

func TestTheJudgeDecidesAndWhatTheOtherServerRefusesComesBack(t *testing.T) {
	p := start(t, postfix.Config{})
	asked := make(chan postfix.Request, 10)
	p.Judge(func(r postfix.Request) string {
		asked <- r
		if r.Recipient == ann {
			return "450 4.2.0 Greylisted"
		}
		return postfix.Pass
	})
	c := p.client(p.TLSURL(support))
	if err := send(c, support, ann); err == nil || !strings.Contains(err.Error(), "Greylisted") {
		t.Errorf("not greylisted: %v", err)
	}
	p.must(c.Reset())
	p.must(send(c, support, "gone@"+postfix.Elsewhere))
	if got := p.mail(support, 1); !strings.Contains(got, "Status: 5.1.1") || !strings.Contains(got, "Return-Path: <>") {
		t.Errorf("returned %s", got)
	}
	for _, want := range []postfix.Request{
		{Sender: support, Recipient: ann, Login: support},
		{Sender: support, Recipient: "gone@" + postfix.Elsewhere, Login: support},
		{Sender: support, Recipient: "gone@" + postfix.Elsewhere, Far: true},
	} {
		if r := <-asked; r != want {
			t.Errorf("asked about %+v, want %+v", r, want)
		}
	}
}

func TestQueueAndPortsOutliveKillAndRestart(t *testing.T) {
	p := start(t, postfix.Config{})
	addr := p.Addr()
	for i, again := range []func() error{
		func() error { return p.Restart(t.Context()) },
		func() error { return errors.Join(p.Kill(), p.Restart(t.Context())) },
	} {
		p.must(again())
		if p.Addr() != addr {
			t.Errorf("at %s, was at %s", p.Addr(), addr)
		}
		p.deliver(support)
		p.mail(support, i+1)
	}
}

func TestStopLeavesNothing(t *testing.T) {
	p := start(t, postfix.Config{})
	pid, dir := p.PID(), filepath.Dir(p.LogFile())
	p.must(p.Stop())
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the master still runs: %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	p.must(p.Stop())
}

func TestUsersNeedAddresses(t *testing.T) {
	if err := postfix.Available(); err != nil {
		t.Skip(err)
	}
	box, err := dovecot.Start(t.Context(), dovecot.Config{Users: []dovecot.User{{Name: "ann", Password: "p"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, box.Stop()) })
	s, err := postfix.Start(t.Context(), postfix.Config{Dovecot: box})
	if err == nil {
		check(t, s.Stop())
		t.Fatal("started")
	}
	if !strings.Contains(err.Error(), "not an address") {
		t.Errorf("says %v", err)
	}
}
