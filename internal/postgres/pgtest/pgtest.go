package pgtest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"github.com/customerdesk/customerdesk/internal/postgres"
)

// The logins of every test database. Roles belong to the cluster, so that all databases share them.
const (
	ownerRole   = "pgtest_owner"
	serviceRole = "pgtest_service"
	password    = "pgtest"
)

// maxConns keeps many packages at once within the cluster's 300 connections.
const maxConns = 8

// startTimeout bounds making the cluster and the template, on a busy machine.
const startTimeout = 3 * time.Minute

// A DB is one test's own database. Its pools are closed and it is dropped when the test ends.
type DB struct {
	Service *pgxpool.Pool // as the service connects
	Owner   *pgxpool.Pool // as migrations do; it stands under row-level security as well

	Name         string
	ServiceURL   string
	OwnerURL     string
	SuperuserURL string

	cluster *cluster
}

// New makes a database for t on the shared cluster, which gives up durability for speed.
func New(t testing.TB) *DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), startTimeout)
	defer cancel()
	c, err := shared.get(ctx)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return c.database(ctx, t)
}

// Durable makes a database for t on a cluster of its own that keeps every commit, for tests of crashes and
// for benchmarks; it takes seconds.
func Durable(t testing.TB) *DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), startTimeout)
	defer cancel()
	c, err := startCluster(ctx, t.TempDir(), false)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := c.release(); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return c.database(ctx, t)
}

// Main runs a package's tests and exits: it lets go of the shared cluster and looks for goroutines that
// were left running.
func Main(m *testing.M) {
	code := m.Run()
	if err := shared.release(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = max(code, 1)
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "goroutines left running:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// shared is this process's part in the shared cluster. It is a package variable because a test binary has
// no other place that lasts from test to test.
var shared holder

type holder struct {
	mu sync.Mutex
	c  *cluster
}

func (h *holder) get(ctx context.Context) (*cluster, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.c == nil {
		dir, err := sharedFolder()
		if err != nil {
			return nil, err
		}
		c, err := startCluster(ctx, dir, true)
		if err != nil {
			return nil, err
		}
		h.c = c
	}
	return h.c, nil
}

func (h *holder) release() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.c == nil {
		return nil
	}
	c := h.c
	h.c = nil
	return c.release()
}

// roomForCluster is what must be free in memory for the cluster to lie there, in bytes.
const roomForCluster = 2 << 30

// sharedFolder returns the stable folder of this user's test cluster, made sure to be theirs. A database is
// some 400 files, whose making takes 10 ms in memory and up to half a second on a busy disk.
func sharedFolder() (string, error) {
	parent := os.TempDir()
	var fs syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &fs); err == nil && fs.Bavail*uint64(fs.Bsize) >= roomForCluster {
		parent = "/dev/shm"
	}
	dir := filepath.Join(parent, fmt.Sprintf("customerdesk-pgtest-%d", os.Getuid()))
	if err := os.Mkdir(dir, 0o711); err != nil && !os.IsExist(err) {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm()&0o022 != 0 || ok && int(st.Uid) != os.Getuid() {
		return "", fmt.Errorf("%s is not a folder that only this user can write to: remove it", dir)
	}
	return dir, nil
}

// A cluster is a running Postgres with a migrated template.
type cluster struct {
	*postgres.Cluster
	template string
	shared   bool         // with other processes
	made     atomic.Int64 // databases, for their names
}

func startCluster(ctx context.Context, dir string, fast bool) (*cluster, error) {
	pc, err := postgres.StartPrivate(ctx, postgres.PrivateConfig{DataDir: dir, Logger: slog.New(slog.DiscardHandler), Fast: fast})
	if err != nil {
		return nil, err
	}
	c := &cluster{Cluster: pc, shared: fast}
	if err := c.prepare(ctx); err != nil {
		_ = c.release()
		return nil, err
	}
	return c, nil
}

func (c *cluster) release() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return c.Release(ctx)
}
