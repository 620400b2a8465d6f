package mailserver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-smtp"
)

// shutdownGrace bounds how long Close waits for handlers whose connection is cut already.
const shutdownGrace = 5 * time.Second

// A Server is a running mail provider. Its methods may be called from any goroutine.
type Server struct {
	config Config
	cert   certificate
	smtp   *smtp.Server
	imap   *imapserver.Server

	smtpGate, smtpsGate, imapGate, imapsGate *gate

	done      chan struct{} // closed first when the server stops
	closeOnce sync.Once
	closeErr  error
	stopWatch func() bool
	serving   sync.WaitGroup
	sessions  sync.WaitGroup // IMAP; SMTP's are counted by its library

	mu       sync.Mutex
	stopping bool
	changed  chan struct{} // closed and replaced by every change
	accounts map[string]*account
	order    []string // addresses as configured
	domains  map[string]struct{}
	journal  []Submission
	copies   map[string]int // accepted mails by Message-ID
	faults   faults
	imapConn map[*imapSession]struct{}
	queueID  uint64
}

// Start opens the four ports and serves until ctx ends or Close is called. The error names
// every wrong field of config, or the address that could not be opened.
func Start(ctx context.Context, config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("start the sandbox mail server: %w", err)
	}
	cert, err := newCertificate(config.Hostname)
	if err != nil {
		return nil, err
	}
	s := &Server{
		config:   config,
		cert:     cert,
		done:     make(chan struct{}),
		changed:  make(chan struct{}),
		accounts: make(map[string]*account),
		domains:  make(map[string]struct{}),
		copies:   make(map[string]int),
		imapConn: make(map[*imapSession]struct{}),
	}
	for _, a := range config.Accounts {
		addr := strings.ToLower(a.Address)
		if s.accounts[addr] != nil {
			return nil, fmt.Errorf("account %s is configured twice", addr)
		}
		s.accounts[addr] = newAccount(a, uint32(config.Clock().Unix()))
		s.order = append(s.order, addr)
		s.domains[addr[strings.IndexByte(addr, '@')+1:]] = struct{}{}
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	s.smtp = s.newSMTP()
	s.imap = s.newIMAP()
	s.serve()
	s.stopWatch = context.AfterFunc(ctx, s.shutdown)
	return s, nil
}

func (s *Server) listen() error {
	var opened []*gate
	for _, port := range []struct {
		gate **gate
		addr string
	}{
		{&s.smtpGate, s.config.SMTPAddr}, {&s.smtpsGate, s.config.SMTPSAddr},
		{&s.imapGate, s.config.IMAPAddr}, {&s.imapsGate, s.config.IMAPSAddr},
	} {
		g, err := newGate(port.addr, s.latency)
		if err != nil {
			for _, o := range opened {
				_ = o.shutdown()
			}
			return fmt.Errorf("open the sandbox mail server's port: %w", err)
		}
		opened = append(opened, g)
		*port.gate = g
	}
	return nil
}

func (s *Server) serve() {
	implicit := &tls.Config{Certificates: []tls.Certificate{s.cert.tls}, MinVersion: tls.VersionTLS12}
	for _, run := range []struct {
		listener net.Listener
		serve    func(net.Listener) error
	}{
		{s.smtpGate, s.smtp.Serve},
		{tls.NewListener(s.smtpsGate, implicit), s.smtp.Serve},
		{s.imapGate, s.imap.Serve},
		{tls.NewListener(s.imapsGate, implicit), s.imap.Serve},
	} {
		s.serving.Go(func() {
			if err := run.serve(run.listener); err != nil && !s.stopped() {
				s.config.Logger.Error("sandbox mail server stopped accepting", "addr", run.listener.Addr(), "error", err)
			}
		})
	}
}

func (s *Server) stopped() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

func (s *Server) gates() []*gate {
	return []*gate{s.smtpGate, s.smtpsGate, s.imapGate, s.imapsGate}
}

