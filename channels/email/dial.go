package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

// A Dialer opens connections to mail servers. Its zero value works.
type Dialer struct {
	// RootCAs verify the servers' certificates. Nil: the system's.
	RootCAs *x509.CertPool
	// Timeout bounds each of connecting, the TLS handshake and the login. Zero: 15 s.
	Timeout time.Duration
	// Hello names this machine to SMTP servers (RFC 5321 section 4.1.1.1). Empty: the connection's own
	// address as a literal.
	Hello string
	// Dial opens the TCP connection. Nil: a net.Dialer with keep-alive.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

const defaultDialTimeout = 15 * time.Second

func (d Dialer) timeout() time.Duration {
	if d.Timeout > 0 {
		return d.Timeout
	}
	return defaultDialTimeout
}

// dial opens the TCP connection.
func (d Dialer) dial(ctx context.Context, a Account) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout())
	defer cancel()
	dial := d.Dial
	if dial == nil {
		// A peer that vanished without a word is noticed within two minutes.
		nd := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: time.Minute, Interval: 15 * time.Second, Count: 4,
		}}
		dial = nd.DialContext
	}
	conn, err := dial(ctx, "tcp", a.hostPort())
	if err != nil {
		return nil, connectFault(a, err)
	}
	return conn, nil
}

func (d Dialer) tlsConfig(a Account) *tls.Config {
	return &tls.Config{ServerName: a.Host, RootCAs: d.RootCAs, MinVersion: tls.VersionTLS12}
}

// encrypt does the TLS handshake of the implicit mode.
func (d Dialer) encrypt(ctx context.Context, a Account, raw net.Conn) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout())
	defer cancel()
	conn := tls.Client(raw, d.tlsConfig(a))
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, connectFault(a, err)
	}
	return conn, nil
}

// openIMAP connects, encrypts and logs in, with a new access token where the present one is refused. The raw connection is for cutting the client off: its Close
// waits for nothing, while the client's own waits for its reader. The error is a *Fault.
func (d Dialer) openIMAP(ctx context.Context, a Account, options *imapclient.Options) (c *imapclient.Client, raw net.Conn, err error) {
	err = withToken(ctx, a, func(a Account) (err error) {
		c, raw, err = d.connectIMAP(ctx, a, options)
		return err
	})
	return c, raw, err
}

func (d Dialer) connectIMAP(ctx context.Context, a Account, options *imapclient.Options) (c *imapclient.Client, raw net.Conn, err error) {
	raw, err = d.dial(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	wire := raw
	if a.TLS == TLSImplicit {
		if wire, err = d.encrypt(ctx, a, raw); err != nil {
			return nil, nil, err
		}
	}
	limit := guard{raw: raw, limit: d.timeout()}
	err = limit.run(ctx, "greeting", func() error {
		if a.TLS != TLSStart {
			c = imapclient.New(wire, options)
			return c.WaitGreeting()
		}
		o := *options
		o.TLSConfig = d.tlsConfig(a)
		var err error
		c, err = imapclient.NewStartTLS(wire, &o)
		return err
	})
	if err != nil {
		_ = raw.Close()
		return nil, nil, greetingFault(a, err)
	}
	if err := limit.run(ctx, "login", func() error { return login(c, a) }); err != nil {
		_ = raw.Close()
		_ = c.Close()
		return nil, nil, err
	}
	return c, raw, nil
}

// greetingFault tells a refusal by the server from a connection that never came about.
func greetingFault(a Account, err error) error {
	var refused *imap.Error
	switch {
	case errors.As(err, &refused) && a.TLS == TLSStart && refused.Type != imap.StatusResponseTypeBye:
		return &Fault{
			Kind: FaultEncryption, Server: a.server(), Err: fmt.Errorf("STARTTLS: %w", err),
			Cure: "the server has no STARTTLS: use tls=implicit with the port for it",
		}
	case errors.As(err, &refused) && throttledIMAP(refused):
		return &Fault{Kind: FaultThrottled, Server: a.server(), Err: fmt.Errorf("greeting: %w", err), Cure: throttledCure}
	case errors.As(err, &refused):
		return &Fault{
			Kind: FaultRefused, Server: a.server(), Err: fmt.Errorf("greeting: %w", err),
			Cure: "the server is not ready; it is tried again by itself",
		}
	}
	return connectFault(a, err)
}

// login prefers AUTHENTICATE PLAIN (RFC 4616), which also carries passwords that are not ASCII.
func login(c *imapclient.Client, a Account) error {
	caps := c.Caps()
	var err error
	switch {
	case c.State() == imap.ConnStateAuthenticated: // PREAUTH
	case a.Auth != AuthPassword && !caps.Has(imap.AuthCap(a.Auth.mechanism())):
		return noBearer(a, "")
	case a.Auth != AuthPassword:
		b := &bearer{account: a}
		if err := c.Authenticate(b); err != nil {
			return b.fault(err)
		}
		return nil
	case caps.Has(imap.AuthCap("PLAIN")):
		err = c.Authenticate(sasl.NewPlainClient("", a.User, a.Password))
	case caps.Has(imap.CapLoginDisabled):
		return &Fault{
			Kind: FaultEncryption, Server: a.server(), Err: errors.New("log in: the server takes no password on this connection"),
			Cure: "set tls=starttls or tls=implicit in the mail URL",
		}
	default:
		err = c.Login(a.User, a.Password).Wait()
	}
	if err != nil {
		return loginFault(a, readerError(c, err))
	}
	return nil
}

// A guard ends a step of a conversation that takes too long, or is no longer wanted, by cutting the
// connection: the libraries wait without limit and know no context.
type guard struct {
	raw   net.Conn
	limit time.Duration
}

func (g guard) run(ctx context.Context, step string, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	timer := time.AfterFunc(g.limit, func() { _ = g.raw.Close() })
	stop := context.AfterFunc(ctx, func() { _ = g.raw.Close() })
	err := do()
	cancelled, expired := !stop(), !timer.Stop()
	switch {
	case err == nil:
		return nil
	case cancelled:
		return ctx.Err()
	case expired:
		return &noAnswerError{step: step, limit: g.limit}
	}
	return err
}
