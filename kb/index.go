package kb

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/prose"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// titleWeight is how many occurrences in the text one in the title counts for.
const titleWeight = 3

// titleChunk is the ordinal of the chunk that stands for the title.
const titleChunk = 0

// indexed are the rows that make an article searchable.
type indexed struct {
	chunkIDs []uuid.UUID
	headings []string
	texts    []string
	lengths  []float32

	terms    []string // postings: term, chunk and weight
	chunkOf  []int32  // ordinal
	weights  []float32
	together float32 // sum of lengths
}

// analyse makes the rows of an article's search index: its title as chunk 0, then its text.
func analyse(a Article) indexed {
	var x indexed
	x.add("", "", prose.Terms(a.Title, a.Language), titleWeight)
	for _, c := range split(a.Content) {
		terms := prose.Terms(c.heading, a.Language)
		x.add(c.heading, c.text, append(terms, prose.Terms(c.text, a.Language)...), 1)
	}
	return x
}

func (x *indexed) add(heading, text string, terms []string, weight float32) {
	ordinal := int32(len(x.chunkIDs))
	x.chunkIDs = append(x.chunkIDs, tenant.NewID())
	x.headings = append(x.headings, heading)
	x.texts = append(x.texts, text)
	x.lengths = append(x.lengths, weight*float32(len(terms)))
	x.together += weight * float32(len(terms))
	count := make(map[string]float32, len(terms))
	for _, t := range terms {
		count[t] += weight
	}
	for t, w := range count {
		x.terms = append(x.terms, t)
		x.chunkOf = append(x.chunkOf, ordinal)
		x.weights = append(x.weights, w)
	}
}

// queueIndex replaces the chunks and postings of an article by those of its text.
func queueIndex(b *pgx.Batch, tx tenant.Tx, a Article) {
	x := analyse(a)
	queueUnindex(b, tx, a.ID)
	b.Queue(`INSERT INTO article_chunks (tenant_id, id, article_id, ordinal, heading, text, length)
		SELECT $1, c.id, $2, c.n - 1, c.heading, c.text, c.length
		FROM unnest($3::uuid[], $4::text[], $5::text[], $6::real[]) WITH ORDINALITY AS c (id, heading, text, length, n)`,
		tx.Tenant(), a.ID, x.chunkIDs, x.headings, x.texts, x.lengths)
	b.Queue(`INSERT INTO article_postings (tenant_id, term, chunk_id, article_id, ordinal, weight, chunk_length, article_length, visibility)
		SELECT $1, p.term, k.id, $2, k.ordinal, p.weight, k.length, $6, $7
		FROM unnest($3::text[], $4::int[], $5::real[]) AS p (term, ordinal, weight)
		JOIN article_chunks k ON k.tenant_id = $1 AND k.article_id = $2 AND k.ordinal = p.ordinal`,
		tx.Tenant(), a.ID, x.terms, x.chunkOf, x.weights, x.together, a.Visibility)
	b.Queue(`UPDATE knowledge_base SET chunks = $3, length = $4 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), a.ID, len(x.chunkIDs), x.together)
}

func queueUnindex(b *pgx.Batch, tx tenant.Tx, id ID) {
	b.Queue(`DELETE FROM article_chunks WHERE tenant_id = $1 AND article_id = $2`, tx.Tenant(), id)
	b.Queue(`UPDATE knowledge_base SET chunks = 0, length = 0 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), id)
}
