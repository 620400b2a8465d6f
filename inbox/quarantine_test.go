package inbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// told collects what people are to be told of a house's quarantine.
type told struct {
	mu   sync.Mutex
	list []Quarantine
}

func (t *told) add(_ context.Context, _ tenant.Tx, q Quarantine) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = append(t.list, q)
	return nil
}

func (t *told) all() []Quarantine {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Quarantine(nil), t.list...)
}

func (h *house) notice(id uuid.UUID) (n Notice) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) (err error) {
		n, err = h.inbox.Notice(h.t.Context(), tx, id, 5)
		return err
	})
	return n
}

// held is a message that is too large to be taken.
func (h *house) held(n int) Raw {
	r := h.raw("")
	r.Body, r.Size, r.Reason = nil, 30<<20, "it is 30.0 MB, larger than the 25.0 MB that are taken"
	r.Header = fmt.Appendf(nil, "From: Ann Ames <ann@customer.example>\r\nSubject: =?utf-8?q?Gro=C3=9Fe?= files %d\r\nMessage-ID: <big-%d@customer.example>\r\n\r\n", n, n)
	return r
}

func TestQuarantinedMailIsToldAtOnceAndABurstOncePerMinute(t *testing.T) {
	h := newHouse(t)
	var seen told
	h.inbox.cfg.Quarantined = seen.add
	var burst []Raw
	for i := range 12 {
		burst = append(burst, h.held(i))
	}
	begin := h.now.Now()
	h.accept(burst...)
	h.accept(burst...) // again, after a crash before the cursor was saved
	all := seen.all()
	if len(all) != 12 {
		t.Fatalf("told %d times of 12 mails", len(all))
	}
	first := all[0]
	for _, q := range all[1:] {
		if q.Notice != first.Notice || q.At.Sub(begin) < gatherFor {
			t.Errorf("told at once of %v at %v, after %v", q.Notice, q.At, first)
		}
	}
	if first.At.Sub(begin) > time.Second {
		t.Errorf("the first mail is told of only at %v", first.At)
	}
	n := h.notice(first.Notice)
	if n.Mailbox != "support@acme.example" || n.Total != 12 || n.Waiting != 12 || len(n.Mail) != 5 {
		t.Errorf("notice %+v", n)
	}
	m := n.Mail[0]
	if m.FromEmail != "ann@customer.example" || m.FromName != "Ann Ames" || !strings.HasPrefix(m.Subject, "Große files") || m.Size != 30<<20 || m.Folder != "INBOX" ||
		m.Whole || !strings.Contains(m.Reason, "larger than the 25.0 MB") {
		t.Errorf("the notice says %+v", m)
	}
	h.now.advance(gatherFor)
	h.accept(h.held(99))
	all = seen.all()
	if q := all[len(all)-1]; q.Notice == first.Notice || h.notice(q.Notice).Total != 1 {
		t.Errorf("a later mail is on the old notice: %+v", q)
	}
}

func TestMessageListShowsWhoseMailIsTooLarge(t *testing.T) {
	h := newHouse(t)
	h.accept(h.held(1))
	m := h.messages(Quarantined)[0]
	if m.FromEmail != "ann@customer.example" || m.Subject != "Große files 1" || m.MessageID != "big-1@customer.example" || m.Size != 30<<20 {
		t.Errorf("message list shows %+v", m)
	}
}

