package pgtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/customerdesk/customerdesk/internal/postgres"
	"github.com/customerdesk/customerdesk/migrations"
)

const (
	templatePrefix = "pgtest_template_"
	testPrefix     = "pgtest_"
	// A template that no process has used for this long is dropped by the next that starts.
	templateLife = 24 * time.Hour
	// lockKey serialises what is done once for the cluster.
	lockKey = 0x7067_7465_7374
)

// prepare sweeps what killed processes left, and makes the roles and the template where they are missing.
func (c *cluster) prepare(ctx context.Context) error {
	digest, err := migrations.Digest()
	if err != nil {
		return err
	}
	c.template = templatePrefix + digest
	conn, err := pgx.Connect(ctx, c.Superuser("postgres"))
	if err != nil {
		return fmt.Errorf("prepare the test cluster: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, lockKey); err != nil {
		return fmt.Errorf("prepare the test cluster: %w", err)
	}
	if err := c.sweep(ctx, conn); err != nil {
		return fmt.Errorf("drop what killed tests left: %w", err)
	}
	for _, role := range []string{ownerRole, serviceRole} {
		create := fmt.Sprintf("CREATE ROLE %s LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '%s'", role, password)
		if _, err := conn.Exec(ctx, create); err != nil && sqlState(err) != "42710" { // duplicate_object
			return fmt.Errorf("make role %s: %w", role, err)
		}
	}
	return c.makeTemplate(ctx, conn)
}

// makeTemplate migrates a database and then gives it the template's name, so that a template of that name
// is complete.
func (c *cluster) makeTemplate(ctx context.Context, conn *pgx.Conn) error {
	var exists bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, c.template).Scan(&exists); err != nil {
		return fmt.Errorf("look for the template: %w", err)
	}
	if !exists {
		draft := c.template + "_draft"
		if err := execAll(ctx, conn,
			"DROP DATABASE IF EXISTS "+draft+" WITH (FORCE)",
			"CREATE DATABASE "+draft+" OWNER "+ownerRole,
		); err != nil {
			return fmt.Errorf("make the template: %w", err)
		}
		if err := c.migrate(ctx, draft); err != nil {
			return fmt.Errorf("make the template: %w", err)
		}
		if err := execAll(ctx, conn, "ALTER DATABASE "+draft+" RENAME TO "+c.template); err != nil {
			return fmt.Errorf("make the template: %w", err)
		}
	}
	return execAll(ctx, conn, fmt.Sprintf("COMMENT ON DATABASE %s IS 'used %d'", c.template, time.Now().Unix()))
}

func (c *cluster) migrate(ctx context.Context, database string) error {
	super, err := pgx.Connect(ctx, c.Superuser(database))
	if err != nil {
		return err
	}
	err = execAll(ctx, super, "CREATE EXTENSION vector")
	_ = super.Close(ctx)
	if err != nil {
		return err
	}
	logins, err := migrations.LoginsFor(c.URL(database, serviceRole, password), c.URL(database, ownerRole, password), nil)
	if err != nil {
		return err
	}
	_, err = migrations.Up(ctx, migrations.Config{Logins: logins, Logger: slog.New(slog.DiscardHandler)})
	return err
}

// sweep drops the databases of processes that are gone and templates that nobody uses any more.
func (c *cluster) sweep(ctx context.Context, conn *pgx.Conn) error {
	const q = `SELECT datname, coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE starts_with(datname, $1)`
	rows, _ := conn.Query(ctx, q, testPrefix) // ForEachRow reports the error.
	var name, comment string
	var stale []string
	_, err := pgx.ForEachRow(rows, []any{&name, &comment}, func() error {
		if name != c.template && isStale(name, comment, time.Now()) {
			stale = append(stale, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range stale {
		if err := execAll(ctx, conn, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
			return err
		}
	}
	return nil
}

// isStale judges a database by its name, pgtest_PID_N or pgtest_template_DIGEST, and by its comment.
func isStale(name, comment string, now time.Time) bool {
	if strings.HasPrefix(name, templatePrefix) {
		used, err := strconv.ParseInt(strings.TrimPrefix(comment, "used "), 10, 64)
		return err != nil || now.Sub(time.Unix(used, 0)) > templateLife
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(name, testPrefix), "_")
	pid, err := strconv.Atoi(number)
	if err != nil {
		return false // nothing of ours
	}
	return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// database copies the template for t.
func (c *cluster) database(ctx context.Context, t testing.TB) *DB {
	t.Helper()
	db := &DB{cluster: c, Name: fmt.Sprintf("%s%d_%d", testPrefix, os.Getpid(), c.made.Add(1))}
	create := fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s OWNER %s STRATEGY file_copy", db.Name, c.template, ownerRole)
	if err := c.superuserExec(ctx, create); err != nil {
		t.Fatalf("pgtest: make the test's database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := c.superuserExec(ctx, "DROP DATABASE IF EXISTS "+db.Name+" WITH (FORCE)"); err != nil {
			t.Errorf("pgtest: drop the test's database: %v", err)
		}
	})
	db.ServiceURL = c.URL(db.Name, serviceRole, password)
	db.OwnerURL = c.URL(db.Name, ownerRole, password)
	db.SuperuserURL = c.Superuser(db.Name)
	var err error
	if db.Service, err = postgres.Connect(ctx, db.ServiceURL, postgres.Config{Setting: "pgtest", MaxConns: maxConns}); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(db.Service.Close)
	if db.Owner, err = postgres.Connect(ctx, db.OwnerURL, postgres.Config{Setting: "pgtest", MaxConns: maxConns / 2}); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(db.Owner.Close)
	return db
}

// Stop ends the server of a Durable database: by SIGINT (in order, but ending what is under way) or SIGQUIT (as
// a crash does). Start brings it back. The shared cluster of New is never stopped.
func (db *DB) Stop(t testing.TB, how syscall.Signal) {
	t.Helper()
	if db.cluster.shared {
		t.Fatal("pgtest: only the server of a Durable database can be stopped")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), startTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, db.SuperuserURL)
	if err != nil {
		t.Fatalf("pgtest: stop the server: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var lock string
	if err := conn.QueryRow(ctx, `SELECT pg_read_file('postmaster.pid')`).Scan(&lock); err != nil {
		t.Fatalf("pgtest: stop the server: %v", err)
	}
	first, _, _ := strings.Cut(lock, "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		t.Fatalf("pgtest: stop the server: %v", err)
	}
	if err := syscall.Kill(pid, how); err != nil {
		t.Fatalf("pgtest: stop the server: %v", err)
	}
}

// Start waits for the end of a server that Stop has told to end, starts it again and returns when it answers.
func (db *DB) Start(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), startTimeout)
	defer cancel()
	if err := db.cluster.Ensure(ctx); err != nil {
		t.Fatalf("pgtest: start the server: %v", err)
	}
}

func (c *cluster) superuserExec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, c.Superuser("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	return execAll(ctx, conn, statement)
}

func execAll(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

func sqlState(err error) string {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code
	}
	return ""
}
