package inbox

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// State says what became of a mail.
type State string

// The states of an inbound message.
const (
	Stored      State = "stored"      // it is a comment
	Quarantined State = "quarantined" // it could not be read or stored; a person decides
	Ignored     State = "ignored"     // by its class it becomes no comment
	Dropped     State = "dropped"     // a person decided so
)

// ParseState reads a state; empty is empty. The error lists what is allowed.
func ParseState(s string) (State, error) {
	switch st := State(s); st {
	case "", Stored, Quarantined, Ignored, Dropped:
		return st, nil
	}
	return "", fmt.Errorf("state %q: it is one of stored, quarantined, ignored, dropped", s)
}

// maxText is how much of a mail's text a comment holds, in bytes; the rest is in the raw mail.
const maxText = 1 << 20

// A letter is one mail on its way into the database.
type letter struct {
	raw     Raw
	kept    kept // how raw is stored; the zero value: as it is
	m       Message
	id      uuid.UUID         // of its row in inbound_messages
	comment tickets.CommentID // that it becomes
	by      *tickets.Actor    // who released it from quarantine, where it has its row already; nil for new mail
	fetched bool              // its row has no body yet
	desk    *tickets.Desk     // of the transaction that stores it
}

// store locks the letter's thread, looks up what is known, and writes.
func (in *Inbox) store(ctx context.Context, tx tenant.Tx, l letter) error {
	if l.by != nil {
		if err := lockHeld(ctx, tx, l.id); err != nil {
			return err
		}
	}
	if l.fetched {
		if err := l.keepFetched(ctx, tx); err != nil {
			return err
		}
	}
	var err error
	if l.m, err = in.cameBack(ctx, tx, l.m); err != nil {
		return err
	}
	f, err := in.find(ctx, tx, l)
	if err != nil || f.taken {
		return err
	}
	f = doubt(l.m, f)
	class := l.m.Class
	l.m = onBehalf(l.m, f)
	became, err := in.become(ctx, tx, l, f)
	if err != nil {
		return err
	}
	if f.loop || f.own[tenant.AddressKey(l.m.From.Email)] {
		l.m.Class = machine.Loop
	}
	if became == (outcome{Stored, l.comment}) && class == l.m.Class && l.by == nil {
		return nil // as the row says already
	}
	return settle(ctx, tx, l, became)
}

// An outcome is what became of a letter; the comment is the zero id where there is none.
type outcome struct {
	state   State
	comment tickets.CommentID
}

// become makes of a letter what it is to be.
func (in *Inbox) become(ctx context.Context, tx tenant.Tx, l letter, f found) (outcome, error) {
	switch {
	case f.duplicate != nil:
		return outcome{Stored, *f.duplicate}, nil
	case f.loop || f.own[tenant.AddressKey(l.m.From.Email)]:
		return outcome{state: Ignored}, nil
	case l.m.Class == machine.AutoReply || l.m.Class == machine.Bounce || l.m.Class == machine.Report:
		return in.note(ctx, tx, l, f)
	}
	if became, done, err := in.unsubscribed(ctx, tx, l, f); done || err != nil {
		return became, err
	}
	return outcome{Stored, l.comment}, in.obey(ctx, tx, l, f)
}

// settle writes what became of a letter other than what was assumed when its row was inserted.
func settle(ctx context.Context, tx tenant.Tx, l letter, o outcome) error {
	var comment *tickets.CommentID
	if o.comment != (tickets.CommentID{}) {
		comment = &o.comment
	}
	_, err := tx.Exec(ctx, `UPDATE inbound_messages SET state = $3, class = $4, comment_id = $5, error = '',
			digest = $6, message_id = $7, subject = $8, from_email = $9, from_name = $10, auth = $11, auth_reason = $12,
			robot = $13
		WHERE tenant_id = $1 AND id = $2`,
		tx.Tenant(), l.id, o.state, l.m.Class, comment, l.m.Digest[:], l.m.MessageID, l.m.Subject, l.m.From.Email, l.m.From.Name,
		orUnknown(l.m.Auth), l.m.AuthReason, l.m.robot)
	if err != nil {
		return fmt.Errorf("settle message: %w", err)
	}
	return nil
}

