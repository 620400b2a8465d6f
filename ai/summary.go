package ai

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/customerdesk/customerdesk/internal/prose"
)

// summaryWords is the length of a summary.
const summaryWords = 80

// A saying is one sentence of a thread.
type saying struct {
	turn, at int
	text     string
	words    int
	terms    []string
	value    float64
}

// summarise makes a summary of a thread out of its own sentences, at most limit words: those that carry most of what
// the whole thread is about, with a preference for how a person begins, each under the name of who says it.
// Empty where nobody says anything.
func summarise(title string, turns []turn, limit int) string {
	all := sayings(turns)
	weigh(title, turns, all)
	return compose(turns, choose(all, limit), limit)
}

func sayings(turns []turn) []saying {
	var all []saying
	for i, t := range turns {
		for j, s := range t.sentences() {
			all = append(all, saying{turn: i, at: j, text: s, words: len(strings.Fields(s)), terms: prose.Terms(s, "en")})
		}
	}
	return all
}

// weigh values each sentence by how much of the thread's vocabulary it has, the share of a term being the number of turns and
// sentences that use it.
func weigh(title string, turns []turn, all []saying) {
	use := make(map[string]float64)
	for _, s := range all {
		for _, t := range unique(s.terms) {
			use[t]++
		}
	}
	for _, t := range prose.Terms(title, "en") {
		use[t] += 2
	}
	for i := range all {
		s := &all[i]
		var sum float64
		for _, t := range unique(s.terms) {
			sum += math.Log(use[t] + 0.5)
		}
		s.value = sum / math.Sqrt(float64(len(s.terms))+8)
		switch s.at {
		case 0:
			s.value *= 1.5
		case 1:
			s.value *= 1.2
		}
		if s.turn == 0 {
			s.value *= 1.2
		}
		if s.turn == len(turns)-1 {
			s.value *= 1.1
		}
		if s.words > 45 {
			s.value *= 0.6
		}
	}
}

// choose takes the best sentences that fit, each one worth less the more of it was said already.
func choose(all []saying, limit int) []saying {
	var chosen []saying
	left := limit
	said := make(map[string]bool)
	taken := make(map[int]bool)
	for len(chosen) < 6 {
		best, at := 0.0, -1
		for i, s := range all {
			if taken[i] || s.words > left && len(chosen) > 0 {
				continue
			}
			v := s.value * (1 - 0.7*overlap(s.terms, said))
			if v > best {
				best, at = v, i
			}
		}
		if at < 0 {
			break
		}
		taken[at] = true
		chosen = append(chosen, all[at])
		left -= all[at].words + 2 // and the name before it
		for _, t := range all[at].terms {
			said[t] = true
		}
	}
	slices.SortFunc(chosen, func(a, b saying) int { return cmp.Or(a.turn-b.turn, a.at-b.at) })
	return chosen
}

func compose(turns []turn, chosen []saying, limit int) string {
	var b strings.Builder
	last := -1
	for _, s := range chosen {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		if last < 0 || turns[s.turn].who() != turns[last].who() {
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(turns[s.turn].who() + ": ")
		}
		b.WriteString(s.text)
		last = s.turn
	}
	return cutWords(strings.ReplaceAll(b.String(), " \n", "\n"), limit)
}

// cutWords cuts a text after limit words and says so.
func cutWords(text string, limit int) string {
	n := 0
	inWord := false
	for i, r := range text {
		space := r == ' ' || r == '\n'
		if !space && !inWord {
			if n == limit {
				return strings.TrimRight(text[:i], " \n") + " …"
			}
			n++
		}
		inWord = !space
	}
	return text
}

func unique(terms []string) []string {
	seen := make(map[string]bool, len(terms))
	var out []string
	for _, t := range terms {
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

// overlap is the share of terms that were said.
func overlap(terms []string, said map[string]bool) float64 {
	if len(terms) == 0 {
		return 0
	}
	n := 0
	for _, t := range terms {
		if said[t] {
			n++
		}
	}
	return float64(n) / float64(len(terms))
}
