package slack

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// A Card job has a ticket's card show what it should. It may run any number of times.
type Card struct {
	Tenant tenant.ID `json:"tenant"`
	Ticket uuid.UUID `json:"ticket"`
}

// Kind names the job in the queue.
func (Card) Kind() string { return "slack_card" }

// A Thread job has the thread below a ticket's card show what it should, in order. It may run any number of
// times; while there is no card it does nothing, since posting the card queues it.
type Thread struct {
	Tenant tenant.ID `json:"tenant"`
	Ticket uuid.UUID `json:"ticket"`
}

// Kind names the job in the queue.
func (Thread) Kind() string { return "slack_thread" }

// An Outage job has the notice about a mailbox say how it is. It may run any number of times.
type Outage struct {
	Tenant  tenant.ID `json:"tenant"`
	Mailbox uuid.UUID `json:"mailbox"`
	Since   time.Time `json:"since"` // when the mailbox began to fail: one outage, one notice
}

// Kind names the job in the queue.
func (Outage) Kind() string { return "slack_outage" }

// A Held job has the notice about quarantined mail say how things are. It may run any number of times.
type Held struct {
	Tenant tenant.ID `json:"tenant"`
	Notice uuid.UUID `json:"notice"`
}

// Kind names the job in the queue.
func (Held) Kind() string { return "slack_held" }

// A Warning job has the notice about an alert of the inbox say how things are. It may run any number of times.
type Warning struct {
	Tenant tenant.ID `json:"tenant"`
	Alert  uuid.UUID `json:"alert"`
}

// Kind names the job in the queue.
func (Warning) Kind() string { return "slack_warning" }

// maxAttempts bounds the retries of what Slack refuses for good; waiting for Slack counts as none.
const maxAttempts = 8

func cardJob(id tenant.ID, ticket uuid.UUID) jobs.Insert {
	return jobs.Insert{Args: Card{id, ticket}, InsertOpts: &river.InsertOpts{Queue: jobs.QueueCards, MaxAttempts: maxAttempts}}
}

func threadJob(id tenant.ID, ticket uuid.UUID) jobs.Insert {
	return jobs.Insert{Args: Thread{id, ticket}, InsertOpts: &river.InsertOpts{Queue: jobs.QueueThread, MaxAttempts: maxAttempts}}
}

// OutageNotice is the job that tells the channel about a mailbox: queue it when the mailbox begins to fail,
// and again, with the same since, when it works again.
func OutageNotice(id tenant.ID, mailbox uuid.UUID, since time.Time) jobs.Insert {
	return jobs.Insert{Args: Outage{id, mailbox, since}, InsertOpts: &river.InsertOpts{Queue: jobs.QueueThread, MaxAttempts: maxAttempts}}
}

// HeldNotice is the job that tells the channel at a time about mail in quarantine: queue it when mail is
// gathered on the notice, and when somebody decides about one.
func HeldNotice(id tenant.ID, notice uuid.UUID, at time.Time) jobs.Insert {
	return jobs.Insert{Args: Held{id, notice}, InsertOpts: &river.InsertOpts{Queue: jobs.QueueThread, MaxAttempts: maxAttempts, ScheduledAt: at}}
}

// WarningNotice is the job that tells the channel at a time of an alert: queue it whenever the alert changes.
func WarningNotice(id tenant.ID, alert uuid.UUID, at time.Time) jobs.Insert {
	return jobs.Insert{Args: Warning{id, alert}, InsertOpts: &river.InsertOpts{Queue: jobs.QueueThread, MaxAttempts: maxAttempts, ScheduledAt: at}}
}

// FollowUps returns the jobs that show what happened to tickets. Comments that went to another ticket are shown
// in its thread too.
func (a *App) FollowUps(ctx context.Context, tx tenant.Tx, events []tickets.Event) ([]jobs.Insert, error) {
	var out []jobs.Insert
	if served := a.served.Load(); served != nil && !(*served)[tx.Tenant()] {
		return nil, nil
	}
	type follow struct{ card, thread bool }
	seen := map[tickets.ID]follow{}
	for _, e := range events {
		f := seen[e.TicketID]
		switch e.Kind {
		case tickets.Created:
			// The card's post queues the thread.
			if !f.card {
				out = append(out, cardJob(tx.Tenant(), e.TicketID.UUID))
				f.card, f.thread = true, true
			}
		case tickets.Merged, tickets.Unmerged, tickets.Split:
			if err := forgetElsewhere(ctx, tx, e.TicketID); err != nil {
				return nil, err
			}
			if !f.thread {
				out = append(out, threadJob(tx.Tenant(), e.TicketID.UUID))
				f.thread = true
			}
			if !f.card {
				out = append(out, cardJob(tx.Tenant(), e.TicketID.UUID))
				f.card = true
			}
		case tickets.Commented, tickets.DeliveryChanged, tickets.SuggestionChanged, tickets.OrderGiven, tickets.Rated, tickets.NoticeHeld,
			tickets.Revised, tickets.Retracted:
			if !f.thread {
				out = append(out, threadJob(tx.Tenant(), e.TicketID.UUID))
				f.thread = true
			}
			if f.card || e.Kind != tickets.Commented && e.To != "cancelled" {
				break
			}
			fallthrough // waiting since
		case tickets.StatusChanged, tickets.PriorityChanged, tickets.AssigneeChanged, tickets.SummaryWritten:
			if !f.card {
				out = append(out, cardJob(tx.Tenant(), e.TicketID.UUID))
				f.card = true
			}
		}
		seen[e.TicketID] = f
	}
	return out, nil
}

// AddWorkers registers the workers of this package's jobs.
func (a *App) AddWorkers(w *river.Workers) {
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, j *river.Job[Card]) error {
		return a.soon(a.showCard(ctx, j.Args))
	}))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, j *river.Job[Thread]) error {
		return a.soon(a.showThread(ctx, j.Args))
	}))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, j *river.Job[Outage]) error {
		return a.soon(a.showOutage(ctx, j.Args))
	}))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, j *river.Job[Fetch]) error {
		return a.soon(a.fetch(ctx, j.Args, j.Attempt >= maxAttempts))
	}))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, j *river.Job[Held]) error {
		return a.soon(a.showHeld(ctx, j.Args))
	}))
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, j *river.Job[Warning]) error {
		return a.soon(a.showWarning(ctx, j.Args))
	}))
}

// soon makes the queue's word for "not now" out of a laterError.
func (a *App) soon(err error) error {
	var l *laterError
	if errors.As(err, &l) {
		a.log.Debug("Slack job waits", "why", l.why, "after", l.after)
		return river.JobSnooze(l.after)
	}
	return err
}
