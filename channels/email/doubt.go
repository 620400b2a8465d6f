package email

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-imap/v2"

	"github.com/customerdesk/customerdesk/inbox"
)

const (
	// garbledStrikes is how often an answer about one message may make no sense before it is set aside.
	garbledStrikes = 2
	// lostStrikes is how often the connection may be lost while one message is asked for. It is larger, since
	// that may have other reasons.
	lostStrikes = 8
	// maxAside is how many messages are set aside in a row. If nothing else comes in between, it is the server
	// that is broken: then the mail waits there until somebody mends it.
	maxAside = 20
)

// doubts remember, over the connections to one folder, which messages ended them. The IMAP library gives a
// connection up over an answer that it cannot read, so without this one message would hold up all behind it.
type doubts struct {
	validity uint32
	alone    bool // messages are asked for one at a time, and without what is often malformed
	losses   int  // connections lost over ranges of messages since one was stored
	strikes  map[uint32]strike
	aside    int  // messages set aside since one came through
	learned  bool // the last connection ended over a message, and the next will do it otherwise
}

// doubtful are the doubts about each folder of a mailbox.
type doubtful map[string]*doubts

func (d doubtful) of(folder string) *doubts {
	if d[folder] == nil {
		d[folder] = new(doubts)
	}
	return d[folder]
}

// learned tells whether the last connection ended over a message, and forgets it.
func (d doubtful) learned() (learned bool) {
	for _, one := range d {
		learned, one.learned = learned || one.learned, false
	}
	return learned
}

// A strike is what asking for one message alone has led to so far.
type strike struct {
	count   int
	garbled bool // the last one was an answer that makes no sense
	err     error
}

// reset forgets everything about UIDs that no longer mean the same messages.
func (d *doubts) reset(validity uint32) {
	if d.validity != validity {
		*d = doubts{validity: validity}
	}
}

// rangeFailed notes that the connection ended over a range of messages. A network may fail once for no reason
// that lies in them.
func (d *doubts) rangeFailed(err error) {
	garbled := garbledAnswer(err)
	if d.losses++; garbled || d.losses > quietLosses {
		d.alone, d.learned = true, garbled && d.aside < maxAside
	}
}

// failed notes that the connection ended over one message that was asked for alone.
func (d *doubts) failed(uid uint32, err error) {
	if d.strikes == nil {
		d.strikes = make(map[uint32]strike)
	}
	st := strike{count: d.strikes[uid].count + 1, garbled: garbledAnswer(err), err: err}
	d.strikes[uid], d.learned = st, st.garbled && st.count <= garbledStrikes
}

// hopeless says whether a message is to be set aside.
func (d *doubts) hopeless(uid uint32) bool {
	st := d.strikes[uid]
	return d.aside < maxAside && (st.garbled && st.count >= garbledStrikes || st.count >= lostStrikes)
}

// passed notes that a message came through.
func (d *doubts) passed(uid uint32) {
	delete(d.strikes, uid)
	d.aside, d.losses = 0, 0
}

// garbledAnswer tells an answer that makes no sense from one that was cut off; the library hands some of the
// latter on as text.
func garbledAnswer(err error) bool {
	return kindOf(err) == FaultProtocol && !strings.Contains(err.Error(), "EOF")
}

// ends tells whether err ended the connection, as opposed to our own end or a full disk.
func ends(ctx context.Context, err error) bool {
	return ctx.Err() == nil && kindOf(err) != FaultStorage && !errors.Is(err, context.Canceled)
}

// takeFound takes the messages of a set from the UID first on: by ranges, or one at a time where one of them
// is in doubt.
func (s *session) takeFound(ctx context.Context, found imap.UIDSet, first uint32, keep func(header) bool) error {
	for window := range windows(found, windowMessages) {
		if !s.doubts.alone {
			if err := s.take(ctx, window, first, keep); err != nil {
				return err
			}
			continue
		}
		for one := range windows(window, 1) {
			if uid := uint32(one[0].Start); uid >= first {
				if err := s.takeAlone(ctx, uid, keep); err != nil {
					return err
				}
			}
		}
		s.doubts.alone = false
	}
	s.doubts.alone = false
	return nil
}

// takeAlone takes one message that may be the one the last connection ended over.
func (s *session) takeAlone(ctx context.Context, uid uint32, keep func(header) bool) error {
	if s.doubts.hopeless(uid) {
		m := s.message(header{uid: uid}, nil)
		m.Reason = "the mail server's answer about it cannot be used: " + oneLine(s.doubts.strikes[uid].err.Error())
		s.cfg.Logger.Warn("message set aside: the connection ends whenever it is asked for", "tenant", s.ref.Tenant,
			"mailbox", s.ref.Mailbox, "uid", uid, "error", s.doubts.strikes[uid].err)
		if err := s.settle(ctx, newStoring([]inbox.Raw{m}, 0)); err != nil {
			return err
		}
		delete(s.doubts.strikes, uid)
		s.doubts.aside++
		return nil
	}
	// Where the size is what is malformed, the body comes without being asked for its size first.
	size := min(s.mailbox.MaxSize, memoryBytes)
	if err := s.cfg.memory.Acquire(ctx, size); err != nil {
		return err
	}
	messages, err := s.fetchAlone(ctx, uid, keep)
	if err != nil {
		s.cfg.memory.Release(size)
		if ends(ctx, err) {
			s.doubts.failed(uid, err)
		}
		return err
	}
	s.doubts.passed(uid)
	if len(messages) == 0 {
		s.cfg.memory.Release(size)
		return nil
	}
	return s.settle(ctx, newStoring(messages, size))
}

// fetchAlone asks for one message: the first time for its size and then the body, the next time for the body
// only.
func (s *session) fetchAlone(ctx context.Context, uid uint32, keep func(header) bool) ([]inbox.Raw, error) {
	set := imap.UIDSetNum(imap.UID(uid))
	if s.doubts.strikes[uid].count%2 == 0 {
		list, err := s.headers(ctx, set)
		if err != nil || len(list) == 0 || !keep(list[0]) {
			return nil, err
		}
		return s.download(ctx, list[:1])
	}
	bodies := make(map[uint32][]byte, 1)
	if err := s.bodies(ctx, set, bodies); err != nil && !isRefusal(err) {
		return nil, s.lost(fmt.Errorf("message with UID %d: %w", uid, err))
	}
	body, ok := bodies[uid]
	if !ok {
		return nil, nil // vanished
	}
	return s.complete(ctx, []header{{uid: uid, size: int64(len(body))}}, bodies, nil)
}
