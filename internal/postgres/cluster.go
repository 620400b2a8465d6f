package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The names in a private cluster.
const (
	Database  = "customerdesk" // exists once StartPrivate has returned
	superuser = "postgres"
)

// PrivateConfig says where the private cluster lies. DataDir and Logger are required.
type PrivateConfig struct {
	DataDir string // made if missing; the cluster's files are in its folder "postgres"
	Logger  *slog.Logger
	// Fast gives up durability, and takes more connections: for tests. It holds for the server that this
	// call starts, not for one that it adopts.
	Fast bool

	// For tests: without user namespaces, and another place instead of /var/lib/customerdesk.
	noNamespaces bool
	elsewhere    string
}

// A Cluster is a running private cluster, in use until Release.
type Cluster struct {
	cfg  PrivateConfig
	dir  string // DATA_DIR/postgres
	turn *lockFile
	use  *lockFile

	// Known once it runs.
	data     string // the cluster's folder
	socket   string // the socket's folder
	password string // of the superuser
	account  account
}

// StartPrivate starts the private cluster, or joins the commands that use it already, and returns when it
// answers. The first time it makes the cluster. ctx bounds the wait only; the server outlives it, and this
// process too while others use it. Errors are *VersionError, ErrNoBinaries and others, each a line for the
// operator.
func StartPrivate(ctx context.Context, cfg PrivateConfig) (*Cluster, error) {
	c, err := openCluster(cfg)
	if err != nil {
		return nil, fmt.Errorf("private database: %w", err)
	}
	if err := c.Ensure(ctx); err != nil {
		_ = c.Release(context.WithoutCancel(ctx)) // the first error says more
		return nil, err
	}
	return c, nil
}

func openCluster(cfg PrivateConfig) (*Cluster, error) {
	dataDir, err := filepath.Abs(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	// What needs hiding in the data directory has a mode of its own; the system user that runs Postgres for
	// root must be able to pass through.
	mode := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711
	}
	c := &Cluster{cfg: cfg, dir: filepath.Join(dataDir, "postgres")}
	if err := os.MkdirAll(c.dir, mode); err != nil {
		return nil, fmt.Errorf("CUSTOMERDESK_DATA_DIR: %w", err)
	}
	if c.turn, err = openLock(filepath.Join(c.dir, "turn.lock")); err != nil {
		return nil, err
	}
	if c.use, err = openLock(filepath.Join(c.dir, "users.lock")); err != nil {
		_ = c.turn.Close()
		return nil, err
	}
	return c, nil
}

// Ensure sees to it that the server answers, and starts it again where it has died. StartPrivate does it
// once; a command that runs for long may repeat it when it can no longer connect.
func (c *Cluster) Ensure(ctx context.Context) error {
	if err := c.turn.lock(ctx, syscall.LOCK_EX); err != nil {
		return fmt.Errorf("private database: %w", err)
	}
	defer c.yield()
	if err := c.use.lock(ctx, syscall.LOCK_SH); err != nil {
		return fmt.Errorf("private database: %w", err)
	}
	if err := c.prepare(ctx); err != nil {
		return fmt.Errorf("private database: %w", err)
	}
	if err := c.run(ctx); err != nil {
		return fmt.Errorf("private database: %w", err)
	}
	return nil
}

// yield ends a turn.
func (c *Cluster) yield() { _, _ = c.turn.try(syscall.LOCK_UN) }

// Release says that this command needs the server no more; the last one to say so stops it, and Release
// returns when it has stopped. It must be called once; c is of no use afterwards.
func (c *Cluster) Release(ctx context.Context) error {
	defer func() {
		_ = c.use.Close()
		_ = c.turn.Close()
	}()
	if err := c.turn.lock(ctx, syscall.LOCK_EX); err != nil {
		return fmt.Errorf("leave the private database: %w", err)
	}
	last, err := c.use.try(syscall.LOCK_EX)
	if err != nil {
		return fmt.Errorf("leave the private database: %w", err)
	}
	if !last || c.data == "" {
		return nil
	}
	if err := c.stop(ctx); err != nil {
		return fmt.Errorf("stop the private database: %w", err)
	}
	c.cfg.Logger.DebugContext(ctx, "private database stopped")
	return nil
}

