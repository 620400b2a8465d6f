package dkim

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

var (
	// ErrNoKey means that the tenant has no such key.
	ErrNoKey = errors.New("there is no such key")
	// ErrKeyExists means that the tenant has a key for this domain and selector already.
	ErrKeyExists = errors.New("there is a key for this domain and selector already")
	// ErrNotPublished means that the key's record is not in DNS as it should be.
	ErrNotPublished = errors.New("the key's record is not in DNS")
)

// keyColumn binds an encrypted key to where it is kept.
const keyColumn = "dkim_keys.private_key"

// A Key is one that mail is signed with; the private part stays in the database.
type Key struct {
	Domain    string    `json:"domain"`   // in its ASCII form
	Selector  string    `json:"selector"` // names the key among those of the domain
	Record    string    `json:"record"`   // the TXT record that belongs at Name
	CreatedAt time.Time `json:"created_at"`
	// PublishedAt is when the record was first seen in DNS; nil: not yet, and the key signs nothing.
	PublishedAt *time.Time `json:"published_at"`
}

// Name is where in DNS the key's record belongs.
func (k Key) Name() string { return k.Selector + "._domainkey." + k.Domain }

// Algorithm is what the key signs with (RFC 6376 section 3.6.1: RSA where the record does not say).
func (k Key) Algorithm() Algorithm {
	if kind, ok := tag(k.Record, "k"); ok && kind == string(Ed25519) {
		return Ed25519
	}
	return RSA
}

// A NewKey is what Add needs.
type NewKey struct {
	Domain, Selector string
	Private          crypto.Signer // *rsa.PrivateKey or ed25519.PrivateKey
}

// Add keeps a key. It signs nothing until Check has seen its record. ErrKeyExists where there is one for the domain and
// selector.
func Add(ctx context.Context, tx tenant.Tx, box *secret.Box, n NewKey, at time.Time) (Key, error) {
	k := Key{CreatedAt: at}
	var err error
	if k.Domain, err = domainName(n.Domain); err != nil {
		return Key{}, err
	}
	if k.Selector, err = selectorName(n.Selector); err != nil {
		return Key{}, err
	}
	if k.Record, err = recordOf(n.Private); err != nil {
		return Key{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(n.Private)
	if err != nil {
		return Key{}, fmt.Errorf("write the key: %w", err)
	}
	sealed, err := box.Seal(tx.Tenant().String(), keyColumn, der)
	if err != nil {
		return Key{}, fmt.Errorf("encrypt the key: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO dkim_keys (tenant_id, domain, selector, private_key, record, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		tx.Tenant(), k.Domain, k.Selector, sealed, k.Record, k.CreatedAt)
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.ConstraintName == "dkim_keys_pkey" {
		return Key{}, fmt.Errorf("key %s: %w", k.Name(), ErrKeyExists)
	}
	if err != nil {
		return Key{}, fmt.Errorf("keep key %s: %w", k.Name(), err)
	}
	return k, nil
}

const selectKey = `SELECT domain, selector, record, created_at, published_at FROM dkim_keys WHERE tenant_id = $1 `

// List returns the tenant's keys by domain, the newest of each first.
func List(ctx context.Context, tx tenant.Tx) ([]Key, error) {
	rows, _ := tx.Query(ctx, selectKey+`ORDER BY domain, created_at DESC, selector`, tx.Tenant()) // CollectRows reports the error.
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Key])
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return list, nil
}

// Of returns a domain's keys, the newest first; ErrNoKey where there is none.
func Of(ctx context.Context, tx tenant.Tx, domain string) ([]Key, error) {
	name, err := domainName(domain)
	if err != nil {
		return nil, err
	}
	rows, _ := tx.Query(ctx, selectKey+`AND domain = $2 ORDER BY created_at DESC, selector`, tx.Tenant(), name)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Key])
	if err == nil && len(list) == 0 {
		err = ErrNoKey
	}
	if err != nil {
		return nil, fmt.Errorf("keys of %s: %w", name, err)
	}
	return list, nil
}

// Remove forgets a key; within a minute nothing is signed with it. ErrNoKey where there is none.
func Remove(ctx context.Context, tx tenant.Tx, k Key) error {
	ct, err := tx.Exec(ctx, `DELETE FROM dkim_keys WHERE tenant_id = $1 AND domain = $2 AND selector = $3`, tx.Tenant(), k.Domain, k.Selector)
	if err == nil && ct.RowsAffected() == 0 {
		err = ErrNoKey
	}
	if err != nil {
		return fmt.Errorf("remove key %s: %w", k.Name(), err)
	}
	return nil
}

// Published notes that a key's record was seen, so that the key signs from now on.
func Published(ctx context.Context, tx tenant.Tx, k Key, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE dkim_keys SET published_at = coalesce(published_at, $4) WHERE tenant_id = $1 AND domain = $2 AND selector = $3`,
		tx.Tenant(), k.Domain, k.Selector, at)
	if err != nil {
		return fmt.Errorf("note that key %s is published: %w", k.Name(), err)
	}
	return nil
}

// Check looks whether the key's record stands in DNS. The error wraps ErrNotPublished where it does not, or says why DNS
// could not be asked.
func Check(ctx context.Context, r Resolver, k Key) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	records, err := r.LookupTXT(ctx, k.Name())
	var missing *net.DNSError
	if errors.As(err, &missing) && missing.IsNotFound || err == nil && len(records) == 0 {
		return fmt.Errorf("%w: there is no TXT record at %s", ErrNotPublished, k.Name())
	}
	if err != nil {
		return fmt.Errorf("ask DNS for %s: %w", k.Name(), err)
	}
	want, _ := tag(k.Record, "p")
	var problem string
	for _, record := range records {
		version, stated := tag(record, "v")
		if stated && version != "DKIM1" {
			continue // another record of that name
		}
		switch got, found := tag(record, "p"); {
		case got == want:
			return nil
		case found && got == "":
			problem = "the record there revokes the key (its p= is empty)"
		case strings.HasPrefix(want, got) && found:
			problem = fmt.Sprintf("the record there was cut after %d of the %d characters of its p=", len(got), len(want))
		case found:
			problem = "the record there has another key"
		}
	}
	if problem == "" {
		problem = "the records there are none of DKIM"
	}
	return fmt.Errorf("%w at %s: %s", ErrNotPublished, k.Name(), problem)
}
