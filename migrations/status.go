package migrations

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/customerdesk/customerdesk/internal/postgres"
)

// The errors of Check.
var (
	ErrOldSchema   = errors.New("the database's schema is older than this program: run `customerdesk migrate up`")
	ErrNewerSchema = errors.New("the database's schema is newer than this program: run the version that migrated it, or a newer one")
)

// Where a migration comes from.
const (
	SourceSchema = "schema" // this package's files
	SourceQueue  = "queue"  // River
)

// A State is one migration and whether it was applied.
type State struct {
	Source    string
	Version   int64 // counts per source
	Name      string
	AppliedAt time.Time // zero: pending
	Unknown   bool      // applied, but not by this version of the program
}

// Status lists all migrations, applied and pending, in the order they run. It changes nothing.
func Status(ctx context.Context, databaseURL, setting string) ([]State, error) {
	return status(ctx, databaseURL, setting, files)
}

func status(ctx context.Context, databaseURL, setting string, fsys fs.FS) ([]State, error) {
	conn, err := postgres.ConnectOne(ctx, databaseURL, setting)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	schema, err := schemaStates(fsys)
	if err != nil {
		return nil, err
	}
	queue, err := queueStates()
	if err != nil {
		return nil, err
	}
	const ranSchema = `SELECT version_id, max(tstamp AT TIME ZONE current_setting('TimeZone'))
		FROM public.goose_db_version WHERE is_applied AND version_id > 0 GROUP BY 1 ORDER BY 1`
	if schema, err = mark(ctx, conn, schema, ranSchema, SourceSchema); err != nil {
		return nil, err
	}
	const ranQueue = `SELECT version, created_at FROM public.river_migration WHERE line = 'main' ORDER BY 1`
	if queue, err = mark(ctx, conn, queue, ranQueue, SourceQueue); err != nil {
		return nil, err
	}
	return append(schema, queue...), nil
}

// mark fills in when migrations ran, from a query of version and time; a missing table means never.
func mark(ctx context.Context, conn *pgx.Conn, states []State, query, source string) ([]State, error) {
	rows, _ := conn.Query(ctx, query) // ForEachRow reports the error.
	var version int64
	var at time.Time
	_, err := pgx.ForEachRow(rows, []any{&version, &at}, func() error {
		for i := range states {
			if states[i].Version == version {
				states[i].AppliedAt = at
				return nil
			}
		}
		states = append(states, State{Source: source, Version: version, AppliedAt: at, Unknown: true})
		return nil
	})
	if err != nil && !isMissingTable(err) {
		return nil, fmt.Errorf("ask which migrations ran: %w", err)
	}
	return states, nil
}

// Check compares the database's schema with what this binary needs: ErrOldSchema, ErrNewerSchema or nil.
// One query, which the service's login may run.
func Check(ctx context.Context, pool *pgxpool.Pool) error {
	return check(ctx, pool, files)
}

func check(ctx context.Context, pool *pgxpool.Pool, fsys fs.FS) error {
	need, err := schemaStates(fsys)
	if err != nil {
		return err
	}
	queue, err := queueStates()
	if err != nil {
		return err
	}
	const q = `SELECT
		coalesce((SELECT array_agg(version_id) FROM public.goose_db_version WHERE is_applied), '{}'),
		coalesce((SELECT max(version) FROM public.river_migration WHERE line = 'main'), 0)`
	var have []int64
	var haveQueue int64
	err = pool.QueryRow(ctx, q).Scan(&have, &haveQueue)
	if isMissingTable(err) {
		return ErrOldSchema
	}
	if err != nil {
		return fmt.Errorf("ask which migrations ran: %w", err)
	}
	for _, m := range need {
		if !slices.Contains(have, m.Version) {
			return ErrOldSchema
		}
	}
	if haveQueue < queue[len(queue)-1].Version {
		return ErrOldSchema
	}
	if slices.Max(have) > need[len(need)-1].Version {
		return ErrNewerSchema
	}
	return nil
}

// isMissingTable reports whether a query failed because a table does not exist or was never granted.
func isMissingTable(err error) bool {
	const undefinedTable, insufficientPrivilege = "42P01", "42501"
	var pe *pgconn.PgError
	return errors.As(err, &pe) && (pe.Code == undefinedTable || pe.Code == insufficientPrivilege)
}

// schemaStates lists the files' migrations as pending, by version.
func schemaStates(fsys fs.FS) ([]State, error) {
	paths, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	states := make([]State, 0, len(paths))
	for _, p := range paths {
		number, _, _ := strings.Cut(p, "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("migration %s: its name must begin with a number and an underscore", p)
		}
		states = append(states, State{Source: SourceSchema, Version: version, Name: nameOf(p)})
	}
	if len(states) == 0 {
		return nil, errors.New("this program holds no migrations")
	}
	slices.SortFunc(states, func(a, b State) int { return int(a.Version - b.Version) })
	return states, nil
}

func queueStates() ([]State, error) {
	m, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	if err != nil {
		return nil, fmt.Errorf("read the queue's migrations: %w", err)
	}
	versions := m.AllVersions()
	states := make([]State, 0, len(versions))
	for _, v := range versions {
		states = append(states, State{Source: SourceQueue, Version: int64(v.Version), Name: v.Name})
	}
	return states, nil
}

func nameOf(file string) string { return strings.TrimSuffix(path.Base(file), ".sql") }
