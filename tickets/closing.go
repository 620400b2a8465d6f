package tickets

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// CloseJob looks whether a resolved ticket is to be closed.
type CloseJob struct {
	Tenant tenant.ID `json:"tenant"`
	Ticket ID        `json:"ticket"`
}

// Kind names the job in the queue.
func (CloseJob) Kind() string { return "ticket_close" }

// Closing closes tickets that have been resolved for as long as their tenant wants.
type Closing struct {
	river.WorkerDefaults[CloseJob]
	Pool *pgxpool.Pool
	Desk *Desk
}

// FollowUps asks for a look at each ticket that was just resolved, when its time has come.
func (c *Closing) FollowUps(ctx context.Context, tx tenant.Tx, events []Event) ([]jobs.Insert, error) {
	var in []jobs.Insert
	for _, e := range events {
		if e.Kind != StatusChanged || Status(e.To) != Resolved {
			continue
		}
		t, err := tenant.Current(ctx, tx)
		if err != nil {
			return nil, err
		}
		in = append(in, jobs.Insert{
			Args:       CloseJob{Tenant: tx.Tenant(), Ticket: e.TicketID},
			InsertOpts: &river.InsertOpts{Queue: jobs.QueueUpkeep, ScheduledAt: e.At.Add(time.Duration(t.Settings.CloseAfter))},
		})
	}
	return in, nil
}

// Work closes the ticket, or looks again when it will be due: the tenant may have changed its mind about
// the time since, or the ticket was reopened and resolved again.
func (c *Closing) Work(ctx context.Context, job *river.Job[CloseJob]) error {
	wait, err := tenant.Get(ctx, c.Pool, job.Args.Tenant, func(tx tenant.Tx) (time.Duration, error) {
		t, err := tenant.Current(ctx, tx)
		if err != nil {
			return 0, err
		}
		return c.Desk.CloseDue(ctx, tx, job.Args.Ticket, time.Duration(t.Settings.CloseAfter))
	})
	if errors.Is(err, ErrNotFound) || errors.Is(err, tenant.ErrUnknown) {
		return nil // erased since
	}
	if err == nil && wait > 0 {
		return river.JobSnooze(wait)
	}
	return err
}
