package email

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/customerdesk/customerdesk/inbox"
)

// A header is what is asked of a message before its body.
type header struct {
	uid  uint32
	size int64
	date time.Time
}

// search returns the UIDs from first to last (0: no end), those with an INTERNALDATE before since left
// out as far as SEARCH can tell: it knows days, of a time zone of the server's choice
// (RFC 9051 section 6.4.4), so that up to a day too many is returned.
func (s *session) search(ctx context.Context, first, last uint32, since time.Time) (imap.UIDSet, error) {
	criteria := &imap.SearchCriteria{UID: []imap.UIDSet{{{Start: imap.UID(first), Stop: imap.UID(last)}}}}
	if !since.IsZero() {
		criteria.Since = since.UTC().AddDate(0, 0, -1)
	}
	var found imap.UIDSet
	err := s.command(ctx, "search", func() error {
		data, err := s.client.UIDSearch(criteria, nil).Wait()
		if err == nil {
			found, _ = data.All.(imap.UIDSet)
		}
		return err
	})
	if err != nil {
		return nil, s.lost(err)
	}
	return found, nil
}

// windows cuts a set into sets of at most n UIDs, in their order.
func windows(set imap.UIDSet, n uint32) iter.Seq[imap.UIDSet] {
	return func(yield func(imap.UIDSet) bool) {
		var window imap.UIDSet
		left := n
		for _, r := range set {
			for r.Stop >= r.Start && r.Start > 0 {
				stop := min(r.Stop, r.Start+imap.UID(left)-1)
				window = append(window, imap.UIDRange{Start: r.Start, Stop: stop})
				left -= uint32(stop-r.Start) + 1
				if left == 0 {
					if !yield(window) {
						return
					}
					window, left = nil, n
				}
				if stop == r.Stop {
					break
				}
				r.Start = stop + 1
			}
		}
		if len(window) > 0 {
			yield(window)
		}
	}
}

// headers fetches size and date (zero while messages are in doubt) of those in set, sorted by UID. Where set ends in "*", the last
// message of the folder may be among them although it lies before the set (RFC 9051 section 6.4.9).
func (s *session) headers(ctx context.Context, set imap.UIDSet) ([]header, error) {
	var list []header
	err := s.command(ctx, "fetch sizes", func() error {
		// A malformed date ends the connection; those in doubt have the one in their own header.
		cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, RFC822Size: true, InternalDate: !s.doubts.alone})
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			var h header
			for item := m.Next(); item != nil; item = m.Next() {
				switch item := item.(type) {
				case imapclient.FetchItemDataUID:
					h.uid = uint32(item.UID)
				case imapclient.FetchItemDataRFC822Size:
					h.size = item.Size
				case imapclient.FetchItemDataInternalDate:
					h.date = item.Time
				}
			}
			list = append(list, h)
		}
		return cmd.Close()
	})
	if err != nil {
		return nil, s.lost(err)
	}
	slices.SortFunc(list, func(a, b header) int { return int(int64(a.uid) - int64(b.uid)) })
	return list, nil
}

// download returns the messages of a range that still exist, in the order of their UIDs. Those that are too
// large, or that the server cannot give, have no body.
func (s *session) download(ctx context.Context, batch []header) ([]inbox.Raw, error) {
	var set imap.UIDSet
	for _, h := range batch {
		if h.size <= s.mailbox.MaxSize {
			set.AddNum(imap.UID(h.uid))
		}
	}
	bodies := make(map[uint32][]byte, len(batch))
	if err := s.bodies(ctx, set, bodies); err != nil {
		if !isRefusal(err) {
			return nil, s.lost(err)
		}
		s.cfg.Logger.Warn("server refuses a range of messages, taking them one by one", "tenant", s.ref.Tenant,
			"mailbox", s.ref.Mailbox, "error", err)
	}
	gone, err := s.retryMissing(ctx, batch, bodies)
	if err != nil {
		return nil, err
	}
	return s.complete(ctx, batch, bodies, gone)
}

// retryMissing asks once more, one by one, for the bodies that did not come, and returns which of those
// messages have vanished meanwhile.
func (s *session) retryMissing(ctx context.Context, batch []header, bodies map[uint32][]byte) (gone map[uint32]bool, err error) {
	var missing imap.UIDSet
	for _, h := range batch {
		if _, ok := bodies[h.uid]; !ok && h.size <= s.mailbox.MaxSize {
			missing.AddNum(imap.UID(h.uid))
			if gone == nil {
				gone = make(map[uint32]bool)
			}
			gone[h.uid] = true
		}
	}
	if missing == nil {
		return nil, nil
	}
	still, err := s.headers(ctx, missing)
	if err != nil {
		return nil, err
	}
	for _, h := range still {
		if !gone[h.uid] {
			continue
		}
		delete(gone, h.uid)
		err := s.bodies(ctx, imap.UIDSetNum(imap.UID(h.uid)), bodies)
		if err != nil && !isRefusal(err) {
			return nil, s.lost(err)
		}
	}
	return gone, nil
}

func isRefusal(err error) bool {
	var refused *imap.Error
	return errors.As(err, &refused)
}

// bodies fetches whole messages into memory; a body over the limit is read and forgotten (nil).
func (s *session) bodies(ctx context.Context, set imap.UIDSet, into map[uint32][]byte) error {
	if len(set) == 0 {
		return nil
	}
	return guard{raw: s.raw, limit: transferTimeout}.run(ctx, "fetch messages", func() error {
		cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}})
		var failed error
		for m := cmd.Next(); m != nil && failed == nil; m = cmd.Next() {
			failed = s.readMessage(m, into)
		}
		// The library's reader waits for whoever reads what it decoded, even after a failure.
		return errors.Join(failed, cmd.Close())
	})
}

func (s *session) readMessage(m *imapclient.FetchMessageData, into map[uint32][]byte) error {
	var uid uint32
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = uint32(item.UID)
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil || uid == 0 { // NIL is no body: asked for again, then set aside.
				continue
			}
			if item.Literal.Size() > s.mailbox.MaxSize {
				into[uid] = nil
				continue
			}
			body, err := s.readLiteral(item.Literal, item.Literal.Size())
			if err != nil {
				return fmt.Errorf("message with UID %d: %w", uid, err)
			}
			into[uid] = body
		}
	}
	return nil
}

// readLiteral reads the first n bytes of a literal.
func (s *session) readLiteral(from imap.LiteralReader, n int64) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(from, b); err != nil {
		// Once a literal has failed the library's own reader goes on. The rest of the literal, which is discarded
		// later, must not be read beside it.
		_ = s.raw.Close()
		<-s.client.Closed()
		return nil, err
	}
	return b, nil
}
