package trim

import (
	"strings"

	"github.com/customerdesk/customerdesk/internal/prose"
)

// Words tells what the person wrote in a mail from its signature. Full is its readable text, sources the
// HTML parts as they came. Where a mail has text and HTML, both are trimmed, and the safer reading counts.
func Words(full string, sources []string, subject string) (own, signature string) {
	forwarded := prose.HasAnyPrefix(strings.ToLower(strings.TrimSpace(subject)), forwardSubjects)
	if len(sources) != 1 || len(full) > maxLength {
		return trim(full, forwarded)
	}
	rich, richSignature, all, ok := ownHTML(sources[0], forwarded)
	if ok && sameWords(all, full) {
		return rich, richSignature
	}
	own, signature = trim(full, forwarded)
	if !ok {
		return own, signature
	}
	return settleOwn(own, signature, rich, full)
}

// settleOwn settles what text and HTML say differently about where the person's own words end. What the text has
// beyond the HTML is history, unless quoted lines are between: then those are answers. What the HTML has
// beyond the text was taken for history in the text, and was none.
func settleOwn(own, signature, rich, full string) (string, string) {
	o, r := strings.Fields(own), strings.Fields(rich)
	switch {
	case len(r) == 0 || len(r) == len(o):
		return own, signature
	case len(r) < len(o) && samePrefix(o, r):
		head, rest := cutWords(own, len(r))
		if rest != "" && !strings.Contains("\n"+rest, "\n>") {
			return head, signature
		}
	case len(r) > len(o) && samePrefix(r, o) && samePrefix(strings.Fields(full), r):
		if head, rest := cutWords(full, len(r)); rest != "" {
			return head, ""
		}
	}
	return own, signature
}

// samePrefix says whether long begins with the words of short.
func samePrefix(long, short []string) bool {
	if len(long) < len(short) {
		return false
	}
	for i, w := range short {
		if long[i] != w {
			return false
		}
	}
	return true
}

// cutWords cuts a text behind its n-th word, where that ends a line; otherwise nothing is behind it.
func cutWords(text string, n int) (head, rest string) {
	for at := 0; at < len(text); {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			break
		}
		n -= len(strings.Fields(text[at : at+end]))
		at += end + 1
		if n < 0 {
			break
		}
		if n == 0 {
			return strings.TrimRight(text[:at], " \t\n"), text[at:]
		}
	}
	return text, ""
}

// sameWords says whether two texts have the same words, marks of quotation aside.
func sameWords(a, b string) bool {
	for {
		var x, y string
		x, a = firstWord(a)
		y, b = firstWord(b)
		if x != y || x == "" {
			return x == y
		}
	}
}

// firstWord returns the first word of a text, and what is behind it; empty where there is none.
func firstWord(s string) (word, rest string) {
	for i := 0; i < len(s); {
		start, marks := i, 0
		for i < len(s) && s[i] > ' ' {
			if s[i] == '>' {
				marks++
			}
			i++
		}
		if i > start+marks {
			return s[start:i], s[i:]
		}
		for i < len(s) && s[i] <= ' ' {
			i++
		}
	}
	return "", ""
}
