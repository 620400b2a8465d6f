package email

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

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

// longestAsked bounds how long a server may have itself left alone.
const longestAsked = time.Hour

// askedWait is how Exchange ("Suggested Backoff Time: 299961 milliseconds") and others ("try again in 5 minutes") say
// when they want to be asked again.
var askedWait = regexp.MustCompile(`(?i)(?:backoff time:|(?:try again|retry)(?: again)? (?:in|after)) (\d{1,9}) ?(milliseconds?|ms|seconds?|minutes?|hours?)\b`)

// backoffAsked is how long a server that throttles wants to be left alone; 0: it does not say.
func backoffAsked(err error) time.Duration {
	var refused *imap.Error
	if kindOf(err) != FaultThrottled || !errors.As(err, &refused) {
		return 0
	}
	m := askedWait.FindStringSubmatch(refused.Text)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // at most nine digits
	unit := time.Second
	switch text := strings.ToLower(m[2]); {
	case strings.HasPrefix(text, "mil") || text == "ms":
		unit = time.Millisecond
	case text[0] == 'm':
		unit = time.Minute
	case text[0] == 'h':
		unit = time.Hour
	}
	return min(time.Duration(n)*unit, longestAsked)
}
