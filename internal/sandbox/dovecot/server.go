package dovecot

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/customerdesk/customerdesk/internal/sandbox/daemon"
)

// startTries covers the moment in which another process takes a port that was free.
const startTries = 3

// A Server is a private Dovecot. Deliver, DeliverAt and Preload may be called from any
// goroutine, the other methods from one at a time.
type Server struct {
	config  Config
	path    string
	version version
	owner   owner
	dir     string
	pool    *x509.CertPool

	port, tlsPort int
	process       *daemon.Process // nil while stopped
	delivered     atomic.Uint64
}

// Start runs a Dovecot for config and returns when it greets. It returns ErrMissing where
// Dovecot is not installed, else an error with the end of Dovecot's log. The caller must
// call Stop; ctx bounds the starting alone.
func Start(ctx context.Context, config Config) (*Server, error) {
	path, err := find()
	if err != nil {
		return nil, err
	}
	if err := config.validate(); err != nil {
		return nil, err
	}
	if config.MaxConnections == 0 {
		config.MaxConnections = 1200
	}
	s := &Server{config: config, path: path, owner: mailOwner()}
	if s.version, err = askVersion(ctx, path); err != nil {
		return nil, err
	}
	// Not os.TempDir: it may be long, or closed to Dovecot's unprivileged processes.
	if s.dir, err = os.MkdirTemp("/tmp", "dovecot-"); err != nil {
		return nil, fmt.Errorf("make dovecot's folder: %w", err)
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start dovecot: %w", err), os.RemoveAll(s.dir))
	}
	return s, nil
}

func (s *Server) prepare(ctx context.Context) error {
	if err := os.Chmod(s.dir, 0o755); err != nil {
		return err
	}
	if err := s.writeFiles(); err != nil {
		return err
	}
	var ports []int
	var err error
	for range startTries {
		if ports, err = daemon.FreePorts(2); err != nil {
			return err
		}
		s.port, s.tlsPort = ports[0], ports[1]
		if err = s.writeConfig(); err != nil {
			return err
		}
		if err = s.run(ctx); err == nil || !strings.Contains(s.lastLog(), "Address already in use") {
			return err
		}
	}
	return err
}

// Restart stops Dovecot in order, which ends every connection, and starts it again on the
// same ports with the same mail. It also starts one that was killed.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.halt(syscall.SIGTERM); err != nil {
		return err
	}
	return s.run(ctx)
}

// Kill ends all of Dovecot's processes at once, as a power cut would. Restart brings it
// back.
func (s *Server) Kill() error { return s.halt(syscall.SIGKILL) }

// Stop ends Dovecot and removes its folder with all mail. Stopping twice is harmless.
func (s *Server) Stop() error {
	return errors.Join(s.halt(syscall.SIGTERM), os.RemoveAll(s.dir))
}

func (s *Server) halt(signal syscall.Signal) error {
	if s.process == nil {
		return nil
	}
	p := s.process
	s.process = nil
	return p.End(signal)
}

// PID is the process id of Dovecot's master, which leads its process group, or 0 while it
// is stopped. Benchmarks sum up the group's CPU time with it.
func (s *Server) PID() int {
	if s.process == nil {
		return 0
	}
	return s.process.PID()
}

// Version is the installed Dovecot's, such as "2.3".
func (s *Server) Version() string { return fmt.Sprintf("%d.%d", s.version.major, s.version.minor) }

// Addr is the plain port, which offers STARTTLS.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// TLSAddr is the port with implicit TLS.
func (s *Server) TLSAddr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.tlsPort)) }

// CertPool holds the server's self-signed certificate.
func (s *Server) CertPool() *x509.CertPool { return s.pool.Clone() }

// CertFile is the path of the same certificate, for SSL_CERT_FILE.
func (s *Server) CertFile() string { return filepath.Join(s.dir, "cert.pem") }

// KeyFile is the path of the certificate's private key.
func (s *Server) KeyFile() string { return filepath.Join(s.dir, "key.pem") }

// SASLSocket is the path of the Unix socket at which other servers have logins checked, by Dovecot's authentication
// protocol.
func (s *Server) SASLSocket() string { return filepath.Join(s.dir, "run", "sasl") }

// Users are all who can log in.
func (s *Server) Users() []User { return slices.Clone(s.config.Users) }

// Owner is the user and the group that all mail belongs to.
func (s *Server) Owner() (uid, gid int) { return s.owner.uid, s.owner.gid }

// LogFile is the path of Dovecot's log.
func (s *Server) LogFile() string { return filepath.Join(s.dir, "dovecot.log") }

// URL is the plain IMAP URL of a user, such as
// "imap://support%40desk.example:secret@127.0.0.1:4143?tls=none".
func (s *Server) URL(name string) string { return s.url(name, s.Addr(), "none") }

// STARTTLSURL is URL with "tls=starttls".
func (s *Server) STARTTLSURL(name string) string { return s.url(name, s.Addr(), "starttls") }

// TLSURL is the URL of the port with implicit TLS.
func (s *Server) TLSURL(name string) string { return s.url(name, s.TLSAddr(), "implicit") }

func (s *Server) url(name, addr, mode string) string {
	u := url.URL{Scheme: "imap", Host: addr, RawQuery: "tls=" + mode}
	for _, user := range s.config.Users {
		if user.Name == name {
			u.User = url.UserPassword(user.Name, user.Password)
		}
	}
	return u.String()
}
