package inbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// NoticeArgs are the arguments of the job that writes to a customer of a ticket's new status.
type NoticeArgs struct {
	Tenant tenant.ID  `json:"tenant"`
	Ticket tickets.ID `json:"ticket"`
	Event  uuid.UUID  `json:"event"`
}

// Kind implements river.JobArgs.
func (NoticeArgs) Kind() string { return "mail_notice" }

func noticeJob(owner tenant.ID, e tickets.Event, at time.Time) jobs.Insert {
	return jobs.Insert{
		Args:       NoticeArgs{Tenant: owner, Ticket: e.TicketID, Event: e.ID.UUID},
		InsertOpts: &river.InsertOpts{Queue: jobs.QueueMail, ScheduledAt: at},
	}
}

// An Inserter queues jobs in a transaction; a jobs.Queue is one.
type Inserter interface {
	Insert(ctx context.Context, tx tenant.Tx, in ...jobs.Insert) error
}

// NoticeWorker works the jobs of automatic mail that is due later than what it is about.
type NoticeWorker struct {
	river.WorkerDefaults[NoticeArgs]
	Outbox *Outbox
	Queue  Inserter
}

// Work writes the mails, where they still say what is. It may run twice: the second time does nothing.
func (w *NoticeWorker) Work(ctx context.Context, job *river.Job[NoticeArgs]) error {
	return tenant.In(ctx, w.Outbox.cfg.Pool, job.Args.Tenant, func(tx tenant.Tx) error {
		due, err := w.Outbox.noticesOf(ctx, tx, job.Args)
		if err != nil || len(due) == 0 {
			return err
		}
		return w.Queue.Insert(ctx, tx, due...)
	})
}

// noticesFor are the kinds of automatic mail that a change of status asks for. Of what customers do themselves they
// need not be told, but that their ticket is closed, they are. An answer that was taken back moves a ticket from
// in-progress to open, and a merge that was undone from closed to what it was: of neither anybody outside knew.
func noticesFor(e tickets.Event) []TemplateKind {
	from, to := tickets.Status(e.From), tickets.Status(e.To)
	switch {
	case to == tickets.Closed:
		return []TemplateKind{ClosingMail, SatisfactionMail}
	case from == tickets.Closed, from == tickets.InProgress && to == tickets.Open:
		return nil
	case e.Actor.Kind != tickets.ByMember && to == tickets.Resolved:
		return []TemplateKind{SatisfactionMail}
	case e.Actor.Kind != tickets.ByMember:
		return nil
	case to == tickets.Resolved:
		return []TemplateKind{StatusMail, SatisfactionMail}
	}
	return []TemplateKind{StatusMail}
}

// noticesOf writes the mails about a change of status. None is written where the status changed again since, and
// where an answer says that the ticket is in progress.
func (o *Outbox) noticesOf(ctx context.Context, tx tenant.Tx, a NoticeArgs) ([]jobs.Insert, error) {
	if send, ok, err := o.answerOrder(ctx, tx, a); ok || err != nil {
		return inserts(send), err
	}
	var e tickets.Event
	var later, answered bool
	err := tx.QueryRow(ctx, `SELECT v.from_value, v.to_value, v.actor_kind,
			EXISTS (SELECT FROM ticket_events l WHERE l.tenant_id = v.tenant_id AND l.ticket_id = v.ticket_id AND l.kind = 'status' AND (l.at, l.id) > (v.at, v.id)),
			EXISTS (SELECT FROM ticket_comments k WHERE k.tenant_id = v.tenant_id AND k.ticket_id = v.ticket_id AND k.kind = 'public'
				AND k.author_kind IN ('member', 'ai') AND k.created_at >= v.at)
		FROM ticket_events v WHERE v.tenant_id = $1 AND v.id = $2 AND v.ticket_id = $3`, tx.Tenant(), a.Event, a.Ticket).
		Scan(&e.From, &e.To, &e.Actor.Kind, &later, &answered)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil // split or merged since
	}
	if err != nil {
		return nil, fmt.Errorf("look at change %s of a ticket's status: %w", a.Event, err)
	}
	if later || answered && tickets.Status(e.To) == tickets.InProgress {
		return nil, nil
	}
	var due []jobs.Insert
	for _, kind := range noticesFor(e) {
		send, err := o.noticeOf(ctx, tx, kind, a, e)
		if err != nil {
			return nil, err
		}
		due = append(due, inserts(send)...)
	}
	return due, nil
}

// noticeOf writes a mail of one kind about a change of status. It asks how satisfied somebody is only once until the
// ticket is open again.
func (o *Outbox) noticeOf(ctx context.Context, tx tenant.Tx, kind TemplateKind, a NoticeArgs, e tickets.Event) (*jobs.Insert, error) {
	n := notification{kind: kind, ticket: a.Ticket, about: a.Event, values: map[string]string{"status": statusWords(e.To), "before": statusWords(e.From)}}
	if kind == SatisfactionMail {
		asked, err := askedSinceOpen(ctx, tx, a.Ticket)
		if err != nil || asked {
			return nil, err
		}
		if n.values["links"], err = o.scoreLinks(ctx, tx, a.Ticket); err != nil {
			return nil, err
		}
	}
	return o.notify(ctx, tx, n)
}

func inserts(send *jobs.Insert) []jobs.Insert {
	if send == nil {
		return nil
	}
	return []jobs.Insert{*send}
}

func statusWords(s string) string { return strings.ReplaceAll(s, "-", " ") }
