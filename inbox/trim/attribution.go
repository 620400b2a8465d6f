package trim

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// An attribution may be wrapped over a few lines; where its links were torn apart, over more and with blank
// lines between.
const (
	attributionLines = 4
	tornLines        = 8
	maxAttribution   = 400 // bytes
)

// maxTries is how many lines of a text are looked at closely: no mail has as many beginnings of a quotation,
// and what is not looked at is kept.
const maxTries = 2000

// sureness is how sure it is that a line says who wrote what stands below.
type sureness int

const (
	no      sureness = iota
	perhaps          // where a quotation follows
	surely           // whatever follows
)

// attribution returns how many lines from i on say who wrote what is quoted below; 0 if none. Unless it is
// sure, a quotation does follow.
func (t *trimmer) attribution(i int) (n int, sure bool) {
	if t.mark(i) == markAttribution {
		for n = 1; i+n < len(t.lines) && t.mark(i+n) == markAttribution; n++ {
		}
		return n, true
	}
	if !t.closesBelow(i) || t.tries >= maxTries {
		return 0, false
	}
	t.tries++
	first := strings.ToLower(t.plain[i])
	named := t.namedAbove(i)
	if !named && !opens(first) {
		return t.judge(i, 1, first)
	}
	limit := attributionLines
	if clock, date := timeIn(first); clock && date {
		limit = tornLines
	}
	joined := ""
	for n = 1; n <= limit && i+n <= len(t.lines); n++ {
		line := t.plain[i+n-1]
		switch {
		case line == "" && limit == tornLines && n > 1:
			continue
		case line == "" || len(joined)+len(line) > maxAttribution:
			return 0, false
		case n > 1 && t.quoted(i+n-1) && !endsInColon(line):
			return 0, false
		case n > attributionLines && !strings.ContainsAny(line, "<>@:"):
			return 0, false // torn apart are links only
		}
		joined += " " + strings.ToLower(line)
		if got, sure := t.judge(i, n, strings.TrimSpace(joined)); got > 0 {
			if n > 1 && !named && stands(first, strings.TrimSpace(joined[1+len(first):])) {
				return 0, false // the first line is of the text above
			}
			return got, sure
		}
		if endsInColon(line) {
			return 0, false
		}
	}
	return 0, false
}

// closesBelow says, at little cost, whether one of the lines from i on may be the last of an attribution.
func (t *trimmer) closesBelow(i int) bool {
	if len(t.plain[i]) > maxAttribution {
		return false
	}
	for t.close = max(t.close, i); t.close < len(t.plain) && t.close < i+tornLines; t.close++ {
		if line := t.plain[t.close]; line != "" && closes(line) {
			break
		}
	}
	return t.close < len(t.plain) && t.close < i+tornLines
}

// stands says whether the lines below the first are an attribution without it: one that is sure, and has date and
// address itself unless the first line has none.
func stands(first, rest string) bool {
	if whoWrote(rest) != surely {
		return false
	}
	clock, date := timeIn(rest)
	return clock && date && (strings.Contains(rest, "@") || !strings.Contains(first, "@")) || !dated(first)
}

// dated says whether a line can be the beginning of an attribution that does without it otherwise.
func dated(line string) bool {
	clock, date := timeIn(line)
	return clock || date || strings.Contains(line, "@")
}

// judge says whether n lines from i on, joined, are an attribution, given what follows them. Without a colon
// a sentence may go on in the next line.
func (t *trimmer) judge(i, n int, joined string) (int, bool) {
	if !closes(joined) {
		return 0, false
	}
	sure := whoWrote(joined)
	if sure == no || !endsInColon(strings.TrimRight(joined, "-— ")) && i+n < len(t.lines) && t.plain[i+n] != "" && !t.quotedBelow(i+n) {
		return 0, false
	}
	if sure == surely {
		return n, true
	}
	if next := t.skipBlank(i + n); next < len(t.lines) && next-i-n <= 3 && t.quotedBelow(next) {
		return n, false
	}
	return 0, false
}

