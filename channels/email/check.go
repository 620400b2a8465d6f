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
// a *[Fault] that says which setting is wrong and what to do, or the context's.
func (d Dialer) Check(ctx context.Context, m Mailbox) error {
	c, raw, err := d.openIMAP(ctx, m.Account, &imapclient.Options{})
	if err != nil {
		return err
	}
	defer func() {
		_ = raw.Close()
		_ = c.Close()
	}()
	folder := m.Folder
	if folder == "" {
		folder = "INBOX"
	}
	err = d.checkStep(ctx, raw, "select", func() error {
		_, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
		return err
	})
	if err != nil {
		return stepFault(m.Account, folder, err)
	}
	if m.MoveTo != "" {
		err = d.checkStep(ctx, raw, "status", func() error {
			_, err := c.Status(m.MoveTo, &imap.StatusOptions{NumMessages: true}).Wait()
			return err
		})
		if err != nil {
			return stepFault(m.Account, m.MoveTo, err)
		}
	}
	// Whether the goodbye is answered is of no matter.
	_ = d.checkStep(ctx, raw, "logout", func() error { return c.Logout().Wait() })
	return nil
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
