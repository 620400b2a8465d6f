package inbox

import (
	"bytes"
	"encoding/base64"
	"mime"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

func TestPicturesOfAnAnswerAreLinks(t *testing.T) {
	c := newComposer()
	for _, l := range []struct{ text, want string }{
		{"![a *chart*](https://cdn.example/x.png?a=1&b=2)", `<a href="https://cdn.example/x.png?a=1&amp;b=2">a <em>chart</em></a>`},
		{"![](http://cdn.example/x.png)", `<a href="http://cdn.example/x.png">http://cdn.example/x.png</a>`},
		{"see ![the lid](cid:part1@customer.example)", "see the lid"},
		{"![x](javascript:alert(1)) ![y](data:image/png;base64,AAAA)", "x y"},
	} {
		page, err := c.html(l.text, nil, Answer{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(page, l.want) || strings.Contains(page, "<img") {
			t.Errorf("%q became %s", l.text, page[strings.Index(page, "<body"):])
		}
	}
}

func TestLongQuotationsAreCut(t *testing.T) {
	for what, text := range map[string]string{"lines": strings.Repeat("ä\n", 5000), "one line": strings.Repeat("ä", 1<<20)} {
		a := plainAnswer()
		a.Quoted.Text = text
		raw, err := newComposer().compose(a)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) > 8*maxQuotedBytes || !strings.Contains(Parse(raw).FullText, "[…]") || strings.ContainsRune(Parse(raw).FullText, 0xfffd) {
			t.Errorf("%s: %d bytes", what, len(raw))
		}
	}
}

func TestSubjectsBeginOnTheFirstLineAndReadBack(t *testing.T) {
	for _, subject := range []string{
		"Re: Übermäßig lange Betreffzeile, die über mehrere Zeilen geht und geht und geht [#1]",
		strings.Repeat("件名", 60), "é", "a", strings.Repeat("x", 200), strings.Repeat("word ", 60) + "[#1]", "two  blanks", "😀" + strings.Repeat("😀", 40),
	} {
		a := plainAnswer()
		a.Subject = subject
		raw, err := newComposer().compose(a)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := bytes.Cut(raw, []byte("\r\nSubject: "))
		value, _, _ := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(string(rest), "\r\n ", " "), "\r\n\t", " "), "\r\n")
		got, err := new(mime.WordDecoder).DecodeHeader(value)
		if err != nil || got != subject || strings.HasPrefix(value, " ") {
			t.Errorf("%q reads back as %q (%v)", subject, got, err)
		}
	}
}

// picture makes a PNG of some size in bytes; what it shows is of no matter.
func picture(n int) []byte { return append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{7}, n)...) }

// inlinePart is a part of a mail with a picture that the mail shows.
func inlinePart(id string, b []byte) string {
	return "--r\r\nContent-Type: image/png; name=" + id + ".png\r\nContent-ID: <" + id + "@customer.example>\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString(b) + "\r\n"
}

func TestAnswerShowsThePicturesOfTheMailItQuotes(t *testing.T) {
	h := newHouse(t)
	small, large := picture(500), picture(30<<10)
	h.accept(h.raw("From: Ann <ann@customer.example>\r\nTo: support@acme.example\r\nSubject: Smoke\r\nMessage-ID: <a1@customer.example>\r\n" +
		"Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n<p>Look: <img src=\"cid:one@customer.example\"> and <img src=cid:two@customer.example></p>\r\n" +
		inlinePart("one", small) + inlinePart("two", large) + inlinePart("fake", []byte("<svg onload=alert(1)>")) + inlinePart("huge", picture(maxQuotedPicture)) + "--r--\r\n"))
	tk := h.tickets()[0]
	h.send(h.answer(tk.ID, "I see."))
	raw := h.wire.all()[0].Data
	m := Parse(raw)
	if len(m.Attachments) != 2 || !strings.Contains(m.FullText, "I see.") {
		t.Fatalf("%q with %+v", m.FullText, m.Attachments)
	}
	for i, want := range [][]byte{small, large} {
		a := m.Attachments[i]
		if got, ok := mail.Extract(raw, a.Part); !ok || !bytes.Equal(got, want) || !a.Inline || !strings.Contains(m.HTML, `src="cid:`+a.ContentID+`"`) {
			t.Errorf("picture %d: %+v of %d bytes in %s", i, a, len(got), m.HTML)
		}
	}
	h.send(h.answer(tk.ID, "And again."))
	if again := Parse(h.wire.all()[1].Data); len(again.Attachments) != 2 {
		t.Errorf("the next answer to the same mail has %+v", again.Attachments)
	}
}

func TestPicturesOfAnAnswerThatNameItsFilesAreShown(t *testing.T) {
	h, tk := asked(t)
	lid, bill := File{Name: "Lid 1.png", Bytes: picture(99)}, File{Name: "bill.pdf", Bytes: []byte("%PDF-1.7")}
	if err := h.answerWith(tk.ID, "Open ![the *lid* \"here\"](lid%201.png), see ![](bill.pdf) and ![no](other.png).", lid, bill); err != nil {
		t.Fatal(err)
	}
	h.send(h.queued[0])
	raw := h.wire.all()[0].Data
	m := Parse(raw)
	if len(m.Attachments) != 2 || !strings.HasPrefix(m.Attachments[0].ContentID, "picture1.") || !m.Attachments[0].Inline || m.Attachments[1].Inline {
		t.Fatalf("files %+v", m.Attachments)
	}
	if !strings.Contains(string(raw), "multipart/mixed") || !strings.Contains(string(raw), "multipart/related") || strings.Count(m.HTML, "<img") != 1 ||
		!strings.Contains(m.HTML, `src="cid:`+m.Attachments[0].ContentID+`"`) || !strings.Contains(m.HTML, `alt="the lid &#34;here&#34;"`) {
		t.Errorf("%s", m.HTML)
	}
}
