package trim

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/internal/prose"
)

const (
	MaxSignature = 15 // lines of a signature; what is longer is kept
	maxRuled     = 8  // lines of one under a rule, which may part a text as well
	maxFooter    = 30 // lines of a legal paragraph
	maxPieces    = 50 // of a tail: signatures, footers, lines of devices
)

// tailBefore returns where the signature and the footers begin that end before line end. Something of the
// person's own always stays above.
func (t *trimmer) tailBefore(end int) int {
	first := 0
	for first < end && (t.plain[first] == "" || t.quoted(first) || drawn(t.plain[first], 2)) {
		first++
	}
	if first == end {
		return end
	}
	e := end
	for range maxPieces {
		for e > first && (t.plain[e-1] == "" || drawn(t.plain[e-1], 2) && !t.code[e-1] || t.plain[e-1] == trackerDot) {
			e--
		}
		next := t.parting(first, e)
		if next <= first || next == e {
			break
		}
		e = next
	}
	return e
}

// trackerDot is what a widespread mail extension leaves at the end.
const trackerDot = "ᐧ"

// parting takes one piece off the end of lines first to end; it returns end where there is none.
func (t *trimmer) parting(first, end int) int {
	if end == 0 || t.code[end-1] || t.quoted(end-1) {
		return end
	}
	for _, piece := range []func(first, end int) int{t.htmlSignature, t.deviceLine, t.footer, t.delimited, t.dashedName, t.contact} {
		if at := piece(first, end); at < end && at > first {
			return at
		}
	}
	return end
}

func (t *trimmer) htmlSignature(first, end int) int {
	at := end
	for at > first && end-at < maxFooter && (t.mark(at-1) == markSignature || t.plain[at-1] == "") {
		at--
	}
	if end-at >= maxFooter || t.mark(at) != markSignature && t.mark(end-1) != markSignature {
		return end
	}
	return at
}

// deviceLine finds the line of a phone or a program, with or without an excuse for how it was typed.
func (t *trimmer) deviceLine(first, end int) int {
	at := end - 1
	line := strings.ToLower(t.plain[at])
	if device(line) {
		return at
	}
	if len(line) < 100 && prose.ContainsAny(line, excuseWords) && at > first && device(strings.ToLower(t.plain[at-1])) {
		return at - 1
	}
	return end
}

var links = regexp.MustCompile(`[<(\[]*(?:https?|mailto):[^\s>)\]]*[>)\]]*`)

// device says whether a line, in lower case, names what a mail was sent from. What follows "Sent from" is
// short and names a device or a program, so that "Sent from my desk, is much easier …" stays.
func device(line string) bool {
	if len(line) > 300 || len(line) < 8 {
		return false
	}
	if strings.Contains(line, ":") {
		line = links.ReplaceAllString(line, " ")
	}
	line = strings.Trim(strings.NewReplacer("[", "", "]", "", "*", "").Replace(line), " <>()_-–—•.!|\"'“”")
	before, after, comma := strings.Cut(line, ", ")
	if comma && !prose.ContainsAny(after, excuseWords) {
		if len(strings.Fields(after)) > 4 || !prose.ContainsAny(after, deviceWords) {
			return false
		}
		before += " " + after // "Sent from my Verizon, Samsung Galaxy smartphone"
	}
	if sentence, rest, two := strings.Cut(before, ". "); two {
		if !prose.ContainsAny(rest, excuseWords) {
			return false
		}
		before = sentence
	}
	most := 10 // words
	if strings.Contains(before, "blackberry") || strings.Contains(before, "k-9") {
		most = 14
	}
	if len(before) > 130 || len(strings.Fields(before)) > most {
		return false
	}
	padded := " " + before + " "
	known := prose.ContainsAny(padded, deviceWords)
	switch {
	case strings.HasPrefix(before, "sent by ") || strings.HasPrefix(before, "sent on ") || strings.HasPrefix(before, "from my ") ||
		strings.HasPrefix(before, "someone from ") || hasAnySuffix(before, deviceEnd):
		return known
	case prose.HasAnyPrefix(before, deviceBegin):
		return known || prose.ContainsAny(padded, deviceOwn) && len(strings.Fields(before)) <= 6
	}
	return false
}

