package mail

import (
	"strings"
)

// DecodeWords undoes encoded words (RFC 2047) in a header value, and guesses the charset of raw 8-bit ones.
// It reads what real programs write: blanks and question marks within a word, a missing end, words in quotes,
// characters that are cut in two between words. What is no word stays as it is.
func DecodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return rawWords(s)
	}
	var out strings.Builder
	var open word // adjacent words of one charset are converted together
	flush := func() {
		if open.charset != "" {
			out.WriteString(toUTF8(open.charset, open.bytes()))
			open = word{}
		}
	}
	for len(s) > 0 {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		w, n := readWord(s[i:])
		if n == 0 {
			flush()
			out.WriteString(rawWords(s[:i+2]))
			s = s[i+2:]
			continue
		}
		// Blanks between words belong to neither.
		if gap := s[:i]; strings.TrimSpace(gap) != "" || open.charset == "" {
			flush()
			out.WriteString(rawWords(gap))
		}
		if open.charset == "" {
			open = w
		} else if !open.join(w) {
			flush()
			open = w
		}
		s = s[i+n:]
	}
	flush()
	out.WriteString(rawWords(s))
	return Clean(out.String())
}

// rawWords is a piece of a header that is not encoded.
func rawWords(s string) string {
	if IsASCII(s) && strings.IndexByte(s, 0x1b) < 0 {
		return Clean(s)
	}
	return guessUTF8([]byte(s), true)
}

// A word is an encoded word; text is still encoded, base64 or else Q. done are the bytes of words before it.
type word struct {
	charset string
	base64  bool
	text    string
	done    []byte
}

func (w *word) bytes() []byte {
	if w.base64 {
		return append(w.done, decodeBase64([]byte(w.text))...)
	}
	return append(w.done, decodeQ(w.text)...)
}

// join adds the next word, if it is of the same charset.
func (w *word) join(next word) bool {
	if !strings.EqualFold(w.charset, next.charset) {
		return false
	}
	// Some programs cut the encoded text instead of encoding pieces.
	if w.base64 && next.base64 && len(w.text)%4 != 0 && !strings.HasSuffix(w.text, "=") {
		w.text += next.text
		return true
	}
	*w = word{charset: w.charset, base64: next.base64, text: next.text, done: w.bytes()}
	return true
}

// readWord reads the encoded word at the start of s and returns its length, 0 where there is none.
func readWord(s string) (word, int) {
	charset, rest, ok := strings.Cut(s[2:], "?")
	if !ok || charset == "" || len(charset) > 60 || strings.ContainsAny(charset, " \t\"=<>@") || len(rest) < 2 || rest[1] != '?' {
		return word{}, 0
	}
	charset, _, _ = strings.Cut(charset, "*") // RFC 2231 section 5: a language may follow
	w := word{charset: charset}
	switch rest[0] {
	case 'b', 'B':
		w.base64 = true
	case 'q', 'Q':
	default:
		return word{}, 0
	}
	text := rest[2:]
	begin := len(s) - len(text)
	end, after := wordEnd(text)
	w.text = text[:end]
	return w, begin + after
}

// wordEnd finds where the text of a word ends, and where what follows the word begins. A "?=" may be part of Q
// text ("really?=20"): the end is followed by a blank, punctuation or another word.
func wordEnd(s string) (end, after int) {
	first := -1
	for from := 0; ; {
		i := strings.Index(s[from:], "?=")
		if i < 0 {
			break
		}
		i += from
		next := strings.Index(s[from:i], "=?")
		if next >= 0 && first < 0 { // another word begins before this one ends
			return from + next, from + next
		}
		if first < 0 {
			first = i
		}
		if i+2 == len(s) || strings.IndexByte(" \t\r\n\"'(),.;:<>[]", s[i+2]) >= 0 || strings.HasPrefix(s[i+2:], "=?") {
			return i, i + 2
		}
		from = i + 2
		if from-first > 200 {
			break
		}
	}
	if first >= 0 {
		return first, first + 2
	}
	// The end is missing.
	if i := strings.Index(s, "=?"); i >= 0 {
		s = s[:i]
	}
	if i := strings.IndexAny(s, " \t\r\n<>\""); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimSuffix(s, "?")
	return len(s), len(s)
}

// decodeQ undoes the Q encoding (RFC 2047 section 4.2).
func decodeQ(s string) []byte {
	return decodeQuotedPrintable([]byte(strings.ReplaceAll(s, "_", " ")))
}
