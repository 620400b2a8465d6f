package email

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/customerdesk/customerdesk/inbox"
)

const (
	// batchMessages and batchBytes bound one range. Two are in memory at a time: one that is stored, and the
	// next, which is downloaded meanwhile.
	batchMessages = 100
	batchBytes    = 4 << 20
	// windowMessages is how many sizes are asked for at once.
	windowMessages = 1000
)

// look takes the messages behind the cursor. Unless the server announced some, it asks for none where
// UIDNEXT says that there are none.
func (s *session) look(ctx context.Context, announced bool) error {
	if !announced && s.nothingNew() {
		return nil
	}
	if err := s.takeAll(ctx, announced); err != nil {
		s.abandon()
		return err
	}
	s.checked = max(s.checked, s.uidNext)
	s.uidNext = 0 // Not known any longer until the next SELECT.
	return nil
}

func (s *session) nothingNew() bool {
	return s.uidNext != 0 && s.uidNext <= max(s.checked, s.cursor.LastUID+1)
}

func (s *session) takeAll(ctx context.Context, announced bool) error {
	if s.cursor.LastUID < s.cursor.Backlog {
		if err := s.takeBacklog(ctx); err != nil {
			return err
		}
		if !announced && s.nothingNew() {
			return nil
		}
	}
	first := s.cursor.LastUID + 1
	every := func(header) bool { return true }
	if s.uidNext <= first+windowMessages && !s.doubts.alone {
		if err := s.take(ctx, imap.UIDSet{{Start: imap.UID(first)}}, first, every); err != nil {
			return err
		}
		return s.settle(ctx, nil)
	}
	found, err := s.search(ctx, first, 0, time.Time{})
	if err != nil {
		return err
	}
	if err := s.takeFound(ctx, found, first, every); err != nil {
		return err
	}
	return s.settle(ctx, nil)
}

// takeBacklog takes what was already there at the first look and is young enough; the cursor passes the rest.
func (s *session) takeBacklog(ctx context.Context) error {
	first, last := s.cursor.LastUID+1, s.cursor.Backlog
	since := s.mailbox.Since.Truncate(time.Second) // INTERNALDATE has no fractions.
	found, err := s.search(ctx, first, last, since)
	if err != nil {
		return err
	}
	// Of what has no date here the search has told that it is young enough, to the day.
	young := func(h header) bool { return h.uid <= last && (h.date.IsZero() || !h.date.Before(since)) }
	if err := s.takeFound(ctx, found, first, young); err != nil {
		return err
	}
	if err := s.settle(ctx, nil); err != nil {
		return err
	}
	s.cursor.LastUID = last
	return s.saveCursor(ctx)
}

