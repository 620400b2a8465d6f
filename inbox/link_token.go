package inbox

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// ErrBadLink means that a link was not made by this service, or was changed on its way.
var ErrBadLink = errors.New("the link is not one of ours")

// Ticked is what a signed link lets whoever has it do: one order, on one ticket, in the name of one person.
type Ticked struct {
	Tenant tenant.ID
	Ticket tickets.ID
	Person tenant.UserID
	Order  string    // resolve, close, reopen, status, rate-1 to rate-5, or Unsubscribe
	Until  time.Time // to the second; it does nothing from then on
}

// What a token is made of, in bytes: three ids, a time, the order, and the signature.
const (
	linkBody  = 16 + 16 + 16 + 8 + 1
	linkBytes = linkBody + linkMAC
	linkMAC   = 16
)

// linkOrders are what links may do. The place is the byte in the token: nothing moves, and what is new comes last.
func linkOrders() []string {
	return []string{"", "resolve", "close", "reopen", askStatus, rateOrder + "1", rateOrder + "2", rateOrder + "3", rateOrder + "4", rateOrder + "5", Unsubscribe}
}

// Token is what stands in a link, signed.
func (t Ticked) Token(box *secret.Box) string {
	b := make([]byte, 0, linkBytes)
	b = append(append(append(b, t.Tenant[:]...), t.Ticket.UUID[:]...), t.Person.UUID[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(t.Until.Unix()))
	b = append(b, byte(slices.Index(linkOrders(), t.Order)))
	sum := box.Sign("link", b)
	return base64.RawURLEncoding.EncodeToString(append(b, sum[:linkMAC]...))
}

// ReadLink checks the token of a link in constant time, without a look at the database. ErrBadLink where it is not ours;
// whether its time is over is for the caller to see.
func ReadLink(box *secret.Box, token string) (Ticked, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(linkBytes) {
		return Ticked{}, ErrBadLink
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return Ticked{}, ErrBadLink
	}
	sum := box.Sign("link", b[:linkBody])
	name := int(b[linkBody-1])
	if !hmac.Equal(sum[:linkMAC], b[linkBody:]) || name < 1 || name >= len(linkOrders()) {
		return Ticked{}, ErrBadLink
	}
	return Ticked{
		Tenant: tenant.ID(b[:16]), Ticket: tickets.ID{UUID: uuid.UUID(b[16:32])}, Person: tenant.UserID{UUID: uuid.UUID(b[32:48])},
		Until: time.Unix(int64(binary.BigEndian.Uint64(b[48:56])), 0).UTC(), Order: linkOrders()[name],
	}, nil
}
