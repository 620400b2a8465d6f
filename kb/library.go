package kb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// A Library makes changes to articles. It holds no state and is safe for concurrent use.
type Library struct {
	clock func() time.Time
}

// New makes a library that takes the time from clock.
func New(clock func() time.Time) *Library { return &Library{clock: clock} }

// Add stores a new article as a draft. The error wraps ErrInvalid, or ErrSlugTaken where the document names a
// slug that is in use; a slug made of the title gets a number instead.
func (l *Library) Add(ctx context.Context, tx tenant.Tx, d Document) (Article, error) {
	if err := d.complete(); err != nil {
		return Article{}, err
	}
	slug, err := freeSlug(ctx, tx, d)
	if err != nil {
		return Article{}, err
	}
	now := l.clock()
	a := Article{ID: ID{tenant.NewID()}, Slug: slug, State: Draft, Version: 1, CreatedAt: now, UpdatedAt: now}
	a.take(d)
	var b pgx.Batch
	b.Queue(`INSERT INTO knowledge_base (tenant_id, id, slug, title, content, category, tags, language, visibility, state, version, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)`,
		tx.Tenant(), a.ID, a.Slug, a.Title, a.Content, a.Category, a.Tags, a.Language, a.Visibility, a.State, a.Version, now)
	queueVersion(&b, tx, a, d.Author)
	if err := tx.Send(ctx, &b); err != nil {
		return Article{}, fmt.Errorf("add article %q: %w", a.Title, err)
	}
	return a, nil
}

// Edit gives an article new text and fields as a new version; a published article stays published, and is found
// by its new text from the commit on. An empty slug keeps the old one.
func (l *Library) Edit(ctx context.Context, tx tenant.Tx, id ID, d Document) (Article, error) {
	if err := d.complete(); err != nil {
		return Article{}, err
	}
	a, err := lock(ctx, tx, id)
	if err != nil {
		return Article{}, err
	}
	if d.Slug != "" && d.Slug != a.Slug {
		if a.Slug, err = freeSlug(ctx, tx, d); err != nil {
			return Article{}, err
		}
	}
	a.take(d)
	a.Version++
	a.UpdatedAt = l.clock()
	var b pgx.Batch
	b.Queue(`UPDATE knowledge_base SET slug = $3, title = $4, content = $5, category = $6, tags = $7, language = $8, visibility = $9, version = $10, updated_at = $11
		WHERE tenant_id = $1 AND id = $2`,
		tx.Tenant(), a.ID, a.Slug, a.Title, a.Content, a.Category, a.Tags, a.Language, a.Visibility, a.Version, a.UpdatedAt)
	queueVersion(&b, tx, a, d.Author)
	if a.State == Published {
		queueIndex(&b, tx, a)
	}
	if err := tx.Send(ctx, &b); err != nil {
		return Article{}, fmt.Errorf("edit article %q: %w", a.Title, err)
	}
	return a, nil
}

// Publish makes an article findable. Publishing a published one builds its search index anew.
func (l *Library) Publish(ctx context.Context, tx tenant.Tx, id ID) (Article, error) {
	a, err := lock(ctx, tx, id)
	if err != nil {
		return Article{}, err
	}
	now := l.clock()
	if a.State != Published {
		a.State, a.UpdatedAt = Published, now
	}
	if a.PublishedAt == nil {
		a.PublishedAt = &now
	}
	var b pgx.Batch
	queueState(&b, tx, a)
	queueIndex(&b, tx, a)
	if err := tx.Send(ctx, &b); err != nil {
		return Article{}, fmt.Errorf("publish article %q: %w", a.Title, err)
	}
	return a, nil
}

// Archive takes an article out of search and help; its text and versions stay.
func (l *Library) Archive(ctx context.Context, tx tenant.Tx, id ID) (Article, error) {
	a, err := lock(ctx, tx, id)
	if err != nil {
		return Article{}, err
	}
	if a.State != Archived {
		a.State, a.UpdatedAt = Archived, l.clock()
	}
	var b pgx.Batch
	queueState(&b, tx, a)
	queueUnindex(&b, tx, a.ID)
	if err := tx.Send(ctx, &b); err != nil {
		return Article{}, fmt.Errorf("archive article %q: %w", a.Title, err)
	}
	return a, nil
}

