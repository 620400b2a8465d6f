package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// bounceWithin is how long after a mail was sent a bounce that names only a recipient is taken to be about
// it: mail systems try for five days.
const bounceWithin = 7 * 24 * time.Hour

// A returned mail is one of ours that a bounce is about.
type returned struct {
	id         OutgoingID
	messageID  string
	ticket     tickets.ID
	comment    tickets.CommentID
	recipients []mail.Address
	// guessed: nothing says that it is this mail but that it went to whom the bounce names, which anybody can write.
	guessed bool
}

const selectReturned = `SELECT o.id, o.message_id, k.ticket_id, k.id, o.recipients || o.cc
	FROM outgoing_messages o JOIN ticket_comments k ON k.tenant_id = o.tenant_id AND k.id = o.comment_id
	WHERE o.tenant_id = $1 `

func returnedMails(ctx context.Context, tx tenant.Tx, where string, args ...any) ([]returned, error) {
	rows, _ := tx.Query(ctx, selectReturned+where, append([]any{tx.Tenant()}, args...)...) // CollectRows reports the error.
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (returned, error) {
		var r returned
		var to []string
		err := row.Scan(&r.id, &r.messageID, &r.ticket, &r.comment, &to)
		r.recipients = addressesOf(to)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("look up the mail that bounced: %w", err)
	}
	return list, nil
}

// returned finds the mail that a bounce is about: by a Message-ID of ours anywhere in it, by the signed
// address that it was sent to, or by a recipient whose mail a server has taken lately. Nil where there is none.
func (in *Inbox) returned(ctx context.Context, tx tenant.Tx, m Message, received time.Time) (*returned, error) {
	numbers := append(in.sign.ticketsOfIDs(tx.Tenant(), strings.Join(m.referred(), " ")), in.sign.ticketsOfAddresses(tx.Tenant(), m.recipients())...)
	if len(numbers) > 0 {
		list, err := returnedMails(ctx, tx, `AND o.ticket_id IN (SELECT id FROM support_tickets WHERE tenant_id = $1 AND number = ANY ($2)) ORDER BY o.id DESC`, numbers)
		if err != nil {
			return nil, err
		}
		if r := nearestMail(list, m); r != nil {
			return r, nil
		}
	}
	if r, err := in.returnedTo(ctx, tx, m, received); r != nil || err != nil {
		return r, err
	}
	for _, f := range m.Failures {
		for _, email := range []string{f.Original, f.Recipient} {
			if email == "" {
				continue
			}
			list, err := returnedMails(ctx, tx, `AND o.created_at BETWEEN $2 AND $3
				AND (o.state = 'sending' OR $4 IN (SELECT lower(x) FROM unnest(o.settled) AS x))
				AND strpos(lower(array_to_string(o.recipients || o.cc, ' ')), '<' || $4 || '>') > 0 ORDER BY o.created_at DESC, o.id DESC LIMIT 1`,
				received.Add(-bounceWithin), received.Add(time.Hour), strings.ToLower(email))
			if err != nil {
				return nil, err
			}
			if len(list) > 0 {
				list[0].guessed = true
				return &list[0], nil
			}
		}
	}
	return nil, nil
}

