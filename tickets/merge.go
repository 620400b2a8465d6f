package tickets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// Merge makes a ticket part of another one: its comments are on that one from now on, its people get that
// one's answers, and mail for it goes there. It is closed, and keeps its number. Nothing happens where it is
// part of that ticket already. ErrMerged where either is part of another one, ErrClosed where the other is
// closed, ErrInvalid where both are the same.
func (d *Desk) Merge(ctx context.Context, tx tenant.Tx, id, into ID, by Actor) error {
	from, to, err := lockBoth(ctx, tx, id, into)
	switch {
	case err != nil:
		return err
	case id == into:
		return fmt.Errorf("merge ticket #%d into itself: %w", from.Number, ErrInvalid)
	case from.MergedInto != nil && *from.MergedInto == into:
		return nil
	case from.MergedInto != nil:
		return mergedAlready(ctx, tx, from)
	case to.MergedInto != nil:
		return mergedAlready(ctx, tx, to)
	case to.Status == Closed:
		return fmt.Errorf("merge into ticket #%d: %w", to.Number, ErrClosed)
	}
	now := d.clock()
	moved, err := moveAll(ctx, tx, id, into)
	if err != nil {
		return err
	}
	joined, err := joinAll(ctx, tx, id, into)
	if err != nil {
		return err
	}
	events := []Event{d.moveEvent(from, to, Merged, to.ID, by, now), d.moveEvent(from, to, Merged, from.ID, by, now)}
	events[0].TicketID = from.ID
	nextFrom, nextTo := from.moved(Closed, now), to.absorb(from, now)
	nextFrom.CommentCount, nextFrom.MergedInto = 0, &into
	nextTo.CommentCount += len(moved)
	events = append(events, d.statusEvents(by, now, [2]state{from, nextFrom}, [2]state{to, nextTo})...)

	var b pgx.Batch
	b.Queue(`INSERT INTO ticket_moves (tenant_id, id, kind, source_id, target_id, comments, joined, status, at)
		VALUES ($1, $2, 'merge', $3, $4, $5, $6, $7, $8)`, tx.Tenant(), tenant.NewID(), id, into, moved, joined, from.Status, now)
	// What was merged into the first is part of the second now.
	b.Queue(`UPDATE support_tickets SET merged_into = $3 WHERE tenant_id = $1 AND merged_into = $2`, tx.Tenant(), id, into)
	queueState(&b, tx, nextFrom, now)
	queueState(&b, tx, nextTo, now)
	for _, e := range events {
		queueEvent(&b, tx, e)
	}
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("merge ticket #%d into #%d: %w", from.Number, to.Number, err)
	}
	return d.tell(ctx, tx, events...)
}