// take downloads the messages in set from the UID first on and hands them over for storing.
func (s *session) take(ctx context.Context, set imap.UIDSet, first uint32, keep func(header) bool) error {
	list, err := s.headers(ctx, set)
	if err != nil {
		return s.rangeFailed(ctx, err)
	}
	list = slices.DeleteFunc(list, func(h header) bool { return h.uid < first || !keep(h) })
	for batch, size := range ranges(list, s.mailbox.MaxSize) {
		// All mailboxes together are bounded as well. What this one holds is given back by the storing of the
		// range before, which does not depend on us.
		size = min(size, memoryBytes)
		if err := s.cfg.memory.Acquire(ctx, size); err != nil {
			return err
		}
		messages, err := s.download(ctx, batch)
		if err != nil {
			s.cfg.memory.Release(size)
			return s.rangeFailed(ctx, err)
		}
		if len(messages) == 0 { // All vanished meanwhile.
			s.cfg.memory.Release(size)
			continue
		}
		if err := s.settle(ctx, newStoring(messages, size)); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) rangeFailed(ctx context.Context, err error) error {
	if ends(ctx, err) {
		s.doubts.rangeFailed(err)
	}
	return err
}

// ranges cuts a list into pieces that are downloaded and stored together, with their size in bytes.
// Of a message over the limit only the header is downloaded.
func ranges(list []header, maxSize int64) iter.Seq2[[]header, int64] {
	return func(yield func([]header, int64) bool) {
		start, size := 0, int64(0)
		for i, h := range list {
			n := h.size
			if n > maxSize {
				n = maxHead
			}
			if i > start && (i-start == batchMessages || size+n > batchBytes) {
				if !yield(list[start:i], size) {
					return
				}
				start, size = i, 0
			}
			size += n
		}
		if start < len(list) {
			yield(list[start:], size)
		}
	}
}

// A storing is a range on its way into the sink.
type storing struct {
	messages []inbox.Raw // nil once stored, so that the bodies can go
	uids     []uint32
	whole    []bool // has its body
	size     int64
	done     chan struct{}
	stored   int // valid after done
	err      error
}

func newStoring(messages []inbox.Raw, size int64) *storing {
	st := &storing{messages: messages, size: size, done: make(chan struct{})}
	for _, m := range messages {
		st.uids = append(st.uids, m.UID)
		st.whole = append(st.whole, m.Body != nil)
	}
	return st
}

func (st *storing) start(ctx context.Context, cfg *settings) {
	go func() {
		defer close(st.done)
		defer cfg.memory.Release(st.size)
		st.stored, st.err = cfg.Sink.Accept(ctx, st.messages)
		if st.err == nil {
			st.stored = len(st.messages)
		}
		st.messages = nil
	}()
}

// settle waits for the range that is being stored, starts storing the next, if any, and meanwhile marks the
// stored messages on the server and moves the cursor. Marking comes before the cursor: a crash between them
// costs a second, harmless storing instead of a message that stays unread.
func (s *session) settle(ctx context.Context, next *storing) error {
	prev := s.pending
	s.pending = nil
	if prev != nil {
		<-prev.done
	}
	switch {
	case next == nil:
	case prev != nil && prev.err != nil:
		s.cfg.memory.Release(next.size)
	default:
		next.start(ctx, s.cfg)
		s.pending = next
	}
	if prev == nil {
		return nil
	}
	if n := min(max(prev.stored, 0), len(prev.uids)); n > 0 {
		if err := s.mark(ctx, prev.uids[:n], prev.whole); err != nil {
			return err
		}
		s.cursor.LastUID = max(s.cursor.LastUID, prev.uids[n-1])
		s.doubts.losses = 0
		if err := s.saveCursor(ctx); err != nil {
			return err
		}
	}
	if prev.err != nil {
		return storageFault(fmt.Errorf("store messages: %w", prev.err))
	}
	return nil
}

// abandon waits for what is still being stored. It will be offered again, since the cursor stays.
func (s *session) abandon() {
	if s.pending != nil {
		<-s.pending.done
		s.pending = nil
	}
}

// mark sets \Seen on the stored messages and moves them, if the mailbox is set so. Those that are only on
// record, without body, stay as they are. A server that refuses does not stop the work: the messages are
// safe, and the refusal becomes the session's warning.
func (s *session) mark(ctx context.Context, uids []uint32, whole []bool) error {
	var set imap.UIDSet
	for i, uid := range uids {
		if whole[i] {
			set.AddNum(imap.UID(uid))
		}
	}
	if len(set) == 0 {
		return nil
	}
	err := s.addFlag(ctx, set, imap.FlagSeen)
	if err == nil && s.mailbox.MoveTo != "" {
		err = s.move(ctx, set)
	}
	if isRefusal(err) {
		folder := s.name
		if s.mailbox.MoveTo != "" {
			folder = s.mailbox.MoveTo
		}
		s.warning = folderFault(s.mailbox.Account, folder, fmt.Errorf("mark stored messages: %w", err))
		return nil
	}
	if err != nil {
		return s.lost(err)
	}
	s.warning = nil
	return nil
}

func (s *session) addFlag(ctx context.Context, set imap.UIDSet, flag imap.Flag) error {
	return s.command(ctx, "store flags", func() error {
		return s.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
	})
}

// move is MOVE (RFC 6851), or COPY and then deletion by UID. The library's own replacement sends all three
// commands at once, and would delete what could not be copied. Without UIDPLUS (RFC 4315) the copied
// messages are left flagged \Deleted, since EXPUNGE would take others' messages too.
func (s *session) move(ctx context.Context, set imap.UIDSet) error {
	if s.canMove {
		return s.command(ctx, "move", func() error {
			_, err := s.client.Move(set, s.mailbox.MoveTo).Wait()
			return err
		})
	}
	err := s.command(ctx, "copy", func() error {
		_, err := s.client.Copy(set, s.mailbox.MoveTo).Wait()
		return err
	})
	if err != nil {
		return err
	}
	if err := s.addFlag(ctx, set, imap.FlagDeleted); err != nil || !s.canExpunge {
		return err
	}
	return s.command(ctx, "expunge", func() error { return expunge(s.client, set) })
}

func expunge(c *imapclient.Client, set imap.UIDSet) error { return c.UIDExpunge(set).Close() }