func TestEveryWayIntoQuarantineIsLoggedAndTold(t *testing.T) {
	for name, c := range map[string]struct {
		set    func(h *house, r *Raw)
		reason string
	}{
		"too large":      {func(_ *house, r *Raw) { r.Body, r.Reason = nil, "it is too large" }, "was not taken: it is too large"},
		"unreadable":     {func(h *house, _ *Raw) { h.inbox.cfg.ParseTime = 1 }, "cannot be read: reading it takes too long"},
		"cannot be kept": {func(h *house, _ *Raw) { h.fail = fmt.Errorf("a listener: %w", tickets.ErrInvalid) }, "cannot be stored"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			var log bytes.Buffer
			var seen told
			h.inbox.cfg.Logger, h.inbox.cfg.Quarantined = slog.New(slog.NewTextHandler(&log, nil)), seen.add
			r := h.raw(plainMail("ann@customer.example", "Secret subject", "a1@customer.example", "Hello.\n"))
			c.set(h, &r)
			h.accept(r)
			bad := h.messages(Quarantined)
			if len(bad) != 1 || !strings.Contains(bad[0].Error, c.reason) {
				t.Fatalf("quarantine %+v", bad)
			}
			if r.Body != nil && (bad[0].Subject != "Secret subject" || bad[0].FromEmail != "ann@customer.example") {
				t.Errorf("subject %q, from %q", bad[0].Subject, bad[0].FromEmail)
			}
			if q := seen.all(); len(q) != 1 || h.notice(q[0].Notice).Mail[0].ID != bad[0].ID {
				t.Errorf("told %+v", q)
			}
			if text := log.String(); !strings.Contains(text, "level=WARN") || !strings.Contains(text, bad[0].ID.String()) || strings.Contains(text, "Secret subject") {
				t.Errorf("logged %q", text)
			}
		})
	}
}

func TestDecisionsAboutQuarantinedMailCountOnceAndSayWhose(t *testing.T) {
	h := newHouse(t)
	var seen told
	h.inbox.cfg.Quarantined = seen.add
	h.fail = fmt.Errorf("a listener: %w", tickets.ErrInvalid)
	for i := range 4 {
		h.accept(h.raw(plainMail("ann@customer.example", fmt.Sprintf("Mail %d", i), fmt.Sprintf("a%d@customer.example", i), "Hello.\n")))
	}
	bad, mia := h.messages(Quarantined), h.member()
	var why *HeldError
	if err := h.inbox.Release(t.Context(), h.tenant, bad[0].ID, mia); !errors.As(err, &why) || !strings.Contains(err.Error(), "listener") {
		t.Errorf("release of what cannot be stored: %v", err)
	}
	h.fail = nil
	var wg sync.WaitGroup
	for _, m := range bad {
		for range 3 {
			wg.Go(func() { _ = h.inbox.Release(t.Context(), h.tenant, m.ID, mia) })
			wg.Go(func() {
				_ = tenant.In(t.Context(), h.pool, h.tenant, func(tx tenant.Tx) error { return h.inbox.Drop(t.Context(), tx, m.ID, tickets.Actor{}) })
			})
		}
	}
	wg.Wait()
	n := h.notice(seen.all()[0].Notice)
	if n.Waiting != 0 || n.Total != 4 || len(seen.all()) != 8 {
		t.Errorf("%d told, notice %+v", len(seen.all()), n)
	}
	released := 0
	for _, m := range n.Mail {
		by := ""
		if m.State == Stored {
			released++
			by = "Mia Member"
		}
		if m.DecidedAt == nil || m.DecidedBy != by || (m.State == Stored) != (m.Ticket != nil) {
			t.Errorf("decision %+v", m)
		}
	}
	if got := len(h.tickets()); got != released {
		t.Errorf("%d tickets of %d released mails", got, released)
	}
}

func TestNoTenantSeesOrDecidesAboutAnothersQuarantine(t *testing.T) {
	pool := pgtest.New(t).Service
	a, b := houseIn(t, pool, "acme"), houseIn(t, pool, "globex")
	var seen told
	a.inbox.cfg.Quarantined = seen.add
	a.accept(a.held(1))
	id := seen.all()[0].Notice
	if n := b.notice(id); n.Total != 0 || len(n.Mail) != 0 || n.Mailbox != "" {
		t.Errorf("another tenant reads %+v", n)
	}
	err := tenant.In(t.Context(), pool, b.tenant, func(tx tenant.Tx) error { return b.inbox.Drop(t.Context(), tx, id, tickets.Actor{}) })
	if !errors.Is(err, ErrNoMessage) {
		t.Errorf("another tenant drops it: %v", err)
	}
	if len(a.messages(Quarantined)) != 1 {
		t.Error("the mail has left quarantine")
	}
}

