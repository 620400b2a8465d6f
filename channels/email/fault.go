package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// FaultKind says what is wrong with a mailbox or mail server.
type FaultKind string

// The kinds of faults, by who can cure them.
const (
	FaultUnreachable FaultKind = "unreachable" // name, port, network, or the server is down
	FaultEncryption  FaultKind = "encryption"  // certificate, or the wrong TLS mode
	FaultCredentials FaultKind = "credentials" // user name or password
	// FaultAuthorisation: no access token is to be had until somebody authorises the mailbox (anew).
	FaultAuthorisation FaultKind = "authorisation"
	FaultFolder        FaultKind = "folder" // a folder that is missing or closed to us
	// FaultThrottled: the server wants fewer connections or commands.
	FaultThrottled FaultKind = "throttled"
	FaultRefused   FaultKind = "refused"  // the server does not want to now
	FaultProtocol  FaultKind = "protocol" // the server says something that is not understood
	FaultStorage   FaultKind = "storage"  // our own side: the message could not be stored
)

// A Fault says why a mailbox or mail server cannot be used, and what to do about it.
type Fault struct {
	Kind   FaultKind
	Server string // such as "imap://mail.example.com:993"
	Cure   string // what to do
	Err    error  // what was tried and what came of it
}

// Error is one line without secrets.
func (f *Fault) Error() string {
	text := f.Err.Error()
	if f.Server != "" {
		text = f.Server + ": " + text
	}
	if f.Cure != "" {
		text += "; " + f.Cure
	}
	return oneLine(text)
}

// Permanent is false, also where the server's reply within was 5yz: a refused login says nothing against the mail that
// waits for it, and leaves once the mailbox is mended.
func (f *Fault) Permanent() bool { return false }

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// storageFault is a failure of our own side, the server has no part in it.
func storageFault(err error) error {
	return &Fault{Kind: FaultStorage, Err: err, Cure: "it is tried again by itself"}
}

// connectFault explains why a server could not be reached or TLS not be agreed on.
func connectFault(a Account, err error) error {
	f := &Fault{Server: a.server(), Kind: FaultUnreachable, Err: fmt.Errorf("connect: %w", err)}
	var (
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		alert     tls.AlertError
	)
	switch {
	case errors.As(err, &dns):
		f.Cure = "check the host name in the mail URL"
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Cure = "nothing listens there: check host and port in the mail URL"
	case errors.As(err, &authority):
		f.Kind, f.Cure = FaultEncryption, "the certificate's issuer is not known here: install it, or name its file in SSL_CERT_FILE"
	case errors.As(err, &hostname):
		f.Kind, f.Cure = FaultEncryption, "the certificate is for another name: write that name into the mail URL"
	case errors.As(err, &invalid):
		f.Kind, f.Cure = FaultEncryption, "the certificate is not valid: renew it, or check this machine's clock"
	case errors.As(err, &record):
		f.Kind, f.Cure = FaultEncryption, "the port does not speak TLS: try tls=starttls, or another port"
	case errors.As(err, &alert):
		f.Kind, f.Cure = FaultEncryption, "the server broke TLS off: check tls= and the port in the mail URL"
	case isTimeout(err):
		f.Cure = "no answer: check host, port and firewall, and that tls= fits the port"
	default:
		f.Cure = "check host, port and tls= in the mail URL"
	}
	return f
}

// loginFault explains why the server turned a login down.
func loginFault(a Account, err error) error {
	f := &Fault{Server: a.server(), Err: fmt.Errorf("log in: %w", err)}
	var refused *imap.Error
	var reply *SendError
	switch {
	case errors.As(err, &refused) && throttledIMAP(refused):
		f.Kind, f.Cure = FaultThrottled, throttledCure
	case errors.As(err, &refused) && refused.Type != imap.StatusResponseTypeBad:
		f.Kind, f.Cure = FaultCredentials, "check user name and password (some providers want an app password)"
		switch refused.Code {
		case imap.ResponseCodeInUse, imap.ResponseCodeServerBug:
			f.Kind, f.Cure = FaultRefused, "the server is not ready; it is tried again by itself"
		case imap.ResponseCodePrivacyRequired:
			f.Kind, f.Cure = FaultEncryption, "set tls=starttls or tls=implicit in the mail URL"
		}
	case errors.As(err, &reply) && !reply.Temporary:
		f.Kind, f.Cure = FaultCredentials, "check user name and password (some providers want an app password)"
	case errors.As(err, &reply):
		f.Kind, f.Cure = FaultRefused, "the server is not ready; it is tried again by itself"
	default:
		return lostFault(a, fmt.Errorf("log in: %w", err))
	}
	return f
}

// folderFault explains why a folder could not be selected or moved to.
func folderFault(a Account, folder string, err error) error {
	var refused *imap.Error
	if !errors.As(err, &refused) || throttledIMAP(refused) {
		return lostFault(a, err)
	}
	return &Fault{
		Kind: FaultFolder, Server: a.server(), Err: fmt.Errorf("folder %q: %w", clip(folder), err),
		Cure: "check that the folder exists and may be read and written by this user",
	}
}

// lostFault explains a connection that ended, or an answer that made no sense.
func lostFault(a Account, err error) error {
	f := &Fault{Server: a.server(), Kind: FaultProtocol, Err: err}
	var refused *imap.Error
	var network net.Error
	switch {
	case errors.As(err, &refused) && throttledIMAP(refused):
		f.Kind, f.Cure = FaultThrottled, throttledCure
	case errors.As(err, &refused):
		f.Kind = FaultRefused
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.As(err, &network), isTimeout(err), strings.Contains(err.Error(), "connection reset by peer"):
		// The IMAP library hands some network errors on as text.
		f.Kind, f.Err = FaultUnreachable, fmt.Errorf("the connection was lost: %w", err)
	}
	return f
}

// readerError is why the library closed a connection on which a command then failed. Its reader closes the connection
// over an answer that it cannot read, and whoever writes at that moment learns no more than that it is closed. What the
// network or we ourselves ended stays err.
func readerError(c *imapclient.Client, err error) error {
	if !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	why := c.Close() // waits for the reader, which is about to end
	if why == nil || errors.Is(why, net.ErrClosed) {
		return err
	}
	for _, network := range []string{"closed network connection", "closed pipe", "closed channel", "EOF", "timeout", "reset by peer", "broken pipe"} {
		if strings.Contains(why.Error(), network) {
			return err
		}
	}
	return why
}

func kindOf(err error) FaultKind {
	var f *Fault
	if errors.As(err, &f) {
		return f.Kind
	}
	return FaultProtocol
}

// A noAnswerError is the cause where a step took too long.
type noAnswerError struct {
	step  string
	limit time.Duration
}

func (e *noAnswerError) Error() string {
	return fmt.Sprintf("%s: no answer within %s", e.step, e.limit)
}

// Timeout makes it one for isTimeout.
func (e *noAnswerError) Timeout() bool { return true }

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout() || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

// oneLine makes text from a server fit for a line of a table or a chat message.
func oneLine(s string) string {
	const limit = 400
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
	s = strings.ToValidUTF8(s, "?")
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
