package email

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
)

func TestMailIsTakenOverEveryKindOfEncryption(t *testing.T) {
	for _, mode := range []mailserver.TLSMode{mailserver.NoTLS, mailserver.STARTTLS, mailserver.ImplicitTLS} {
		t.Run(string(mode), func(t *testing.T) {
			server, d := newMailServer(t), newDesk(t)
			body := letter(1)
			if err := server.Deliver(supportAddress, body); err != nil {
				t.Fatal(err)
			}
			ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURLWith(supportAddress, mode), IMAP)})
			d.start(server.CertPool())
			d.waitCursor(ref, 1)
			got := d.waitAccepted(1)[0]
			stored := server.Mailbox(supportAddress).Messages()[0]
			if !bytes.Equal(got.Body, body) || got.Tenant != ref.Tenant || got.Mailbox != ref.Mailbox || got.Folder != "INBOX" ||
				got.UID != stored.UID || got.UIDValidity != server.Mailbox(supportAddress).UIDValidity() ||
				got.Size != int64(len(body)) || !got.ReceivedAt.Equal(stored.At.Truncate(time.Second)) {
				t.Errorf("got %+v, want the message as it lies on the server: %+v", got, stored)
			}
			if !stored.Seen() {
				t.Error("the message was stored but is not marked \\Seen")
			}
		})
	}
}

func TestAnnouncedMailIsTakenAtOnce(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)})
	d.start(nil, func(c *Config) { c.Poll, c.IdlePoll = time.Hour, time.Hour })
	waitIdle(t, server, supportAddress)
	for i := 1; i <= 3; i++ {
		if err := server.Deliver(supportAddress, letter(i)); err != nil {
			t.Fatal(err)
		}
		d.waitCursor(ref, uint32(i))
	}
	wantSubjects(t, d.waitAccepted(3), "1", "2", "3")
}

func waitIdle(t testing.TB, server *mailserver.Server, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := server.WaitFor(ctx, func() bool {
		_, idle := server.IMAPSessions(address)
		return idle > 0
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMessageIsMarkedOnlyAfterItIsStored(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	d.accept = func(_ context.Context, batch []inbox.Raw) (int, error) {
		if server.Mailbox(supportAddress).Messages()[0].Seen() {
			t.Error("marked \\Seen before it was stored")
		}
		return len(batch), nil
	}
	if err := server.Deliver(supportAddress, letter(1)); err != nil {
		t.Fatal(err)
	}
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)})
	d.start(nil)
	d.waitCursor(ref, 1)
}

func TestMailIsTakenInOrderAndInRanges(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	const n = 1234 // More than a window of sizes.
	for i := 1; i <= n; i++ {
		if err := server.Deliver(supportAddress, letter(i)); err != nil {
			t.Fatal(err)
		}
	}
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)})
	d.start(nil)
	d.waitCursor(ref, n)
	for i, s := range subjects(d.waitAccepted(n)) {
		if s != fmt.Sprint(i+1) {
			t.Fatalf("message %d has subject %s", i+1, s)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.batches > n/batchMessages+2 {
		t.Errorf("%d ranges for %d messages", d.batches, n)
	}
	for _, m := range server.Mailbox(supportAddress).Messages() {
		if !m.Seen() {
			t.Fatalf("UID %d is not marked \\Seen", m.UID)
		}
	}
}

func TestOlderMailIsLeftAloneUnlessAskedFor(t *testing.T) {
	added := time.Date(2026, 3, 2, 0, 30, 0, 500, time.UTC)
	east := time.FixedZone("east", 14*3600)
	west := time.FixedZone("west", -12*3600)
	for name, c := range map[string]struct {
		since time.Time
		want  []string
	}{
		"since": {added, []string{"3", "4", "6", "7"}},
		"all":   {time.Time{}, []string{"1", "2", "3", "4", "5", "6", "7"}},
	} {
		t.Run(name, func(t *testing.T) {
			server, d := newMailServer(t), newDesk(t)
			for i, at := range []time.Time{
				added.AddDate(0, -1, 0),
				added.Add(-time.Second),
				added.Truncate(time.Second),     // The same second, as far as INTERNALDATE can tell.
				added.Add(time.Second).In(west), // A day earlier by its own calendar.
				added.Add(-time.Hour).In(east),  // Later by the clock on the wall.
				added.Add(time.Hour),
			} {
				if err := server.DeliverAt(supportAddress, letter(i+1), at); err != nil {
					t.Fatal(err)
				}
			}
			ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP), Since: c.since})
			d.start(nil)
			d.waitCursor(ref, 6)
			// What comes into the folder later is new whatever its date says.
			if err := server.DeliverAt(supportAddress, letter(7), added.AddDate(-1, 0, 0)); err != nil {
				t.Fatal(err)
			}
			d.waitCursor(ref, 7)
			wantSubjects(t, d.waitAccepted(len(c.want)), c.want...)
			for _, m := range server.Mailbox(supportAddress).Messages() {
				if taken := strings.Contains(strings.Join(c.want, ","), m.Subject()); m.Seen() != taken {
					t.Errorf("message %s: seen %v, want %v", m.Subject(), m.Seen(), taken)
				}
			}
		})
	}
}

