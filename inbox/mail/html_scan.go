package mail

import (
	"slices"
	"strings"

	"golang.org/x/net/html/atom"
)

// A tokenKind says what stands in a piece of HTML.
type tokenKind byte

const (
	endToken   tokenKind = iota // nothing follows, or a tag that is cut off
	textToken                   // what is between tags
	startToken                  // <p>
	emptyToken                  // <br/>
	closeToken                  // </p>
	otherToken                  // a comment and the like
)

// A tagScanner cuts HTML into tokens where the tokenizer of golang.org/x/net/html does, several times as fast: each is
// a piece of the source, and only the attributes that tell something about the text are kept. The source has no NUL.
type tagScanner struct {
	source string
	at     int       // where the next token begins
	within atom.Atom // the element just begun, where its content is text whatever it looks like

	text    string // of a textToken
	literal bool   // the text has no character references

	element    atom.Atom // of a tag; 0 where its name is none of HTML's
	isXML      bool      // the name is "xml"
	attributes []attribute
}

// An attribute of a tag; its value still has character references.
type attribute struct {
	key   attributeKey
	value string
}

// An attributeKey is an attribute that tells something about the text.
type attributeKey byte

const (
	otherKey attributeKey = iota
	altKey
	hrefKey
	styleKey
	hiddenKey
)

func keyOf(name string) attributeKey {
	switch {
	case len(name) == 3 && strings.EqualFold(name, "alt"):
		return altKey
	case len(name) == 4 && strings.EqualFold(name, "href"):
		return hrefKey
	case len(name) == 5 && strings.EqualFold(name, "style"):
		return styleKey
	case len(name) == 6 && strings.EqualFold(name, "hidden"):
		return hiddenKey
	}
	return otherKey
}

// unescaped is the text with its character references read.
func (z *tagScanner) unescaped() string {
	if z.literal {
		return z.text
	}
	return unescapeText(z.text)
}

// next goes on to the next token.
func (z *tagScanner) next() tokenKind {
	if z.within != 0 && z.content() {
		return textToken
	}
	z.literal = false
	for i := z.at; ; i++ {
		n := strings.IndexByte(z.source[i:], '<')
		if n < 0 || i+n+1 == len(z.source) {
			return z.textUntil(len(z.source))
		}
		i += n
		c := z.source[i+1]
		if !isLetter(c) && c != '/' && c != '!' && c != '?' {
			continue
		}
		if i > z.at {
			return z.textUntil(i)
		}
		if c == '/' && i+2 == len(z.source) {
			return z.textUntil(i + 2)
		}
		return z.markup(i+1, c)
	}
}

// textUntil cuts a text that ends at i.
func (z *tagScanner) textUntil(i int) tokenKind {
	if z.text = z.source[z.at:i]; z.text == "" {
		return endToken
	}
	z.at = i
	return textToken
}

// markup reads what begins with "<" and c, which stands at i.
func (z *tagScanner) markup(i int, c byte) tokenKind {
	z.at = i + 1
	switch {
	case c == '/' && isLetter(z.source[z.at]):
		z.at++
		if _, ok := z.tag(); ok {
			return closeToken
		}
		return z.cutOff()
	case isLetter(c):
		empty, ok := z.tag()
		switch {
		case !ok:
			return z.cutOff()
		case isLiteral(z.element) || z.element == atom.Title || z.element == atom.Textarea:
			z.within = z.element
		}
		if empty {
			return emptyToken
		}
		return startToken
	case strings.HasPrefix(z.source[i:], "!--"):
		z.at = commentEnd(z.source, i+3)
	default:
		if n := strings.IndexByte(z.source[z.at:], '>'); n >= 0 {
			z.at += n + 1
		} else {
			z.at = len(z.source)
		}
	}
	return otherToken
}

func (z *tagScanner) cutOff() tokenKind {
	z.at = len(z.source)
	return endToken
}

// tag reads a tag of whose name the first letter is before z.at. Empty says that it ends in a slash; ok is false
// where it does not end.
func (z *tagScanner) tag() (empty, ok bool) {
	s, i := z.source, z.at
	for i < len(s) && !endsName(s[i]) {
		i++
	}
	z.name(s[z.at-1 : i])
	z.attributes = z.attributes[:0]
	valueEnd := -1
	for {
		if i = skipSpace(s, i); i == len(s) {
			return false, false
		}
		if s[i] == '>' {
			z.at = i + 1
			return s[i-1] == '/' && valueEnd != i, true
		}
		from := i
		for i < len(s) && (!endsName(s[i]) && s[i] != '=' || s[i] == '=' && i == from) {
			i++
		}
		key := s[from:i]
		if i = skipSpace(s, i); i == len(s) {
			return false, false
		}
		value := ""
		switch s[i] {
		case '/':
			i++
		case '=':
			if value, i = attributeValue(s, skipSpace(s, i+1)); i < 0 {
				return false, false
			}
			valueEnd = i
		}
		z.keep(keyOf(key), value)
	}
}

