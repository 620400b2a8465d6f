package main

import "syscall"

// sysProcAttr has the kernel end a command when the test binary dies first.
func sysProcAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