// returnedTo finds the mail by nothing but the signed address that its bounce went to, which is the return path of
// what we send: the last one on that ticket. Nil where the bounce went elsewhere.
func (in *Inbox) returnedTo(ctx context.Context, tx tenant.Tx, m Message, received time.Time) (*returned, error) {
	numbers := in.sign.ticketsOfAddresses(tx.Tenant(), m.recipients())
	if len(numbers) != 1 {
		return nil, nil
	}
	list, err := returnedMails(ctx, tx, `AND o.ticket_id = (SELECT id FROM support_tickets WHERE tenant_id = $1 AND number = $2)
		AND o.created_at BETWEEN $3 AND $4 AND o.state <> 'queued' ORDER BY o.created_at DESC, o.id DESC LIMIT 1`,
		numbers[0], received.Add(-bounceWithin), received.Add(time.Hour))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// cameBack makes a bounce of a mail that may be one and came to a signed address, which is the return path of what we
// send: the address tells what no words do. What somebody with a part in the ticket writes there is theirs.
func (in *Inbox) cameBack(ctx context.Context, tx tenant.Tx, m Message) (Message, error) {
	if m.back == nil {
		return m, nil
	}
	numbers := in.sign.ticketsOfAddresses(tx.Tenant(), m.recipients())
	if len(numbers) == 0 {
		return m, nil
	}
	var takes bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM support_tickets t JOIN ticket_participants p ON p.tenant_id = t.tenant_id AND p.ticket_id = coalesce(t.merged_into, t.id)
		WHERE t.tenant_id = $1 AND t.number = ANY ($2) AND p.email_key = $3)`, tx.Tenant(), numbers, senderKey(m)).Scan(&takes)
	if err != nil {
		return m, fmt.Errorf("look whether the sender has a part in the ticket: %w", err)
	}
	if !takes {
		m.Class, m.robot, m.Reported, m.Failures = machine.Bounce, true, m.back.reported, m.back.failures
	}
	return m, nil
}

// nearestMail is the one of a ticket's mails, newest first, that a bounce quotes by its id, or else the last to
// somebody whom it names. Mail that it merely refers to comes behind what it returns.
func nearestMail(list []returned, m Message) *returned {
	for _, ref := range append(slices.Clone(m.Reported), m.referred()...) {
		for i, r := range list {
			local, _, _ := strings.Cut(r.messageID, "@")
			if strings.Contains(strings.ToLower(ref), strings.ToLower(local)) {
				return &list[i]
			}
		}
	}
	for i, r := range list {
		if slices.ContainsFunc(m.Failures, func(f machine.Failure) bool { return r.recipient(f) != "" }) {
			return &list[i]
		}
	}
	return nil
}

// recipient is whom of the mail's recipients a failure is about; empty where it is nobody known. A mail to one
// person that was forwarded on the way failed for that person.
func (r returned) recipient(f machine.Failure) string {
	for _, email := range []string{f.Original, f.Recipient} {
		for _, a := range r.recipients {
			if email != "" && tenant.AddressKey(a.Email) == tenant.AddressKey(email) {
				return a.Email
			}
		}
	}
	if len(r.recipients) == 1 && f.Recipient == "" {
		return r.recipients[0].Email
	}
	return ""
}

// bounced takes a bounce: the mail that it is about is marked, the ticket says so, and an address that is no
// good gets no automatic mail for a while. That a system goes on trying is kept on the ticket and changes
// nothing; that a mail arrived is not even kept.
func (in *Inbox) bounced(ctx context.Context, tx tenant.Tx, l letter, f found) (outcome, error) {
	arrived := len(l.m.Failures) > 0 && !slices.ContainsFunc(l.m.Failures, func(f machine.Failure) bool { return f.Action != machine.Delivered })
	if arrived {
		return outcome{state: Ignored}, nil
	}
	r, err := in.returned(ctx, tx, l.m, l.raw.ReceivedAt)
	switch {
	case err != nil:
		return outcome{}, err
	case r == nil && f.join == nil:
		return outcome{state: Ignored}, nil
	case r == nil:
		return l.keep(ctx, tx, f.join.id, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail})
	}
	became, err := l.keep(ctx, tx, r.ticket, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail})
	if err != nil || r.guessed && l.m.Auth == tickets.AuthFail {
		return became, err // members see it and decide; whom we write to is easily guessed
	}
	for _, fail := range l.m.Failures {
		if fail.Action != machine.Failed {
			continue
		}
		if err := l.markBounced(ctx, tx, *r, fail, in.cfg.Clock()); err != nil {
			return became, err
		}
	}
	return became, nil
}

func (l letter) markBounced(ctx context.Context, tx tenant.Tx, r returned, f machine.Failure, now time.Time) error {
	who := r.recipient(f)
	line := bounceLine(who, f)
	var before string
	// What is still being sent to others stays so, and is bounced when that is done; see Outbox.
	err := tx.QueryRow(ctx, `WITH b AS (SELECT state FROM outgoing_messages WHERE tenant_id = $1 AND id = $2 FOR UPDATE)
		UPDATE outgoing_messages o SET bounced = CASE WHEN $3 = ANY (o.bounced) THEN o.bounced ELSE o.bounced || $3 END,
			detail = CASE WHEN o.state = 'bounced' AND strpos(o.detail, $3) = 0 THEN o.detail || '; ' || $3 WHEN o.state = 'sent' THEN $3 ELSE o.detail END,
			state = CASE WHEN o.state = 'sent' THEN 'bounced' ELSE o.state END
		FROM b WHERE o.tenant_id = $1 AND o.id = $2 AND cardinality(o.bounced) < 100 RETURNING b.state`,
		tx.Tenant(), r.id, line).Scan(&before)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // more recipients than a mail of ours has
	}
	if err != nil {
		return fmt.Errorf("mark mail %s as bounced: %w", r.id, err)
	}
	if before == "failed" {
		return nil // the ticket says that already
	}
	if f.Hard && who != "" {
		if err := suppress(ctx, tx, who, f, r.guessed, now); err != nil {
			return err
		}
		line += ". No automatic mail goes to this address until " + now.Add(suppressFor).UTC().Format("2 January 2006")
		if r.guessed {
			line += ", or until a mail comes from it: the notice names the recipient, and nothing that only our mail has"
		}
	}
	return l.desk.Record(ctx, tx, tickets.Event{
		TicketID: r.ticket, Actor: tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail}, Kind: tickets.DeliveryChanged,
		To: "bounced", Subject: &r.comment.UUID, Detail: line,
	})
}

// bounceLine says who did not get a mail and why.
func bounceLine(who string, f machine.Failure) string {
	kind := "soft"
	if f.Hard {
		kind = "hard"
	}
	line := fmt.Sprintf("%s (%s bounce, %s)", f.Reason.Words(), kind, f.Status)
	switch {
	case who == "" && f.Recipient != "":
		line = f.Recipient + ": " + line
	case who != "" && f.Recipient != "" && !strings.EqualFold(who, f.Recipient):
		line = who + ", forwarded to " + f.Recipient + ": " + line
	case who != "":
		line = who + ": " + line
	}
	if f.Text != "" {
		line += ": " + f.Text
	}
	return line
}
