package tickets

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// EventKind says what happened.
type EventKind string

// The kinds of events. From and To hold the old and the new value where there are such.
const (
	Created           EventKind = "created"     // To: how it came; Subject: the first comment
	Commented         EventKind = "comment"     // To: public or internal; Subject: the comment
	StatusChanged     EventKind = "status"      // From, To: Status
	PriorityChanged   EventKind = "priority"    // From, To: Priority
	AssigneeChanged   EventKind = "assignee"    // From, To: a member's name or ""
	DeliveryChanged   EventKind = "delivery"    // To: sent, bounced, complained, failed, refused, delayed, held, queued, cancelled, or doubtful where it may not arrive; Subject: the comment
	SuggestionChanged EventKind = "suggestion"  // From, To: its state; Subject: the suggestion
	SummaryWritten    EventKind = "summary"     // Subject: the suggestion that holds it
	ParticipantAdded  EventKind = "participant" // To: the address
	GuestWrote        EventKind = "guest"       // To: the address of somebody with no part in the ticket; Subject: the comment
	MergeOffered      EventKind = "merge-offer" // To: the number of the ticket that this one may belong to; Subject: that ticket
	NoticeHeld        EventKind = "notice"      // To: the kind of an automatic mail that was not sent; Detail: why
	OrderGiven        EventKind = "command"     // From: resolve, close, reopen or status, by mail; To: OrderDone or OrderRefused; Subject: the comment; Detail: why it was refused
	Rated             EventKind = "rating"      // From, To: marks from 1 to 5; Subject: the comment, where it came by mail; Detail: what the customer wrote with it
	Merged            EventKind = "merge"       // From, To: numbers, of which one is this ticket's; Subject: the other
	Unmerged          EventKind = "unmerge"     // likewise
	Split             EventKind = "split"       // From, To: likewise; Subject: the comment
	Revised           EventKind = "edit"        // To: Applied or Late; Subject: the comment; Detail: the words that came too late
	Retracted         EventKind = "delete"      // To: Applied or Late; Subject: the comment
)

// What became of a change of a member's words.
const (
	Applied = "applied"
	Late    = "late" // the customer had them already
)

// What became of an order.
const (
	OrderDone    = "done"
	OrderRefused = "refused"
)

// An Event is one entry of a ticket's history: who did what, when, and by which way.
type Event struct {
	ID       EventID
	TicketID ID
	At       time.Time
	Actor    Actor
	Name     string // of the actor; filled when read
	Kind     EventKind
	From, To string
	Subject  *uuid.UUID
	Detail   string // what people are told beside the values; may be empty
}

// A Listener is told of every change, in the transaction that makes it. An error undoes the change.
type Listener interface {
	TicketChanged(ctx context.Context, tx tenant.Tx, events []Event) error
}

// Events returns the history of a ticket, oldest first.
func Events(ctx context.Context, tx tenant.Tx, id ID) ([]Event, error) {
	rows, _ := tx.Query(ctx, `
		SELECT v.id, v.ticket_id, v.at, v.actor_kind, coalesce(v.actor_user_id, '00000000-0000-0000-0000-000000000000'), v.via,
		       coalesce(nullif(u.name, ''), v.actor_name), v.kind, v.from_value, v.to_value, v.subject_id, v.detail
		FROM ticket_events v
		LEFT JOIN users.tenant_users u ON u.tenant_id = v.tenant_id AND u.user_id = v.actor_user_id
		WHERE v.tenant_id = $1 AND v.ticket_id = $2 ORDER BY v.at, v.id`, tx.Tenant(), id)
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Event, error) {
		var e Event
		err := row.Scan(&e.ID, &e.TicketID, &e.At, &e.Actor.Kind, &e.Actor.User, &e.Actor.Via, &e.Name, &e.Kind, &e.From, &e.To, &e.Subject, &e.Detail)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("history of ticket %s: %w", id, err)
	}
	return list, nil
}

const insertEvent = `
INSERT INTO ticket_events (tenant_id, id, ticket_id, at, actor_kind, actor_user_id, via, kind, from_value, to_value, subject_id, detail, actor_name)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

func queueEvent(b *pgx.Batch, tx tenant.Tx, e Event) {
	b.Queue(insertEvent, tx.Tenant(), e.ID, e.TicketID, e.At, e.Actor.Kind, e.Actor.User.OrNull(), e.Actor.Via, e.Kind, e.From, e.To, e.Subject, e.Detail, e.Actor.Operator)
}

// called is a ticket's number as people write it.
func called(n Number) string { return "#" + strconv.FormatInt(int64(n), 10) }
