package postgres

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"
)

func TestCommandsShareOneServerAndTheLastStopsIt(t *testing.T) {
	dir := folder(t)
	a := launch(t, dir).ready(t)
	data := filepath.Join(dir, "postgres", "cluster")
	pid := serverIn(data)
	b := launch(t, dir).ready(t)
	if got := serverIn(data); got != pid {
		t.Fatalf("the second command runs server %d beside %d", got, pid)
	}
	a.end(t)
	if got := query(t, b.url, "SELECT 'still there'"); got != "still there" {
		t.Errorf("got %q", got)
	}
	b.end(t)
	if alive(pid) {
		t.Error("the last command left the server running")
	}
	if log, _ := os.ReadFile(filepath.Join(dir, "postgres", "server.log")); !strings.Contains(string(log), "database system is shut down") {
		t.Errorf("the server was not stopped cleanly: %s", log)
	}
}

func TestCommandsThatStartAtOnceShareOneServer(t *testing.T) {
	dir := folder(t)
	var all []*process
	for range 4 {
		all = append(all, launch(t, dir))
	}
	for _, p := range all {
		p.ready(t)
	}
	if n := len(postmastersIn(filepath.Join(dir, "postgres", "cluster"))); n != 1 {
		t.Errorf("%d servers", n)
	}
	for _, p := range all {
		p.end(t)
	}
	if pid := serverIn(filepath.Join(dir, "postgres", "cluster")); pid != 0 {
		t.Errorf("server %d was left running", pid)
	}
}

// postmastersIn returns the processes in data whose parent is none of them.
func postmastersIn(data string) []int {
	all := processesIn(data)
	var top []int
	for _, pid := range all {
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err != nil {
			continue // ended since
		}
		// proc(5): "pid (name) state ppid …"
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		parent, err := strconv.Atoi(fields[1])
		if err == nil && !slices.Contains(all, parent) {
			top = append(top, pid)
		}
	}
	return top
}

func TestServerOutlivesTheKilledCommandThatStartedIt(t *testing.T) {
	dir := folder(t)
	a := launch(t, dir).ready(t)
	b := launch(t, dir).ready(t)
	pid := serverIn(filepath.Join(dir, "postgres", "cluster"))
	a.kill()
	if got := query(t, b.url, "SELECT 'still there'"); got != "still there" {
		t.Errorf("got %q", got)
	}
	b.end(t)
	if alive(pid) {
		t.Error("the last command left the server running")
	}
}

func TestServerOfAKilledLastCommandIsAdoptedAndStopped(t *testing.T) {
	dir := folder(t)
	a := launch(t, dir).ready(t)
	pid := serverIn(filepath.Join(dir, "postgres", "cluster"))
	a.kill()
	if !alive(pid) {
		t.Fatal("the server died with the command")
	}
	c := start(t, config(dir))
	if got := serverIn(c.data); got != pid {
		t.Errorf("server %d was not adopted, %d runs", pid, got)
	}
	release(t, c)
	if alive(pid) {
		t.Error("the adopted server was left running")
	}
}

func TestKillWhileTheClusterIsMadeLeavesNoneHalfMade(t *testing.T) {
	dir := folder(t)
	for range 2 {
		a := launch(t, dir)
		eventually(t, "the cluster is being made", func() bool {
			made, _ := filepath.Glob(filepath.Join(dir, "postgres", "init-*", "cluster", "base", "*"))
			return len(made) > 0
		})
		a.kill()
		if _, err := os.Stat(filepath.Join(dir, "postgres", "cluster")); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("the test came too late: %v", err)
		}
	}
	c := start(t, config(dir))
	defer release(t, c)
	if got := query(t, c.Superuser(Database), "SELECT 'works'"); got != "works" {
		t.Errorf("got %q", got)
	}
}

func TestKillWhileTheServerStartsIsMadeGood(t *testing.T) {
	dir := folder(t)
	release(t, start(t, config(dir)))
	data := filepath.Join(dir, "postgres", "cluster")
	a := launch(t, dir)
	eventually(t, "a server process exists", func() bool { return len(processesIn(data)) > 0 })
	a.kill()
	c := start(t, config(dir))
	// The killed command's server may have come up besides; it finds this one's lock file and ends.
	eventually(t, "there is one server", func() bool { return len(postmastersIn(data)) == 1 })
	release(t, c)
	eventually(t, "no process is left", func() bool { return len(processesIn(data)) == 0 })
}

