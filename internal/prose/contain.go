package prose

import "strings"

// ContainsAny says whether a text contains one of the words, in whatever place.
func ContainsAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// HasAnyPrefix says whether a text begins with one of the words.
func HasAnyPrefix(text string, words []string) bool {
	for _, w := range words {
		if strings.HasPrefix(text, w) {
			return true
		}
	}
	return false
}
