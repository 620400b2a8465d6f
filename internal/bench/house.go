package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/customerdesk/customerdesk/internal/postgres"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/migrations"
)

// A house is what all measurements share: a folder, the built service and a Postgres cluster.
type house struct {
	dir      string
	binary   string // customerdesk
	key      []byte
	log      *slog.Logger
	cluster  *postgres.Cluster
	postgres int // process id of the cluster's first process
	made     int // databases so far
}

// openHouse builds the service and starts the cluster. close it.
func openHouse(ctx context.Context, log *slog.Logger) (*house, error) {
	dir, err := os.MkdirTemp("", "customerdesk-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	h := &house{dir: dir, binary: filepath.Join(dir, "customerdesk"), key: make([]byte, secret.KeySize), log: log}
	if err := h.furnish(ctx); err != nil {
		return nil, errors.Join(err, h.close(ctx))
	}
	return h, nil
}

func (h *house) furnish(ctx context.Context) error {
	// The system user that runs Postgres for root passes through.
	if err := os.Chmod(h.dir, 0o711); err != nil {
		return err
	}
	progress("building the service")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", h.binary, "github.com/customerdesk/customerdesk/cmd/customerdesk").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build the service: %w: %s", err, strings.TrimSpace(string(out)))
	}
	progress("starting Postgres")
	h.cluster, err = postgres.StartPrivate(ctx, postgres.PrivateConfig{DataDir: filepath.Join(h.dir, "data"), Logger: h.log})
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, h.cluster.Superuser("postgres"))
	if err != nil {
		return fmt.Errorf("connect to Postgres: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var backend int
	var fsync, commit string
	err = conn.QueryRow(ctx, `SELECT pg_backend_pid(), current_setting('fsync'), current_setting('synchronous_commit')`).Scan(&backend, &fsync, &commit)
	if err != nil {
		return fmt.Errorf("ask Postgres for its settings: %w", err)
	}
	if fsync != "on" || commit != "on" {
		return fmt.Errorf("the figures would be worth nothing: Postgres runs with fsync %s and synchronous_commit %s", fsync, commit)
	}
	h.postgres, err = parentOf(backend)
	return err
}

// close stops the cluster and removes the folder.
func (h *house) close(ctx context.Context) error {
	var err error
	if h.cluster != nil {
		err = h.cluster.Release(context.WithoutCancel(ctx))
	}
	return errors.Join(err, os.RemoveAll(h.dir))
}

// A database is an empty one with the service's schema.
type database struct {
	house *house
	url   string        // the service's login
	pool  *pgxpool.Pool // as the service
	super *pgxpool.Pool // sees all tenants
}

// database makes one. close it.
func (h *house) database(ctx context.Context) (*database, error) {
	h.made++
	name := fmt.Sprintf("bench_%d", h.made)
	conn, err := pgx.Connect(ctx, h.cluster.Superuser("postgres"))
	if err != nil {
		return nil, fmt.Errorf("connect to Postgres: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, fmt.Errorf("make a database: %w", err)
	}
	logins, err := migrations.LoginsFor(h.cluster.Superuser(name), "", h.key)
	if err != nil {
		return nil, err
	}
	if _, err := migrations.Up(ctx, migrations.Config{Logins: logins, Logger: h.log}); err != nil {
		return nil, err
	}
	d := &database{house: h, url: logins.Service}
	if d.pool, err = postgres.Connect(ctx, logins.Service, postgres.Config{Setting: migrations.SettingDatabase}); err != nil {
		return nil, err
	}
	if d.super, err = postgres.Connect(ctx, logins.Owner, postgres.Config{Setting: migrations.SettingDatabase, MaxConns: 2}); err != nil {
		d.close()
		return nil, err
	}
	// What came before is written out now and not during the measurement.
	if _, err := d.super.Exec(ctx, "CHECKPOINT"); err != nil {
		d.close()
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	return d, nil
}

func (d *database) close() {
	d.pool.Close()
	if d.super != nil {
		d.super.Close()
	}
}

// count runs a query that counts, over all tenants.
func (d *database) count(ctx context.Context, query string, args ...any) (int, error) {
	var n int
	if err := d.super.QueryRow(ctx, query, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count: %w", err)
	}
	return n, nil
}

// env is the environment of a service on this database.
func (d *database) env(slackURL string) []string {
	return []string{
		"CUSTOMERDESK_DATABASE_URL=" + d.url,
		"CUSTOMERDESK_SECRET_KEY=" + base64.StdEncoding.EncodeToString(d.house.key),
		"CUSTOMERDESK_DATA_DIR=" + filepath.Join(d.house.dir, "service"),
		"CUSTOMERDESK_METRICS_ADDR=127.0.0.1:0",
		"CUSTOMERDESK_HTTP_ADDR=127.0.0.1:0",
		"CUSTOMERDESK_SLACK_API_URL=" + slackURL,
		"CUSTOMERDESK_LOG_LEVEL=warn",
		"CUSTOMERDESK_DNS_SERVER=off",
	}
}

// in runs fn in a transaction of a tenant.
func (d *database) in(ctx context.Context, id tenant.ID, fn func(tenant.Tx) error) error {
	return tenant.In(ctx, d.pool, id, fn)
}
