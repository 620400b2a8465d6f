package inbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/inbox/mail"
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
	since     time.Time          // it has been due
	removed   bool               // its mailbox is, and the tenant has no other
	waited    bool               // for the end of its undo window, or for its time
	files     bool               // go along with it
	logo      bool               // stands in it
	pictured  *tickets.CommentID // the quoted mail, where pictures stood in it
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
	c, err := o.claiming.do(ctx, owner, id)
	if err != nil || c.mail == nil {
		return c.wait, err
	}
	s := c.mail
	if s.removed {
		return o.settle(ctx, owner, *s, Receipt{}, permanent{ErrNoSender})
	}
	recipients := s.pending()
	if len(recipients) == 0 {
		return o.settle(ctx, owner, *s, Receipt{}, nil)
	}
	defer o.heartbeat(ctx, owner, id)()
	if err := o.complete(ctx, owner, s); err != nil {
		return o.settle(ctx, owner, *s, Receipt{}, err)
	}
	receipt, err := o.hand(ctx, owner, *s, recipients)
	return o.settle(ctx, owner, *s, receipt, err)
}

// hand composes a mail and gives it to the transport, apart for those whose address has letters beyond ASCII: theirs can go
// by servers alone that know RFC 6531, on all its way, which is no reason for the others not to get theirs.
func (o *Outbox) hand(ctx context.Context, owner tenant.ID, s sending, recipients []string) (all Receipt, err error) {
	var plain, beyond []string
	for _, r := range recipients {
		if mail.IsASCII(mail.WireAddress(r)) {
			plain = append(plain, r)
		} else {
			beyond = append(beyond, r)
		}
	}
	for _, to := range [][]string{plain, beyond} {
		if len(to) == 0 {
			continue
		}
		s.answer.ASCII = mail.IsASCII(mail.WireAddress(to[0]))
		data, err := o.compose.compose(s.answer)
		if err != nil {
			return all, permanent{err}
		}
		if o.cfg.Signer != nil {
			data = o.cfg.Signer.Sign(ctx, owner, s.answer.From.Email, data)
		}
		receipt, err := o.cfg.Transport.Send(ctx, Envelope{
			Tenant: owner, Mailbox: s.mailbox, From: s.answer.From.Email, ReturnPath: s.answer.ReplyTo, Recipients: to,
			MessageID: s.messageID, Data: data,
		})
		all.Accepted, all.Refused = append(all.Accepted, receipt.Accepted...), append(all.Refused, receipt.Refused...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// complete reads what is too large to be read with every claim.
func (o *Outbox) complete(ctx context.Context, owner tenant.ID, s *sending) (err error) {
	if s.logo {
		s.answer.Logo, err = tenant.Get(ctx, o.cfg.Pool, owner, func(tx tenant.Tx) (*Logo, error) { return LogoOf(ctx, tx) })
	}
	if err == nil && s.files {
		s.answer.Files, err = o.files(ctx, owner, s.comment)
	}
	if err == nil && s.pictured != nil && s.answer.Quoted != nil {
		err = o.addQuotedPictures(ctx, owner, s)
	}
	return err
}

// permanent marks an error that trying again does not mend.
type permanent struct{ error }

func (permanent) Permanent() bool { return true }

// isPermanent says whether a transport's error says so of itself: the server has refused the message.
func isPermanent(err error) bool {
	var p interface{ Permanent() bool }
	return errors.As(err, &p) && p.Permanent()
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

// An end is what came of an attempt, ready to be written down.
type end struct {
	sending
	delivery
	newlyRefused bool
	gone         []machine.Failure // recipients whose address is no good
	retryAt      *time.Time        // of a mail that was put off
	untried      int               // 1 where the attempt was none
}

// settle writes down what came of an attempt, and in the ticket's history what a person should know of. It
// does so even where this process is being stopped.
func (o *Outbox) settle(ctx context.Context, owner tenant.ID, s sending, r Receipt, sendErr error) (time.Duration, error) {
	s.settled, s.refused = append(slices.Clone(s.settled), r.Accepted...), slices.Clone(s.refused)
	var bad, reasons []string
	var gone []machine.Failure
	for _, f := range r.Refused {
		if !f.Permanent {
			reasons = append(reasons, f.Recipient+": "+f.Reply)
			continue
		}
		s.settled = append(s.settled, f.Recipient)
		bad = append(bad, mail.OneLine(mail.Clean(f.Recipient+": "+f.Reply)))
		if no := f.failure(); no.Hard {
			gone = append(gone, no)
		}
	}
	s.refused = append(s.refused, bad...)
	if sendErr != nil {
		reasons = append(reasons, sendErr.Error())
	}
	wait := backoff(s.attempts)
	var later *Later
	untried := errors.As(sendErr, &later)
	final := !untried && (isPermanent(sendErr) || o.cfg.Clock().Sub(s.since) >= o.cfg.GiveUp)
	e := end{s, outcomeOf(s, s.pending(), s.refused, reasons, final), len(bad) > 0, gone, nil, 0}
	if untried {
		e.untried, wait = 1, later.After
	}
	if e.state == "queued" {
		at := o.cfg.Clock().Add(wait)
		e.retryAt = &at
	}
	if err := o.writeDown(ctx, owner, e); err != nil {
		return 0, err
	}
	if e.state == "queued" {
		o.cfg.Logger.InfoContext(ctx, "mail put off", "tenant", owner, "mail", s.id, "attempt", s.attempts, "again", wait)
		return wait, nil
	}
	return 0, nil
}

// writeDown tries for as long as the claim surely holds: what is given up here goes out a second time.
func (o *Outbox) writeDown(ctx context.Context, owner tenant.ID, e end) error {
	const longest = time.Second
	started, wait := time.Now(), 10*time.Millisecond
	for {
		_, err := o.settling.do(ctx, owner, e)
		if err == nil || time.Since(started) > o.cfg.Lease/2 {
			return err
		}
		o.cfg.Logger.WarnContext(ctx, "cannot write down what became of a mail; trying on", "tenant", owner, "mail", e.id, "error", err)
		time.Sleep(wait) // also while this process is being stopped
		wait = min(2*wait, longest)
	}
}

// write writes down the ends of several attempts. A mail that another process has taken over is left to it.
func (o *Outbox) write(ctx context.Context, owner tenant.ID, ends []end) ([]struct{}, error) {
	slices.SortFunc(ends, func(a, b end) int { return bytes.Compare(a.id.UUID[:], b.id.UUID[:]) }) // one order of locking for everybody
	err := tenant.In(ctx, o.cfg.Pool, owner, func(tx tenant.Tx) error {
		var b pgx.Batch
		var events []tickets.Event
		var gone []machine.Failure
		for _, e := range ends {
			b.Queue(`UPDATE outgoing_messages SET state = CASE WHEN $3 = 'sent' AND bounced <> '{}' THEN 'bounced' ELSE $3 END,
					detail = array_to_string(bounced || CASE WHEN $4 = '' THEN '{}'::text[] ELSE ARRAY[$4::text] END, '; '), settled = $5, refused = $6,
					sent_at = CASE WHEN $3 = 'sent' THEN $7::timestamptz END, sending_at = NULL, retry_at = $9, attempts = attempts - $10
				WHERE tenant_id = $1 AND id = $2 AND state = 'sending' AND attempts = $8`,
				tx.Tenant(), e.id, e.state, e.detail, e.settled, e.sending.refused, o.cfg.Clock(), e.attempts, e.retryAt, e.untried).
				Exec(func(ct pgconn.CommandTag) error {
					if ct.RowsAffected() > 0 {
						events = append(events, e.events()...)
						gone = append(gone, e.gone...)
					}
					return nil
				})
		}
		if err := tx.Send(ctx, &b); err != nil {
			return fmt.Errorf("settle %d mails: %w", len(ends), err)
		}
		for _, f := range gone {
			if err := suppress(ctx, tx, f.Recipient, f, false, o.cfg.Clock()); err != nil {
				return err
			}
		}
		if len(events) == 0 {
			return nil
		}
		return o.cfg.Desk.Record(ctx, tx, events...)
	})
	return make([]struct{}, len(ends)), err
}

// delivery is the state of a mail after an attempt, with what the servers said where it was no plain yes.
type delivery struct {
	state, detail string
}

func outcomeOf(s sending, left, refused, reasons []string, final bool) delivery {
	d := delivery{detail: mail.OneLine(mail.Clean(strings.Join(append(slices.Clone(refused), reasons...), "; ")))}
	switch {
	case len(left) > 0 && !final:
		d.state = "queued"
	case len(s.settled) > len(refused):
		d.state = "sent" // by somebody at least
	default:
		d.state = "failed"
	}
	if len(left) > 0 && final {
		d.detail = mail.OneLine("not delivered to " + strings.Join(left, ", ") + "; " + d.detail)
	}
	return d
}

// events are what the ticket's history says of an attempt: sent, failed, or refused for some of the
// recipients. That a mail was put off is one where people waited for it to leave, and when it has been tried so often
// that they should know.
func (e end) events() []tickets.Event {
	var became []string
	if e.state != "failed" && e.newlyRefused || e.state == "sent" && strings.HasPrefix(e.detail, "not delivered") {
		became = append(became, "refused")
	}
	switch {
	case e.state != "queued":
		became = append(became, e.state)
	case e.untried > 0:
	case e.attempts == tickets.ManyAttempts, e.attempts == 1 && e.waited:
		became = append(became, "delayed")
	}
	list := make([]tickets.Event, 0, len(became))
	for _, to := range became {
		list = append(list, tickets.Event{
			TicketID: e.ticket, Actor: tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail}, Kind: tickets.DeliveryChanged, To: to, Subject: &e.comment.UUID,
		})
	}
	return list
}

// backoff is how long to wait after the nth attempt that was put off: a minute, then five, and up to four
// hours, which greylisting servers and full mailboxes need.
func backoff(attempts int) time.Duration {
	waits := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}
	return waits[min(max(attempts, 1), len(waits))-1]
}
