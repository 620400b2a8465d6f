package inbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// MaxRelease is how large a mail may be that is taken from its mailbox when it is released, in bytes, where nobody
// says otherwise. One is read at a time, and takes several times its size in memory.
const MaxRelease = 64_000_000

var (
	// ErrGone means that a mail is not in its mailbox any more.
	ErrGone = errors.New("the mail is not in its mailbox any more")
	// ErrTooLargeToTake means that a mail is larger than was asked to be taken.
	ErrTooLargeToTake = errors.New("the mail is too large to be taken")
)

// A Place is where a mail lies in its mailbox (RFC 9051 section 2.3.1.1).
type Place struct {
	Folder      string
	UIDValidity uint32
	UID         uint32
}

// A Fetcher gets a mail from its mailbox, of at most most bytes. ErrGone and ErrTooLargeToTake say what is the matter
// with the mail, other errors what is with the mailbox.
type Fetcher interface {
	Fetch(ctx context.Context, r Route, at Place, most int64) ([]byte, error)
}

// refetch gets the body of a mail that was not taken when it came.
func (in *Inbox) refetch(ctx context.Context, r Raw, most int64) ([]byte, error) {
	if in.cfg.Fetcher == nil {
		return nil, ErrNoRaw
	}
	body, err := in.cfg.Fetcher.Fetch(ctx, Route{r.Tenant, r.Mailbox}, Place{r.Folder, r.UIDValidity, r.UID}, most)
	switch {
	case errors.Is(err, ErrTooLargeToTake):
		return nil, &HeldError{fmt.Errorf("%w; `customerdesk message release --max-size SIZE ID` takes it all the same where there is memory for some ten times that, or read and answer it in the folder %s of the mailbox",
			err, r.Folder)}
	case errors.Is(err, ErrGone):
		return nil, &HeldError{fmt.Errorf("%w: somebody has moved or deleted it (folder %s, UID %d); `customerdesk message drop ID` takes it off the list", err, r.Folder, r.UID)}
	case err != nil:
		return nil, &HeldError{fmt.Errorf("the mail is still in its mailbox (folder %s, UID %d) and cannot be fetched: %w", r.Folder, r.UID, err)}
	}
	return body, nil
}

// ReleaseUpTo is Release of a mail that may have to be fetched first, with another limit than MaxRelease.
func (in *Inbox) ReleaseUpTo(ctx context.Context, owner tenant.ID, id uuid.UUID, by tickets.Actor, most int64) error {
	return in.admit(ctx, owner, id, by, most, Quarantined)
}

// keepFetched writes the bytes of a letter that were fetched after its row was made.
func (l letter) keepFetched(ctx context.Context, tx tenant.Tx) error {
	var b pgx.Batch
	b.Queue(`UPDATE inbound_messages SET raw = $3, size = $4 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), l.id, l.kept.rest, int64(len(l.raw.Body)))
	queueCuts(&b, tx, l)
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("keep the mail that was fetched: %w", err)
	}
	return nil
}