// Close cuts every connection, waits for the handlers and frees the ports. What was stored
// can still be read. Closing twice is harmless.
func (s *Server) Close() error {
	s.stopWatch()
	s.shutdown()
	return s.closeErr
}

func (s *Server) shutdown() {
	s.closeOnce.Do(func() {
		s.mu.Lock()
		s.stopping = true
		s.mu.Unlock()
		close(s.done)

		var errs []error
		for _, g := range s.gates() {
			errs = append(errs, g.shutdown())
		}
		ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
		defer cancel()
		// The ports are closed already; Shutdown is called for its waiting alone.
		if err := s.smtp.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
			errs = append(errs, fmt.Errorf("wait for SMTP handlers: %w", err))
		}
		_ = s.imap.Close() // Only repeats what the gates did.
		s.serving.Wait()
		s.sessions.Wait()
		s.closeErr = errors.Join(errs...)
	})
}

// TLSMode is the value of "tls" in a mail URL.
type TLSMode string

const (
	// NoTLS is plain text.
	NoTLS TLSMode = "none"
	// STARTTLS upgrades the plain port.
	STARTTLS TLSMode = "starttls"
	// ImplicitTLS is the port that speaks TLS at once.
	ImplicitTLS TLSMode = "implicit"
)

// IMAPURL returns the plain IMAP URL of an account, such as
// "imap://support%40desk.example:secret@127.0.0.1:4143?tls=none". An address without
// account gives a URL without credentials.
func (s *Server) IMAPURL(addr string) string { return s.IMAPURLWith(addr, NoTLS) }

// IMAPURLWith is IMAPURL for a way of encryption; trust CertPool with the encrypted ones.
func (s *Server) IMAPURLWith(addr string, mode TLSMode) string {
	g := s.imapGate
	if mode == ImplicitTLS {
		g = s.imapsGate
	}
	return s.url("imap", g, addr, mode)
}

// SMTPURL returns the plain SMTP URL of an account, with its credentials.
func (s *Server) SMTPURL(addr string) string { return s.SMTPURLWith(addr, NoTLS) }

// SMTPURLWith is SMTPURL for a way of encryption.
func (s *Server) SMTPURLWith(addr string, mode TLSMode) string {
	g := s.smtpGate
	if mode == ImplicitTLS {
		g = s.smtpsGate
	}
	return s.url("smtp", g, addr, mode)
}

func (s *Server) url(scheme string, g *gate, addr string, mode TLSMode) string {
	u := url.URL{Scheme: scheme, Host: g.Addr().String(), RawQuery: "tls=" + string(mode)}
	if a, ok := s.accounts[canonical(addr)]; ok {
		u.User = url.UserPassword(a.Address, a.Password)
	}
	return u.String()
}

// CertPool holds the server's own certificate, for clients that verify it.
func (s *Server) CertPool() *x509.CertPool { return s.cert.pool.Clone() }

// CertPEM is the same certificate for a file, such as the one SSL_CERT_FILE names.
func (s *Server) CertPEM() []byte { return append([]byte(nil), s.cert.pem...) }

// Accounts returns the accounts in the order of the configuration.
func (s *Server) Accounts() []Account { return append([]Account(nil), s.config.Accounts...) }

// WaitFor returns nil as soon as cond holds. It asks cond now and after every change on the
// server (delivery, submission, flag, fault used up), and gives up with ctx's error, or
// when the server is closed.
func (s *Server) WaitFor(ctx context.Context, cond func() bool) error {
	for {
		changed := s.changes()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-s.done:
			return errors.New("wait for the mail server: it was closed")
		case <-ctx.Done():
			return fmt.Errorf("wait for the mail server: %w", ctx.Err())
		}
	}
}

// changes returns a channel that is closed by the next change.
func (s *Server) changes() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// notify wakes all waiters. The caller holds s.mu.
func (s *Server) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}
