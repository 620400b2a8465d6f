package mailserver

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Kind says who reads an account.
type Kind int

const (
	// Desk accounts are mailboxes that the service itself fetches by IMAP.
	Desk Kind = iota
	// Customer accounts belong to the people who write to a desk: the page offers them.
	Customer
)

// An Account is one mailbox with its login. The login name is the address.
type Account struct {
	// Address is the bare address, such as "support@desk.example". It is matched without
	// regard to case and must not contain a plus sign, which separates the sub-address.
	Address string
	// Name is shown in From and on the page. Empty means the address.
	Name string
	// Password opens IMAP and SMTP. Empty is refused by Start.
	Password string
	// Kind is Desk by default.
	Kind Kind
}

// Config says what Start builds. Its zero value plus one account is a working server.
type Config struct {
	// Accounts are the known mailboxes; their domains are the domains that the server takes
	// mail for. At least one is needed.
	Accounts []Account
	// Hostname names the server in greetings, in Received and in its certificate beside
	// "localhost". Default "mail.sandbox.example".
	Hostname string
	// SMTPAddr, SMTPSAddr, IMAPAddr and IMAPSAddr are where to listen: plain with STARTTLS,
	// and with implicit TLS. Default "127.0.0.1:0", a free port. Anything but a literal
	// loopback address or "localhost" is refused.
	SMTPAddr, SMTPSAddr, IMAPAddr, IMAPSAddr string
	// RequireAuth refuses MAIL before AUTH with 530 5.7.0.
	RequireAuth bool
	// Token says whether an access token opens an account; IMAP and SMTP then take XOAUTH2 and OAUTHBEARER too.
	// Nil: passwords only.
	Token func(address, token string) bool
	// MaxMessageBytes limits one mail. Default 50 MiB.
	MaxMessageBytes int64
	// Logger receives protocol errors at debug level. Nil discards them.
	Logger *slog.Logger
	// Clock dates deliveries and what the page sends. Nil means time.Now.
	Clock func() time.Time
}

// ErrNotLoopback is returned by Start for an address that others could reach.
var ErrNotLoopback = errors.New("the sandbox mail server listens on loopback only")

// ErrNoAccount is returned where an address belongs to no account.
var ErrNoAccount = errors.New("no such account")

func (c Config) withDefaults() (Config, error) {
	if c.Hostname == "" {
		c.Hostname = "mail.sandbox.example"
	}
	if c.MaxMessageBytes == 0 {
		c.MaxMessageBytes = 50 << 20
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	var errs []error
	for _, addr := range []*string{&c.SMTPAddr, &c.SMTPSAddr, &c.IMAPAddr, &c.IMAPSAddr} {
		loopback, err := loopbackAddr(*addr)
		if err != nil {
			errs = append(errs, err)
		}
		*addr = loopback
	}
	if len(c.Accounts) == 0 {
		errs = append(errs, errors.New("mail server without accounts"))
	}
	for _, a := range c.Accounts {
		local, domain, ok := strings.Cut(a.Address, "@")
		if !ok || local == "" || domain == "" || strings.Contains(local, "+") {
			errs = append(errs, fmt.Errorf("account %q: want a bare address like support@desk.example", a.Address))
		}
		if a.Password == "" {
			errs = append(errs, fmt.Errorf("account %q: empty password", a.Address))
		}
	}
	return c, errors.Join(errs...)
}

// loopbackAddr returns addr with a literal loopback host, port 0 standing for any free one.
func loopbackAddr(addr string) (string, error) {
	if addr == "" {
		return "127.0.0.1:0", nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("listen on %q: %w", addr, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.IsLoopback() {
		return "", fmt.Errorf("listen on %q: %w", addr, ErrNotLoopback)
	}
	return net.JoinHostPort(host, port), nil
}

// canonical returns the account address that addr is delivered to: lower case, without
// the sub-address (RFC 5233). It returns "" when addr has no domain.
func canonical(addr string) string {
	at := strings.LastIndexByte(addr, '@')
	if at <= 0 || at == len(addr)-1 {
		return ""
	}
	local, _, _ := strings.Cut(addr[:at], "+")
	return strings.ToLower(local + addr[at:])
}
