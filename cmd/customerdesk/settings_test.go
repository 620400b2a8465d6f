package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
)

func TestWrongSettingsAreNamedWithTheirCure(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	good := newShell(t, db.ServiceURL)
	good.do("tenant", "add", "acme", "--name", "Acme")
	for _, c := range []struct {
		name, value string
		args        []string
		words       []string
	}{
		{"AI_PROVIDER", "psychic", []string{"tenant", "list"}, []string{"CUSTOMERDESK_AI_PROVIDER", "psychic", "builtin, openai, anthropic, ollama"}},
		{"AI_PROVIDER", "openai", []string{"tenant", "list"}, []string{"CUSTOMERDESK_AI_MODEL", "doctor"}},
		{"DNS_SERVER", "9.9.9.9", []string{"serve"}, []string{"CUSTOMERDESK_DNS_SERVER", "9.9.9.9", "HOST:PORT", "off"}},
		{"AI_TIMEOUT", "soon", []string{"serve"}, []string{"CUSTOMERDESK_AI_TIMEOUT", "soon", "30s"}},
		{"SECRET_KEY", "c2hvcnQ=", []string{"tenant", "list"}, []string{"CUSTOMERDESK_SECRET_KEY", "openssl rand -base64 32"}},
		{"METRICS_ADDR", "nowhere", []string{"serve"}, []string{"CUSTOMERDESK_METRICS_ADDR", "nowhere", "HOST:PORT"}},
		{"LOG_LEVEL", "loud", []string{"serve"}, []string{"CUSTOMERDESK_LOG_LEVEL", "loud", "debug, info, warn, error"}},
		{"DATABASE_URL", "mysql://localhost/x", []string{"tenant", "list"}, []string{"CUSTOMERDESK_DATABASE_URL", "postgres://USER:PASSWORD@HOST:5432/DATABASE"}},
		{"DATABASE_URL", "postgres://me:secret@127.0.0.1:1/x", []string{"serve"}, []string{"CUSTOMERDESK_DATABASE_URL", "127.0.0.1"}},
		{"DATABASE_URL", wrongPassword(t, db.ServiceURL), []string{"serve"}, []string{"CUSTOMERDESK_DATABASE_URL", "password"}},
		{"DATABASE_URL", db.SuperuserURL, []string{"serve"}, []string{"migrate"}},
	} {
		s := good.with(c.name, c.value)
		s.failsWith(exitFailed, c.words, c.args...)
		if r := s.try(c.args...); strings.Contains(r.stderr, "wrongpassword") || strings.Contains(r.stderr, ":secret@") {
			t.Errorf("%s: a password is shown: %s", c.name, r.stderr)
		}
	}
}

func wrongPassword(t *testing.T, of string) string {
	t.Helper()
	u, err := url.Parse(of)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(u.User.Username(), "wrongpassword")
	return u.String()
}

func TestSeveralWrongSettingsAreSaidAtOnce(t *testing.T) {
	t.Parallel()
	s := newShell(t, "mysql://x").with("AI_PROVIDER", "psychic").with("LOG_FORMAT", "xml")
	s = s.with("SECRET_KEY", "c2hvcnQ=")
	s.failsWith(exitFailed, []string{"DATABASE_URL", "AI_PROVIDER", "LOG_FORMAT", "SECRET_KEY"}, "serve")
	if r := s.try("serve"); strings.Contains(r.stderr, "AI_MODEL") {
		t.Errorf("faults that follow from another: %s", r.stderr)
	}
	s = newShell(t, "postgres://me:secret@127.0.0.1:1/x").with("AI_PROVIDER", "openai").with("AI_MODEL", "some").with("AI_BASE_URL", "http://127.0.0.1:1/v1")
	r := s.try("doctor", "--json")
	var findings []struct {
		Check, Message string
		OK             bool
	}
	s.ok(oneValue(r.stdout, &findings))
	faults := map[string]bool{}
	for _, f := range findings {
		if !f.OK {
			faults[f.Check] = true
		}
	}
	if r.status != exitFailed || !faults["database"] || !faults["ai"] {
		t.Errorf("doctor: status %d, %s", r.status, r.stdout)
	}
}

func TestSchemaThatIsMissingOrOldIsNamedWithTheCure(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := newShell(t, db.ServiceURL)
	_, err := db.Owner.Exec(t.Context(), `DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`)
	s.ok(err)
	for _, command := range [][]string{{"serve"}, {"tenant", "list"}} {
		s.failsWith(exitFailed, []string{"customerdesk migrate up"}, command...)
	}
}

