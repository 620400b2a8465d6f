package inbox

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/customerdesk/customerdesk/tickets"
)

// tagPattern is how a ticket's number stands in the subject of our mail.
var tagPattern = regexp.MustCompile(`\[\s*#\s*([1-9][0-9]{0,17})\s*\]`)

// notePattern is what mail systems put into subjects on the way.
var notePattern = regexp.MustCompile(`(?i)[\[(]\s*(ext|extern|external|externe|externo|spam|suspected spam|caution|encrypted)\s*[\])]:?|\*{2,}\s*spam\s*\*{2,}`)

// maxSubjectKey bounds what is compared of a subject, in bytes; an index entry has to be small.
const maxSubjectKey = 200

// maxPrefixes is how many "Re:" and "Fwd:" of one subject are taken off.
const maxPrefixes = 50

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
	for range maxPrefixes {
		rest, ok := cutPrefix(s)
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

// cutPrefix takes one "Re:", "AW[2]:" or the like off a subject in lower case.
func cutPrefix(s string) (rest string, ok bool) {
	end := strings.IndexAny(s, ":：")
	if end <= 0 || end > 24 {
		return s, false
	}
	word := s[:end]
	rest = strings.TrimLeft(s[end:], ":： ")
	if i := strings.IndexAny(word, "[(^"); i > 0 { // Re[2]:, Re(3):, Re^2:
		word = word[:i]
	}
	return rest, replyPrefix(strings.TrimSpace(word))
}

// replyPrefix reports whether mail programs put word before a colon at the start of an answer or a forward.
func replyPrefix(word string) bool {
	switch word {
	case "re", "fw", "fwd", "aw", "antw", "antwort", "wg", "wtr", "sv", "vs", "vb", "vl", "r", "i", "rif", "inoltra", "tr", "réf", "ref", "rép",
		"res", "enc", "rv", "reenv", "odp", "pd", "ynt", "ilt", "cevap", "doorst", "betr", "vá", "továbbítás", "rsp", "fs", "bls", "trs",
		"atb", "ats", "odg", "na", "hn", "απ", "σχετ", "πρθ", "отв", "ответ", "пер", "fyi", "转发", "回复", "答复", "轉寄", "回覆", "返信", "転送",
		"답장", "회신", "전달", "رد", "إعادة توجيه", "השב", "הועבר", "ตอบ", "ส่งต่อ", "trả lời":
		return true
	}
	return false
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
		if len(w) > 2 || !isASCII(w) {
			set[w] = true
		}
	}
	return set
}
