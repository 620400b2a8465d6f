package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

func (c *Cluster) passwordFile() string { return filepath.Join(c.dir, "superuser-password") }

// prepare finds the cluster, or makes it, and fills in what is known before the server runs. Its caller has
// the turn.
func (c *Cluster) prepare(ctx context.Context) error {
	data, err := c.locate()
	if err != nil {
		return err
	}
	info, err := os.Stat(data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if data, err = c.create(ctx); err != nil {
			return err
		}
	case err != nil:
		return fmt.Errorf("look for the cluster: %w", err)
	default:
		uid, gid := ownerOf(info)
		if c.account, err = accountOf(uid, gid, os.Geteuid() == 0); err != nil {
			return err
		}
		password, err := os.ReadFile(c.passwordFile())
		if err != nil {
			return fmt.Errorf("there is a cluster in %s but not its superuser's password; put it back: %w", data, err)
		}
		c.password = strings.TrimSpace(string(password))
	}
	c.data = data
	c.socket, err = c.socketFolder()
	return err
}

// locate returns where the cluster lies or is to lie.
func (c *Cluster) locate() (string, error) {
	path := filepath.Join(c.dir, "cluster")
	switch target, err := os.Readlink(path); {
	case err == nil:
		return target, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EINVAL): // not there, or not a link
		return path, nil
	default:
		return "", fmt.Errorf("look for the cluster: %w", err)
	}
}

// create makes the cluster. Where its place is out of the server's reach it leaves a symbolic link there
// and makes the cluster at the other end.
func (c *Cluster) create(ctx context.Context) (string, error) {
	bin, err := forNewCluster(findInstallations(installPatterns()))
	if err != nil {
		return "", err
	}
	data, err := c.locate()
	if err != nil {
		return "", err
	}
	if link := filepath.Join(c.dir, "cluster"); data != link {
		// An earlier attempt got as far as the link.
		info, err := os.Stat(filepath.Dir(data))
		if err != nil {
			return "", fmt.Errorf("%s points to a cluster that is gone; restore that, or remove the link to begin anew: %w", link, err)
		}
		uid, gid := ownerOf(info)
		if c.account, err = accountOf(uid, gid, os.Geteuid() == 0); err != nil {
			return "", err
		}
	} else {
		l := lodging{root: os.Geteuid() == 0, namespaces: !c.cfg.noNamespaces, elsewhere: "/var/lib/customerdesk"}
		if c.cfg.elsewhere != "" {
			l.elsewhere = c.cfg.elsewhere
		}
		var moved string
		if c.account, moved, err = l.choose(ctx, c.dir); err != nil {
			return "", err
		}
		if moved != "" {
			data = filepath.Join(moved, "cluster")
			if err := os.Symlink(data, link); err != nil {
				return "", fmt.Errorf("note where the cluster lies: %w", err)
			}
		}
	}
	if err := c.makePassword(); err != nil {
		return "", err
	}
	c.cfg.Logger.InfoContext(ctx, "making the private database", "dir", data, "postgres", bin.major)
	return data, c.initialise(ctx, bin, data)
}

func (c *Cluster) makePassword() error {
	c.password = rand.Text()
	f, err := os.OpenFile(c.passwordFile(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return fmt.Errorf("keep the superuser's password: %w", err)
	}
	_, err = f.WriteString(c.password + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("keep the superuser's password: %w", err)
	}
	return nil
}

// initialise makes the cluster beside its place and renames it, so that a kill leaves none half made.
func (c *Cluster) initialise(ctx context.Context, bin installation, data string) error {
	home := filepath.Dir(data)
	abandoned, _ := filepath.Glob(filepath.Join(escapeGlob(home), "init-*"))
	for _, dir := range abandoned {
		_ = os.RemoveAll(dir) // what is still being written to goes the next time
	}
	work, err := os.MkdirTemp(home, "init-")
	if err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	pwfile := filepath.Join(work, "password")
	if err := os.WriteFile(pwfile, []byte(c.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	for _, path := range []string{pwfile, work} {
		if err := c.account.adopt(path); err != nil {
			return fmt.Errorf("make the cluster: %w", err)
		}
	}
	fresh := filepath.Join(work, "cluster")
	if err := c.initdb(ctx, bin, fresh, pwfile); err != nil {
		return err
	}
	if err := appendSettings(filepath.Join(fresh, "postgresql.conf"), bin); err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	if err := os.Rename(fresh, data); err != nil {
		return fmt.Errorf("make the cluster: %w", err)
	}
	return syncFolders(home, c.dir)
}

// initdb makes a cluster with UTF-8 everywhere and collation by code point, which no update of the C
// library can change under an index.
func (c *Cluster) initdb(ctx context.Context, bin installation, dir, pwfile string) error {
	var out []byte
	var err error
	for _, locale := range [][]string{{"--locale=C.UTF-8", "--lc-collate=C"}, {"--locale=C"}} {
		args := append([]string{
			"--pgdata=" + dir, "--username=" + superuser, "--pwfile=" + pwfile,
			"--auth-local=scram-sha-256", "--auth-host=scram-sha-256", "--encoding=UTF8", "--data-checksums",
		}, locale...)
		if c.cfg.Fast {
			args = append(args, "--no-sync")
		}
		if out, err = c.account.command(ctx, "/", bin.program("initdb"), args...).CombinedOutput(); err == nil {
			return nil
		}
		if ctx.Err() != nil || !strings.Contains(string(out), "locale") {
			break
		}
	}
	return fmt.Errorf("make the cluster: initdb: %w: %q", err, strings.TrimSpace(string(out)))
}

// appendSettings writes settings that an operator may change; what the sharing of the server rests on is
// on its command line.
func appendSettings(path string, bin installation) error {
	settings := []string{
		"shared_buffers = 128MB", "maintenance_work_mem = 128MB", "max_connections = 200",
		"jit = off", "random_page_cost = 1.1", "max_wal_size = 2GB", "checkpoint_timeout = 15min",
		"timezone = 'UTC'", "log_timezone = 'UTC'", "log_checkpoints = off", "log_line_prefix = '%m [%p] '",
	}
	if strings.Contains(pgConfig(bin.program("pg_config"), "--configure"), "--with-lz4") {
		settings = append(settings, "wal_compression = lz4")
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0) // initdb made it
	if err != nil {
		return err
	}
	_, err = f.WriteString("\n# customerdesk's choice; may be changed.\n" + strings.Join(settings, "\n") + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolders makes renames in the folders last.
func syncFolders(dirs ...string) error {
	for _, dir := range dirs {
		f, err := os.Open(dir)
		if err != nil {
			return fmt.Errorf("sync: %w", err)
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("sync: %w", err)
		}
	}
	return nil
}

func ownerOf(info fs.FileInfo) (uid, gid int) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid), int(st.Gid)
	}
	return os.Geteuid(), os.Getegid()
}

// majorOf reads which major version made a cluster.
func majorOf(data string) (int, error) {
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err != nil {
		return 0, fmt.Errorf("read the cluster's version: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0, fmt.Errorf("read the cluster's version from %s: %w", data, err)
	}
	return major, nil
}

func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
