package postgres

import (
	"bufio"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// room is what must be free in memory for a test's clusters to lie there, in bytes. Containers have 64 MiB.
const room = 1 << 30

// folder returns a new folder that anybody may pass through, in memory where there is enough.
func folder(t *testing.T) string {
	t.Helper()
	parent := os.TempDir()
	var fs syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &fs); err == nil && fs.Bavail*uint64(fs.Bsize) >= room {
		parent = "/dev/shm"
	}
	return folderIn(t, parent, 0o755)
}

func folderIn(t *testing.T, parent string, mode fs.FileMode) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent, "postgres-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, mode); err != nil {
		t.Fatal(err)
	}
	return dir
}

func config(dir string) PrivateConfig {
	return PrivateConfig{DataDir: dir, Fast: true, Logger: slog.New(slog.DiscardHandler)}
}

func start(t *testing.T, cfg PrivateConfig) *Cluster {
	t.Helper()
	c, err := StartPrivate(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func release(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.Release(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// query returns the one value of a query as text.
func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var v string
	if err := conn.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// serverIn returns the process id of the server whose cluster lies in data, 0 when none runs.
func serverIn(data string) int {
	pid, _ := (&Cluster{data: data}).postmaster()
	return pid
}

// eventually waits for a condition, for as long as a test may take at all.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("never came true: %s", what)
		}
		_ = pause(t.Context(), time.Millisecond)
	}
}

// A process is another command that uses the cluster.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
	url   string
}

// launch begins a command and does not wait for it.
func launch(t *testing.T, dir string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), "POSTGRES_TEST_COMMAND="+dir)
	p.cmd.Stderr = os.Stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.kill() })
	return p
}

// ready waits until the command has the server.
func (p *process) ready(t *testing.T) *process {
	t.Helper()
	s, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatalf("the other command has no server: %v", err)
	}
	p.url = strings.TrimSpace(s)
	return p
}

// end lets the command finish in peace.
func (p *process) end(t *testing.T) {
	t.Helper()
	_ = p.stdin.Close()
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the other command failed: %v", err)
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}
