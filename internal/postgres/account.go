package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
)

// An account is who the server's processes run as. The zero value is whoever runs the command, which will
// do unless that is root.
type account struct {
	kind accountKind
	// Who it is: for otherUser the user's ids, for namespace the ids that root's own show as within it.
	uid, gid int
}

type accountKind int

const (
	ownUser   accountKind = iota
	otherUser             // started by root, run as a system user
	namespace             // started by root, run in a user namespace where root has another id
)

// owner returns the ids that the cluster's files belong to, as seen from here.
func (a account) owner() (uid, gid int) {
	switch a.kind {
	case otherUser:
		return a.uid, a.gid
	case namespace:
		return 0, 0
	default:
		return os.Geteuid(), os.Getegid()
	}
}

// command prepares a program that runs as the account, in a session of its own: a Ctrl-C in the terminal
// reaches neither it nor what it starts. Its environment is clean, since PGPORT and the like would change
// what Postgres does.
func (a account) command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + filepath.Dir(program) + ":" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = a.attributes()
	return cmd
}

// reaches reports whether the account may enter dir.
func (a account) reaches(ctx context.Context, dir string) bool {
	// The folder is an argument and not the command's own, because root enters that before changing id.
	return a.command(ctx, "/", "/bin/sh", "-c", `cd "$0"`, dir).Run() == nil
}

// adopt gives a file that was made here to the account.
func (a account) adopt(path string) error {
	if a.kind != otherUser {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// systemAccount is the user that a server started by root runs as.
func systemAccount() (account, bool) {
	for _, name := range []string{"customerdesk", "postgres"} {
		if uid, gid, ok := lookUpUser(name); ok {
			return account{kind: otherUser, uid: uid, gid: gid}, true
		}
	}
	return account{}, false
}

// namespaceAccount is root under another id. initdb asks for the id's name, so it must be one that exists.
func namespaceAccount() (account, bool) {
	for _, name := range []string{"customerdesk", "postgres", "daemon", "nobody"} {
		if uid, gid, ok := lookUpUser(name); ok {
			return account{kind: namespace, uid: uid, gid: gid}, true
		}
	}
	return account{}, false
}

func lookUpUser(name string) (uid, gid int, ok bool) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, false
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	return uid, gid, err1 == nil && err2 == nil && uid != 0
}

// A lodging decides who runs the cluster and where it lies.
type lodging struct {
	root       bool   // the command runs as root
	namespaces bool   // user namespaces may be tried
	elsewhere  string // for clusters that would otherwise be out of the server's reach
}

// choose returns the account for a cluster at dir/cluster and, where that is out of every account's reach,
// the folder to which dir/cluster must be made to point ("": it stays where it is).
func (l lodging) choose(ctx context.Context, dir string) (a account, moved string, err error) {
	if !l.root {
		return account{}, "", nil
	}
	system, haveSystem := systemAccount()
	if haveSystem && system.reaches(ctx, dir) {
		return system, "", nil
	}
	if within, ok := namespaceAccount(); ok && l.namespaces && within.reaches(ctx, dir) {
		return within, "", nil
	}
	if !haveSystem {
		return account{}, "", errors.New("root may not run Postgres, and there is no user customerdesk or postgres to do it: run deploy/setup.sh")
	}
	if err := os.MkdirAll(l.elsewhere, 0o755); err != nil {
		return account{}, "", fmt.Errorf("make a place for the private database: %w", err)
	}
	moved, err = os.MkdirTemp(l.elsewhere, "private-")
	if err != nil {
		return account{}, "", fmt.Errorf("make a place for the private database: %w", err)
	}
	if err := system.adopt(moved); err != nil {
		return account{}, "", fmt.Errorf("make a place for the private database: %w", err)
	}
	if !system.reaches(ctx, moved) {
		_ = os.Remove(moved)
		return account{}, "", fmt.Errorf("the user that runs Postgres can enter neither %s nor %s: allow it with `chmod o+x` on the folders above", dir, l.elsewhere)
	}
	return system, moved, nil
}

// accountOf returns the account that owns an existing cluster.
func accountOf(uid, gid int, root bool) (account, error) {
	switch {
	case !root && uid == os.Geteuid():
		return account{}, nil
	case !root:
		return account{}, fmt.Errorf("the private database belongs to user %d: run as that user or as root", uid)
	case uid != 0:
		return account{kind: otherUser, uid: uid, gid: gid}, nil
	}
	a, ok := namespaceAccount()
	if !ok {
		return account{}, errors.New("the private database belongs to root, and there is no other user to show as")
	}
	return a, nil
}
