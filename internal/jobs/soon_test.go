package jobs_test

import (
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

func TestJobThatIsDueSoonNeedsNoSchedulerAndBeginsNotBeforeItsTime(t *testing.T) {
	db := pgtest.New(t)
	tn, err := tenant.Add(t.Context(), db.Service, "acme", "Acme")
	if err != nil {
		t.Fatal(err)
	}
	in := start(t, db)
	defer in.stop()
	close(in.allow)
	due := time.Now().Add(time.Second)
	if err := tenant.In(t.Context(), db.Service, tn.ID, func(tx tenant.Tx) error {
		return in.Insert(t.Context(), tx,
			jobs.Insert{Args: errand{"soon"}, InsertOpts: &river.InsertOpts{ScheduledAt: due}},
			jobs.Insert{Args: errand{"tomorrow"}, InsertOpts: &river.InsertOpts{ScheduledAt: due.Add(24 * time.Hour)}})
	}); err != nil {
		t.Fatal(err)
	}
	var waiting int
	if err := db.Service.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE state = 'scheduled'`).Scan(&waiting); err != nil || waiting != 1 {
		t.Errorf("%d jobs wait for the scheduler, want tomorrow's only (%v)", waiting, err)
	}
	in.begins(t, "soon")
	if early := time.Until(due); early > 0 {
		t.Errorf("it began %v before its time", early)
	}
}
