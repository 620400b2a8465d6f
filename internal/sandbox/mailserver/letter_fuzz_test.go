package mailserver

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// Any bytes can be delivered; the page must show them, and show nothing that runs.
func FuzzLetter(f *testing.F) {
	for _, seed := range []string{
		"",
		"Subject: a\r\n\r\nb",
		"no header",
		"From: a@b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p onclick=a()>hi<script>x</script>\r\n--x\r\nContent-Disposition: attachment; filename=\"../a\"\r\n\r\nz\r\n--x--",
		"Content-Type: text/html\r\n\r\n<blockquote><blockquote>a</p>b<br><img src=cid:1><img src=http://x/y>",
		"Content-Type: text/plain; charset=nonsense\r\nContent-Transfer-Encoding: nonsense\r\n\r\n\xff\xfe",
		"References: <a>,<b>\r\n\r\nOn 1 May a@b wrote:\n> x",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		l := readLetter(raw)
		own, quoted := splitQuote(l.plain())
		if len(own)+len(quoted) > 2*len(l.plain())+2 {
			t.Errorf("splitting invents text: %q, %q", own, quoted)
		}
		for _, file := range l.files() {
			if strings.ContainsAny(file.Name, "/\\\r\n") {
				t.Errorf("attachment is named %q", file.Name)
			}
		}
		doc := bodyDocument(l, func(string) string { return "" })
		eachToken(doc[strings.Index(doc, "<body>"):], func(token html.Token) {
			switch token.Data {
			case "script", "iframe", "form", "object", "style", "link", "meta", "base":
				if token.Type != html.TextToken {
					t.Errorf("<%s> survives", token.Data)
				}
			}
			for _, attr := range token.Attr {
				if strings.HasPrefix(attr.Key, "on") && token.Type == html.StartTagToken ||
					attr.Key == "src" && !strings.HasPrefix(attr.Val, "data:image/gif;base64,") {
					t.Errorf("%s=%q survives in <%s>", attr.Key, attr.Val, token.Data)
				}
			}
		})
		d := draft{answers: &post{message: &message{at: time.Unix(0, 0)}, letter: l}, text: "x", subject: "y"}
		d.from.Address = "me@home.example"
		if _, err := d.compose(); err != nil {
			t.Errorf("a reply cannot be composed: %v", err)
		}
	})
}

func TestHTMLReadsAsText(t *testing.T) {
	for in, want := range map[string]string{
		"<p>Hello <b>Anna</b>,</p><p>one\n two</p>":                                                                     "Hello Anna,\n\none two",
		"a<br>b<div>c</div><ul><li>d</li><li>e</li></ul>":                                                               "a\nb\nc\n- d\n- e",
		"<style>p{}</style><title>t</title>x&amp;y":                                                                     "x&y",
		"new<div class=gmail_attr>On Monday a@b wrote:</div><blockquote>old<blockquote>older</blockquote></blockquote>": "new\nOn Monday a@b wrote:\n> old\n> > older",
	} {
		if got := htmlText(in); got != want {
			t.Errorf("%s reads %q, want %q", in, got, want)
		}
	}
}

func TestQuotedHistoryIsFoldedOnlyAtTheEnd(t *testing.T) {
	for text, wantOwn := range map[string]string{
		"Yes.\n\nOn Mon, Mar 2, 2026 Mia <m@desk.example> wrote:\n\n> Really?\n": "Yes.",
		"Yes.\n\nOn Mon, Mar 2, 2026 Mia\n<m@desk.example> wrote:\n> Really?":    "Yes.",
		"At 3.\nOn Mon, Mar 2, 2026 Mia wrote:\n> When?":                         "At 3.",
		"> Really?\nYes, really.":                                                "> Really?\nYes, really.",
		"Nothing quoted":                                                         "Nothing quoted",
		"Sizes: 3 > 2\nand that is all":                                          "Sizes: 3 > 2\nand that is all",
		"> all of it is quoted\n> is it not":                                     "",
	} {
		if own, _ := splitQuote(text); own != wantOwn {
			t.Errorf("of %q only %q is the writer's own, want %q", text, own, wantOwn)
		}
	}
}
