package kb

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"github.com/google/uuid"
)

// BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009). Articles
// are long and answer long questions, so occurrences saturate later than by the usual 1.2, in articles (k1) as
// in questions (k3).
const (
	k1 = 2.0
	b  = 0.75
	k3 = 8.0
)

// A candidate is an article with its score and its best chunk.
type candidate struct {
	article    uuid.UUID
	chunk      uuid.UUID
	score      float64
	features   features
	confidence float64
	rarity     []float64 // by word of the query
}

// evidence is what the postings say about one article.
type evidence struct {
	id          uuid.UUID
	length      float64
	titleLength float64   // 0 where no word of the title is in the query
	title       []float64 // weight by word of the query, in the title
	all         []float64 // in title and text
	chunks      map[uuid.UUID]*chunkEvidence
}

type chunkEvidence struct {
	id      uuid.UUID
	ordinal int
	length  float64
	weights []float64
}

// rank scores every article of the postings: BM25 of the whole article plus BM25 of its best chunk, the title
// counted with each chunk. Best first; equal scores by id, so that a search always gives one order.
func rank(q query, c collection, postings []posting) []candidate {
	articles := gather(q, postings)
	rarity := rarities(q, c, articles)
	list := make([]candidate, 0, len(articles))
	for _, e := range articles {
		best, chunk := e.bestChunk(q, c, rarity)
		score := bm25(q, e.all, rarity, e.length/c.length) + best
		list = append(list, candidate{article: e.id, chunk: chunk, rarity: rarity, score: score, features: e.features(rarity, score)})
	}
	slices.SortFunc(list, func(x, y candidate) int {
		return cmp.Or(cmp.Compare(y.score, x.score), bytes.Compare(x.article[:], y.article[:]))
	})
	for i := range list {
		list[i].confidence = list[i].features.confidence(list, i)
	}
	return list
}

func gather(q query, postings []posting) map[uuid.UUID]*evidence {
	articles := make(map[uuid.UUID]*evidence)
	for _, p := range postings {
		e := articles[p.Article]
		if e == nil {
			e = &evidence{
				id: p.Article, length: p.Whole, chunks: make(map[uuid.UUID]*chunkEvidence),
				title: make([]float64, len(q.counts)), all: make([]float64, len(q.counts)),
			}
			articles[p.Article] = e
		}
		w := q.wordOf[p.Term]
		e.all[w] += p.Weight
		if p.Ordinal == titleChunk {
			e.title[w] += p.Weight
			e.titleLength = p.Length
		}
		k := e.chunks[p.Chunk]
		if k == nil {
			k = &chunkEvidence{id: p.Chunk, ordinal: p.Ordinal, length: p.Length, weights: make([]float64, len(q.counts))}
			e.chunks[p.Chunk] = k
		}
		k.weights[w] += p.Weight
	}
	return articles
}

// rarities returns the inverse document frequency of each word of the query among the articles that the
// audience may read.
func rarities(q query, c collection, articles map[uuid.UUID]*evidence) []float64 {
	found := make([]float64, len(q.counts))
	for _, e := range articles {
		for w, tf := range e.all {
			if tf > 0 {
				found[w]++
			}
		}
	}
	for w, n := range found {
		found[w] = math.Log(1 + (c.articles-n+0.5)/(n+0.5))
	}
	return found
}

func bm25(q query, tf, rarity []float64, relativeLength float64) float64 {
	var s float64
	for w, f := range tf {
		if f == 0 {
			continue
		}
		asked := q.counts[w] * (k3 + 1) / (q.counts[w] + k3)
		s += asked * rarity[w] * f * (k1 + 1) / (f + k1*(1-b+b*relativeLength))
	}
	return s
}

// bestChunk returns the chunk that fits best and its score; the title's only where no word is in the text.
func (e *evidence) bestChunk(q query, c collection, rarity []float64) (float64, uuid.UUID) {
	var best float64
	var found *chunkEvidence
	both := make([]float64, len(e.title))
	for _, k := range e.chunks {
		if k.ordinal == titleChunk && len(e.chunks) > 1 {
			continue
		}
		copy(both, k.weights)
		if k.ordinal != titleChunk {
			for w, f := range e.title {
				both[w] += f
			}
		}
		s := bm25(q, both, rarity, k.length/c.chunk)
		if found == nil || s > best || s == best && k.ordinal < found.ordinal {
			best, found = s, k
		}
	}
	return best, found.id
}
