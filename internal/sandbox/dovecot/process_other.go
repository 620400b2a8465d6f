//go:build unix && !linux

package dovecot

import "syscall"

// sysProcAttr gives Dovecot a process group of its own; only Linux can tie it to the
// starter's life.
func sysProcAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
