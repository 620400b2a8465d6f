package mail

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/atom"
)

// HTMLText turns HTML into plain text: blocks become lines, what is quoted gets "> " before it, cells are
// set apart by blanks, links that are called something else have their address behind them. What a mail program
// does not show is left out, unless nothing else is there.
func HTMLText(s string) string {
	w := textWriter{}
	w.out.Grow(len(s) / 2)
	if w.read(s); w.began && w.veil == 0 {
		return strings.TrimSpace(w.out.String())
	}
	w = textWriter{all: true}
	w.read(s)
	return strings.TrimSpace(w.out.String())
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
	items  []int // the next number of each list that is open, -1 where it has none

	all       bool      // what is hidden is shown
	veil      atom.Atom // the element that hides what is in it
	veilDepth int       // of elements of its name
	raw       atom.Atom // the element whose content is no HTML
	nested    bool      // the content of such an element is being read
	link      string    // where the open link leads
	linkText  int       // where its text begins
	linked    map[string]bool
}

const (
	maxQuotes = 20   // bounds the depth of quotation marks, and with it the size of the text
	maxItems  = 50   // lists within lists
	maxLink   = 300  // the longest address that is shown, in bytes; longer ones are not for people
	maxLinks  = 1000 // of one text
)

func (w *textWriter) read(s string) {
	z := tagScanner{source: s}
	for {
		switch z.next() {
		case endToken:
			return
		case textToken:
			w.content(&z)
		case startToken:
			w.start(&z)
		case emptyToken:
			w.start(&z)
			w.raw = 0
		case closeToken:
			w.end(&z)
			w.raw = 0
		}
	}
}

// content takes the text between two tags. The content of some elements comes unread, since a program that
// runs scripts would not show it; mail programs do.
func (w *textWriter) content(z *tagScanner) {
	switch {
	case w.raw == 0 && w.hidden == 0:
		w.text(z.unescaped())
	case w.raw != 0 && !w.nested && (w.all || w.raw == atom.Noscript && w.hidden == 0):
		w.raw, w.hidden, w.nested = 0, 0, true
		w.read(Newlines(z.unescaped()))
		w.nested = false
	}
}

func (w *textWriter) start(z *tagScanner) {
	a := z.element
	if w.veil != 0 && a == w.veil {
		w.veilDepth++
	}
	w.attributes(z)
	if isHiddenElement(z) {
		w.hidden++
	}
	switch a {
	case atom.Noscript, atom.Title:
		w.raw = a
	case atom.Br:
		w.lines++
	case atom.Hr:
		w.block(1)
		if w.hidden == 0 {
			w.word("----------")
		}
		w.block(1)
	case atom.Ul:
		w.list(-1)
	case atom.Ol:
		w.list(1)
	case atom.Li:
		w.item()
	case atom.Td, atom.Th:
		w.blank = true
	case atom.Pre:
		w.pre++
	case atom.Blockquote:
		w.block(1)
		w.quotes++
	}
	w.block(linesAround(a))
}

func (w *textWriter) end(z *tagScanner) {
	a := z.element
	if w.veil != 0 && a == w.veil {
		if w.veilDepth--; w.veilDepth == 0 {
			w.veil = 0
			w.hidden--
		}
	}
	if isHiddenElement(z) {
		w.hidden = max(0, w.hidden-1)
	}
	switch a {
	case atom.A:
		w.address()
	case atom.Pre:
		w.pre = max(0, w.pre-1)
	case atom.Ul, atom.Ol:
		w.items = w.items[:max(0, len(w.items)-1)]
	case atom.Li:
		w.block(1)
	case atom.Blockquote:
		w.block(1)
		w.quotes = max(0, w.quotes-1)
	}
	w.block(linesAround(a))
}

func isHiddenElement(z *tagScanner) bool {
	switch z.element {
	case 0:
		return z.isXML // Office's settings
	case atom.Script, atom.Style, atom.Title, atom.Template, atom.Iframe, atom.Noembed, atom.Noframes:
		return true
	}
	return false
}

// linesAround is how many line ends come before and behind an element: two where a blank line sets it apart.
func linesAround(a atom.Atom) int {
	switch a {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Dl, atom.Table:
		return 2
	case atom.Div, atom.Tr, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Address, atom.Center, atom.Pre,
		atom.Main, atom.Nav, atom.Aside, atom.Figure, atom.Figcaption, atom.Caption, atom.Form, atom.Fieldset, atom.Option:
		return 1
	}
	return 0
}

// attributes looks for what hides an element, the address of a link, and the words of a picture: many newsletters and
// emoji have no other.
func (w *textWriter) attributes(z *tagScanner) {
	for _, t := range z.attributes {
		switch a := z.element; {
		case t.key == hrefKey && a == atom.A:
			w.address()
			w.link, w.linkText = strings.TrimSpace(unescapeAttribute(t.value)), w.out.Len()
		case t.key == altKey && a == atom.Img && w.hidden == 0:
			w.text(unescapeAttribute(t.value))
		case w.veil == 0 && !w.all && !isVoid(a) && (t.key == hiddenKey || t.key == styleKey && hides(unescapeAttribute(t.value))):
			w.veil, w.veilDepth = a, 1
			w.hidden++
		}
	}
}

