package inbox

import (
	"bytes"
	"mime"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// checkHeader composes a and checks its header as a strict reader sees it: each field once, none that nobody asked for, and
// nothing in it that a mail program would show otherwise than it is.
func checkHeader(t *testing.T, c *composer, a Answer) *netmail.Message {
	t.Helper()
	raw, err := c.compose(a)
	if err != nil {
		t.Fatal(err)
	}
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v of %q", err, raw[:min(len(raw), 800)])
	}
	for name, values := range m.Header {
		known := slices.Contains([]string{
			"Date", "In-Reply-To", "Mime-Version", "Message-Id", "References", "Subject", "From", "To", "Cc", "Reply-To", "Content-Type",
			"Thread-Index", "Thread-Topic", "Auto-Submitted", "X-Auto-Response-Suppress", "List-Unsubscribe", "List-Unsubscribe-Post",
		}, name)
		if len(values) != 1 || !known {
			t.Errorf("%s: %q", name, values)
		}
		shown, err := new(mime.WordDecoder).DecodeHeader(values[0])
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if i := strings.IndexFunc(shown, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }); i >= 0 {
			t.Errorf("%s: %q", name, shown)
		}
	}
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		if len(line) > 998 || !mail.IsASCII(string(line)) || strings.TrimSpace(string(line)) == "" {
			t.Errorf("a line of %d bytes: %q", len(line), line[:min(len(line), 200)])
		}
	}
	return m
}

func TestNamesAndSubjectsOfAllKindsReadBack(t *testing.T) {
	c := newComposer()
	for _, name := range []string{
		"", "Ann", `Ann "the Lid" O'Neil`, "Lee, Ann", "Lee; Ann: (x) <y@z>", `back\slash`, "Jürgen Größe", "王小明", "😀 Ann", "a@b.example", "=?utf-8?q?x?=", "Ann.", " Ann ",
		"שלום", strings.Repeat("ä", 100), strings.Repeat("Ann ", 60),
	} {
		a := plainAnswer()
		a.From.Name, a.Subject = name, name+" [#1]"
		a.To[0].Name, a.Cc = name, []mail.Address{{Name: name, Email: "bob@customer.example"}, {Name: name, Email: "zoe@customer.example"}}
		m := checkHeader(t, c, a)
		for field, want := range map[string][]string{
			"From": {"support@acme.example"}, "To": {"ann@customer.example"}, "Cc": {"bob@customer.example", "zoe@customer.example"}, "Reply-To": {a.ReplyTo},
		} {
			got, err := m.Header.AddressList(field)
			if err != nil || len(got) != len(want) {
				t.Errorf("%s of %q: %v (%v)", field, name, got, err)
				continue
			}
			for i := range got {
				if got[i].Address != want[i] || got[i].Name != strings.TrimSpace(name) && got[i].Name != strings.Join(strings.Fields(name), " ") {
					t.Errorf("%s of %q is %q <%s>", field, name, got[i].Name, got[i].Address)
				}
			}
		}
	}
}

func TestNothingTurnsTextAroundInTheHeader(t *testing.T) {
	c := newComposer()
	a := plainAnswer()
	turned := "invoice\u202efdp.exe \u2066x\u2069\u200f\x00\x1b[31m\x7f\u0085\u2028"
	a.Subject, a.From.Name, a.To[0].Name, a.Automatic, a.ThreadIndex = turned, turned, turned, true, "AQHZ"
	a.Cc = []mail.Address{{Name: turned, Email: "bob\u202e@customer.example"}}
	checkHeader(t, c, a)
}

func TestAnswerWithoutWordsIsAMailAllTheSame(t *testing.T) {
	c := newComposer()
	a := plainAnswer()
	a.Text, a.Signature, a.Quoted, a.Subject = "", nil, nil, ""
	checkHeader(t, c, a)
	raw, err := c.compose(a)
	if err != nil {
		t.Fatal(err)
	}
	if m := Parse(raw); m.Text != "" || m.From.Email != "support@acme.example" {
		t.Errorf("%q from %v", m.Text, m.From)
	}
}

func FuzzComposedHeader(f *testing.F) {
	c := newComposer()
	f.Add("Ann", "Re: x", "a@b")
	f.Add("x\r\nBcc: y@z", "=?utf-8?b?DQpCY2M6?=", "<a> b\x00")
	f.Add("\u202e\xff", strings.Repeat("ü", 500), strings.Repeat("y", 2000))
	f.Fuzz(func(t *testing.T, name, subject, id string) {
		a := plainAnswer()
		a.From.Name, a.Subject, a.InReplyTo, a.References, a.Automatic = name, subject, id, []string{id, "b@c"}, len(id)%2 == 0
		a.Cc = []mail.Address{{Name: name, Email: "bob@customer.example"}}
		a.Quoted.Name, a.Signature = name, []string{name}
		checkHeader(t, c, a)
	})
}
