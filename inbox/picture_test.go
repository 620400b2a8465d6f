package inbox

import (
	"bytes"
	"mime"
	"strings"
	"testing"
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
