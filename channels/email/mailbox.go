package email

import (
	"context"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// DefaultMaxSize is the largest message that is taken, in bytes, where a Mailbox sets none.
const DefaultMaxSize = 25 << 20

// A Ref names a mailbox that is to be watched.
type Ref struct {
	Tenant  tenant.ID
	Mailbox inbox.MailboxID
	// Version changes with every change of the mailbox's settings or credentials: the connection is then
	// opened anew. It may be empty.
	Version string
}

// A Mailbox is what a connection needs to know of one.
type Mailbox struct {
	Account Account // an IMAP account
	Folder  string  // empty: INBOX
	MoveTo  string  // folder for messages that are stored; empty: they stay
	// Since is the INTERNALDATE before which messages that are already there at the first look are left
	// alone. Zero takes them all.
	Since time.Time
	// MaxSize in bytes; a larger message is handed to the sink without its body. Zero: DefaultMaxSize.
	MaxSize int64
}

// A Cursor says up to where a folder was taken. Its zero value is a folder that was never looked into.
type Cursor struct {
	UIDValidity uint32
	LastUID     uint32
	// Backlog is the last UID that was already there at the first look: up to it, Mailbox.Since applies.
	// It means nothing once LastUID has reached it.
	Backlog uint32
}

// Mailboxes knows which mailboxes are to be watched.
type Mailboxes interface {
	// Wanted lists the mailboxes that are neither paused nor removed. It is asked every few seconds.
	Wanted(ctx context.Context) ([]Ref, error)
	// Open returns one with its credentials. It is asked before each connection.
	Open(ctx context.Context, r Ref) (Mailbox, error)
}

// Cursors keeps the cursors of folders.
type Cursors interface {
	// Load returns the zero Cursor for a folder that it has none of.
	Load(ctx context.Context, r Ref, folder string) (Cursor, error)
	Save(ctx context.Context, r Ref, folder string, c Cursor) error
}

// A Journal takes down how each mailbox fares, for "mailbox list" and for the people who look after it.
type Journal interface {
	// Polled says that the mailbox was looked into and nothing is wrong (any more). It is called after
	// the first look of a connection and after recovery, and at most once a minute otherwise.
	Polled(ctx context.Context, r Ref, at time.Time) error
	// Failed says that the mailbox cannot be used. It is called when that begins and when the reason
	// changes, not for each attempt. A process that starts during an outage reports it again: whether
	// somebody was told of it already is for the journal to know.
	Failed(ctx context.Context, r Ref, f Failure) error
}

// A Failure is an outage of one mailbox.
type Failure struct {
	Since time.Time // when it was first noticed by this process
	// Reason is one line for a person: what is wrong and what to do. It holds no secrets.
	Reason string
	Kind   FaultKind
}
