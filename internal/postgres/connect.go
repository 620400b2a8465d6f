package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Config of a pool. Setting is required.
type Config struct {
	Setting  string // where the URL comes from, for messages: CUSTOMERDESK_DATABASE_URL
	MaxConns int32  // 0: the URL's pool_max_conns, else 16
}

// Connect opens a pool and makes sure that the database answers. Statements are prepared once for each
// connection and cached (pgx's default). What goes wrong becomes one line that names the setting and the
// cure, and never holds the password.
func Connect(ctx context.Context, databaseURL string, cfg Config) (*pgxpool.Pool, error) {
	pc, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, Explain(cfg.Setting, err)
	}
	pc.ConnConfig.ConnectTimeout = connectTimeout
	setDefault(pc.ConnConfig.RuntimeParams, "application_name", "customerdesk")
	// A transaction that was forgotten must not hold its locks for ever.
	setDefault(pc.ConnConfig.RuntimeParams, "idle_in_transaction_session_timeout", "300000")
	switch {
	case cfg.MaxConns > 0:
		pc.MaxConns = cfg.MaxConns
	case !poolSizeGiven(databaseURL):
		pc.MaxConns = 16
	}
	pc.AfterConnect = writeUUIDsInBinary
	pc.MaxConnLifetimeJitter = 5 * time.Minute
	pc.MaxConnIdleTime = 10 * time.Minute
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, Explain(cfg.Setting, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, Explain(cfg.Setting, err)
	}
	return pool, nil
}

// ConnectOne opens a single connection outside any pool, with the search path public, for work on the
// schema; errors are as Connect's.
func ConnectOne(ctx context.Context, databaseURL, setting string) (*pgx.Conn, error) {
	cc, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return nil, Explain(setting, err)
	}
	cc.ConnectTimeout = connectTimeout
	setDefault(cc.RuntimeParams, "application_name", "customerdesk migrate")
	cc.RuntimeParams["search_path"] = "public"
	conn, err := pgx.ConnectConfig(ctx, cc)
	if err != nil {
		return nil, Explain(setting, err)
	}
	return conn, nil
}

const connectTimeout = 10 * time.Second

func setDefault(params map[string]string, name, value string) {
	if _, ok := params[name]; !ok {
		params[name] = value
	}
}

// querier is what the checks need; *pgxpool.Pool and *pgx.Conn have it.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// CheckVersion fails with the cure when the server is older than MinMajor or lacks pgvector 0.7. The
// extension must have been created.
func CheckVersion(ctx context.Context, db querier) error {
	var number int
	var name string
	var vector *string
	const q = `SELECT current_setting('server_version_num')::int, current_database(),
		(SELECT extversion FROM pg_extension WHERE extname = 'vector')`
	if err := db.QueryRow(ctx, q).Scan(&number, &name, &vector); err != nil {
		return fmt.Errorf("ask for the version of Postgres: %w", err)
	}
	if major := number / 10000; major < MinMajor {
		return fmt.Errorf("the server is Postgres %d, and %d or newer is needed: upgrade it", major, MinMajor)
	}
	if vector == nil {
		return fmt.Errorf("extension vector is missing: %s", CreateVector(name))
	}
	if !vectorSuffices(*vector) {
		return fmt.Errorf("pgvector is %s, and 0.7 or newer is needed: install a newer package (deploy/setup.sh) and run `sudo -u postgres psql -d %s -c 'ALTER EXTENSION vector UPDATE'`", *vector, name)
	}
	return nil
}

// CreateVector returns the command that creates the extension as a superuser.
func CreateVector(database string) string {
	return fmt.Sprintf("run `sudo -u postgres psql -d %s -c 'CREATE EXTENSION vector'`", database)
}

func vectorSuffices(version string) bool {
	var major, minor int
	if n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor); n != 2 {
		return false
	}
	return major > 0 || minor >= 7
}
