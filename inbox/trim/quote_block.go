package trim

import (
	"strings"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/prose"
)

// historyBegins says whether a history that carries no marks of its own begins at line i: a block of header
// fields, or a line such as "-----Original Message-----".
func (t *trimmer) historyBegins(i int) bool {
	return t.originalMark(i) || t.headerBlock(i) || t.memo(i)
}

// introduced says whether the person's own words announce what begins at line i ("I got this mail:"): then it
// is part of what they say.
func (t *trimmer) introduced(i int) bool {
	for i--; i >= 0 && (t.plain[i] == "" || drawn(t.plain[i], 5)); i-- {
	}
	return i >= 0 && endsInColon(t.plain[i]) && !t.quoted(i)
}

// A block of header fields is searched for this many lines; a pasted header of a mail is told from it by the
// fields around.
const (
	blockLines   = 14
	aroundBlocks = 4
)

// headerBlock says whether the fields that mail programs write above what they quote begin at line i, or
// right below a rule there: sender, date, recipient and subject in any order, in one or several lines. A
// header that a person pasted has fields that no program quotes, and is none.
func (t *trimmer) headerBlock(i int) bool {
	ruled := drawn(t.plain[i], 5)
	if ruled {
		if i = t.skipBlank(i + 1); i >= len(t.plain) {
			return false
		}
	}
	if label, _ := headerLabel(t.plain[i]); label == 0 || label == 'c' {
		return false
	}
	if t.tries++; t.tries > maxTries {
		return false
	}
	b := headerFields{ruled: ruled}
	gap := 0
	for j := i; j < min(i+blockLines, len(t.plain)) && gap < 3; j++ {
		if t.code[j] {
			return false
		}
		if t.plain[j] == "" {
			gap++
			continue
		}
		if !b.add(t.plain[j]) {
			gap++ // a long list of recipients is wrapped
			continue
		}
		gap = 0
	}
	return b.complete() && !t.pasted(i)
}

// pasted says whether one of the lines around is a field that only a raw header has.
func (t *trimmer) pasted(i int) bool {
	for _, line := range t.plain[max(0, i-aroundBlocks):min(i+blockLines, len(t.plain))] {
		if strings.HasPrefix(line, "From ") && strings.HasSuffix(line, gitEpoch) {
			return true
		}
		name, _, ok := strings.Cut(line, ":")
		if !ok || len(name) > 40 {
			continue
		}
		name = strings.ToLower(name)
		if rawFields[name] || strings.HasPrefix(name, "x-") && !strings.Contains(name, " ") {
			return true
		}
	}
	return false
}

// gitEpoch ends the first line of what git format-patch writes, whatever the date.
const gitEpoch = " Mon Sep 17 00:00:00 2001"

// headerFields are the labels found in a block.
type headerFields struct {
	from, date, to, subject bool
	address, clock, ruled   bool
	timed                   bool // the date has a time of day or a year
}

// add reads a line; it says whether the line begins with a label.
func (b *headerFields) add(line string) bool {
	label, value := headerLabel(line)
	if label == 0 {
		return false
	}
	b.note(label, value)
	// HTML that lost its line ends has all fields in one line.
	for n := 0; n < 8 && len(value) < 2000; n++ {
		at := strings.IndexByte(value, ':')
		if at < 0 {
			break
		}
		words := strings.Fields(strings.TrimRight(value[max(0, at-24):at], "* "))
		rest := value[at+1:]
		for k := min(2, len(words)); k > 0; k-- {
			name := strings.ToLower(strings.Trim(strings.Join(words[len(words)-k:], " "), "*"))
			if l := headerWords[name]; l != 0 && l != 'c' && !b.has(l) {
				b.note(l, rest)
				break
			}
		}
		value = rest
	}
	return true
}

func (b *headerFields) has(label byte) bool {
	switch label {
	case 'f':
		return b.from
	case 'd':
		return b.date
	case 't':
		return b.to
	case 's':
		return b.subject
	}
	return true
}

func (b *headerFields) note(label byte, value string) {
	switch label {
	case 'f':
		b.from = true
		b.address = b.address || strings.Contains(value, "@")
	case 'd':
		b.date = true
		clock, date := timeIn(value)
		b.clock = b.clock || clock && date
		b.timed = b.timed || clock || date
	case 't':
		b.to = true
		b.address = b.address || strings.Contains(value, "@")
	case 's':
		b.subject = true
	}
}

