package email

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/customerdesk/customerdesk/inbox"
)

func TestDovecotPushesNewMailOverEveryKindOfEncryption(t *testing.T) {
	t.Parallel()
	server := startDovecot(t, "")
	for i, mode := range []TLSMode{TLSNone, TLSStart, TLSImplicit} {
		d := newDesk(t)
		ref := d.add(Mailbox{Account: server.account(mode)})
		_, stop := d.start(server.CertPool(), func(c *Config) { c.Poll, c.IdlePoll = time.Hour, time.Hour })
		d.wait("first look", func() bool { return d.polled[ref.Mailbox] > 0 })
		server.deliver(letter(i), time.Now())
		d.waitCursor(ref, uint32(i+1))
		stop()
	}
}

func TestDovecotWithoutIdleIsPolled(t *testing.T) {
	t.Parallel()
	server := startDovecot(t, "IMAP4rev1 SASL-IR UIDPLUS")
	d := newDesk(t)
	ref := d.add(Mailbox{Account: server.account(TLSNone)})
	d.start(nil)
	for i := 1; i <= 3; i++ {
		server.deliver(letter(i), time.Now())
		d.waitCursor(ref, uint32(i))
	}
	wantSubjects(t, d.waitAccepted(3), "1", "2", "3")
}

func TestStoredMailIsMoved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		capability string
		left       int
	}{
		"MOVE":             {"", 0},
		"COPY and UIDPLUS": {"IMAP4rev1 IDLE UIDPLUS", 0},
		// They are flagged \Deleted, but nobody may expunge what others deleted.
		"COPY alone": {"IMAP4rev1 IDLE", 150},
	} {
		t.Run(name, func(t *testing.T) {
			server := startDovecot(t, c.capability)
			server.createFolder("Done")
			d := newDesk(t)
			for i := 1; i <= 150; i++ {
				server.deliver(letter(i), time.Now())
			}
			ref := d.add(Mailbox{Account: server.account(TLSNone), MoveTo: "Done"})
			d.start(nil)
			d.waitCursor(ref, 150)
			if deleted, left := server.count("INBOX", imap.FlagDeleted); left != c.left || deleted != c.left {
				t.Errorf("%d messages left, %d of them deleted; want %d", left, deleted, c.left)
			}
			if seen, moved := server.count("Done", imap.FlagSeen); moved != 150 || seen != 150 {
				t.Errorf("%d messages moved, %d of them \\Seen; want 150", moved, seen)
			}
		})
	}
}

func TestMissingFolderToMoveToIsReportedAndStopsNothing(t *testing.T) {
	t.Parallel()
	server := startDovecot(t, "IMAP4rev1 IDLE UIDPLUS")
	d := newDesk(t)
	server.deliver(letter(1), time.Now())
	ref := d.add(Mailbox{Account: server.account(TLSNone), MoveTo: "Missing"})
	d.start(nil)
	d.waitCursor(ref, 1)
	server.deliver(letter(2), time.Now())
	d.waitCursor(ref, 2)
	d.wait("the failure", func() bool { return len(d.failures) > 0 })
	if f := d.firstFailure(); !strings.Contains(f, `folder "Missing"`) || !strings.Contains(f, "check that the folder exists") {
		t.Errorf("failure %q", f)
	}
	if deleted, left := server.count("INBOX", imap.FlagDeleted); left != 2 || deleted != 0 {
		t.Errorf("%d left, %d deleted: what could not be copied must not be deleted", left, deleted)
	}
}

func TestDovecotThatIsKilledLosesNothing(t *testing.T) {
	t.Parallel()
	server := startDovecot(t, "")
	d := newDesk(t)
	const n = 1500
	for i := 1; i <= n; i++ {
		server.deliver(letter(i), time.Now())
	}
	half, restarted := make(chan struct{}), make(chan struct{})
	batches := 0
	d.accept = func(_ context.Context, batch []inbox.Raw) (int, error) {
		if batches++; batches == 8 {
			close(half)
			<-restarted
		}
		return len(batch), nil
	}
	ref := d.add(Mailbox{Account: server.account(TLSImplicit)})
	d.start(server.CertPool())
	<-half
	check(t, server.Kill())
	check(t, server.Restart(t.Context()))
	close(restarted)
	d.waitCursor(ref, n)
	got := d.waitAccepted(n)
	distinct := make(map[uint32]bool)
	for _, m := range got {
		distinct[m.UID] = true
	}
	if len(distinct) != n {
		t.Errorf("%d of %d messages taken", len(distinct), n)
	}
	// The range that was being stored and the one before may be offered twice, no more.
	if extra := len(got) - n; extra > 2*batchMessages {
		t.Errorf("%d messages were offered again", extra)
	}
	if seen, all := server.count("INBOX", imap.FlagSeen); seen != n || all != n {
		t.Errorf("%d of %d messages are marked \\Seen", seen, all)
	}
	server.deliver(letter(n+1), time.Now())
	d.waitCursor(ref, n+1)
}

