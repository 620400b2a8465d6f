package daemon

import "syscall"

// sysProcAttr gives a server a process group of its own and lets it stop in order when the
// starter dies.
func sysProcAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