// complete says whether the labels are of a mail and not of a person's list ("From: Berlin, To: Rome").
func (b *headerFields) complete() bool {
	n := 0
	for _, have := range []bool{b.from, b.date, b.to, b.subject} {
		if have {
			n++
		}
	}
	switch {
	case b.from && n >= 3:
		return b.ruled || b.date && (b.subject || b.address && b.timed)
	case b.from && n == 2:
		return b.ruled && (b.date || b.subject) || b.date && b.address && b.clock
	case b.date && b.to && n >= 2:
		return b.clock && b.address || b.clock && b.ruled && b.subject
	}
	return false
}

// headerLabel returns what a field's label stands for, and the field's value; 0 if there is none.
func headerLabel(line string) (byte, string) {
	line = strings.TrimLeft(line, "*>_ \t")
	head := line[:min(len(line), 60)]
	i, width := strings.IndexByte(head, ':'), 1
	if w := strings.Index(head, "："); w >= 0 && (i < 0 || w < i) {
		i, width = w, len("：")
	}
	if i <= 0 {
		return 0, ""
	}
	label := headerWords[strings.ToLower(strings.Trim(line[:i], "* \t"))]
	if label == 0 {
		return 0, ""
	}
	return label, line[i+width:]
}

// originalMark says whether line i is one as "-----Original Message-----", or says so without strokes right
// above header fields.
func (t *trimmer) originalMark(i int) bool {
	line := t.plain[i]
	dashed := dashed(line)
	if len(line) > 200 || !dashed && (len(line) > 60 || t.tries > maxTries) {
		return false
	}
	if !dashed {
		next := t.skipBlank(i + 1)
		if next >= len(t.plain) || next > i+3 {
			return false
		}
		if label, _ := headerLabel(t.plain[next]); label == 0 {
			return false
		}
	}
	words := strings.ToLower(undrawn(strings.ReplaceAll(line, "&nbsp;", " ")))
	if words == "original" && strings.HasPrefix(line, "----------") && strings.HasSuffix(line, "----------") {
		return true // Tencent's programs
	}
	return words != "" && len(words) <= 90 && (dashed || len(words) <= 40) && prose.ContainsAny(words, originalWords)
}

// dashed says whether strokes stand before the words of a line.
func dashed(line string) bool {
	switch {
	case len(line) < 6:
		return false
	case line[0] == '-', line[0] == '_', line[0] == '=', line[0] == '*':
		return line[1] == line[0] || line[0] == '*'
	}
	return prose.HasAnyPrefix(line, []string{"‐‐", "——", "––", "──"})
}

// forwardMark says whether a message that is passed on begins at line i.
func (t *trimmer) forwardMark(i int) bool {
	line := t.plain[i]
	if len(line) > 200 || len(line) < 6 {
		return false
	}
	dashed := dashed(line)
	if !dashed && !endsInColon(line) {
		return false
	}
	lower := strings.ToLower(line)
	if prose.HasAnyPrefix(strings.TrimLeft(lower, "*-_ "), beginForward) {
		return true
	}
	return dashed && len(undrawn(line)) <= 90 && prose.ContainsAny(lower, forwardWords)
}

// maxLooks is how many lines are looked at for what helpdesks write: below so many, nobody answers.
const maxLooks = 2000

// above is replyAbove for the first lines.
func (t *trimmer) above(line string) bool {
	t.looks++
	return t.looks <= maxLooks && replyAbove(line)
}

// replyAbove says whether a helpdesk's line stands here, above which an answer is to be written.
func replyAbove(line string) bool {
	if len(line) > 200 || len(line) < 12 || line[0] < 0x80 && strings.IndexByte("#-=*_<[~+.PpRrTtWwEeBbVvSsNnAa", line[0]) < 0 {
		return false
	}
	words := undrawn(line)
	if len(words) >= len(line)-3 && (len(words) >= 80 || strings.ContainsAny(words, ",;?\"“„«")) {
		return false
	}
	words = strings.ToLower(words)
	return (!mail.IsASCII(words) || prose.ContainsAny(words, aboveMarks)) && prose.ContainsAny(words, aboveWords)
}
