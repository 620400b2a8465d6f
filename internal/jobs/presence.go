package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// presenceClass is the first key of the advisory locks that instances hold; the second is a hash of the
	// instance's name.
	presenceClass = 0x6364_6a6f
	// adoptEvery is how soon the jobs of an instance that died are taken up by the others.
	adoptEvery = 5 * time.Second
)

// A presence shows the other instances that this one lives, and finds out which of them have died. It is a
// shared advisory lock: Postgres lets go of it when the connection ends, which is at once where the process
// was killed. Without it the jobs of a killed process would stay marked as running until River's own rescue,
// which can only go by time.
type presence struct {
	pool *pgxpool.Pool
	name string // River's name of the client
	log  *slog.Logger
	conn *pgx.Conn
}

// appear takes the lock on a connection of its own. Server-side keep-alives notice a machine that vanished.
func (p *presence) appear(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, p.pool.Config().ConnConfig.Copy())
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
		set_config('tcp_keepalives_count', '3', false), pg_advisory_lock_shared($1, hashtext($2))`, presenceClass, p.name)
	if err != nil {
		_ = conn.Close(ctx)
		return err
	}
	p.conn = conn
	return nil
}

// adopt makes the jobs of instances that are gone available again. A job that has used up its attempts is
// left to River, which discards it. It runs on the connection that holds the lock: who cannot be sure to be
// seen does not judge others.
func (p *presence) adopt(ctx context.Context) (int64, error) {
	ct, err := p.conn.Exec(ctx, `
		UPDATE river_job SET state = 'available', scheduled_at = now()
		WHERE state = 'running' AND attempt < max_attempts AND cardinality(attempted_by) > 0
			AND hashtext(attempted_by[cardinality(attempted_by)]) NOT IN (
				SELECT CASE WHEN l.objid::bigint > 2147483647 THEN l.objid::bigint - 4294967296 ELSE l.objid::bigint END
				FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
				WHERE l.locktype = 'advisory' AND l.classid = $1 AND l.objsubid = 2 AND l.granted)`, presenceClass)
	if err != nil {
		return 0, fmt.Errorf("take up the jobs of instances that are gone: %w", err)
	}
	return ct.RowsAffected(), nil
}

// keep adopts now and then, and appears again where the connection was lost, until ctx ends.
func (p *presence) keep(ctx context.Context) {
	tick := time.NewTicker(adoptEvery)
	defer tick.Stop()
	failing := false
	for {
		err := p.round(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			p.log.WarnContext(ctx, "cannot look for the jobs of instances that are gone; trying on", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (p *presence) round(ctx context.Context) error {
	if p.conn.IsClosed() {
		if err := p.appear(ctx); err != nil {
			return err
		}
	}
	n, err := p.adopt(ctx)
	if err != nil {
		p.vanish(ctx)
		return err
	}
	if n > 0 {
		p.log.InfoContext(ctx, "took up the jobs of an instance that is gone", "jobs", n)
	}
	return nil
}

// vanish lets go of the lock. It may be called twice.
func (p *presence) vanish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = p.conn.Close(ctx) // Postgres notices anyhow.
}
