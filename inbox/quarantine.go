package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// gatherFor is how long a notice about quarantined mail gathers what follows in the same mailbox.
const gatherFor = time.Minute

// A Quarantine is what people have to be told: the notice with this id says something new at At.
type Quarantine struct {
	Notice uuid.UUID
	At     time.Time
}

// A HeldError says why a mail cannot be released from quarantine still, in words for a person.
type HeldError struct{ Err error }

func (e *HeldError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *HeldError) Unwrap() error { return e.Err }

// quarantine stores a message with the reason why it is no comment, and has people told. Nothing stands in
// its way that lies in the message: where even its subject cannot be stored, the raw bytes can.
func (in *Inbox) quarantine(ctx context.Context, l letter, reason error) error {
	in.cfg.Logger.WarnContext(ctx, "message quarantined", "tenant", l.raw.Tenant, "mailbox", l.raw.Mailbox, "uid", l.raw.UID, "message", l.id, "error", reason)
	l.raw.ReceivedAt, l.kept = in.received(l), kept{}
	err := in.hold(ctx, l, reason)
	if err != nil && poisonous(err) {
		l.m = Message{}
		err = in.hold(ctx, l, errUnreadable)
	}
	if err != nil {
		return fmt.Errorf("quarantine message: %w", err)
	}
	return nil
}

func (in *Inbox) hold(ctx context.Context, l letter, reason error) error {
	if l.m.Class == "" {
		l.m.Class = machine.Person
	}
	return tenant.In(ctx, in.cfg.Pool, l.raw.Tenant, func(tx tenant.Tx) error {
		var b pgx.Batch
		var taken bool
		queueInbound(&b, tx, l, l.m.Class, Quarantined, nil, mail.Clean(reason.Error()), &taken)
		if err := tx.Send(ctx, &b); err != nil || taken {
			return err
		}
		return in.notice(ctx, tx, l)
	})
}

