package migrations

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/customerdesk/customerdesk/internal/postgres"
)

//go:embed *.sql
var files embed.FS

// lockKey is the advisory lock that Up holds, chosen once at random.
const lockKey int64 = 0x6364_6d69_6772_6174

// Config of Up. Logins and Logger are required.
type Config struct {
	Logins Logins
	Logger *slog.Logger
	// ResetLogin sets the derived password of the service's login anew where it was derived from another key.
	// Without it that is an error, ErrOtherKey: a running service would be locked out.
	ResetLogin bool

	files fs.FS // for tests; nil: the embedded ones
}

// A Report says what Up did.
type Report struct {
	Applied     []State // in order; empty when there was nothing to do
	Role        string  // the service's login
	RoleCreated bool
	PasswordSet bool // the login was there, and got another password
}

// Up applies what is missing, sees to the service's login and grants it what it needs. It may run at once
// from several places and as often as one likes. A migration that fails is undone; those before it stay.
// Errors are one line with the cure.
func Up(ctx context.Context, cfg Config) (Report, error) {
	if cfg.files == nil {
		cfg.files = files
	}
	l := cfg.Logins
	conn, err := postgres.ConnectOne(ctx, l.Owner, l.OwnerSetting)
	if err != nil {
		return Report{}, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // gives the lock back, too
	if err := checkOwner(ctx, conn, l); err != nil {
		return Report{}, err
	}
	if err := lock(ctx, conn, cfg.Logger); err != nil {
		return Report{}, err
	}
	if err := ensureVector(ctx, conn); err != nil {
		return Report{}, fmt.Errorf("%s: %w", l.OwnerSetting, err)
	}
	report := Report{Role: l.Role}
	role, err := ensureRole(ctx, conn, l, cfg.ResetLogin)
	if err != nil {
		return Report{}, err
	}
	report.RoleCreated, report.PasswordSet = role.created, role.password
	if report.Applied, err = apply(ctx, conn, cfg); err != nil {
		return report, err
	}
	return report, grant(ctx, conn, l.Role)
}

// lock waits for the advisory lock. It asks again and again instead of waiting within one statement, whose
// snapshot would hold up what the other instance does.
func lock(ctx context.Context, conn *pgx.Conn, logger *slog.Logger) error {
	const every = 100 * time.Millisecond
	for waiting := false; ; waiting = true {
		var got bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, lockKey).Scan(&got); err != nil {
			return fmt.Errorf("wait for another instance's migration: %w", err)
		}
		if got {
			return nil
		}
		if !waiting {
			logger.InfoContext(ctx, "another instance is migrating, waiting for it")
		}
		t := time.NewTimer(every)
		select {
		case <-ctx.Done():
			t.Stop()
			return fmt.Errorf("wait for another instance's migration: %w", ctx.Err())
		case <-t.C:
		}
	}
}

// ensureVector creates the extension pgvector where that is allowed, and says otherwise who can.
func ensureVector(ctx context.Context, conn *pgx.Conn) error {
	var missing bool
	const q = `SELECT NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'vector')`
	if err := conn.QueryRow(ctx, q).Scan(&missing); err != nil {
		return fmt.Errorf("look for extension vector: %w", err)
	}
	if missing {
		_, err := conn.Exec(ctx, `CREATE EXTENSION IF NOT EXISTS vector`)
		var pe *pgconn.PgError
		switch {
		case err == nil:
		case !errors.As(err, &pe):
			return fmt.Errorf("create extension vector: %w", err)
		case pe.Code == "42501": // insufficient_privilege
			return fmt.Errorf("login %q may not create extension vector: %s", conn.Config().User, postgres.CreateVector(conn.Config().Database))
		case pe.Code == "0A000" || pe.Code == "58P01": // feature_not_supported, undefined_file
			return errors.New("pgvector is not installed on the database server: run deploy/setup.sh there, or install the package postgresql-NN-pgvector")
		default:
			return fmt.Errorf("create extension vector: %w", err)
		}
	}
	return postgres.CheckVersion(ctx, conn)
}

// apply runs goose, then the queue's migrations.
func apply(ctx context.Context, conn *pgx.Conn, cfg Config) ([]State, error) {
	pc, err := pgxpool.ParseConfig(cfg.Logins.Owner)
	if err != nil {
		return nil, postgres.Explain(cfg.Logins.OwnerSetting, err)
	}
	pc.ConnConfig = conn.Config()
	pc.MaxConns, pc.MinConns, pc.MinIdleConns = 2, 0, 0
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, postgres.Explain(cfg.Logins.OwnerSetting, err)
	}
	defer pool.Close()
	done, err := applySchema(ctx, pool, cfg)
	if err != nil {
		return done, err
	}
	queue, err := applyQueue(ctx, pool, cfg.Logger)
	return append(done, queue...), err
}

func applySchema(ctx context.Context, pool *pgxpool.Pool, cfg Config) ([]State, error) {
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, cfg.files,
		goose.WithSlog(cfg.Logger), goose.WithDisableGlobalRegistry(true),
		goose.WithAllowOutofOrder(true)) // work on two of them may end in another order than it began
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		results = partial.Applied
	}
	done := make([]State, 0, len(results))
	for _, r := range results {
		done = append(done, State{Source: SourceSchema, Version: r.Source.Version, Name: nameOf(r.Source.Path), AppliedAt: time.Now()})
		cfg.Logger.InfoContext(ctx, "migrated", "name", nameOf(r.Source.Path), "took", r.Duration)
	}
	if err == nil {
		return done, nil
	}
	// goose's own text repeats the whole statement.
	var cause error = err
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		cause = pe
	}
	if partial != nil {
		return done, fmt.Errorf("migration %s failed and was undone: %w", nameOf(partial.Failed.Source.Path), cause)
	}
	return done, fmt.Errorf("migrate the schema: %w", cause)
}

func applyQueue(ctx context.Context, pool *pgxpool.Pool, logger *slog.Logger) ([]State, error) {
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("read the queue's migrations: %w", err)
	}
	result, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return nil, fmt.Errorf("migrate the queue: %w", err)
	}
	// Nothing looks for jobs by what is in them, and keeping these two up to date was most of what a job costs.
	if _, err := pool.Exec(ctx, `DROP INDEX IF EXISTS river_job_args_index, river_job_metadata_index`); err != nil {
		return nil, fmt.Errorf("migrate the queue: %w", err)
	}
	done := make([]State, 0, len(result.Versions))
	for _, v := range result.Versions {
		done = append(done, State{Source: SourceQueue, Version: int64(v.Version), Name: v.Name, AppliedAt: time.Now()})
		logger.DebugContext(ctx, "migrated the queue", "name", v.Name, "took", v.Duration)
	}
	return done, nil
}
