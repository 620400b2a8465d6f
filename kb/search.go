package kb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// SearchOptions of Search.
type SearchOptions struct {
	Audience Audience // default: anyone
	Limit    int      // of hits; default 5
}

// A Hit is an article that may answer a question, by its best passage.
type Hit struct {
	ArticleID ID     `json:"article_id"`
	Title     string `json:"title"`
	Passage   string `json:"passage"` // whole sentences of Text that fit the question best
	// Score orders the hits of one search; it grows with the question's length and is not comparable between searches.
	Score float64 `json:"score"`
	// Confidence estimates how likely it is that this article answers the question, from 0 to 1.
	Confidence float64 `json:"confidence"`

	Slug     string `json:"slug"`
	Heading  string `json:"heading"`  // where in the article the passage stands, " › " between levels
	Language string `json:"language"` // of the article, BCP 47
	Text     string `json:"-"`        // what stands under the heading, plain; goes on into the next part where that is little
}

// maxQuestion is how much of a question is read, in bytes.
const maxQuestion = 1 << 16

// Search returns the published articles that fit a question best, best first; none when no word of the question is in
// any article that the audience may read.
func Search(ctx context.Context, tx tenant.Tx, question string, o SearchOptions) ([]Hit, error) {
	if o.Limit <= 0 {
		o.Limit = 5
	}
	c, err := readCollection(ctx, tx, o.Audience)
	if err != nil {
		return nil, err
	}
	q := newQuery(question[:min(len(question), maxQuestion)], c.languages)
	if len(q.terms) == 0 {
		return nil, nil
	}
	postings, err := readPostings(ctx, tx, q.terms, o.Audience)
	if err != nil {
		return nil, err
	}
	ranked := rank(q, c, postings)
	ranked = ranked[:min(o.Limit, len(ranked))]
	return readHits(ctx, tx, q, ranked)
}

// A collection is what is searched: how many articles, how long, in which languages.
type collection struct {
	languages []string
	articles  float64
	length    float64 // mean, of articles
	chunk     float64 // mean, of chunks
}

func readCollection(ctx context.Context, tx tenant.Tx, who Audience) (collection, error) {
	rows, _ := tx.Query(ctx, `
		SELECT language, count(*)::float8, sum(length)::float8, sum(chunks)::float8 FROM knowledge_base
		WHERE tenant_id = $1 AND state = 'published' AND visibility = ANY($2)
		GROUP BY language ORDER BY language`, tx.Tenant(), who.sees())
	var c collection
	var chunks float64
	var language string
	var articles, length, n float64
	if _, err := pgx.ForEachRow(rows, []any{&language, &articles, &length, &n}, func() error {
		c.languages = append(c.languages, language)
		c.articles += articles
		c.length += length
		chunks += n
		return nil
	}); err != nil {
		return collection{}, fmt.Errorf("read the size of the knowledge base: %w", err)
	}
	c.chunk = c.length / max(chunks, 1)
	c.length /= max(c.articles, 1)
	return c, nil
}

// A posting says that a term stands in a chunk of an article that the audience may read.
type posting struct {
	Term    string
	Article uuid.UUID
	Chunk   uuid.UUID
	Ordinal int
	Weight  float64
	Length  float64 // of the chunk
	Whole   float64 // length of the article
}

func readPostings(ctx context.Context, tx tenant.Tx, terms []string, who Audience) ([]posting, error) {
	rows, _ := tx.Query(ctx, `
		SELECT term, article_id, chunk_id, ordinal, weight::float8, chunk_length::float8, article_length::float8
		FROM article_postings WHERE tenant_id = $1 AND term = ANY($2) AND visibility = ANY($3)`,
		tx.Tenant(), terms, who.sees())
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[posting])
	if err != nil {
		return nil, fmt.Errorf("look up %d terms: %w", len(terms), err)
	}
	return list, nil
}

// littleText is the size in bytes below which a chunk alone seldom answers a question.
const littleText = 300

// readHits fetches the texts of ranked articles and picks the passage of each; where only the title fits,
// the article's first words are the passage.
func readHits(ctx context.Context, tx tenant.Tx, q query, ranked []candidate) ([]Hit, error) {
	ids := make([]uuid.UUID, len(ranked))
	for i, r := range ranked {
		ids[i] = r.chunk
	}
	rows, _ := tx.Query(ctx, `
		SELECT k.id, a.id, a.title, a.slug, a.language, coalesce(f.heading, k.heading), coalesce(f.text, k.text), coalesce(n.text, '')
		FROM article_chunks k JOIN knowledge_base a ON a.tenant_id = k.tenant_id AND a.id = k.article_id
		LEFT JOIN article_chunks f ON k.ordinal = 0 AND f.tenant_id = k.tenant_id AND f.article_id = k.article_id AND f.ordinal = 1
		LEFT JOIN article_chunks n ON n.tenant_id = k.tenant_id AND n.article_id = k.article_id AND n.ordinal = greatest(k.ordinal, 1) + 1
		WHERE k.tenant_id = $1 AND k.id = ANY($2)`, tx.Tenant(), ids)
	byChunk := make(map[uuid.UUID]Hit, len(ids))
	var chunk uuid.UUID
	var h Hit
	var next string
	if _, err := pgx.ForEachRow(rows, []any{&chunk, &h.ArticleID, &h.Title, &h.Slug, &h.Language, &h.Heading, &h.Text, &next}, func() error {
		if len(h.Text) < littleText && next != "" {
			h.Text += "\n\n" + next
		}
		byChunk[chunk] = h
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read passages: %w", err)
	}
	hits := make([]Hit, 0, len(ranked))
	for _, r := range ranked {
		h, ok := byChunk[r.chunk]
		if !ok {
			continue // unpublished since the postings were read
		}
		h.Score, h.Confidence = r.score, r.confidence
		h.Passage = q.passage(h.Text, h.Language, r.rarity)
		hits = append(hits, h)
	}
	return hits, nil
}
