package migrations

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/customerdesk/customerdesk/internal/postgres"
)

// ErrNotOwner means that the login given for migrations may not change the schema.
var ErrNotOwner = errors.New("not the owner's login")

// ownsSchema reports whether the login may change the schema: it is a member of the role that did so
// before, or, in an empty database, may create things.
func ownsSchema(ctx context.Context, conn *pgx.Conn) (bool, error) {
	const q = `
		SELECT coalesce(
			(SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = to_regclass('public.goose_db_version')),
			has_database_privilege(current_database(), 'CREATE') AND has_schema_privilege('public', 'CREATE'))`
	var owns bool
	if err := conn.QueryRow(ctx, q).Scan(&owns); err != nil {
		return false, fmt.Errorf("ask who owns the schema: %w", err)
	}
	return owns, nil
}

func checkOwner(ctx context.Context, conn *pgx.Conn, l Logins) error {
	owns, err := ownsSchema(ctx, conn)
	if err != nil {
		return fmt.Errorf("%s: %w", l.OwnerSetting, err)
	}
	user, database := conn.Config().User, conn.Config().Database
	switch {
	case owns && user == l.Role:
		return fmt.Errorf("%s: login %q owns the tables, but has the name of the service's login: rename it, or set %s to an owner of another name", l.OwnerSetting, user, SettingMigrate)
	case owns:
		return nil
	case l.OwnerSetting == SettingDatabase:
		return fmt.Errorf("%w: %s names login %q, which may not change the schema of database %q: set %s to the login of its owner", ErrNotOwner, SettingDatabase, user, database, SettingMigrate)
	default:
		return fmt.Errorf("%w: %s names login %q, which may not change the schema: name its owner, or for an empty database run `ALTER DATABASE %s OWNER TO %s` as a superuser",
			ErrNotOwner, l.OwnerSetting, user, quote(database), quote(user))
	}
}

// ServingURL returns the URL that the service connects with: databaseURL itself, or the derived login's
// where databaseURL turns out to be the owner's, which the service must not use. It asks the database.
func ServingURL(ctx context.Context, databaseURL, migrateURL string, key []byte) (string, error) {
	l, err := LoginsFor(databaseURL, migrateURL, key)
	if err != nil {
		return "", err
	}
	if !l.Derived {
		return l.Service, nil
	}
	conn, err := postgres.ConnectOne(ctx, databaseURL, SettingDatabase)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	owns, err := ownsSchema(ctx, conn)
	if err != nil {
		return "", fmt.Errorf("%s: %w", SettingDatabase, err)
	}
	if owns {
		return l.Service, nil
	}
	return databaseURL, nil
}

// ensureRole makes the service's login, or sets its password anew where that is derived, and reports
// whether it made it. Where the owner may not, the error holds the statement for someone who may; it shows
// the password's verifier only.
func ensureRole(ctx context.Context, conn *pgx.Conn, l Logins) (created bool, err error) {
	var exists, privileged, mayCreate bool
	const q = `
		SELECT count(*) > 0, coalesce(bool_or(rolsuper OR rolbypassrls), false), coalesce(bool_or(rolcreatedb OR rolcreaterole), false)
		FROM pg_roles WHERE rolname = $1`
	if err := conn.QueryRow(ctx, q, l.Role).Scan(&exists, &privileged, &mayCreate); err != nil {
		return false, fmt.Errorf("look for the service's login: %w", err)
	}
	switch {
	case privileged:
		return false, fmt.Errorf("%w: role %s; run `ALTER ROLE %[2]s NOSUPERUSER NOBYPASSRLS` as a superuser", postgres.ErrPrivileged, quote(l.Role))
	case exists && !l.Derived:
		return false, nil
	case !exists && l.Password == "":
		return false, fmt.Errorf("%s: there is no role %s and the URL holds no password to make it with: run `CREATE ROLE %[2]s LOGIN PASSWORD '…'` as a superuser", SettingDatabase, quote(l.Role))
	}
	secret := l.Password
	if plainASCII(secret) {
		if secret, err = verifier(secret); err != nil {
			return false, err
		}
	}
	statement := fmt.Sprintf("CREATE ROLE %s LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD %s", quote(l.Role), literal(secret))
	if exists {
		// Naming the attributes of superusers needs one, even to take them away; since Postgres 16 naming
		// CREATEDB needs a login that has it, so it is named only where there is something to take away.
		attributes := "LOGIN"
		if mayCreate {
			attributes = "LOGIN NOCREATEDB NOCREATEROLE"
		}
		statement = fmt.Sprintf("ALTER ROLE %s %s PASSWORD %s", quote(l.Role), attributes, literal(secret))
	}
	_, err = conn.Exec(ctx, statement)
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return !exists && err == nil, err
	}
	if pe.Code == "42501" { // insufficient_privilege
		if exists && logsIn(ctx, l) {
			return false, nil
		}
		if !plainASCII(l.Password) {
			statement = strings.Replace(statement, literal(secret), "'…'", 1)
		}
		return false, fmt.Errorf("%s: login %q may not make the service's login: run `%s` as a superuser", l.OwnerSetting, conn.Config().User, statement)
	}
	return false, fmt.Errorf("make the service's login %s: %w", quote(l.Role), pe)
}

