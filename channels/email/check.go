package email

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Check connects to the mailbox's IMAP server, logs in and opens its folders, changing nothing. The error is
// a *[Fault] that says which setting is wrong and what to do, or the context's. The notes say what to think about
// with folders of their kind.
func (d Dialer) Check(ctx context.Context, m Mailbox) (notes []string, err error) {
	c, raw, err := d.openIMAP(ctx, m.Account, &imapclient.Options{})
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = raw.Close()
		_ = c.Close()
	}()
	for _, folder := range m.folders() {
		note, err := d.checkFolder(ctx, c, raw, m.Account, folder)
		if err != nil {
			return notes, err
		}
		if note != "" {
			notes = append(notes, fmt.Sprintf("folder %q: %s", clip(folder), note))
		}
	}
	if m.MoveTo != "" {
		err = d.checkStep(ctx, raw, "status", func() error {
			_, err := c.Status(m.MoveTo, &imap.StatusOptions{NumMessages: true}).Wait()
			return err
		})
		if err != nil {
			return notes, stepFault(m.Account, m.MoveTo, err)
		}
	}
	// Whether the goodbye is answered is of no matter.
	_ = d.checkStep(ctx, raw, "logout", func() error { return c.Logout().Wait() })
	return notes, nil
}

// checkFolder opens a folder, by the name that the server has for it.
func (d Dialer) checkFolder(ctx context.Context, c *imapclient.Client, raw net.Conn, a Account, folder string) (note string, err error) {
	open := func(path string) error {
		err := d.checkStep(ctx, raw, "select", func() error {
			_, err := c.Select(path, &imap.SelectOptions{ReadOnly: true}).Wait()
			return err
		})
		if err != nil {
			return stepFault(a, folder, err)
		}
		return nil
	}
	list := func(pattern string) (list []*imap.ListData, err error) {
		err = d.checkStep(ctx, raw, "list", func() (err error) {
			list, err = listFolders(c, pattern)
			return err
		})
		if isRefusal(err) {
			err = nil
		}
		return list, err
	}
	path := folder
	if err = open(path); err != nil {
		if kindOf(err) != FaultFolder {
			return "", err
		}
		all, lost := list("*")
		if lost != nil {
			return "", err
		}
		if path, err = matchFolder(folder, all, err); err != nil {
			return "", err
		}
		if err = open(path); err != nil {
			return "", err
		}
	}
	if path == "INBOX" {
		return "", nil
	}
	one, err := list(path)
	if err != nil {
		return "", stepFault(a, folder, err)
	}
	return noteOn(path, one), nil
}

// CheckSMTP connects to the SMTP server and logs in; it sends no mail. The error is like that of Check.
func (d Dialer) CheckSMTP(ctx context.Context, a Account) error {
	c, err := d.openSMTP(ctx, a)
	if err != nil {
		return err
	}
	c.quit()
	return nil
}

func (d Dialer) checkStep(ctx context.Context, raw net.Conn, step string, do func() error) error {
	err := guard{raw: raw, limit: d.timeout()}.run(ctx, step, do)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("%s: %w", step, err)
}

func stepFault(a Account, folder string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return folderFault(a, folder, err)
}
