package trim

import (
	"strings"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// maxLength is the size of a text up to which it is trimmed, in bytes: what is longer is hardly written by hand.
const maxLength = 1 << 20

// Text returns what a person wrote in a mail, without the history that mail programs append and without
// signature and legal footers. When in doubt it keeps: answers between quoted lines stay with those lines, a
// forwarded message stays whole, and a text of which nothing would be left is returned as it is. It takes
// time linear in the size of text.
func Text(text string) string {
	own, _ := trim(text, false)
	return own
}

// trim tells what a person wrote from the signature and the footers that their program and their company
// add. What is forwarded stays whole; forwarded says that the mail is known to be one, by its subject.
func trim(text string, forwarded bool) (own, signature string) {
	text = strings.TrimSpace(mail.Newlines(text))
	if text == "" || len(text) > maxLength {
		return text, ""
	}
	return newTrimmer(strings.Split(text, "\n"), nil, forwarded).trim()
}

// A trimmer takes the lines of a mail apart.
type trimmer struct {
	lines     []string
	plain     []string // the lines as they are read, see readLine
	code      []bool   // in a fenced block of code
	marks     []mark   // what HTML says of the lines; nil where there is none
	forwarded bool

	tail       int  // where the signature at the very end begins
	tries      int  // how often a line was looked at closely
	looks      int  // how many lines were looked at for what helpdesks write above an answer
	close      int  // the next line that may end an attribution
	lastQuote  int  // the last quoted line, -1 where none is
	attributed bool // it was said who wrote what is quoted
	unmarked   bool // the history that was left out is not marked as quoted

	since, upto int // lines of another trimmer to be taken over
}

func newTrimmer(lines []string, marks []mark, forwarded bool) *trimmer {
	t := &trimmer{lines: lines, plain: make([]string, len(lines)), marks: marks, forwarded: forwarded, lastQuote: -1}
	for i, line := range lines {
		t.plain[i] = readLine(line)
		if t.quoted(i) {
			t.lastQuote = i
		}
	}
	t.code = fences(t.plain)
	t.tail = t.tailBefore(len(lines))
	return t
}

func (t *trimmer) trim() (own, signature string) {
	top := t.banner()
	kept, forward := t.history(top)
	if forward {
		if own = joinLines(kept.lines); own == "" {
			own = joinLines(t.lines)
		}
		return own, ""
	}
	end := len(kept.lines)
	for range maxPieces {
		next := kept.quotesBefore(kept.tailBefore(end))
		if next == end {
			break
		}
		end = next
	}
	own = joinLines(kept.lines[:end])
	if own == "" || kept.saysWhere(end, t.unmarked, t.lastQuote >= 0) {
		return joinLines(t.lines), ""
	}
	apart := append([]string{}, t.lines[:top]...)
	said := top > 0
	for i := end; i < len(kept.lines); i++ {
		if !kept.quoted(i) {
			apart = append(apart, kept.lines[i])
			said = said || !drawn(kept.plain[i], 1) && kept.plain[i] != ""
		}
	}
	if !said {
		return own, ""
	}
	return own, joinLines(apart)
}

// joinLines makes a text of lines, without blank ones around it.
func joinLines(lines []string) string {
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	return strings.TrimRight(strings.Join(lines, "\n"), " \t\n\u00a0")
}

// history looks from line i on for the line at which the history begins, and leaves out who wrote what is
// quoted. Forward says that the mail passes on another one, which is kept to its end.
func (t *trimmer) history(i int) (kept *trimmer, forward bool) {
	n := len(t.lines) - i
	kept = &trimmer{lines: make([]string, 0, n), plain: make([]string, 0, n), code: make([]bool, 0, n)}
	defer func() {
		kept.settle(t)
		kept.attributed = t.attributed
		t.unmarked = !forward && i < len(t.lines)
	}()
	written := false // something of the person's own stands above
	for i < len(t.lines) {
		line := t.plain[i]
		switch {
		case t.code[i]:
			written = true
		case line == "":
		case t.mark(i) == markRest && written && !t.forwarded:
			return kept, false
		case t.quoted(i):
			if written && t.shouts(i) {
				return kept, false
			}
		case t.forwardMark(i) || !written && t.headerBlock(i):
			kept.take(t, i, len(t.lines))
			return kept, true
		case written && t.historyBegins(i):
			if !t.forwarded && !t.introduced(i) {
				return kept, false
			}
			kept.take(t, i, len(t.lines))
			return kept, true
		case t.above(line):
			if written {
				return kept, false
			}
			i++
			continue
		default:
			next, own, rest := t.said(i, written, kept)
			if rest {
				return kept, false
			}
			written = written || own
			if next > i {
				i = next
				continue
			}
		}
		kept.take(t, i, i+1)
		i++
	}
	return kept, false
}

// said leaves out what says from line i on who wrote what is quoted below, and what is quoted if that is history. The
// text goes on at line next, which is i where nothing says so; own is whether something of the person's own was there, and
// rest that only history is left.
func (t *trimmer) said(i int, written bool, kept *trimmer) (next int, own, rest bool) {
	n, sure := t.attributionWithin(i, kept)
	own = n > 0
	if n == 0 {
		n, sure = t.attribution(i)
	}
	if n == 0 {
		n = t.unclosed(i)
	}
	if n == 0 {
		return i, true, written && t.runsOn(i)
	}
	written = written || own
	if !written && t.announces(i, i+n) {
		kept.take(t, i, i+n)
		return i + n, true, false
	}
	next, keep, more := t.quotation(i+n, written, sure)
	if !more {
		return i, own, true
	}
	if keep > 0 && !sure {
		kept.take(t, i, i+n) // perhaps the person's own words: "You said:"
	}
	kept.take(t, next-keep, next)
	return next, own, false
}

// announces says whether the attribution in lines i to j may be the person's own words, about what follows unmarked: no program
// names a sender there without an address.
func (t *trimmer) announces(i, j int) bool {
	next := t.skipBlank(j)
	return t.mark(i) != markAttribution && (next == len(t.lines) || !t.quotedBelow(next)) && !strings.Contains(strings.Join(t.plain[i:j], " "), "@")
}

// take appends lines i to j of another trimmer. Lines that follow each other are noted first, and appended
// together by settle.
func (t *trimmer) take(from *trimmer, i, j int) {
	if i != t.upto {
		t.settle(from)
		t.since = i
	}
	t.upto = j
}

// settle appends the lines that take noted.
func (t *trimmer) settle(from *trimmer) {
	i, j := t.since, t.upto
	t.lines = append(t.lines, from.lines[i:j]...)
	t.plain = append(t.plain, from.plain[i:j]...)
	t.code = append(t.code, from.code[i:j]...)
	if from.marks != nil {
		t.marks = append(t.marks, from.marks[i:j]...)
	}
	t.since = j
}

// quotation looks at what follows an attribution from line i on. Unless the rest of the text is history
// (rest is false), the text goes on at line next, and keep lines before that stay.
func (t *trimmer) quotation(i int, written, sure bool) (next, keep int, rest bool) {
	t.attributed = true
	first := t.skipBlank(i)
	if first == len(t.lines) || !t.quotedBelow(first) {
		return first, 0, !written // quoted without marks, if something was written above
	}
	end := t.quoteEnd(first)
	switch {
	case written && (end == len(t.lines) || end >= t.tail || t.closing(end)):
		return end, 0, true
	case !written && t.lastQuote < end:
		return end, 0, true // the answer stands below what it answers
	}
	return end, end - first, true
}

// quoteEnd returns where the quotation that begins at line i ends. A quoted line that another program
// wrapped goes on in a short line without a mark, or in a line with nothing but a link.
func (t *trimmer) quoteEnd(i int) int {
	for ; i < len(t.lines); i++ {
		if t.quotedBelow(i) || t.plain[i] == "" {
			continue
		}
		if i == 0 || i+1 >= len(t.lines) || !t.quoted(i-1) || !t.quoted(i+1) {
			break
		}
		wrapped := len(t.plain[i-1]) >= 60 && len(t.plain[i]) < 30 && startsLower(t.plain[i])
		if !wrapped && strings.Trim(links.ReplaceAllString(t.plain[i], ""), "<>() ") != "" {
			break
		}
	}
	return i
}

func (t *trimmer) skipBlank(i int) int {
	for i < len(t.lines) && t.plain[i] == "" {
		i++
	}
	return i
}

// quoted says whether line i is marked as quoted.
func (t *trimmer) quoted(i int) bool {
	line := t.plain[i]
	return strings.HasPrefix(line, ">") || strings.HasPrefix(line, "&gt;") || t.mark(i) == markHistory && line != ""
}

// quotedBelow says so for a line below an attribution, where a bar is a mark too: elsewhere it is a table.
func (t *trimmer) quotedBelow(i int) bool {
	return t.quoted(i) || strings.HasPrefix(t.plain[i], "| ") || t.plain[i] == "|"
}

// shouts says whether a line like ">>> Ann Berg 02.03.26 9:00 >>>" (GroupWise) stands above a history.
func (t *trimmer) shouts(i int) bool {
	line := t.plain[i]
	if !strings.HasPrefix(line, ">>> ") || len(line) > 200 || i+1 == len(t.lines) || t.quoted(i+1) {
		return false
	}
	clock, _ := timeIn(line)
	return clock && (strings.HasSuffix(line, " >>>") || strings.HasSuffix(line, " wrote:"))
}

// quotesBefore returns where the quoted lines begin that end before line end. Those that a person quoted
// themselves stay: nothing says who wrote them, and they follow what introduces them.
func (t *trimmer) quotesBefore(end int) int {
	i := end
	for i > 0 && (t.quoted(i-1) || t.plain[i-1] == "" || t.attributed && initialled(t.plain[i-1])) {
		i--
	}
	first := t.skipBlank(i)
	switch {
	case i == 0 || first >= end:
		return end
	case t.attributed, t.mark(first) == markHistory, t.quotesHistory(first, end):
		return i
	case end-first < 2, first == i, endsInColon(t.plain[i-1]):
		return end
	}
	return i
}

// initialled says whether a quoted line begins with the writer's initials ("AB> …").
func initialled(line string) bool {
	i := strings.IndexByte(line, '>')
	return i > 0 && i <= 4 && strings.Trim(line[:i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// quotesHistory says whether what is quoted says itself who wrote it.
func (t *trimmer) quotesHistory(i, end int) bool {
	for ; i < end && i < len(t.lines); i++ {
		inner := strings.TrimLeft(t.plain[i], "> ")
		if w := whoWrote(inner); w == surely {
			return true
		}
		if label, _ := headerLabel(inner); label == 'f' || label == 's' {
			return true
		}
		if strings.HasPrefix(t.plain[i], ">>") {
			return true
		}
	}
	return false
}