// notice puts a message that was just quarantined on its mailbox's notice: the latest one if that is young,
// else a new one. A burst of such mail is then one notice a minute, which counts.
func (in *Inbox) notice(ctx context.Context, tx tenant.Tx, l letter) error {
	now := in.cfg.Clock()
	q := Quarantine{}
	err := tx.QueryRow(ctx, `
		UPDATE mailboxes SET notice_id = CASE WHEN notice_at > $4 THEN notice_id ELSE $3 END, notice_at = CASE WHEN notice_at > $4 THEN notice_at ELSE $5 END
		WHERE tenant_id = $1 AND id = $2 RETURNING notice_id, notice_at`,
		tx.Tenant(), l.raw.Mailbox, l.id, now.Add(-gatherFor), now).Scan(&q.Notice, &q.At)
	if err != nil {
		return fmt.Errorf("gather quarantined mail: %w", err)
	}
	if q.Notice != l.id {
		q.At = q.At.Add(gatherFor)
	}
	if _, err := tx.Exec(ctx, `UPDATE inbound_messages SET notice_id = $3 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), l.id, q.Notice); err != nil {
		return fmt.Errorf("gather quarantined mail: %w", err)
	}
	return in.tell(ctx, tx, q)
}

func (in *Inbox) tell(ctx context.Context, tx tenant.Tx, q Quarantine) error {
	if in.cfg.Quarantined == nil {
		return nil
	}
	return in.cfg.Quarantined(ctx, tx, q)
}

// Drop takes a message out of quarantine without making it a comment. It stays in the list.
func (in *Inbox) Drop(ctx context.Context, tx tenant.Tx, id uuid.UUID, by tickets.Actor) error {
	if err := lockHeld(ctx, tx, id, Quarantined); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE inbound_messages SET state = 'dropped' WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), id); err != nil {
		return fmt.Errorf("drop message %s: %w", id, err)
	}
	return in.decided(ctx, tx, id, by)
}

// Release stores a message that is in quarantine as though it came now; one that was not taken is fetched from its
// mailbox, up to MaxRelease. A *HeldError says why it cannot be stored still; it then stays in quarantine.
func (in *Inbox) Release(ctx context.Context, owner tenant.ID, id uuid.UUID, by tickets.Actor) error {
	return in.admit(ctx, owner, id, by, MaxRelease, Quarantined)
}

// admit stores a message that is no comment yet as though it came now, where it is in one of the states; none
// means any.
func (in *Inbox) admit(ctx context.Context, owner tenant.ID, id uuid.UUID, by tickets.Actor, most int64, from ...State) error {
	var row keptRow
	l := letter{id: id, comment: tickets.CommentID{UUID: tenant.NewID()}, by: &by}
	err := tenant.In(ctx, in.cfg.Pool, owner, func(tx tenant.Tx) (err error) {
		l.raw, row, err = held(ctx, tx, id, from...)
		return err
	})
	if err != nil {
		return err
	}
	stored := row.kept()
	if l.fetched = row.raw == nil; l.fetched {
		select { // several such mails at once might not fit into memory
		case in.large <- struct{}{}:
			defer func() { <-in.large }()
		case <-ctx.Done():
			return ctx.Err()
		}
		l.raw.Body, err = in.refetch(ctx, l.raw, most)
	} else {
		l.raw.Body, err = in.whole(ctx, owner, stored)
	}
	if err != nil {
		return fmt.Errorf("message %s: %w", id, err)
	}
	arrived, err := in.arrivals(ctx, []Raw{l.raw})
	if err != nil {
		return err
	}
	m, err := in.parse(ctx, l.raw.Body)
	if err == nil {
		if l.fetched {
			in.scan(ctx, l.raw.Body, &m)
		}
		l.m, l.kept = in.judge(ctx, arrived[0].sender, m), takeApart(l.raw.Body, m.Leaves)
		if !l.fetched {
			l.kept = stored.named(l.kept)
		}
		if err = in.cfg.Blobs.Put(ctx, in.cfg.Pool, owner, files([]letter{l})); err == nil {
			err = in.patiently(ctx, l)
		}
	}
	switch {
	case err == nil || !poisonous(err):
		return err
	case !errors.Is(err, errUnreadable):
		err = unstorable(err)
	}
	return &HeldError{err}
}

// unstorable says of a mail that was read why it is no comment.
func unstorable(err error) error { return fmt.Errorf("the mail cannot be stored: %w", err) }

// held returns a message that is no comment yet, without its body, and how that is stored, where it was taken.
func held(ctx context.Context, tx tenant.Tx, id uuid.UUID, from ...State) (Raw, keptRow, error) {
	var validity, uid int64
	var row keptRow
	r := Raw{Tenant: tx.Tenant()}
	if err := lockHeld(ctx, tx, id, from...); err != nil {
		return Raw{}, row, err
	}
	err := tx.QueryRow(ctx, `SELECT i.mailbox_id, i.folder, i.uid_validity, i.uid, i.received_at, i.size, `+keptColumns+` FROM inbound_messages i`+joinKept+`
		WHERE i.tenant_id = $1 AND i.id = $2`, tx.Tenant(), id).
		Scan(append([]any{&r.Mailbox.UUID, &r.Folder, &validity, &uid, &r.ReceivedAt, &r.Size}, row.into()...)...)
	if err != nil {
		return Raw{}, row, fmt.Errorf("message %s: %w", id, err)
	}
	r.UIDValidity, r.UID = uint32(validity), uint32(uid)
	return r, row, nil
}

// lockHeld makes sure that a message is in one of the states, or where none is named that it may become a comment
// still, and that nobody else decides about it meanwhile.
func lockHeld(ctx context.Context, tx tenant.Tx, id uuid.UUID, from ...State) error {
	if len(from) == 0 {
		from = []State{Quarantined, Ignored}
	}
	var state State
	err := tx.QueryRow(ctx, `SELECT state FROM inbound_messages WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, tx.Tenant(), id).Scan(&state)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("message %s: %w", id, ErrNoMessage)
	case err != nil:
		return fmt.Errorf("message %s: %w", id, err)
	case !slices.Contains(from, state):
		return fmt.Errorf("message %s: %w", id, ErrNotQuarantined)
	}
	return nil
}

