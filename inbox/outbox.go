package inbox

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/blobs"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// OutgoingID names an outgoing message.
type OutgoingID struct{ uuid.UUID }

// ErrNoRecipient means that nobody of a ticket has an address that an answer could go to.
var ErrNoRecipient = errors.New("nobody on the ticket has an address that mail can go to")

// ErrTooLarge means that the mail of an answer would be larger than mail servers take.
var ErrTooLarge = errors.New("the answer is too large to be mailed")

// OutboxConfig is what an Outbox needs. The zero value of each duration takes the default.
type OutboxConfig struct {
	Pool      *pgxpool.Pool
	Desk      *tickets.Desk
	Box       *secret.Box
	Transport Transport
	Blobs     *blobs.Store // keeps the files that go along with answers; nil: in Postgres
	Clock     func() time.Time
	Logger    *slog.Logger
	// Lease is how long a process that sends a mail may give no sign of life before another takes the mail
	// over; default 30 s.
	Lease time.Duration
	// GiveUp is how long a mail is tried that servers put off, from when it is due; default 48 h.
	GiveUp time.Duration
	// MaxSize is how large a mail may be, in bytes as it is sent; default 25 MiB.
	MaxSize int
	// Guard keeps automatic mail from storms.
	Guard StormGuard
	// Alerted has people told of storms. It may be nil.
	Alerted Alerted
	// Signer puts a signature of the sender's domain before a mail; nil: mail leaves unsigned.
	Signer Signer
	// PublicURL is how customers reach the pages of the service, without a slash at its end; empty: mails have
	// mailto links only.
	PublicURL string
}

// A Signer returns a mail with a signature put before it, or the mail as it is; *dkim.Signer is one.
type Signer interface {
	Sign(ctx context.Context, owner tenant.ID, from string, mail []byte) []byte
}

// An Outbox turns the public comments of support members into mail. The row of a mail exists, with its
// final Message-ID, from the moment of the comment; it is queued, then sending, then sent or failed. It is
// safe for concurrent use, also by several processes on one database.
type Outbox struct {
	cfg     OutboxConfig
	sign    signer
	compose *composer

	// A claim and the end of an attempt are a transaction each; those of mails that leave at the same time share
	// one.
	claiming convoy[OutgoingID, claim]
	settling convoy[end, struct{}]
}

// maxShared is how many mails share a transaction at most.
const maxShared = 32

// NewOutbox makes an outbox.
func NewOutbox(cfg OutboxConfig) *Outbox {
	if cfg.Lease <= 0 {
		cfg.Lease = 30 * time.Second
	}
	if cfg.GiveUp <= 0 {
		cfg.GiveUp = 48 * time.Hour
	}
	if cfg.MaxSize <= 0 {
		cfg.MaxSize = 25 << 20
	}
	o := &Outbox{cfg: cfg, sign: signer{box: cfg.Box}, compose: newComposer()}
	// What takes longer than half a lease would be written down after another process took the mail over.
	o.claiming = convoy[OutgoingID, claim]{run: o.claims, most: maxShared, limit: cfg.Lease / 2}
	o.settling = convoy[end, struct{}]{run: o.write, most: maxShared, limit: cfg.Lease / 2}
	return o
}

// SendArgs are the arguments of the job that sends one mail.
type SendArgs struct {
	Tenant  tenant.ID  `json:"tenant"`
	Message OutgoingID `json:"message"`
}

// Kind implements river.JobArgs.
func (SendArgs) Kind() string { return "mail_send" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (SendArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: jobs.QueueMail} }

// FollowUps makes the mail that follows from public comments of members and of the AI, and returns the jobs that
// send it: members' at the end of the tenant's undo window, unless the customer writes before. What the AI answers
// on its own goes at once, and only where the StormGuard lets it; so do automatic mails, see Templates. Mail leaves from the ticket's
// mailbox; where the ticket has none, or that was removed, from the one of DefaultMailbox. ErrTooLarge where no server would take it, ErrNoSender where the
// tenant has none and ErrNoRecipient where nobody can be written to: the comment must not be made then, since it
// would look like an answer that nobody gets.
func (o *Outbox) FollowUps(ctx context.Context, tx tenant.Tx, events []tickets.Event) ([]jobs.Insert, error) {
	if err := o.holdFor(ctx, tx, events); err != nil {
		return nil, err
	}
	list, err := o.notices(ctx, tx, events)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		answers := e.Kind == tickets.Commented && e.To == string(tickets.Public) && e.Subject != nil &&
			(e.Actor.Kind == tickets.ByMember || e.Actor.Kind == tickets.ByAI)
		if !answers {
			continue
		}
		do := o.enqueue
		switch {
		case e.Actor.Kind == tickets.ByAI:
			do = o.automatic
		case e.Actor.Via == tickets.ByEmail:
			do = o.relay
		}
		job, err := do(ctx, tx, e.TicketID, tickets.CommentID{UUID: *e.Subject})
		if err != nil {
			return nil, fmt.Errorf("queue the mail for comment %s: %w", e.Subject, err)
		}
		if job != nil {
			list = append(list, *job)
		}
	}
	return list, nil
}

