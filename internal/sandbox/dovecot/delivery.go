package dovecot

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Deliver puts raw into the user's inbox and returns when it is there. Lines should end in
// CRLF: Dovecot hands out other line ends as CRLF, and then the sizes differ.
func (s *Server) Deliver(name string, raw []byte) error { return s.DeliverAt(name, raw, time.Time{}) }

// DeliverAt is Deliver with an INTERNALDATE; the zero time means now.
func (s *Server) DeliverAt(name string, raw []byte, at time.Time) error {
	maildir, err := s.Maildir(name)
	if err != nil {
		return fmt.Errorf("deliver to %s: %w", name, err)
	}
	if err := s.write(maildir, raw, at); err != nil {
		return fmt.Errorf("deliver to %s: %w", name, err)
	}
	return nil
}

// Preload delivers n mails, made by mail from 0 up, as fast as the disk takes them, and
// stops early when ctx ends.
func (s *Server) Preload(ctx context.Context, name string, n int, mail func(i int) []byte) error {
	for i := range n {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("preload %s: %d of %d: %w", name, i, n, err)
		}
		if err := s.Deliver(name, mail(i)); err != nil {
			return err
		}
	}
	return nil
}

// Mails are those in the user's inbox as they lie there, with Unix line ends where an agent wrote them so, in the order
// in which they were delivered by one and the same agent.
func (s *Server) Mails(name string) ([][]byte, error) {
	maildir, err := s.Maildir(name)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, folder := range []string{"new", "cur"} {
		entries, err := os.ReadDir(filepath.Join(maildir, folder))
		if err != nil {
			return nil, fmt.Errorf("list the mail of %s: %w", name, err)
		}
		for _, e := range entries {
			files = append(files, filepath.Join(maildir, folder, e.Name()))
		}
	}
	slices.SortFunc(files, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	mails := make([][]byte, len(files))
	for i, file := range files {
		if mails[i], err = os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("read the mail of %s: %w", name, err)
		}
	}
	return mails, nil
}

// Maildir is the folder of the user's mail for other delivery agents, which must write it as [Server.Owner]. It is
// made if it is not there yet.
func (s *Server) Maildir(name string) (string, error) {
	if !slices.ContainsFunc(s.config.Users, func(u User) bool { return u.Name == name }) {
		return "", fmt.Errorf("maildir of %q: no such user", name)
	}
	home := filepath.Join(s.dir, "home", name)
	maildir := filepath.Join(home, "mail")
	if _, err := os.Stat(filepath.Join(maildir, "new")); err == nil {
		return maildir, nil
	}
	// "new" comes last: its presence says that all is there.
	for _, dir := range []string{home, maildir, filepath.Join(maildir, "cur"), filepath.Join(maildir, "tmp"), filepath.Join(maildir, "new")} {
		if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
			return "", err
		}
		if err := os.Chown(dir, s.owner.uid, s.owner.gid); err != nil {
			return "", err
		}
	}
	return maildir, nil
}

// write follows the Maildir rule (cr.yp.to/proto/maildir.html): a file under a unique name
// in tmp, then a rename into new. The name's counter keeps the order of delivery, which
// Dovecot's UIDs follow.
func (s *Server) write(maildir string, raw []byte, at time.Time) error {
	now := time.Now()
	name := fmt.Sprintf("%d.M%06dP%dQ%09d.sandbox", now.Unix(), now.Nanosecond()/1000, os.Getpid(), s.delivered.Add(1))
	tmp := filepath.Join(maildir, "tmp", name)
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		return err
	}
	if err := os.Chown(tmp, s.owner.uid, s.owner.gid); err != nil {
		return err
	}
	if !at.IsZero() {
		if err := os.Chtimes(tmp, at, at); err != nil {
			return err
		}
	}
	return os.Rename(tmp, filepath.Join(maildir, "new", name))
}