// take copies what an author decides.
func (a *Article) take(d Document) {
	a.Title, a.Content, a.Category, a.Tags, a.Language, a.Visibility = d.Title, d.Content, d.Category, d.Tags, d.Language, d.Visibility
}

func queueState(b *pgx.Batch, tx tenant.Tx, a Article) {
	b.Queue(`UPDATE knowledge_base SET state = $3, updated_at = $4, published_at = $5 WHERE tenant_id = $1 AND id = $2`,
		tx.Tenant(), a.ID, a.State, a.UpdatedAt, a.PublishedAt)
}

func queueVersion(b *pgx.Batch, tx tenant.Tx, a Article, author string) {
	b.Queue(`INSERT INTO article_versions (tenant_id, article_id, version, title, content, author, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.Tenant(), a.ID, a.Version, a.Title, a.Content, author, a.UpdatedAt)
}

// freeSlug returns the slug a document asks for, or one made of its title. Two transactions that want the same
// slug wait for each other.
func freeSlug(ctx context.Context, tx tenant.Tx, d Document) (string, error) {
	want := d.Slug
	if want == "" {
		want = slugOf(d.Title)
	}
	if err := tenant.Lock(ctx, tx, "article slug", want); err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		slug := want
		if n > 1 {
			slug = fmt.Sprintf("%s-%d", want, n)
		}
		var taken bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM knowledge_base WHERE tenant_id = $1 AND slug = $2)`, tx.Tenant(), slug).Scan(&taken); err != nil {
			return "", fmt.Errorf("look up slug %q: %w", slug, err)
		}
		if !taken {
			return slug, nil
		}
		if d.Slug != "" {
			return "", fmt.Errorf("%w: %q; choose another, or edit that article", ErrSlugTaken, slug)
		}
	}
}

const selectArticle = `
SELECT id, slug, title, content, category, tags, language, visibility, state, version, created_at, updated_at, published_at
FROM knowledge_base `

// lock reads an article that is about to change.
func lock(ctx context.Context, tx tenant.Tx, id ID) (Article, error) {
	return one(ctx, tx, `WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, id)
}

// Get returns the article with this id, or ErrNotFound.
func Get(ctx context.Context, tx tenant.Tx, id ID) (Article, error) {
	return one(ctx, tx, `WHERE tenant_id = $1 AND id = $2`, id)
}

// Find returns the article that ref names by its id or its slug, or ErrNotFound.
func Find(ctx context.Context, tx tenant.Tx, ref string) (Article, error) {
	if id, err := uuid.Parse(ref); err == nil {
		return Get(ctx, tx, ID{id})
	}
	return one(ctx, tx, `WHERE tenant_id = $1 AND slug = $2`, ref)
}

func one(ctx context.Context, tx tenant.Tx, where string, arg any) (Article, error) {
	rows, _ := tx.Query(ctx, selectArticle+where, tx.Tenant(), arg) // CollectExactlyOneRow reports the error.
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Article])
	if errors.Is(err, pgx.ErrNoRows) {
		return Article{}, fmt.Errorf("article %v: %w", arg, ErrNotFound)
	}
	if err != nil {
		return Article{}, fmt.Errorf("article %v: %w", arg, err)
	}
	return a, nil
}

// A Filter chooses articles. The zero value chooses all.
type Filter struct {
	State    State
	Category string
}

// List returns articles without their content, by category and title.
func List(ctx context.Context, tx tenant.Tx, f Filter) ([]Article, error) {
	rows, _ := tx.Query(ctx, `
		SELECT id, slug, title, '' AS content, category, tags, language, visibility, state, version, created_at, updated_at, published_at
		FROM knowledge_base WHERE tenant_id = $1 AND ($2 = '' OR state = $2) AND ($3 = '' OR category = $3)
		ORDER BY category, lower(title), id`, tx.Tenant(), string(f.State), f.Category)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Article])
	if err != nil {
		return nil, fmt.Errorf("list articles: %w", err)
	}
	return list, nil
}