func hasAnySuffix(s string, words []string) bool {
	for _, w := range words {
		if strings.HasSuffix(s, w) {
			return true
		}
	}
	return false
}

// footer finds a last paragraph that a company, a list, a provider or a scanner of viruses put there.
func (t *trimmer) footer(first, end int) int {
	at := end
	for at > first && t.plain[at-1] != "" && end-at < maxFooter && !drawn(t.plain[at-1], 4) {
		at--
	}
	for from := at; from < end; from++ { // its end, where it follows other lines without a blank one
		words := strings.ToLower(strings.Join(t.plain[from:end], " "))
		if len(words) < 5000 && isFooter(words) && (from == at || isFooter(strings.ToLower(t.plain[from]))) {
			return from
		}
		if from-at >= 3 {
			break
		}
	}
	return end
}

// isFooter says so of a paragraph in lower case. A question is a person's.
func isFooter(words string) bool {
	if strings.HasSuffix(words, "?") && !strings.HasSuffix(words, "yahoo!?") {
		return false
	}
	if prose.ContainsAny(words, footerWords) {
		return true
	}
	need := 3
	if !prose.HasAnyPrefix(strings.TrimLeft(words, "*_([\"- "), legalBegin) {
		need = 4
	}
	if len(words) < 100*(need-2) {
		return false
	}
	strong, weak := 0, 0
	for _, w := range legalStrong {
		if strings.Contains(words, w) {
			strong++
		}
	}
	if strong == 0 {
		return false
	}
	for _, w := range legalWords {
		if strings.Contains(words, w) {
			weak++
		}
	}
	return strong+weak >= need
}

// delimited finds a signature behind the usual delimiter (RFC 3676 section 4.3), or a short one under a rule.
func (t *trimmer) delimited(first, end int) int {
	for i := end - 1; i >= first && i >= end-MaxSignature-1; i-- {
		line := t.plain[i]
		switch {
		case (line == "--" || line == "—" || line == "– –") && i > first && t.plain[i-1] != "" && endsInColon(t.plain[i-1]):
			return end // what the line above announces
		case line == "--" || line == "—" || line == "– –":
			// Without its blank it is what people divide a text with, too.
			if strings.HasPrefix(t.lines[i], "-- ") || t.prose(i+1, end) < 2 && !t.parts(i, 2) && !t.divides(line, i) && !goesOn(t.plain[i+1]) {
				return i
			}
			return end
		case drawn(line, 3) && (line[0] == '_' || line[0] == '-' || line[0] == '=') && i >= end-maxRuled:
			if t.plain[i+1] != "" && !t.parts(i, 1) && t.signed(i+1, end, line[0] == '_') {
				return i
			}
			return end
		case t.quoted(i):
			return end
		}
	}
	return end
}

// goesOn says whether a line is of a sentence that began above it.
func goesOn(line string) bool { return startsLower(line) && len(strings.Fields(line)) >= 5 }

// parts says whether the line that is drawn at i is one of many that part a text: most lines above are not of
// interest, so a few are looked at.
func (t *trimmer) parts(i, most int) bool {
	drawnAbove := 0
	for j := i - 1; j >= 0 && j > i-100; j-- {
		if drawn(t.plain[j], 2) && !t.code[j] {
			if drawnAbove++; drawnAbove >= most {
				return true
			}
		}
	}
	return false
}

// divides says whether the same delimiter stands above line i.
func (t *trimmer) divides(delimiter string, i int) bool {
	for j := i - 1; j >= 0 && j > i-100; j-- {
		if t.plain[j] == delimiter && !t.code[j] {
			return true
		}
	}
	return false
}

// prose counts lines that look like whole sentences, or ask.
func (t *trimmer) prose(i, end int) int {
	n := 0
	for ; i < end; i++ {
		line := t.plain[i]
		if len(line) >= 70 && strings.HasSuffix(line, ".") && !isFooter(strings.ToLower(line)) {
			n++
		}
		if strings.HasSuffix(line, "?") {
			n += 2
		}
	}
	return n
}

