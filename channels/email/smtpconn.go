package email

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/inbox/mail"
)

// The time a server has for each step (RFC 5321 section 4.5.3.2, shortened where people wait).
const (
	smtpCommandTimeout = time.Minute
	smtpDataTimeout    = 3 * time.Minute // for taking the message's bytes
	smtpFinalTimeout   = 5 * time.Minute // for the answer after the final dot
	// smtpFinalGrace is how long that answer is still waited for when the work is ending: without it nobody
	// knows whether the message was delivered.
	smtpFinalGrace  = 10 * time.Second
	smtpQuitTimeout = 2 * time.Second
)

// A smtpConn is one logged-in SMTP connection. It belongs to one goroutine at a time.
type smtpConn struct {
	client  *smtp.Client
	raw     net.Conn
	maxSize int64 // RFC 1870; 0: the server names none

	pipelining, eightBit, utf8 bool

	account Account
	used    bool      // has sent a message before
	since   time.Time // when it was used last
}

// openSMTP connects, encrypts and logs in, with a new access token where the present one is refused. The error is
// a *Fault.
func (d Dialer) openSMTP(ctx context.Context, a Account) (c *smtpConn, err error) {
	err = withToken(ctx, a, func(a Account) (err error) {
		c, err = d.connectSMTP(ctx, a)
		return err
	})
	return c, err
}

func (d Dialer) connectSMTP(ctx context.Context, a Account) (*smtpConn, error) {
	raw, err := d.dial(ctx, a)
	if err != nil {
		return nil, err
	}
	wire := raw
	if a.TLS == TLSImplicit {
		if wire, err = d.encrypt(ctx, a, raw); err != nil {
			return nil, err
		}
	}
	c := &smtpConn{raw: raw}
	// Some servers let clients wait for the greeting, since spammers do not.
	limit := guard{raw: raw, limit: 4 * d.timeout()}
	if err := limit.run(ctx, "greeting", func() error { return c.greet(d, a, wire) }); err != nil {
		_ = raw.Close()
		return nil, smtpGreetingFault(a, err)
	}
	if err := limit.run(ctx, "login", func() error { return c.login(a) }); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return c, nil
}

func (c *smtpConn) greet(d Dialer, a Account, wire net.Conn) error {
	client, err := smtp.NewClient(wire, a.Host)
	if err != nil {
		return refusal("greeting", err)
	}
	c.client = client
	if err := client.Hello(d.hello(c.raw)); err != nil {
		return refusal("EHLO", err)
	}
	if a.TLS == TLSStart {
		if ok, _ := client.Extension("STARTTLS"); !ok {
			return &Fault{
				Kind: FaultEncryption, Server: a.server(), Err: errors.New("the server has no STARTTLS"),
				Cure: "use tls=implicit with the port for it",
			}
		}
		if err := client.StartTLS(d.tlsConfig(a)); err != nil {
			return refusal("STARTTLS", err)
		}
	}
	c.pipelining, _ = client.Extension("PIPELINING")
	c.eightBit, _ = client.Extension("8BITMIME")
	c.utf8, _ = client.Extension("SMTPUTF8")
	if ok, size := client.Extension("SIZE"); ok {
		c.maxSize, _ = strconv.ParseInt(size, 10, 64)
	}
	return nil
}

// hello names this machine. A name without a dot is refused by many servers, an address literal
// (RFC 5321 section 4.1.3) by few.
func (d Dialer) hello(conn net.Conn) string {
	if d.Hello != "" {
		return d.Hello
	}
	addr, ok := conn.LocalAddr().(*net.TCPAddr)
	switch {
	case !ok:
		return "[127.0.0.1]"
	case addr.IP.To4() != nil:
		return "[" + addr.IP.String() + "]"
	default:
		return "[IPv6:" + addr.IP.String() + "]"
	}
}

func smtpGreetingFault(a Account, err error) error {
	var known *Fault
	var reply *SendError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &reply):
		return &Fault{
			Kind: FaultRefused, Server: a.server(), Err: err,
			Cure: "the server does not take mail from here now: check host and port in the mail URL",
		}
	}
	return connectFault(a, err)
}

func (c *smtpConn) login(a Account) error {
	if a.User == "" {
		return nil
	}
	_, offered := c.client.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	has := func(name string) bool {
		for _, m := range mechanisms {
			if m == name {
				return true
			}
		}
		return false
	}
	// Whether the password may travel unencrypted was decided when the account was read.
	var auth smtp.Auth
	switch {
	case a.Auth != AuthPassword && !has(a.Auth.mechanism()):
		return noBearer(a, " (AUTH "+clip(offered)+")")
	case a.Auth != AuthPassword:
		b := &bearer{account: a}
		if err := c.client.Auth(smtpBearer{b}); err != nil {
			return b.fault(refusal("AUTH", err))
		}
		return nil
	case has("CRAM-MD5") && a.TLS == TLSNone:
		auth = smtp.CRAMMD5Auth(a.User, a.Password)
	case has("PLAIN"):
		auth = smtp.PlainAuth("", a.User, a.Password, a.Host, true)
	case has("LOGIN"):
		auth = smtp.LoginAuth(a.User, a.Password, a.Host, true)
	case has("CRAM-MD5"):
		auth = smtp.CRAMMD5Auth(a.User, a.Password)
	default:
		if ok, _ := c.client.Extension("STARTTLS"); ok && a.TLS == TLSNone {
			return &Fault{
				Kind: FaultEncryption, Server: a.server(), Err: errors.New("log in: the server takes no password without encryption"),
				Cure: "use tls=starttls",
			}
		}
		return &Fault{
			Kind: FaultCredentials, Server: a.server(),
			Err:  fmt.Errorf("log in: the server offers no login by password (AUTH %s)", clip(offered)),
			Cure: "take user and password out of the mail URL, or use the port and tls= for mail submission",
		}
	}
	if err := c.client.Auth(auth); err != nil {
		return loginFault(a, refusal("AUTH", err))
	}
	return nil
}

