package prose

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentences cuts a text into sentences, white space made single. A blank line, a list item and a line that looks like
// a heading end a sentence too; a single line break does not, since mail is wrapped.
func Sentences(text string) []string {
	var out []string
	for _, b := range blocks(text) {
		out = append(out, inBlock(b)...)
	}
	return out
}

// blocks joins wrapped lines and keeps apart what does not run on: paragraphs and list items.
func blocks(text string) []string {
	var out []string
	var cur strings.Builder
	flush := func() {
		if cur.Len() > 0 {
			out = append(out, cur.String())
			cur.Reset()
		}
	}
	for line := range strings.Lines(text) {
		body := strings.Join(strings.Fields(line), " ")
		if body == "" {
			flush()
			continue
		}
		if item := trimBullet(body); item != body {
			flush()
			body = item
		}
		if cur.Len() > 0 {
			cur.WriteByte(' ')
		}
		cur.WriteString(body)
		if strings.HasSuffix(body, ":") {
			flush()
		}
	}
	flush()
	return out
}

// trimBullet takes the mark of a list item ("- ", "* ", "• ", "3. ", "b) ") off a line.
func trimBullet(line string) string {
	mark, rest, ok := strings.Cut(line, " ")
	if !ok {
		return line
	}
	switch mark {
	case "-", "*", "+", "•", "–", "—", "·", "o":
		return rest
	}
	if len(mark) <= 4 && (strings.HasSuffix(mark, ".") || strings.HasSuffix(mark, ")")) {
		n := strings.Trim(mark, "().")
		if n != "" && (strings.Trim(n, "0123456789") == "" || len(n) == 1 && mark[len(mark)-1] == ')') {
			return rest
		}
	}
	return line
}

// inBlock cuts one paragraph at its full stops, question marks and exclamation marks.
func inBlock(p string) []string {
	var out []string
	start := 0
	for i, r := range p {
		if i < start || !isStop(r) {
			continue
		}
		end := i + utf8.RuneLen(r)
		for end < len(p) { // the rest of "?!" or "…" and closing quotes and brackets
			c, n := utf8.DecodeRuneInString(p[end:])
			if !isStop(c) && !strings.ContainsRune("\"'”’»)]", c) {
				break
			}
			end += n
		}
		if end < len(p) && !endsSentence(p[start:i], r, p[end:]) {
			continue
		}
		if s := strings.TrimSpace(p[start:end]); s != "" {
			out = append(out, s)
		}
		start = end
	}
	if s := strings.TrimSpace(p[start:]); s != "" {
		out = append(out, s)
	}
	return out
}

func isStop(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '。', '！', '？':
		return true
	}
	return false
}

// endsSentence decides about the mark stop between before and after.
func endsSentence(before string, stop rune, after string) bool {
	if stop == '。' || stop == '！' || stop == '？' {
		return true
	}
	next, n := utf8.DecodeRuneInString(after)
	before = before[max(0, len(before)-maxWord):] // longer ones are no words; looking at all of it each time would be quadratic
	last := before[strings.LastIndexByte(before, ' ')+1:]
	if next != ' ' {
		return stop == '.' && glued(last, after)
	}
	if stop != '.' {
		return true
	}
	next, _ = utf8.DecodeRuneInString(after[n:])
	if unicode.IsLower(next) {
		return false
	}
	return !isAbbreviation(last)
}

// glued tells whether a missing space hides a full stop, as in "for users.You can": a plain lower-case word
// before it and a capitalised one behind. Host and file names are not like that.
func glued(last, after string) bool {
	if len(last) < 3 || strings.ContainsAny(last, "./:@_\\") {
		return false
	}
	for _, r := range last[1:] {
		if !unicode.IsLower(r) && r != ')' && r != ',' {
			return false
		}
	}
	first, n := utf8.DecodeRuneInString(after)
	if !unicode.IsUpper(first) {
		return false
	}
	second, _ := utf8.DecodeRuneInString(after[n:])
	return unicode.IsLower(second) || second == ' '
}

func isAbbreviation(last string) bool {
	w := strings.ToLower(strings.TrimLeft(last, "(\"'“‘["))
	switch w {
	case "mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "eg", "ie", "cf", "etc", "no", "nr", "approx", "inc", "ltd", "co", "corp",
		"fig", "sec", "ver", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "bzw", "ca", "z.b", "p.m", "a.m":
		return w != "no" || last == "No" // "No. 5", but "I said no. Then"
	}
	r, n := utf8.DecodeRuneInString(last)
	return n == len(last) && n > 0 && unicode.IsUpper(r) && r != 'I' // an initial
}
