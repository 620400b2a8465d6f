package email

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Protocol is the scheme of a mail URL without its "s".
type Protocol string

// The protocols of mail URLs.
const (
	IMAP Protocol = "imap"
	SMTP Protocol = "smtp"
)

// TLSMode says how a connection is encrypted.
type TLSMode string

// The values of "tls" in a mail URL.
const (
	TLSNone     TLSMode = "none"     // not at all
	TLSStart    TLSMode = "starttls" // by command on the plain port; a server without it is refused
	TLSImplicit TLSMode = "implicit" // from the first byte (RFC 8314)
)

// ErrPlaintext is returned for an account that would send its password readable over a network.
var ErrPlaintext = errors.New("the password would cross the network unencrypted")

// An Account is a login on one mail server. Its text forms never show the password.
type Account struct {
	Protocol Protocol
	Host     string // name in its ASCII form, or IP address without brackets
	Port     int
	TLS      TLSMode
	User     string       // both empty: no login (SMTP only)
	Password string       // with an Auth: the access token, once it is there
	Rate     int          // messages an hour that are sent at most (SMTP only); 0: as many as the server takes
	Insecure bool         // the password may cross a network unencrypted
	Auth     Auth         // empty: by password
	Tokens   *TokenSource // needed with an Auth
}

// ParseAccount reads a mail URL such as
//
//	imap://user:password@host:port?tls=none|starttls|implicit
//	imap://user@host:port?auth=xoauth2|oauthbearer
//
// with the schemes imap, imaps, smtp and smtps; an "s" means implicit TLS, its absence STARTTLS unless "tls"
// says otherwise. The port defaults to 143 or 993, and to 25 (none), 587 (starttls) or 465 (implicit).
// Reserved characters in user and password are percent-encoded (RFC 3986 section 2.1). The error names what
// was read and what is allowed, and never holds the password; it is [ErrPlaintext] for a password on an
// unencrypted connection that leaves the machine, unless "insecure=1" allows it.
func ParseAccount(raw string, protocol Protocol) (Account, error) {
	a, err := parseURL(raw, protocol)
	if err != nil {
		return Account{}, err
	}
	if a.User == "" && (a.Password != "" || protocol == IMAP) {
		return Account{}, fmt.Errorf("%s: no user name; write %s://user:password@%s", a.server(), protocol, a.hostPort())
	}
	if a.Auth != AuthPassword && (a.User == "" || a.Password != "") {
		return Account{}, fmt.Errorf("%s: auth=%s takes a user name and no password; write %s://user@%s?auth=%[2]s",
			a.server(), a.Auth, protocol, a.hostPort())
	}
	if a.User != "" && a.Password == "" && a.Auth == AuthPassword {
		return Account{}, fmt.Errorf("%s: no password; write %s://user:password@%s", a.server(), protocol, a.hostPort())
	}
	return a, a.validate()
}

// ParseServer reads a mail URL without credentials, as [Account.Split] writes it.
func ParseServer(raw string, protocol Protocol) (Account, error) {
	a, err := parseURL(raw, protocol)
	if err == nil && a.User != "" {
		return Account{}, fmt.Errorf("%s: holds credentials where only the server is expected", a.server())
	}
	return a, err
}

func parseURL(raw string, protocol Protocol) (Account, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		// The parser's own error repeats the whole URL, password included.
		return Account{}, fmt.Errorf("not a mail URL: want %s://user:password@host:port, "+
			"with reserved characters in user and password percent-encoded (@ is %%40, / is %%2F, # is %%23, %% is %%25)", protocol)
	}
	a := Account{Protocol: protocol, TLS: TLSStart}
	switch u.Scheme {
	case string(protocol):
	case string(protocol) + "s":
		a.TLS = TLSImplicit
	default:
		return Account{}, fmt.Errorf("mail URL with scheme %q: allowed are %s:// and %ss://", clip(u.Scheme), protocol, protocol)
	}
	if u.Opaque != "" || u.Host == "" {
		return Account{}, fmt.Errorf("mail URL without a server: want %s://user:password@host:port", u.Scheme)
	}
	if u.Fragment != "" || (u.Path != "" && u.Path != "/") {
		return Account{}, fmt.Errorf("mail URL with something behind the server's name: "+
			"want %s://user:password@host:port, with / and # in user and password written as %%2F and %%23", u.Scheme)
	}
	if err := a.parseQuery(u); err != nil {
		return Account{}, err
	}
	if err := a.parseHost(u); err != nil {
		return Account{}, err
	}
	if u.User != nil {
		a.User = u.User.Username()
		a.Password, _ = u.User.Password()
	}
	if strings.ContainsAny(a.User+a.Password, "\x00\r\n") {
		return Account{}, fmt.Errorf("%s: user name or password with a line break or NUL", a.server())
	}
	return a, nil
}

func (a *Account) parseHost(u *url.URL) error {
	a.Host = u.Hostname()
	if ip, err := netip.ParseAddr(a.Host); err == nil {
		a.Host = ip.String()
	} else if a.Host, err = idna.Lookup.ToASCII(a.Host); err != nil && !isPlainHost(u.Hostname()) {
		return fmt.Errorf("mail URL with host %q: want a host name or IP address", clip(u.Hostname()))
	} else if err != nil {
		a.Host = strings.ToLower(u.Hostname()) // Names such as mail_server are no domain names, but resolve.
	}
	if a.Host == "" {
		return fmt.Errorf("mail URL without a server: want %s://user:password@host:port", u.Scheme)
	}
	a.Port = defaultPort(a.Protocol, a.TLS)
	if text := u.Port(); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil || port < 1 || port > 65535 {
			return fmt.Errorf("mail URL with port %q: want 1 to 65535", clip(text))
		}
		a.Port = port
	}
	return nil
}

