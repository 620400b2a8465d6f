package dovecot_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"go.uber.org/goleak"

	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const support = "support@desk.example"

func start(t *testing.T, config dovecot.Config) *dovecot.Server {
	t.Helper()
	if err := dovecot.Available(); err != nil {
		t.Fatal(err)
	}
	config.Users = append(config.Users, dovecot.User{Name: support, Password: "s p@ss/w%rd"})
	d, err := dovecot.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func login(t *testing.T, d *dovecot.Server, rawURL string, handler *imapclient.UnilateralDataHandler) *imapclient.Client {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	options := &imapclient.Options{
		TLSConfig:             &tls.Config{RootCAs: d.CertPool(), ServerName: "127.0.0.1"},
		UnilateralDataHandler: handler,
	}
	dial := map[string]func(string, *imapclient.Options) (*imapclient.Client, error){
		"none": imapclient.DialInsecure, "starttls": imapclient.DialStartTLS, "implicit": imapclient.DialTLS,
	}[u.Query().Get("tls")]
	c, err := dial(u.Host, options)
	if err != nil {
		t.Fatalf("dial %s: %v", rawURL, err)
	}
	t.Cleanup(func() { _ = c.Close() })
	password, _ := u.User.Password()
	if err := c.Login(u.User.Username(), password).Wait(); err != nil {
		log, _ := os.ReadFile(d.LogFile())
		t.Fatalf("log in: %v\n%s", err, log)
	}
	return c
}

func mail(i int) []byte {
	return fmt.Appendf(nil, "From: a@home.example\r\nTo: %s\r\nSubject: mail %d\r\nMessage-ID: <%d@home.example>\r\n\r\nHello\r\n", support, i, i)
}

func TestEveryPortLogsInAndFetchesByteForByte(t *testing.T) {
	d := start(t, dovecot.Config{})
	at := time.Date(2025, 12, 24, 18, 0, 0, 0, time.UTC)
	if err := d.DeliverAt(support, mail(0), at); err != nil {
		t.Fatal(err)
	}
	for _, rawURL := range []string{d.URL(support), d.STARTTLSURL(support), d.TLSURL(support)} {
		c := login(t, d, rawURL, nil)
		data, err := c.Select("INBOX", nil).Wait()
		if err != nil || data.NumMessages != 1 {
			t.Fatalf("%s: SELECT says %+v, %v", rawURL, data, err)
		}
		section := &imap.FetchItemBodySection{Peek: true}
		got, err := c.Fetch(imap.UIDSetNum(1), &imap.FetchOptions{UID: true, InternalDate: true,
			BodySection: []*imap.FetchItemBodySection{section}}).Collect()
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: fetched %d, %v", rawURL, len(got), err)
		}
		if body := got[0].FindBodySection(section); !bytes.Equal(body, mail(0)) || !got[0].InternalDate.Equal(at) {
			t.Errorf("%s: %v %q", rawURL, got[0].InternalDate, body)
		}
	}
}

func TestWrongPasswordIsRefused(t *testing.T) {
	d := start(t, dovecot.Config{})
	c, err := imapclient.DialInsecure(d.Addr(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Login(support, "wrong").Wait(); err == nil {
		t.Error("logged in")
	}
}

func TestIdleHearsOfDelivery(t *testing.T) {
	d := start(t, dovecot.Config{})
	exists := make(chan uint32, 16)
	c := login(t, d, d.URL(support), &imapclient.UnilateralDataHandler{Mailbox: func(data *imapclient.UnilateralDataMailbox) {
		if data.NumMessages != nil {
			exists <- *data.NumMessages
		}
	}})
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	idle, err := c.Idle()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Deliver(support, mail(1)); err != nil {
		t.Fatal(err)
	}
	select {
	case n := <-exists:
		if n != 1 {
			t.Errorf("EXISTS %d, want 1", n)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("no EXISTS")
	}
	if err := errors.Join(idle.Close(), idle.Wait()); err != nil {
		t.Error(err)
	}
}

func TestMailAndPortsOutliveRestartAndKill(t *testing.T) {
	d := start(t, dovecot.Config{})
	if err := d.Preload(t.Context(), support, 200, mail); err != nil {
		t.Fatal(err)
	}
	addr := d.Addr()
	for name, again := range map[string]func() error{
		"restart": func() error { return d.Restart(t.Context()) },
		"kill":    func() error { return errors.Join(d.Kill(), d.Restart(t.Context())) },
	} {
		before := login(t, d, d.URL(support), nil)
		if err := again(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := before.Noop().Wait(); err == nil {
			t.Errorf("%s: the old connection still works", name)
		}
		data, err := login(t, d, d.URL(support), nil).Select("INBOX", nil).Wait()
		if err != nil || data.NumMessages != 200 || d.Addr() != addr {
			t.Errorf("%s: %+v, %v at %s", name, data, err, d.Addr())
		}
	}
}

func TestManyIdleConnections(t *testing.T) {
	const many = 60
	config := dovecot.Config{MaxConnections: many + 10}
	for i := range many {
		config.Users = append(config.Users, dovecot.User{Name: fmt.Sprintf("u%d@desk.example", i), Password: "p"})
	}
	d := start(t, config)
	for i := range many {
		c := login(t, d, d.URL(fmt.Sprintf("u%d@desk.example", i)), nil)
		if _, err := c.Select("INBOX", nil).Wait(); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		idle, err := c.Idle()
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer func() { _ = idle.Close() }()
	}
}

func TestStopLeavesNothing(t *testing.T) {
	d := start(t, dovecot.Config{})
	login(t, d, d.URL(support), nil)
	pid, dir := d.PID(), filepath.Dir(d.LogFile())
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the master still runs: %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	if err := d.Stop(); err != nil {
		t.Errorf("stopping twice: %v", err)
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	for name, config := range map[string]dovecot.Config{
		"no users":       {},
		"path in name":   {Users: []dovecot.User{{Name: "../etc", Password: "p"}}},
		"colon":          {Users: []dovecot.User{{Name: "a", Password: "a:b"}}},
		"bad setting":    {Users: []dovecot.User{{Name: "a", Password: "p"}}, Settings: "no_such_setting = 1"},
		"empty password": {Users: []dovecot.User{{Name: "a"}}},
	} {
		d, err := dovecot.Start(context.Background(), config)
		if err == nil {
			t.Errorf("%s: started", name)
			_ = d.Stop()
			continue
		}
		if name == "bad setting" && !strings.Contains(err.Error(), "no_such_setting") {
			t.Errorf("%s: the error does not name it: %v", name, err)
		}
	}
}
