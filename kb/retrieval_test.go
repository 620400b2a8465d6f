package kb_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
)

// Macro means over the public question sets; what lexical search has to reach without vectors.
const (
	floorHit1 = 0.69
	floorHit5 = 0.89
	floorMRR  = 0.77
)

func TestSearchFindsTheAnswersOfPublicQuestionSets(t *testing.T) {
	root := os.Getenv("CUSTOMERDESK_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no data sets at %s (set CUSTOMERDESK_TESTDATA)", root)
	}
	db := pgtest.New(t)
	sets := []string{"wixqa", "techqa", "stackfaq"}
	var hit1, hit5, mrr float64
	for _, set := range sets {
		s := newShop(t, db, set)
		r := s.evaluate(filepath.Join(root, "retrieval", set))
		t.Logf("%-8s hit@1 %.3f hit@5 %.3f MRR@10 %.3f, answerable or not: AUROC %.3f", set, r.hit1, r.hit5, r.mrr, r.auroc)
		hit1, hit5, mrr = hit1+r.hit1/3, hit5+r.hit5/3, mrr+r.mrr/3
	}
	t.Logf("mean     hit@1 %.3f hit@5 %.3f MRR@10 %.3f", hit1, hit5, mrr)
	if hit1 < floorHit1 || hit5 < floorHit5 || mrr < floorMRR {
		t.Errorf("below the floors hit@1 %.2f, hit@5 %.2f, MRR@10 %.2f", floorHit1, floorHit5, floorMRR)
	}
}

type figures struct{ hit1, hit5, mrr, auroc float64 }

func (s shop) evaluate(dir string) figures {
	s.Helper()
	names := make(map[kb.ID]string)
	s.in(func(tx tenant.Tx) error {
		return eachLine(filepath.Join(dir, "kb.jsonl"), func(a struct{ ID, Title, Body string }) error {
			added, err := s.lib.Add(s.Context(), tx, kb.Document{Title: a.Title, Content: a.Body})
			if err == nil {
				_, err = s.lib.Publish(s.Context(), tx, added.ID)
			}
			names[added.ID] = a.ID
			return err
		})
	})
	var f figures
	var answerable, not []float64
	err := eachLine(filepath.Join(dir, "queries.jsonl"), func(q struct {
		Question string
		Relevant []string
	}) error {
		hits, err := tenant.Get(s.Context(), s.db.Service, s.id, func(tx tenant.Tx) ([]kb.Hit, error) {
			return kb.Search(s.Context(), tx, q.Question, kb.SearchOptions{Limit: 10})
		})
		if err != nil {
			return err
		}
		confidence := 0.0
		if len(hits) > 0 {
			confidence = hits[0].Confidence
		}
		if len(q.Relevant) == 0 {
			not = append(not, confidence)
			return nil
		}
		answerable = append(answerable, confidence)
		for i, h := range hits {
			if !slices.Contains(q.Relevant, names[h.ArticleID]) {
				continue
			}
			if i == 0 {
				f.hit1++
			}
			if i < 5 {
				f.hit5++
			}
			f.mrr += 1 / float64(i+1)
			break
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	n := float64(len(answerable))
	return figures{f.hit1 / n, f.hit5 / n, f.mrr / n, auroc(answerable, not)}
}

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

func eachLine[T any](name string, fn func(T) error) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return err
		}
		if err := fn(v); err != nil {
			return err
		}
	}
	return lines.Err()
}
