package email

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/wneessen/go-mail/smtp"
)

// Auth is how an account shows who it is.
type Auth string

// The values of "auth" in a mail URL; none is a password.
const (
	AuthPassword    Auth = ""
	AuthXOAuth2     Auth = "xoauth2"     // https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
	AuthOAuthBearer Auth = "oauthbearer" // RFC 7628
)

// mechanism is its name in SASL.
func (a Auth) mechanism() string { return strings.ToUpper(string(a)) }

// bearer is a sasl.Client that shows an access token.
type bearer struct {
	account Account
	refused bool
	status  string // what the server said of a refused token; empty: nothing
}

var _ sasl.Client = (*bearer)(nil)

// Start implements sasl.Client.
func (b *bearer) Start() (mechanism string, initial []byte, err error) {
	if b.account.Auth == AuthXOAuth2 {
		return b.account.Auth.mechanism(), []byte("user=" + b.account.User + "\x01auth=Bearer " + b.account.Password + "\x01\x01"), nil
	}
	return sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{
		Username: strings.NewReplacer("=", "=3D", ",", "=2C").Replace(b.account.User), // RFC 5801 section 4, saslname
		Token:    b.account.Password, Host: b.account.Host, Port: b.account.Port,
	}).Start()
}

// Next implements sasl.Client: a challenge is the reason of a refusal, and the server says so once it was answered.
func (b *bearer) Next(challenge []byte) ([]byte, error) {
	if b.refused {
		return nil, errors.New("the server goes on after it refused the access token")
	}
	b.refused, b.status = true, refusalStatus(challenge)
	if b.account.Auth == AuthXOAuth2 {
		return []byte{}, nil
	}
	return []byte{1}, nil // RFC 7628 section 3.2.3
}

// refusalStatus reads the status of a refused token: an HTTP status by XOAUTH2, a name by OAUTHBEARER.
func refusalStatus(challenge []byte) string {
	var reason struct {
		Status json.RawMessage `json:"status"`
	}
	if json.Unmarshal(challenge, &reason) != nil {
		return ""
	}
	return clip(oneLine(strings.Trim(string(reason.Status), `"`)))
}

// fault explains how a login with a token failed.
func (b *bearer) fault(err error) error {
	f := loginFault(b.account, err)
	if k := kindOf(f); k == FaultThrottled || !b.refused && k != FaultCredentials {
		return f
	}
	if b.status != "" {
		err = fmt.Errorf("status %s: %w", b.status, err)
	}
	return &Fault{
		Kind: FaultCredentials, Server: b.account.server(), Err: fmt.Errorf("log in: %w: %w", errTokenRefused, err),
		Cure: "check that the user name is the mailbox's and has IMAP and SMTP switched on, or run " + b.account.Tokens.cure(),
	}
}

var errTokenRefused = errors.New("the access token is refused")

// noBearer is the fault of a server without the mechanism.
func noBearer(a Account, offered string) error {
	return &Fault{
		Kind: FaultCredentials, Server: a.server(), Err: fmt.Errorf("log in: the server does not offer %s%s", a.Auth.mechanism(), offered),
		Cure: "check auth= and tls= in the mail URL",
	}
}

// smtpBearer makes the library of SMTP use a bearer.
type smtpBearer struct{ *bearer }

// Start implements smtp.Auth.
func (b smtpBearer) Start(*smtp.ServerInfo) (string, []byte, error) { return b.bearer.Start() }

// Next implements smtp.Auth.
func (b smtpBearer) Next(challenge []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	return b.bearer.Next(challenge)
}

// withToken runs open with the account's access token in place, and once more with a new one where the server
// refuses it.
func withToken(ctx context.Context, a Account, open func(Account) error) error {
	if a.Auth == AuthPassword {
		return open(a)
	}
	refused := ""
	for {
		token, err := a.Tokens.Token(ctx, refused)
		if err != nil {
			return err
		}
		a.Password = token
		err = open(a)
		if !errors.Is(err, errTokenRefused) || refused != "" {
			return err
		}
		refused = token
	}
}