// errStale is returned for a connection that turned out dead before it took anything of a message.
var errStale = errors.New("the connection is no longer usable")

// send does one mail transaction, for those recipients whose address the server can take. Afterwards the connection is
// fit for another one, unless broken is true.
func (c *smtpConn) send(ctx context.Context, e inbox.Envelope) (receipt inbox.Receipt, broken bool, err error) {
	beyond := c.beyond(&e)
	if len(e.Recipients) > 0 {
		receipt, broken, err = c.transact(ctx, e)
	}
	receipt.Refused = append(beyond, receipt.Refused...)
	return receipt, broken, err
}

// beyond takes the recipients out of e whose address has letters that the server does not take (RFC 6531), and refuses them.
func (c *smtpConn) beyond(e *inbox.Envelope) (refused []inbox.Refusal) {
	if c.utf8 {
		return nil
	}
	var left []string
	for _, r := range e.Recipients {
		if mail.IsASCII(mail.WireAddress(r)) {
			left = append(left, r)
			continue
		}
		refused = append(refused, inbox.Refusal{Recipient: r, Permanent: true,
			Reply: "5.6.7 the address has letters beyond ASCII before its @, which the mail server does not take (no SMTPUTF8)"})
	}
	e.Recipients = left
	return refused
}

// transact does one mail transaction.
func (c *smtpConn) transact(ctx context.Context, e inbox.Envelope) (receipt inbox.Receipt, broken bool, err error) {
	params, err := c.parameters(e)
	if err != nil {
		return receipt, false, err
	}
	// As long as nothing was handed over, ending early is harmless.
	stop := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
	defer stop()
	c.within(smtpCommandTimeout)
	receipt, err = c.address(e, params)
	if err == nil && len(receipt.Accepted) > 0 {
		err = c.startData()
	}
	var reply *SendError
	var fault *Fault
	switch {
	case ctx.Err() != nil:
		return undecided(receipt), true, ctx.Err()
	case errors.Is(err, errStale), errors.As(err, &fault):
		return undecided(receipt), true, err
	case errors.As(err, &reply):
		return undecided(receipt), reply.Code == 421 || !c.reset(), err
	case err != nil:
		return undecided(receipt), true, err
	case len(receipt.Accepted) == 0:
		return receipt, !c.reset(), nil
	}
	if !stop() {
		return undecided(receipt), true, ctx.Err()
	}
	err = c.transfer(ctx, e.Data)
	switch {
	case err == nil:
		return receipt, false, nil
	case errors.As(err, &reply):
		// The transaction is over; no RSET is needed (RFC 5321 section 4.1.1.4).
		return undecided(receipt), reply.Code == 421, err
	}
	return undecided(receipt), true, err
}

// undecided keeps the refusals alone: who was accepted has not been sent anything.
func undecided(r inbox.Receipt) inbox.Receipt { return inbox.Receipt{Refused: r.Refused} }

func (c *smtpConn) within(d time.Duration) { _ = c.raw.SetDeadline(time.Now().Add(d)) }

// parameters of MAIL FROM, or a refusal of a message that this server cannot carry.
func (c *smtpConn) parameters(e inbox.Envelope) (string, error) {
	var b strings.Builder
	size := int64(len(e.Data))
	if c.maxSize > 0 && size > c.maxSize {
		return "", &SendError{Step: "check", Enhanced: "5.3.4", Text: fmt.Sprintf(
			"the message of %d bytes is larger than the mail server takes (%d bytes)", size, c.maxSize)}
	}
	if ok, _ := c.client.Extension("SIZE"); ok {
		fmt.Fprintf(&b, " SIZE=%d", size)
	}
	if !mail.IsASCII(e.Data) {
		if !c.eightBit {
			return "", &SendError{Step: "check", Enhanced: "5.6.3",
				Text: "the message has 8-bit text, which the mail server does not take (no 8BITMIME)"}
		}
		b.WriteString(" BODY=8BITMIME")
	}
	international := !mail.IsASCII(mail.WireAddress(e.From)) || !mail.IsASCII(headerOf(e.Data))
	for _, r := range e.Recipients {
		international = international || !mail.IsASCII(mail.WireAddress(r))
	}
	if international {
		if !c.utf8 {
			return "", &SendError{Step: "check", Enhanced: "5.6.7",
				Text: "the sender's address or a header field is not ASCII, which the mail server does not take (no SMTPUTF8)"}
		}
		b.WriteString(" SMTPUTF8")
	}
	return b.String(), nil
}

func headerOf(data []byte) []byte {
	if i := bytes.Index(data, []byte("\r\n\r\n")); i >= 0 {
		return data[:i]
	}
	return data
}

// quit says goodbye; nothing depends on it.
func (c *smtpConn) quit() {
	c.within(smtpQuitTimeout)
	_ = c.client.Quit()
	_ = c.raw.Close()
}
