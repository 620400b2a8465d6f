package mail

import "strings"

// MaxPrefixes is how many "Re:" and "Fwd:" of one subject are taken off.
const MaxPrefixes = 50

// CutPrefix takes one "Re:", "AW[2]:" or the like off a subject in lower case.
func CutPrefix(s string) (rest string, ok bool) {
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
