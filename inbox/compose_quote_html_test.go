package inbox

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

func TestQuotationLooksAsTheMailDoes(t *testing.T) {
	lid := File{Bytes: picture(10), quotedID: "lid@x", contentID: "quoted1@acme.example"}
	for _, l := range []struct{ what, text, html, want string }{
		{"plain words", "It burns.\nHelp!", "<p>It <b>burns</b>.</p><p>Help!</p>", "<p>It <b>burns</b>.</p><p>Help!</p>"},
		{"a history below", "Still hot.", "<div>Still <i>hot</i>.</div><br><div>On Monday Acme wrote:</div><blockquote>Use water.</blockquote>", "<div>Still <i>hot</i>.</div>"},
		{"a history in the same text", "Still hot.", "<div>Still hot.  From: Acme</div>", "<div>Still hot.</div>"},
		{"a rule before the history", "Hot.", "<div><p>Hot.</p><hr><p>From: Acme</p></div>", "<div><p>Hot.</p></div>"},
		{"a list", "Two things:\n\n* the lid\n* the fan", "<p>Two things:</p><ul><li>the lid</li><li>the fan</li></ul>", "<p>Two things:</p><ul><li>the lid</li><li>the fan</li></ul>"},
		{"a link with its address in the text", "See here <https://x.example/a> now.", `<p>See <a href="https://x.example/a">here</a> now.</p>`, `<p>See <a href="https://x.example/a"`},
		{"an address last", "See here <https://x.example/a>", `<p>See <a href="https://x.example/a">here</a></p><p>Sent by phone</p>`, `<p>See <a href="https://x.example/a"`},
		{"a word in pieces", "Hello W-12", "<p>He<b>ll</b>o W<sub>-12</sub></p>", "<p>He<b>ll</b>o W<sub>-12</sub></p>"},
		{"a table", "Item Pieces\nLamp 2", "<table><tr><th>Item</th><th>Pieces</th></tr><tr><td>Lamp</td><td>2</td></tr></table>", "<table><tbody><tr><th>Item</th><th>Pieces</th></tr><tr><td>Lamp</td><td>2</td></tr></tbody></table>"},
		{"a picture", "Look: here", `<p>Look: <img src="cid:LID@x" alt="lid"> here</p>`, `<p>Look: <img src="cid:quoted1@acme.example" alt="lid" style="max-width:100%;border:0"/> here</p>`},
		{"a picture that is not there", "Look: lid here", `<p>Look: <img src="cid:other@x" alt="lid"> here</p>`, `<p>Look: lid here</p>`},
		{"a picture from elsewhere", "Look", `<p>Look<img src="https://track.example/p.gif"></p>`, `<p>Look</p>`},
		{"a script", "Hi", `<p onclick="x()">Hi<script>alert(1)</script><a href="javascript:x()"></a></p>`, `<p>Hi</p>`},
		{"an unclosed element", "Hi you", `<blockquote><p>Hi <b>you`, `<blockquote><p>Hi <b>you</b></p></blockquote>`},
		{"other words", "Hi you", "<p>Good morning</p>", ""},
		{"less than the text", "Hi you, and goodbye", "<p>Hi you</p>", ""},
		{"no HTML", "Hi", "", ""},
		{"nested too deeply", "Hi", strings.Repeat("<div>", 4000) + "Hi", ""},
	} {
		q := &Quoted{Text: l.text, HTML: l.html, Pictures: []File{lid}}
		got, shown := q.page()
		if got != l.want && (!strings.HasSuffix(l.want, `"`) || !strings.HasPrefix(got, l.want) || strings.Contains(got, "Sent")) {
			t.Errorf("%s: %q, want %q", l.what, got, l.want)
		}
		if strings.Contains(got, "<img") != (len(shown) == 1) {
			t.Errorf("%s: shows %d pictures", l.what, len(shown))
		}
	}
}

func TestQuotationInHTMLIsBoundedAndNoWordsOfTheAnswer(t *testing.T) {
	a := plainAnswer()
	a.Quoted.Text, a.Quoted.HTML = "It burns.", "<p>It <em>burns</em>.</p></div></blockquote></body>"
	raw, err := newComposer().compose(a)
	if err != nil {
		t.Fatal(err)
	}
	m := Parse(raw)
	if !strings.Contains(m.HTML, "<p>It <em>burns</em>.</p></blockquote>") || strings.Contains(m.Text, "burns") || !strings.Contains(m.Text, "water") {
		t.Errorf("own words %q of %s", m.Text, m.HTML)
	}
	a.Quoted.Text = strings.Repeat("so hot ", maxQuotedBytes/8)
	a.Quoted.HTML = strings.ReplaceAll(a.Quoted.Text, "hot", "<b>hot</b>")
	if raw, err = newComposer().compose(a); err != nil || len(raw) > 8*maxQuotedBytes || !strings.Contains(Parse(raw).FullText, "so hot") || strings.Contains(Parse(raw).HTML, "<b>hot") {
		t.Errorf("%d bytes (%v)", len(raw), err)
	}
}

func TestAnswerQuotesTheMailInItsLooks(t *testing.T) {
	h := newHouse(t)
	h.accept(h.raw("From: Ann <ann@customer.example>\r\nTo: support@acme.example\r\nSubject: Smoke\r\nMessage-ID: <a1@customer.example>\r\n" +
		"Content-Type: text/html\r\n\r\n<p>It <b>burns</b> <script>x()</script>again.</p><div class=gmail_quote><div class=gmail_attr>On Mon, Mar 2, 2026 at 9:00 AM Acme &lt;support@acme.example&gt; wrote:</div><blockquote>Old words.</blockquote></div>\r\n"))
	h.send(h.answer(h.tickets()[0].ID, "I see."))
	m := Parse(h.wire.all()[0].Data)
	if !strings.Contains(m.HTML, "<p>It <b>burns</b> again.</p></blockquote>") || strings.Contains(m.HTML, "Old words") || m.Text != "I see." {
		t.Errorf("%q of %s", m.Text, m.HTML)
	}
}

func FuzzQuotationInHTML(f *testing.F) {
	f.Add("It burns. Help!", "<p>It <b>burns</b>.</p><table><tr><td>Help!<img src=cid:a@x alt=a>")
	f.Add("a", "<a href=x><a><form><math><mi><style></math><!--><p>a")
	f.Fuzz(func(t *testing.T, text, source string) {
		q := &Quoted{Text: text, HTML: source, Pictures: []File{{quotedID: "a@x", contentID: "quoted1@acme.example"}}}
		page, _ := q.page()
		if len(page) > maxQuotedBytes {
			t.Errorf("%d bytes", len(page))
		}
		if clean := mail.SanitiseHTML(page); strings.Count(clean, "<") != strings.Count(page, "<") {
			t.Errorf("not clean: %q from %q, cleaned it is %q", page, source, clean)
		}
	})
}
