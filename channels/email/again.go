package email

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/customerdesk/customerdesk/inbox"
)

// Fetch gets one message from a mailbox, which it leaves as it is, where it has at most most bytes. Errors that say what
// is the matter with the message are an inbox.ErrGone or an inbox.ErrTooLargeToTake; others are like that of Check.
func (d Dialer) Fetch(ctx context.Context, m Mailbox, at inbox.Place, most int64) ([]byte, error) {
	c, raw, err := d.openIMAP(ctx, m.Account, &imapclient.Options{})
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = raw.Close()
		_ = c.Close()
	}()
	if _, err := d.checkFolder(ctx, c, raw, m.Account, at.Folder); err != nil {
		return nil, err
	}
	if selected := c.Mailbox(); selected == nil {
		return nil, stepFault(m.Account, at.Folder, errors.New("the folder is not open"))
	}
	set := imap.UIDSetNum(imap.UID(at.UID))
	size := int64(-1)
	err = d.checkStep(ctx, raw, "status", func() error {
		s, err := c.Select(c.Mailbox().Name, &imap.SelectOptions{ReadOnly: true}).Wait()
		if err != nil {
			return err
		}
		if s.UIDValidity != at.UIDValidity {
			return nil // its UID means another message by now
		}
		list, err := c.Fetch(set, &imap.FetchOptions{UID: true, RFC822Size: true}).Collect()
		for _, f := range list {
			if f.UID == imap.UID(at.UID) {
				size = f.RFC822Size
			}
		}
		return err
	})
	switch {
	case err != nil:
		return nil, stepFault(m.Account, at.Folder, readerError(c, err))
	case size < 0:
		return nil, inbox.ErrGone
	case size > most:
		return nil, fmt.Errorf("%w: it is %.1f MB, and %.1f MB are the most", inbox.ErrTooLargeToTake, megabytes(size), megabytes(most))
	}
	return d.fetchOne(ctx, c, raw, m.Account, at, most)
}

func (d Dialer) fetchOne(ctx context.Context, c *imapclient.Client, raw net.Conn, a Account, at inbox.Place, most int64) (body []byte, err error) {
	err = guard{raw: raw, limit: transferTimeout}.run(ctx, "fetch the message", func() error {
		cmd := c.Fetch(imap.UIDSetNum(imap.UID(at.UID)), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}})
		var failed error
		for m := cmd.Next(); m != nil && failed == nil; m = cmd.Next() {
			for item := m.Next(); item != nil && failed == nil; item = m.Next() {
				part, ok := item.(imapclient.FetchItemDataBodySection)
				if !ok || part.Literal == nil {
					continue
				}
				if part.Literal.Size() > most { // more than the server had said
					failed = fmt.Errorf("%w: it is %.1f MB, and %.1f MB are the most", inbox.ErrTooLargeToTake, megabytes(part.Literal.Size()), megabytes(most))
					_ = raw.Close()
					continue
				}
				body = make([]byte, part.Literal.Size())
				if _, err := io.ReadFull(part.Literal, body); err != nil {
					failed = err
					_ = raw.Close()
				}
			}
		}
		return errors.Join(failed, cmd.Close())
	})
	switch {
	case errors.Is(err, inbox.ErrTooLargeToTake):
		return nil, inbox.ErrTooLargeToTake
	case err != nil:
		return nil, stepFault(a, at.Folder, readerError(c, err))
	case body == nil:
		return nil, inbox.ErrGone
	}
	return body, nil
}
