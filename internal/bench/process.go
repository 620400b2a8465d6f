package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// endLimit is how long a process may take to end in order.
const endLimit = 20 * time.Second

// A process is a service under measurement, or what stands in for it.
type process struct {
	cmd   *exec.Cmd
	out   lockedBuffer
	ended chan struct{}
	err   error // valid after ended
}

// lockedBuffer keeps what a process says.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs a program until stop, or until ctx ends.
func start(ctx context.Context, env []string, program string, args ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), env...)
	// Ctrl-C reaches this program, which then ends its children in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = endLimit
	p := &process{cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.out, &p.out
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// startSelf runs this program again, in the role that env gives it.
func startSelf(ctx context.Context, env []string) (*process, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return start(ctx, env, path)
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop ends the process in order, or else at once.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the service: %w", err)
	}
	select {
	case <-p.ended:
	case <-time.After(endLimit):
		_ = p.cmd.Process.Kill()
		<-p.ended
		return fmt.Errorf("the service did not end within %v", endLimit)
	}
	if p.err != nil {
		return fmt.Errorf("the service ended with %w: %s", p.err, p.said())
	}
	return nil
}

func (p *process) said() string {
	s := strings.TrimSpace(p.out.String())
	return s[max(0, len(s)-2000):]
}

// wait asks done again and again until it says yes, the process ends, or the time is up.
func (p *process) wait(ctx context.Context, what string, limit, every time.Duration, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if ok, err := done(); err != nil || ok {
			return err
		}
		select {
		case <-tick.C:
		case <-p.ended:
			return fmt.Errorf("wait for %s: the service has ended: %w: %s", what, errors.Join(p.err, errEnded), p.said())
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w: %s", what, ctx.Err(), p.said())
		}
	}
}

var errEnded = errors.New("ended early")

// A cost is processor time.
type cost struct{ service, postgres, dovecot time.Duration }

func (c cost) sum() time.Duration { return c.service + c.postgres + c.dovecot }

func (c cost) minus(d cost) cost {
	return cost{c.service - d.service, c.postgres - d.postgres, c.dovecot - d.dovecot}
}

// spent is the processor time so far. A process id of 0 counts for nothing.
func (h *house) spent(service, dovecot int) (cost, error) {
	var c cost
	for _, p := range []struct {
		pid int
		cpu *time.Duration
	}{{service, &c.service}, {h.postgres, &c.postgres}, {dovecot, &c.dovecot}} {
		if p.pid == 0 {
			continue
		}
		var err error
		if *p.cpu, err = treeCPU(p.pid); err != nil {
			return c, err
		}
	}
	return c, nil
}
