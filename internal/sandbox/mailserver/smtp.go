package mailserver

import (
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const smtpTimeout = 5 * time.Minute // RFC 5321, section 4.5.3.2.7

// smtpLog hands the library's complaints on as debug lines.
type smtpLog struct{ *slog.Logger }

func (l smtpLog) Printf(format string, args ...any) { l.Debug("smtp: " + fmt.Sprintf(format, args...)) }
func (l smtpLog) Println(args ...any)               { l.Debug("smtp: " + fmt.Sprint(args...)) }

func (s *Server) newSMTP() *smtp.Server {
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &smtpSession{server: s, conn: c}, nil
	}))
	srv.Domain = s.config.Hostname
	srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{s.cert.tls}, MinVersion: tls.VersionTLS12}
	srv.AllowInsecureAuth = true // Loopback only.
	srv.MaxMessageBytes = s.config.MaxMessageBytes
	srv.MaxRecipients = 100
	srv.EnableSMTPUTF8 = true
	srv.ReadTimeout = smtpTimeout
	srv.WriteTimeout = smtpTimeout
	srv.ErrorLog = smtpLog{s.config.Logger}
	return srv
}

// smtpSession is one client's transaction; the library calls it from one goroutine.
type smtpSession struct {
	server *Server
	conn   *smtp.Conn
	user   string
	from   string
	rcpts  []string

	inData   bool // the library's own reset after DATA is not a RSET
	accepted bool // since the last RSET
}

// AuthMechanisms implements smtp.AuthSession.
func (c *smtpSession) AuthMechanisms() []string {
	return append([]string{sasl.Plain, sasl.Login}, c.server.tokenMechanisms()...)
}

// Auth implements smtp.AuthSession.
func (c *smtpSession) Auth(mech string) (sasl.Server, error) {
	switch mech {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error { return c.login(user, password) }), nil
	case sasl.Login:
		return &loginServer{login: c.login}, nil
	}
	if t := c.server.tokenServer(mech, func(a *account) { c.user = a.Address }); t != nil {
		return t, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (c *smtpSession) login(user, password string) error {
	a, ok := c.server.authenticate(user, password)
	if !ok {
		return smtp.ErrAuthFailed
	}
	c.user = a.Address
	return nil
}

func (s *Server) authenticate(user, password string) (*account, bool) {
	a := s.accounts[canonical(user)]
	if a == nil || subtle.ConstantTimeCompare([]byte(a.Password), []byte(password)) != 1 {
		return nil, false
	}
	return a, true
}

// Mail implements smtp.Session.
func (c *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	if c.server.config.RequireAuth && c.user == "" {
		return smtpError(530, smtp.EnhancedCode{5, 7, 0}, "Authentication required")
	}
	c.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (c *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if c.server.strikes(RcptRefused) {
		return smtpError(550, smtp.EnhancedCode{5, 1, 1}, fmt.Sprintf("<%s>: mailbox unavailable", to))
	}
	if c.server.strikes(RcptDeferred) {
		return smtpError(451, smtp.EnhancedCode{4, 7, 1}, "Greylisted, please try again")
	}
	if err := c.server.checkRecipient(to); err != nil {
		return err
	}
	c.rcpts = append(c.rcpts, to)
	return nil
}

// Data implements smtp.Session.
func (c *smtpSession) Data(r io.Reader) error {
	c.inData = true
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	switch {
	case c.server.strikes(DataRefused):
		return smtpError(554, smtp.EnhancedCode{5, 6, 0}, "Message content rejected")
	case c.server.strikes(DataDeferred):
		return smtpError(452, smtp.EnhancedCode{4, 3, 1}, "Insufficient system storage")
	case c.server.strikes(DataLost):
		_ = c.conn.Conn().Close()
		return errors.New("fault: connection cut, mail dropped")
	}
	_, encrypted := c.conn.TLSConnectionState()
	c.server.accept(Submission{From: c.from, Rcpts: c.rcpts, Raw: raw, User: c.user, TLS: encrypted},
		c.conn.Hostname())
	c.accepted = true
	if c.server.strikes(AnswerLost) {
		_ = c.conn.Conn().Close()
		return errors.New("fault: connection cut, mail kept")
	}
	c.server.pause()
	return nil
}

// Reset implements smtp.Session. The library calls it for RSET, for another EHLO and after
// DATA, and writes its 250 itself.
func (c *smtpSession) Reset() {
	c.from, c.rcpts = "", nil
	if c.inData {
		c.inData = false
		return
	}
	if !c.accepted || !c.server.strikes(ResetFails) {
		return
	}
	c.accepted = false
	if plain, ok := c.conn.Conn().(*conn); ok {
		plain.replaceNextWrite("451 4.3.0 Reset failed\r\n")
	} else {
		_ = c.conn.Conn().Close()
	}
}

// Logout implements smtp.Session.
func (c *smtpSession) Logout() error { return nil }

// loginServer is the LOGIN mechanism, which go-sasl has for clients only
// (draft-murchison-sasl-login).
type loginServer struct {
	login func(user, password string) error
	user  *string
}

// Next implements sasl.Server.
func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case response == nil:
		return []byte("Username:"), false, nil
	case l.user == nil:
		user := string(response)
		l.user = &user
		return []byte("Password:"), false, nil
	default:
		return nil, true, l.login(*l.user, string(response))
	}
}
