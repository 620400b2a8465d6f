package email

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// The first and the longest pause between two looks into a folder.
const (
	firstLook = 200 * time.Millisecond
	restLook  = 2 * time.Second
)

// Await opens the mailbox's folder, calls send, and looks for a message whose header is wanted until it is there or
// ctx ends; elsewhere is asked as well before each look, since another process may have taken the message
// away. Nothing in the mailbox is changed. It returns false with no error where ctx ended without the
// message; the error is send's, elsewhere's, or like that of Check.
func (d Dialer) Await(ctx context.Context, m Mailbox, send func(context.Context) error, wanted func(header []byte) bool,
	elsewhere func(context.Context) (bool, error)) (bool, error) {
	c, raw, err := d.openIMAP(ctx, m.Account, &imapclient.Options{})
	if err != nil {
		return false, err
	}
	defer func() {
		_ = raw.Close()
		_ = c.Close()
	}()
	folder := m.Folder
	if folder == "" {
		folder = "INBOX"
	}
	var next imap.UID
	err = d.checkStep(ctx, raw, "select", func() error {
		s, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
		if err == nil {
			next = max(s.UIDNext, 1)
		}
		return err
	})
	if err != nil {
		return false, stepFault(m.Account, folder, err)
	}
	if err := send(ctx); err != nil {
		return false, err
	}
	pause := firstLook
	for {
		found, err := elsewhere(ctx)
		if !found && err == nil {
			found, err = d.look(ctx, c, raw, next, wanted)
		}
		if ctx.Err() != nil {
			return false, nil
		}
		if err != nil || found {
			return found, stepFaultOrNil(m.Account, folder, err)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return false, nil
		case <-timer.C:
		}
		pause = min(2*pause, restLook)
	}
}

// look reads the headers of what has come since.
func (d Dialer) look(ctx context.Context, c *imapclient.Client, raw net.Conn, next imap.UID, wanted func([]byte) bool) (found bool, err error) {
	err = d.checkStep(ctx, raw, "noop", func() error { return c.Noop().Wait() })
	if err != nil {
		return false, err
	}
	section := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, Peek: true}
	err = d.checkStep(ctx, raw, "fetch", func() error {
		list, err := c.Fetch(imap.UIDSet{{Start: next, Stop: 0}}, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
		for _, m := range list {
			found = found || wanted(m.FindBodySection(section))
		}
		return err
	})
	return found, err
}

func stepFaultOrNil(a Account, folder string, err error) error {
	if err == nil {
		return nil
	}
	var f *Fault
	if errors.As(err, &f) {
		return err
	}
	return stepFault(a, folder, err)
}
