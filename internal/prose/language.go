package prose

import (
	"strings"
	"unicode"
)

// maxTold is how much of a text is looked at to tell its language, in bytes.
const maxTold = 8 << 10

// surelyTold is how many words of a language a text needs to be told by.
const surelyTold = 2

// LanguageOf tells the language of a text as its ISO 639 code, of those in functionWords and of Japanese, Chinese and Korean;
// empty where it is none of them, or too little of it.
func LanguageOf(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), maxTold)], "")
	if l := scriptOf(text); l != "" {
		return l
	}
	hits := map[string]int{}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		for _, l := range functionWords[w] {
			hits[l]++
		}
	}
	best, most, again := "", 0, false
	for l, n := range hits {
		switch {
		case n > most:
			best, most, again = l, n, false
		case n == most:
			again = true
		}
	}
	if most < surelyTold || again {
		return ""
	}
	return best
}

// scriptOf tells the languages whose script says so. A text of a few foreign words in another one is none.
func scriptOf(text string) string {
	var kana, hangul, han, other int
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Hangul, r):
			hangul++
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.IsLetter(r):
			other++
		}
	}
	all := kana + hangul + han
	switch {
	case all < 2 || 3*all < other: // a character says as much as three letters
		return ""
	case hangul > kana && 2*hangul > han:
		return "ko"
	case 10*kana >= han:
		return "ja"
	}
	return "zh"
}