func TestKilledServerIsRecoveredByTheNextCommand(t *testing.T) {
	dir := folder(t)
	cfg := config(dir)
	cfg.Fast = false
	c := start(t, cfg)
	execute(t, c.Superuser(Database), "CREATE TABLE kept ()")
	// A backend that is busy does not notice that its postmaster has died.
	busy, err := pgx.Connect(t.Context(), c.Superuser(Database))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = busy.Exec(context.Background(), "SELECT count(*) FROM generate_series(1, 10000000000)")
		_ = busy.Close(context.Background())
	})
	eventually(t, "the backend is busy", func() bool {
		return query(t, c.Superuser(Database), "SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE '%generate_series(1,%' AND pid <> pg_backend_pid()") == "1"
	})
	pid := serverIn(c.data)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server is dead", func() bool { return !alive(pid) })
	b := launch(t, dir).ready(t)
	if got := query(t, b.url, "SELECT count(*)::text FROM pg_class WHERE relname = 'kept'"); got != "1" {
		t.Error("what was committed is gone")
	}
	b.end(t)
	// The first command has been there all the while, so the server goes on for it.
	if got := query(t, c.Superuser(Database), "SELECT 'still there'"); got != "still there" {
		t.Errorf("got %q", got)
	}
	wg.Wait()
	release(t, c)
	if n := processesIn(c.data); len(n) != 0 {
		t.Errorf("processes %v are left", n)
	}
}

func TestEnsureStartsAServerThatDiedAgainUnderTheSameURL(t *testing.T) {
	c := start(t, config(folder(t)))
	defer release(t, c)
	before := c.Superuser(Database)
	pid := serverIn(c.data)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server is dead", func() bool { return !alive(pid) })
	if err := c.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := query(t, before, "SELECT 'works'"); got != "works" {
		t.Errorf("got %q", got)
	}
}

func TestStaleLockFileWithAnotherProcessNumberIsNoServer(t *testing.T) {
	dir := folder(t)
	c := start(t, config(dir))
	release(t, c)
	// After a crash of the machine the number in the file may be any process's: here, this one's.
	pidFile := filepath.Join(c.data, "postmaster.pid")
	if err := os.WriteFile(pidFile, []byte(strconv.Itoa(os.Getpid())+"\n"+c.data+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c = start(t, config(dir))
	release(t, c)
}

func TestServerHasASessionOfItsOwn(t *testing.T) {
	c := start(t, config(folder(t)))
	defer release(t, c)
	pid := serverIn(c.data)
	theirs, err := unix.Getsid(pid)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := unix.Getsid(0)
	if err != nil {
		t.Fatal(err)
	}
	if theirs == ours {
		t.Error("a Ctrl-C in the terminal would reach the server")
	}
}

func TestServerIsReachedByItsSocketAndPasswordOnly(t *testing.T) {
	for _, name := range []string{"PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGDATA"} {
		t.Setenv(name, "1")
	}
	c := start(t, config(folder(t)))
	defer release(t, c)
	if got := query(t, c.Superuser(Database), "SHOW listen_addresses"); got != "" {
		t.Errorf("the server listens on %q", got)
	}
	_, err := pgx.Connect(t.Context(), c.URL(Database, superuser, "wrong"))
	if sqlState(err) != "28P01" {
		t.Errorf("a wrong password was taken: %v", err)
	}
	info, err := os.Stat(c.passwordFile())
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the password's file has mode %v", info.Mode())
	}
}

func TestClusterSpeaksUTF8AndSortsByCodePoint(t *testing.T) {
	c := start(t, config(folder(t)))
	defer release(t, c)
	const q = `SELECT concat_ws(' ', pg_encoding_to_char(encoding), datcollate, current_setting('data_checksums'), lower('Ä'))
		FROM pg_database WHERE datname = current_database()`
	if got := query(t, c.Superuser(Database), q); got != "UTF8 C on ä" {
		t.Errorf("got %q", got)
	}
}

func TestSettingThatPostgresRefusesIsShownFromItsLog(t *testing.T) {
	dir := folder(t)
	c := start(t, config(dir))
	release(t, c)
	f, err := os.OpenFile(filepath.Join(c.data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.WriteString("shared_bufers = 1GB\n")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = StartPrivate(t.Context(), config(dir))
	if err == nil || !strings.Contains(err.Error(), "shared_bufers") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func TestClusterOfAnotherMajorVersionGetsACure(t *testing.T) {
	dir := folder(t)
	c := start(t, config(dir))
	release(t, c)
	if err := os.WriteFile(filepath.Join(c.data, "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := StartPrivate(t.Context(), config(dir))
	var ve *VersionError
	if !errors.As(err, &ve) || ve.Cluster != 9 || ve.Installed < MinMajor {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"Postgres 9", "Postgres " + strconv.Itoa(ve.Installed), "postgresql-9", c.data} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
}

func TestMissingProgramsNameTheSetUp(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := forNewCluster(findInstallations([]string{filepath.Join(t.TempDir(), "*")}))
	if !errors.Is(err, ErrNoBinaries) || !strings.Contains(err.Error(), "deploy/setup.sh") {
		t.Errorf("got %v", err)
	}
}

func TestInstallationWithoutPgvectorIsPassedOver(t *testing.T) {
	found := []installation{{major: 18}, {major: 17, vector: true}, {major: 15, vector: true}}
	i, err := forNewCluster(found)
	if err != nil || i.major != 17 {
		t.Errorf("got %d, %v", i.major, err)
	}
	if _, err := forCluster(found, "/data", 18); !errors.Is(err, ErrNoBinaries) {
		t.Errorf("got %v", err)
	}
	if i, err := forCluster(found, "/data", 15); err != nil || i.major != 15 {
		t.Errorf("got %d, %v", i.major, err)
	}
}
