package trim

import "strings"

// Old versions of Lotus Notes write the header of what they quote as a form of two columns: who wrote and when on the left; on the
// right labels in lines of their own, with their values behind or below them.
const (
	memoLines  = 16
	memoIndent = 8  // blanks before the left column, at least
	memoLabel  = 20 // before the labels
)

// memo says whether such a form begins at line i.
func (t *trimmer) memo(i int) bool {
	if !indented(t.lines[i], memoIndent) || t.tries >= maxTries {
		return false
	}
	t.tries++
	to, timed := false, false
	for j := i; j < min(i+memoLines, len(t.lines)); j++ {
		line := t.plain[j]
		if line == "" {
			continue
		}
		if !indented(t.lines[j], memoIndent) {
			return false
		}
		if clock, date := timeIn(line); clock && date {
			timed = true
		}
		if len(line) > 30 || !indented(t.lines[j], memoLabel) {
			continue
		}
		switch headerWords[strings.ToLower(line)] {
		case 't':
			to = true
		case 's':
			return to && timed
		}
	}
	return false
}

// indented says whether at least n blanks stand before the words of a line.
func indented(line string, n int) bool { return len(line) > n && strings.Trim(line[:n], " ") == "" }
