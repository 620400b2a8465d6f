package ai

import (
	"context"
	"strings"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
)

// sure is the confidence in the best article from which on an answer counts as confident.
const sure = 0.5

// An Answer is what the articles say about a question.
type Answer struct {
	Answer    string   `json:"answer"` // with markers [n] of Citations; empty where the articles do not say
	Confident bool     `json:"confident"`
	Model     string   `json:"model"`  // provider and model, or "builtin"
	Notice    string   `json:"notice"` // why it is not the configured model's; else empty
	Hits      []kb.Hit `json:"hits"`
	// Citations are the hits that the answer rests on, by their markers.
	Citations []Citation `json:"citations"`
}

// Ask answers a question from the articles that the audience may read.
func (a *Assistant) Ask(ctx context.Context, id tenant.ID, question string, who kb.Audience) (Answer, error) {
	hits, err := tenant.Get(ctx, a.pool, id, func(tx tenant.Tx) ([]kb.Hit, error) {
		return kb.Search(ctx, tx, question, kb.SearchOptions{Audience: who})
	})
	if err != nil {
		return Answer{}, err
	}
	res := Answer{Model: Builtin, Hits: hits, Citations: []Citation{}}
	if len(hits) == 0 {
		res.Hits = []kb.Hit{}
		return res, nil
	}
	system, user := askPrompt(question, hits)
	text, why, ok := a.ask(ctx, system, user, hits)
	d := builtinAnswer(hits)
	if ok {
		res.Model = a.provider.label()
		if d = (draft{}); !strings.Contains(text, "NO ANSWER") {
			d = modelAnswer(text, hits)
		}
	}
	res.Notice = why
	res.Answer, res.Citations = d.text, citations(d.cited)
	res.Confident = len(d.cited) > 0 && Confident(hits)
	return res, nil
}

// Confident reports whether the first of hits is likely to answer the question.
func Confident(hits []kb.Hit) bool { return len(hits) > 0 && hits[0].Confidence >= sure }
