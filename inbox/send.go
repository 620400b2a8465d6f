package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// SendWorker works the jobs of an Outbox.
type SendWorker struct {
	river.WorkerDefaults[SendArgs]
	Outbox *Outbox
}

// Work sends one mail. A mail that a server puts off is tried again later; see Outbox.Send.
func (w *SendWorker) Work(ctx context.Context, job *river.Job[SendArgs]) error {
	again, err := w.Outbox.Send(ctx, job.Args.Tenant, job.Args.Message)
	if err != nil {
		return err
	}
	if again > 0 {
		return river.JobSnooze(again)
	}
	return nil
}

// sending is an outgoing message that this process has claimed.
type sending struct {
	id        OutgoingID
	ticket    tickets.ID
	comment   tickets.CommentID
	mailbox   MailboxID
	messageID string
	answer    Answer
	settled   []string
	refused   []string
	attempts  int
	createdAt time.Time
}

// pending are the recipients that no server has decided on yet.
func (s sending) pending() []string {
	var list []string
	for _, a := range append(slices.Clone(s.answer.To), s.answer.Cc...) {
		if !slices.Contains(s.settled, a.Email) && !slices.Contains(list, a.Email) {
			list = append(list, a.Email)
		}
	}
	return list
}

// Send sends a mail to whoever of its recipients has not been decided on. A positive duration says when to
// try again: another process is at it, or a server puts it off. A mail that is sent or failed is left
// alone, so Send may be repeated.
//
// After a crash between the server's answer and our knowing of it the same mail goes out again with the
// same Message-ID, as soon as the lease has run out.
func (o *Outbox) Send(ctx context.Context, owner tenant.ID, id OutgoingID) (again time.Duration, err error) {
	s, wait, err := o.claim(ctx, owner, id)
	if err != nil || s == nil {
		return wait, err
	}
	data, err := o.compose.compose(s.answer)
	if err != nil {
		return o.settle(ctx, owner, *s, Receipt{}, permanent{err})
	}
	recipients := s.pending()
	if len(recipients) == 0 {
		return o.settle(ctx, owner, *s, Receipt{}, nil)
	}
	stop := o.heartbeat(ctx, owner, id)
	receipt, sendErr := o.cfg.Transport.Send(ctx, Envelope{
		Tenant: owner, Mailbox: s.mailbox, From: s.answer.From.Email, Recipients: recipients, MessageID: s.messageID, Data: data,
	})
	stop()
	// What the server said must be written down even where this process is being stopped.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.cfg.Lease/2)
	defer cancel()
	return o.settle(ctx, owner, *s, receipt, sendErr)
}

// permanent marks an error that trying again does not mend.
type permanent struct{ error }

func (permanent) Permanent() bool { return true }

// isPermanent says whether a transport's error says so of itself: the server has refused the message.
func isPermanent(err error) bool {
	var p interface{ Permanent() bool }
	return errors.As(err, &p) && p.Permanent()
}

const claimQuery = `
WITH o AS (
	UPDATE outgoing_messages SET state = 'sending', sending_at = $3, attempts = attempts + 1
	WHERE tenant_id = $1 AND id = $2 AND (state = 'queued' OR state = 'sending' AND sending_at <= $4)
	RETURNING *)
SELECT o.ticket_id, o.comment_id, o.mailbox_id, o.message_id, o.reply_to, o.recipients, o.cc, o.subject, o.in_reply_to, o.refs, o.settled,
       o.refused, o.attempts, o.created_at, m.address, m.from_name, k.text, q.text, q.created_at, q.name
FROM o
JOIN mailboxes m ON m.tenant_id = o.tenant_id AND m.id = o.mailbox_id
JOIN ticket_comments k ON k.tenant_id = o.tenant_id AND k.id = o.comment_id
LEFT JOIN LATERAL (
	SELECT c.text, c.created_at, coalesce(nullif(u.name, ''), u.email) AS name
	FROM ticket_comments c LEFT JOIN users.tenant_users u ON u.tenant_id = c.tenant_id AND u.user_id = c.author_user_id
	WHERE c.tenant_id = o.tenant_id AND c.ticket_id = o.ticket_id AND c.kind = 'public' AND c.author_kind = 'customer' AND c.id < o.comment_id
	ORDER BY c.id DESC LIMIT 1) q ON true`

// claim takes a mail for this process. It returns nil where there is nothing to do, or nothing yet.
func (o *Outbox) claim(ctx context.Context, owner tenant.ID, id OutgoingID) (*sending, time.Duration, error) {
	s := sending{id: id}
	var wait time.Duration
	claimed := false
	err := tenant.In(ctx, o.cfg.Pool, owner, func(tx tenant.Tx) error {
		now := o.cfg.Clock()
		var to, cc []string
		var quoted, quotedName *string
		var quotedAt *time.Time
		a := &s.answer
		err := tx.QueryRow(ctx, claimQuery, tx.Tenant(), id, now, now.Add(-o.cfg.Lease)).Scan(
			&s.ticket, &s.comment, &s.mailbox.UUID, &s.messageID, &a.ReplyTo, &to, &cc, &a.Subject, &a.InReplyTo, &a.References, &s.settled,
			&s.refused, &s.attempts, &s.createdAt, &a.From.Email, &a.From.Name, &a.Text, &quoted, &quotedAt, &quotedName)
		if errors.Is(err, pgx.ErrNoRows) {
			wait, err = o.heldFor(ctx, tx, id, now)
			return err
		}
		if err != nil {
			return fmt.Errorf("claim mail %s: %w", id, err)
		}
		claimed = true
		a.MessageID, a.Date, a.To, a.Cc = s.messageID, s.createdAt, addressesOf(to), addressesOf(cc)
		if quoted != nil && quotedName != nil {
			a.Quoted = &Quoted{Name: *quotedName, At: *quotedAt, Text: *quoted}
		}
		return nil
	})
	if err != nil || !claimed {
		return nil, wait, err
	}
	return &s, 0, nil
}