// Superuser returns the superuser's URL for a database of the cluster. It holds a password.
func (c *Cluster) Superuser(database string) string {
	return c.URL(database, superuser, c.password)
}

// URL returns a login's URL for a database of the cluster.
func (c *Cluster) URL(database, user, password string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(user, password),
		Path:     "/" + database,
		RawQuery: url.Values{"host": {c.socket}, "port": {"5432"}}.Encode(),
	}
	return u.String()
}

// run starts or adopts the server.
func (c *Cluster) run(ctx context.Context) error {
	// More than one round only where a server was on its way up or down when we came.
	for range 3 {
		err := c.answers(ctx)
		if err == nil {
			return nil
		}
		if !isDown(err) {
			return err
		}
		pid, alive := c.postmaster()
		if !alive {
			if err := c.clearAway(ctx); err != nil {
				return err
			}
			began := time.Now()
			if pid, err = c.spawn(ctx); err != nil {
				return err
			}
			defer func() {
				c.cfg.Logger.DebugContext(ctx, "private database started", "pid", pid, "took", time.Since(began))
			}()
		}
		ready, err := c.await(ctx, pid)
		if ready || err != nil {
			return err
		}
		if !alive {
			// What we started has ended. Perhaps it found another one at its place: the next round shows.
			if _, other := c.postmaster(); !other {
				return fmt.Errorf("the server did not start: %s", c.logTail())
			}
		}
	}
	return fmt.Errorf("the server starts and ends again: %s", c.logTail())
}

// startTimeout is how long a server may take that says it is on its way: recovery after a kill reads
// everything since the last checkpoint.
const startTimeout = 3 * time.Minute

// await waits until the server answers (true) or its process has ended (false).
func (c *Cluster) await(ctx context.Context, pid int) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := c.answers(ctx)
		if err == nil {
			return true, nil
		}
		if ctx.Err() != nil {
			return false, fmt.Errorf("the server did not answer in time: %s", c.logTail())
		}
		if !isDown(err) {
			return false, err
		}
		if !alive(pid) {
			return false, nil
		}
		if err := pause(ctx, lockPoll); err != nil {
			return false, fmt.Errorf("the server did not answer in time: %s", c.logTail())
		}
	}
}

// answers connects once, and makes the service's database if it is missing. An error of which isDown is
// true means that no server is ready.
func (c *Cluster) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.Superuser(Database))
	if err == nil {
		return conn.Close(ctx)
	}
	switch sqlState(err) {
	case "3D000":
		return c.createDatabase(ctx)
	case "28P01":
		return fmt.Errorf("the superuser's password in %s is not the cluster's: put the right one there", c.passwordFile())
	}
	return err
}

func (c *Cluster) createDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.Superuser("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{Database}.Sanitize()); err != nil {
		return fmt.Errorf("create database %s: %w", Database, err)
	}
	return nil
}

// isDown reports whether an attempt to connect failed because no server is ready, rather than because the
// server said no.
func isDown(err error) bool {
	const cannotConnectNow, adminShutdown, crashShutdown = "57P03", "57P01", "57P02"
	switch sqlState(err) {
	case cannotConnectNow, adminShutdown, crashShutdown:
		return true
	case "":
		var connect *pgconn.ConnectError
		return errors.As(err, &connect)
	}
	return false
}

func sqlState(err error) string {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code
	}
	return ""
}

// logTail returns the end of the server's log as part of one line.
func (c *Cluster) logTail() string {
	path := filepath.Join(c.dir, "server.log")
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if n := len(lines); n > 4 {
		lines = lines[n-4:]
	}
	return fmt.Sprintf("its log %s ends with %q", path, strings.Join(lines, " | "))
}
