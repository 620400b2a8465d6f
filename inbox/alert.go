package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// ErrNoAlert means that there is no such alert, or that it has come up anew since, under another id.
var ErrNoAlert = errors.New("no such alert")

// An AlertKind says what an alert is about.
type AlertKind string

// The kinds of alerts.
const (
	StormAlert AlertKind = "storm" // automatic mail that does not end
	QuotaAlert AlertKind = "quota" // files that take up what the tenant allows them
)

// alertQuiet is how long nothing happens before the same cause is a new alert, with a notice of its own.
const alertQuiet = 24 * time.Hour

// alertEvery is the least time between two drawings of a notice.
const alertEvery = time.Minute

// An Alert is what people are told in one notice, which follows what happens.
type Alert struct {
	ID       uuid.UUID
	Kind     AlertKind
	Email    string          // whose mail a storm is about; empty: a ticket's
	Ticket   *tickets.Number // where the mails of a storm go on, or the one it is about; nil where it is about an address alone
	Since    time.Time
	Last     time.Time
	Held     int   // automatic mails that were not sent
	Gathered int   // mails that opened no ticket of their own
	Used     int64 // bytes, of a quota
	Allowed  int64
}

// Alerted queues what tells people at a time of the alert with this id, in the transaction that it comes up in.
type Alerted func(ctx context.Context, tx tenant.Tx, id uuid.UUID, at time.Time) error

// A rise is what is added to an alert.
type rise struct {
	kind           AlertKind
	about          string
	email          string
	ticket         *tickets.ID
	held, gathered int
	used, allowed  int64
}

// raise adds to the alert of a cause, or makes one, and has people told: at once of a new one, of what follows when a
// minute is over.
func raise(ctx context.Context, tx tenant.Tx, tell Alerted, r rise, at time.Time) error {
	var id uuid.UUID
	var due time.Time
	var before *time.Time
	at = at.Truncate(time.Microsecond) // as Postgres keeps it
	err := tx.QueryRow(ctx, `SELECT told_at FROM mail_alerts WHERE tenant_id = $1 AND kind = $2 AND about = $3 FOR UPDATE`, tx.Tenant(), r.kind, r.about).Scan(&before)
	if ignoreNoRows(err) != nil {
		return fmt.Errorf("raise a %s alert: %w", r.kind, err)
	}
	err = tx.QueryRow(ctx, `
		INSERT INTO mail_alerts AS a (tenant_id, kind, about, id, email, ticket_id, since, last_at, held, gathered, used, allowed, told_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11, $7)
		ON CONFLICT (tenant_id, kind, about) DO UPDATE SET
			id = CASE WHEN a.last_at < $12 THEN excluded.id ELSE a.id END,
			since = CASE WHEN a.last_at < $12 THEN excluded.since ELSE a.since END,
			held = CASE WHEN a.last_at < $12 THEN 0 ELSE a.held END + excluded.held,
			gathered = CASE WHEN a.last_at < $12 THEN 0 ELSE a.gathered END + excluded.gathered,
			ticket_id = coalesce(excluded.ticket_id, CASE WHEN a.last_at < $12 THEN NULL ELSE a.ticket_id END),
			email = excluded.email, used = excluded.used, allowed = excluded.allowed, last_at = excluded.last_at,
			told_at = CASE WHEN a.last_at < $12 THEN excluded.told_at
				WHEN a.told_at > excluded.told_at + interval '5 seconds' THEN a.told_at -- it is still to come
				ELSE greatest(excluded.told_at, a.told_at + $13) END
		RETURNING a.id, a.told_at`,
		tx.Tenant(), r.kind, r.about, tenant.NewID(), r.email, r.ticket, at, r.held, r.gathered, r.used, r.allowed, at.Add(-alertQuiet), alertEvery).
		Scan(&id, &due)
	if err != nil {
		return fmt.Errorf("raise a %s alert: %w", r.kind, err)
	}
	if tell == nil || before != nil && before.Equal(due) {
		return nil
	}
	return tell(ctx, tx, id, due)
}

// AlertByID returns an alert as it stands, or ErrNoAlert.
func AlertByID(ctx context.Context, tx tenant.Tx, id uuid.UUID) (Alert, error) {
	rows, _ := tx.Query(ctx, `SELECT a.id, a.kind, a.email, t.number, a.since, a.last_at, a.held, a.gathered, a.used, a.allowed FROM mail_alerts a
		LEFT JOIN support_tickets t ON t.tenant_id = a.tenant_id AND t.id = a.ticket_id
		WHERE a.tenant_id = $1 AND a.id = $2`, tx.Tenant(), id) // CollectExactlyOneRow reports the error.
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Alert])
	if errors.Is(err, pgx.ErrNoRows) {
		return Alert{}, fmt.Errorf("alert %s: %w", id, ErrNoAlert)
	}
	if err != nil {
		return Alert{}, fmt.Errorf("alert %s: %w", id, err)
	}
	return a, nil
}