func TestRestartGoesOnBehindTheCursor(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)})
	for i := 1; i <= 3; i++ {
		_, stop := d.start(nil)
		if err := server.Deliver(supportAddress, letter(i)); err != nil {
			t.Fatal(err)
		}
		d.waitCursor(ref, uint32(i))
		stop()
	}
	wantSubjects(t, d.waitAccepted(3), "1", "2", "3")
}

func TestInterruptedBacklogIsStillSubjectToSince(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	added := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for i := 1; i <= 250; i++ {
		at := added.Add(time.Hour)
		if i%2 == 0 {
			at = added.Add(-time.Hour)
		}
		if err := server.DeliverAt(supportAddress, letter(i), at); err != nil {
			t.Fatal(err)
		}
	}
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP), Since: added})
	broken := errors.New("database is down")
	d.accept = func(_ context.Context, batch []inbox.Raw) (int, error) { return 10, broken }
	_, stop := d.start(nil)
	d.waitAccepted(10)
	stop()
	d.update(func() { d.accept = nil })
	d.start(nil)
	d.waitCursor(ref, 250)
	seen := make(map[string]bool)
	for _, s := range subjects(d.waitAccepted(125)) {
		seen[s] = true
	}
	for i := 1; i <= 250; i++ {
		if seen[fmt.Sprint(i)] != (i%2 == 1) {
			t.Fatalf("message %d: taken %v", i, seen[fmt.Sprint(i)])
		}
	}
}

func TestPartlyStoredRangeMovesTheCursorThatFar(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	for i := 1; i <= 5; i++ {
		if err := server.Deliver(supportAddress, letter(i)); err != nil {
			t.Fatal(err)
		}
	}
	refused := true
	d.accept = func(_ context.Context, batch []inbox.Raw) (int, error) {
		if refused {
			refused = false
			return 2, errors.New("disk full")
		}
		return len(batch), nil
	}
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)})
	d.start(nil)
	d.waitCursor(ref, 5)
	wantSubjects(t, d.waitAccepted(5), "1", "2", "3", "4", "5")
	d.wait("recovery", func() bool { return len(d.failures) == 1 && len(d.failing) == 0 })
	if f := d.firstFailure(); !strings.Contains(f, "store messages: disk full") {
		t.Errorf("failure %q, want one that says why", f)
	}
}

func TestLostConnectionBetweenStoringAndMarkingMarksAfterReconnect(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	server.Inject(mailserver.StoreCut, 1)
	if err := server.Deliver(supportAddress, letter(1)); err != nil {
		t.Fatal(err)
	}
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)})
	d.start(nil)
	d.waitCursor(ref, 1)
	wantSubjects(t, d.waitAccepted(2), "1", "1") // The second time is the sink's to recognise.
	if !server.Mailbox(supportAddress).Messages()[0].Seen() {
		t.Error("not marked \\Seen after reconnecting")
	}
}

