package dovecot

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const (
	startLimit = 20 * time.Second
	stopLimit  = 10 * time.Second
	probeEvery = 20 * time.Millisecond
)

// A process is one run of Dovecot's master with its children, all in one process group.
type process struct {
	pid    int
	exited chan struct{} // closed when the master has ended
}

// launch starts the master. The thread that starts it stays with it, because the kernel
// signals the child when that thread ends, not only when the whole test binary does. What
// Dovecot says before it has read its configuration goes to its log too.
func launch(path, config, logFile string) (*process, error) {
	log, err := os.OpenFile(logFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open dovecot's log: %w", err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(path, "-F", "-c", config)
	cmd.SysProcAttr = sysProcAttr()
	cmd.Stderr = log
	p := &process{exited: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.pid = cmd.Process.Pid
		started <- nil
		_ = cmd.Wait() // A master that was killed always "fails".
		close(p.exited)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return p, nil
}

// end asks the master to stop its children, then ends whatever is left of the group.
func (p *process) end(ask syscall.Signal) error {
	if err := syscall.Kill(p.pid, ask); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop dovecot: %w", err)
	}
	timer := time.NewTimer(stopLimit)
	defer timer.Stop()
	select {
	case <-p.exited:
	case <-timer.C:
	}
	if err := syscall.Kill(-p.pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill dovecot's process group: %w", err)
	}
	<-p.exited
	return nil
}

// run launches Dovecot and waits until both ports greet.
func (s *Server) run(ctx context.Context) error {
	p, err := launch(s.path, filepath.Join(s.dir, "dovecot.conf"), s.LogFile())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		err := errors.Join(greets(ctx, s.Addr()), accepts(ctx, s.TLSAddr()))
		if err == nil {
			s.process = p
			return nil
		}
		select {
		case <-tick.C:
		case <-p.exited:
			return errors.Join(fmt.Errorf("dovecot ended at once: %s", s.lastLog()), p.end(syscall.SIGKILL))
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("dovecot does not answer: %w: %s", err, s.lastLog()), p.end(syscall.SIGKILL))
		}
	}
}

// greets reads until Dovecot names what it can do: before its login process has reached the
// authentication it may greet with a line that asks for patience.
func greets(ctx context.Context, addr string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	for r := bufio.NewReader(conn); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		if !strings.HasPrefix(line, "* OK") {
			return fmt.Errorf("%s greets with %q", addr, line)
		}
		if strings.Contains(line, "[CAPABILITY") {
			return nil
		}
	}
}

func accepts(ctx context.Context, addr string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}

// lastLog is the end of Dovecot's log, for errors.
func (s *Server) lastLog() string {
	const enough = 2000
	data, err := os.ReadFile(s.LogFile())
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(data[max(0, len(data)-enough):]))
}

// freePorts asks the kernel for two ports that are free now.
func freePorts() (int, int, error) {
	first, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = first.Close() }()
	second, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = second.Close() }()
	return first.Addr().(*net.TCPAddr).Port, second.Addr().(*net.TCPAddr).Port, nil
}
