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

// ErrDropped means that a person decided that a message is to become nothing.
var ErrDropped = errors.New("the message was dropped")

// Reprocess reads a message anew, with what this version knows of mail. Of one that is stored, the comment gets
// the sender, text and attachments that are read now, and the ticket that it opened its subject; nobody is told,
// and nothing is sent. One that was ignored, or is in quarantine, becomes what it would be if it came now. A
// *HeldError says why it cannot be read or stored; ErrDropped, ErrNoRaw and ErrNoMessage are as they say.
func (in *Inbox) Reprocess(ctx context.Context, owner tenant.ID, id uuid.UUID, by tickets.Actor) error {
	var state State
	var row keptRow
	r := Raw{Tenant: owner}
	err := tenant.In(ctx, in.cfg.Pool, owner, func(tx tenant.Tx) error {
		err := tx.QueryRow(ctx, `SELECT i.state, i.mailbox_id, i.received_at, `+keptColumns+` FROM inbound_messages i`+joinKept+`
			WHERE i.tenant_id = $1 AND i.id = $2`, tx.Tenant(), id).Scan(append([]any{&state, &r.Mailbox.UUID, &r.ReceivedAt}, row.into()...)...)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNoMessage
		}
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("message %s: %w", id, err)
	case row.raw == nil:
		return fmt.Errorf("message %s: %w", id, ErrNoRaw)
	case state == Dropped:
		return fmt.Errorf("message %s: %w", id, ErrDropped)
	case state != Stored:
		return in.admit(ctx, owner, id, by, MaxRelease)
	}
	stored := row.kept()
	if r.Body, err = in.whole(ctx, owner, stored); err != nil {
		return fmt.Errorf("message %s: %w", id, err)
	}
	arrived, err := in.arrivals(ctx, []Raw{r})
	if err != nil {
		return err
	}
	m, err := in.parse(ctx, r.Body)
	if err == nil {
		m, stored = in.judge(ctx, arrived[0].sender, m), stored.named(takeApart(r.Body, m.Leaves))
		err = tenant.In(ctx, in.cfg.Pool, owner, func(tx tenant.Tx) error {
			if m, err = in.cameBack(ctx, tx, m); err != nil {
				return err
			}
			return correct(ctx, tx, id, m, stored)
		})
	}
	if err != nil && poisonous(err) {
		return &HeldError{err}
	}
	return err
}

// correct writes what a stored message says by now. A verdict on the sender that cannot be come to any more stays as
// it was: keys are gone after a while.
func correct(ctx context.Context, tx tenant.Tx, id uuid.UUID, m Message, stored kept) error {
	var subject, fromName, fromEmail, reason string
	var auth tickets.Verdict
	var comment *tickets.CommentID
	err := tx.QueryRow(ctx, `SELECT subject, from_name, from_email, auth, auth_reason, comment_id FROM inbound_messages
		WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, tx.Tenant(), id).Scan(&subject, &fromName, &fromEmail, &auth, &reason, &comment)
	if err != nil {
		return fmt.Errorf("message %s: %w", id, err)
	}
	f := found{own: map[string]bool{}}
	rows, _ := tx.Query(ctx, `SELECT address_key FROM mailboxes WHERE tenant_id = $1 AND removed_at IS NULL AND address_key = ANY($2)`,
		tx.Tenant(), m.keys()) // ForEachRow reports the error.
	var key string
	if _, err := pgx.ForEachRow(rows, []any{&key}, func() error { f.own[key] = true; return nil }); err != nil {
		return fmt.Errorf("look for own addresses: %w", err)
	}
	m = onBehalf(m, f)
	if m.Auth == tickets.AuthUnknown && m.From.Email == fromEmail {
		m.Auth, m.AuthReason = auth, reason
	}
	if _, err := tx.Exec(ctx, `UPDATE inbound_messages SET class = $3, digest = $4, message_id = $5, subject = $6, from_email = $7, from_name = $8,
			auth = $9, auth_reason = $10
		WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), id, m.Class, m.Digest[:], m.MessageID, m.Subject, m.From.Email, m.From.Name,
		m.Auth, m.AuthReason); err != nil {
		return fmt.Errorf("message %s: %w", id, err)
	}
	if comment == nil {
		return nil
	}
	who, err := tickets.EnsureEmployee(ctx, tx, m.From.Name, address(m.From))
	if err != nil {
		return err
	}
	if who.Person.Name == fromName {
		if err := tenant.Rename(ctx, tx, who.Person.ID, m.From.Name); err != nil {
			return err
		}
	}
	n := letter{m: m, id: id, comment: *comment, kept: stored}.newComment(tickets.Actor{})
	if n.Text, err = withoutOrder(ctx, tx, *comment, n.Text); err != nil {
		return err
	}
	c := tickets.Correction{
		Comment: *comment, Author: who, Text: n.Text, HTML: n.HTML, Auth: m.Auth, InReplyTo: n.InReplyTo, Digest: n.Digest, Inbound: id, Attached: n.Attached,
		OldTitle: title(subject), Title: title(m.Subject),
	}
	c.Subject, _ = subjectKey(m.Subject)
	return tickets.Correct(ctx, tx, c)
}
