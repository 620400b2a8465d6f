package blobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"gocloud.dev/blob"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// ErrMissing means that a tenant has no blob of a digest.
var ErrMissing = errors.New("no such file")

// ErrElsewhere means that a blob lies in a place outside the database that is not set.
var ErrElsewhere = errors.New("it lies outside the database: set CUSTOMERDESK_BLOB_URL as it was when it was stored")

// A Digest names a blob: the SHA-256 of its bytes.
type Digest [sha256.Size]byte

// Of returns the digest of a blob.
func Of(b []byte) Digest { return sha256.Sum256(b) }

// String returns the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// A Blob is a file with its digest.
type Blob struct {
	Digest Digest
	Bytes  []byte
}

// A Store keeps blobs: what there is in Postgres, their bytes there too, or in a place outside. Nil is a Store that
// keeps all in Postgres. It is safe for concurrent use.
type Store struct {
	place *url.URL // nil: Postgres

	mu     sync.Mutex
	bucket *blob.Bucket // nil: not opened yet
}

// New returns the store at a place that CheckURL allows; empty is Postgres. It does not look whether the place is there.
func New(place string) (*Store, error) {
	if place == "" {
		return nil, nil
	}
	u, err := parse(place)
	if err != nil {
		return nil, err
	}
	return &Store{place: u}, nil
}

// Put keeps the bytes of blobs of a tenant where they are kept outside the database, and are not there yet. It comes
// before the transaction that saves them: bytes that nobody refers to do no harm.
func (s *Store) Put(ctx context.Context, db tenant.Beginner, owner tenant.ID, list []Blob) error {
	list = distinct(list)
	if s == nil || len(list) == 0 {
		return nil
	}
	known, err := tenant.Get(ctx, db, owner, func(tx tenant.Tx) ([][]byte, error) {
		digests := make([][]byte, len(list))
		for i, b := range list {
			digests[i] = b.Digest[:]
		}
		rows, _ := tx.Query(ctx, `SELECT digest FROM blobs WHERE tenant_id = $1 AND digest = ANY($2)`, tx.Tenant(), digests) // CollectRows reports the error.
		return pgx.CollectRows(rows, pgx.RowTo[[]byte])
	})
	if err != nil {
		return fmt.Errorf("look for files: %w", err)
	}
	there := make(map[Digest]bool, len(known))
	for _, d := range known {
		there[Digest(d)] = true
	}
	for _, b := range list {
		if there[b.Digest] {
			continue
		}
		if err := s.write(ctx, key(owner, b.Digest), b.Bytes); err != nil {
			return err
		}
	}
	return nil
}

// Save notes blobs of tx's tenant, with their bytes where those are kept in the database; those that are there already
// stay as they are. A transaction calls it once, before it locks anything: the blobs are locked in the order of
// their digests, so that no two transactions wait for each other.
func (s *Store) Save(ctx context.Context, tx tenant.Tx, list []Blob) error {
	list = distinct(list)
	if len(list) == 0 {
		return nil
	}
	digests, sizes, data := make([][]byte, len(list)), make([]int64, len(list)), make([][]byte, len(list))
	for i, b := range list {
		digests[i], sizes[i] = b.Digest[:], int64(len(b.Bytes))
		if s == nil {
			data[i] = b.Bytes
		}
	}
	_, err := tx.Exec(ctx, `INSERT INTO blobs (tenant_id, digest, size, bytes)
		SELECT $1, * FROM unnest($2::bytea[], $3::bigint[], $4::bytea[]) ON CONFLICT DO NOTHING`, tx.Tenant(), digests, sizes, data)
	if err != nil {
		return fmt.Errorf("save %d files: %w", len(list), err)
	}
	return nil
}

// distinct returns a copy of list in the order of digests, each once.
func distinct(list []Blob) []Blob {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Blob) int { return bytes.Compare(a.Digest[:], b.Digest[:]) })
	return slices.CompactFunc(list, func(a, b Blob) bool { return a.Digest == b.Digest })
}

// Read returns the bytes of a blob of tx's tenant, or ErrMissing.
func (s *Store) Read(ctx context.Context, tx tenant.Tx, d Digest) ([]byte, error) {
	var b []byte
	err := tx.QueryRow(ctx, `SELECT bytes FROM blobs WHERE tenant_id = $1 AND digest = $2`, tx.Tenant(), d[:]).Scan(&b)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("file %s: %w", d, ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("file %s: %w", d, err)
	}
	if b != nil {
		return b, nil
	}
	return s.Fetch(ctx, tx.Tenant(), d)
}

// Used returns how many bytes the blobs of tx's tenant take up, each counted once.
func Used(ctx context.Context, tx tenant.Tx) (int64, error) {
	var n int64
	if err := tx.QueryRow(ctx, `SELECT coalesce(sum(size), 0)::bigint FROM blobs WHERE tenant_id = $1`, tx.Tenant()).Scan(&n); err != nil {
		return 0, fmt.Errorf("add up the files: %w", err)
	}
	return n, nil
}

// Fetch returns the bytes of a blob whose row has none: they are kept outside the database. ErrElsewhere where this
// store has no such place.
func (s *Store) Fetch(ctx context.Context, owner tenant.ID, d Digest) ([]byte, error) {
	if s == nil {
		return nil, fmt.Errorf("file %s: %w", d, ErrElsewhere)
	}
	b, err := s.read(ctx, key(owner, d))
	if err != nil {
		return nil, err
	}
	if Of(b) != d {
		return nil, fmt.Errorf("%s: file %s has other bytes than were stored", s, d)
	}
	return b, nil
}

func key(owner tenant.ID, d Digest) string { return owner.String() + "/" + d.String() }