// heldFor is how long another process's claim holds still; 0 where the mail is done with.
func (o *Outbox) heldFor(ctx context.Context, tx tenant.Tx, id OutgoingID, now time.Time) (time.Duration, error) {
	var state string
	var at *time.Time
	err := tx.QueryRow(ctx, `SELECT state, sending_at FROM outgoing_messages WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), id).Scan(&state, &at)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look at mail %s: %w", id, err)
	}
	if state != "sending" || at == nil {
		return 0, nil
	}
	return max(at.Add(o.cfg.Lease).Sub(now), time.Second), nil
}

// heartbeat renews the claim while a slow server is at it. The returned function ends it.
func (o *Outbox) heartbeat(ctx context.Context, owner tenant.ID, id OutgoingID) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		t := time.NewTicker(o.cfg.Lease / 3)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
			}
			err := tenant.In(ctx, o.cfg.Pool, owner, func(tx tenant.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE outgoing_messages SET sending_at = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'sending'`,
					tx.Tenant(), id, o.cfg.Clock())
				return err
			})
			if err != nil && ctx.Err() == nil {
				o.cfg.Logger.WarnContext(ctx, "cannot renew the claim on a mail", "tenant", owner, "mail", id, "error", err)
			}
		}
	}()
	return func() { cancel(); <-done }
}

// settle writes down what came of an attempt, and in the ticket's history what a person should know of.
func (o *Outbox) settle(ctx context.Context, owner tenant.ID, s sending, r Receipt, sendErr error) (time.Duration, error) {
	settled, refused := slices.Clone(s.settled), slices.Clone(s.refused)
	settled = append(settled, r.Accepted...)
	var bad, reasons []string
	for _, f := range r.Refused {
		if !f.Permanent {
			reasons = append(reasons, f.Recipient+": "+f.Reply)
			continue
		}
		settled = append(settled, f.Recipient)
		bad = append(bad, oneLine(clean(f.Recipient+": "+f.Reply)))
	}
	refused = append(refused, bad...)
	s.settled = settled
	left := s.pending()
	if sendErr != nil {
		reasons = append(reasons, sendErr.Error())
	}
	now := o.cfg.Clock()
	end := outcomeOf(s, left, refused, reasons, isPermanent(sendErr) || now.Sub(s.createdAt) >= o.cfg.GiveUp)
	err := tenant.In(ctx, o.cfg.Pool, owner, func(tx tenant.Tx) error {
		ct, err := tx.Exec(ctx, `UPDATE outgoing_messages SET state = $3, detail = $4, settled = $5, refused = $6,
				sent_at = CASE WHEN $3 = 'sent' THEN $7::timestamptz END, sending_at = NULL
			WHERE tenant_id = $1 AND id = $2 AND state = 'sending' AND attempts = $8`,
			tx.Tenant(), s.id, end.state, end.detail, settled, refused, now, s.attempts)
		if err != nil {
			return fmt.Errorf("settle mail %s: %w", s.id, err)
		}
		if ct.RowsAffected() == 0 {
			return nil // another process has taken the mail over
		}
		return o.tell(ctx, tx, s, end, len(bad) > 0)
	})
	if err != nil {
		return 0, err
	}
	if end.state == "queued" {
		o.cfg.Logger.InfoContext(ctx, "mail put off", "tenant", owner, "mail", s.id, "attempt", s.attempts, "again", backoff(s.attempts))
		return backoff(s.attempts), nil
	}
	return 0, nil
}

// delivery is the state of a mail after an attempt, with what the servers said where it was no plain yes.
type delivery struct {
	state, detail string
}

func outcomeOf(s sending, left, refused, reasons []string, final bool) delivery {
	d := delivery{detail: oneLine(clean(strings.Join(append(slices.Clone(refused), reasons...), "; ")))}
	switch {
	case len(left) > 0 && !final:
		d.state = "queued"
	case len(s.settled) > len(refused):
		d.state = "sent" // by somebody at least
	default:
		d.state = "failed"
	}
	if len(left) > 0 && final {
		d.detail = oneLine("not delivered to " + strings.Join(left, ", ") + "; " + d.detail)
	}
	return d
}

// tell writes into the ticket's history what became of an attempt: sent, failed, or refused for some of the
// recipients. That a mail was put off is no event.
func (o *Outbox) tell(ctx context.Context, tx tenant.Tx, s sending, d delivery, anyRefused bool) error {
	var became []string
	if d.state != "failed" && anyRefused || d.state == "sent" && strings.HasPrefix(d.detail, "not delivered") {
		became = append(became, "refused")
	}
	if d.state != "queued" {
		became = append(became, d.state)
	}
	for _, to := range became {
		if err := o.cfg.Desk.Record(ctx, tx, tickets.Event{
			TicketID: s.ticket, Actor: tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail}, Kind: tickets.DeliveryChanged, To: to, Subject: &s.comment.UUID,
		}); err != nil {
			return err
		}
	}
	return nil
}

// backoff is how long to wait after the nth attempt that was put off: a minute, then five, and up to four
// hours, which greylisting servers and full mailboxes need.
func backoff(attempts int) time.Duration {
	waits := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}
	return waits[min(max(attempts, 1), len(waits))-1]
}