// emptyDatabase is all that an operator gives at first: a superuser's URL of an empty database.
func emptyDatabase(t *testing.T, db *pgtest.DB) (url, name string, super *pgx.Conn) {
	t.Helper()
	super, err := pgx.Connect(t.Context(), db.SuperuserURL)
	if err != nil {
		t.Fatal(err)
	}
	name = db.Name + "_new"
	if _, err := super.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		for _, q := range []string{"DROP DATABASE " + name + " WITH (FORCE)", "DROP ROLE IF EXISTS " + name + "_service"} {
			if _, err := super.Exec(ctx, q); err != nil {
				t.Error(err)
			}
		}
		_ = super.Close(ctx)
	})
	return strings.Replace(db.SuperuserURL, "/"+db.Name, "/"+name, 1), name, super
}

func TestMigrateMakesTheServicesLoginOfTheOwnersAndServeUsesIt(t *testing.T) {
	t.Parallel()
	url, name, super := emptyDatabase(t, pgtest.New(t))
	s := newShell(t, url)
	s.failsWith(exitFailed, []string{"customerdesk migrate up"}, "serve")
	s.do("migrate", "up")
	s.do("tenant", "add", "acme", "--name", "Acme")
	v := s.serve()
	var user string
	s.ok(super.QueryRow(t.Context(), `SELECT usename FROM pg_stat_activity WHERE datname = $1 AND application_name = 'customerdesk' LIMIT 1`, name).Scan(&user))
	if !strings.HasSuffix(user, "_service") {
		t.Errorf("serve works as %s", user)
	}
	v.stop()
}

func TestAnotherSecretKeyLocksNobodyOut(t *testing.T) {
	t.Parallel()
	url, _, _ := emptyDatabase(t, pgtest.New(t))
	s := newShell(t, url)
	s.do("migrate", "up")
	other := s.with("SECRET_KEY", base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{8}, 32)))
	for _, args := range [][]string{{"serve"}, {"serve", "--migrate"}, {"migrate", "up"}, {"tenant", "list"}} {
		other.failsWith(exitFailed, []string{": CUSTOMERDESK_SECRET_KEY is another key", "customerdesk migrate up --reset-login"}, args...)
	}
	s.do("tenant", "list") // whoever has the first key still gets in

	// Four instances that are told to reset it do it once, and the second key gets in.
	var set atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			r := other.try("migrate", "up", "--reset-login")
			if r.status != exitDone {
				t.Errorf("migrate up --reset-login: %s", r.stderr)
			}
			if strings.Contains(r.stdout, "set the password of the service's login") {
				set.Add(1)
			}
		})
	}
	wg.Wait()
	if set.Load() != 1 {
		t.Errorf("the password was set %d times", set.Load())
	}
	other.do("tenant", "list")
	s.failsWith(exitFailed, []string{"CUSTOMERDESK_SECRET_KEY"}, "tenant", "list")
}

const unknownID = "0190163d-8694-739b-aea5-966c26f8ad90"

