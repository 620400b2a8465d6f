package inbox

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

var update = flag.Bool("update", false, "write the golden files anew")

func plainAnswer() Answer {
	return Answer{
		From: mail.Address{Name: "Acme Support", Email: "support@acme.example"}, ReplyTo: "support+1-abcdefghijklmnop@acme.example",
		To: []mail.Address{{Name: "Ann", Email: "ann@customer.example"}}, Subject: "Re: Printer on fire [#1]", MessageID: "t1.nonce.mac@acme.example",
		InReplyTo: "a1@customer.example", References: []string{"a1@customer.example"},
		Date: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), Text: "Hello Ann,\n\nuse *water*:\n\n1. open the lid\n2. pour", Signature: []string{"Mia", "Acme Support", "+1 555 0100"},
		Quoted: &Quoted{Name: "Ann", At: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Text: "It burns.\n\n<b>Help</b>!"},
	}
}

func TestComposedMailIsAsInTheGoldenFiles(t *testing.T) {
	words := plainAnswer()
	words.From.Name = "Müller & Söhne, Kundendienst"
	words.To = []mail.Address{{Name: "Jürgen \"der Große\" 王", Email: "juergen@customer.example"}}
	words.Cc = []mail.Address{{Email: "bob@customer.example"}, {Name: "Zoë", Email: "zoe@customer.example"}}
	words.Subject = "Re: " + strings.Repeat("Übermäßig lange Betreffzeile ", 6) + "[#1]"
	words.Text = "Größe: 3 €\n.\n" + strings.Repeat("lang ", 300)
	long := plainAnswer()
	long.References = nil
	for i := range 30 {
		long.References = append(long.References, strings.Repeat("x", 40)+string(rune('a'+i%26))+"@customer.example")
	}
	first := plainAnswer()
	first.InReplyTo, first.References, first.Quoted = "", nil, nil
	robot := plainAnswer()
	robot.Automatic, robot.Signature = true, []string{"", "Acme"}
	for name, a := range map[string]Answer{"automatic": robot, "plain": plainAnswer(), "other-words": words, "long-thread": long, "no-thread": first} {
		t.Run(name, func(t *testing.T) {
			got, err := newComposer().compose(a)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".eml")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs; run with -update and look at the difference\n%s", file, got)
			}
			for line := range bytes.SplitSeq(got, []byte("\r\n")) {
				if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
					t.Errorf("a line of %d bytes, or with a stray line end", len(line))
				}
				for _, c := range line {
					if c >= 0x80 {
						t.Fatalf("8-bit byte in %q", line)
					}
				}
			}
			m := Parse(got)
			if m.Subject != strings.Join(strings.Fields(a.Subject), " ") && m.Subject != a.Subject {
				t.Errorf("subject %q", m.Subject)
			}
			if m.From != a.From || m.To[0] != a.To[0] || m.MessageID != a.MessageID || len(m.References) > maxRefs || !m.Date.Equal(a.Date) {
				t.Errorf("read back: %+v", m)
			}
			if a.Quoted != nil && strings.Contains(m.Text, "It burns") {
				t.Errorf("our own quotation is not recognised: %q", m.Text)
			}
		})
	}
}

func TestWhoSignsByHandIsNotSignedTwice(t *testing.T) {
	for text, want := range map[string]string{
		"Use water.":                      "[Mia Acme]",
		"Use water.\n\nKind regards\nMia": "[Acme]",
		"Use water.\n\n**mia**":           "[Acme]",
		"Mia":                             "[Acme]",
		"":                                "[Mia Acme]",
	} {
		if got := fmt.Sprint(signatureLines(text, []string{"Mia", "", "Acme"})); got != want {
			t.Errorf("below %q stands %s, want %s", text, got, want)
		}
	}
}

