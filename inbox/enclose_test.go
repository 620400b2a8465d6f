package inbox

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// answerWith answers a ticket with files.
func (h *house) answerWith(ticket tickets.ID, text string, files ...File) error {
	h.t.Helper()
	by, ctx := h.member(), h.t.Context()
	e, err := h.outbox.Enclose(ctx, h.tenant, files)
	if err != nil {
		return err
	}
	return tenant.In(ctx, h.pool, h.tenant, func(tx tenant.Tx) error {
		attached, err := h.outbox.Save(ctx, tx, e)
		if err != nil {
			return err
		}
		_, err = h.desk.Comment(ctx, tx, tickets.NewComment{Ticket: ticket, Kind: tickets.Public, Author: by, Text: text, Attached: attached})
		return err
	})
}

func TestFilesGoAlongByteForByteUnderTheirNames(t *testing.T) {
	a := plainAnswer()
	a.Files = []File{
		{Name: "Rechnung März №7.pdf", ContentType: "application/pdf", Bytes: bytes.Repeat([]byte{0, 1, 2, 250, '\r', '\n', '.'}, 999)},
		{Name: `quote".txt`, ContentType: "text/plain", Bytes: []byte("Hello\n.\n")},
		{Name: "empty", ContentType: "application/octet-stream"},
	}
	raw, err := newComposer().compose(a)
	if err != nil {
		t.Fatal(err)
	}
	again, err := newComposer().compose(a)
	if err != nil || !bytes.Equal(raw, again) {
		t.Errorf("composed again it is another mail: %v", err)
	}
	for _, line := range strings.Split(string(raw), "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line that SMTP does not take: %.60q (%d)", line, len(line))
		}
	}
	m := Parse(raw)
	plain, err := newComposer().compose(plainAnswer())
	if err != nil {
		t.Fatal(err)
	}
	without := Parse(plain)
	if m.Text != without.Text || m.Subject != without.Subject || m.MessageID != without.MessageID || m.HTML != without.HTML {
		t.Errorf("the files change the mail itself: %q", m.Text)
	}
	if len(m.Attachments) != len(a.Files) {
		t.Fatalf("%d attachments of %d", len(m.Attachments), len(a.Files))
	}
	for i, f := range a.Files {
		got := m.Attachments[i]
		data, ok := mail.Extract(raw, got.Part)
		if !ok || !bytes.Equal(data, f.Bytes) || got.Name != mail.SanitiseName(f.Name) || got.ContentType != f.ContentType {
			t.Errorf("%q came as %q, %s, %d bytes", f.Name, got.Name, got.ContentType, len(data))
		}
	}
}

func TestAnswerLeavesWithItsFilesAlsoWhenTriedAgain(t *testing.T) {
	h, tk := asked(t)
	bill := File{Name: "../bill.pdf", Bytes: []byte("%PDF-1.7 bill")}
	if err := h.answerWith(tk.ID, "Here it is.", bill, File{Name: "note.eml", Bytes: []byte("From: a@b.example\r\n\r\nx")}); err != nil {
		t.Fatal(err)
	}
	h.wire.respond = func(Envelope) (Receipt, error) { return Receipt{}, errors.New("too busy") }
	h.send(h.queued[0])
	h.wire.respond = nil
	h.now.advance(time.Hour)
	h.send(h.queued[0])
	sent := h.wire.all()
	if len(sent) != 2 || !bytes.Equal(sent[0].Data, sent[1].Data) {
		t.Fatalf("%d attempts, or two that differ", len(sent))
	}
	m := Parse(sent[1].Data)
	if len(m.Attachments) != 2 || m.Attachments[0].Name != "bill.pdf" || m.Attachments[0].ContentType != "application/pdf" || m.Attachments[1].ContentType != "application/octet-stream" {
		t.Fatalf("attached: %+v", m.Attachments)
	}
	if data, _ := mail.Extract(sent[1].Data, m.Attachments[0].Part); !bytes.Equal(data, bill.Bytes) {
		t.Errorf("the file came as %q", data)
	}
	c, _ := h.delivery(tk.ID)
	if c.Delivery != "sent" || len(c.Attachments) != 2 || c.Attachments[0].Size != int64(len(bill.Bytes)) {
		t.Errorf("comment %+v", c)
	}
	data, err := tenant.Get(t.Context(), h.pool, h.tenant, func(tx tenant.Tx) ([]byte, error) {
		return h.inbox.File(t.Context(), tx, FileRef{Digest: c.Attachments[0].Digest})
	})
	if err != nil || !bytes.Equal(data, bill.Bytes) {
		t.Errorf("kept: %q, %v", data, err)
	}
}

func TestAnswerWhoseFileIsGoneFailsAndSaysSo(t *testing.T) {
	h, tk := asked(t)
	if err := h.answerWith(tk.ID, "Here it is.", File{Name: "bill.pdf", Bytes: []byte("bill")}); err != nil {
		t.Fatal(err)
	}
	h.in(func(tx tenant.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM blobs WHERE tenant_id = $1`, tx.Tenant())
		return err
	})
	h.send(h.queued[0])
	if c, _ := h.delivery(tk.ID); c.Delivery != "failed" || !strings.Contains(c.DeliveryDetail, "bill.pdf") || len(h.wire.all()) != 0 {
		t.Errorf("delivery %s: %s", c.Delivery, c.DeliveryDetail)
	}
}

func TestFilesThatNoMailCouldCarryAreRefused(t *testing.T) {
	h, tk := asked(t)
	h.outbox.cfg.MaxSize = 64 << 10
	for _, c := range []struct {
		what, text string
		files      []File
		fits       bool
	}{
		{"too large a file", "Here.", []File{{Name: "a.bin", Bytes: make([]byte, 60<<10)}}, false},
		{"a file and a text that are too large together", strings.Repeat("words ", 6000), []File{{Name: "a.bin", Bytes: make([]byte, 30<<10)}}, false},
		{"too many files", "Here.", make([]File, maxFiles+1), false},
		{"a file that fits", "Here.", []File{{Name: "a.bin", Bytes: make([]byte, 30<<10)}}, true},
	} {
		err := h.answerWith(tk.ID, c.text, c.files...)
		if c.fits && err != nil || !c.fits && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if got := h.comments(tk.ID); len(got) != 2 {
		t.Errorf("%d comments: a refused answer was kept", len(got))
	}
}
