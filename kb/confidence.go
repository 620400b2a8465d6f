package kb

import "math"

// features are what tells a right article from a wrong one, apart from how it stands against the others.
type features struct {
	title    float64 // share of the title's words that the question has
	strength float64 // how much of the question is in the article: 1 means each word about once
}

func (e *evidence) features(rarity []float64, score float64) features {
	var f features
	var total float64
	for _, r := range rarity {
		total += r
	}
	if total > 0 {
		f.strength = score / total
	}
	var inTitle float64
	for _, w := range e.title {
		inTitle += w
	}
	if e.titleLength > 0 {
		f.title = min(1, inTitle/e.titleLength)
	}
	return f
}

// The weights are fitted by logistic regression on public question sets (help-centre questions, support
// notes and FAQs), so that among hits with confidence p about a share of p is right.
const (
	confidenceBase   = -1.75
	confidenceMargin = 7.4
	confidenceTitle  = 3.3
	// strongEnough is the strength below which a hit is doubtful however far ahead it is: nearly every right
	// answer of those sets is above. In a small knowledge base a single common word can leave all others behind.
	strongEnough = 1.2
)

// confidence estimates how likely it is that the article at rank i answers the question. What counts most is its
// distance to the best other article.
func (f features) confidence(ranked []candidate, i int) float64 {
	score, other := ranked[i].score, 0.0
	switch {
	case i > 0:
		other = ranked[0].score
	case len(ranked) > 1:
		other = ranked[1].score
	}
	margin := 0.0
	if top := max(score, other); top > 0 {
		margin = (score - other) / top
	}
	p := 1 / (1 + math.Exp(-(confidenceBase + confidenceMargin*margin + confidenceTitle*f.title)))
	doubt := min(1, f.strength/strongEnough)
	return p * doubt * doubt
}
