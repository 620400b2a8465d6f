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
	"strings"
	"syscall"
	"time"

	"github.com/customerdesk/customerdesk/internal/sandbox/daemon"
)

const (
	startLimit = 20 * time.Second
	probeEvery = 20 * time.Millisecond
)

// run launches Dovecot and waits until both ports greet.
func (s *Server) run(ctx context.Context) error {
	p, err := daemon.Launch(exec.Command(s.path, "-F", "-c", filepath.Join(s.dir, "dovecot.conf")), s.LogFile())
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
		case <-p.Exited():
			return errors.Join(fmt.Errorf("dovecot ended at once: %s", s.lastLog()), p.End(syscall.SIGKILL))
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("dovecot does not answer: %w: %s", err, s.lastLog()), p.End(syscall.SIGKILL))
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