func TestConnectionCutDuringFetchIsMadeAnew(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	server.Inject(mailserver.FetchCut, 2)
	if err := server.Deliver(supportAddress, letter(1)); err != nil {
		t.Fatal(err)
	}
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)})
	d.start(nil)
	d.waitCursor(ref, 1)
	wantSubjects(t, d.waitAccepted(1), "1")
}

func TestOversizedMessageIsSetAsideAndBlocksNothing(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	big := append(letter(2), bytes.Repeat([]byte("0123456789abcdef\r\n"), 1000)...)
	for _, m := range [][]byte{letter(1), big, letter(3)} {
		if err := server.Deliver(supportAddress, m); err != nil {
			t.Fatal(err)
		}
	}
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP), MaxSize: 10_000})
	d.start(nil)
	d.waitCursor(ref, 3)
	got := d.waitAccepted(3)
	wantSubjects(t, got, "1", "(no body)", "3")
	if got[1].Size != int64(len(big)) || got[1].UID != 2 {
		t.Errorf("set aside with size %d and UID %d", got[1].Size, got[1].UID)
	}
	if head := string(got[1].Header); !strings.Contains(head, "From: Ann") || !strings.Contains(head, "Subject: 2") || strings.Contains(head, "0123456789") {
		t.Errorf("set aside with header %q", head)
	}
	if !strings.Contains(got[1].Reason, "larger than") {
		t.Errorf("set aside because %q", got[1].Reason)
	}
	for _, m := range server.Mailbox(supportAddress).Messages() {
		if m.Seen() != (m.UID != 2) {
			t.Errorf("UID %d: seen %v; what was set aside stays unread", m.UID, m.Seen())
		}
	}
}

func TestChangedUIDValidityScansAgain(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)})
	d.start(nil)
	for i := 1; i <= 3; i++ {
		if err := server.Deliver(supportAddress, letter(i)); err != nil {
			t.Fatal(err)
		}
	}
	d.waitCursor(ref, 3)
	old := server.Mailbox(supportAddress).UIDValidity()
	if err := server.Mailbox(supportAddress).RenewUIDValidity(); err != nil {
		t.Fatal(err)
	}
	got := d.waitAccepted(6)
	wantSubjects(t, got, "1", "2", "3", "1", "2", "3")
	if got[0].UIDValidity != old || got[3].UIDValidity == old || got[3].UIDValidity != server.Mailbox(supportAddress).UIDValidity() {
		t.Errorf("UIDVALIDITY %d then %d, server has %d", got[0].UIDValidity, got[3].UIDValidity, server.Mailbox(supportAddress).UIDValidity())
	}
}

func TestMailboxesStartAndStopAsWanted(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)})
	s, _ := d.start(nil, func(c *Config) { c.Refresh = time.Hour })
	waitIdle(t, server, supportAddress)
	var m Mailbox
	d.update(func() {
		m = d.mailboxes[ref]
		delete(d.mailboxes, ref)
	})
	s.Refresh()
	waitSessions(t, server, supportAddress, 0)
	// Changed settings make a new connection of the same mailbox.
	ref.Version = "2"
	d.update(func() { d.mailboxes[ref] = m })
	s.Refresh()
	waitIdle(t, server, supportAddress)
	d.update(func() {
		delete(d.mailboxes, ref)
		ref.Version = "3"
		m.Account = mustAccount(t, server.IMAPURL(salesAddress), IMAP)
		d.mailboxes[ref] = m
	})
	s.Refresh()
	waitIdle(t, server, salesAddress)
	waitSessions(t, server, supportAddress, 0)
}

func waitSessions(t testing.TB, server *mailserver.Server, address string, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := server.WaitFor(ctx, func() bool {
		total, _ := server.IMAPSessions(address)
		return total == n
	})
	if err != nil {
		t.Fatal(err)
	}
}
