package inbox

import (
	"context"
	"time"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// An Envelope is one composed message on its way out.
type Envelope struct {
	Tenant     tenant.ID
	Mailbox    MailboxID // whose SMTP server takes it
	From       string    // RFC 5321 reverse-path
	ReturnPath string    // the reverse-path to use instead, where the server lets it: the signed reply address, so that a bounce tells its ticket; may be empty
	Recipients []string  // RFC 5321 forward-paths
	MessageID  string    // without angle brackets; for the log
	Data       []byte    // RFC 5322, CRLF line ends
}

// A Receipt is what the server said of each recipient. A recipient in neither list is undecided: try
// again.
type Receipt struct {
	Accepted []string
	Refused  []Refusal
}

// A Refusal is a recipient that the server turned down.
type Refusal struct {
	Recipient string
	Permanent bool   // 5yz; else 4yz (RFC 5321 section 4.2.1)
	Reply     string // code, enhanced code and text as the server sent them
}

// Later is a Transport's error where a message was not tried, since its mailbox sends no more for now. It counts as
// no attempt.
type Later struct {
	After time.Duration
	Why   string
}

// Error says why.
func (l *Later) Error() string { return l.Why }

// A Transport hands a message to a mail server. The error is for what concerns the whole message or
// connection; the receipt holds what was decided before it.
type Transport interface {
	Send(ctx context.Context, e Envelope) (Receipt, error)
}
