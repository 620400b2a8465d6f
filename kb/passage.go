package kb

import (
	"strings"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/internal/prose"
)

// passageLimit is about how many characters of a chunk are shown and cited.
const passageLimit = 420

// passage returns the run of whole sentences of a chunk that has most of the question's rare words, up to
// passageLimit characters; at least one sentence, cut if it alone is much longer.
func (q query) passage(text, language string, rarity []float64) string {
	sentences := prose.Sentences(text)
	if len(sentences) == 0 {
		return ""
	}
	words := make([][]int, len(sentences))
	for i, s := range sentences {
		for _, t := range prose.Terms(s, language) {
			if w, ok := q.wordOf[t]; ok {
				words[i] = append(words[i], w)
			}
		}
	}
	var best float64
	from, to := 0, 1
	for i := range sentences {
		seen := make(map[int]bool)
		var value float64
		size := 0
		for j := i; j < len(sentences); j++ {
			size += utf8.RuneCountInString(sentences[j]) + 1
			if j > i && size > passageLimit {
				break
			}
			for _, w := range words[j] {
				if !seen[w] {
					seen[w] = true
					value += rarity[w]
				}
			}
			// A later start and an earlier end need a reason; what follows a good sentence is worth a little.
			if v := value + 0.001*float64(j-i); v > best {
				best, from, to = v, i, j+1
			}
		}
	}
	p := strings.Join(sentences[from:to], " ")
	if utf8.RuneCountInString(p) > 2*passageLimit {
		p = string([]rune(p)[:2*passageLimit]) + " …"
	}
	return p
}
