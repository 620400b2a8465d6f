package email

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDovecotGivesTheHeaderOfAMessageThatIsTooLarge(t *testing.T) {
	t.Parallel()
	server := startDovecot(t, "")
	d := newDesk(t)
	big := append(letter(1), bytes.Repeat([]byte("0123456789abcdef\r\n"), 1000)...)
	endless := slices.Concat([]byte("From: Ann <ann@customer.example>\r\nSubject: endless header\r\nX-Junk: a"),
		bytes.Repeat([]byte("\r\n 0123456789abcdef"), 2*maxHead/16), []byte("\r\n\r\nHello\r\n"))
	for _, m := range [][]byte{big, endless, letter(3)} {
		server.deliver(m, time.Now())
	}
	ref := d.add(Mailbox{Account: server.account(TLSNone), MaxSize: 10_000})
	d.start(nil)
	d.waitCursor(ref, 3)
	got := d.waitAccepted(3)
	wantSubjects(t, got, "(no body)", "(no body)", "3")
	if h := string(got[0].Header); !strings.Contains(h, "Message-ID: <letter-1@customer.example>") || strings.Contains(h, "0123456789") {
		t.Errorf("header %q", h)
	}
	if h := string(got[1].Header); len(h) != maxHead || !strings.HasPrefix(h, "From: Ann") {
		t.Errorf("%d bytes of an endless header, want %d", len(h), maxHead)
	}
}
