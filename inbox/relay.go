package inbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// maxRelayed is how much of a mail is read for its recipients, in bytes: more than a header may have.
const maxRelayed = 1 << 17

// reached are the address keys of those that a member's own mail went to, by its To and Cc.
func reached(ctx context.Context, tx tenant.Tx, comment tickets.CommentID) (map[string]bool, error) {
	var raw []byte
	err := tx.QueryRow(ctx, `SELECT coalesce(substring(i.raw FROM 1 FOR $3), '') FROM ticket_comments k
		JOIN inbound_messages i ON i.tenant_id = k.tenant_id AND i.id = k.inbound_id
		WHERE k.tenant_id = $1 AND k.id = $2`, tx.Tenant(), comment, maxRelayed).Scan(&raw)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("read the mail of comment %s: %w", comment, err)
	}
	h, _ := mail.SplitHeader(mail.Beginning(raw))
	keys := map[string]bool{}
	for _, name := range []string{"To", "Cc"} {
		for _, a := range mail.ParseAddresses(mail.Joined(h, name)) {
			keys[tenant.AddressKey(a.Email)] = true
		}
	}
	return keys, nil
}

// relay has a member's own mail sent on where the customer was not on it: to the requester, with those in copy
// who were not on it either. Where the requester was, the member chose whom to write to, and nobody else
// gets it. It returns nil where there is nothing to send, or no way to: the mail itself has left anyhow.
func (o *Outbox) relay(ctx context.Context, tx tenant.Tx, ticket tickets.ID, comment tickets.CommentID) (*jobs.Insert, error) {
	got, err := reached(ctx, tx, comment)
	if err != nil {
		return nil, err
	}
	out, err := o.gather(ctx, tx, ticket)
	if errors.Is(err, ErrNoSender) || errors.Is(err, ErrNoRecipient) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if got[tenant.AddressKey(addressesOf(out.to)[0].Email)] {
		return nil, nil
	}
	left := []string{}
	for i, a := range addressesOf(out.cc) {
		if !got[tenant.AddressKey(a.Email)] {
			left = append(left, out.cc[i])
		}
	}
	out.cc, out.window = left, 0 // what it says has left already
	return o.insert(ctx, tx, ticket, comment, out)
}
