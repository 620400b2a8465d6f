package email

import (
	"encoding/json"
	"errors"

	"github.com/customerdesk/customerdesk/channels/email/oauth"
)

// Credentials are the secret part of an Account. The password is empty where access tokens are used.
type Credentials struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

// String keeps the password out of logs and errors.
func (c Credentials) String() string { return "credentials(xxxxx)" }

// GoString does so for %#v.
func (c Credentials) GoString() string { return c.String() }

// Logins are the credentials of one mailbox for both directions, in the form in which they are stored
// encrypted.
type Logins struct {
	IMAP Credentials `json:"imap"`
	SMTP Credentials `json:"smtp"`
	// Grant is what access tokens are got with; nil: none, or not authorised yet.
	Grant *oauth.Grant `json:"grant,omitempty"`
}

// Bytes is what is to be encrypted.
func (l Logins) Bytes() ([]byte, error) { return json.Marshal(l) }

// ParseLogins reads what Bytes wrote. The error does not repeat its input.
func ParseLogins(b []byte) (Logins, error) {
	var l Logins
	if err := json.Unmarshal(b, &l); err != nil {
		return Logins{}, errors.New("the mailbox's stored credentials cannot be read: add the mailbox again")
	}
	return l, nil
}
