package postgres

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// uidOf returns who a process runs as, seen from outside any namespace.
func uidOf(t *testing.T, pid int) int {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Stat(filepath.Join("/proc", strconv.Itoa(pid)), &st); err != nil {
		t.Fatal(err)
	}
	return int(st.Uid)
}

func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
}

// needsNamespaces asks the kernel without the code under test. It refuses within a chroot and in most containers.
func needsNamespaces(t *testing.T) {
	t.Helper()
	if err := exec.Command("unshare", "--user", "--map-root-user", "true").Run(); err != nil {
		t.Skipf("needs user namespaces: %v", err)
	}
}

func TestRootsServerRunsAsASystemUserWhereThatCanReachIt(t *testing.T) {
	asRoot(t)
	c := start(t, config(folder(t)))
	defer release(t, c)
	if uid := uidOf(t, serverIn(c.data)); uid == 0 {
		t.Error("the server runs as root")
	}
}

func TestRootsServerRunsInAFolderOnlyRootCanEnter(t *testing.T) {
	asRoot(t)
	needsNamespaces(t)
	for _, parent := range []string{"/root", os.TempDir()} {
		dir := folderIn(t, parent, 0o700)
		c := start(t, config(dir))
		if c.account.kind != namespace {
			t.Errorf("%s: the server does not run in a user namespace", parent)
		}
		execute(t, c.Superuser(Database), "CREATE TABLE kept ()")
		release(t, c)
		c = start(t, config(dir))
		if got := query(t, c.Superuser(Database), "SELECT count(*)::text FROM pg_class WHERE relname = 'kept'"); got != "1" {
			t.Errorf("%s: the table is gone", parent)
		}
		release(t, c)
	}
}

func TestKilledServerInANamespaceIsRecovered(t *testing.T) {
	asRoot(t)
	dir := folderIn(t, "/root", 0o700)
	c := start(t, config(dir))
	pid := serverIn(c.data)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server is dead", func() bool { return !alive(pid) })
	d := start(t, config(dir))
	release(t, d)
	release(t, c)
	if left := processesIn(c.data); len(left) != 0 {
		t.Errorf("processes %v are left", left)
	}
}

func TestWithoutNamespacesTheClusterLiesElsewhere(t *testing.T) {
	asRoot(t)
	cfg := config(folderIn(t, "/root", 0o700))
	cfg.noNamespaces, cfg.elsewhere = true, filepath.Join(folder(t), "elsewhere")
	c := start(t, cfg)
	if !strings.HasPrefix(c.data, cfg.elsewhere) {
		t.Errorf("the cluster lies in %s", c.data)
	}
	execute(t, c.Superuser(Database), "CREATE TABLE kept ()")
	release(t, c)
	// The link, not the settings, says where it lies.
	cfg.noNamespaces, cfg.elsewhere = false, ""
	c = start(t, cfg)
	defer release(t, c)
	if got := query(t, c.Superuser(Database), "SELECT count(*)::text FROM pg_class WHERE relname = 'kept'"); got != "1" {
		t.Error("the table is gone")
	}
}

func TestLinkToAMissingPlaceIsNotReplaced(t *testing.T) {
	dir := folder(t)
	if err := os.Mkdir(filepath.Join(dir, "postgres"), 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "postgres", "cluster")
	if err := os.Symlink(filepath.Join(dir, "unmounted", "cluster"), link); err != nil {
		t.Fatal(err)
	}
	if _, err := StartPrivate(t.Context(), config(dir)); err == nil || !strings.Contains(err.Error(), link) {
		t.Errorf("got %v", err)
	}
}

func TestDataDirMayBeLongAndStrange(t *testing.T) {
	parent := folder(t)
	for _, name := range []string{
		strings.Repeat("long", 50),
		`with space, "quote', $(dollar) %41 ü*`,
	} {
		dir := filepath.Join(parent, name)
		c := start(t, config(dir))
		if len(c.socket) > 100 {
			t.Errorf("%s: the socket lies in %s", name, c.socket)
		}
		again := start(t, config(dir))
		if again.Superuser(Database) != c.Superuser(Database) {
			t.Errorf("%s: the second command was given another socket", name)
		}
		release(t, again)
		release(t, c)
		if err := os.RemoveAll(c.socket); err != nil {
			t.Error(err)
		}
	}
}

func TestSocketFolderOfSomeoneElseIsNotUsed(t *testing.T) {
	dir := filepath.Join(folder(t), strings.Repeat("long", 50))
	c := start(t, config(dir))
	release(t, c)
	if err := os.Chmod(c.socket, 0o777); err != nil {
		t.Fatal(err)
	}
	d := start(t, config(dir))
	release(t, d)
	if d.socket == c.socket {
		t.Errorf("a socket was made in %s, which anybody can write to", c.socket)
	}
	for _, s := range []string{c.socket, d.socket} {
		if err := os.RemoveAll(s); err != nil {
			t.Error(err)
		}
	}
}
