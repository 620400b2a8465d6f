package trim

import (
	"regexp"
	"strings"
)

var colonEnd = regexp.MustCompile("[:：]")

// attributionWithin finds an attribution that lost its line end before it ("Yes. On Mon, … Ann wrote:"); the
// words before it are kept.
func (t *trimmer) attributionWithin(i int, kept *trimmer) (n int, sure bool) {
	line := t.plain[i]
	next := t.skipBlank(i + 1)
	if !endsInColon(line) || len(line) > maxAttribution || next == len(t.lines) || !t.quoted(next) {
		return 0, false
	}
	if opensDate(strings.ToLower(line)) {
		return 0, false
	}
	at := inLine.FindStringIndex(line)
	if at == nil || undrawn(line[:at[0]+1]) == "" || whoWrote(strings.ToLower(line[at[0]+1:])) != surely {
		return 0, false
	}
	own := strings.TrimRight(line[:at[0]+1], "- \t")
	kept.settle(t)
	kept.lines, kept.plain, kept.code = append(kept.lines, own), append(kept.plain, own), append(kept.code, false)
	if t.marks != nil {
		kept.marks = append(kept.marks, 0)
	}
	return 1, true
}

// unclosed says, by the number of its lines, whether line i is an attribution without a colon ("Am 02.03.26 um 09:05 schrieb Ann"),
// which some apps for phones write; marks of quotation follow it.
func (t *trimmer) unclosed(i int) int {
	line := t.plain[i]
	next := t.skipBlank(i + 1)
	if len(line) > 200 || next == len(t.lines) || next > i+3 || !t.quoted(next) || t.quoted(i) {
		return 0
	}
	lower := strings.ToLower(line)
	clock, date := timeIn(lower)
	if _, person := verbOf(lower, true); clock && date && person && opensDate(lower) {
		return 1
	}
	return 0
}

// runsOn says whether line i is an attribution behind which the history goes on in the same line, unmarked, as Yahoo's app for
// Android writes it: after the line that names the app, or with a gap before what is quoted.
func (t *trimmer) runsOn(i int) bool {
	line := t.plain[i]
	head := line[:min(len(line), maxAttribution)]
	at := strings.Index(head, ">")
	if at < 0 || !strings.Contains(head[:at], "@") {
		return false
	}
	end := colonEnd.FindStringIndex(head[at:])
	if end == nil || end[1] > 60 {
		return false
	}
	head = head[:at+end[1]]
	above := i - 1
	for above > 0 && t.plain[above] == "" {
		above--
	}
	if !strings.HasPrefix(line[len(head):], "  ") && (above < 0 || !device(strings.ToLower(t.plain[above]))) {
		return false
	}
	lower := strings.ToLower(head)
	clock, date := timeIn(lower)
	return clock && date && whoWrote(lower) == surely
}

// namedAbove says whether line i is the name of a sender whose long address a program wrapped into the next line.
func (t *trimmer) namedAbove(i int) bool {
	if i+1 >= len(t.lines) || i > 0 && t.plain[i-1] != "" || len(t.plain[i]) > 80 {
		return false
	}
	next := t.plain[i+1]
	return strings.HasPrefix(next, "<") && strings.Contains(next, "@") && len(strings.Fields(t.plain[i])) <= 6 && !isClosing(t.plain[i])
}
