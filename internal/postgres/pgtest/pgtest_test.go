package pgtest_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/customerdesk/customerdesk/internal/postgres"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestEveryTestHasItsOwnMigratedDatabase(t *testing.T) {
	a, b := pgtest.New(t), pgtest.New(t)
	if a.Name == b.Name {
		t.Fatalf("two databases of the name %s", a.Name)
	}
	for _, db := range []*pgtest.DB{a, b} {
		if err := migrations.Check(t.Context(), db.Service); err != nil {
			t.Errorf("%s: %v", db.Name, err)
		}
	}
}

func TestServicePoolIsTheRestrictedLogin(t *testing.T) {
	db := pgtest.New(t)
	if err := postgres.CheckServiceRole(t.Context(), db.Service); err != nil {
		t.Error(err)
	}
	if err := postgres.CheckServiceRole(t.Context(), db.Owner); !errors.Is(err, postgres.ErrPrivileged) {
		t.Errorf("the owner's login was taken for the service's: %v", err)
	}
	_, err := db.Service.Exec(t.Context(), "CREATE TABLE public.mine (id int)")
	var pe *pgconn.PgError
	if !errors.As(err, &pe) || pe.Code != "42501" {
		t.Errorf("the service made a table: %v", err)
	}
}

func TestOwnerIsNoSuperuser(t *testing.T) {
	db := pgtest.New(t)
	var super bool
	if err := db.Owner.QueryRow(t.Context(), `SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user`).Scan(&super); err != nil {
		t.Fatal(err)
	}
	if super {
		t.Error("row-level security would not be tried on the owner")
	}
}

func TestDurableKeepsCommits(t *testing.T) {
	db := pgtest.Durable(t)
	var fsync, commit string
	if err := db.Service.QueryRow(t.Context(), `SELECT current_setting('fsync'), current_setting('synchronous_commit')`).Scan(&fsync, &commit); err != nil {
		t.Fatal(err)
	}
	if fsync != "on" || commit != "on" {
		t.Errorf("fsync %s, synchronous_commit %s", fsync, commit)
	}
}

func BenchmarkNew(b *testing.B) {
	pgtest.New(b)
	for b.Loop() {
		b.Run("", func(b *testing.B) { pgtest.New(b) })
	}
}
