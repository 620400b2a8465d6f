package postfix

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
)

// Why there is no Postfix to be had. Tests are to be skipped with these.
var (
	ErrMissing = errors.New("no Postfix on this machine: run deploy/setup.sh test")
	ErrNotRoot = errors.New("a private Postfix needs root: it runs under several users")
)

// Available returns nil where Start can work, else ErrMissing or ErrNotRoot.
func Available() error {
	_, err := find()
	return err
}

// A program is where Postfix lies, and who runs it.
type program struct {
	daemons string
	libs    string // not empty: where its libraries are to be looked for
	owner   user.User
	group   string // of the programs that may submit mail locally; nothing here does
}

// unpacked is where deploy/setup.sh puts Postfix when it is not installed, so that another mail server can stay.
const unpacked = "/usr/lib/customerdesk-postfix"

func find() (program, error) {
	if os.Geteuid() != 0 {
		return program{}, ErrNotRoot
	}
	for _, dir := range []string{"/usr/lib/postfix/sbin", "/usr/libexec/postfix", "/usr/lib/postfix/bin", unpacked + "/sbin"} {
		if _, err := os.Stat(filepath.Join(dir, "master")); err != nil {
			continue
		}
		p := program{daemons: dir}
		if strings.HasPrefix(dir, unpacked) {
			p.libs = unpacked
		}
		return p, p.nameUsers()
	}
	return program{}, ErrMissing
}

// nameUsers finds a user and a group for Postfix, which insists that they are nobody's, root's or each other's. Where
// the package did not make its own, those of services of long ago stand in, which every distribution has.
func (p *program) nameUsers() error {
	for _, name := range []string{"postfix", "uucp", "mail", "daemon"} {
		if u, err := user.Lookup(name); err == nil {
			p.owner = *u
			break
		}
	}
	for _, name := range []string{"postdrop", "news", "games", "man"} {
		if g, err := user.LookupGroup(name); err == nil && g.Gid != p.owner.Gid {
			p.group = name
			break
		}
	}
	if p.owner.Username == "" || p.group == "" {
		return fmt.Errorf("%w: neither its users nor others that could stand in for them are there", ErrMissing)
	}
	return nil
}
