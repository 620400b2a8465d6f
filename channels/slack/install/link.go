package install

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// Why a link does nothing.
var (
	errForged  = errors.New("the link was not made here")
	errExpired = errors.New("the link has expired")
	errUsed    = errors.New("the link was used already")
)

// keepLinks is how long links are remembered after their end.
const keepLinks = 30 * 24 * time.Hour

// A link is what the state of an installation names.
type link struct {
	tenant tenant.ID
	id     uuid.UUID
}

const purpose = "slack install"

// maxState is the longest state that is read, in bytes; ours are shorter.
const maxState = 200

// seal writes and signs the state.
func (l link) seal(box *secret.Box) string {
	mac := box.Sign(purpose, l.tenant[:], l.id[:])
	return base64.RawURLEncoding.EncodeToString(append(append(l.tenant[:], l.id[:]...), mac[:]...))
}

// open reads what seal wrote; errForged where it did not.
func open(box *secret.Box, state string) (link, error) {
	if len(state) > maxState {
		return link{}, errForged
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(state)
	if err != nil || len(b) < 32 {
		return link{}, errForged
	}
	var l link
	copy(l.tenant[:], b)
	copy(l.id[:], b[16:])
	mac := box.Sign(purpose, l.tenant[:], l.id[:])
	if !hmac.Equal(mac[:], b[32:]) {
		return link{}, errForged
	}
	return l, nil
}

// newLink makes a link of the transaction's tenant that works until a time. It forgets old ones.
func newLink(ctx context.Context, tx tenant.Tx, now, until time.Time) (link, error) {
	l := link{tx.Tenant(), tenant.NewID()}
	var b pgx.Batch
	b.Queue(`DELETE FROM slack_installs WHERE tenant_id = $1 AND expires_at < $2`, tx.Tenant(), now.Add(-keepLinks))
	b.Queue(`INSERT INTO slack_installs (tenant_id, id, created_at, expires_at) VALUES ($1, $2, $3, $4)`, tx.Tenant(), l.id, now, until)
	if err := tx.Send(ctx, &b); err != nil {
		return link{}, fmt.Errorf("write a link for installing: %w", err)
	}
	return l, nil
}

// check tells whether a link still works: nil, errExpired or errUsed.
func (l link) check(ctx context.Context, tx tenant.Tx, now time.Time) error {
	var expires time.Time
	var used *time.Time
	err := tx.QueryRow(ctx, `SELECT expires_at, used_at FROM slack_installs WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), l.id).Scan(&expires, &used)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return errExpired
	case err != nil:
		return fmt.Errorf("look up a link for installing: %w", err)
	case used != nil:
		return errUsed
	case now.After(expires):
		return errExpired
	}
	return nil
}

// use takes the link for its one use; of several at once one gets it.
func (l link) use(ctx context.Context, tx tenant.Tx, now time.Time) error {
	if err := l.check(ctx, tx, now); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE slack_installs SET used_at = $3 WHERE tenant_id = $1 AND id = $2 AND used_at IS NULL`, tx.Tenant(), l.id, now)
	if err != nil {
		return fmt.Errorf("use a link for installing: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errUsed
	}
	return nil
}

// giveBack undoes use, where nothing came of it.
func (l link) giveBack(ctx context.Context, tx tenant.Tx) error {
	if _, err := tx.Exec(ctx, `UPDATE slack_installs SET used_at = NULL WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), l.id); err != nil {
		return fmt.Errorf("give back a link for installing: %w", err)
	}
	return nil
}
