package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// maxSocketFolder leaves room for "/.s.PGSQL.5432.lock" within the 107 bytes of a socket's path (unix(7)).
const maxSocketFolder = 85

// plainPath is what stands in a connection URL and in unix_socket_directories without quoting.
var plainPath = regexp.MustCompile(`^/[A-Za-z0-9/._+-]+$`)

// socketFolder returns the folder of the server's socket: beside the cluster, or where that path is too
// long one in /tmp, to which a symbolic link then points. Its name is random and its owner checked, so that
// nobody else on the machine can put a folder of theirs in its place.
func (c *Cluster) socketFolder() (string, error) {
	beside := filepath.Join(filepath.Dir(c.data), "socket")
	if len(beside) <= maxSocketFolder && plainPath.MatchString(beside) {
		if err := os.Mkdir(beside, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return "", fmt.Errorf("make the socket's folder: %w", err)
		}
		return beside, c.account.adopt(beside)
	}
	sum := sha256.Sum256([]byte(beside))
	prefix := filepath.Join("/tmp", "customerdesk-"+hex.EncodeToString(sum[:6])+"-")
	// The digest tells a link that was copied together with its data directory.
	if target, err := os.Readlink(beside); err == nil && strings.HasPrefix(target, prefix) && c.private(target) {
		return target, nil
	}
	dir, err := os.MkdirTemp("/tmp", filepath.Base(prefix))
	if err != nil {
		return "", fmt.Errorf("make the socket's folder: %w", err)
	}
	if err := c.account.adopt(dir); err != nil {
		return "", fmt.Errorf("make the socket's folder: %w", err)
	}
	if err := os.Remove(beside); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("make the socket's folder: %w", err)
	}
	if err := os.Symlink(dir, beside); err != nil {
		return "", fmt.Errorf("make the socket's folder: %w", err)
	}
	return dir, nil
}

// private reports whether dir is a folder that only the cluster's account can write to.
func (c *Cluster) private(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return false
	}
	uid, _ := ownerOf(info)
	want, _ := c.account.owner()
	return uid == want
}
