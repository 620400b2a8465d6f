package daemon

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

const stopLimit = 10 * time.Second

// A Process is one run of a server's master with its children, all in one process group.
type Process struct {
	pid    int
	exited chan struct{}
}

// Launch starts cmd, which must stay in the foreground. What it writes on standard error before it has read its
// configuration is added to the file log. The thread that starts it stays with it, because the kernel signals the
// child when that thread ends, not only when the whole test binary does.
func Launch(cmd *exec.Cmd, log string) (*Process, error) {
	file, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", cmd.Path, err)
	}
	defer func() { _ = file.Close() }()
	cmd.SysProcAttr = sysProcAttr()
	cmd.Stderr = file
	p := &Process{exited: make(chan struct{})}
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
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// PID is the master's process id, which is the process group's too.
func (p *Process) PID() int { return p.pid }

// Exited is closed when the master has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// End asks the master to stop its children, then ends whatever is left of the group.
func (p *Process) End(ask syscall.Signal) error {
	if err := syscall.Kill(p.pid, ask); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop process %d: %w", p.pid, err)
	}
	timer := time.NewTimer(stopLimit)
	defer timer.Stop()
	select {
	case <-p.exited:
	case <-timer.C:
	}
	if err := syscall.Kill(-p.pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill process group %d: %w", p.pid, err)
	}
	<-p.exited
	return nil
}
