package inbox

import (
	"context"
	"fmt"
	"time"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// LockMailboxCredentials makes the transaction the only one of all processes that works on the credentials of the
// mailbox this way, until it ends. What else is done with the mailbox does not wait.
func LockMailboxCredentials(ctx context.Context, tx tenant.Tx, id MailboxID) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('mailbox credentials ' || $1, 0))`, id.String()); err != nil {
		return fmt.Errorf("lock the credentials of mailbox %s: %w", id, err)
	}
	return nil
}

// MailboxAuthorised notes that somebody authorised the mailbox, and that what was wrong with it may be so no more.
func MailboxAuthorised(ctx context.Context, tx tenant.Tx, id MailboxID, at time.Time) error {
	return changeMailbox(ctx, tx, id, `UPDATE mailboxes SET authorised_at = $3 WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL`, at)
}
