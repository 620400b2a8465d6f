package prose

import (
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/french"
	"github.com/kljensen/snowball/hungarian"
	"github.com/kljensen/snowball/norwegian"
	"github.com/kljensen/snowball/russian"
	"github.com/kljensen/snowball/spanish"
	"github.com/kljensen/snowball/swedish"
	"golang.org/x/text/unicode/norm"
)

// Terms returns the stems of the words of a text in order, without stop words. language is a BCP 47 tag of
// which the first part counts; where there is no Snowball stemmer for it, words stay as they are. Marks are
// taken off after stemming, so an accent that was left out is no other word.
func Terms(text, language string) []string {
	l := languageOf(language)
	words := Words(text)
	terms := words[:0]
	for _, w := range words {
		if l.stop(w) {
			continue
		}
		terms = append(terms, l.term(w))
	}
	return terms
}

// Term returns the stem of one word as Words gives it.
func Term(word, language string) string { return languageOf(language).term(word) }

// IsStop tells whether a word as Words gives it is too common in its language to say anything.
func IsStop(word, language string) bool { return languageOf(language).stop(word) }

// A language is a stemmer and its stop words.
type language struct {
	stem func(word string, stopWordsToo bool) string
	stop func(word string) bool
}

func languageOf(tag string) language {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	switch base {
	case "en", "":
		return language{english.Stem, englishStop}
	case "es":
		return language{spanish.Stem, spanish.IsStopWord}
	case "fr":
		return language{french.Stem, french.IsStopWord}
	case "ru":
		return language{russian.Stem, russian.IsStopWord}
	case "sv":
		return language{swedish.Stem, func(string) bool { return false }}
	case "no", "nb", "nn":
		return language{norwegian.Stem, norwegian.IsStopWord}
	case "hu":
		return language{hungarian.Stem, hungarian.IsStopWord}
	}
	return language{func(w string, _ bool) string { return w }, func(string) bool { return false }}
}

func (l language) term(word string) string {
	for _, r := range word {
		if unicode.IsDigit(r) {
			return word // versions and part numbers are not inflected
		}
	}
	return Fold(l.stem(word, true))
}

// Fold takes the marks off letters: é becomes e.
func Fold(s string) string {
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		return s
	}
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
	return norm.NFC.String(bare)
}

// englishStop adds to Snowball's stop words what letters to a support desk are made of.
func englishStop(w string) bool {
	switch w {
	case "im", "ive", "its", "dont", "doesnt", "didnt", "cant", "couldnt", "wont", "isnt", "arent", "wasnt", "havent", "hasnt",
		"would", "could", "should", "also", "please", "thanks", "thank", "hello", "hi", "dear", "anyone", "anybody", "us", "may", "might", "must", "shall", "will", "cannot",
		"etc", "eg", "ie", "get", "got":
		return true
	}
	return english.IsStopWord(w)
}