// isVoid says whether an element holds nothing, or all.
func isVoid(a atom.Atom) bool {
	switch a {
	case 0, atom.Br, atom.Hr, atom.Img, atom.Input, atom.Meta, atom.Link, atom.Body, atom.Html, atom.Wbr, atom.Col, atom.Base, atom.Area, atom.Source:
		return true
	}
	return false
}

// hides says whether a style makes an element invisible, as senders do with what a preview is to show.
func hides(style string) bool {
	if !strings.ContainsAny(style, "dD") { // display, hide, hidden
		return false
	}
	style = style[:min(len(style), 2000)]
	bare := make([]byte, 0, 256) // in lower case, without blanks
	for i := range len(style) {
		switch c := style[i]; {
		case c >= utf8.RuneSelf:
			return isInvisible([]byte(strings.ToLower(strings.Join(strings.Fields(style), ""))))
		case c == ' ' || c >= '\t' && c <= '\r':
		case c >= 'A' && c <= 'Z':
			bare = append(bare, c|0x20)
		default:
			bare = append(bare, c)
		}
	}
	return isInvisible(bare)
}

func isInvisible(bare []byte) bool {
	has := func(s string) bool { return bytes.Contains(bare, []byte(s)) }
	return has("display:none") || has("visibility:hidden") || has("mso-hide:all") || has("max-height:0") && has("overflow:hidden")
}

// address writes where a link leads that ends, once, unless its text says so.
func (w *textWriter) address() {
	link := w.link
	w.link = ""
	if w.hidden > 0 || w.quotes > 0 || len(link) > maxLink || !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "https://") ||
		strings.ContainsAny(link, " <>\"\n") {
		return
	}
	text := strings.TrimSpace(w.out.String()[w.linkText:])
	if text == "" || w.lines > 0 || w.linked[link] || len(w.linked) == maxLinks || sameAddress(text, link) {
		return
	}
	if w.linked == nil {
		w.linked = map[string]bool{}
	}
	w.linked[link] = true
	w.blank = true
	w.word("<" + link + ">")
}

// sameAddress says whether a link's text is its address, whole or without what everybody knows. An address within another one is not
// the same: "bank.example/?u=evil.example" leads elsewhere than it says.
func sameAddress(text, link string) bool {
	link = plainLink(link)
	for word := range strings.FieldsSeq(text) {
		rest, ok := strings.CutPrefix(plainLink(strings.TrimLeft(word, "<(\"'")), link)
		if rest = strings.TrimRight(rest, ".,;:!?)>\"'"); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

func plainLink(s string) string {
	s = strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(s), "http://"), "https://")
	return strings.TrimRight(strings.TrimPrefix(s, "www."), "/")
}

// list begins a list whose items are numbered from first on; -1 where they are not.
func (w *textWriter) list(first int) {
	if len(w.items) < maxItems {
		w.items = append(w.items, first)
	}
}

// item begins an item of a list.
func (w *textWriter) item() {
	w.block(1)
	if w.hidden > 0 {
		return
	}
	top := len(w.items) - 1
	if top < 0 || w.items[top] < 0 {
		w.word("- ")
		return
	}
	w.word(strconv.Itoa(w.items[top]) + ". ")
	w.items[top]++
}

// block makes sure that at least n line ends come before the next word.
func (w *textWriter) block(n int) {
	if n > 0 {
		w.lines = max(w.lines, n)
		w.blank = false
	}
}

// invisible drops characters that take no room and only help to lay text out.
func invisible(r rune) rune {
	switch r {
	case '\u00ad', '\u034f', '\u200b', '\u2060', '\ufeff':
		return -1
	}
	return r
}

// mayBeInvisible says whether a text has a byte that one of those characters begins with.
func mayBeInvisible(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case 0xc2, 0xcd, 0xe2, 0xef:
			return true
		}
	}
	return false
}

func (w *textWriter) text(s string) {
	if mayBeInvisible(s) {
		s = strings.Map(invisible, s)
	}
	if w.pre > 0 {
		for i, line := range strings.Split(strings.TrimSuffix(Newlines(s), "\n"), "\n") {
			if i > 0 {
				w.lines++
			}
			if line != "" {
				w.word(line)
			}
		}
		return
	}
	start := 0
	for i := 0; i < len(s); i++ {
		n := blankAt(s, i)
		if n == 0 {
			continue
		}
		if i > start {
			w.word(s[start:i])
		}
		w.blank = true
		start = i + n
		i = start - 1
	}
	if start < len(s) {
		w.word(s[start:])
	}
}

// blankAt is the length of the blank at s[i], 0 where there is none.
func blankAt(s string, i int) int {
	switch s[i] {
	case ' ', '\t', '\r', '\n':
		return 1
	case 0xc2: // a no-break space is two bytes
		if i+1 < len(s) && s[i+1] == 0xa0 {
			return 2
		}
	}
	return 0
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