// attributeValue reads the value that begins at i, and returns where the tag goes on; -1 where it does not.
func attributeValue(s string, i int) (value string, next int) {
	if i == len(s) {
		return "", -1
	}
	if c := s[i]; c == '"' || c == '\'' {
		n := strings.IndexByte(s[i+1:], c)
		if n < 0 {
			return "", -1
		}
		return s[i+1 : i+1+n], i + n + 2
	}
	from := i
	for i < len(s) && s[i] != '>' && !isSpace(s[i]) {
		i++
	}
	return s[from:i], i
}

// name notes what a tag is called.
func (z *tagScanner) name(name string) {
	var lower [longestName]byte
	z.element, z.isXML = 0, false
	if len(name) > len(lower) {
		return
	}
	for i := range len(name) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	z.element = atom.Lookup(lower[:len(name)])
	z.isXML = z.element == 0 && string(lower[:len(name)]) == "xml"
}

// longestName is more than the length of any element's name, in bytes.
const longestName = 32

// keep keeps an attribute, if it tells something; of several with one name the first counts.
func (z *tagScanner) keep(key attributeKey, value string) {
	if key == otherKey || slices.ContainsFunc(z.attributes, func(a attribute) bool { return a.key == key }) {
		return
	}
	z.attributes = append(z.attributes, attribute{key, value})
}

// content cuts what an element holds that is text whatever it looks like; false where it is empty.
func (z *tagScanner) content() bool {
	element := z.within
	z.within = 0
	end := len(z.source)
	switch element {
	case atom.Plaintext:
	case atom.Script:
		end = scriptEnd(z.source, z.at)
	default:
		end = contentEnd(z.source, z.at, element.String())
	}
	z.literal = isLiteral(element)
	return z.textUntil(end) == textToken
}

// isLiteral says whether what an element holds is read without tags and character references.
func isLiteral(a atom.Atom) bool {
	switch a {
	case atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript, atom.Plaintext, atom.Script, atom.Style, atom.Xmp:
		return true
	}
	return false
}

// contentEnd returns where the end tag of an element stands, from i on; otherwise where the source ends.
func contentEnd(s string, i int, name string) int {
	for {
		n := strings.Index(s[i:], "</")
		if n < 0 {
			return len(s)
		}
		if i += n; isEndTag(s[i:], name) {
			return i
		}
		i += 2
	}
}

func isEndTag(s, name string) bool {
	return strings.HasPrefix(s, "</") && isNamed(s[2:], name)
}

// isNamed says whether a tag's name, with what ends it, stands at the beginning of s.
func isNamed(s, name string) bool {
	return len(s) > len(name) && endsName(s[len(name)]) && strings.EqualFold(s[:len(name)], name)
}

// scriptEnd returns where a script ends whose content begins at i. Within what looks like a comment, as scripts were
// once hidden in, a whole script is passed over (WHATWG HTML sections 13.2.5.15 to 13.2.5.31).
func scriptEnd(s string, i int) int {
	const name = "script"
	commented, nested := false, false // nested: in a script within what looks like a comment
	for dashes := 0; i < len(s); i++ {
		switch {
		case s[i] == '-':
			dashes++
			continue
		case s[i] == '>' && dashes >= 2:
			commented, nested = false, false
		case s[i] != '<':
		case nested:
			nested = !isEndTag(s[i:], name)
		case isEndTag(s[i:], name):
			return i
		case !commented:
			if commented = strings.HasPrefix(s[i:], "<!--"); commented {
				i, dashes = i+3, 2
				continue
			}
		default:
			nested = isNamed(s[i+1:], name)
			commented = i+1 == len(s) || s[i+1] == '/' || isLetter(s[i+1])
		}
		dashes = 0
	}
	return len(s)
}

// commentEnd returns where a comment ends whose content begins at i (WHATWG HTML sections 13.2.5.43 to 13.2.5.52).
func commentEnd(s string, i int) int {
	dashes, begins := 0, true
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c == '-':
			dashes++
			continue
		case c == '>' && (dashes >= 2 || begins):
			return i + 1
		case c == '!' && dashes >= 2 && i+1 < len(s):
			switch i++; s[i] {
			case '>':
				return i + 1
			case '-':
				dashes, begins = 1, false
				continue
			}
		}
		dashes, begins = 0, false
	}
	return len(s)
}

func skipSpace(s string, i int) int {
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

func endsName(c byte) bool { return isSpace(c) || c == '/' || c == '>' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
