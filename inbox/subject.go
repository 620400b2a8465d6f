package inbox

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/tickets"
)

// tagPattern is how a ticket's number stands in the subject of our mail.
var tagPattern = regexp.MustCompile(`\[\s*#\s*([1-9][0-9]{0,17})\s*\]`)

// notePattern is what mail systems put into subjects on the way.
var notePattern = regexp.MustCompile(`(?i)[\[(]\s*(ext|extern|external|externe|externo|spam|suspected spam|caution|encrypted)\s*[\])]:?|\*{2,}\s*spam\s*\*{2,}`)

// maxSubjectKey bounds what is compared of a subject, in bytes; an index entry has to be small.
const maxSubjectKey = 200

// tagsOf are the tickets that the tags in a subject name.
func tagsOf(subject string) []tickets.Number {
	var list []tickets.Number
	for _, m := range tagPattern.FindAllStringSubmatch(subject, 8) {
		if n, err := strconv.ParseInt(m[1], 10, 64); err == nil && !slices.Contains(list, tickets.Number(n)) {
			list = append(list, tickets.Number(n))
		}
	}
	return list
}

// subjectKey is what subjects are compared by: lower case, without tags, and without the "Re:" and "Fwd:" of
// many languages; reply says that it had such a prefix.
func subjectKey(subject string) (key string, reply bool) {
	s := tagPattern.ReplaceAllString(subject, " ")
	s = notePattern.ReplaceAllString(s, " ")
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	for range mail.MaxPrefixes {
		rest, ok := mail.CutPrefix(s)
		if !ok {
			break
		}
		s, reply = rest, true
	}
	for len(s) > maxSubjectKey {
		s = strings.ToValidUTF8(s[:maxSubjectKey], "")
	}
	return s, reply
}

// alike reports whether two subject keys may be of one conversation: equal, one within the other, or sharing
// half of the words of the shorter.
func alike(a, b string) bool {
	if a == b {
		return true
	}
	if a == "" || b == "" {
		return false
	}
	if short, long := byLength(a, b); len(short) >= 4 && strings.Contains(long, short) {
		return true
	}
	one, two := wordsOf(a), wordsOf(b)
	shared := 0
	for w := range one {
		if two[w] {
			shared++
		}
	}
	return shared > 0 && 2*shared >= min(len(one), len(two))
}

func byLength(a, b string) (short, long string) {
	if len(a) > len(b) {
		return b, a
	}
	return a, b
}

func wordsOf(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t,.;:!?()[]\"'-–—/", r) }) {
		if len(w) > 2 || !mail.IsASCII(w) {
			set[w] = true
		}
	}
	return set
}