func isPlainHost(s string) bool {
	return s != "" && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

func (a *Account) parseQuery(u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("mail URL with unreadable parameters: allowed are tls=none|starttls|implicit, auth=xoauth2|oauthbearer, insecure=1 and rate=30/m")
	}
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		value := query[name][len(query[name])-1]
		if len(query[name]) > 1 {
			return fmt.Errorf("mail URL with %s given twice", clip(name))
		}
		if err := a.setParameter(u.Scheme, name, value); err != nil {
			return err
		}
	}
	return nil
}

func (a *Account) setParameter(scheme, name, value string) error {
	switch name {
	case "tls":
		mode := TLSMode(value)
		if mode != TLSNone && mode != TLSStart && mode != TLSImplicit {
			return fmt.Errorf("mail URL with tls=%q: allowed are none, starttls and implicit", clip(value))
		}
		if a.TLS == TLSImplicit && mode != TLSImplicit {
			return fmt.Errorf("mail URL with %s:// and tls=%s: %s:// means implicit; write %s:// for another mode",
				scheme, mode, scheme, a.Protocol)
		}
		a.TLS = mode
	case "insecure":
		if value != "0" && value != "1" {
			return fmt.Errorf("mail URL with insecure=%q: allowed are 0 and 1", clip(value))
		}
		a.Insecure = value == "1"
	case "rate":
		perHour, ok := parseRate(value)
		if !ok || a.Protocol != SMTP {
			return fmt.Errorf("mail URL with rate=%q: allowed is a number of messages a second, minute or hour such as 30/m, for SMTP", clip(value))
		}
		a.Rate = perHour
	case "auth":
		a.Auth = Auth(value)
		if a.Auth != AuthXOAuth2 && a.Auth != AuthOAuthBearer {
			return fmt.Errorf("mail URL with auth=%q: allowed are xoauth2 and oauthbearer", clip(value))
		}
	default:
		return fmt.Errorf("mail URL with parameter %q: allowed are tls, auth, insecure and rate", clip(name))
	}
	return nil
}

// validate refuses a password on an unencrypted network.
func (a Account) validate() error {
	if a.TLS == TLSNone && a.User != "" && !a.Insecure && !a.loopback() {
		return fmt.Errorf("%s: %w; use tls=starttls or tls=implicit, or allow it with insecure=1", a.server(), ErrPlaintext)
	}
	return nil
}

func (a Account) loopback() bool {
	if a.Host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(a.Host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Split returns the account as a URL without credentials, and the credentials, to be stored apart.
func (a Account) Split() (server string, secret Credentials) {
	secret = Credentials{User: a.User, Password: a.Password}
	a.User, a.Password = "", ""
	return a.String(), secret
}

// Join puts together again what [Account.Split] took apart. Errors are those of [ParseAccount].
func Join(server string, protocol Protocol, secret Credentials) (Account, error) {
	a, err := ParseServer(server, protocol)
	if err != nil {
		return Account{}, err
	}
	a.User, a.Password = secret.User, secret.Password
	if (a.User == "") != (a.Password == "") && a.Auth == AuthPassword || (a.User == "" && a.Auth != AuthPassword) || (a.User == "" && protocol == IMAP) {
		return Account{}, fmt.Errorf("%s: incomplete credentials", a.server())
	}
	return a, a.validate()
}

// String returns the account's URL with the password replaced by "xxxxx".
func (a Account) String() string {
	u := url.URL{Scheme: string(a.Protocol), Host: a.hostPort(), RawQuery: "tls=" + string(a.TLS)}
	if a.User != "" {
		u.User = url.UserPassword(a.User, "xxxxx")
	}
	if a.Auth != AuthPassword {
		u.RawQuery += "&auth=" + string(a.Auth)
	}
	if a.Insecure {
		u.RawQuery += "&insecure=1"
	}
	if a.Rate > 0 {
		u.RawQuery += "&rate=" + url.QueryEscape(a.rateText())
	}
	return u.String()
}

// GoString keeps the password out of %#v.
func (a Account) GoString() string { return "email.Account(" + a.String() + ")" }

// LogValue logs the server alone: a user name is mostly an address.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.server()) }

func (a Account) hostPort() string { return net.JoinHostPort(a.Host, strconv.Itoa(a.Port)) }

// server names the server in errors: "imap://mail.example.com:993".
func (a Account) server() string {
	if a.Port == 0 {
		return string(a.Protocol) + " URL"
	}
	return string(a.Protocol) + "://" + a.hostPort()
}

func defaultPort(p Protocol, mode TLSMode) int {
	switch {
	case p == IMAP && mode == TLSImplicit:
		return 993
	case p == IMAP:
		return 143
	case mode == TLSImplicit:
		return 465
	case mode == TLSStart:
		return 587
	default:
		return 25
	}
}

// clip bounds what an error repeats of its input.
func clip(s string) string {
	const limit = 40
	if len(s) > limit {
		return strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
