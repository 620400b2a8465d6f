package migrations

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/customerdesk/customerdesk/internal/postgres"
)

// pgtest needs this package, so these tests bring their own server.
var server *postgres.Cluster

// room is what must be free in memory for the server to lie there, in bytes. Containers have 64 MiB.
const room = 1 << 30

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx := context.Background()
	parent := os.TempDir()
	var fs syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &fs); err == nil && fs.Bavail*uint64(fs.Bsize) >= room {
		parent = "/dev/shm" // many databases are many files
	}
	dir := filepath.Join(parent, fmt.Sprintf("customerdesk-migrations-test-%d", os.Getpid()))
	if err := os.Mkdir(dir, 0o711); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var err error
	server, err = postgres.StartPrivate(ctx, postgres.PrivateConfig{DataDir: dir, Fast: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := server.Release(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

// A database of one test, with roles of its own named after it.
type database struct {
	name, owner string // owner is the owner's URL, of role NAME_owner
}

// newDatabase makes an empty database; the owner's role has the attributes, and the extension is there
// already where vector is set.
func newDatabase(t *testing.T, name, attributes string, vector bool) database {
	t.Helper()
	owner := name + "_owner"
	super(t, "postgres", "CREATE ROLE "+owner+" LOGIN PASSWORD 'p' "+attributes)
	super(t, "postgres", "CREATE DATABASE "+name+" OWNER "+owner)
	t.Cleanup(func() {
		super(t, "postgres", "DROP DATABASE "+name+" WITH (FORCE)")
		for _, role := range []string{owner, name + "_service"} {
			super(t, "postgres", "DROP ROLE IF EXISTS "+role)
		}
	})
	if vector {
		super(t, name, "CREATE EXTENSION vector")
	}
	return database{name: name, owner: server.URL(name, owner, "p")}
}

func super(t *testing.T, database, sql string) { execute(t, server.Superuser(database), sql) }

func execute(t *testing.T, url, sql string) {
	t.Helper()
	conn := connect(t, url)
	if _, err := conn.Exec(context.WithoutCancel(t.Context()), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	return conn
}

func login(t *testing.T, databaseURL, user, password string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(user, password)
	return u.String()
}
