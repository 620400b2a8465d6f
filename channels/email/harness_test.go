package email

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

const (
	supportAddress = "support@desk.example"
	salesAddress   = "sales@desk.example"
	customer       = "ann@customer.example"
)

// patience bounds what a test waits for; nothing takes that long unless it is broken.
const patience = 20 * time.Second

func newMailServer(t testing.TB) *mailserver.Server {
	t.Helper()
	s, err := mailserver.Start(context.Background(), mailserver.Config{Accounts: []mailserver.Account{
		{Address: supportAddress, Password: "pass/word é"},
		{Address: salesAddress, Password: "secret"},
		{Address: customer, Password: "secret", Kind: mailserver.Customer},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func mustAccount(t testing.TB, url string, p Protocol) Account {
	t.Helper()
	a, err := ParseAccount(url, p)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A desk is everything around a Supervisor, in memory: sink, mailboxes, cursors and journal.
type desk struct {
	t testing.TB

	mu        sync.Mutex
	changed   chan struct{}
	mailboxes map[Ref]Mailbox
	cursors   map[string]inbox.Cursor
	accepted  []inbox.Raw
	batches   int
	polled    map[inbox.MailboxID]int
	failures  []string
	failing   map[inbox.MailboxID]string
	since     time.Time // of the last failure
	opened    int
	folders   []inbox.FolderState // as last told
	// accept, if set, is asked before a batch is stored; a result of less than the batch needs an error.
	accept func(ctx context.Context, batch []inbox.Raw) (int, error)
}

func newDesk(t testing.TB) *desk {
	return &desk{
		t: t, changed: make(chan struct{}), mailboxes: make(map[Ref]Mailbox), cursors: make(map[string]inbox.Cursor),
		polled: make(map[inbox.MailboxID]int), failing: make(map[inbox.MailboxID]string),
	}
}

func (d *desk) add(m Mailbox) Ref {
	ref := Ref{Route: inbox.Route{Tenant: tenant.NewID(), Mailbox: inbox.MailboxID{UUID: uuid.New()}}}
	d.update(func() { d.mailboxes[ref] = m })
	return ref
}

// update changes the desk and wakes whoever waits.
func (d *desk) update(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
	close(d.changed)
	d.changed = make(chan struct{})
}

// wait returns once cond, called under the lock, holds.
func (d *desk) wait(what string, cond func() bool) {
	d.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		d.mu.Lock()
		done, changed := cond(), d.changed
		d.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-deadline.C:
			d.mu.Lock()
			defer d.mu.Unlock()
			d.t.Fatalf("gave up waiting for %s; accepted %d messages, failures %v", what, len(d.accepted), d.failures)
		}
	}
}

func (d *desk) waitAccepted(n int) []inbox.Raw {
	d.t.Helper()
	d.wait(fmt.Sprintf("%d accepted messages", n), func() bool { return len(d.accepted) >= n })
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.accepted)
}

// waitCursor waits until the mailbox's cursor has reached uid, which is after everything before was marked.
func (d *desk) waitCursor(ref Ref, uid uint32) {
	d.t.Helper()
	d.wait(fmt.Sprintf("cursor at %d", uid), func() bool { return d.cursor(ref).LastUID >= uid })
}

// firstFailure is the first one reported.
func (d *desk) firstFailure() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failures[0]
}

// cursor is to be called under the lock.
func (d *desk) cursor(ref Ref) inbox.Cursor { return d.cursors[ref.Mailbox.String()+"/INBOX"] }

func (d *desk) Accept(ctx context.Context, batch []inbox.Raw) (int, error) {
	d.mu.Lock()
	ask := d.accept
	d.mu.Unlock()
	n, err := len(batch), error(nil)
	if ask != nil {
		n, err = ask(ctx, batch)
	}
	d.update(func() {
		d.accepted = append(d.accepted, batch[:n]...)
		d.batches++
	})
	return n, err
}

func (d *desk) Wanted(context.Context) ([]Ref, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var refs []Ref
	for r := range d.mailboxes {
		refs = append(refs, r)
	}
	return refs, nil
}

func (d *desk) Open(_ context.Context, route inbox.Route) (Mailbox, error) {
	defer d.update(func() { d.opened++ })
	d.mu.Lock()
	defer d.mu.Unlock()
	for r, m := range d.mailboxes {
		if r.Route == route {
			return m, nil
		}
	}
	return Mailbox{}, errors.New("no such mailbox")
}

func (d *desk) LoadCursor(_ context.Context, r inbox.Route, folder string) (inbox.Cursor, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cursors[r.Mailbox.String()+"/"+folder], nil
}

func (d *desk) SaveCursor(_ context.Context, r inbox.Route, folder string, c inbox.Cursor) error {
	d.update(func() { d.cursors[r.Mailbox.String()+"/"+folder] = c })
	return nil
}

func (d *desk) Polled(_ context.Context, r inbox.Route, _ time.Time, folders []inbox.FolderState) error {
	d.update(func() {
		d.polled[r.Mailbox]++
		d.folders = folders
		delete(d.failing, r.Mailbox)
	})
	return nil
}

func (d *desk) Failed(_ context.Context, r inbox.Route, since time.Time, reason string, folders []inbox.FolderState) error {
	d.update(func() {
		d.failures = append(d.failures, reason)
		d.failing[r.Mailbox] = reason
		d.folders = folders
		d.since = since
	})
	return nil
}

// start runs a supervisor over the desk until the test or the returned function ends it.
func (d *desk) start(roots *x509.CertPool, adjust ...func(*Config)) (s *Supervisor, stop func()) {
	cfg := Config{
		Sink: d, Mailboxes: d, Cursors: d, Journal: d, Dialer: Dialer{RootCAs: roots, Timeout: 5 * time.Second},
		Logger:  slog.New(slog.NewTextHandler(testWriter{d.t}, nil)),
		Refresh: 20 * time.Millisecond, Poll: 20 * time.Millisecond, FolderPoll: 20 * time.Millisecond, RetryMin: time.Millisecond, RetryMax: 50 * time.Millisecond,
	}
	for _, f := range adjust {
		f(&cfg)
	}
	s = NewSupervisor(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Run(ctx); err != nil {
			d.t.Errorf("Run: %v", err)
		}
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	d.t.Cleanup(stop)
	return s, stop
}

// testWriter keeps the log with the test.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}

// letter is a small message; its number is its subject.
func letter(n int) []byte {
	return fmt.Appendf(nil, "From: Ann <%s>\r\nTo: %s\r\nMessage-ID: <letter-%d@customer.example>\r\nSubject: %d\r\n\r\nHello %d\r\n",
		customer, supportAddress, n, n, n)
}

func subjects(list []inbox.Raw) []string {
	var out []string
	for _, m := range list {
		for line := range strings.Lines(string(m.Body)) {
			if s, ok := strings.CutPrefix(line, "Subject: "); ok {
				out = append(out, strings.TrimSpace(s))
				break
			}
		}
		if m.Body == nil {
			out = append(out, "(no body)")
		}
	}
	return out
}

func wantSubjects(t testing.TB, got []inbox.Raw, want ...string) {
	t.Helper()
	if s := subjects(got); !slices.Equal(s, want) {
		t.Fatalf("accepted %q, want %q", s, want)
	}
}
