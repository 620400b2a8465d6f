package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// A Cursor says up to where a folder was taken. Its zero value is a folder that was never looked into.
type Cursor struct {
	UIDValidity uint32
	LastUID     uint32
	// Backlog is the last UID that was there already at the first look.
	Backlog uint32
}

// LoadCursor returns the cursor of a folder.
func (in *Inbox) LoadCursor(ctx context.Context, r Route, folder string) (Cursor, error) {
	return tenant.Get(ctx, in.cfg.Pool, r.Tenant, func(tx tenant.Tx) (Cursor, error) {
		var validity, last, backlog int64
		err := tx.QueryRow(ctx, `SELECT uid_validity, last_uid, backlog FROM mailbox_cursors WHERE tenant_id = $1 AND mailbox_id = $2 AND folder = $3`,
			tx.Tenant(), r.Mailbox, folder).Scan(&validity, &last, &backlog)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return Cursor{}, fmt.Errorf("load cursor: %w", err)
		}
		return Cursor{UIDValidity: uint32(validity), LastUID: uint32(last), Backlog: uint32(backlog)}, nil
	})
}

// SaveCursor notes up to where a folder was taken. Of two processes at one mailbox the one that is behind
// does not move the cursor back.
func (in *Inbox) SaveCursor(ctx context.Context, r Route, folder string, c Cursor) error {
	return tenant.In(ctx, in.cfg.Pool, r.Tenant, func(tx tenant.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO mailbox_cursors AS c (tenant_id, mailbox_id, folder, uid_validity, last_uid, backlog, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, now())
			ON CONFLICT (tenant_id, mailbox_id, folder) DO UPDATE
			SET uid_validity = excluded.uid_validity, backlog = excluded.backlog, updated_at = excluded.updated_at,
			    last_uid = CASE WHEN c.uid_validity = excluded.uid_validity THEN greatest(c.last_uid, excluded.last_uid) ELSE excluded.last_uid END`,
			tx.Tenant(), r.Mailbox, folder, int64(c.UIDValidity), int64(c.LastUID), int64(c.Backlog))
		if err != nil {
			return fmt.Errorf("save cursor: %w", err)
		}
		return nil
	})
}

// An Outage is a time in which a mailbox cannot be used.
type Outage struct {
	Mailbox MailboxID
	Address string
	Since   time.Time
	Reason  string // one line for a person: what is wrong and what to do; empty when it is over
}

// Polled notes that a mailbox was looked into; an outage is over then, and the alarm tells so.
func (in *Inbox) Polled(ctx context.Context, r Route, at time.Time, folders []FolderState) error {
	return tenant.In(ctx, in.cfg.Pool, r.Tenant, func(tx tenant.Tx) error {
		o := Outage{Mailbox: r.Mailbox}
		var since *time.Time
		err := tx.QueryRow(ctx, `
			WITH old AS (SELECT failing_since FROM mailboxes WHERE tenant_id = $1 AND id = $2 FOR UPDATE)
			UPDATE mailboxes SET last_poll_at = $3, last_error = '', failing_since = NULL, folder_states = coalesce($4::jsonb, folder_states) WHERE tenant_id = $1 AND id = $2
			RETURNING address, (SELECT failing_since FROM old)`, tx.Tenant(), r.Mailbox, at, statesJSON(folders)).Scan(&o.Address, &since)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // removed meanwhile
		}
		if err != nil {
			return fmt.Errorf("note poll: %w", err)
		}
		if since == nil || in.cfg.Alarm == nil {
			return nil
		}
		o.Since = *since
		return in.cfg.Alarm(ctx, tx, o)
	})
}

// Failed notes why a mailbox cannot be used, and since when. The alarm is raised once for an outage,
// however often and by however many processes it is noticed.
func (in *Inbox) Failed(ctx context.Context, r Route, since time.Time, reason string, folders []FolderState) error {
	return tenant.In(ctx, in.cfg.Pool, r.Tenant, func(tx tenant.Tx) error {
		o := Outage{Mailbox: r.Mailbox, Reason: reason}
		var known *time.Time
		err := tx.QueryRow(ctx, `SELECT address, failing_since FROM mailboxes WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL FOR UPDATE`,
			tx.Tenant(), r.Mailbox).Scan(&o.Address, &known)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // removed meanwhile
		}
		if err != nil {
			return fmt.Errorf("note failure: %w", err)
		}
		o.Since = since
		if known != nil {
			o.Since = *known
		}
		if _, err := tx.Exec(ctx, `UPDATE mailboxes SET last_error = $3, failing_since = $4, folder_states = coalesce($5::jsonb, folder_states)
			WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), r.Mailbox, mail.Clean(reason), o.Since, statesJSON(folders)); err != nil {
			return fmt.Errorf("note failure: %w", err)
		}
		if known != nil || in.cfg.Alarm == nil {
			return nil
		}
		return in.cfg.Alarm(ctx, tx, o)
	})
}
