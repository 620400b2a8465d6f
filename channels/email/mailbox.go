package email

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
)

// DefaultMaxSize is the largest message that is taken, in bytes, where a Mailbox sets none.
const DefaultMaxSize = 25 << 20

// A Ref names a mailbox that is to be watched.
type Ref struct {
	inbox.Route
	// Version, if set, changes with every change of the mailbox's settings or credentials: the connection is
	// then opened anew. Without it a change is seen at the next connection.
	Version string
}

// A Mailbox is what a connection needs to know of one.
type Mailbox struct {
	Account Account  // an IMAP account
	Folder  string   // empty: INBOX
	Others  []string // further folders that are read
	MoveTo  string   // folder for messages that are stored; empty: they stay
	// Since is the INTERNALDATE before which messages that are already there at the first look are left
	// alone. Zero takes them all.
	Since time.Time
	// MaxSize in bytes; a larger message is handed to the sink without its body. Zero: DefaultMaxSize.
	MaxSize int64
}

// folders are all that are read, each once.
func (m Mailbox) folders() []string {
	var list []string
	for _, name := range append([]string{m.Folder}, m.Others...) {
		if name == "" || strings.EqualFold(name, "INBOX") { // RFC 9051 section 5.1
			name = "INBOX"
		}
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// Mailboxes knows which mailboxes are to be watched.
type Mailboxes interface {
	// Wanted lists the mailboxes that are neither paused nor removed. It is asked every few seconds.
	Wanted(ctx context.Context) ([]Ref, error)
	// Open returns one with its credentials. It is asked before each connection.
	Open(ctx context.Context, r inbox.Route) (Mailbox, error)
}

// Cursors keeps the cursors of folders; an *inbox.Inbox does.
type Cursors interface {
	// LoadCursor returns the zero Cursor for a folder that was never looked into.
	LoadCursor(ctx context.Context, r inbox.Route, folder string) (inbox.Cursor, error)
	SaveCursor(ctx context.Context, r inbox.Route, folder string, c inbox.Cursor) error
}

// A Journal takes down how each mailbox fares, for "mailbox list" and for the people who look after it; an
// *inbox.Inbox does.
type Journal interface {
	// Polled says that the mailbox was looked into and nothing is wrong (any more). It is called after
	// the first look of this process and after recovery, and at most once a minute otherwise.
	Polled(ctx context.Context, r inbox.Route, at time.Time, folders []inbox.FolderState) error
	// Failed says that the mailbox cannot be used, since when this process knows, and in one line for a
	// person what is wrong and what to do. It is called when that begins and when the reason changes, not
	// for each attempt. A process that starts during an outage reports it again: whether somebody was told
	// of it already is for the journal to know.
	// The folders are nil where nothing is known of them.
	Failed(ctx context.Context, r inbox.Route, since time.Time, reason string, folders []inbox.FolderState) error
}
