package inbox

import (
	"slices"
	"strings"
)

// Trim returns what a person wrote in a mail, without the history that mail programs append and without a
// signature. When in doubt it keeps: answers between quoted lines stay with those lines, a forwarded
// message stays whole, and a text of which nothing would be left is returned as it is. It takes time linear
// in the size of text.
func Trim(text string) string {
	text = strings.TrimSpace(newlines(text))
	if text == "" || len(text) > maxText {
		return text // what is longer than a comment holds is hardly written by hand
	}
	t := trimmer{lines: strings.Split(text, "\n")}
	t.history()
	t.quotesAtEnd()
	t.signature()
	if own := strings.TrimRight(strings.Trim(strings.Join(t.lines, "\n"), "\n"), " \t\n"); strings.TrimSpace(own) != "" {
		return own
	}
	return text
}

// A trimmer shortens lines.
type trimmer struct {
	lines []string
}

// history looks from the top for the line at which the history begins, and leaves out the attributions
// above quotations that stay.
func (t *trimmer) history() {
	kept := make([]string, 0, len(t.lines))
	defer func() { t.lines = kept }()
	written := false // something of the person's own stands above
	for i := 0; i < len(t.lines); {
		line := strings.TrimSpace(t.lines[i])
		if line == "" || quoted(line) {
			kept = append(kept, t.lines[i])
			i++
			continue
		}
		block := t.headerBlock(i)
		if forwardMark(line) || block && !written {
			kept = append(kept, t.lines[i:]...)
			return
		}
		if written && (block || originalMark(line)) {
			return
		}
		if n := t.attribution(i); n > 0 {
			next, keep, rest := t.quotation(i+n, written)
			if !rest {
				return
			}
			kept = append(kept, t.lines[next-keep:next]...)
			i = next
			continue
		}
		written = true
		kept = append(kept, t.lines[i])
		i++
	}
}

// quotation looks at what follows an attribution from line i on. Unless the rest of the text is history
// (rest is false), the text goes on at line next, and keep lines before that stay.
func (t *trimmer) quotation(i int, written bool) (next, keep int, rest bool) {
	first := t.skipBlank(i)
	if first == len(t.lines) {
		return first, 0, !written
	}
	if !quoted(t.lines[first]) {
		return first, 0, !written // quoted without marks, if something was written above
	}
	end := first
	for end < len(t.lines) && (quoted(t.lines[end]) || strings.TrimSpace(t.lines[end]) == "") {
		end++
	}
	switch {
	case end == len(t.lines) || signatureAt(t.lines, end):
		return end, end - first, !written
	case !written && !anyQuoted(t.lines[end:]):
		return end, 0, true // the answer stands below what it answers
	}
	return end, end - first, true
}

func (t *trimmer) skipBlank(i int) int {
	for i < len(t.lines) && strings.TrimSpace(t.lines[i]) == "" {
		i++
	}
	return i
}

// attributionLines is how many lines an attribution may be wrapped over.
const attributionLines = 4

// attribution returns how many lines from i on are one that says who wrote what is quoted below; 0 if none.
func (t *trimmer) attribution(i int) int {
	joined := ""
	for n := 1; n <= attributionLines && i+n <= len(t.lines); n++ {
		line := strings.TrimSpace(t.lines[i+n-1])
		if line == "" || len(line) > 400 || n > 1 && quoted(line) && !strings.HasSuffix(line, ":") {
			return 0
		}
		joined += " " + line
		if last := line[len(line)-1]; last != ':' && last != '-' && last != '>' && !strings.HasSuffix(line, "：") && !endsInVerb(line) {
			continue
		}
		if (n == 1 || opens(t.lines[i])) && saysWho(strings.TrimSpace(joined)) {
			return n
		}
		if line[len(line)-1] == ':' && n == 1 {
			return 0
		}
	}
	return 0
}

// opens says whether an attribution that is wrapped over several lines can begin with this one.
func opens(line string) bool {
	lower := strings.ToLower(strings.TrimLeft(line, "-*_> \t"))
	if len(lower) > 0 && lower[0] >= '0' && lower[0] <= '9' {
		return hasTime.MatchString(lower)
	}
	if strings.Contains(lower, "@") && containsAny(lower, wroteWords) {
		return true // "Ann Berg <ann@example.org> schrieb am Di., 16."
	}
	first, _, _ := strings.Cut(lower, " ")
	return slices.Contains(openWords, strings.Trim(first, ",")) && strings.ContainsAny(lower, "0123456789")
}

func endsInVerb(line string) bool {
	return strings.HasSuffix(line, "wrote") || strings.HasSuffix(line, "写道") || strings.HasSuffix(line, "書きました")
}

