package ai

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Config of an Assistant. All but Provider are required.
type Config struct {
	Pool     *pgxpool.Pool
	Desk     *tickets.Desk // approved answers and history go through it
	Logger   *slog.Logger
	Clock    func() time.Time
	Provider Provider // default: builtin
}

// An Assistant writes summaries and drafts, and keeps what members decide about them. It is safe for
// concurrent use.
type Assistant struct {
	pool     *pgxpool.Pool
	desk     *tickets.Desk
	log      *slog.Logger
	clock    func() time.Time
	provider Provider
	model    model // nil: the built-in writer
}

// New makes an assistant. The error names every wrong setting of the provider; no connection is tried.
func New(cfg Config) (*Assistant, error) {
	m, err := newModel(cfg.Provider)
	if err != nil {
		return nil, err
	}
	return &Assistant{pool: cfg.Pool, desk: cfg.Desk, log: cfg.Logger, clock: cfg.Clock, provider: cfg.Provider, model: m}, nil
}

// Status asks the configured provider whether it can be used.
func (a *Assistant) Status(ctx context.Context) Status { return a.provider.Check(ctx) }

// AssistArgs are the arguments of the job that writes what a ticket lacks.
type AssistArgs struct {
	Tenant tenant.ID  `json:"tenant"`
	Ticket tickets.ID `json:"ticket"`
}

// Kind names the job.
func (AssistArgs) Kind() string { return "ai_assist" }

// InsertOpts puts the job into the queue of the AI.
func (AssistArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: jobs.QueueAI, MaxAttempts: 12}
}

// Register adds the assistant's workers.
func (a *Assistant) Register(w *river.Workers) { river.AddWorker(w, &assistWorker{a: a}) }

type assistWorker struct {
	river.WorkerDefaults[AssistArgs]
	a *Assistant
}

func (w *assistWorker) Work(ctx context.Context, job *river.Job[AssistArgs]) error {
	return w.a.Assist(ctx, job.Args.Tenant, job.Args.Ticket)
}

// Timeout leaves time for the built-in writer after a model's time-out.
func (w *assistWorker) Timeout(*river.Job[AssistArgs]) time.Duration {
	return max(w.a.provider.Timeout, defaultTimeout) + time.Minute
}

// FollowUps returns the jobs that follow from changes of tickets, and marks the drafts that a new comment makes
// stale, and those that a delivery makes sent.
func (a *Assistant) FollowUps(ctx context.Context, tx tenant.Tx, events []tickets.Event) ([]jobs.Insert, error) {
	var due []tickets.ID
	var sent []tickets.CommentID
	for _, e := range events {
		switch {
		case e.Kind == tickets.Created:
			due = append(due, e.TicketID)
		case e.Kind == tickets.MergeOffered && e.Subject != nil:
			if err := a.offerMerge(ctx, tx, e); err != nil {
				return nil, err
			}
		case e.Kind == tickets.Merged, e.Kind == tickets.Unmerged, e.Kind == tickets.Split:
			if err := a.moved(ctx, tx, e); err != nil {
				return nil, err
			}
			due = append(due, e.TicketID)
		case e.Kind == tickets.Commented && e.To == string(tickets.Public) && e.Actor.Kind != tickets.BySystem: // a notice answers nothing
			if err := a.outdate(ctx, tx, e.TicketID, e.Actor); err != nil {
				return nil, err
			}
			if e.Actor.Kind == tickets.ByCustomer {
				due = append(due, e.TicketID)
			}
		case e.Kind == tickets.DeliveryChanged && e.To == "sent" && e.Subject != nil:
			sent = append(sent, tickets.CommentID{UUID: *e.Subject})
		}
	}
	if len(sent) > 0 {
		if err := a.MarkSent(ctx, tx, sent...); err != nil {
			return nil, err
		}
	}
	var list []jobs.Insert
	for i, id := range due {
		if !slices.Contains(due[:i], id) {
			list = append(list, jobs.Insert{Args: AssistArgs{Tenant: tx.Tenant(), Ticket: id}})
		}
	}
	return list, nil
}

// outdate makes the open drafts of a ticket stale; by is who wrote.
func (a *Assistant) outdate(ctx context.Context, tx tenant.Tx, ticket tickets.ID, by tickets.Actor) error {
	return a.move(ctx, tx, by, Stale, `
		UPDATE suggestions s SET state = 'stale' FROM suggestions old
		WHERE s.tenant_id = $1 AND s.ticket_id = $2 AND s.kind = 'reply' AND s.state IN ('proposed', 'edited')
		  AND old.tenant_id = s.tenant_id AND old.id = s.id
		RETURNING s.id, s.ticket_id, old.state`, ticket)
}

// MarkSent notes that the answers which drafts became were delivered; nothing happens for other comments, or again.
func (a *Assistant) MarkSent(ctx context.Context, tx tenant.Tx, comments ...tickets.CommentID) error {
	return a.move(ctx, tx, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail}, Sent, `
		UPDATE suggestions SET state = 'sent' WHERE tenant_id = $1 AND comment_id = ANY ($2) AND state = 'approved'
		RETURNING id, ticket_id, 'approved'`, comments)
}

// move runs an UPDATE that returns id, ticket and old state of what it changed, and records each change.
func (a *Assistant) move(ctx context.Context, tx tenant.Tx, by tickets.Actor, to State, update string, arg any) error {
	type change struct {
		ID     uuid.UUID
		Ticket tickets.ID
		From   State
	}
	rows, _ := tx.Query(ctx, update, tx.Tenant(), arg) // CollectRows reports the error.
	changes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[change])
	if err != nil {
		return fmt.Errorf("make suggestions %s: %w", to, err)
	}
	if len(changes) == 0 {
		return nil
	}
	events := make([]tickets.Event, len(changes))
	for i, c := range changes {
		events[i] = changed(c.Ticket, SuggestionID{c.ID}, by, c.From, to)
	}
	return a.desk.Record(ctx, tx, events...)
}

func (a *Assistant) record(ctx context.Context, tx tenant.Tx, ticket tickets.ID, id SuggestionID, by tickets.Actor, from, to State) error {
	return a.desk.Record(ctx, tx, changed(ticket, id, by, from, to))
}

func changed(ticket tickets.ID, id SuggestionID, by tickets.Actor, from, to State) tickets.Event {
	return tickets.Event{
		TicketID: ticket, Actor: by, Kind: tickets.SuggestionChanged, From: string(from), To: string(to), Subject: &id.UUID,
	}
}
