package prose

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWord is the length in bytes from which on a run of letters is no word that anybody looks up (keys,
// base64).
const maxWord = 64

// Words returns the words of a text in order: lower case, in Unicode's compatibility form, apostrophes and what
// follows them in a possessive taken off. Letters, digits and marks make a word; scripts that put no spaces between words
// (Han, Hiragana, Katakana, Thai) give overlapping pairs of characters.
func Words(text string) []string {
	words := make([]string, 0, len(text)/6)
	for _, run := range runs(strings.ToLower(norm.NFKC.String(text))) {
		words = appendRun(words, run)
	}
	return words
}

// runs cuts text at everything that is not part of a word. An apostrophe between letters is part of one.
func runs(text string) []string {
	var out []string
	start := -1
	for i, r := range text {
		if inWord(r) || start >= 0 && isApostrophe(r) && letterAt(text, i+utf8.RuneLen(r)) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			out = append(out, text[start:i])
			start = -1
		}
	}
	if start >= 0 {
		out = append(out, text[start:])
	}
	return out
}

func appendRun(words []string, run string) []string {
	if len(run) > maxWord && !spaceless(run) {
		return words
	}
	if i := strings.IndexFunc(run, isApostrophe); i >= 0 {
		head, tail := run[:i], strings.TrimLeftFunc(run[i:], isApostrophe)
		switch {
		case tail == "s":
			run = head
		case len(head) <= 2 && len(tail) > 2: // l'article, d'abord
			run = tail
		default: // don't
			run = strings.Map(dropApostrophe, run)
		}
	}
	if !spaceless(run) {
		return append(words, run)
	}
	rs := []rune(run)
	if len(rs) == 1 {
		return append(words, run)
	}
	for i := 0; i+1 < len(rs); i++ {
		words = append(words, string(rs[i:i+2]))
	}
	return words
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

func isApostrophe(r rune) bool { return r == '\'' || r == '’' || r == '‘' || r == 'ʼ' }

func dropApostrophe(r rune) rune {
	if isApostrophe(r) {
		return -1
	}
	return r
}

func letterAt(s string, i int) bool {
	if i >= len(s) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return unicode.IsLetter(r)
}

func spaceless(run string) bool {
	for _, r := range run {
		if r > unicode.MaxLatin1 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) {
			return true
		}
	}
	return false
}
