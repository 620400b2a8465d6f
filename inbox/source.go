package inbox

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// MailboxID names a mailbox of one tenant.
type MailboxID struct{ uuid.UUID }

// Raw is one message as a mailbox delivered it. (Mailbox, Folder, UIDValidity, UID) names it for good
// (RFC 9051 section 2.3.1.1).
type Raw struct {
	Tenant      tenant.ID
	Mailbox     MailboxID
	Folder      string
	UIDValidity uint32
	UID         uint32
	ReceivedAt  time.Time // INTERNALDATE; zero where the server's cannot be read: the mail's own date counts then
	Size        int64     // in bytes, as the server says
	// Body is the message byte for byte. Nil where it was not taken, because its Size is over the mailbox's
	// limit or the server does not give it: the message is then recorded as quarantined, and stays in the mailbox.
	Body []byte
	// Header is the beginning of the header of a message without Body, as far as it is known.
	Header []byte
	// Reason is why there is no Body, in words for a person.
	Reason string
}

// A Sink takes messages of one mailbox in the order of their UIDs.
type Sink interface {
	// Accept returns how many messages from the start of the batch are durably stored: the cursor may
	// advance past those and no further. The error says why the rest is not, and is nil when all are.
	// Accepting a message again is harmless.
	Accept(ctx context.Context, batch []Raw) (stored int, err error)
}
