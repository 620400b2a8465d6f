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

// ErrOtherKey means that the service's login takes another password than the one derived from the secret key:
// it was made with another key.
var ErrOtherKey = errors.New("CUSTOMERDESK_SECRET_KEY is another key than the one that `customerdesk migrate up` made the service's login with")

// roleChange is what ensureRole has done.
type roleChange struct {
	created  bool
	password bool // it was there, and its password was set anew
}

// role is what the database knows of the service's login.
type role struct {
	exists     bool
	privileged bool // it could go around row-level security
	capable    bool // it may create databases or roles
	blocked    bool // it may not log in
}

// ensureRole makes the service's login where it is missing. A login that is there keeps its password, also where
// that is derived and this key's is another: a service that runs with the first key would be locked out. Only
// reset sets it anew. Where the owner may not, the error holds the statement for someone who may; it shows the
// password's verifier only.
func ensureRole(ctx context.Context, conn *pgx.Conn, l Logins, reset bool) (done roleChange, err error) {
	var r role
	const q = `
		SELECT count(*) > 0, coalesce(bool_or(rolsuper OR rolbypassrls), false), coalesce(bool_or(rolcreatedb OR rolcreaterole), false),
		       coalesce(bool_or(NOT rolcanlogin), false)
		FROM pg_roles WHERE rolname = $1`
	if err := conn.QueryRow(ctx, q, l.Role).Scan(&r.exists, &r.privileged, &r.capable, &r.blocked); err != nil {
		return done, fmt.Errorf("look for the service's login: %w", err)
	}
	switch {
	case r.privileged:
		return done, fmt.Errorf("%w: role %s; run `ALTER ROLE %[2]s NOSUPERUSER NOBYPASSRLS` as a superuser", postgres.ErrPrivileged, quote(l.Role))
	case r.exists && !l.Derived:
		return done, nil
	case !r.exists && l.Password == "":
		return done, fmt.Errorf("%s: there is no role %s and the URL holds no password to make it with: run `CREATE ROLE %[2]s LOGIN PASSWORD '…'` as a superuser", SettingDatabase, quote(l.Role))
	case !r.exists:
		err = changeRole(ctx, conn, l, "CREATE ROLE %s LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD %s")
		return roleChange{created: err == nil}, err
	}
	// Naming the attributes of superusers needs one, even to take them away; since Postgres 16 naming CREATEDB
	// needs a login that has it, so it is named only where there is something to take away.
	attributes := "LOGIN"
	if r.capable {
		attributes = "LOGIN NOCREATEDB NOCREATEROLE"
	}
	switch {
	case passwordFits(ctx, l):
		if !r.capable && !r.blocked {
			return done, nil
		}
		_, err := conn.Exec(ctx, fmt.Sprintf("ALTER ROLE %s %s", quote(l.Role), attributes))
		var pe *pgconn.PgError
		if errors.As(err, &pe) && pe.Code == "42501" && !r.blocked { // insufficient_privilege
			return done, nil // The login works, and what it may beyond that was somebody else's wish.
		}
		return done, err
	case !reset:
		return done, fmt.Errorf("%w: login %s does not take its password: give that key again, or, if it is lost, run `customerdesk migrate up --reset-login`: "+
			"services that run with the other key can then no longer log in, and what was encrypted with it cannot be read", ErrOtherKey, quote(l.Role))
	}
	err = changeRole(ctx, conn, l, "ALTER ROLE %s "+attributes+" PASSWORD %s")
	return roleChange{password: err == nil}, err
}

// changeRole runs a statement that ends in the password of the service's login.
func changeRole(ctx context.Context, conn *pgx.Conn, l Logins, format string) error {
	secret := l.Password
	if plainASCII(secret) {
		var err error
		if secret, err = verifier(secret); err != nil {
			return err
		}
	}
	_, err := conn.Exec(ctx, fmt.Sprintf(format, quote(l.Role), literal(secret)))
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return err
	}
	if pe.Code == "42501" { // insufficient_privilege
		shown := literal(secret)
		if !plainASCII(l.Password) {
			shown = "'…'"
		}
		return fmt.Errorf("%s: login %q may not make the service's login: run `%s` as a superuser", l.OwnerSetting, conn.Config().User, fmt.Sprintf(format, quote(l.Role), shown))
	}
	return fmt.Errorf("make the service's login %s: %w", quote(l.Role), pe)
}

// passwordFits reports whether the service's login takes its password. Where the server does not even ask (it
// trusts this machine, or lets the login in from others only), it is taken to fit: then it is not touched.
func passwordFits(ctx context.Context, l Logins) bool {
	conn, err := postgres.ConnectOne(ctx, l.Service, SettingDatabase)
	if err == nil {
		_ = conn.Close(ctx)
		return true
	}
	var pe *pgconn.PgError
	return !errors.As(err, &pe) || pe.Code != "28P01" // invalid_password
}

// RefusedLogin says why the service's derived login is not let in: it was never made, or with another key. It
// asks the database as the owner, and returns the given error where that does not tell.
func RefusedLogin(ctx context.Context, l Logins, refused error) error {
	var pe *pgconn.PgError
	if !l.Derived || !errors.As(refused, &pe) || (pe.Code != "28P01" && pe.Code != "28000") { // invalid_password, invalid_authorization
		return refused
	}
	conn, err := postgres.ConnectOne(ctx, l.Owner, l.OwnerSetting)
	if err != nil {
		return refused
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var exists bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, l.Role).Scan(&exists); err != nil {
		return refused
	}
	switch {
	case !exists:
		return fmt.Errorf("the service's login %s is not there yet: run `customerdesk migrate up`", quote(l.Role))
	case pe.Code == "28P01":
		return fmt.Errorf("%w: the server refuses login %s: give that key again, or, if it is lost, run `customerdesk migrate up --reset-login`", ErrOtherKey, quote(l.Role))
	}
	return refused
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
	rows, _ = conn.Query(ctx, `SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'routing' ORDER BY 1`)
	functions, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list the functions: %w", err)
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
	for _, f := range functions {
		b.Queue(fmt.Sprintf(`GRANT EXECUTE ON FUNCTION %s TO %s`, f, quote(role)))
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
