package ai

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
)

// An Evaluation says how good search and texts are on questions with known answers. Nil is what the data did not
// allow to measure.
type Evaluation struct {
	Model     string   `json:"model"`
	Embedder  string   `json:"embedder"` // "none": search is by words
	N         int      `json:"n"`        // questions and threads
	HitAt1    *float64 `json:"hit_at_1"`
	HitAt5    *float64 `json:"hit_at_5"`
	MRRAt10   *float64 `json:"mrr_at_10"`
	AUROC     *float64 `json:"auroc"` // of the confidence, answerable questions against others
	ReplyF1   *float64 `json:"reply_content_f1"`
	Supported *float64 `json:"supported_sentences"`
	SummaryF1 *float64 `json:"summary_content_f1"`
	// Intervals hold 95 % of bootstrap samples, by the name of the figure.
	Intervals map[string][2]float64 `json:"intervals"`
	Seconds   float64               `json:"seconds"`
}

// errUndo ends the transaction of an evaluation, so that nothing of its scratch tenant stays.
var errUndo = errors.New("undo")

// Evaluate measures search and texts on the files of a folder: kb.jsonl with queries.jsonl, and threads.jsonl. It
// works in a tenant that is never committed.
func (a *Assistant) Evaluate(ctx context.Context, dir fs.FS) (Evaluation, error) {
	begin := a.clock()
	e := Evaluation{Model: Builtin, Embedder: "none", Intervals: make(map[string][2]float64)}
	if a.model != nil {
		e.Model = a.provider.label()
	}
	found := false
	if _, err := fs.Stat(dir, "kb.jsonl"); err == nil {
		found = true
		if err := a.evaluateAnswers(ctx, dir, &e); err != nil {
			return e, err
		}
	}
	if _, err := fs.Stat(dir, "threads.jsonl"); err == nil {
		found = true
		if err := a.evaluateSummaries(ctx, dir, &e); err != nil {
			return e, err
		}
	}
	if !found {
		return e, errors.New("the folder has neither kb.jsonl with queries.jsonl nor threads.jsonl")
	}
	e.Seconds = a.clock().Sub(begin).Seconds()
	return e, nil
}

// scores collects one value for each question.
type scores struct{ hit1, hit5, mrr, reply, yes, no []float64 }

func (a *Assistant) evaluateAnswers(ctx context.Context, dir fs.FS, e *Evaluation) error {
	id := tenant.NewID()
	var s scores
	err := tenant.In(ctx, a.pool, id, func(tx tenant.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO tenants (id, slug, name) VALUES ($1, $2, $2)`, id, "evaluation-"+id.String()); err != nil {
			return fmt.Errorf("make the scratch tenant: %w", err)
		}
		names, err := a.publishAll(ctx, tx, dir)
		if err != nil {
			return err
		}
		err = eachLine(dir, "queries.jsonl", func(q struct {
			Question, Answer string
			Relevant         []string
		}) error {
			hits, err := kb.Search(ctx, tx, q.Question, kb.SearchOptions{Limit: 10})
			if err != nil {
				return err
			}
			s.rank(hits, names, q.Relevant)
			if q.Answer != "" && len(q.Relevant) > 0 {
				v := view{hits: hits[:min(len(hits), 5)], public: []turn{{customer: true, text: q.Question}}}
				s.reply = append(s.reply, contentF1(a.reply(ctx, v).text, []string{q.Answer}))
			}
			e.N++
			return nil
		})
		if err != nil {
			return err
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		return err
	}
	e.HitAt1, e.HitAt5, e.MRRAt10 = e.mean("hit_at_1", s.hit1), e.mean("hit_at_5", s.hit5), e.mean("mrr_at_10", s.mrr)
	e.ReplyF1 = e.mean("reply_content_f1", s.reply)
	if len(s.yes) > 0 && len(s.no) > 0 {
		area := auroc(s.yes, s.no)
		e.AUROC = &area
	}
	return nil
}

func (a *Assistant) publishAll(ctx context.Context, tx tenant.Tx, dir fs.FS) (names map[kb.ID]string, err error) {
	names = make(map[kb.ID]string)
	lib := kb.New(a.clock)
	return names, eachLine(dir, "kb.jsonl", func(d struct{ ID, Title, Body string }) error {
		article, err := lib.Add(ctx, tx, kb.Document{Title: d.Title, Content: d.Body})
		if err != nil {
			return fmt.Errorf("article %q: %w", d.ID, err)
		}
		names[article.ID] = d.ID
		_, err = lib.Publish(ctx, tx, article.ID)
		return err
	})
}

// rank notes where the first relevant article stands.
func (s *scores) rank(hits []kb.Hit, names map[kb.ID]string, relevant []string) {
	confidence := 0.0
	if len(hits) > 0 {
		confidence = hits[0].Confidence
	}
	if len(relevant) == 0 {
		s.no = append(s.no, confidence)
		return
	}
	s.yes = append(s.yes, confidence)
	at := slices.IndexFunc(hits, func(h kb.Hit) bool { return slices.Contains(relevant, names[h.ArticleID]) })
	var hit1, hit5, mrr float64
	if at >= 0 {
		mrr = 1 / float64(at+1)
	}
	if at == 0 {
		hit1 = 1
	}
	if at >= 0 && at < 5 {
		hit5 = 1
	}
	s.hit1, s.hit5, s.mrr = append(s.hit1, hit1), append(s.hit5, hit5), append(s.mrr, mrr)
}

func (a *Assistant) evaluateSummaries(ctx context.Context, dir fs.FS, e *Evaluation) error {
	var values []float64
	err := eachLine(dir, "threads.jsonl", func(thread struct {
		Subject     string
		Turns       []struct{ Speaker, Text string }
		Abstractive []string
	}) error {
		v := view{}
		v.ticket.Title = thread.Subject
		for _, t := range thread.Turns {
			v.thread = append(v.thread, turn{name: t.Speaker, customer: t.Speaker == thread.Turns[0].Speaker, text: t.Text})
		}
		values = append(values, contentF1(a.summary(ctx, v).text, thread.Abstractive))
		e.N++
		return ctx.Err()
	})
	e.SummaryF1 = e.mean("summary_content_f1", values)
	return err
}

// mean returns the mean of values and notes its interval; nil of none.
func (e *Evaluation) mean(name string, values []float64) *float64 {
	if len(values) == 0 {
		return nil
	}
	m := mean(values)
	r := rand.New(rand.NewPCG(1, 2)) // the same data gives the same interval
	samples := make([]float64, 1000)
	for i := range samples {
		var sum float64
		for range values {
			sum += values[r.IntN(len(values))]
		}
		samples[i] = sum / float64(len(values))
	}
	slices.Sort(samples)
	e.Intervals[name] = [2]float64{samples[25], samples[974]}
	return &m
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// auroc is the area under the ROC curve: how often one of yes is above one of no.
func auroc(yes, no []float64) float64 {
	var won float64
	for _, y := range yes {
		for _, n := range no {
			switch {
			case y > n:
				won++
			case y == n:
				won += 0.5
			}
		}
	}
	return won / float64(len(yes)*len(no))
}

// eachLine reads a file of one JSON object a line.
func eachLine[T any](dir fs.FS, name string, fn func(T) error) error {
	f, err := dir.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return fmt.Errorf("%s, line %d: %w", name, n, err)
		}
		if err := fn(v); err != nil {
			return fmt.Errorf("%s, line %d: %w", name, n, err)
		}
	}
	return lines.Err()
}
