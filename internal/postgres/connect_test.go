package postgres_test

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/postgres"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
)

func TestConnectExplainsInOneLineWithoutThePassword(t *testing.T) {
	db := pgtest.New(t)
	const secret = "geheim"
	change := func(f func(*url.URL)) string {
		u, err := url.Parse(db.ServiceURL)
		if err != nil {
			t.Fatal(err)
		}
		f(u)
		return u.String()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ url, want string }{
		"wrong password":  {change(func(u *url.URL) { u.User = url.UserPassword("pgtest_service", secret) }), "wrong password"},
		"unknown user":    {change(func(u *url.URL) { u.User = url.UserPassword("nobody_we_know", secret) }), "no such user"},
		"unknown base":    {change(func(u *url.URL) { u.Path = "/no_such_base" }), `no database "no_such_base"`},
		"no socket":       {"postgres://u:" + secret + "@/db?host=/no/such/folder", "nothing answers at /no/such/folder"},
		"no server":       {"postgres://u:" + secret + "@" + closed + "/db", "nothing answers at " + closed},
		"unknown host":    {"postgres://u:" + secret + "@no-such-host.invalid/db", "no-such-host.invalid"},
		"not a URL":       {"postgres://u:" + secret + "@[::1/db", "not a Postgres URL"},
		"bad port":        {"postgres://u:" + secret + "@localhost:abc/db", "not a Postgres URL"},
		"password with %": {"postgres://u:100%" + secret + "@localhost/db", "not a Postgres URL"},
		"bad sslmode":     {"postgres://u:" + secret + "@localhost/db?sslmode=perhaps", "not a Postgres URL"},
	} {
		t.Run(name, func(t *testing.T) {
			pool, err := postgres.Connect(t.Context(), c.url, postgres.Config{Setting: "CUSTOMERDESK_DATABASE_URL"})
			if err == nil {
				pool.Close()
				t.Fatal("connected")
			}
			s := err.Error()
			if !strings.Contains(s, c.want) {
				t.Errorf("%q is not in %q", c.want, s)
			}
			if !strings.HasPrefix(s, "CUSTOMERDESK_DATABASE_URL: ") || strings.Contains(s, secret) || strings.Contains(s, "\n") {
				t.Errorf("got %q", s)
			}
		})
	}
}

func TestConnectNamesTheServiceToTheServer(t *testing.T) {
	db := pgtest.New(t)
	var name string
	if err := db.Service.QueryRow(t.Context(), "SHOW application_name").Scan(&name); err != nil {
		t.Fatal(err)
	}
	if name != "customerdesk" {
		t.Errorf("got %q", name)
	}
}

func TestPoolSizeComesFromTheConfigThenTheURL(t *testing.T) {
	db := pgtest.New(t)
	for _, c := range []struct {
		url  string
		max  int32
		want int32
	}{{db.ServiceURL, 0, 16}, {db.ServiceURL + "&pool_max_conns=3", 0, 3}, {db.ServiceURL, 5, 5}} {
		pool, err := postgres.Connect(t.Context(), c.url, postgres.Config{Setting: "S", MaxConns: c.max})
		if err != nil {
			t.Fatal(err)
		}
		if got := pool.Config().MaxConns; got != c.want {
			t.Errorf("%d connections at most, not %d", got, c.want)
		}
		pool.Close()
	}
}

func TestServiceRoleMustNotBypassRowLevelSecurity(t *testing.T) {
	db := pgtest.New(t)
	super, err := pgx.Connect(t.Context(), db.SuperuserURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = super.Close(t.Context()) }()
	role := func(attributes string) string {
		name := "role_" + db.Name
		if _, err := super.Exec(t.Context(), "DROP ROLE IF EXISTS "+name+"; CREATE ROLE "+name+" LOGIN PASSWORD 'p' "+attributes); err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(db.ServiceURL)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(name, "p")
		return u.String()
	}
	defer func() { _, _ = super.Exec(t.Context(), "DROP ROLE IF EXISTS role_"+db.Name) }()
	for name, c := range map[string]struct {
		attributes string
		refused    bool
	}{
		"plain":               {"", false},
		"superuser":           {"SUPERUSER", true},
		"BYPASSRLS":           {"BYPASSRLS", true},
		"member of owner":     {"NOINHERIT IN ROLE pgtest_owner", true},
		"member of superuser": {"NOINHERIT IN ROLE postgres", true},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := pgx.Connect(t.Context(), role(c.attributes))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close(t.Context()) }()
			if err := postgres.CheckServiceRole(t.Context(), conn); errors.Is(err, postgres.ErrPrivileged) != c.refused {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestMissingExtensionNamesTheCommandThatCreatesIt(t *testing.T) {
	db := pgtest.New(t)
	if err := postgres.CheckVersion(t.Context(), db.Service); err != nil {
		t.Error(err)
	}
	super, err := pgx.Connect(t.Context(), db.SuperuserURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = super.Close(t.Context()) }()
	if _, err := super.Exec(t.Context(), "DROP EXTENSION vector CASCADE"); err != nil {
		t.Fatal(err)
	}
	err = postgres.CheckVersion(t.Context(), db.Service)
	if err == nil || !strings.Contains(err.Error(), "psql -d "+db.Name+" -c 'CREATE EXTENSION vector'") {
		t.Errorf("got %v", err)
	}
}

func TestRedactHidesThePassword(t *testing.T) {
	for _, u := range []string{"postgres://u:geheim@h/d", "postgres://h/d?user=u&password=geheim", "postgres://u:geheim@[/d"} {
		if s := postgres.Redact(u); strings.Contains(s, "geheim") {
			t.Errorf("got %s", s)
		}
	}
}