func TestDovecotThatComesBackWithNewUIDValidityIsScannedAgain(t *testing.T) {
	t.Parallel()
	server := startDovecot(t, "")
	d := newDesk(t)
	for i := 1; i <= 3; i++ {
		server.deliver(letter(i), time.Now())
	}
	ref := d.add(Mailbox{Account: server.account(TLSNone)})
	d.start(nil)
	d.waitCursor(ref, 3)
	first := d.waitAccepted(3)
	check(t, server.Kill())
	stale, err := filepath.Glob(filepath.Join(server.maildir(), "dovecot*"))
	check(t, err)
	for _, f := range stale {
		check(t, os.Remove(f))
	}
	for time.Now().Unix() == int64(first[0].UIDValidity) {
		time.Sleep(time.Millisecond) // Dovecot makes its UIDVALIDITY from the time in seconds.
	}
	check(t, server.Restart(t.Context()))
	again := d.waitAccepted(6)
	got := subjects(again[3:])
	slices.Sort(got) // The order of delivery went with the UIDs.
	if !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("after the change took %q", got)
	}
	if again[3].UIDValidity == first[0].UIDValidity {
		t.Error("UIDVALIDITY did not change")
	}
}

func TestDovecotMailOlderThanSinceIsLeftAlone(t *testing.T) {
	t.Parallel()
	server := startDovecot(t, "")
	d := newDesk(t)
	added := time.Now().Add(-24 * time.Hour).Truncate(time.Second)
	for i := 1; i <= 300; i++ {
		server.deliver(letter(i), added.Add(time.Duration(i-201)*time.Minute))
	}
	ref := d.add(Mailbox{Account: server.account(TLSNone), Since: added})
	d.start(nil)
	d.waitCursor(ref, 300)
	var want []string
	for i := 201; i <= 300; i++ {
		want = append(want, fmt.Sprint(i))
	}
	wantSubjects(t, d.waitAccepted(100), want...)
}

// BenchmarkDovecotFetch takes 5,000 messages of 3 kB from Dovecot into a sink that keeps nothing.
func BenchmarkDovecotFetch(b *testing.B) {
	server := startDovecot(b, "")
	const n = 5000
	body := append(letter(1), strings.Repeat("0123456789 0123456789 0123456789\r\n", 90)...)
	for range n {
		server.deliver(body, time.Now())
	}
	for b.Loop() {
		d := newDesk(b)
		d.accept = func(context.Context, []inbox.Raw) (int, error) { return 0, nil }
		ref := d.add(Mailbox{Account: server.account(TLSImplicit)})
		_, stop := d.start(server.CertPool())
		d.waitCursor(ref, n)
		stop()
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkPollOfFullFolder is a look that finds nothing new in a folder of 5,000 messages.
func BenchmarkPollOfFullFolder(b *testing.B) {
	server := startDovecot(b, "")
	for i := range 5000 {
		server.deliver(letter(i), time.Now())
	}
	d := newDesk(b)
	ref := d.add(Mailbox{Account: server.account(TLSImplicit)})
	_, stop := d.start(server.CertPool())
	d.waitCursor(ref, 5000)
	stop()
	cfg := NewSupervisor(Config{Sink: d, Mailboxes: d, Cursors: d, Journal: d, Dialer: Dialer{RootCAs: server.CertPool()}}).settings
	s, err := openSession(b.Context(), &cfg, ref, d.mailboxes[ref], doubtful{})
	check(b, err)
	defer s.close()
	for b.Loop() {
		check(b, s.selectFolder(b.Context()))
		check(b, s.look(b.Context(), false))
	}
}
