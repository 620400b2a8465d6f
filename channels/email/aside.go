package email

import (
	"context"
	"errors"
	"fmt"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/customerdesk/customerdesk/inbox"
)

// maxHead is how much is fetched of the header of a message that is not taken itself, in bytes.
const maxHead = 64 << 10

// complete makes the messages of a range from what was fetched of it. Of those that are too large, or that the
// server does not give, it fetches the header, so that people learn whose mail it is.
func (s *session) complete(ctx context.Context, batch []header, bodies map[uint32][]byte, gone map[uint32]bool) ([]inbox.Raw, error) {
	var set imap.UIDSet
	for _, h := range batch {
		if bodies[h.uid] == nil && !gone[h.uid] {
			set.AddNum(imap.UID(h.uid))
		}
	}
	heads, err := s.heads(ctx, set)
	if err != nil {
		return nil, err
	}
	list := make([]inbox.Raw, 0, len(batch))
	for _, h := range batch {
		if gone[h.uid] {
			continue
		}
		body, came := bodies[h.uid]
		if came && body == nil {
			h.size = max(h.size, s.mailbox.MaxSize+1) // It was larger than the server had said.
		}
		m := s.message(h, body)
		if body == nil {
			m.Header = heads[h.uid]
			m.Reason = "the mail server does not give it out"
			if h.size > s.mailbox.MaxSize {
				m.Reason = fmt.Sprintf("it is %.1f MB, larger than the %.1f MB that are taken", megabytes(h.size), megabytes(s.mailbox.MaxSize))
			}
			s.cfg.Logger.Warn("message set aside: it has no body here", "tenant", s.ref.Tenant, "mailbox", s.ref.Mailbox,
				"uid", h.uid, "size", h.size)
		}
		list = append(list, m)
	}
	return list, nil
}

func megabytes(n int64) float64 { return float64(n) / (1 << 20) }

// message is a message of the selected folder.
func (s *session) message(h header, body []byte) inbox.Raw {
	return inbox.Raw{
		Tenant: s.ref.Tenant, Mailbox: s.ref.Mailbox, Folder: s.name,
		UIDValidity: s.cursor.UIDValidity, UID: h.uid,
		ReceivedAt: h.date, Size: max(h.size, int64(len(body))), Body: body,
	}
}

// heads fetches the beginnings of the headers of messages. A server that refuses costs only what would be
// known of the message.
func (s *session) heads(ctx context.Context, set imap.UIDSet) (map[uint32][]byte, error) {
	heads := make(map[uint32][]byte)
	if len(set) == 0 {
		return heads, nil
	}
	section := &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierHeader, Partial: &imap.SectionPartial{Size: maxHead}}
	err := s.command(ctx, "fetch headers", func() error {
		cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
		var failed error
		for m := cmd.Next(); m != nil && failed == nil; m = cmd.Next() {
			failed = s.readHead(m, heads)
		}
		return errors.Join(failed, cmd.Close())
	})
	if err != nil && !isRefusal(err) {
		return nil, s.lost(err)
	}
	return heads, nil
}

func (s *session) readHead(m *imapclient.FetchMessageData, into map[uint32][]byte) error {
	var uid uint32
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = uint32(item.UID)
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil || uid == 0 {
				continue
			}
			head, err := s.readLiteral(item.Literal, min(item.Literal.Size(), maxHead))
			if err != nil {
				return fmt.Errorf("header of the message with UID %d: %w", uid, err)
			}
			into[uid] = head
		}
	}
	return nil
}
