package email

import (
	"strings"

	"github.com/emersion/go-imap/v2"
)

// throttledCode is Gmail's and Dovecot's word for an account that asks too often.
const throttledCode imap.ResponseCode = "THROTTLED"

const throttledCure = "it is left alone for a while, and tried again by itself"

// throttledIMAP tells that an IMAP server wants to be left alone for a while, by response code or by the words of
// Gmail, Exchange and Dovecot.
func throttledIMAP(refused *imap.Error) bool {
	switch refused.Code {
	case throttledCode, imap.ResponseCodeLimit, imap.ResponseCodeUnavailable:
		return true
	}
	text := strings.ToLower(refused.Text)
	for _, words := range []string{"too many simultaneous", "too many connections", "maximum number of connections", "bandwidth limit", "throttl"} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}
