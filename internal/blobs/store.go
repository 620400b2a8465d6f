package blobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// ErrMissing means that a tenant has no blob of a digest.
var ErrMissing = errors.New("no such file")

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

// Save keeps blobs of tx's tenant; those it has already stay as they are. A transaction calls it once, before it
// locks anything: the blobs are locked in the order of their digests, so that no two transactions wait for each
// other.
func Save(ctx context.Context, tx tenant.Tx, list []Blob) error {
	list = distinct(list)
	if len(list) == 0 {
		return nil
	}
	digests, sizes, data := make([][]byte, len(list)), make([]int64, len(list)), make([][]byte, len(list))
	for i, b := range list {
		digests[i], sizes[i], data[i] = b.Digest[:], int64(len(b.Bytes)), b.Bytes
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
func Read(ctx context.Context, tx tenant.Tx, d Digest) ([]byte, error) {
	var b []byte
	err := tx.QueryRow(ctx, `SELECT bytes FROM blobs WHERE tenant_id = $1 AND digest = $2`, tx.Tenant(), d[:]).Scan(&b)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("file %s: %w", d, ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("file %s: %w", d, err)
	}
	return b, nil
}