// Unmerge undoes a merge: the comments go back, with those that answer them, and so does the status; those
// who joined the other ticket for its sake leave it. ErrNotMoved where the ticket is not merged.
func (d *Desk) Unmerge(ctx context.Context, tx tenant.Tx, id ID, by Actor) error {
	alone, err := ByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if alone.MergedInto == nil {
		return fmt.Errorf("ticket #%d is not merged: %w", alone.Number, ErrNotMoved)
	}
	into, err := Get(ctx, tx, *alone.MergedInto)
	if err != nil {
		return err
	}
	from, to, err := lockBoth(ctx, tx, id, into.ID)
	if err != nil {
		return err
	}
	if from.MergedInto == nil || *from.MergedInto != to.ID { // somebody else was faster
		return fmt.Errorf("ticket #%d is not merged: %w", alone.Number, ErrNotMoved)
	}
	m, err := lastMerge(ctx, tx, id)
	if err != nil {
		return err
	}
	back, err := m.returning(ctx, tx, to.ID)
	if err != nil {
		return err
	}
	if err := moveSome(ctx, tx, back, to.ID, id); err != nil {
		return err
	}
	now := d.clock()
	nextFrom, nextTo := from.moved(m.Status, now), to
	nextFrom.MergedInto = nil
	nextFrom.CommentCount, nextTo.CommentCount = len(back), to.CommentCount-len(back)
	for _, s := range []*state{&nextFrom, &nextTo} {
		if s.WaitingSince, err = waitingSince(ctx, tx, *s); err != nil {
			return err
		}
	}
	events := []Event{d.moveEvent(from, to, Unmerged, to.ID, by, now), d.moveEvent(from, to, Unmerged, from.ID, by, now)}
	events[0].TicketID = from.ID
	events = append(events, d.statusEvents(by, now, [2]state{from, nextFrom})...)

	var b pgx.Batch
	b.Queue(`UPDATE ticket_moves SET undone_at = $3 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), m.ID, now)
	b.Queue(`DELETE FROM ticket_participants WHERE tenant_id = $1 AND ticket_id = $2 AND email_key = ANY($3)`, tx.Tenant(), to.ID, m.Joined)
	b.Queue(`UPDATE support_tickets s SET merged_into = $2 WHERE s.tenant_id = $1 AND s.merged_into = $3 AND EXISTS (
			SELECT FROM ticket_moves m WHERE m.tenant_id = s.tenant_id AND m.source_id = s.id AND m.target_id = $2 AND m.undone_at IS NULL)`,
		tx.Tenant(), id, to.ID)
	queueState(&b, tx, nextFrom, now)
	queueState(&b, tx, nextTo, now)
	for _, e := range events {
		queueEvent(&b, tx, e)
	}
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("undo the merge of ticket #%d: %w", from.Number, err)
	}
	return d.tell(ctx, tx, events...)
}

// absorb is the ticket after it took in another one: the customer waits since whichever is earlier.
func (s state) absorb(o state, at time.Time) state {
	if o.Status == Resolved || o.Status == Closed {
		return s
	}
	if o.WaitingSince != nil && s.Status == Resolved {
		s = s.moved(Open, at)
	}
	if o.WaitingSince != nil && (s.WaitingSince == nil || o.WaitingSince.Before(*s.WaitingSince)) {
		s.WaitingSince = o.WaitingSince
	}
	return s
}

// lockBoth locks two tickets, in the order of their ids so that two who do it wait for each other.
func lockBoth(ctx context.Context, tx tenant.Tx, a, b ID) (one, two state, err error) {
	first, second := a, b
	if slices.Compare(a.UUID[:], b.UUID[:]) > 0 {
		first, second = b, a
	}
	if one, err = lock(ctx, tx, first); err != nil {
		return one, two, err
	}
	if two, err = lock(ctx, tx, second); err != nil {
		return one, two, err
	}
	if first != a {
		one, two = two, one
	}
	return one, two, nil
}

func mergedAlready(ctx context.Context, tx tenant.Tx, s state) error {
	t, err := ByID(ctx, tx, *s.MergedInto)
	if err != nil {
		return err
	}
	return fmt.Errorf("ticket #%d is part of #%d: %w", s.Number, t.Number, ErrMerged)
}

// moveAll puts all comments of a ticket on another, with their mail.
func moveAll(ctx context.Context, tx tenant.Tx, id, into ID) ([]uuid.UUID, error) {
	rows, _ := tx.Query(ctx, `SELECT id FROM ticket_comments WHERE tenant_id = $1 AND ticket_id = $2 ORDER BY id`, tx.Tenant(), id)
	list, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("comments of ticket %s: %w", id, err)
	}
	if list == nil {
		list = []uuid.UUID{}
	}
	return list, moveSome(ctx, tx, list, id, into)
}

func moveSome(ctx context.Context, tx tenant.Tx, comments []uuid.UUID, id, into ID) error {
	var b pgx.Batch
	b.Queue(`UPDATE ticket_comments SET ticket_id = $4 WHERE tenant_id = $1 AND ticket_id = $2 AND id = ANY($3)`, tx.Tenant(), id, comments, into)
	b.Queue(`UPDATE outgoing_messages SET ticket_id = $4 WHERE tenant_id = $1 AND ticket_id = $2 AND comment_id = ANY($3)`, tx.Tenant(), id, comments, into)
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("move comments: %w", err)
	}
	return nil
}

// joinAll lets those who take part in a ticket take part in another, and returns who did not before.
func joinAll(ctx context.Context, tx tenant.Tx, id, into ID) ([]string, error) {
	rows, _ := tx.Query(ctx, `INSERT INTO ticket_participants (tenant_id, ticket_id, email_key, email, name, role)
		SELECT tenant_id, $3, email_key, email, name, CASE role WHEN 'requester' THEN 'cc' ELSE role END
		FROM ticket_participants WHERE tenant_id = $1 AND ticket_id = $2
		ON CONFLICT DO NOTHING RETURNING email_key`, tx.Tenant(), id, into)
	joined, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("join participants: %w", err)
	}
	if joined == nil {
		joined = []string{}
	}
	return joined, nil
}

// A move is a merge as it was done.
type move struct {
	ID       uuid.UUID
	Comments []uuid.UUID
	Joined   []string
	Status   Status
	At       time.Time
}

func lastMerge(ctx context.Context, tx tenant.Tx, id ID) (move, error) {
	rows, _ := tx.Query(ctx, `SELECT id, comments, joined, status, at FROM ticket_moves
		WHERE tenant_id = $1 AND source_id = $2 AND kind = 'merge' AND undone_at IS NULL ORDER BY id DESC LIMIT 1`, tx.Tenant(), id)
	m, err := pgx.CollectOneRow(rows, pgx.RowToStructByPos[move])
	if errors.Is(err, pgx.ErrNoRows) {
		return m, fmt.Errorf("ticket %s: %w", id, ErrNotMoved)
	}
	if err != nil {
		return m, fmt.Errorf("look up the merge of ticket %s: %w", id, err)
	}
	return m, nil
}

// returning are the comments that go back from the ticket that has them now: those that came, and later
// ones that answer them.
func (m move) returning(ctx context.Context, tx tenant.Tx, from ID) ([]uuid.UUID, error) {
	back := []uuid.UUID{}
	came := make(map[uuid.UUID]bool, len(m.Comments))
	for _, id := range m.Comments {
		came[id] = true
	}
	ids := map[string]bool{}
	rows, err := tx.Query(ctx, `SELECT id, coalesce(message_id, ''), in_reply_to, created_at FROM ticket_comments
		WHERE tenant_id = $1 AND ticket_id = $2 ORDER BY created_at, id`, tx.Tenant(), from)
	if err != nil {
		return nil, fmt.Errorf("comments of ticket %s: %w", from, err)
	}
	var id uuid.UUID
	var messageID, inReplyTo string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &messageID, &inReplyTo, &at}, func() error {
		if came[id] || at.After(m.At) && inReplyTo != "" && ids[inReplyTo] {
			back = append(back, id)
			ids[messageID] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("comments of ticket %s: %w", from, err)
	}
	return back, nil
}

// waitingSince is the customer's first public word that nobody has answered; nil where the ticket is done.
func waitingSince(ctx context.Context, tx tenant.Tx, s state) (at *time.Time, err error) {
	if s.Status == Resolved || s.Status == Closed {
		return nil, nil
	}
	err = tx.QueryRow(ctx, `SELECT min(created_at) FROM ticket_comments
		WHERE tenant_id = $1 AND ticket_id = $2 AND kind = 'public' AND author_kind = 'customer' AND created_at > coalesce((
			SELECT max(created_at) FROM ticket_comments
			WHERE tenant_id = $1 AND ticket_id = $2 AND kind = 'public' AND author_kind IN ('member', 'ai')), '-infinity')`,
		tx.Tenant(), s.ID).Scan(&at)
	if err != nil {
		return nil, fmt.Errorf("who waits on ticket #%d: %w", s.Number, err)
	}
	return at, nil
}

// moveEvent is told on ticket to, unless the caller says otherwise, about the other one.
func (d *Desk) moveEvent(from, to state, kind EventKind, about ID, by Actor, at time.Time) Event {
	e := d.event(to.ID, at, by, kind)
	e.From, e.To, e.Subject = called(from.Number), called(to.Number), &about.UUID
	return e
}

// statusEvents are those of tickets whose status has changed, as pairs of before and after.
func (d *Desk) statusEvents(by Actor, at time.Time, pairs ...[2]state) []Event {
	var list []Event
	for _, p := range pairs {
		if p[0].Status == p[1].Status {
			continue
		}
		e := d.event(p[0].ID, at, by, StatusChanged)
		e.From, e.To = string(p[0].Status), string(p[1].Status)
		list = append(list, e)
	}
	return list
}