// signed says whether the lines under a rule are a signature: short, with a way to reach someone or nothing
// but a name.
func (t *trimmer) signed(i, end int, underscores bool) bool {
	lines, contacts, names := 0, 0, 0
	for ; i < end; i++ {
		line := t.plain[i]
		if line == "" {
			continue
		}
		if len(line) > 80 || strings.HasSuffix(line, "?") || endsInColon(line) {
			return false
		}
		lines++
		if contactLine.MatchString(line) {
			contacts++
		} else if strings.Contains(line, ": ") {
			return false // a form that somebody filled in
		}
		if isName(line) {
			names++
		}
	}
	return lines > 0 && (contacts > 0 || names == lines && lines <= 2 || underscores && lines <= 3)
}

// dashedName finds a name that signs a mail: "-Ann" in a line of its own, or "-- Ann Berg".
func (t *trimmer) dashedName(first, end int) int {
	line := t.plain[end-1]
	name, ok := strings.CutPrefix(line, "-- ")
	if !ok {
		name, ok = strings.CutPrefix(line, "--")
	}
	if !ok {
		name, ok = strings.CutPrefix(line, "-")
		ok = ok && !strings.HasPrefix(name, " ") && end-2 > first && t.plain[end-2] == ""
	}
	above := end - 2
	for above > first && t.plain[above] == "" {
		above--
	}
	if ok && isName(name) && above >= 0 && !endsInColon(t.plain[above]) {
		return end - 1
	}
	return end
}

// contact finds the block below the last words and the name, which stay: title, company, telephone.
func (t *trimmer) contact(first, end int) int {
	for i := end - 1; i > first && i > end-MaxSignature; i-- {
		if len(t.plain[i]) > 60 || !isClosing(t.plain[i]) {
			continue
		}
		name := t.skipBlank(i + 1)
		if name >= end-1 {
			return end
		}
		lines, contacts := 0, 0
		for j := name + 1; j < end; j++ {
			line := t.plain[j]
			if line == "" {
				continue
			}
			if len(line) > 100 || strings.HasSuffix(line, "?") || strings.HasSuffix(line, ".") && len(strings.Fields(line)) > 7 {
				return end
			}
			lines++
			if contactLine.MatchString(line) {
				contacts++
			}
		}
		if contacts >= 2 || contacts == 1 && lines <= 3 {
			return name + 1
		}
		return end
	}
	return end
}

// isClosing says whether a line begins the last words of a letter.
func isClosing(line string) bool {
	if len(line) > 60 || strings.ContainsAny(line, "?:") {
		return false
	}
	lower := strings.ToLower(line)
	for _, w := range closings {
		rest, ok := strings.CutPrefix(lower, w)
		next, _ := utf8.DecodeRuneInString(rest)
		if ok && (!unicode.IsLetter(next) || isWide(next)) && len(strings.Fields(rest)) <= 3 {
			return true
		}
	}
	return false
}

// closing says whether nothing but the last words of a letter and a name stand from line i to the end.
func (t *trimmer) closing(i int) bool {
	i = t.skipBlank(i)
	if i >= t.tail || !isClosing(t.plain[i]) {
		return false
	}
	lines := 0
	for i++; i < t.tail; i++ {
		if t.plain[i] == "" {
			continue
		}
		if lines++; lines > 3 || t.quoted(i) || !isName(t.plain[i]) && !isClosing(t.plain[i]) {
			return false
		}
	}
	return true
}

// banner returns where the text begins below a warning that a server put above it.
func (t *trimmer) banner() int {
	i := t.skipBlank(0)
	end := i
	for end < len(t.plain) && t.plain[end] != "" && end-i < 8 {
		end++
	}
	words := strings.ToLower(strings.Join(t.plain[i:end], " "))
	if len(words) > 1000 || !prose.ContainsAny(words, bannerWords) || !isBanner(words) {
		return 0
	}
	for end < len(t.plain) && (t.plain[end] == "" || drawn(t.plain[end], 3)) {
		end++
	}
	if end == len(t.plain) {
		return 0
	}
	return end
}

// isBanner says whether a paragraph begins as such warnings do.
func isBanner(words string) bool {
	words = strings.TrimLeft(words, "[*!⚠️<(#-=_ ")
	return prose.HasAnyPrefix(words, []string{
		"caution", "warning", "external", "attention", "achtung", "vorsicht", "extern", "this email", "this message", "this e-mail", "diese e-mail", "atención", "attenzione", "atenção", "let op", "cuidado",
		"you don't often", "sie erhalten nicht", "vous n'obtenez", "vous ne recevez", "no suele", "non si ricevono", "some people who",
	})
}
