package tenant

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrUnknown means that there is no tenant of that name.
var ErrUnknown = errors.New("no such tenant")

// ErrExists means that a tenant's slug is taken.
var ErrExists = errors.New("there is a tenant of that name already")

var slugPattern = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

// A Tenant is one organisation on the installation.
type Tenant struct {
	ID        ID
	Slug      string // what commands and addresses call it
	Name      string
	Settings  Settings
	CreatedAt time.Time
}

// Add makes a tenant. The slug has 1 to 63 lower-case letters, digits and inner hyphens; ErrExists where it
// is taken.
func Add(ctx context.Context, pool *pgxpool.Pool, slug, name string) (Tenant, error) {
	if !slugPattern.MatchString(slug) {
		return Tenant{}, fmt.Errorf("tenant %q: 1 to 63 lower-case letters, digits and hyphens (not at the ends) are allowed", slug)
	}
	id := NewID()
	err := In(ctx, pool, id, func(tx Tx) error {
		var b pgx.Batch
		b.Queue(`INSERT INTO routing.tenants (slug, tenant) VALUES ($1, $2)`, slug, id)
		b.Queue(`INSERT INTO tenants (id, slug, name) VALUES ($1, $2, $3)`, id, slug, name)
		b.Queue(`SELECT routing.number_tickets()`)
		return tx.Send(ctx, &b)
	})
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.ConstraintName == "tenants_pkey" {
		return Tenant{}, fmt.Errorf("tenant %q: %w", slug, ErrExists)
	}
	if err != nil {
		return Tenant{}, fmt.Errorf("add tenant %q: %w", slug, err)
	}
	return BySlug(ctx, pool, slug)
}

// Resolve returns the id behind a slug, or ErrUnknown.
func Resolve(ctx context.Context, pool *pgxpool.Pool, slug string) (ID, error) {
	var id ID
	err := pool.QueryRow(ctx, `SELECT tenant FROM routing.tenants WHERE slug = $1`, slug).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return ID{}, fmt.Errorf("tenant %q: %w", slug, ErrUnknown)
	}
	if err != nil {
		return ID{}, fmt.Errorf("look up tenant %q: %w", slug, err)
	}
	return id, nil
}

// BySlug returns the tenant of that name, or ErrUnknown.
func BySlug(ctx context.Context, pool *pgxpool.Pool, slug string) (Tenant, error) {
	id, err := Resolve(ctx, pool, slug)
	if err != nil {
		return Tenant{}, err
	}
	return Get(ctx, pool, id, func(tx Tx) (Tenant, error) { return Current(ctx, tx) })
}

// Current returns the tenant whose transaction tx is.
func Current(ctx context.Context, tx Tx) (Tenant, error) {
	var t Tenant
	var settings []byte
	err := tx.QueryRow(ctx, `SELECT id, slug, name, settings, created_at FROM tenants WHERE id = $1`, tx.Tenant()).
		Scan(&t.ID, &t.Slug, &t.Name, &settings, &t.CreatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return Tenant{}, ErrUnknown
	}
	if err != nil {
		return Tenant{}, fmt.Errorf("read tenant: %w", err)
	}
	if t.Settings, err = ReadSettings(settings); err != nil {
		return Tenant{}, fmt.Errorf("tenant %s: %w", t.Slug, err)
	}
	return t, nil
}

// IDs returns the ids of all tenants, by slug.
func IDs(ctx context.Context, pool *pgxpool.Pool) ([]ID, error) {
	rows, _ := pool.Query(ctx, `SELECT tenant FROM routing.tenants ORDER BY slug`)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[ID])
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", err)
	}
	return ids, nil
}

// List returns all tenants, by slug.
func List(ctx context.Context, pool *pgxpool.Pool) ([]Tenant, error) {
	ids, err := IDs(ctx, pool)
	if err != nil {
		return nil, err
	}
	list := make([]Tenant, 0, len(ids))
	for _, id := range ids {
		t, err := Get(ctx, pool, id, func(tx Tx) (Tenant, error) { return Current(ctx, tx) })
		if errors.Is(err, ErrUnknown) {
			continue // erased since
		}
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}
