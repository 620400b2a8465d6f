package ai

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/kb"
)

// maxText is the length in characters of a text that is kept of a model.
const maxText = 4000

var (
	thoughts  = regexp.MustCompile(`(?is)<think(ing)?>.*?(</think(ing)?>|\z)`)
	mdLink    = regexp.MustCompile(`!?\[([^\]\[]*)\]\(\s*[^)\s]*[^)]*\)`)
	bareLink  = regexp.MustCompile(`(?i)\b(?:[a-z][a-z0-9+.-]{1,15}://|www\.)[^\s<>"'\])]+|\bmailto:[^\s<>"'\])]+|\bjavascript:[^\s<>"'\])]+`)
	address   = regexp.MustCompile(`(?i)[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+`)
	marker    = regexp.MustCompile(`\s?\[(\d{1,3}(?:\s?[,;]\s?\d{1,3})*)\]`)
	oneNumber = regexp.MustCompile(`\d+`)
	spaces    = regexp.MustCompile(`[ \t]+([.,;:!?])|[ \t]{2,}`)
)

// clean makes a model's text one that may be shown: visible characters only, nothing that the model thought aloud, links
// and mail addresses only where an article passage has them, of limited length.
func clean(text string, sources []kb.Hit) string {
	text = thoughts.ReplaceAllString(visible(text), "")
	for before := ""; before != text; { // taking one out may join the halves of another; each round is shorter
		before = text
		text = squeeze(withoutLinks(text, sources))
	}
	return shorten(strings.TrimSpace(text), maxText)
}

// squeeze makes white space single and takes it away before punctuation.
func squeeze(text string) string {
	return spaces.ReplaceAllStringFunc(text, func(s string) string {
		if t := strings.TrimLeft(s, " \t"); t != "" {
			return t
		}
		return " "
	})
}

// withoutLinks makes Markdown links their labels and takes out addresses that no source has.
func withoutLinks(text string, sources []kb.Hit) string {
	text = mdLink.ReplaceAllStringFunc(text, func(l string) string {
		label := mdLink.FindStringSubmatch(l)[1]
		if oneNumber.FindString(label) == label && label != "" {
			return "[" + label + "]" // a citation that was made a link
		}
		return label
	})
	keep := func(s string) string {
		bare := strings.TrimRight(s, ".,;:!?")
		for _, h := range sources {
			if bare != "" && strings.Contains(h.Text, bare) {
				return s
			}
		}
		return strings.TrimPrefix(s, bare) // the punctuation stays
	}
	return address.ReplaceAllStringFunc(bareLink.ReplaceAllStringFunc(text, keep), keep)
}

// cite takes the markers [n] of a text for passages 1 to n out where there is no such passage, and numbers the others
// anew in order of appearance; used[i] is the passage that marker i+1 now stands for.
func cite(text string, n int) (cited string, used []int) {
	known := func(m string) (numbers []int) {
		for _, d := range oneNumber.FindAllString(m, -1) {
			if passage, err := strconv.Atoi(d); err == nil && passage >= 1 && passage <= n {
				numbers = append(numbers, passage)
			}
		}
		return numbers
	}
	for before := ""; before != text; { // taking one out may join the halves of another
		before = text
		text = marker.ReplaceAllStringFunc(text, func(m string) string {
			if len(known(m)) == 0 {
				return ""
			}
			return m
		})
	}
	cited = marker.ReplaceAllStringFunc(text, func(m string) string {
		out := m[:strings.IndexByte(m, '[')]
		for _, passage := range known(m) {
			at := slices.Index(used, passage)
			if at < 0 {
				at = len(used)
				used = append(used, passage)
			}
			out += "[" + strconv.Itoa(at+1) + "]"
		}
		return out
	})
	return cited, used
}

// modelAnswer makes a draft of what a model wrote from passages. One that cites nothing rests on nothing.
func modelAnswer(text string, hits []kb.Hit) draft {
	var d draft
	var used []int
	d.text, used = cite(text, len(hits))
	for _, n := range used {
		d.cited = append(d.cited, hits[n-1])
		d.confidence = max(d.confidence, hits[n-1].Confidence)
	}
	return d
}

// modelDraft is modelAnswer with the list of the articles it cites.
func modelDraft(text string, hits []kb.Hit) draft {
	d := modelAnswer(text, hits)
	if len(d.cited) > 0 {
		d.text = strings.TrimSpace(d.text) + "\n\n" + strings.TrimSpace(sources(d.cited))
	}
	return d
}

// shorten cuts a text to at most limit characters, after a sentence or word where one ends in the last fifth.
func shorten(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	cut := string([]rune(text)[:limit-2])
	for _, end := range []string{". ", "! ", "? ", "\n", " "} {
		if i := strings.LastIndex(cut, end); i > len(cut)*4/5 {
			cut = cut[:i+1]
			break
		}
	}
	return strings.TrimSpace(cut) + " …"
}