// decided notes who took a message out of quarantine, and has its notice say so.
func (in *Inbox) decided(ctx context.Context, tx tenant.Tx, id uuid.UUID, by tickets.Actor) error {
	q := Quarantine{At: in.cfg.Clock()}
	var user *tenant.UserID
	if by.User != (tenant.UserID{}) {
		user = &by.User
	}
	var notice *uuid.UUID
	err := tx.QueryRow(ctx, `UPDATE inbound_messages SET decided_at = $3, decided_by = $4 WHERE tenant_id = $1 AND id = $2 RETURNING notice_id`,
		tx.Tenant(), id, q.At, user).Scan(&notice)
	if err != nil {
		return fmt.Errorf("note the decision about message %s: %w", id, err)
	}
	if notice == nil {
		return nil // quarantined before there were notices
	}
	q.Notice = *notice
	return in.tell(ctx, tx, q)
}

// A Notice is what people are told of mail that went into quarantine at about the same time.
type Notice struct {
	Mailbox string // its address
	Mail    []Held // the first ones, oldest first
	Total   int    // of all
	Waiting int    // of those that nobody has decided about
}

// Held is a mail that is, or was, in quarantine.
type Held struct {
	ID         uuid.UUID
	FromName   string
	FromEmail  string
	Subject    string
	ReceivedAt time.Time
	Size       int64 // in bytes
	Folder     string
	Whole      bool   // it was taken; otherwise it lies in Folder still, and is fetched when it is released
	Reason     string // why it is in quarantine, or was
	State      State
	Ticket     *tickets.Number // that it became part of
	DecidedAt  *time.Time
	DecidedBy  string // name of a member; empty: an operator on the command line
}

// Notice returns the notice with this id with at most most mails in full. It has none where there is no such
// notice.
func (in *Inbox) Notice(ctx context.Context, tx tenant.Tx, id uuid.UUID, most int) (Notice, error) {
	var n Notice
	err := tx.QueryRow(ctx, `SELECT coalesce(max(b.address), ''), count(*), count(*) FILTER (WHERE i.state = 'quarantined') FROM inbound_messages i
		JOIN mailboxes b ON b.tenant_id = i.tenant_id AND b.id = i.mailbox_id WHERE i.tenant_id = $1 AND i.notice_id = $2`,
		tx.Tenant(), id).Scan(&n.Mailbox, &n.Total, &n.Waiting)
	if err != nil {
		return Notice{}, fmt.Errorf("notice of quarantined mail: %w", err)
	}
	rows, _ := tx.Query(ctx, `
		SELECT i.id, i.from_name, i.from_email, i.subject, i.received_at, i.size, i.folder, i.raw IS NOT NULL, i.error, i.state, t.number, i.decided_at,
		       coalesce(nullif(u.name, ''), u.email, '')
		FROM inbound_messages i
		LEFT JOIN ticket_comments k ON k.tenant_id = i.tenant_id AND k.id = i.comment_id
		LEFT JOIN support_tickets t ON t.tenant_id = k.tenant_id AND t.id = k.ticket_id
		LEFT JOIN users.tenant_users u ON u.tenant_id = i.tenant_id AND u.user_id = i.decided_by
		WHERE i.tenant_id = $1 AND i.notice_id = $2 ORDER BY i.id LIMIT $3`, tx.Tenant(), id, most) // CollectRows reports the error.
	if n.Mail, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Held]); err != nil {
		return Notice{}, fmt.Errorf("notice of quarantined mail: %w", err)
	}
	return n, nil
}
