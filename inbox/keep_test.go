package inbox

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/customerdesk/customerdesk/internal/blobs"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// withPicture makes the next message of the first mailbox, with a picture.
func (h *house) withPicture(id string, picture []byte) Raw {
	r := h.raw("")
	r.Body = bytes.Replace(mixed("\r\n", [2]string{pngBase64 + "\nContent-ID: <logo@customer.example>", lines(picture, 76, "\r\n")}), []byte("<f1@"), []byte("<"+id+"@"), 1)
	r.Size = int64(len(r.Body))
	return r
}

func (h *house) rawOf(m Inbound) []byte {
	h.t.Helper()
	var raw []byte
	h.in(func(tx tenant.Tx) (err error) {
		_, raw, err = h.inbox.MessageByID(h.t.Context(), tx, m.ID)
		return err
	})
	return raw
}

func TestAPictureInManyMailsIsStoredOnceAndEveryMailStaysAsItWas(t *testing.T) {
	h := newHouse(t)
	logo := file(1, 20_000)
	var mails []Raw
	for n := range 30 {
		mails = append(mails, h.withPicture(fmt.Sprintf("m%d", n), logo))
	}
	mails = append(mails, h.withPicture("other", file(2, 20_000)))
	var wg sync.WaitGroup
	for _, half := range [][]Raw{mails[:15], mails[15:]} {
		wg.Go(func() { h.accept(half...) })
	}
	wg.Wait()
	if n := h.count("blobs"); n != 2 {
		t.Errorf("%d files are stored, want 2", n)
	}
	var size int64
	h.in(func(tx tenant.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT sum(length(raw)) FROM inbound_messages WHERE tenant_id = $1`, h.tenant).Scan(&size)
	})
	if size > 31*1000 {
		t.Errorf("beside the files %d bytes are stored", size)
	}
	want := map[string]bool{}
	for _, m := range mails {
		want[string(m.Body)] = true
	}
	for _, m := range h.messages(Stored) {
		raw := h.rawOf(m)
		if !want[string(raw)] {
			t.Fatalf("message %s is not as it was", m.MessageID)
		}
		delete(want, string(raw))
		if m.Size != int64(len(raw)) || len(m.Attachments) != 1 || m.Attachments[0].Size != 20_000 || m.Text != "See the files." {
			t.Errorf("message %+v", m)
		}
	}
	if len(want) > 0 {
		t.Errorf("%d mails are not there as they were", len(want))
	}
	for _, tk := range h.tickets() {
		for _, c := range h.comments(tk.ID) {
			h.in(func(tx tenant.Tx) error {
				b, err := (*blobs.Store)(nil).Read(t.Context(), tx, blobs.Digest(c.Attachments[0].Digest))
				if strings.HasPrefix(c.MessageID, "m") && !bytes.Equal(b, logo) {
					t.Errorf("the picture of %s is another one", c.MessageID)
				}
				return err
			})
		}
	}
}

func TestTenantsShareNoFiles(t *testing.T) {
	db := pgtest.New(t)
	a, b := houseIn(t, db.Service, "acme"), houseIn(t, db.Service, "bolt")
	logo := file(1, 20_000)
	a.accept(a.withPicture("m1", logo))
	b.in(func(tx tenant.Tx) error {
		if _, err := (*blobs.Store)(nil).Read(t.Context(), tx, blobs.Of(logo)); err == nil {
			t.Error("one tenant reads the other's file")
		}
		for _, table := range []string{"blobs", "message_blobs"} {
			var n int
			if err := tx.QueryRow(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil || n != 0 {
				t.Errorf("%s: %d rows of the other tenant are seen (%v)", table, n, err)
			}
		}
		_, err := tx.Exec(t.Context(), `UPDATE blobs SET bytes = 'x'`)
		return err
	})
	b.accept(b.withPicture("m1", logo))
	if a.count("blobs") != 1 || b.count("blobs") != 1 {
		t.Errorf("%d and %d files, want one each", a.count("blobs"), b.count("blobs"))
	}
	for _, h := range []*house{a, b} {
		if raw := h.rawOf(h.messages("")[0]); !bytes.Contains(raw, []byte(lines(logo, 76, "\r\n"))) {
			t.Error("the mail is not as it was")
		}
	}
}

func TestAMailWithFilesStaysWholeWhenItIsDeliveredAgainReadAnewAndReleased(t *testing.T) {
	h := newHouse(t)
	r := h.withPicture("m1", file(1, 20_000))
	h.accept(r)
	h.accept(r)
	if n := h.count("message_blobs"); n != 1 {
		t.Errorf("%d places in mails, want 1", n)
	}
	m := h.messages("")[0]
	if err := h.inbox.Reprocess(t.Context(), h.tenant, m.ID, h.member()); err != nil {
		t.Fatal(err)
	}
	if got := h.rawOf(m); !bytes.Equal(got, r.Body) {
		t.Error("the mail is another one after it was read anew")
	}
	if c := h.comments(h.tickets()[0].ID); !bytes.Equal(c[0].Attachments[0].Digest, blobDigest(file(1, 20_000))) {
		t.Errorf("attachment %+v", c[0].Attachments[0])
	}

	// One that cannot be stored is kept as it is, and so it stays.
	h.fail = tickets.ErrInvalid
	r = h.withPicture("m2", file(2, 20_000))
	h.accept(r)
	h.fail = nil
	m = h.messages(Quarantined)[0]
	if err := h.inbox.Release(t.Context(), h.tenant, m.ID, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByCLI}); err != nil {
		t.Fatal(err)
	}
	if got := h.rawOf(m); !bytes.Equal(got, r.Body) {
		t.Error("the released mail is another one")
	}
}

func blobDigest(b []byte) []byte {
	d := blobs.Of(b)
	return d[:]
}

// Mails with the same new files in different orders are stored at the same time, without waiting for each other.
func TestMailsThatShareNewFilesDoNotBlockEachOther(t *testing.T) {
	h := newHouse(t)
	var batches [2][]Raw
	for n := range 40 {
		batches[0] = append(batches[0], h.withPicture(fmt.Sprintf("a%d", n), file(uint64(n), 5000)))
		batches[1] = append(batches[1], h.withPicture(fmt.Sprintf("b%d", n), file(uint64(39-n), 5000)))
	}
	var wg sync.WaitGroup
	for _, b := range batches {
		wg.Go(func() {
			if n, err := h.inbox.Accept(context.WithoutCancel(t.Context()), b); n != len(b) || err != nil {
				t.Errorf("stored %d: %v", n, err)
			}
		})
	}
	wg.Wait()
	if n := h.count("blobs"); n != 40 {
		t.Errorf("%d files, want 40", n)
	}
}

func TestWhileThePlaceForFilesIsAwayMailWaitsInItsMailbox(t *testing.T) {
	h := newHouse(t)
	dir := t.TempDir()
	place, err := blobs.New("file://" + filepath.Join(dir, "mount", "files"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(place.Close)
	h.inbox.cfg.Blobs = place
	if err := os.WriteFile(filepath.Join(dir, "mount"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	plain, r := h.raw(plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n")), h.withPicture("m1", file(1, 20_000))
	if n, err := h.inbox.Accept(t.Context(), []Raw{plain}); n != 1 || err != nil {
		t.Errorf("mail without files: stored %d, %v", n, err)
	}
	if n, err := h.inbox.Accept(t.Context(), []Raw{r}); n != 0 || err == nil {
		t.Errorf("stored %d, %v", n, err)
	}
	if n := h.count("inbound_messages"); n != 1 || len(h.messages(Quarantined)) > 0 {
		t.Errorf("%d messages", n)
	}
	if err := os.Remove(filepath.Join(dir, "mount")); err != nil {
		t.Fatal(err)
	}
	h.accept(r)
	m := h.messages(Stored)
	if len(m) != 2 || !bytes.Equal(h.rawOf(m[1]), r.Body) || m[1].Attachments[0].Size != 20_000 {
		t.Errorf("messages %+v", m)
	}
	if err := h.inbox.Reprocess(t.Context(), h.tenant, m[1].ID, h.member()); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "mount", "files", h.tenant.String()))
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}
