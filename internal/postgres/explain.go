package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// Explain turns an error of connecting into one line that names the setting the URL came from and says what
// to do. The cause stays reachable by errors.As, except for a URL that could not be read, whose error would
// hold the password.
func Explain(setting string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) {
		return fmt.Errorf("%s: not a Postgres URL; write it as postgres://user:password@host:5432/database, with special characters in the password percent-encoded", setting)
	}
	var connect *pgconn.ConnectError
	if !errors.As(err, &connect) {
		return fmt.Errorf("%s: %s", setting, &line{err})
	}
	cc := connect.Config
	target := net.JoinHostPort(cc.Host, fmt.Sprint(cc.Port))
	if strings.HasPrefix(cc.Host, "/") {
		target = cc.Host
	}
	return fmt.Errorf("%s: %s: %w", setting, cure(err, target, cc.User, cc.Database), &line{err})
}

// cure says in words what went wrong in connecting and what to do about it.
func cure(err error, target, user, database string) string {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		switch pe.Code {
		case "28P01":
			return fmt.Sprintf("wrong password for user %q, or no such user, at %s; correct the URL", user, target)
		case "28000":
			return fmt.Sprintf("%s does not let user %q in; create the role or allow it in pg_hba.conf", target, user)
		case "3D000":
			return fmt.Sprintf("there is no database %q at %s; create it with `createdb %s` or correct the URL", database, target, database)
		case "42501":
			return fmt.Sprintf("user %q may not connect to database %q; GRANT CONNECT ON DATABASE to it", user, database)
		case "53300":
			return fmt.Sprintf("%s has no connection left; raise max_connections or lower pool_max_conns in the URL", target)
		case "57P03":
			return fmt.Sprintf("%s is starting up or shutting down; try again in a moment", target)
		}
		return fmt.Sprintf("%s refused user %q", target, user)
	}
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &dns):
		return fmt.Sprintf("the host name in %s is not known; correct the URL", target)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, os.ErrNotExist):
		return fmt.Sprintf("nothing answers at %s; start Postgres or correct the URL", target)
	case errors.Is(err, os.ErrPermission):
		return fmt.Sprintf("this user may not open the socket in %s", target)
	case errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &record), strings.Contains(err.Error(), "TLS"):
		return fmt.Sprintf("no TLS connection to %s; correct sslmode or sslrootcert in the URL", target)
	case isTimeout(err):
		return fmt.Sprintf("no answer from %s in time; check the host, the port and the firewall", target)
	}
	return fmt.Sprintf("cannot connect to %s", target)
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.Is(err, context.DeadlineExceeded) || pgconn.Timeout(err) || errors.As(err, &ne) && ne.Timeout()
}

// Redact returns a database URL that may be shown: without its password.
func Redact(databaseURL string) string {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return "(not a URL)"
	}
	q := u.Query()
	if q.Has("password") {
		q.Set("password", "xxxxx")
		u.RawQuery = q.Encode()
	}
	return u.Redacted()
}

// A line shows an error of several lines as one.
type line struct{ err error }

func (l *line) Unwrap() error { return l.err }

func (l *line) Error() string { return strings.Join(strings.Fields(l.err.Error()), " ") }

// poolSizeGiven reports whether a URL says how large its pool is to be.
func poolSizeGiven(databaseURL string) bool {
	return strings.Contains(databaseURL, "pool_max_conns")
}