func TestMailWithoutArrivalTimeTakesItsOwnDateButNoneInTheFuture(t *testing.T) {
	h := newHouse(t)
	past := h.raw(plainMail("ann@customer.example", "Past", "p@customer.example", "One.\n"))
	future := h.raw(strings.Replace(plainMail("bob@customer.example", "Future", "f@customer.example", "Two.\n"), "2026", "2096", 1))
	past.ReceivedAt, future.ReceivedAt = time.Time{}, time.Time{}
	h.accept(past, future)
	for _, m := range h.messages("") {
		switch {
		case m.Subject == "Past" && !m.ReceivedAt.Equal(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)):
			t.Errorf("received at %v, not when it was written", m.ReceivedAt)
		case m.Subject == "Future" && m.ReceivedAt.Year() != 2026:
			t.Errorf("received at %v", m.ReceivedAt)
		}
	}
}

func TestReadingEndsOnceItsTimeIsUp(t *testing.T) {
	raw := []byte("Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: text/plain\n\nwords\n", 100))
	done := make(chan struct{})
	close(done)
	if m, err := readUntil(done, raw); !errors.Is(err, mail.ErrLate) || m.Text != "" {
		t.Errorf("read %q, error %v", m.Text, err)
	}
}

// fetching answers for a mailbox whose one large mail is body; nil where it is gone.
type fetching struct{ body []byte }

func (f fetching) Fetch(_ context.Context, _ Route, at Place, most int64) ([]byte, error) {
	switch {
	case f.body == nil || at.Folder != "INBOX" || at.UID == 0:
		return nil, ErrGone
	case int64(len(f.body)) > most:
		return nil, ErrTooLargeToTake
	}
	return f.body, nil
}

func TestMailThatWasNotTakenIsFetchedWhenItIsReleased(t *testing.T) {
	h := newHouse(t)
	whole := h.withPicture("a1@customer.example", bytes.Repeat([]byte("picture"), 2000))
	large := whole
	large.Body, large.Header, large.Reason = nil, whole.Body[:200], "it is too large"
	h.accept(large)
	id := h.messages(Quarantined)[0].ID
	var still *HeldError
	h.inbox.cfg.Fetcher = fetching{}
	if err := h.inbox.Release(t.Context(), h.tenant, id, tickets.Actor{}); !errors.As(err, &still) || !strings.Contains(err.Error(), "moved or deleted it (folder INBOX, UID") {
		t.Errorf("gone: %v", err)
	}
	h.inbox.cfg.Fetcher = fetching{whole.Body}
	if err := h.inbox.ReleaseUpTo(t.Context(), h.tenant, id, tickets.Actor{}, 100); !errors.As(err, &still) || !strings.Contains(err.Error(), "--max-size") {
		t.Errorf("over the limit: %v", err)
	}
	if n := len(h.messages(Quarantined)); n != 1 {
		t.Fatalf("%d messages in quarantine after refusals", n)
	}
	if err := h.inbox.Release(t.Context(), h.tenant, id, tickets.Actor{}); err != nil {
		t.Fatal(err)
	}
	m := h.messages(Stored)
	if len(m) != 1 || !m[0].Taken || len(m[0].Attachments) == 0 || m[0].Ticket == nil {
		t.Fatalf("messages %+v", m)
	}
	if !bytes.Equal(h.rawOf(m[0]), whole.Body) {
		t.Error("the mail is not as it was fetched")
	}
	if h.count("blobs") == 0 {
		t.Error("its file is not kept apart")
	}
	if err := h.inbox.Release(t.Context(), h.tenant, id, tickets.Actor{}); !errors.Is(err, ErrNotQuarantined) {
		t.Errorf("once more: %v", err)
	}
}
