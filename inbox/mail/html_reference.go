package mail

import (
	"strings"

	"golang.org/x/net/html"
)

// unescapeText reads the character references of a text ("&amp;").
func unescapeText(s string) string {
	switch {
	case s == "&nbsp;": // all that empty cells and paragraphs hold, of which there are many
		return "\u00a0"
	case strings.IndexByte(s, '&') < 0:
		return s
	}
	return html.UnescapeString(s)
}

// unescapeAttribute reads those of an attribute's value, where what may be a parameter of an address is none
// (WHATWG HTML section 13.2.5.73): "?a=b&copy=c".
func unescapeAttribute(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	for {
		before, rest, ok := strings.Cut(s, "&")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		n := 0
		if strings.HasPrefix(rest, "#") {
			n++
		}
		for n < len(rest) && (isLetter(rest[n]) || rest[n] >= '0' && rest[n] <= '9') {
			n++
		}
		if n < len(rest) && rest[n] == ';' {
			n++
		}
		out.WriteString(readReference(s[len(before):len(before)+1+n], rest[n:]))
		s = rest[n:]
	}
}

// readReference reads what may be a reference in an attribute's value, given what follows it there.
func readReference(ref, next string) string {
	read := html.UnescapeString(ref)
	last := len(ref) - 1
	switch {
	case strings.HasPrefix(ref, "&#"), ref == "&semi;":
		return read
	case ref[last] != ';' && strings.HasPrefix(next, "="), read[len(read)-1] == ref[last]: // only its beginning is one
		return ref
	}
	return read
}
