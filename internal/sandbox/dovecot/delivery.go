package dovecot

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Deliver puts raw into the user's inbox and returns when it is there. Lines should end in
// CRLF: Dovecot hands out other line ends as CRLF, and then the sizes differ.
func (s *Server) Deliver(name string, raw []byte) error { return s.DeliverAt(name, raw, time.Time{}) }

// DeliverAt is Deliver with an INTERNALDATE; the zero time means now.
func (s *Server) DeliverAt(name string, raw []byte, at time.Time) error {
	if !slices.ContainsFunc(s.config.Users, func(u User) bool { return u.Name == name }) {
		return fmt.Errorf("deliver to %q: no such user", name)
	}
	maildir, err := s.maildir(name)
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

// maildir makes the user's folders if they are not there yet.
func (s *Server) maildir(name string) (string, error) {
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