// opens says whether an attribution that is wrapped over several lines can begin with this one, in lower
// case.
func opens(line string) bool {
	line = strings.TrimLeft(line, "-*_>‐— \t\"'")
	if len(line) == 0 {
		return false
	}
	if isDigit(line[0]) {
		clock, date := timeIn(line)
		return clock || date
	}
	if strings.Contains(line, "@") && (strings.Contains(line, "<") || hasVerb(line)) {
		return true // "Ann Berg <ann@example.org> schrieb am Di., 16."
	}
	if !strings.ContainsAny(line, "0123456789") {
		return false
	}
	if first, _, _ := strings.Cut(line, " "); openWords[strings.TrimRight(first, ",.")] {
		return true
	}
	clock, date := timeIn(line)
	return (clock || date) && hasVerb(line)
}

// closes says whether an attribution can end so.
func closes(s string) bool {
	switch last := s[len(s)-1]; {
	case strings.IndexByte(":->*_", last) >= 0:
		return true
	case last < 0x80 && strings.IndexByte("esbtoun", last) < 0:
		return len(s) < 100 && isDigit(s[0]) && zoned(strings.ToLower(s))
	}
	for _, w := range endWords {
		if strings.HasSuffix(s, w) {
			return true
		}
	}
	return len(s) < 100 && isDigit(s[0]) && zoned(strings.ToLower(s))
}

// zoned says whether s is a date with a zone, as Gmail writes it, and a name.
func zoned(s string) bool {
	return s != "" && isDigit(s[0]) && strings.Contains(s, "gmt") && zoneDate.MatchString(s)
}

// whoWrote tells an attribution, in lower case, from a sentence. It surely is one if it names a time and a
// person who wrote, or an address in brackets; also if it begins with a date and ends with an address. A
// sentence about the person or a thing ("On Monday at 9:00 the server wrote:") is not sure.
func whoWrote(s string) sureness {
	struck := strings.HasPrefix(s, "--") && strings.HasSuffix(s, "-")
	s = strings.Trim(s, "-*_‐—| \t")
	colon := endsInColon(s)
	clock, date := timeIn(s)
	bracketed := addressIn(s)
	if verb, person := verbOf(s, colon); verb {
		switch {
		case !person && colon && firstPerson(s):
			return perhaps
		case bracketed && (clock || date || namesSender(s)),
			person && clock && (date || opensDate(s)),
			person && date && opensDate(s) && colon,
			person && struck && namesSender(s) && len(s) < 80:
			return surely
		case colon:
			return perhaps
		}
	}
	begins := s != "" && isDigit(s[0]) && date
	switch {
	case bracketed && clock && date && colon && (opensDate(s) && !begins || endsInAddress(s)),
		begins && colon && clock && endsInAddress(s),
		zoned(s):
		return surely
	case colon && clock && date, colon && bracketed, begins && bracketed && strings.HasSuffix(s, ">") && beginsDate.MatchString(s):
		return perhaps
	}
	return no
}

// endsInAddress says whether nothing but a colon stands behind an address at the end of s.
func endsInAddress(s string) bool {
	s = strings.TrimRight(s, ":： *_")
	return strings.Contains(s[strings.LastIndexByte(s, ' ')+1:], "@")
}

// opensDate says whether an attribution begins as those do that begin with a date.
func opensDate(s string) bool {
	if s == "" {
		return false
	}
	if isDigit(s[0]) {
		return true
	}
	first, _, _ := strings.Cut(s, " ")
	return openWords[strings.TrimRight(first, ",.")]
}

// namesSender says whether an attribution begins with a name and an address.
func namesSender(s string) bool {
	before, _, _ := strings.Cut(s, "@")
	return len(strings.Fields(before)) <= 8
}

// verbOf looks for a word for writing that ends an attribution, or that the name or the date follows, and
// says whether it is said of a person with a name.
func verbOf(s string, colon bool) (verb, person bool) {
	body := strings.TrimRight(s, ":： -—")
	at, end := lastVerb(body)
	if at < 0 {
		return false, false
	}
	before, after := body[:at], body[end:]
	if strings.Trim(after, "()/aoа, łл-") != "" && !colon {
		return false, false
	}
	return true, !aboutThing(before, -1) && !aboutThing(after, 1)
}

