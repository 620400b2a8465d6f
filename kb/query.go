package kb

import "github.com/customerdesk/customerdesk/internal/prose"

// maxQueryWords bounds the work a long question makes; mails say what they are about early.
const maxQueryWords = 120

// A query is a question's words, each with the terms it may stand as in an article. With articles in one
// language a word has one term.
type query struct {
	counts []float64      // by word: how often the question has it
	terms  []string       // all terms
	wordOf map[string]int // the word that a term belongs to
}

func newQuery(question string, languages []string) query {
	q := query{wordOf: make(map[string]int)}
	for _, w := range prose.Words(question) {
		at := -1
		var fresh []string
		for _, l := range languages {
			if prose.IsStop(w, l) {
				continue
			}
			t := prose.Term(w, l)
			if i, ok := q.wordOf[t]; ok {
				at = i
			} else {
				fresh = append(fresh, t)
			}
		}
		if at < 0 && len(fresh) == 0 {
			continue
		}
		if at < 0 {
			if len(q.counts) == maxQueryWords {
				continue
			}
			at = len(q.counts)
			q.counts = append(q.counts, 0)
		}
		q.counts[at]++
		for _, t := range fresh {
			if _, ok := q.wordOf[t]; !ok {
				q.wordOf[t] = at
				q.terms = append(q.terms, t)
			}
		}
	}
	return q
}
