package trim

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// readLine is a line as it is read: without blanks around it, invisible characters and the marks of
// writing direction, and with one kind of blank.
func readLine(line string) string {
	if isPlain(line) {
		return strings.TrimSpace(line)
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\u00a0', r >= '\u2000' && r <= '\u200a', r == '\u202f', r == '\u205f', r == '\u3000':
			return ' '
		case unicode.Is(unicode.Cf, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, line))
}

// isPlain says whether a line has nothing but ASCII and letters of European scripts up to Hebrew: no byte that a blank, an
// invisible character or a mark of direction begins with.
func isPlain(line string) bool {
	for i := range len(line) {
		if c := line[i]; c >= 0xd8 || c == 0xc2 {
			return false
		}
	}
	return true
}

// fences finds the lines of code between fences, as in Markdown. A fence that is not closed is none.
func fences(plain []string) []bool {
	code := make([]bool, len(plain))
	open := -1
	for i, line := range plain {
		if !strings.HasPrefix(line, "```") && !strings.HasPrefix(line, "~~~ ") && line != "~~~" {
			continue
		}
		if open < 0 {
			open = i
			continue
		}
		for j := open; j <= i; j++ {
			code[j] = true
		}
		open = -1
	}
	return code
}

// drawn says whether a line consists of at least n strokes of a rule.
func drawn(line string, n int) bool {
	if len(line) < n {
		return false
	}
	if c := line[0]; c < 0x80 && strings.IndexByte(strokes, c) < 0 {
		return false
	}
	for i := range len(line) {
		if line[i] >= 0x80 {
			return strings.Trim(line, strokes+"ᐧ—–‐―─━·•") == ""
		}
		if strings.IndexByte(strokes, line[i]) < 0 {
			return false
		}
	}
	return true
}

const strokes = "-_=*#~+ "

// undrawn takes what is drawn before and behind the words of a line away.
func undrawn(line string) string { return strings.Trim(line, "-_=*#~+<>|—–‐―─━ \t") }

func endsInColon(line string) bool {
	for len(line) > 0 && (line[len(line)-1] == '*' || line[len(line)-1] == '_' || line[len(line)-1] == ' ') {
		line = line[:len(line)-1]
	}
	return strings.HasSuffix(line, ":") || strings.HasSuffix(line, "：")
}

func startsLower(line string) bool {
	r, _ := utf8.DecodeRuneInString(line)
	return unicode.IsLower(r)
}

// isWide says whether a letter is of a script that is written without blanks between words, or with endings behind them.
func isWide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// isName says whether a line is one to three words in capitals.
func isName(line string) bool {
	words := strings.Fields(strings.TrimRight(line, ".!"))
	if len(words) == 0 || len(words) > 3 {
		return false
	}
	for _, w := range words {
		if r, _ := utf8.DecodeRuneInString(w); !unicode.IsUpper(r) || strings.ContainsAny(w, "0123456789:;,!?/=") {
			return false
		}
	}
	return true
}
