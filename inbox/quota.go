package inbox

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/internal/blobs"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// QuotaNear is the share of its limit, in percent, from which on a tenant's files are near it. QuotaEased is the share
// below which they no longer are, so that files that come and go about a limit are told of once.
const (
	QuotaNear  = 90
	QuotaEased = 85
)

// quotaEvery is how often tenants with a limit are looked at.
const quotaEvery = 5 * time.Minute

// A QuotaLevel is how much of its limit a tenant's files take up.
type QuotaLevel int

// The levels. Nothing is refused at any of them.
const (
	QuotaFine QuotaLevel = iota
	QuotaClose
	QuotaReached
)

// Quota is the level of an alert of the kind QuotaAlert.
func (a Alert) Quota() QuotaLevel { return quotaLevel(a.Used, a.Allowed) }

func quotaLevel(used, allowed int64) QuotaLevel {
	switch {
	case allowed <= 0:
		return QuotaFine
	case used >= allowed:
		return QuotaReached
	case used/QuotaNear >= allowed/100:
		return QuotaClose
	}
	return QuotaFine
}

// CheckQuota tells people when the files of tx's tenant come near what it allows them, and when they reach it: one notice
// for each crossing, which later says that there is room again. allowed is in bytes; 0 is no limit.
func (in *Inbox) CheckQuota(ctx context.Context, tx tenant.Tx, allowed int64) error {
	if err := tenant.Lock(ctx, tx, "files", "quota"); err != nil {
		return err
	}
	var id uuid.UUID
	var before struct{ used, allowed int64 }
	err := tx.QueryRow(ctx, `SELECT id, used, allowed FROM mail_alerts WHERE tenant_id = $1 AND kind = $2 AND about = ''`, tx.Tenant(), QuotaAlert).
		Scan(&id, &before.used, &before.allowed)
	if ignoreNoRows(err) != nil {
		return fmt.Errorf("look up what was told of files: %w", err)
	}
	if allowed == 0 && before.allowed == 0 {
		return nil
	}
	used, err := blobs.Used(ctx, tx)
	if err != nil {
		return err
	}
	was, is := quotaLevel(before.used, before.allowed), quotaLevel(used, allowed)
	switch {
	case is == was, is < was && is == QuotaFine && allowed > 0 && used/QuotaEased >= allowed/100:
		return nil
	case is > was:
		id = tenant.NewID() // a notice of its own
	}
	now := in.cfg.Clock()
	_, err = tx.Exec(ctx, `INSERT INTO mail_alerts (tenant_id, kind, about, id, since, last_at, used, allowed) VALUES ($1, $2, '', $3, $4, $4, $5, $6)
		ON CONFLICT (tenant_id, kind, about) DO UPDATE SET id = excluded.id, last_at = excluded.last_at, used = excluded.used, allowed = excluded.allowed,
			since = CASE WHEN mail_alerts.id = excluded.id THEN mail_alerts.since ELSE excluded.since END`,
		tx.Tenant(), QuotaAlert, id, now, used, allowed)
	if err != nil {
		return fmt.Errorf("note how much files take up: %w", err)
	}
	if in.cfg.Alerted == nil {
		return nil
	}
	return in.cfg.Alerted(ctx, tx, id, now)
}

// QuotaArgs are the arguments of the job that looks how much the files of all tenants take up.
type QuotaArgs struct{}

// Kind implements river.JobArgs.
func (QuotaArgs) Kind() string { return "file_quota" }

// A QuotaWorker works the jobs with QuotaArgs.
type QuotaWorker struct {
	river.WorkerDefaults[QuotaArgs]
	Inbox *Inbox
}

// Work checks the quota of each tenant that has one, or had one.
func (w *QuotaWorker) Work(ctx context.Context, _ *river.Job[QuotaArgs]) error {
	all, err := tenant.List(ctx, w.Inbox.cfg.Pool)
	if err != nil {
		return err
	}
	for _, t := range all {
		err := tenant.In(ctx, w.Inbox.cfg.Pool, t.ID, func(tx tenant.Tx) error {
			return w.Inbox.CheckQuota(ctx, tx, int64(t.Settings.AttachmentQuota))
		})
		if err != nil {
			return fmt.Errorf("tenant %s: %w", t.ID, err)
		}
	}
	return nil
}

// Schedule is when the job comes up.
func (QuotaArgs) Schedule() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(quotaEvery), func() (river.JobArgs, *river.InsertOpts) {
		return QuotaArgs{}, &river.InsertOpts{Queue: jobs.QueueUpkeep, MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByPeriod: quotaEvery}}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}
