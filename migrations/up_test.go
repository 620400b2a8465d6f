package migrations

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/customerdesk/customerdesk/internal/postgres"
)

const first = `-- +goose Up
CREATE TABLE things (id int PRIMARY KEY, name text);
CREATE TABLE audit_log (id bigserial PRIMARY KEY, what text);
`

func schema(more ...string) fstest.MapFS {
	m := fstest.MapFS{"00001_things.sql": {Data: []byte(first)}}
	names := []string{"00002_second.sql", "00003_third.sql"}
	for i, sql := range more {
		m[names[i]] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + sql)}
	}
	return m
}

func up(ctx context.Context, l Logins, files fs.FS) (Report, error) {
	return Up(ctx, Config{Logins: l, Logger: slog.New(slog.DiscardHandler), files: files})
}

func loginsFor(t *testing.T, databaseURL, migrateURL string) Logins {
	t.Helper()
	l, err := LoginsFor(databaseURL, migrateURL, key)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func mustUp(t *testing.T, l Logins, files fs.FS) Report {
	t.Helper()
	r, err := up(t.Context(), l, files)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func pool(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	p, err := postgres.Connect(t.Context(), url, postgres.Config{Setting: SettingDatabase, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func code(err error) string {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code
	}
	return ""
}

func TestUpOfTheEmbeddedFilesSuffices(t *testing.T) {
	db := newDatabase(t, "embedded", "CREATEROLE", true)
	l := loginsFor(t, db.owner, "")
	r, err := Up(t.Context(), Config{Logins: l, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Applied) < 2 || !r.RoleCreated || r.Role != "embedded_service" {
		t.Errorf("got %+v", r)
	}
	service := pool(t, l.Service)
	if err := Check(t.Context(), service); err != nil {
		t.Error(err)
	}
	if err := postgres.CheckServiceRole(t.Context(), service); err != nil {
		t.Error(err)
	}
	states, err := Status(t.Context(), db.owner, SettingDatabase)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		if s.AppliedAt.IsZero() || s.Unknown {
			t.Errorf("%+v is not applied", s)
		}
	}
}

func TestUpTwiceFindsNothingToDo(t *testing.T) {
	db := newDatabase(t, "twice", "CREATEROLE", true)
	l := loginsFor(t, db.owner, "")
	mustUp(t, l, schema())
	if r := mustUp(t, l, schema()); len(r.Applied) != 0 || r.RoleCreated {
		t.Errorf("got %+v", r)
	}
}

func TestAMigrationThatCameLaterThanOnesBehindItIsApplied(t *testing.T) {
	l := loginsFor(t, newDatabase(t, "late", "CREATEROLE", true).owner, "")
	files := schema("CREATE TABLE second (n int);", "CREATE TABLE third (n int);")
	late := files["00002_second.sql"]
	delete(files, "00002_second.sql")
	mustUp(t, l, files)
	files["00002_second.sql"] = late
	if r := mustUp(t, l, files); len(r.Applied) != 1 || r.Applied[0].Version != 2 {
		t.Errorf("applied %+v", r.Applied)
	}
	if err := check(t.Context(), pool(t, l.Service), files); err != nil {
		t.Error(err)
	}
}

func TestInstancesMayMigrateAtOnce(t *testing.T) {
	db := newDatabase(t, "at_once", "CREATEROLE", true)
	l := loginsFor(t, db.owner, "")
	const instances = 4
	var wg sync.WaitGroup
	reports, errs := make([]Report, instances), make([]error, instances)
	for i := range instances {
		wg.Go(func() { reports[i], errs[i] = up(t.Context(), l, schema("SELECT pg_sleep(0.2);")) })
	}
	wg.Wait()
	worked := 0
	for i := range instances {
		if errs[i] != nil {
			t.Error(errs[i])
		}
		if len(reports[i].Applied) > 0 {
			worked++
		}
	}
	if worked != 1 {
		t.Errorf("%d instances migrated", worked)
	}
}

func TestFailedMigrationIsUndoneAndNamed(t *testing.T) {
	db := newDatabase(t, "failed", "CREATEROLE", true)
	l := loginsFor(t, db.owner, "")
	bad := schema("CREATE TABLE second (); CREATE TABLE third (id nonsense);")
	_, err := up(t.Context(), l, bad)
	if err == nil || !strings.Contains(err.Error(), "00002_second") || !strings.Contains(err.Error(), "nonsense") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("got %v", err)
	}
	conn := connect(t, db.owner)
	var half, before bool
	if err := conn.QueryRow(t.Context(), `SELECT to_regclass('second') IS NOT NULL, to_regclass('things') IS NOT NULL`).Scan(&half, &before); err != nil {
		t.Fatal(err)
	}
	if half || !before {
		t.Errorf("half of it stayed: %t; the one before stayed: %t", half, before)
	}
	if r := mustUp(t, l, schema("CREATE TABLE second ();")); len(r.Applied) == 0 {
		t.Error("the mended migration did not run")
	}
}

func TestServiceMayReadAndWriteRowsOnly(t *testing.T) {
	db := newDatabase(t, "rights", "CREATEROLE", true)
	l := loginsFor(t, db.owner, "")
	mustUp(t, l, schema())
	conn := connect(t, l.Service)
	for sql, want := range map[string]string{
		"INSERT INTO things VALUES (1, 'a')":                              "",
		"UPDATE things SET name = 'b'":                                    "",
		"DELETE FROM things":                                              "",
		"INSERT INTO audit_log (what) VALUES ('x')":                       "",
		"SELECT FROM audit_log":                                           "",
		"SELECT FROM goose_db_version":                                    "",
		"UPDATE river_job SET queue = queue":                              "",
		"SELECT nextval('river_job_id_seq')":                              "",
		"UPDATE audit_log SET what = 'y'":                                 "42501",
		"DELETE FROM audit_log":                                           "42501",
		"TRUNCATE things":                                                 "42501",
		"CREATE TABLE mine ()":                                            "42501",
		"CREATE SCHEMA mine":                                              "42501",
		"DROP TABLE things":                                               "42501",
		"DELETE FROM goose_db_version":                                    "42501",
		"INSERT INTO river_migration (line, version) VALUES ('main', 99)": "42501",
		"CREATE ROLE another":                                             "42501",
	} {
		if _, err := conn.Exec(t.Context(), sql); code(err) != want || (err != nil) != (want != "") {
			t.Errorf("%s: got %v, want %q", sql, err, want)
		}
	}
}

func TestCheckTellsOldAndNewerSchemas(t *testing.T) {
	db := newDatabase(t, "checked", "CREATEROLE", true)
	l := loginsFor(t, db.owner, "")
	if err := check(t.Context(), pool(t, db.owner), schema()); !errors.Is(err, ErrOldSchema) {
		t.Errorf("empty database: got %v", err)
	}
	mustUp(t, l, schema("SELECT 1;"))
	service := pool(t, l.Service)
	for _, c := range []struct {
		files fs.FS
		want  error
	}{{schema("SELECT 1;"), nil}, {schema("SELECT 1;", "SELECT 1;"), ErrOldSchema}, {schema(), ErrNewerSchema}} {
		if err := check(t.Context(), service, c.files); !errors.Is(err, c.want) {
			t.Errorf("got %v, want %v", err, c.want)
		}
	}
	states, err := status(t.Context(), db.owner, SettingDatabase, schema())
	if err != nil {
		t.Fatal(err)
	}
	if len(states) < 3 || !states[1].Unknown || states[1].Version != 2 {
		t.Errorf("got %+v", states)
	}
}

func TestStatusOfAnEmptyDatabaseIsAllPendingAndChangesNothing(t *testing.T) {
	db := newDatabase(t, "pending", "", true)
	states, err := Status(t.Context(), db.owner, SettingDatabase)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		if !s.AppliedAt.IsZero() {
			t.Errorf("%+v is applied", s)
		}
	}
	var tables int
	if err := connect(t, db.owner).QueryRow(t.Context(), `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`).Scan(&tables); err != nil {
		t.Fatal(err)
	}
	if tables != 0 {
		t.Errorf("it made %d tables", tables)
	}
}
