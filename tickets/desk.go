package tickets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// A Desk makes changes to tickets. It holds no state and is safe for concurrent use.
type Desk struct {
	clock     func() time.Time
	listeners []Listener
}

// New makes a desk whose changes are told to listeners, in that order.
func New(clock func() time.Time, listeners ...Listener) *Desk {
	return &Desk{clock: clock, listeners: listeners}
}

// Gather returns a desk whose changes the listeners are told of together, when tell is called in the same
// transaction: what follows from many changes is then queued at once.
func (d *Desk) Gather() (g *Desk, tell func(ctx context.Context, tx tenant.Tx) error) {
	var all gathered
	return New(d.clock, &all), func(ctx context.Context, tx tenant.Tx) error {
		if len(all) == 0 {
			return nil
		}
		return d.tell(ctx, tx, all...)
	}
}

// gathered is a Listener that only remembers.
type gathered []Event

// TicketChanged implements Listener.
func (g *gathered) TicketChanged(_ context.Context, _ tenant.Tx, events []Event) error {
	*g = append(*g, events...)
	return nil
}

// NewTicket is what Open needs. The first comment is the customer's.
type NewTicket struct {
	Title     string
	Subject   string // what mail with the same subject is known by; may be empty
	Requester Employee
	Mailbox   *uuid.UUID
	Follows   *ID           // the closed ticket that the customer wrote to
	Priority  Priority      // default Medium
	First     NewComment    // its Ticket is filled in; Kind is Public and the author the requester
	Others    []Participant // besides the requester
}

// NewComment is what Comment needs.
type NewComment struct {
	ID         CommentID // zero: one is made
	Ticket     ID
	Kind       CommentKind
	Author     Actor
	Text       string
	HTML       string // sanitised
	Auth       Verdict
	MessageID  string
	InReplyTo  string
	Digest     []byte // of sender and body; empty for what does not come by mail
	Inbound    *uuid.UUID
	Suggestion *uuid.UUID
	Attached   []Attachment
	// References are ids of mails not known yet that this one refers to; ThreadIndex is the header field.
	References  []string
	ThreadIndex string
	// Quiet comments come from machines (an auto-reply, a bounce): they change no status and no clock.
	Quiet bool
}

// ErrDuplicate means that the tenant has this comment already: the same Message-ID, sender and body.
var ErrDuplicate = errors.New("the mail is a comment already")

// Open makes a ticket with its first comment. ErrDuplicate where that is known already; the transaction is
// then of no further use.
func (d *Desk) Open(ctx context.Context, tx tenant.Tx, n NewTicket) (Ticket, Comment, error) {
	now := d.clock()
	t := Ticket{
		ID: ID{tenant.NewID()}, Title: n.Title, Description: n.First.Text, Status: Open, Priority: n.Priority,
		CustomerID: n.Requester.CustomerID, Customer: n.Requester.Customer, EmployeeID: n.Requester.ID, Requester: n.Requester.Person,
		MailboxID: n.Mailbox, FollowsID: n.Follows, CommentCount: 1, WaitingSince: &now, CreatedAt: now, UpdatedAt: now,
	}
	if t.Priority == "" {
		t.Priority = Medium
	}
	n.First.Ticket, n.First.Kind = t.ID, Public
	c := d.comment(n.First, now)
	created := d.event(t.ID, now, Actor{Kind: ByCustomer, User: n.Requester.Person.ID, Via: n.First.Author.Via}, Created)
	created.To, created.Subject = string(n.First.Author.Via), &c.ID.UUID

	var b pgx.Batch
	b.Queue(`INSERT INTO support_tickets (tenant_id, id, number, title, description, status, priority, customer_id, employee_id, mailbox_id,
			follows_id, comment_count, waiting_since, created_at, updated_at, subject_key)
		VALUES ($1, $2, routing.next_ticket_number(), $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11, $11, $12) RETURNING number`,
		tx.Tenant(), t.ID, t.Title, t.Description, t.Status, t.Priority, t.CustomerID, t.EmployeeID, t.MailboxID, t.FollowsID, now, n.Subject).
		QueryRow(func(row pgx.Row) error { return row.Scan(&t.Number) })
	queueComment(&b, tx, n.First, c)
	queueParticipant(&b, tx, t.ID, Participant{Email: n.Requester.Person.Email, Name: n.Requester.Person.Name, Role: "requester"})
	for _, p := range n.Others {
		queueParticipant(&b, tx, t.ID, p)
	}
	queueEvent(&b, tx, created)
	if err := tx.Send(ctx, &b); err != nil {
		return Ticket{}, Comment{}, fmt.Errorf("open ticket: %w", orDuplicate(err))
	}
	return t, c, d.tell(ctx, tx, created)
}

