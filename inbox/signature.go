package inbox

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// tokenPattern and idPattern are what our tokens and ids look like; only the signature tells whether they are.
var (
	tokenPattern = regexp.MustCompile(`(?:\+|=2b|%2b)([1-9][0-9]{0,18}-[a-z2-7]{16})`)
	idPattern    = regexp.MustCompile(`t([1-9][0-9]{0,18})\.([a-z2-7]{16})\.([a-z2-7]{16})`)
)

// A signer makes and checks what ties a mail to a ticket without a look at the database: the tag in a
// reply address (support+123-k3v5…@) and our own message ids. Both name the ticket's number and carry an
// HMAC over tenant and number, so neither can be made up, nor moved to another tenant or ticket.
type signer struct {
	box *secret.Box
}

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// macBytes is the length of a signature before encoding: 80 bits, which no one can try out by mail.
const macBytes = 10

func (s signer) mac(purpose string, id tenant.ID, n tickets.Number, nonce string) string {
	sum := s.box.Sign(purpose, id[:], binary.BigEndian.AppendUint64(nil, uint64(n)), []byte(nonce))
	return base32Lower.EncodeToString(sum[:macBytes])
}

// token returns what stands behind the "+" of a reply address.
func (s signer) token(id tenant.ID, n tickets.Number) string {
	return strconv.FormatInt(int64(n), 10) + "-" + s.mac("reply address", id, n, "")
}

// ticketOfToken checks a token in constant time and returns the ticket that it was made for.
func (s signer) ticketOfToken(id tenant.ID, token string) (tickets.Number, bool) {
	digits, mac, ok := strings.Cut(strings.ToLower(token), "-")
	if !ok {
		return 0, false
	}
	n, ok := number(digits)
	if !ok || !hmac.Equal([]byte(mac), []byte(s.mac("reply address", id, n, ""))) {
		return 0, false
	}
	return n, true
}

// replyAddress puts the token of a ticket into the address of a mailbox (RFC 5233 section 1).
func (s signer) replyAddress(address string, id tenant.ID, n tickets.Number) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	return address[:at] + "+" + s.token(id, n) + address[at:]
}

// answerAddress is where answers on a ticket go: the reply address, or the mailbox's own where mail to an
// address with a tag does not come back.
func (s signer) answerAddress(address string, tagged bool, id tenant.ID, n tickets.Number) string {
	if !tagged {
		return address
	}
	return s.replyAddress(address, id, n)
}

// ticketsOfAddresses returns the tickets that the valid tokens in addresses name. A token counts wherever it
// stands: forwarders rewrite addresses into others (SRS, VERP), and some write the "+" as "=2B" or "%2B".
func (s signer) ticketsOfAddresses(id tenant.ID, addresses []string) []tickets.Number {
	var list []tickets.Number
	for _, a := range addresses {
		for _, m := range tokenPattern.FindAllStringSubmatch(strings.ToLower(a), 4) {
			if n, ok := s.ticketOfToken(id, m[1]); ok && !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
	}
	return list
}

// newMessageID makes the id of a mail of ours, without angle brackets.
func (s signer) newMessageID(id tenant.ID, n tickets.Number, domain string) string {
	nonce := strings.ToLower(rand.Text()[:16])
	return "t" + strconv.FormatInt(int64(n), 10) + "." + nonce + "." + s.mac("message id", id, n, nonce) + "@" + domain
}

// ticketOfMessageID says whether an id is of a mail of ours, and on which ticket. The domain does not
// count: some relays rewrite it.
func (s signer) ticketOfMessageID(id tenant.ID, messageID string) (tickets.Number, bool) {
	local, _, _ := strings.Cut(strings.ToLower(messageID), "@")
	m := idPattern.FindStringSubmatch(local)
	if m == nil || m[0] != local {
		return 0, false
	}
	return s.checked(id, m)
}

// ticketsOfIDs returns the tickets that ids of ours name which stand anywhere in text, whatever relays have
// put around them.
func (s signer) ticketsOfIDs(id tenant.ID, text string) []tickets.Number {
	var list []tickets.Number
	for _, m := range idPattern.FindAllStringSubmatch(strings.ToLower(text), mail.MaxReferences) {
		if n, ok := s.checked(id, m); ok && !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

func (s signer) checked(id tenant.ID, m []string) (tickets.Number, bool) {
	n, ok := number(m[1])
	if !ok || !hmac.Equal([]byte(m[3]), []byte(s.mac("message id", id, n, m[2]))) {
		return 0, false
	}
	return n, true
}

func number(digits string) (tickets.Number, bool) {
	n, err := strconv.ParseInt(digits, 10, 64)
	// A number is written in one way only.
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != digits {
		return 0, false
	}
	return tickets.Number(n), true
}
