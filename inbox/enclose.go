package inbox

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"path"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/blobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// maxFiles is how many files may go along with an answer.
const maxFiles = 50

// A File goes along with an answer.
type File struct {
	Name        string
	ContentType string // empty: told by name and bytes
	Bytes       []byte

	contentID string // of a picture that the HTML shows
	quotedID  string // which that has in the mail that is quoted; may be empty
}

// Enclosed are files that are kept and ready to go along with an answer. The zero value is none.
type Enclosed struct {
	bytes []blobs.Blob
	list  []tickets.Attachment
}

// Enclose keeps files for an answer of a tenant, before the transaction that makes the comment they go along with: Save
// is next. ErrTooLarge where no mail could carry them.
func (o *Outbox) Enclose(ctx context.Context, owner tenant.ID, files []File) (Enclosed, error) {
	var e Enclosed
	if len(files) > maxFiles {
		return e, fmt.Errorf("%w: it has %d files, and %d is the most", ErrTooLarge, len(files), maxFiles)
	}
	size := 0
	for i, f := range files {
		name := mail.SanitiseName(f.Name)
		if name == "" {
			name = fmt.Sprintf("file-%d", i+1)
		}
		kind := fileType(name, f)
		digest := blobs.Of(f.Bytes)
		e.bytes = append(e.bytes, blobs.Blob{Digest: digest, Bytes: f.Bytes})
		e.list = append(e.list, tickets.Attachment{
			ID: tenant.NewID(), Name: name, ContentType: kind, Size: int64(len(f.Bytes)), Digest: digest[:], Danger: mail.DangerOf(name, kind, f.Bytes[:min(len(f.Bytes), 64)]),
		})
		size += mailedSize(int64(len(f.Bytes)))
	}
	if err := o.carries(size); err != nil {
		return Enclosed{}, err
	}
	if err := o.cfg.Blobs.Put(ctx, o.cfg.Pool, owner, e.bytes); err != nil {
		return Enclosed{}, fmt.Errorf("keep the files of an answer: %w", err)
	}
	return e, nil
}

// Save notes enclosed files and returns them for the comment that they go along with. A transaction calls it once,
// before it locks anything.
func (o *Outbox) Save(ctx context.Context, tx tenant.Tx, e Enclosed) ([]tickets.Attachment, error) {
	return e.list, o.cfg.Blobs.Save(ctx, tx, e.bytes)
}

// fileType is the media type that a file is declared as. Those that mail programs would open as mail are not: MIME
// forbids to encode them (RFC 2046 section 5.2.1).
func fileType(name string, f File) string {
	kind := f.ContentType
	if kind == "" {
		kind = mime.TypeByExtension(strings.ToLower(path.Ext(name)))
	}
	if kind == "" {
		kind = http.DetectContentType(f.Bytes)
	}
	kind, _, err := mime.ParseMediaType(kind)
	if err != nil || strings.HasPrefix(kind, "message/") || strings.HasPrefix(kind, "multipart/") {
		return "application/octet-stream"
	}
	return kind
}

// mailedSize is how many bytes a file has in a mail.
func mailedSize(size int64) int { return int(size*4/3*(base64Line+2)/base64Line) + 512 }

// carries is ErrTooLarge for a mail of more bytes than servers take.
func (o *Outbox) carries(size int) error {
	if size > o.cfg.MaxSize {
		return fmt.Errorf("%w: it would have %.1f MB, and %.1f MB is the most", ErrTooLarge, float64(size)/1e6, float64(o.cfg.MaxSize)/1e6)
	}
	return nil
}

// files reads what goes along with an answer. That a file is gone is permanent.
func (o *Outbox) files(ctx context.Context, owner tenant.ID, comment tickets.CommentID) (list []File, err error) {
	err = tenant.In(ctx, o.cfg.Pool, owner, func(tx tenant.Tx) error {
		rows, _ := tx.Query(ctx, `SELECT name, content_type, digest FROM attachments
			WHERE tenant_id = $1 AND comment_id = $2 AND inbound_id IS NULL ORDER BY id`, tx.Tenant(), comment)
		var name, kind string
		var digest []byte
		var digests []blobs.Digest
		if _, err := pgx.ForEachRow(rows, []any{&name, &kind, &digest}, func() error {
			list, digests = append(list, File{Name: name, ContentType: kind}), append(digests, blobs.Digest(digest))
			return nil
		}); err != nil {
			return err
		}
		for i, d := range digests {
			if list[i].Bytes, err = o.cfg.Blobs.Read(ctx, tx, d); err != nil {
				return fmt.Errorf("%s: %w", list[i].Name, err)
			}
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("read the files of an answer: %w", err)
	}
	if errors.Is(err, blobs.ErrMissing) {
		err = permanent{err}
	}
	return list, err
}

// base64Line is the length of a line of base64 (RFC 2045 section 6.8).
const base64Line = 76

// enclose puts files behind a composed mail, as multipart/mixed (RFC 2046 section 5.1.3) or multipart/related (RFC 2387):
// the fields that describe its body go with that.
func enclose(mail []byte, how, boundary string, files []File) ([]byte, error) {
	head, body, _ := bytes.Cut(mail, []byte("\r\n\r\n"))
	var out bytes.Buffer
	inner := textproto.MIMEHeader{}
	for field := range strings.SplitSeq(unfoldedFields(string(head)), "\x00") {
		name, value, _ := strings.Cut(field, ":")
		if strings.HasPrefix(strings.ToLower(name), "content-") {
			inner.Set(name, strings.TrimLeft(value, " "))
			continue
		}
		out.WriteString(field + "\r\n")
	}
	w := multipart.NewWriter(&out)
	if err := w.SetBoundary(boundary); err != nil {
		return nil, fmt.Errorf("enclose files: %w", err)
	}
	if how == "related" {
		how = `related; type="multipart/alternative"`
	}
	out.WriteString("Content-Type: multipart/" + how + ";\r\n boundary=" + boundary + "\r\n\r\n")
	part, err := w.CreatePart(inner)
	if err != nil {
		return nil, fmt.Errorf("enclose files: %w", err)
	}
	_, _ = part.Write(body) // into memory
	for _, f := range files {
		part, err := w.CreatePart(fileHeader(f))
		if err != nil {
			return nil, fmt.Errorf("enclose %s: %w", f.Name, err)
		}
		text := base64.StdEncoding.EncodeToString(f.Bytes)
		for len(text) > 0 {
			n := min(base64Line, len(text))
			_, _ = part.Write([]byte(text[:n] + "\r\n"))
			text = text[n:]
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("enclose files: %w", err)
	}
	return out.Bytes(), nil
}

// unfoldedFields sets NUL, which no header holds, between the fields of one; continued lines stay with theirs.
func unfoldedFields(head string) string {
	r := strings.NewReplacer("\r\n ", "\r\n ", "\r\n\t", "\r\n\t", "\r\n", "\x00")
	return r.Replace(head)
}

// fileHeader names a file twice: as RFC 2231 has it, and as older mail programs read it.
func fileHeader(f File) textproto.MIMEHeader {
	name := mime.BEncoding.Encode("utf-8", f.Name)
	name = strings.ReplaceAll(strings.ReplaceAll(name, `\`, `\\`), `"`, `\"`)
	disposition := "attachment"
	h := textproto.MIMEHeader{"Content-Type": {f.ContentType + `; name="` + name + `"`}, "Content-Transfer-Encoding": {"base64"}}
	if f.contentID != "" {
		disposition = "inline"
		h.Set("Content-Id", "<"+f.contentID+">")
	}
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	return h
}
