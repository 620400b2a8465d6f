package inbox

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlPolicy lets through what a mail needs to be read: structure, tables, links and pictures that came
// with it. Scripts, forms, styles and whatever would be fetched from elsewhere (a remote picture tells its
// owner that the mail was opened) are taken out.
var htmlPolicy = newHTMLPolicy()

func newHTMLPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "div", "span", "br", "hr", "b", "strong", "i", "em", "u", "s", "strike", "del", "ins", "sub", "sup", "small", "code",
		"pre", "tt", "kbd", "samp", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd",
		"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^cid:`)).OnElements("img")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.AllowAttrs("dir").Matching(bluemonday.Direction).Globally()
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^cite$`)).OnElements("blockquote")
	p.AllowURLSchemes("http", "https", "mailto", "tel", "cid")
	p.RequireNoReferrerOnLinks(true)
	p.RequireNoFollowOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}

func sanitiseHTML(s string) string {
	return strings.TrimSpace(clean(htmlPolicy.Sanitize(s)))
}

// htmlCharset finds a charset that an HTML text names itself.
func htmlCharset(b []byte) string {
	head := bytes.ToLower(b[:min(len(b), 2048)])
	_, after, ok := bytes.Cut(head, []byte("charset="))
	if !ok {
		return ""
	}
	after = bytes.TrimLeft(after, `"' `)
	if i := bytes.IndexAny(after, "\"'; />"); i >= 0 {
		after = after[:i]
	}
	return string(after)
}

// htmlText turns HTML into plain text: blocks become lines, what is quoted gets "> " before it, cells are
// set apart by blanks.
func htmlText(s string) string {
	w := textWriter{}
	w.out.Grow(len(s) / 2)
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(w.out.String())
		case html.TextToken:
			if w.hidden == 0 {
				w.text(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			w.start(z)
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(atom.Lookup(name))
		}
	}
}

// A textWriter lays out text. Line ends and blanks are held back until a word follows.
type textWriter struct {
	out    strings.Builder
	lines  int  // line ends to write before the next word, at most 2
	blank  bool // a blank to write before the next word
	began  bool
	hidden int // depth of elements whose text is not shown
	pre    int
	quotes int
}

// maxQuotes bounds the depth of quotation marks, and with it the size of the text.
const maxQuotes = 20

func (w *textWriter) start(z *html.Tokenizer) {
	name, attrs := z.TagName()
	a := atom.Lookup(name)
	switch a {
	case atom.Script, atom.Style, atom.Title, atom.Template:
		w.hidden++
	case atom.Br:
		w.lines++
	case atom.Hr:
		w.block(1)
		w.word("----------")
		w.block(1)
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Dl, atom.Table:
		w.block(2)
	case atom.Div, atom.Tr, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Address, atom.Center:
		w.block(1)
	case atom.Li:
		w.block(1)
		w.word("- ")
	case atom.Td, atom.Th:
		w.blank = true
	case atom.Pre:
		w.block(1)
		w.pre++
	case atom.Blockquote:
		w.block(1)
		w.quotes++
	case atom.Img:
		if attrs {
			w.picture(z)
		}
	}
}

func (w *textWriter) end(a atom.Atom) {
	switch a {
	case atom.Script, atom.Style, atom.Title, atom.Template:
		w.hidden = max(0, w.hidden-1)
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Dl, atom.Table:
		w.block(2)
	case atom.Div, atom.Tr, atom.Li, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Address, atom.Center:
		w.block(1)
	case atom.Pre:
		w.block(1)
		w.pre = max(0, w.pre-1)
	case atom.Blockquote:
		w.block(1)
		w.quotes = max(0, w.quotes-1)
	}
}

// picture shows a picture's words: many newsletters and emoji have no other.
func (w *textWriter) picture(z *html.Tokenizer) {
	for {
		key, val, more := z.TagAttr()
		if string(key) == "alt" && w.hidden == 0 {
			w.text(string(val))
		}
		if !more {
			return
		}
	}
}

// block makes sure that at least n line ends come before the next word.
func (w *textWriter) block(n int) {
	w.lines = max(w.lines, n)
	w.blank = false
}

func (w *textWriter) text(s string) {
	if w.pre > 0 {
		for i, line := range strings.Split(strings.TrimSuffix(newlines(s), "\n"), "\n") {
			if i > 0 {
				w.lines++
			}
			if line != "" {
				w.word(line)
			}
		}
		return
	}
	for len(s) > 0 {
		i := strings.IndexAny(s, " \t\r\n\u00a0")
		switch {
		case i < 0:
			w.word(s)
			return
		case i > 0:
			w.word(s[:i])
		}
		w.blank = true
		if s[i] == 0xc2 { // a no-break space is two bytes
			i++
		}
		s = s[i+1:]
	}
}

func (w *textWriter) word(s string) {
	switch {
	case w.lines > 0 && w.began:
		prefix := ""
		if w.quotes > 0 {
			prefix = strings.Repeat(">", min(w.quotes, maxQuotes))
		}
		for i := range min(w.lines, 2) {
			w.out.WriteByte('\n')
			if prefix != "" {
				w.out.WriteString(prefix)
				if i == min(w.lines, 2)-1 {
					w.out.WriteByte(' ')
				}
			}
		}
	case !w.began && w.quotes > 0:
		w.out.WriteString(strings.Repeat(">", min(w.quotes, maxQuotes)) + " ")
	case w.blank && w.began:
		w.out.WriteByte(' ')
	}
	w.lines, w.blank, w.began = 0, false, true
	w.out.WriteString(s)
}
