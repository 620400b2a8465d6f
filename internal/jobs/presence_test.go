package jobs_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

type errand struct {
	Name string `json:"name"`
}

func (errand) Kind() string { return "errand" }

// instance is a queue whose errands end when allowed to.
type instance struct {
	*jobs.Queue
	began chan string
	allow chan struct{}
	stop  func()
}

func start(t *testing.T, db *pgtest.DB) *instance {
	t.Helper()
	in := &instance{began: make(chan string, 10), allow: make(chan struct{})}
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[errand]) error {
		in.began <- j.Args.Name
		select {
		case <-in.allow:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}))
	q, err := jobs.New(jobs.Config{Pool: db.Service, Logger: slog.New(slog.DiscardHandler), Workers: workers, Concurrency: map[string]int{jobs.QueueUpkeep: 4}})
	if err != nil {
		t.Fatal(err)
	}
	in.Queue = q
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx, time.Second) }()
	in.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	return in
}

func (in *instance) begins(t *testing.T, name string) {
	t.Helper()
	select {
	case got := <-in.began:
		if got != name {
			t.Fatalf("%s began, want %s", got, name)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("%s did not begin", name)
	}
}

func send(t *testing.T, db *pgtest.DB, in *instance, id tenant.ID, name string) {
	t.Helper()
	if err := tenant.In(t.Context(), db.Service, id, func(tx tenant.Tx) error {
		return in.Insert(t.Context(), tx, jobs.Insert{Args: errand{name}})
	}); err != nil {
		t.Fatal(err)
	}
}

func TestJobsOfAnInstanceThatDiedAreTakenUpAndThoseOfTheLivingLeftAlone(t *testing.T) {
	db := pgtest.New(t)
	tn, err := tenant.Add(t.Context(), db.Service, "acme", "Acme")
	if err != nil {
		t.Fatal(err)
	}
	first := start(t, db)
	send(t, db, first, tn.ID, "left")
	first.begins(t, "left")
	// A third instance had a job, as its row shows, and is gone.
	if _, err := db.Service.Exec(t.Context(), `INSERT INTO river_job (state, attempt, max_attempts, attempted_at, attempted_by, args, kind, queue)
		VALUES ('running', 1, 25, now(), '{"someone who is gone"}', '{"name":"orphan"}', 'errand', 'default')`); err != nil {
		t.Fatal(err)
	}
	second := start(t, db)
	select {
	case got := <-first.began:
		if got != "orphan" {
			t.Fatalf("%s began", got)
		}
	case got := <-second.began:
		if got != "orphan" {
			t.Fatalf("%s began again while its instance lives", got)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the job of the instance that is gone was not taken up")
	}
	close(first.allow)
	close(second.allow)
	first.stop()
	second.stop()
	if len(first.began)+len(second.began) != 0 {
		t.Error("a job was begun twice")
	}
}

func TestQueueThatIsToEndBeforeItBeganEndsWithoutFault(t *testing.T) {
	q, err := jobs.New(jobs.Config{Pool: pgtest.New(t).Service, Logger: slog.New(slog.DiscardHandler), Workers: river.NewWorkers()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Run(ctx, time.Second); err != nil {
		t.Error(err)
	}
}
