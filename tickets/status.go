package tickets

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// state is what can change of a ticket.
type state struct {
	ID              ID
	Number          Number
	Status          Status
	Priority        Priority
	AssigneeID      *tenant.MemberID
	CommentCount    int
	WaitingSince    *time.Time
	FirstAnsweredAt *time.Time
	ResolvedAt      *time.Time
	ClosedAt        *time.Time
	MergedInto      *ID
}

// heard is the ticket after the customer wrote.
func (s state) heard(at time.Time) state {
	if s.WaitingSince == nil {
		s.WaitingSince = &at
	}
	if s.Status == Resolved {
		return s.moved(Open, at)
	}
	return s
}

// answered is the ticket after somebody wrote to the customer.
func (s state) answered(at time.Time) state {
	s.WaitingSince = nil
	if s.FirstAnsweredAt == nil {
		s.FirstAnsweredAt = &at
	}
	if s.Status == Open {
		return s.moved(InProgress, at)
	}
	return s
}

func (s state) moved(to Status, at time.Time) state {
	s.Status = to
	switch to {
	case Resolved:
		s.ResolvedAt, s.WaitingSince = &at, nil
	case Closed:
		s.ClosedAt, s.WaitingSince = &at, nil
	default:
		s.ResolvedAt, s.ClosedAt = nil, nil
	}
	return s
}

// SetStatus moves a ticket; nothing happens where it stands there already. ErrClosed where it is closed,
// which is final.
func (d *Desk) SetStatus(ctx context.Context, tx tenant.Tx, id ID, to Status, by Actor) error {
	return d.change(ctx, tx, id, by, StatusChanged, func(s state, now time.Time) (state, string, string, error) {
		if s.Status == Closed && to != Closed {
			return s, "", "", fmt.Errorf("ticket #%d: %w: mail from the customer opens a new one that follows it", s.Number, ErrClosed)
		}
		return s.moved(to, now), string(s.Status), string(to), nil
	})
}

// SetPriority changes how urgent a ticket is.
func (d *Desk) SetPriority(ctx context.Context, tx tenant.Tx, id ID, to Priority, by Actor) error {
	return d.change(ctx, tx, id, by, PriorityChanged, func(s state, _ time.Time) (state, string, string, error) {
		from := s.Priority
		s.Priority = to
		return s, string(from), string(to), nil
	})
}

// Assign gives a ticket to a member, or to nobody where to is nil. An open ticket is then in progress.
func (d *Desk) Assign(ctx context.Context, tx tenant.Tx, id ID, to *tenant.MemberID, by Actor) error {
	name := func(m *tenant.MemberID) (string, error) {
		if m == nil {
			return "", nil
		}
		var called string
		err := tx.QueryRow(ctx, `SELECT coalesce(nullif(u.name, ''), u.email) FROM support_members m
			JOIN users.tenant_users u ON u.tenant_id = m.tenant_id AND u.user_id = m.user_id
			WHERE m.tenant_id = $1 AND m.id = $2`, tx.Tenant(), *m).Scan(&called)
		if err != nil {
			return "", fmt.Errorf("look up assignee: %w", err)
		}
		return called, nil
	}
	var started bool
	err := d.change(ctx, tx, id, by, AssigneeChanged, func(s state, now time.Time) (state, string, string, error) {
		from, err := name(s.AssigneeID)
		if err != nil {
			return s, "", "", err
		}
		called, err := name(to)
		if err != nil {
			return s, "", "", err
		}
		if s.Status == Closed {
			return s, "", "", fmt.Errorf("ticket #%d: %w", s.Number, ErrClosed)
		}
		s.AssigneeID = to
		started = to != nil && s.Status == Open
		return s, from, called, nil
	})
	if err != nil || !started {
		return err
	}
	return d.SetStatus(ctx, tx, id, InProgress, by)
}

// change locks a ticket, applies fn and writes the new state with its event; from == to means that
// nothing changes.
func (d *Desk) change(ctx context.Context, tx tenant.Tx, id ID, by Actor, kind EventKind,
	fn func(s state, now time.Time) (next state, from, to string, err error)) error {
	s, err := lock(ctx, tx, id)
	if err != nil {
		return err
	}
	now := d.clock()
	next, from, to, err := fn(s, now)
	if err != nil || from == to {
		return err
	}
	e := d.event(id, now, by, kind)
	e.From, e.To = from, to
	var b pgx.Batch
	queueState(&b, tx, next, now)
	queueEvent(&b, tx, e)
	if err := tx.Send(ctx, &b); err != nil {
		return fmt.Errorf("change %s of ticket #%d: %w", kind, s.Number, err)
	}
	return d.tell(ctx, tx, e)
}
