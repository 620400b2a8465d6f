package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// maxLog is the size in bytes at which the server's log is put aside at a start.
const maxLog = 8 << 20

// spawn starts the server and returns its process id. A shell in between starts it in the background and
// ends, so that the server is nobody's child here: it may outlive us, and leaves no zombie when it does not.
func (c *Cluster) spawn(ctx context.Context) (int, error) {
	major, err := majorOf(c.data)
	if err != nil {
		return 0, err
	}
	bin, err := forCluster(findInstallations(installPatterns()), c.data, major)
	if err != nil {
		return 0, err
	}
	log, err := c.openLog()
	if err != nil {
		return 0, err
	}
	defer func() { _ = log.Close() }()
	args := []string{"-c", `"$0" "$@" </dev/null >&2 & echo $!`, bin.program("postgres"), "-D", c.data}
	for _, s := range c.commandLineSettings() {
		args = append(args, "-c", s)
	}
	var out bytes.Buffer
	cmd := c.account.command(ctx, "/", "/bin/sh", args...)
	cmd.Stdout, cmd.Stderr = &out, log
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("start the server: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(out.String()))
	if err != nil {
		return 0, fmt.Errorf("start the server: %w", err)
	}
	return pid, nil
}

func (c *Cluster) commandLineSettings() []string {
	s := []string{
		"listen_addresses=", "port=5432", "unix_socket_directories=" + c.socket, "unix_socket_permissions=0700",
		"logging_collector=off", "external_pid_file=",
	}
	if c.cfg.Fast {
		return append(s, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off",
			"wal_level=minimal", "max_wal_senders=0", "max_wal_size=256MB", "max_connections=300")
	}
	return append(s, "fsync=on", "full_page_writes=on")
}

func (c *Cluster) openLog() (*os.File, error) {
	path := filepath.Join(c.dir, "server.log")
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, fmt.Errorf("put the server's log aside: %w", err)
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the server's log: %w", err)
	}
	return f, nil
}

// postmaster returns the server's process id as its lock file has it, and whether that process is the
// server indeed.
func (c *Cluster) postmaster() (pid int, running bool) {
	pid = lockFilePID(filepath.Join(c.data, "postmaster.pid"))
	if pid == 0 || !alive(pid) {
		return 0, false
	}
	if in, known := worksIn(pid, c.data); known && !in {
		return 0, false // the number went to another process
	}
	return pid, true
}

// lockFilePID returns the process id in one of Postgres's lock files, 0 if there is none.
func lockFilePID(path string) int {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

// clearAway ends what a killed postmaster left behind: its other processes, which hold the shared memory
// and end by themselves only when they next look, and its lock files, whose number may belong to another
// process by now or to a zombie, either of which Postgres takes for a server.
func (c *Cluster) clearAway(ctx context.Context) error {
	stale := map[string]int{}
	for _, path := range []string{filepath.Join(c.data, "postmaster.pid"), filepath.Join(c.socket, ".s.PGSQL.5432.lock")} {
		stale[path] = lockFilePID(path)
	}
	left := processesIn(c.data)
	for _, pid := range left {
		_ = syscall.Kill(pid, syscall.SIGQUIT)
	}
	if err := awaitEnd(ctx, 5*time.Second, left...); err != nil {
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		if err := awaitEnd(ctx, 5*time.Second, left...); err != nil {
			return fmt.Errorf("end what a killed server left behind: %w", err)
		}
	}
	for path, pid := range stale {
		// A server whose command was killed while starting it may have come up this very moment.
		if lockFilePID(path) != pid {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove a killed server's lock file: %w", err)
		}
	}
	return nil
}

// stop shuts the server down: a fast shutdown, which ends the connections that are left and writes
// everything out.
func (c *Cluster) stop(ctx context.Context) error {
	pid, running := c.postmaster()
	if !running {
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil {
		return err
	}
	if err := awaitEnd(ctx, time.Minute, pid); err == nil {
		return nil
	}
	// Immediate shutdown: the next start recovers.
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		return err
	}
	return awaitEnd(context.WithoutCancel(ctx), 10*time.Second, pid)
}

// awaitEnd waits until none of the processes is left.
func awaitEnd(ctx context.Context, limit time.Duration, pids ...int) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for _, pid := range pids {
		for alive(pid) {
			if err := pause(ctx, lockPoll/2); err != nil {
				return fmt.Errorf("wait for process %d to end: %w", pid, err)
			}
		}
	}
	return nil
}

// alive reports whether a process runs; one that has ended but was not yet waited for does not.
func alive(pid int) bool {
	if err := syscall.Kill(pid, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	// proc(5): the state stands behind the name, which is in parentheses and may hold anything.
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return true // no /proc
	}
	after := stat[bytes.LastIndexByte(stat, ')')+1:]
	return !bytes.HasPrefix(after, []byte(" Z")) && !bytes.HasPrefix(after, []byte(" X"))
}

// worksIn reports whether a process has dir as its working directory, as all of a server's do; known is
// false where that cannot be told.
func worksIn(pid int, dir string) (in, known bool) {
	cwd, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid), "cwd"))
	if err != nil {
		return false, false
	}
	info, err := os.Stat(dir)
	if err != nil {
		return false, false
	}
	return os.SameFile(cwd, info), true
}

// processesIn returns the processes of Postgres that work in dir; none where there is no /proc.
func processesIn(dir string) []int {
	entries, _ := filepath.Glob("/proc/[0-9]*")
	var found []int
	for _, e := range entries {
		pid, err := strconv.Atoi(filepath.Base(e))
		if err != nil {
			continue
		}
		if in, _ := worksIn(pid, dir); !in {
			continue
		}
		name, _ := os.ReadFile(filepath.Join(e, "comm"))
		if strings.TrimSpace(string(name)) == "postgres" {
			found = append(found, pid)
		}
	}
	return found
}
