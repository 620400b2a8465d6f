package email

import (
	"errors"
	"strings"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
)

// plainFor is how long a server that refused a return path is not asked again.
const plainFor = 24 * time.Hour

func (s *Sender) isPlain(o *outlet) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cfg.Clock().Before(o.plain)
}

func (s *Sender) goPlain(o *outlet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.plain = s.cfg.Clock().Add(plainFor)
}

// returnPathRefused says whether a server took a message from nobody for the sake of its reverse-path. Some say so
// at MAIL, some at each RCPT (Postfix' smtpd_delay_reject), some after the message (Exchange Online).
func returnPathRefused(r inbox.Receipt, err error) bool {
	var refused *SendError
	if errors.As(err, &refused) {
		if refused.Temporary || refused.Code == 0 {
			return false
		}
		// 552 is about the size that MAIL announces (RFC 1870 section 6.1).
		return refused.Step == "MAIL" && refused.Code != 552 || ofSender(refused.reply())
	}
	if err != nil || len(r.Accepted) > 0 || len(r.Refused) == 0 {
		return false
	}
	for _, refusal := range r.Refused {
		if !refusal.Permanent || !ofSender(refusal.Reply) {
			return false
		}
	}
	return true
}

// ofSender says whether a reply speaks of the sender's address.
func ofSender(reply string) bool {
	reply = strings.ToLower(reply)
	for _, words := range []string{" 5.1.7 ", " 5.1.8 ", "sender", "mail from", "send as", "sendas", "not owned", "return path", "return-path", "envelope", "from address"} {
		if strings.Contains(reply, words) {
			return true
		}
	}
	return false
}