// write makes the comment: on the ticket that was found, or on a new one.
func (in *Inbox) write(ctx context.Context, tx tenant.Tx, l letter, f found) error {
	f.goOn()
	if done, err := in.byMember(ctx, tx, l, f); done || err != nil {
		return err
	}
	who, err := author(ctx, tx, l.m, f)
	if err != nil {
		return err
	}
	by := tickets.Actor{Kind: tickets.ByCustomer, User: who.Person.ID, Via: tickets.ByEmail}
	c := l.newComment(by)
	c.References = f.unseen
	if t := f.join; t != nil && t.status != tickets.Closed {
		c.Ticket, c.Kind = t.id, tickets.Public
		made, err := l.desk.Comment(ctx, tx, c)
		if err == nil {
			f.join.id = made.TicketID // another one where the ticket was merged a moment ago
			return l.join(ctx, tx, f, who, by)
		}
		if !errors.Is(err, tickets.ErrClosed) {
			return err
		}
	}
	if f.join == nil && f.sender != nil && l.m.robot {
		last, err := storm(ctx, tx, who.ID, l.m, in.cfg.Clock())
		if err != nil {
			return err
		}
		if last != nil {
			c.Ticket, c.Kind = *last, tickets.Public
			if _, err := l.desk.Comment(ctx, tx, c); err != nil {
				return err
			}
			from := address(l.m.From)
			return raise(ctx, tx, in.cfg.Alerted, rise{kind: StormAlert, about: aboutAddress(from), email: from, ticket: last, gathered: 1}, in.cfg.Clock())
		}
	}
	n := tickets.NewTicket{
		Title: title(l.m.Subject), Requester: who, Mailbox: &l.raw.Mailbox.UUID, First: c, Others: l.others(f, nil),
	}
	if c.Auth != tickets.AuthFail {
		n.Subject, _ = subjectKey(l.m.Subject)
	}
	if f.join != nil {
		n.Follows = &f.join.id
	}
	t, _, err := l.desk.Open(ctx, tx, n)
	if err != nil || f.join != nil || f.offer == nil {
		return err
	}
	return l.desk.OfferMerge(ctx, tx, t.ID, f.offer.id, f.offer.number)
}

// author is the customer's person who wrote, made where they are new.
func author(ctx context.Context, tx tenant.Tx, m Message, f found) (tickets.Employee, error) {
	if s := f.sender; s != nil && s.Employee != nil && tenant.AddressKey(s.Person.Email) == senderKey(m) { // not so for a web form's
		return *s.Employee, nil
	}
	if f.sender == nil && !m.behalf {
		return tickets.AddEmployee(ctx, tx, m.From.Name, address(m.From))
	}
	return tickets.EnsureEmployee(ctx, tx, m.From.Name, address(m.From))
}

// join adds whoever writes or is written to and does not take part in the ticket yet. Whom a guest writes to
// is of no matter: only those who take part may bring others in.
func (l letter) join(ctx context.Context, tx tenant.Tx, f found, who tickets.Employee, by tickets.Actor) error {
	t := f.join
	me := tickets.Participant{Email: who.Person.Email, Name: who.Person.Name, Role: "cc"}
	if f.guest {
		return l.desk.Admit(ctx, tx, t.id, me, l.comment, by)
	}
	others := l.others(f, t.roles)
	if !t.takes && who.ID != t.requester {
		others = append(others, me)
	}
	for _, p := range others {
		if err := l.desk.Join(ctx, tx, t.id, p, by); err != nil {
			return err
		}
	}
	if f.offer != nil {
		return l.desk.OfferMerge(ctx, tx, f.offer.id, t.id, t.number)
	}
	return nil
}

// note keeps what a machine sent where support members see it, if its thread is known: it changes no
// status and is never answered. Otherwise the mail is ignored, and stays in the list of messages.
func (in *Inbox) note(ctx context.Context, tx tenant.Tx, l letter, f found) (outcome, error) {
	if l.m.Class == machine.Bounce {
		return in.bounced(ctx, tx, l, f)
	}
	if l.m.Class == machine.Report && len(l.m.Failures) > 0 {
		if became, known, err := in.complained(ctx, tx, l); known || err != nil {
			return became, err
		}
	}
	if f.join == nil {
		return outcome{state: Ignored}, nil
	}
	by := tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail}
	if l.m.Class == machine.AutoReply {
		who, err := tickets.EnsureEmployee(ctx, tx, l.m.From.Name, address(l.m.From))
		if err != nil {
			return outcome{}, err
		}
		by = tickets.Actor{Kind: tickets.ByCustomer, User: who.Person.ID, Via: tickets.ByEmail}
	}
	return l.keep(ctx, tx, f.join.id, by)
}

// keep makes a letter a comment that members see and that changes nothing.
func (l letter) keep(ctx context.Context, tx tenant.Tx, ticket tickets.ID, by tickets.Actor) (outcome, error) {
	c := l.newComment(by)
	c.Ticket, c.Kind, c.Quiet = ticket, tickets.Internal, true
	_, err := l.desk.Comment(ctx, tx, c)
	return outcome{Stored, l.comment}, err
}

