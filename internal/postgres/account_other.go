//go:build !linux

package postgres

import "syscall"

// attributes makes the child the account; there are no user namespaces outside Linux, and a command that
// needs one fails.
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if a.kind != ownUser {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}