// logsIn reports whether the service's login works already.
func logsIn(ctx context.Context, l Logins) bool {
	conn, err := postgres.ConnectOne(ctx, l.Service, SettingDatabase)
	if err != nil {
		return false
	}
	_ = conn.Close(ctx)
	return true
}

// grant gives the service's login what it needs and no more: rows of every table may be read and written;
// the audit log only grows; which migrations ran may only be read. It repeats everything each time, so
// that a new table needs no line of its own.
func grant(ctx context.Context, conn *pgx.Conn, role string) error {
	const q = `
		SELECT n.nspname, c.relname, c.relkind = 'S' AS sequence
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('public', 'users', 'routing') AND c.relkind IN ('r', 'p', 'v', 'S')
		  AND pg_has_role(c.relowner, 'USAGE')
		  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
		ORDER BY 1, 2`
	rows, _ := conn.Query(ctx, q) // CollectRows reports the error.
	type object struct {
		Schema   string `db:"nspname"`
		Name     string `db:"relname"`
		Sequence bool
	}
	objects, err := pgx.CollectRows(rows, pgx.RowToStructByName[object])
	if err != nil {
		return fmt.Errorf("list the tables: %w", err)
	}
	var b pgx.Batch
	b.Queue(`REVOKE CREATE ON SCHEMA public FROM PUBLIC`)
	schemas := map[string]bool{}
	for _, o := range objects {
		if !schemas[o.Schema] {
			schemas[o.Schema] = true
			b.Queue(fmt.Sprintf(`GRANT USAGE ON SCHEMA %s TO %s`, quote(o.Schema), quote(role)))
		}
		name := pgx.Identifier{o.Schema, o.Name}.Sanitize()
		if o.Sequence {
			name = "SEQUENCE " + name
		}
		b.Queue(fmt.Sprintf(`REVOKE ALL ON %s FROM %s`, name, quote(role)))
		b.Queue(fmt.Sprintf(`GRANT %s ON %s TO %s`, privileges(o.Name, o.Sequence), name, quote(role)))
	}
	tx, err := conn.Begin(ctx)
	if err != nil {
		return fmt.Errorf("grant the service its rights: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("grant the service its rights: %w", err)
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("grant the service its rights: %w", err)
	}
	return nil
}

func privileges(name string, sequence bool) string {
	switch {
	case sequence:
		return "USAGE, SELECT"
	case name == "audit_log":
		return "SELECT, INSERT"
	case name == "goose_db_version", name == "river_migration":
		return "SELECT"
	default:
		return "SELECT, INSERT, UPDATE, DELETE"
	}
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// literal quotes a string for SQL; none of ours holds a backslash that standard_conforming_strings=off
// would read.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