// saysWho tells an attribution from a sentence: it names a time or an address, and ends by a word for
// writing and a colon; or it begins with a date and ends with an address.
func saysWho(s string) bool {
	s = strings.ToLower(strings.Trim(s, "-*_ \t"))
	if !hasTime.MatchString(s) && !strings.Contains(s, "@") {
		return false
	}
	if beginsDate.MatchString(s) && strings.Contains(s, "@") && (strings.HasSuffix(s, ">:") || strings.HasSuffix(s, ">")) {
		return true
	}
	body := strings.TrimRight(s, ":： \u00a0")
	tail := body[max(0, len(body)-200):]
	for _, w := range wroteWords {
		i := strings.LastIndex(tail, w)
		if i < 0 {
			continue
		}
		// Some languages put the name last ("schrieb Ann Berg:"), with or without the address.
		rest := tail[i+len(w):]
		if rest == "" || len(rest) < len(body) && (strings.HasSuffix(s, ":") || strings.HasSuffix(s, "：")) {
			return true
		}
	}
	return false
}

// headerBlock says whether a quoted header block begins at line i (or right below a rule there): labels
// for at least three of sender, date, recipient and subject in a row.
func (t *trimmer) headerBlock(i int) bool {
	need := 3
	if rule(t.lines[i]) {
		i = t.skipBlank(i + 1)
		need = 2
	}
	seen := map[byte]bool{}
	for n := 0; n < 8 && i+n < len(t.lines); n++ {
		label, ok := headerLabel(t.lines[i+n])
		if !ok {
			if n == 0 {
				return false
			}
			continue // a long list of recipients is wrapped
		}
		if n == 0 && label != 'f' && label != 'd' {
			return false
		}
		seen[label] = true
	}
	delete(seen, 'c')
	return seen['f'] && len(seen) >= need
}

func headerLabel(line string) (byte, bool) {
	line = strings.TrimLeft(line, "*>_ \t")
	i := strings.IndexByte(line, ':')
	if w := strings.Index(line, "："); w >= 0 && (i < 0 || w < i) {
		i = w
	}
	if i <= 0 || i > 40 {
		return 0, false
	}
	label, ok := headerWords[strings.ToLower(strings.Trim(line[:i], "* \t\u00a0"))]
	return label, ok
}

// rule says whether a line is drawn: underscores, dashes or the like alone.
func rule(line string) bool {
	line = strings.TrimSpace(line)
	return len(line) >= 5 && strings.Trim(line, "_-=*") == ""
}

func originalMark(line string) bool {
	line = strings.Trim(line, "* ")
	return dashed(line) && containsAny(strings.ToLower(line), originalWords)
}

func forwardMark(line string) bool {
	lower := strings.ToLower(line)
	return strings.HasPrefix(lower, "begin forwarded message") || strings.HasPrefix(lower, "anfang der weitergeleiteten") ||
		dashed(line) && containsAny(lower, forwardWords)
}

func dashed(line string) bool {
	return len(line) < 200 && (strings.HasPrefix(line, "--") || strings.HasPrefix(line, "__") || strings.HasPrefix(line, "=="))
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func quoted(line string) bool {
	line = strings.TrimLeft(line, " \t")
	return strings.HasPrefix(line, ">") || strings.HasPrefix(line, "| ") || line == "|"
}

func anyQuoted(lines []string) bool {
	for _, l := range lines {
		if quoted(l) {
			return true
		}
	}
	return false
}

// quotesAtEnd drops quoted lines with nothing of the person's own behind them but a signature.
func (t *trimmer) quotesAtEnd() {
	end := len(t.lines)
	if s := lastSignature(t.lines); s >= 0 {
		end = s
	}
	i := end
	for i > 0 && (quoted(t.lines[i-1]) || strings.TrimSpace(t.lines[i-1]) == "") {
		i--
	}
	if i > 0 && i < end && anyQuoted(t.lines[i:end]) {
		t.lines = t.lines[:i]
	}
}

// maxSignature is how many lines a signature has at most; what is longer is kept.
const maxSignature = 15

// trackerDot is what a widespread mail extension leaves at the end.
const trackerDot = "ᐧ"

// signature drops a signature behind the usual delimiter (RFC 3676 section 4.3), and what a phone adds.
func (t *trimmer) signature() {
	if i := lastSignature(t.lines); i > 0 {
		t.lines = t.lines[:i]
	}
	for i := len(t.lines); i > 0; i-- {
		line, _, _ := strings.Cut(strings.TrimSpace(t.lines[i-1]), "<http")
		if line != "" && line != trackerDot && (len(line) > 100 || !deviceLine.MatchString(line)) {
			return
		}
		if line != "" && i > 1 {
			t.lines = t.lines[:i-1]
		}
	}
}

// lastSignature returns where the signature at the end begins, -1 if there is none.
func lastSignature(lines []string) int {
	for i := len(lines) - 1; i >= 0 && i >= len(lines)-maxSignature-1; i-- {
		if delimiter := strings.TrimRight(lines[i], " \t\u00a0"); delimiter == "--" || delimiter == "—" {
			return i
		}
	}
	return -1
}

// signatureAt says whether a signature, and nothing else, is what begins at line i.
func signatureAt(lines []string, i int) bool {
	return i < len(lines) && strings.TrimRight(lines[i], " \t\u00a0") == "--" && len(lines)-i <= maxSignature
}
