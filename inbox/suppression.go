package inbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// suppressFor is how long no automatic mail goes to an address that bounced hard, or whose owner called
// our mail spam. Mail that claims to come from it ends nothing: robots write from addresses that take no mail, and each receipt for one would come back.
// Only where the bounce proves nothing a person's mail does; see relieve.
const suppressFor = 60 * 24 * time.Hour

// unsubscribedFor is how long none goes to whoever asked for none: until they are forgotten.
const unsubscribedFor = 10 * 365 * 24 * time.Hour

// A Suppression says that no automatic mail goes to an address for now. What a member writes is sent all
// the same.
type Suppression struct {
	Email  string
	Reason machine.Reason
	Status string // RFC 3463
	Said   string // by the mail server; may be empty
	Since  time.Time
	Until  time.Time
}

// bounced says when mail to the address came back, and why, or when its owner complained.
func (s Suppression) bounced() string {
	switch s.Reason {
	case machine.Unsubscribed:
		return s.Email + " asked for no automatic mail on " + s.Since.UTC().Format("2 January 2006")
	case machine.Complaint:
		return s.Email + " complained of our mail on " + s.Since.UTC().Format("2 January 2006")
	}
	return s.Email + " bounced on " + s.Since.UTC().Format("2 January 2006") + ": " + s.Reason.Words()
}

// Suppressed says whether no automatic mail may go to an address at a time. Addresses are compared by
// tenant.AddressKey.
func Suppressed(ctx context.Context, tx tenant.Tx, email string, at time.Time) (s Suppression, suppressed bool, err error) {
	rows, _ := tx.Query(ctx, `SELECT email, reason, status, said, since, until FROM mail_suppressions
		WHERE tenant_id = $1 AND email_key = $2 AND until > $3`, tx.Tenant(), tenant.AddressKey(email), at) // CollectExactlyOneRow reports the error.
	s, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Suppression])
	if errors.Is(err, pgx.ErrNoRows) {
		return Suppression{}, false, nil
	}
	if err != nil {
		return Suppression{}, false, fmt.Errorf("look up suppression: %w", err)
	}
	return s, true, nil
}

// failure reads a refusal as a bounce of the same words would be.
func (r Refusal) failure() machine.Failure {
	return machine.ReadReply(r.Recipient, r.Reply, r.Permanent)
}

// suppress keeps automatic mail from an address that a mail server says is no good, or whose owner wants none.
// One that holds longer stays. Guessed is what nothing proves; see relieve.
func suppress(ctx context.Context, tx tenant.Tx, email string, f machine.Failure, guessed bool, at time.Time) error {
	length := suppressFor
	if f.Reason == machine.Unsubscribed {
		length = unsubscribedFor
	}
	_, err := tx.Exec(ctx, `INSERT INTO mail_suppressions (tenant_id, email_key, email, reason, status, said, since, until, guessed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (tenant_id, email_key) DO UPDATE SET email = excluded.email, reason = excluded.reason, status = excluded.status,
			said = excluded.said, since = excluded.since, until = excluded.until,
			guessed = excluded.guessed AND (mail_suppressions.guessed OR mail_suppressions.until <= excluded.since) WHERE mail_suppressions.until <= excluded.until`,
		tx.Tenant(), tenant.AddressKey(email), email, f.Reason, f.Status, f.Text, at, at.Add(length), guessed)
	if err != nil {
		return fmt.Errorf("suppress mail to an address: %w", err)
	}
	return nil
}

// relieve ends a suppression that nothing proves, where its owner has written: the sender is verified, or the mail
// names a ticket by a signature that went to them. Whoever makes up a bounce has neither.
func relieve(b *pgx.Batch, tx tenant.Tx, m Message, n naming) {
	signed := m.Auth != tickets.AuthFail && len(n.tokens)+len(n.signed) > 0
	if m.Class == machine.Person && !m.robot && (signed || m.Auth == tickets.AuthPass) {
		b.Queue(`DELETE FROM mail_suppressions WHERE tenant_id = $1 AND email_key = $2 AND guessed`, tx.Tenant(), senderKey(m))
	}
}
