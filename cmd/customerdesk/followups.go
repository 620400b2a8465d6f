package main

import (
	"context"

	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// followUp is a part of the service that has work to do after changes of tickets.
type followUp interface {
	FollowUps(ctx context.Context, tx tenant.Tx, events []tickets.Event) ([]jobs.Insert, error)
}

// followUps asks all parts what follows from a change, and queues it in the change's own transaction, all
// in one statement.
type followUps struct {
	queue *jobs.Queue
	parts []followUp
}

// TicketChanged implements tickets.Listener.
func (f *followUps) TicketChanged(ctx context.Context, tx tenant.Tx, events []tickets.Event) error {
	var all []jobs.Insert
	for _, p := range f.parts {
		in, err := p.FollowUps(ctx, tx, events)
		if err != nil {
			return err
		}
		all = append(all, in...)
	}
	return f.queue.Insert(ctx, tx, all...)
}
