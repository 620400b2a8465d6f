package email

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
)

// A wire sees, and may change, each command line that goes out on plain connections.
type wire struct {
	mu   sync.Mutex
	sent []string
	// change is called without the lock.
	change func(command []byte) []byte
}

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	return &wireConn{conn, w}, err
}

func (w *wire) count(part string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, c := range w.sent {
		if strings.Contains(c, part) {
			n++
		}
	}
	return n
}

type wireConn struct {
	net.Conn
	w *wire
}

func (c *wireConn) Write(p []byte) (int, error) {
	c.w.mu.Lock()
	c.w.sent = append(c.w.sent, string(p))
	change := c.w.change
	c.w.mu.Unlock()
	out := p
	if change != nil {
		out = change(bytes.Clone(p))
	}
	if _, err := c.Conn.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

func TestPollThatFindsNothingNewFetchesNothing(t *testing.T) {
	t.Parallel()
	server := startDovecot(t, "IMAP4rev1 SASL-IR UIDPLUS")
	d := newDesk(t)
	var w wire
	for i := 1; i <= 3; i++ {
		server.deliver(letter(i), time.Now())
	}
	ref := d.add(Mailbox{Account: server.account(TLSNone)})
	_, stop := d.start(nil)
	d.waitCursor(ref, 3)
	stop()
	// A fourth message comes and goes, so that UIDNEXT stays ahead of the cursor.
	server.deliver(letter(4), time.Now())
	server.expunge(4)
	d.start(nil, func(c *Config) { c.Dialer.Dial = w.dial })
	waitCommands(t, &w, "SELECT", 2)
	before := w.count("FETCH")
	waitCommands(t, &w, "SELECT", 7)
	if n := w.count("FETCH") - before; n != 0 {
		t.Errorf("five polls without new mail sent %d FETCH commands", n)
	}
	if n := w.count("ENVELOPE") + w.count("BODYSTRUCTURE"); n != 0 {
		t.Errorf("an envelope or body structure was asked for %d times", n)
	}
}

func waitCommands(t *testing.T, w *wire, part string, n int) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for w.count(part) < n {
		if time.Now().After(deadline) {
			t.Fatalf("gave up waiting for %d commands with %s", n, part)
		}
		time.Sleep(time.Millisecond) // The wire tells nobody.
	}
}

func TestMessageThatVanishesBeforeItsBodyIsFetchedIsSkipped(t *testing.T) {
	t.Parallel()
	server := startDovecot(t, "")
	d := newDesk(t)
	for i := 1; i <= 3; i++ {
		server.deliver(letter(i), time.Now())
	}
	var once sync.Once
	w := wire{change: func(command []byte) []byte {
		if bytes.Contains(command, []byte("BODY.PEEK[]")) {
			once.Do(func() { server.expunge(2) })
		}
		return command
	}}
	ref := d.add(Mailbox{Account: server.account(TLSNone)})
	d.start(nil, func(c *Config) { c.Dialer.Dial = w.dial })
	d.waitCursor(ref, 3)
	wantSubjects(t, d.waitAccepted(2), "1", "3")
}

func TestMessageThatTheServerCannotReadIsSetAside(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	for i := 1; i <= 3; i++ {
		check(t, server.Deliver(supportAddress, letter(i)))
	}
	w := wire{change: func(command []byte) []byte {
		// A range with the second message is refused, and so is that message by itself.
		if bytes.Contains(command, []byte("FETCH 1:3 (UID BODY")) || bytes.Contains(command, []byte("FETCH 2 (UID BODY")) {
			return bytes.Replace(command, []byte("BODY.PEEK[]"), []byte("NONSENSE"), 1)
		}
		return command
	}}
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)})
	d.start(nil, func(c *Config) { c.Dialer.Dial = w.dial })
	d.waitCursor(ref, 3)
	wantSubjects(t, d.waitAccepted(3), "1", "(no body)", "3")
}

func TestKnownMailboxesAreWatchedOnWhileTheSetCannotBeRead(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)})
	source := &brokenMailboxes{desk: d, asked: make(chan struct{}, 100)}
	d.start(nil, func(c *Config) { c.Mailboxes = source })
	waitIdle(t, server, supportAddress)
	source.breakDown()
	for len(source.asked) > 0 {
		<-source.asked
	}
	<-source.asked
	<-source.asked
	check(t, server.Deliver(supportAddress, letter(1)))
	d.waitCursor(ref, 1)
}

type brokenMailboxes struct {
	*desk
	mu     sync.Mutex
	broken bool
	asked  chan struct{}
}

func (b *brokenMailboxes) breakDown() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = true
}

func (b *brokenMailboxes) Wanted(ctx context.Context) ([]Ref, error) {
	b.mu.Lock()
	broken := b.broken
	b.mu.Unlock()
	select {
	case b.asked <- struct{}{}:
	default:
	}
	if broken {
		return nil, errors.New("database is down")
	}
	return b.desk.Wanted(ctx)
}

func TestBackOffDoublesUpToItsLimitAndIsSlowerForAWrongPassword(t *testing.T) {
	cfg := NewSupervisor(Config{}).settings
	wrong := &Fault{Kind: FaultCredentials, Err: errors.New("no")}
	for _, c := range []struct {
		attempts int
		err      error
		base     time.Duration
	}{
		{1, errors.New("lost"), time.Second},
		{2, errors.New("lost"), 2 * time.Second},
		{5, errors.New("lost"), 16 * time.Second},
		{50, errors.New("lost"), 5 * time.Minute},
		{1, wrong, 30 * time.Second},
		{2, wrong, time.Minute},
		{50, wrong, 5 * time.Minute},
	} {
		r := runner{cfg: &cfg, attempts: c.attempts}
		different := make(map[time.Duration]bool)
		for range 100 {
			d := r.backoff(c.err)
			if d < c.base/2 || d > c.base*11/10 {
				t.Fatalf("attempt %d after %v: waits %v, want about %v", c.attempts, c.err, d, c.base)
			}
			different[d] = true
		}
		if len(different) < 10 {
			t.Errorf("attempt %d: no chance in the waiting", c.attempts)
		}
	}
}

// The inbox is what a Supervisor works for.
var (
	_ inbox.Sink = (*inbox.Inbox)(nil)
	_ Cursors    = (*inbox.Inbox)(nil)
	_ Journal    = (*inbox.Inbox)(nil)
)