func TestASignatureThatBeginsWithTheNameIsNotSignedTwice(t *testing.T) {
	for _, c := range []struct{ text, name, signature, want string }{
		{"Use water.", "Mia Berg", "Mia Berg\nAcme", "Mia Berg|Acme"},
		{"Use water.", "Mia Berg", "mia berg, Acme Support\n+1 555 0100", "mia berg, Acme Support|+1 555 0100"},
		{"Use water.", "Mia", "Mia Berg\nAcme", "Mia Berg|Acme"},
		{"Use water.", "Mia", "Miami Printers", "Mia|Miami Printers"},
		{"Use water.", "Mia", "Mia-Marie's desk", "Mia|Mia-Marie's desk"},
		{"Use water.\n\nMia Berg", "Mia Berg", "Mia Berg\nAcme", "Acme"},
		{"Use water.", "", "Acme\nAcme Support", "Acme|Acme Support"},
		{"Use water.", "Zoë", "ZOË\nAcme", "ZOË|Acme"},
	} {
		if got := strings.Join(signatureLines(c.text, append([]string{c.name}, strings.Split(c.signature, "\n")...)), "|"); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestAutomaticMailSaysSo(t *testing.T) {
	a := plainAnswer()
	for automatic, want := range map[bool]string{true: "auto-replied", false: ""} {
		a.Automatic = automatic
		raw, err := newComposer().compose(a)
		if err != nil {
			t.Fatal(err)
		}
		m, err := netmail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Header.Get("Auto-Submitted"); got != want {
			t.Errorf("Auto-Submitted %q, want %q", got, want)
		}
		if suppress, out := m.Header.Get("X-Auto-Response-Suppress"), m.Header.Get("List-Unsubscribe"); (suppress == "All") != automatic || strings.HasPrefix(out, "<mailto:"+a.ReplyTo) != automatic {
			t.Errorf("X-Auto-Response-Suppress %q, List-Unsubscribe %q", suppress, out)
		}
	}
}

func TestNothingGetsIntoTheHeaderFromOutside(t *testing.T) {
	evil := "x\r\nBcc: all@victims.example\r\n\r\nbody"
	a := plainAnswer()
	a.Subject, a.From.Name, a.To[0].Name, a.InReplyTo = evil, evil, evil, evil
	a.References = []string{evil, "ok@x"}
	a.Cc = []mail.Address{{Name: evil, Email: "bob@customer.example\r\nBcc: all@victims.example"}}
	a.Quoted.Name, a.Signature, a.Automatic, a.ReplyTo = evil, []string{evil}, true, evil
	got, err := newComposer().compose(a)
	if err != nil {
		t.Fatal(err)
	}
	header, _, _ := bytes.Cut(got, []byte("\r\n\r\n"))
	for line := range bytes.SplitSeq(header, []byte("\r\n")) {
		if bytes.HasPrefix(bytes.ToLower(line), []byte("bcc")) || bytes.Equal(line, []byte("body")) {
			t.Errorf("injected: %s", header)
		}
	}
}

func TestNoSubjectOrNameMakesALineThatServersRefuse(t *testing.T) {
	for _, words := range []string{
		strings.Repeat("S", 1500), strings.Repeat("S", 5000), strings.Repeat("ü", 5000), strings.Repeat("word ", 20000), strings.Repeat("\"\\", 900),
		strings.Repeat("S", 990) + " " + strings.Repeat("王", 500),
	} {
		a := plainAnswer()
		a.Subject, a.From.Name, a.ThreadIndex = subjectOf(words, 1), words, "AdnX"
		a.To = []mail.Address{{Name: words, Email: "ann@customer.example"}, {Name: words, Email: "bob@customer.example"}}
		raw, err := newComposer().compose(a)
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		for line := range strings.SplitSeq(string(head), "\r\n") {
			if len(line) > 998 {
				t.Errorf("a line of %d bytes: %.40s", len(line), line)
			}
		}
		m, err := netmail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		whole := subject == a.Subject || len(a.Subject) > maxSubject && strings.HasPrefix(subject, a.Subject[:1000])
		if err != nil || len(head) > 12000 || !whole || !strings.HasSuffix(subject, " [#1]") {
			t.Errorf("%d bytes of header, subject %.40s … %s, %v", len(head), subject, subject[max(0, len(subject)-20):], err)
		}
		if list, err := m.Header.AddressList("To"); err != nil || len(list) != 2 {
			t.Errorf("To: %v, %v", list, err)
		}
	}
}

func TestHTMLOfCustomersAndMembersIsNotRun(t *testing.T) {
	a := plainAnswer()
	a.Text = "<script>alert(1)</script> [x](javascript:alert(1)) <b>bold</b>"
	a.Quoted.Text = "<script>alert(2)</script>"
	html, err := newComposer().html(a.Text, a.Signature, a)
	if err != nil {
		t.Fatal(err)
	}
	again := a
	again.Text = "[x](javascript:alert(1)) <host> <img src=x onerror=alert(1)> <a href=\"javascript:alert(1)\">y</a>\n\n<div onclick=alert(1)>\nhello\n</div>"
	more, err := newComposer().html(again.Text, a.Signature, again)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{html, more} {
		_, body, _ := strings.Cut(page, "<body")
		for _, bad := range []string{"<script", "href=\"javascript:", "<b>", "<host", "<img", "<div onclick"} {
			if strings.Contains(body, bad) {
				t.Errorf("%q in %s", bad, body)
			}
		}
	}
	for _, words := range []string{"&lt;host&gt;", "&lt;img src=x onerror=alert(1)&gt;", "&lt;div onclick=alert(1)&gt;<br>\nhello<br>\n&lt;/div&gt;"} {
		if !strings.Contains(more, words) {
			t.Errorf("the words %s are lost in %s", words, more)
		}
	}
}

func TestSubjectHoldsReAndNumberOnce(t *testing.T) {
	for title, want := range map[string]string{
		"Printer":              "Re: Printer [#7]",
		"Re: Printer":          "Re: Printer [#7]",
		"RE: re: Printer [#7]": "Re: Printer [#7]",
		"Printer [#6]":         "Re: Printer [#6] [#7]",
		"Two\r\nlines":         "Re: Two  lines [#7]",
		"":                     "Re:  [#7]",
	} {
		if got := subjectOf(title, 7); got != want {
			t.Errorf("subjectOf(%q) = %q, want %q", title, got, want)
		}
	}
}

func TestSignaturesHoldForOneTicketOfOneTenant(t *testing.T) {
	box, err := secret.New(bytes.Repeat([]byte("k"), secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	s := signer{box: box}
	a, b := uuid.UUID(tenant.NewID()), uuid.UUID(tenant.NewID())
	token := s.token(a, 12)
	if n, ok := s.ticketOfToken(a, strings.ToUpper(token)); !ok || n != 12 {
		t.Errorf("own token: %d, %v", n, ok)
	}
	for name, bad := range map[string]string{
		"other ticket": strings.Replace(token, "12-", "13-", 1), "leading zero": "0" + token, "plus sign": "+" + token, "cut": token[:len(token)-1], "empty": "", "no mac": "12-",
	} {
		if _, ok := s.ticketOfToken(a, bad); ok {
			t.Errorf("%s: %q is taken", name, bad)
		}
	}
	if _, ok := s.ticketOfToken(b, token); ok {
		t.Error("a token holds for another tenant")
	}
	id := s.newMessageID(a, 12, "acme.example")
	if n, ok := s.ticketOfMessageID(a, strings.Replace(id, "@acme.example", "@rewritten.example", 1)); !ok || n != 12 {
		t.Errorf("own id %s: %d, %v", id, n, ok)
	}
	if _, ok := s.ticketOfMessageID(b, id); ok {
		t.Error("an id holds for another tenant")
	}
	if _, ok := s.ticketOfMessageID(a, strings.Replace(id, "t12.", "t13.", 1)); ok {
		t.Error("an id holds for another ticket")
	}
	address := s.replyAddress("a+b@acme.example", a, 12)
	if n := s.ticketsOfAddresses(a, []string{"x@y", "z+1@y", address}); len(n) != 1 || n[0] != 12 || len(address) > 64+13 {
		t.Errorf("address %s: %v", address, n)
	}
}

func FuzzReplyToken(f *testing.F) {
	box, err := secret.New(bytes.Repeat([]byte("k"), secret.KeySize))
	if err != nil {
		f.Fatal(err)
	}
	s := signer{box: box}
	owner := uuid.MustParse("0195e0d5-0000-7000-8000-000000000001")
	for n := range 50 {
		f.Add(s.token(owner, tickets.Number(n+1)))
	}
	f.Add("1-aaaaaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, token string) {
		n, ok := s.ticketOfToken(owner, token)
		if ok && s.token(owner, n) != strings.ToLower(token) {
			t.Errorf("%q is taken for ticket %d", token, n)
		}
		if _, ok := s.ticketOfMessageID(owner, token); ok && !strings.Contains(token, ".") {
			t.Errorf("%q is taken for a message id", token)
		}
	})
}

func TestComposedMailIsReadByStrictProgramsToo(t *testing.T) {
	raw, err := newComposer().compose(plainAnswer())
	if err != nil {
		t.Fatal(err)
	}
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("Content-Type %q: %v", m.Header.Get("Content-Type"), err)
	}
	var kinds []string
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(p)
		if err != nil || !bytes.Contains(body, []byte("open the lid")) {
			t.Errorf("part %s: %v\n%s", p.Header.Get("Content-Type"), err, body)
		}
		kinds = append(kinds, p.Header.Get("Content-Type"))
	}
	if want := []string{"text/plain; charset=UTF-8", "text/html; charset=UTF-8"}; !slices.Equal(kinds, want) {
		t.Errorf("parts %q, want %q", kinds, want)
	}
}