// Comment adds a comment. A customer's words on a resolved ticket reopen it; a member's public words answer
// an open one, which is then in progress. What is for a merged ticket goes to the one
// that it is part of. ErrClosed where the ticket is closed and the comment is public; ErrDuplicate where the
// comment is known already.
func (d *Desk) Comment(ctx context.Context, tx tenant.Tx, n NewComment) (Comment, error) {
	t, err := lockHome(ctx, tx, n.Ticket)
	if err != nil {
		return Comment{}, err
	}
	n.Ticket = t.ID
	if t.Status == Closed && n.Kind == Public && !n.Quiet {
		return Comment{}, fmt.Errorf("comment on ticket #%d: %w", t.Number, ErrClosed)
	}
	now := d.clock()
	c := d.comment(n, now)
	said := d.event(t.ID, now, n.Author, Commented)
	said.To, said.Subject = string(n.Kind), &c.ID.UUID
	events := []Event{said}

	next := t
	if n.Kind == Public && !n.Quiet {
		switch n.Author.Kind {
		case ByCustomer:
			next = t.heard(now)
		case ByMember, ByAI:
			next = t.answered(now)
		}
	}
	if next.Status != t.Status {
		moved := d.event(t.ID, now, n.Author, StatusChanged)
		moved.From, moved.To = string(t.Status), string(next.Status)
		events = append(events, moved)
	}
	next.CommentCount++

	var b pgx.Batch
	queueComment(&b, tx, n, c)
	queueState(&b, tx, next, now)
	for _, e := range events {
		queueEvent(&b, tx, e)
	}
	if err := tx.Send(ctx, &b); err != nil {
		return Comment{}, fmt.Errorf("comment on ticket #%d: %w", t.Number, orDuplicate(err))
	}
	return c, d.tell(ctx, tx, events...)
}

// Record writes events that are no change of a ticket itself (a delivery, a suggestion) into the history and
// tells the listeners. ID and At are filled in.
func (d *Desk) Record(ctx context.Context, tx tenant.Tx, events ...Event) error {
	var b pgx.Batch
	for i := range events {
		events[i].ID, events[i].At = EventID{tenant.NewID()}, d.clock()
		queueEvent(&b, tx, events[i])
	}
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("record %d events: %w", len(events), err)
	}
	return d.tell(ctx, tx, events...)
}

// Join adds a participant to a ticket, or makes one of a guest; an event where that is news.
func (d *Desk) Join(ctx context.Context, tx tenant.Tx, id ID, p Participant, by Actor) error {
	news, err := addParticipant(ctx, tx, id, p)
	if err != nil || !news {
		return err
	}
	return d.Record(ctx, tx, Event{TicketID: id, Actor: by, Kind: ParticipantAdded, To: p.Email})
}

// Admit notes that a comment is by somebody who had no part in the ticket and had a signed address or id
// from one who has. A guest gets no copies of answers until somebody who takes part writes to them too.
func (d *Desk) Admit(ctx context.Context, tx tenant.Tx, id ID, p Participant, comment CommentID, by Actor) error {
	p.Role = Guest
	if _, err := addParticipant(ctx, tx, id, p); err != nil {
		return err
	}
	return d.Record(ctx, tx, Event{TicketID: id, Actor: by, Kind: GuestWrote, To: p.Email, Subject: &comment.UUID})
}

// OfferMerge notes that a ticket may belong to another one, for a member to decide.
func (d *Desk) OfferMerge(ctx context.Context, tx tenant.Tx, id, into ID, n Number) error {
	return d.Record(ctx, tx, Event{TicketID: id, Actor: Actor{Kind: BySystem, Via: ByItself}, Kind: MergeOffered, To: called(n), Subject: &into.UUID})
}

func (d *Desk) event(id ID, at time.Time, by Actor, kind EventKind) Event {
	return Event{ID: EventID{tenant.NewID()}, TicketID: id, At: at, Actor: by, Kind: kind}
}

func (d *Desk) tell(ctx context.Context, tx tenant.Tx, events ...Event) error {
	for _, l := range d.listeners {
		if err := l.TicketChanged(ctx, tx, events); err != nil {
			return err
		}
	}
	return nil
}
