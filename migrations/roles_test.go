package migrations

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/postgres"
)

func TestPlainLoginAloneMayNotMigrate(t *testing.T) {
	db := newDatabase(t, "plain", "CREATEROLE", true)
	mustUp(t, loginsFor(t, db.owner, ""), schema())
	super(t, "postgres", "CREATE ROLE plain_app LOGIN PASSWORD 'p'")
	t.Cleanup(func() { super(t, "postgres", "DROP ROLE plain_app") })
	_, err := up(t.Context(), loginsFor(t, login(t, db.owner, "plain_app", "p"), ""), schema())
	if !errors.Is(err, ErrNotOwner) || !strings.Contains(err.Error(), SettingMigrate) {
		t.Errorf("got %v", err)
	}
}

func TestServingURLIsNeverTheOwners(t *testing.T) {
	db := newDatabase(t, "serving", "CREATEROLE", true)
	l := loginsFor(t, db.owner, "")
	mustUp(t, l, schema())
	for given, want := range map[string]string{
		db.owner:                    l.Service,
		server.Superuser("serving"): "serving_service",
		l.Service:                   l.Service,
	} {
		got, err := ServingURL(t.Context(), given, "", key)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %s", postgres.Redact(given), postgres.Redact(got))
		}
		if err := postgres.CheckServiceRole(t.Context(), pool(t, got)); err != nil {
			t.Error(err)
		}
	}
	if got, err := ServingURL(t.Context(), l.Service, db.owner, key); err != nil || got != l.Service {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAnotherKeyIsRefusedUnlessTheLoginIsToBeReset(t *testing.T) {
	db := newDatabase(t, "rekeyed", "CREATEROLE", true)
	before := loginsFor(t, db.owner, "")
	mustUp(t, before, schema())
	after, err := LoginsFor(db.owner, "", []byte("another key of thirty-two bytes!"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := up(t.Context(), after, schema()); !errors.Is(err, ErrOtherKey) || !strings.HasPrefix(err.Error(), "CUSTOMERDESK_SECRET_KEY") ||
		!strings.Contains(err.Error(), "--reset-login") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	connect(t, before.Service) // whoever serves is not locked out
	r, err := Up(t.Context(), Config{Logins: after, Logger: slog.New(slog.DiscardHandler), ResetLogin: true, files: schema()})
	if err != nil || !r.PasswordSet || r.RoleCreated {
		t.Errorf("got %+v, %v", r, err)
	}
	connect(t, after.Service)
	if r := mustUp(t, after, schema()); r.PasswordSet {
		t.Errorf("a login that fits was changed: %+v", r)
	}
}

func TestDerivedServiceLoginLosesTheRightToMakeThings(t *testing.T) {
	db := newDatabase(t, "grown", "CREATEROLE CREATEDB", true)
	l := loginsFor(t, db.owner, "")
	mustUp(t, l, schema())
	super(t, "postgres", "ALTER ROLE grown_service CREATEDB CREATEROLE")
	mustUp(t, l, schema())
	var may bool
	const q = `SELECT rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = 'grown_service'`
	if err := connect(t, l.Service).QueryRow(t.Context(), q).Scan(&may); err != nil || may {
		t.Errorf("it may still: %v, %v", may, err)
	}
}

func TestGivenServiceLoginIsMadeWithItsOwnPassword(t *testing.T) {
	db := newDatabase(t, "given", "CREATEROLE", true)
	for _, password := range []string{"pläin's", "plain"} {
		service := login(t, db.owner, "given_app", password)
		if r := mustUp(t, loginsFor(t, service, db.owner), schema()); !r.RoleCreated {
			t.Errorf("got %+v", r)
		}
		// A second time leaves it alone.
		if r := mustUp(t, loginsFor(t, service, db.owner), schema()); r.RoleCreated {
			t.Errorf("got %+v", r)
		}
		if err := check(t.Context(), pool(t, service), schema()); err != nil {
			t.Error(err)
		}
		super(t, "given", "DROP OWNED BY given_app; DROP ROLE given_app")
	}
}

func TestOwnerWhoMayNotMakeRolesIsToldTheStatement(t *testing.T) {
	db := newDatabase(t, "noroles", "", true)
	l := loginsFor(t, db.owner, "")
	_, err := up(t.Context(), l, schema())
	if err == nil {
		t.Fatal("made a role")
	}
	_, after, _ := strings.Cut(err.Error(), "run `")
	statement, _, ok := strings.Cut(after, "`")
	if !ok || !strings.HasPrefix(statement, `CREATE ROLE "noroles_service"`) || strings.Contains(statement, l.Password) {
		t.Fatalf("got %v", err)
	}
	// The statement does what it promises.
	super(t, "postgres", statement)
	mustUp(t, l, schema())
	connect(t, l.Service)
}

func TestPrivilegedServiceRoleIsRefused(t *testing.T) {
	db := newDatabase(t, "privileged", "CREATEROLE", true)
	super(t, "postgres", "CREATE ROLE privileged_service LOGIN BYPASSRLS")
	if _, err := up(t.Context(), loginsFor(t, db.owner, ""), schema()); !errors.Is(err, postgres.ErrPrivileged) {
		t.Errorf("got %v", err)
	}
}

func TestOwnerWhoMayNotCreateTheExtensionIsToldTheCommand(t *testing.T) {
	db := newDatabase(t, "novector", "CREATEROLE", false)
	_, err := up(t.Context(), loginsFor(t, db.owner, ""), schema())
	if err == nil || !strings.Contains(err.Error(), "sudo -u postgres psql -d novector -c 'CREATE EXTENSION vector'") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	// A superuser's URL needs no help.
	mustUp(t, loginsFor(t, server.Superuser("novector"), ""), schema())
}

func TestVerifierIsWhatPostgresExpects(t *testing.T) {
	v, err := verifier("p")
	if err != nil {
		t.Fatal(err)
	}
	super(t, "postgres", "CREATE ROLE verified LOGIN PASSWORD '"+v+"'")
	t.Cleanup(func() { super(t, "postgres", "DROP ROLE verified") })
	connect(t, server.URL("postgres", "verified", "p"))
}