func (l letter) newComment(by tickets.Actor) tickets.NewComment {
	c := tickets.NewComment{
		ID: l.comment, Author: by, Text: shorten(l.m.Text), HTML: l.m.HTML, Auth: l.m.Auth, MessageID: l.m.MessageID,
		Digest: l.m.Digest[:], Inbound: &l.id, ThreadIndex: base64.StdEncoding.EncodeToString(l.m.ThreadIndex),
	}
	if len(l.m.InReplyTo) > 0 {
		c.InReplyTo = l.m.InReplyTo[0]
	}
	for _, a := range l.m.Attachments[:min(len(l.m.Attachments), maxAttached)] {
		c.Attached = append(c.Attached, tickets.Attachment{
			Part: a.Part, Name: a.Name, ContentType: a.ContentType, ContentID: a.ContentID, Size: a.Size, Inline: a.Inline, Digest: l.kept.blob(a.Part),
			Danger: a.Danger, Virus: a.Virus,
		})
	}
	return c
}

// maxAttached is how many attachments of one mail its comment lists. The mail itself has all.
const maxAttached = 250

// maxOthers is how many people beside the sender of one mail join a ticket.
const maxOthers = 50

// others are those the mail was also sent to, or whom its sender wants answers to go to; without ourselves,
// the sender, and those who take part as roles say.
func (l letter) others(f found, roles map[string]string) []tickets.Participant {
	var list []tickets.Participant
	seen := map[string]bool{tenant.AddressKey(address(l.m.From)): true}
	people := append(slices.Clone(l.m.To), l.m.Cc...)
	if l.m.Auth != tickets.AuthFail { // answers do not go where a forger wants them
		people = append(slices.DeleteFunc(slices.Clone(l.m.ReplyTo), l.m.unanswering), people...)
	}
	for _, a := range people {
		key := tenant.AddressKey(a.Email)
		known := roles[key] != "" && roles[key] != tickets.Guest
		if seen[key] || f.own[key] || known || !mail.ValidEmail(a.Email) || len(list) == maxOthers {
			continue
		}
		seen[key] = true
		role := "cc"
		if containsAddress(l.m.To, a) {
			role = "to"
		}
		list = append(list, tickets.Participant{Email: a.Email, Name: a.Name, Role: role})
	}
	return list
}

func (m Message) people() []mail.Address {
	all := make([]mail.Address, 0, len(m.ReplyTo)+len(m.To)+len(m.Cc))
	return append(append(append(all, m.ReplyTo...), m.To...), m.Cc...)
}

func containsAddress(list []mail.Address, a mail.Address) bool {
	for _, b := range list {
		if strings.EqualFold(a.Email, b.Email) {
			return true
		}
	}
	return false
}

// address is where the sender is known by; a mail without any gets one that nobody has.
func address(a mail.Address) string {
	if !strings.Contains(a.Email, "@") {
		return "unknown" + mail.MissingID
	}
	return a.Email
}

func title(subject string) string {
	if subject == "" {
		return "(no subject)"
	}
	return subject
}

func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	cut := maxText
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "\n[…]"
}

// queueInbound inserts the row of a mail; taken is set where it is there already.
func queueInbound(b *pgx.Batch, tx tenant.Tx, l letter, c machine.Class, s State, comment *tickets.CommentID, reason string, taken *bool) {
	digest := l.m.Digest[:]
	if l.m.Digest == [len(l.m.Digest)]byte{} {
		digest = []byte{} // it was not read
	}
	rest := l.kept.rest
	if rest == nil {
		rest = l.raw.Body
	}
	b.Queue(`
		INSERT INTO inbound_messages (tenant_id, id, mailbox_id, folder, uid_validity, uid, received_at, stored_at, size, raw, digest, message_id,
			subject, from_email, from_name, class, state, error, comment_id, auth, auth_reason, robot)
		VALUES ($1, $2, $3, $4, $5, $6, $7, now(), $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
		ON CONFLICT (tenant_id, mailbox_id, folder, uid_validity, uid) DO NOTHING`,
		tx.Tenant(), l.id, l.raw.Mailbox, l.raw.Folder, int64(l.raw.UIDValidity), int64(l.raw.UID), l.raw.ReceivedAt, l.raw.Size, rest,
		digest, l.m.MessageID, l.m.Subject, l.m.From.Email, l.m.From.Name, c, s, reason, comment,
		orUnknown(l.m.Auth), l.m.AuthReason, l.m.robot).
		Exec(func(ct pgconn.CommandTag) error {
			*taken = ct.RowsAffected() == 0
			return nil
		})
	queueCuts(b, tx, l)
}