// firstPerson says whether what was written is the writer's own: "I wrote to Ann <ann@example.org> and asked:".
func firstPerson(s string) bool {
	at, _ := lastVerb(s)
	before := strings.Fields(s[max(0, at-20):at])
	return len(before) > 0 && writerWords[before[len(before)-1]]
}

// lastVerb returns where the last word for writing stands, -1 if nowhere.
func lastVerb(s string) (at, end int) {
	at = -1
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !unicode.IsLetter(r) {
			i += n
			continue
		}
		j := i + n
		for j < len(s) {
			r, n := utf8.DecodeRuneInString(s[j:])
			if !unicode.IsLetter(r) && !unicode.IsMark(r) {
				break
			}
			j += n
		}
		if wroteWords[s[i:j]] {
			at, end = i, j
		}
		i = j
	}
	if at >= 0 || mail.IsASCII(s) {
		return at, end
	}
	for _, w := range wroteWithin {
		if i := strings.LastIndex(s, w); i > at {
			at, end = i, i+len(w)
		}
	}
	return at, end
}

func hasVerb(line string) bool {
	at, _ := lastVerb(line)
	return at >= 0
}

// aboutThing says whether one of the three words at the end of s (or at its beginning, where side is 1) is
// not of a name.
func aboutThing(s string, side int) bool {
	words := strings.Fields(s[:min(len(s), 200)])
	if side < 0 {
		s = strings.TrimSuffix(strings.TrimSuffix(s, " a "), " ha ") // "a écrit"
		words = strings.Fields(s[max(0, len(s)-60):])
		words = words[max(0, len(words)-3):]
	}
	for _, w := range words[:min(len(words), 3)] {
		initial := len(w) == 2 && w[1] == '.'
		if !initial && thingWords[strings.Trim(w, ",.:;")] {
			return true
		}
	}
	return false
}

// timeIn says whether s names a time of day and a date with a year.
func timeIn(s string) (clock, date bool) {
	for i := 0; i < len(s); {
		if !isDigit(s[i]) {
			i++
			continue
		}
		j := i
		for j < len(s) && isDigit(s[j]) {
			j++
		}
		rest := s[j:]
		switch n := j - i; {
		case n == 4 && (s[i:i+2] == "19" || s[i:i+2] == "20"),
			n <= 4 && (strings.HasPrefix(rest, "年") || strings.HasPrefix(rest, "년")):
			date = true
		case n <= 2 && rest != "":
			clock = clock || clockAfter(rest)
			date = date || dateAfter(rest)
		}
		i = j
	}
	return clock, date
}

// clockAfter says whether minutes follow the digits of an hour: "9:30", "9.30", "9h30", "9時".
func clockAfter(s string) bool {
	if strings.HasPrefix(s, "時") || strings.HasPrefix(s, "点") || strings.HasPrefix(s, "시") {
		return true
	}
	if c := s[0]; c != ':' && c != '.' && c != 'h' {
		return false
	}
	return len(s) >= 3 && isDigit(s[1]) && isDigit(s[2]) && (len(s) == 3 || !isDigit(s[3]))
}

// dateAfter says whether month and year follow the digits of a day: "2/3/2026", "02.03.26", "2. 3. 2026".
func dateAfter(s string) bool {
	for range 2 {
		if s == "" || strings.IndexByte("./-", s[0]) < 0 {
			return false
		}
		s = strings.TrimPrefix(s[1:], " ")
		n := 0
		for n < len(s) && n < 4 && isDigit(s[n]) {
			n++
		}
		if n == 0 {
			return false
		}
		s = s[n:]
	}
	return true
}

// addressIn says whether s names an address in brackets, or begins with one.
func addressIn(s string) bool {
	for at, from := 0, 0; at < 4; at++ {
		i := strings.IndexByte(s[from:], '@')
		if i < 0 {
			return false
		}
		i += from
		word := s[strings.LastIndexByte(s[:i], ' ')+1 : i]
		if strings.ContainsAny(word, "<([") || strings.HasPrefix(s, word) && word != "" || strings.Contains(word, "mailto:") {
			return true
		}
		from = i + 1
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