// outgoing is what a new row of outgoing_messages is made from.
type outgoing struct {
	number    tickets.Number
	title     string
	subject   string // empty: that of an answer, made of title and number
	mailbox   MailboxID
	address   string
	to, cc    []string // as in a header
	refs      []string
	inReplyTo string
	signed    bool          // mail to the address with a tag comes back
	index     string        // Thread-Index of the mail that is answered
	window    time.Duration // for taking it back
	doubtful  []Suppression // recipients whose address is no good
	held      []string      // why automatic mail does not go to some
}

func (o *Outbox) enqueue(ctx context.Context, tx tenant.Tx, ticket tickets.ID, comment tickets.CommentID) (*jobs.Insert, error) {
	out, err := o.gather(ctx, tx, ticket)
	if err != nil {
		return nil, err
	}
	job, err := o.insert(ctx, tx, ticket, comment, out)
	if err != nil {
		return nil, err
	}
	return job, o.warn(ctx, tx, ticket, comment, out)
}

// insert makes the row of a mail, and the job that sends it. The comment keeps the id of a mail that it came by. An
// answer that was taken back and is one again keeps its row, and with it the Message-ID, which nobody ever had.
func (o *Outbox) insert(ctx context.Context, tx tenant.Tx, ticket tickets.ID, comment tickets.CommentID, out *outgoing) (*jobs.Insert, error) {
	id := OutgoingID{tenant.NewID()}
	now := o.cfg.Clock()
	at := now.Add(out.window)
	messageID := o.sign.newMessageID(tx.Tenant(), out.number, domainOf(mail.WireAddress(out.address)))
	var b pgx.Batch
	b.Queue(`INSERT INTO outgoing_messages (tenant_id, id, ticket_id, comment_id, mailbox_id, message_id, reply_to, recipients, cc, subject,
			in_reply_to, refs, created_at, thread_index, state, detail, send_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (tenant_id, comment_id) DO UPDATE SET state = excluded.state, detail = excluded.detail, send_at = excluded.send_at,
			retry_at = NULL, recipients = excluded.recipients, cc = excluded.cc
			WHERE outgoing_messages.state = 'cancelled' AND outgoing_messages.attempts = 0
		RETURNING id`,
		tx.Tenant(), id, ticket, comment, out.mailbox, messageID, o.sign.answerAddress(out.address, out.signed, tx.Tenant(), out.number), out.to, out.cc,
		cmp.Or(out.subject, subjectOf(out.title, out.number)), out.inReplyTo, out.refs, now, out.nextIndex(o.sign, tx.Tenant(), now, id),
		out.state(), strings.Join(out.held, "; "), at).QueryRow(func(row pgx.Row) error { return row.Scan(&id) })
	var text *string
	var files int64
	b.Queue(`SELECT CASE WHEN octet_length(k.text) > $3 OR a.size > 0 THEN k.text END, a.size FROM ticket_comments k,
			LATERAL (SELECT coalesce(sum(a.size), 0)::bigint AS size FROM attachments a WHERE a.tenant_id = k.tenant_id AND a.comment_id = k.id AND a.inbound_id IS NULL) a
		WHERE k.tenant_id = $1 AND k.id = $2`, tx.Tenant(), comment, o.cfg.MaxSize/16).
		QueryRow(func(row pgx.Row) error { return row.Scan(&text, &files) })
	b.Queue(`UPDATE ticket_comments SET message_id = $3, in_reply_to = $4 WHERE tenant_id = $1 AND id = $2 AND message_id IS NULL`, tx.Tenant(), comment, messageID, out.inReplyTo)
	if err := tx.Send(ctx, &b); err != nil {
		return nil, err
	}
	if err := o.fits(text, files); err != nil {
		return nil, err
	}
	job := sendJob(tx.Tenant(), id, at)
	if out.window == 0 {
		job.InsertOpts = nil
	}
	return &job, nil
}

// fits composes a text that is so long, or has such files (in bytes), that its mail may be too large; nil is one that is
// not.
func (o *Outbox) fits(text *string, files int64) error {
	if text == nil {
		return nil
	}
	data, err := o.compose.compose(Answer{Text: *text})
	if err != nil {
		return err
	}
	return o.carries(len(data) + mailedSize(files))
}

