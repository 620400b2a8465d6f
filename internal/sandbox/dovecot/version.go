package dovecot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// ErrMissing is returned when the machine has no usable Dovecot with IMAP. Tests must fail
// with it, not skip.
var ErrMissing = errors.New("no Dovecot with IMAP on this machine: run deploy/setup.sh test")

var versionNumber = regexp.MustCompile(`^(\d+)\.(\d+)`)

// version is Dovecot's major and minor number.
type version struct{ major, minor int }

// isNew says whether the configuration is written in the language of 2.4.
func (v version) isNew() bool { return v.major > 2 || v.major == 2 && v.minor >= 4 }

func parseVersion(output string) (version, error) {
	m := versionNumber.FindStringSubmatch(output)
	if m == nil {
		return version{}, fmt.Errorf("dovecot --version says %q: not a version", output)
	}
	major, err := strconv.Atoi(m[1])
	if err != nil {
		return version{}, fmt.Errorf("dovecot --version says %q: %w", output, err)
	}
	minor, err := strconv.Atoi(m[2])
	if err != nil {
		return version{}, fmt.Errorf("dovecot --version says %q: %w", output, err)
	}
	return version{major, minor}, nil
}

// Available returns nil where Start can work, and ErrMissing elsewhere.
func Available() error {
	_, err := find()
	return err
}

// find returns the path of the dovecot binary. The PATH of an ordinary user often lacks
// the sbin folders, and the package of the core comes without the IMAP server.
func find() (string, error) {
	for _, name := range []string{"dovecot", "/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/opt/homebrew/sbin/dovecot"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		prefix := filepath.Dir(filepath.Dir(path))
		for _, lib := range []string{"lib/dovecot/imap", "libexec/dovecot/imap", "lib64/dovecot/imap"} {
			if _, err := os.Stat(filepath.Join(prefix, lib)); err == nil {
				return path, nil
			}
		}
	}
	return "", ErrMissing
}

func askVersion(ctx context.Context, path string) (version, error) {
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return version{}, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	return parseVersion(string(out))
}
