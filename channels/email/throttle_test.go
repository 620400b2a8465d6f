package email

import (
	"fmt"
	"testing"

	"github.com/emersion/go-imap/v2"
)

func TestServersThatThrottleAreLeftAloneAndNoPasswordIsBlamed(t *testing.T) {
	a := Account{Protocol: IMAP, Host: "imap.desk.example", Port: 993}
	for _, c := range []struct {
		answer imap.Error
		want   FaultKind
	}{
		{imap.Error{Type: imap.StatusResponseTypeNo, Code: "ALERT", Text: "Too many simultaneous connections. (Failure)"}, FaultThrottled},
		{imap.Error{Type: imap.StatusResponseTypeBye, Code: "THROTTLED", Text: "later"}, FaultThrottled},
		{imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeUnavailable, Text: "temporary"}, FaultThrottled},
		{imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeLimit}, FaultThrottled},
		{imap.Error{Type: imap.StatusResponseTypeBye, Text: "Account exceeded command or bandwidth limits."}, FaultThrottled},
		{imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeAuthenticationFailed, Text: "Invalid credentials"}, FaultCredentials},
	} {
		err := fmt.Errorf("login: %w", &c.answer)
		if got := kindOf(loginFault(a, err)); got != c.want {
			t.Errorf("login answered %v: %s, want %s", c.answer, got, c.want)
		}
		if c.want != FaultThrottled {
			continue
		}
		for step, fault := range map[string]error{"greeting": greetingFault(a, err), "later": lostFault(a, err)} {
			if got := kindOf(fault); got != FaultThrottled {
				t.Errorf("%s answered %v: %s", step, c.answer, got)
			}
		}
	}
}