// gather looks up whom an answer goes to and what it refers to.
func (o *Outbox) gather(ctx context.Context, tx tenant.Tx, ticket tickets.ID) (*outgoing, error) {
	out := outgoing{cc: []string{}, refs: []string{}}
	var box *uuid.UUID
	var b pgx.Batch
	b.Queue(`
		SELECT t.number, t.title, m.id, coalesce(m.address, ''), coalesce(m.signed_replies, true) FROM support_tickets t `+joinSender+`
		WHERE t.tenant_id = $1 AND t.id = $2`, tx.Tenant(), ticket).
		QueryRow(func(row pgx.Row) error { return row.Scan(&out.number, &out.title, &box, &out.address, &out.signed) })
	b.Queue(`SELECT settings FROM tenants WHERE id = $1`, tx.Tenant()).QueryRow(func(row pgx.Row) error {
		var raw []byte
		if err := row.Scan(&raw); err != nil {
			return err
		}
		s, err := tenant.ReadSettings(raw)
		out.window = time.Duration(s.UndoWindow)
		return err
	})
	b.Queue(`
		SELECT p.email, p.name, p.role FROM ticket_participants p WHERE p.tenant_id = $1 AND p.ticket_id = $2 AND p.role <> 'guest'
			AND NOT EXISTS (SELECT FROM mailboxes m WHERE m.tenant_id = p.tenant_id AND m.address_key = p.email_key AND m.removed_at IS NULL)
		ORDER BY p.role <> 'requester', p.email_key`, tx.Tenant(), ticket).
		Query(func(rows pgx.Rows) error {
			var p tickets.Participant
			_, err := pgx.ForEachRow(rows, []any{&p.Email, &p.Name, &p.Role}, func() error { out.add(p); return nil })
			return err
		})
	b.Queue(`SELECT message_id, author_kind = 'customer', thread_index FROM ticket_comments
		WHERE tenant_id = $1 AND ticket_id = $2 AND kind = 'public' AND message_id IS NOT NULL ORDER BY created_at, id`, tx.Tenant(), ticket).
		Query(func(rows pgx.Rows) error {
			var id, index string
			var customers bool
			_, err := pgx.ForEachRow(rows, []any{&id, &customers, &index}, func() error { out.refer(id, customers, index); return nil })
			return err
		})
	b.Queue(`SELECT s.email, s.reason, s.status, s.said, s.since, s.until FROM ticket_participants p
		JOIN mail_suppressions s ON s.tenant_id = p.tenant_id AND s.email_key = p.email_key
		WHERE p.tenant_id = $1 AND p.ticket_id = $2 AND p.role <> 'guest' AND s.until > $3 ORDER BY s.email_key`, tx.Tenant(), ticket, o.cfg.Clock()).
		Query(func(rows pgx.Rows) (err error) {
			out.doubtful, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Suppression])
			return err
		})
	switch err := tx.Send(ctx, &b); {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, tickets.ErrNotFound
	case err != nil:
		return nil, err
	case box == nil:
		return nil, ErrNoSender
	case len(out.to) == 0:
		return nil, ErrNoRecipient
	}
	out.mailbox = MailboxID{*box}
	return &out, nil
}

func (out *outgoing) add(p tickets.Participant) {
	if !mail.ValidEmail(p.Email) || domainOf(p.Email) == mail.MissingID[1:] {
		return
	}
	written := cleanAddress(mail.Address{Name: p.Name, Email: p.Email})
	if p.Role == "requester" || len(out.to) == 0 {
		out.to = append(out.to, written.String())
		return
	}
	out.cc = append(out.cc, written.String())
}

// refer notes a mail of the thread, oldest first.
func (out *outgoing) refer(id string, customers bool, index string) {
	if headerID(id) == "" {
		return
	}
	out.refs = append(out.refs, id)
	if len(out.refs) > maxRefs {
		out.refs = append(out.refs[:1], out.refs[2:]...)
	}
	if customers {
		out.inReplyTo, out.index = id, index
	}
}

// nextIndex is the Thread-Index of an answer: one step on from the mail that it answers, or a conversation of
// our own.
func (out *outgoing) nextIndex(s signer, id tenant.ID, now time.Time, of OutgoingID) string {
	index := mail.ThreadIndex(out.index)
	if index == nil {
		return base64.StdEncoding.EncodeToString(s.newIndex(id, out.number, now))
	}
	return base64.StdEncoding.EncodeToString(extendIndex(index, now, of.UUID[15]))
}

// addressesOf reads addresses as they are kept in a row.
func addressesOf(list []string) []mail.Address {
	out := make([]mail.Address, 0, len(list))
	for _, s := range list {
		if a, err := netmail.ParseAddress(s); err == nil {
			out = append(out, mail.Address{Name: a.Name, Email: a.Address})
		}
	}
	return out
}
