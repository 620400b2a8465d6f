package inbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// A Probe is a mail from a mailbox to its own address with a signed tag, by which is tried whether such mail
// comes back. It is of no ticket, and becomes none: its sender is the mailbox.
type Probe struct {
	Envelope
	subject string
}

// NewProbe makes a probe of a mailbox.
func NewProbe(owner tenant.ID, box *secret.Box, m Mailbox, now time.Time) (Probe, error) {
	sign := signer{box: box}
	mark := strings.ToLower(rand.Text()[:16])
	// Tickets count from one, so the tag of number 0 looks like any other and is nobody's.
	p := Probe{subject: "CustomerDesk tries the reply address " + mark, Envelope: Envelope{
		Tenant: owner, Mailbox: m.ID, From: m.Address, Recipients: []string{sign.replyAddress(m.Address, owner, 0)},
		MessageID: sign.newMessageID(owner, 0, domainOf(mail.WireAddress(m.Address))),
	}}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(headerAddress(mail.Address{Name: m.FromName, Email: m.Address}))
	msg.ToMailAddress(headerAddress(mail.Address{Email: p.Recipients[0]}))
	msg.Subject(p.subject)
	msg.SetDateWithValue(now.UTC())
	msg.SetMessageIDWithValue(p.MessageID)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetBodyString(gomail.TypeTextPlain, "CustomerDesk has sent this mail to see whether replies to tickets come back. It can be deleted.\n")
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return Probe{}, fmt.Errorf("write the mail to try the reply address with: %w", err)
	}
	p.Data = b.Bytes()
	return p, nil
}

// Is reports whether header is of this probe, whatever ids servers have given it on the way.
func (p Probe) Is(header []byte) bool {
	h, _ := mail.SplitHeader(mail.Beginning(header))
	return strings.Contains(mail.DecodeWords(h.Get("Subject")), p.subject)
}

// Taken reports whether the service has taken the probe from the mailbox already.
func (p Probe) Taken(ctx context.Context, tx tenant.Tx) (taken bool, err error) {
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM (SELECT subject FROM inbound_messages
		WHERE tenant_id = $1 AND state = 'ignored' ORDER BY id DESC LIMIT 1000) i WHERE i.subject = $2)`, tx.Tenant(), p.subject).Scan(&taken)
	if err != nil {
		return false, fmt.Errorf("look for the mail that was sent: %w", err)
	}
	return taken, nil
}

// SetSignedReplies notes whether mail to the mailbox's address with a tag comes back. Where it does not, answers
// ask for replies to the plain address, and message ids alone carry the threads.
func SetSignedReplies(ctx context.Context, tx tenant.Tx, id MailboxID, on bool, at time.Time) error {
	if err := changeMailbox(ctx, tx, id, `UPDATE mailboxes SET signed_replies = $3 WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL`, on); err != nil {
		return err
	}
	return changeMailbox(ctx, tx, id, `UPDATE mailboxes SET tested_at = $3 WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL`, at)
}
