package inbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/blobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// saveFiles keeps the files of letters that are about to be stored.
func (in *Inbox) saveFiles(ctx context.Context, tx tenant.Tx, letters []letter) error {
	return in.cfg.Blobs.Save(ctx, tx, files(letters))
}

func files(letters []letter) (list []blobs.Blob) {
	for _, l := range letters {
		if l.by != nil && !l.fetched {
			continue // they are kept already
		}
		for _, c := range l.kept.cuts {
			list = append(list, blobs.Blob{Digest: c.digest, Bytes: c.data})
		}
	}
	return list
}

// queueCuts notes where files were taken out of a letter, unless its row is another one's.
func queueCuts(b *pgx.Batch, tx tenant.Tx, l letter) {
	if len(l.kept.cuts) == 0 {
		return
	}
	var r keptRow
	for _, c := range l.kept.cuts {
		encoding := "none"
		if c.base64 {
			encoding = "base64"
		}
		r.positions, r.digests = append(r.positions, int64(c.at)), append(r.digests, c.digest[:])
		r.encodings, r.lines, r.crlf = append(r.encodings, encoding), append(r.lines, int32(c.line)), append(r.crlf, c.crlf)
	}
	b.Queue(`INSERT INTO message_blobs (tenant_id, inbound_id, position, digest, encoding, line, crlf)
		SELECT $1, $2, * FROM unnest($3::bigint[], $4::bytea[], $5::text[], $6::integer[], $7::boolean[])
		WHERE EXISTS (SELECT FROM inbound_messages WHERE tenant_id = $1 AND id = $2)`,
		tx.Tenant(), l.id, r.positions, r.digests, r.encodings, r.lines, r.crlf)
}

// A keptRow is how a mail is stored, as keptColumns of inbound_messages i with joinKept have it.
type keptRow struct {
	raw       []byte
	positions []int64
	digests   [][]byte
	encodings []string
	lines     []int32
	crlf      []bool
	bytes     [][]byte
}

const keptColumns = `i.raw, x.positions, x.digests, x.encodings, x.lines, x.crlf, x.bytes`

const joinKept = `
LEFT JOIN LATERAL (
	SELECT array_agg(o.position) AS positions, array_agg(o.digest) AS digests, array_agg(o.encoding) AS encodings, array_agg(o.line) AS lines,
	       array_agg(o.crlf) AS crlf, array_agg(o.bytes) AS bytes
	FROM (SELECT m.position, m.digest, m.encoding, m.line, m.crlf, f.bytes FROM message_blobs m
		JOIN blobs f ON f.tenant_id = m.tenant_id AND f.digest = m.digest
		WHERE m.tenant_id = i.tenant_id AND m.inbound_id = i.id ORDER BY m.position) o) x ON true `

// into is where to scan the columns to.
func (r *keptRow) into() []any {
	return []any{&r.raw, &r.positions, &r.digests, &r.encodings, &r.lines, &r.crlf, &r.bytes}
}

func (r keptRow) kept() kept {
	k := kept{rest: r.raw, cuts: make([]cut, len(r.positions))}
	for i := range k.cuts {
		k.cuts[i] = cut{
			at: int(r.positions[i]), base64: r.encodings[i] == "base64", line: int(r.lines[i]), crlf: r.crlf[i],
			digest: blobs.Digest(r.digests[i]), data: r.bytes[i],
		}
	}
	return k
}

// whole returns a stored mail as it was fetched; nil where it was not taken.
func (in *Inbox) whole(ctx context.Context, owner tenant.ID, k kept) ([]byte, error) {
	return k.fetched(ctx, owner, in.cfg.Blobs)
}

// fetched puts a mail together with its files, of which an outside store may have some.
func (k kept) fetched(ctx context.Context, owner tenant.ID, store *blobs.Store) ([]byte, error) {
	for i, c := range k.cuts {
		if c.data != nil {
			continue
		}
		data, err := store.Fetch(ctx, owner, c.digest)
		if err != nil {
			return nil, err
		}
		k.cuts[i].data = data
	}
	raw, err := k.whole()
	if err != nil {
		return nil, fmt.Errorf("put the mail together: %w", err)
	}
	return raw, nil
}

// A FileRef names an attachment of a mail.
type FileRef struct {
	Inbound uuid.UUID // the mail
	Part    string    // as Attachment.Part has it
	Digest  []byte    // of the blob that has its bytes; nil: the mail has them
	Virus   string    // what the scanner found in it
}

// File returns the bytes of an attachment, or ErrNoMessage, or ErrInfected.
func (in *Inbox) File(ctx context.Context, tx tenant.Tx, f FileRef) ([]byte, error) {
	return readFile(ctx, tx, in.cfg.Blobs, f)
}

func readFile(ctx context.Context, tx tenant.Tx, store *blobs.Store, f FileRef) ([]byte, error) {
	if f.Virus != "" {
		return nil, fmt.Errorf("%w: %s", ErrInfected, f.Virus)
	}
	if len(f.Digest) == len(blobs.Digest{}) {
		return store.Read(ctx, tx, blobs.Digest(f.Digest))
	}
	var r keptRow
	err := tx.QueryRow(ctx, `SELECT `+keptColumns+` FROM inbound_messages i`+joinKept+`WHERE i.tenant_id = $1 AND i.id = $2`, tx.Tenant(), f.Inbound).Scan(r.into()...)
	if errors.Is(err, pgx.ErrNoRows) {
		err = ErrNoMessage
	}
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", f.Inbound, err)
	}
	raw, err := r.kept().fetched(ctx, tx.Tenant(), store)
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", f.Inbound, err)
	}
	b, ok := mail.Extract(raw, f.Part)
	if !ok {
		return nil, fmt.Errorf("message %s: part %s: %w", f.Inbound, f.Part, blobs.ErrMissing)
	}
	return b, nil
}
