package mailserver

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

const (
	inbox = "INBOX"
	sent  = "Sent"
)

// An account's fields below Account are guarded by Server.mu.
type account struct {
	Account
	folders         map[string]*folder
	lastUIDValidity uint32
	arrivals        *uint64 // counts the messages of all folders
}

func newAccount(a Account, uidValidity uint32) *account {
	acct := &account{Account: a, folders: make(map[string]*folder), lastUIDValidity: uidValidity, arrivals: new(uint64)}
	acct.create(inbox)
	acct.create(sent).specialUse = imap.MailboxAttrSent
	return acct
}

// create makes a folder with a UIDVALIDITY that this account never had before.
func (a *account) create(name string) *folder {
	a.lastUIDValidity++
	f := &folder{
		name:        name,
		uidValidity: a.lastUIDValidity,
		uidNext:     1,
		arrivals:    a.arrivals,
		tracker:     imapserver.NewMailboxTracker(0),
		views:       make(map[*view]struct{}),
	}
	a.folders[name] = f
	return f
}

// folder finds a folder by name; INBOX in any case (RFC 3501, section 5.1).
func (a *account) folder(name string) *folder {
	if strings.EqualFold(name, inbox) {
		name = inbox
	}
	return a.folders[name]
}

// A stored message: only its flags ever change.
type message struct {
	uid   imap.UID
	raw   []byte
	at    time.Time
	nth   uint64      // arrival in the account
	flags []imap.Flag // guarded by Server.mu

	parseOnce sync.Once
	parsed    *letter // for the page, made on first use
}

func (m *message) has(flag imap.Flag) bool {
	return slices.ContainsFunc(m.flags, func(f imap.Flag) bool {
		return strings.EqualFold(string(f), string(flag))
	})
}

// setFlags applies a STORE and says whether anything changed.
func (m *message) setFlags(op imap.StoreFlagsOp, flags []imap.Flag) bool {
	before := slices.Clone(m.flags)
	if op == imap.StoreFlagsSet {
		m.flags = nil
	}
	for _, flag := range flags {
		if op == imap.StoreFlagsDel {
			m.flags = slices.DeleteFunc(m.flags, func(f imap.Flag) bool {
				return strings.EqualFold(string(f), string(flag))
			})
		} else if !m.has(flag) {
			m.flags = append(m.flags, flag)
		}
	}
	return !slices.Equal(before, m.flags)
}

// A folder is guarded by Server.mu.
type folder struct {
	name        string
	uidValidity uint32
	uidNext     imap.UID
	arrivals    *uint64
	messages    []*message
	specialUse  imap.MailboxAttr
	subscribed  bool
	tracker     *imapserver.MailboxTracker
	views       map[*view]struct{}
}

func (f *folder) add(raw []byte, at time.Time, flags []imap.Flag) *message {
	*f.arrivals++
	m := &message{uid: f.uidNext, raw: raw, at: at, nth: *f.arrivals, flags: slices.Clone(flags)}
	f.uidNext++
	f.messages = append(f.messages, m)
	f.tracker.QueueNumMessages(uint32(len(f.messages)))
	f.wake()
	return m
}

// remove takes the messages out for which gone holds, last first, so that the announced
// sequence numbers are right one after the other (RFC 3501, section 7.4.1).
func (f *folder) remove(gone func(*message) bool) {
	for i := len(f.messages) - 1; i >= 0; i-- {
		if gone(f.messages[i]) {
			f.messages = slices.Delete(f.messages, i, i+1)
			f.tracker.QueueExpunge(uint32(i) + 1)
		}
	}
	f.wake()
}

func (f *folder) flagged(i int, source *imapserver.SessionTracker) {
	m := f.messages[i]
	f.tracker.QueueMessageFlags(uint32(i)+1, m.uid, slices.Clone(m.flags), source)
	f.wake()
}

func (f *folder) wake() {
	for v := range f.views {
		select {
		case v.woken <- struct{}{}:
		default: // It is awake already.
		}
	}
}

func (f *folder) count(match func(*message) bool) uint32 {
	var n uint32
	for _, m := range f.messages {
		if match(m) {
			n++
		}
	}
	return n
}

// A view is a folder as one IMAP session has been told of it.
type view struct {
	folder  *folder
	tracker *imapserver.SessionTracker
	woken   chan struct{} // holds one token when there is something to tell
	saved   imap.UIDSet   // SEARCHRES, RFC 5182
}

func (f *folder) open() *view {
	v := &view{folder: f, tracker: f.tracker.NewSession(), woken: make(chan struct{}, 1)}
	f.views[v] = struct{}{}
	return v
}

func (v *view) close() {
	delete(v.folder.views, v)
	v.tracker.Close()
}

// A seen message is one the client has been told of, with its number there.
type seenMessage struct {
	*message
	index  int    // in folder.messages, while the lock is held
	seqNum uint32 // in the client's view
}

// each calls do for the messages of set, in order. The caller holds Server.mu.
func (v *view) each(set imap.NumSet, do func(seenMessage)) {
	set = v.static(set)
	for i, m := range v.folder.messages {
		seqNum := v.tracker.EncodeSeqNum(uint32(i) + 1)
		if seqNum == 0 {
			continue // Not announced yet.
		}
		var in bool
		switch set := set.(type) {
		case imap.SeqSet:
			in = set.Contains(seqNum)
		case imap.UIDSet:
			in = set.Contains(m.uid)
		}
		if in {
			do(seenMessage{message: m, index: i, seqNum: seqNum})
		}
	}
}

// static replaces "*" by the highest number and "$" by the saved search result. "9:*" in
// a folder that ends at 7 means 7:9, so it always holds the last message (RFC 3501, 6.4.8).
func (v *view) static(set imap.NumSet) imap.NumSet {
	if imap.IsSearchRes(set) {
		return v.saved
	}
	switch set := set.(type) {
	case imap.SeqSet:
		highest := uint32(len(v.folder.messages))
		out := slices.Clone(set)
		for i := range out {
			staticRange(&out[i].Start, &out[i].Stop, highest)
		}
		return out
	case imap.UIDSet:
		var highest imap.UID
		if n := len(v.folder.messages); n > 0 {
			highest = v.folder.messages[n-1].uid
		}
		out := slices.Clone(set)
		for i := range out {
			staticRange(&out[i].Start, &out[i].Stop, highest)
		}
		return out
	}
	return set
}

func staticRange[N uint32 | imap.UID](start, stop *N, highest N) {
	if *start != 0 && *stop != 0 {
		return
	}
	if *start == 0 {
		*start = highest
	}
	if *stop == 0 {
		*stop = highest
	}
	if *start > *stop {
		*start, *stop = *stop, *start
	}
}
