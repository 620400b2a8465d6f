//go:build unix && !linux

package daemon

import "syscall"

// sysProcAttr gives a server a process group of its own; only Linux can tie it to the
// starter's life.
func sysProcAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