func TestWrongUseIsStatus2AndWhatIsNotThereStatus1(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	bare := newShell(t, db.ServiceURL)
	s := bare.with("TENANT", "acme")
	s.do("tenant", "add", "acme", "--name", "Acme")
	for _, c := range []struct {
		shell  *shell
		status int
		words  string
		args   []string
	}{
		{bare, exitUsage, "--tenant is missing", []string{"ticket", "list"}},
		{bare, exitFailed, `there is no tenant "nobody"`, []string{"ticket", "list", "--tenant", "nobody"}},
		{s, exitFailed, "there is no ticket #7", []string{"ticket", "show", "7"}},
		{s, exitUsage, "no ticket's number", []string{"ticket", "show", "seven"}},
		{s, exitUsage, "N is missing", []string{"ticket", "show"}},
		{s, exitUsage, `"-1" is no number`, []string{"ticket", "show", "-1"}},
		{s, exitUsage, "no suggestion's id", []string{"suggestion", "show", "nope"}},
		{s, exitUsage, "no message's id", []string{"message", "show", "nope"}},
		{s, exitUsage, "no article's id or slug", []string{"article", "show", "no/pe"}},
		{s, exitFailed, "there is no suggestion", []string{"suggestion", "show", unknownID}},
		{s, exitFailed, "there is no message", []string{"message", "show", unknownID}},
		{s, exitFailed, "there is no article", []string{"article", "show", unknownID}},
		{s, exitFailed, "there is no article", []string{"article", "show", "no-such-slug"}},
		{s, exitUsage, "unknown command", []string{"ticket", "frobnicate"}},
		{s, exitUsage, "unknown command", []string{"frobnicate"}},
		{s, exitUsage, "unknown flag", []string{"ticket", "list", "--frob"}},
		{s, exitUsage, "status", []string{"ticket", "list", "--status", "happy"}},
		{s, exitFailed, "is no support member", []string{"member", "remove", "nobody@acme.example"}},
		{s, exitFailed, "there is no mailbox", []string{"mailbox", "test", "nobody@acme.example"}},
		{s, exitUsage, "tls", []string{"mailbox", "add", "a@acme.example", "--imap", "imap://a:b@192.0.2.1:143?tls=none", "--smtp", "smtp://a:b@127.0.0.1:25?tls=none"}},
		{s, exitFailed, "--imap", []string{"mailbox", "add", "a@acme.example", "--imap", "imap://a:b@127.0.0.1:1?tls=none", "--smtp", "smtp://a:b@127.0.0.1:1?tls=none"}},
		{bare, exitUsage, "--tenant is missing", []string{"mailbox", "add", "a@acme.example", "--imap", "imap://a:b@127.0.0.1:1?tls=none", "--smtp", "smtp://a:b@127.0.0.1:1?tls=none"}},
		{s, exitFailed, "there is a", []string{"tenant", "add", "acme", "--name", "Acme again"}},
	} {
		c.shell.failsWith(c.status, []string{c.words}, c.args...)
	}
	if boxes := read[[]object](s, "mailbox", "list"); len(boxes) != 0 {
		t.Errorf("a refused mailbox was stored: %v", boxes)
	}
}

func TestHelpNamesWhereTheDataLiesAndWhatATenantIs(t *testing.T) {
	t.Parallel()
	help := newShell(t, "").do("demo", "--help")
	if !hasAll(help, []string{"--data-dir", "private cluster", "--tenant SLUG"}) || strings.Contains(help, "the default of --tenant") {
		t.Errorf("the help reads:\n%s", help)
	}
}

func TestEveryReadingCommandPrintsOneJSONValue(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := newShell(t, db.ServiceURL).with("TENANT", "acme")
	s.do("tenant", "add", "acme", "--name", "Acme")
	file := filepath.Join(t.TempDir(), "a.md")
	s.ok(os.WriteFile(file, []byte(article), 0o600))
	added := read[object](s, "article", "add", file, "--publish")
	read[object](s, "ticket", "new", "--from", ada, "--title", "Hello", "--text", "How do I charge the battery?")
	s.do("member", "add", "jonas@acme.example", "--name", "Jonas Brekke", "--role", "agent")
	if set := read[object](s, "ticket", "set", "1", "assignee=jonas@acme.example"); set["assignee"] != "Jonas Brekke" || set["assignee_email"] != "jonas@acme.example" {
		t.Errorf("assigned to %v, %v", set["assignee"], set["assignee_email"])
	}
	read[object](s, "ticket", "set", "1", "priority=high", "--as", "jonas@acme.example")
	events := read[object](s, "ticket", "show", "1")["events"].([]any)
	for i, who := range []string{operator() + " (command line)", "Jonas Brekke"} {
		if by := events[len(events)-2+i].(object)["actor"].(object); by["kind"] != "member" || by["name"] != who {
			t.Errorf("done by %v, want %s", by, who)
		}
	}
	for _, list := range [][]string{
		{"tenant", "list"}, {"member", "list"}, {"mailbox", "list"}, {"slack", "list"}, {"ticket", "list"}, {"message", "list"},
		{"customer", "list"}, {"article", "list"}, {"suggestion", "list"}, {"migrate", "status"},
	} {
		if read[[]any](s, list...) == nil {
			t.Errorf("%v: null instead of a list", list)
		}
	}
	for _, one := range [][]string{
		{"tenant", "show"}, {"ticket", "show", "1"}, {"customer", "show", ada}, {"article", "show", added["id"].(string)}, {"ai", "status"},
	} {
		if read[object](s, one...) == nil {
			t.Errorf("%v: null instead of an object", one)
		}
	}
	read[[]any](s, "doctor")
	hits := read[object](s, "article", "search", "battery")
	asked := read[object](s, "article", "ask", "How do I charge the battery?")
	keys(t, "article ask", asked, "answer", "confident", "model", "hits")
	if _, ok := hits["answer"]; ok {
		t.Error("article search has an answer")
	}
	for _, h := range append(hits["hits"].([]any), asked["hits"].([]any)...) {
		keys(t, "hit", h, "article_id", "title", "passage", "score")
	}
}
