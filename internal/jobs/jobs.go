package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

const (
	jobTimeout  = 2 * time.Minute
	rescueAfter = 10 * time.Minute

	// notifyEvery is how often an instance wakes the workers of a queue at most. A notification orders the commits
	// of those that send one (Postgres takes a lock for it until the commit is on disk), so not every insert has one.
	notifyEvery = 20 * time.Millisecond
	// fetchRate is how many jobs a queue can take a second: with River's default of 100 ms between two fetches, 16
	// workers would never do more than 160. Each fetch is a transaction, so the more a queue's workers can take at
	// once, the longer it waits for the next.
	fetchRate = 3200
	// pollEvery is how long a job waits at most whose insert sent no notification.
	pollEvery = 200 * time.Millisecond
	// soon is how far ahead a job may be due that is available to the workers from the start, and so begins within
	// pollEvery of its time. Those that are due later wait for River's scheduler, which an elected instance runs every
	// five seconds: what is due before that would be late, and so would be all where no instance is elected yet.
	soon = time.Minute
)

// The queues, by what must not wait for what.
const (
	QueueCards  = "cards"  // a ticket's card in Slack
	QueueThread = "thread" // everything else that is posted to Slack
	QueueMail   = "mail"   // answers to customers
	QueueAI     = "ai"     // summaries and drafts
	QueueUpkeep = river.QueueDefault
)

// Insert is a job to be inserted, with its options.
type Insert = river.InsertManyParams

// Config of a Queue. The zero value of each number takes the default.
type Config struct {
	Pool    *pgxpool.Pool
	Logger  *slog.Logger
	Workers *river.Workers // nil: the queue only takes jobs and works none
	// Concurrency is the number of jobs worked at once by queue; queues that are missing are not worked.
	Concurrency map[string]int
	// Periodic jobs; inserted by one elected instance.
	Periodic []*river.PeriodicJob
}

// A Queue inserts jobs and, when it was given workers, works them.
type Queue struct {
	client   *river.Client[pgx.Tx]
	presence presence
}

// New connects a queue to its tables.
func New(cfg Config) (*Queue, error) {
	rc := &river.Config{
		Logger:     cfg.Logger,
		JobTimeout: jobTimeout,
		// River uses it for both; the queues below have a shorter one of their own for fetching.
		FetchCooldown:     notifyEvery,
		FetchPollInterval: pollEvery,
		// For what an instance leaves behind whose death the others cannot see; see presence.
		RescueStuckJobsAfter: rescueAfter,
		PeriodicJobs:         cfg.Periodic,
		Plugins:              []rivertype.Plugin{river.HookInsertBeginFunc(availableSoon)},
		// The reindexer needs to own the tables, which the service does not.
		ReindexerSchedule: never{},
	}
	if cfg.Workers != nil {
		rc.Workers = cfg.Workers
		rc.Queues = make(map[string]river.QueueConfig, len(cfg.Concurrency))
		for q, n := range cfg.Concurrency {
			rc.Queues[q] = river.QueueConfig{MaxWorkers: n, FetchCooldown: cooldown(n)}
		}
	}
	c, err := river.NewClient(riverpgxv5.New(cfg.Pool), rc)
	if err != nil {
		return nil, fmt.Errorf("set up the job queue: %w", err)
	}
	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Queue{client: c, presence: presence{pool: cfg.Pool, name: c.ID(), log: log}}, nil
}

// Insert adds jobs in the transaction that causes them.
func (q *Queue) Insert(ctx context.Context, tx tenant.Tx, in ...Insert) error {
	if len(in) == 0 {
		return nil
	}
	ptx := tx.Unwrap()
	if ptx == nil {
		return tenant.ErrNoTx
	}
	if _, err := q.client.InsertManyTx(ctx, ptx, in); err != nil {
		return fmt.Errorf("insert %d jobs: %w", len(in), err)
	}
	return nil
}

// Run works jobs until ctx ends, then waits for those under way, at most for grace; what has not ended by
// then is cancelled and taken up again by the next instance. The jobs of an instance that was killed are
// taken up at once at the start of another, and within seconds by those that run.
func (q *Queue) Run(ctx context.Context, grace time.Duration) error {
	if err := q.presence.appear(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // asked to end before it began
		}
		return fmt.Errorf("start the job queue: %w", err)
	}
	defer q.presence.vanish(ctx)
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the job queue: %w", err)
	}
	q.presence.keep(ctx)
	soft, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := q.client.Stop(soft)
	if errors.Is(err, context.DeadlineExceeded) {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		err = q.client.StopAndCancel(hard)
	}
	if err != nil {
		return fmt.Errorf("stop the job queue: %w", err)
	}
	return nil
}

// never is a schedule whose next time does not come.
type never struct{}

func (never) Next(now time.Time) time.Time { return now.AddDate(100, 0, 0) }

// availableSoon lets workers have a job whose time comes soon; they take none before its time.
func availableSoon(_ context.Context, job *rivertype.JobInsertParams) error {
	if job.State == rivertype.JobStateScheduled && time.Until(*job.ScheduledAt) <= soon {
		job.State = rivertype.JobStateAvailable
	}
	return nil
}

// cooldown is how long a queue with n workers waits between two fetches.
func cooldown(n int) time.Duration {
	return max(5*time.Millisecond, time.Duration(n)*time.Second/fetchRate)
}
