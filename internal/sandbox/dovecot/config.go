package dovecot

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
)

// A User is one mailbox and its login.
type User struct {
	// Name is the login, usually an address.
	Name string
	// Password must not contain a colon or a line break.
	Password string
}

// Config says what Start runs. Its zero value plus one user is a working server.
type Config struct {
	// Users are all who can log in. At least one is needed.
	Users []User
	// MaxConnections is how many IMAP sessions may be open at the same time; each costs a
	// process. Default 1200.
	MaxConnections int
	// Settings are further lines of configuration in the installed version's own language.
	Settings string
}

func (c Config) validate() error {
	if len(c.Users) == 0 {
		return fmt.Errorf("dovecot without users")
	}
	for _, u := range c.Users {
		if u.Name == "" || strings.ContainsAny(u.Name, ":/\r\n") || strings.HasPrefix(u.Name, ".") {
			return fmt.Errorf("dovecot user %q: not a usable name", u.Name)
		}
		if u.Password == "" || strings.ContainsAny(u.Password, ":\r\n") {
			return fmt.Errorf("dovecot user %q: the password must not be empty or hold a colon or a line break", u.Name)
		}
	}
	return nil
}

// owner is who owns the mail. Dovecot refuses to open mailboxes as root, so root's server
// gives the mail to the overflow user.
type owner struct{ uid, gid int }

func mailOwner() owner {
	if os.Geteuid() == 0 {
		return owner{uid: 65534, gid: 65534}
	}
	return owner{uid: os.Geteuid(), gid: os.Getegid()}
}

// configTemplate covers both languages; what differs is chosen by New (2.4 and later).
var configTemplate = template.Must(template.New("dovecot.conf").Parse(`{{if .New -}}
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
{{end -}}
base_dir = {{.Dir}}/run
state_dir = {{.Dir}}/state
log_path = {{.Dir}}/dovecot.log
listen = 127.0.0.1
protocols = imap
auth_mechanisms = plain login
ssl = yes
ssl_min_protocol = TLSv1.2
mail_max_userip_connections = {{.Sessions}}
first_valid_uid = 1
first_valid_gid = 1
default_client_limit = {{.Clients}}
default_vsz_limit = {{if .New}}unlimited{{else}}0{{end}}
{{if not .Root -}}
default_login_user = {{.User}}
default_internal_user = {{.User}}
default_internal_group = {{.Group}}
service anvil {
  chroot =
}
{{end -}}
{{if .New -}}
auth_allow_cleartext = yes
ssl_server_cert_file = {{.Dir}}/cert.pem
ssl_server_key_file = {{.Dir}}/key.pem
mail_driver = maildir
mail_path = ~/mail
passdb passwd-file {
  passwd_file_path = {{.Dir}}/users
}
userdb static {
  fields {
    uid = {{.Owner.UID}}
    gid = {{.Owner.GID}}
    home = {{.Dir}}/home/%{user}
  }
}
{{- else -}}
disable_plaintext_auth = no
ssl_cert = <{{.Dir}}/cert.pem
ssl_key = <{{.Dir}}/key.pem
mail_location = maildir:~/mail
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {{.Dir}}/users
}
userdb {
  driver = static
  args = uid={{.Owner.UID}} gid={{.Owner.GID}} home={{.Dir}}/home/%u
}
{{- end}}
service imap-login {
{{- if not .Root}}
  chroot =
{{- end}}
  inet_listener imap {
    port = {{.Port}}
  }
  inet_listener imaps {
    port = {{.TLSPort}}
    ssl = yes
  }
  # One process for all connections, as on a busy provider.
  {{if .New}}restart_request_count = unlimited{{else}}service_count = 0{{end}}
  process_min_avail = 1
  process_limit = 1
}
service auth {
  unix_listener sasl {
    mode = 0666
  }
}
service imap {
  process_limit = {{.Sessions}}
}
{{.Settings}}
`))

func (s *Server) writeConfig() error {
	me, err := user.Current()
	if err != nil {
		return fmt.Errorf("find the user of dovecot: %w", err)
	}
	group := strconv.Itoa(os.Getegid())
	if g, err := user.LookupGroupId(group); err == nil {
		group = g.Name
	}
	var b strings.Builder
	err = configTemplate.Execute(&b, map[string]any{
		"New": s.version.isNew(), "Root": os.Geteuid() == 0, "User": me.Username, "Group": group,
		"Dir": s.dir, "Port": s.port, "TLSPort": s.tlsPort, "Settings": s.config.Settings,
		"Owner":    map[string]int{"UID": s.owner.uid, "GID": s.owner.gid},
		"Sessions": s.config.MaxConnections, "Clients": 4*s.config.MaxConnections + 1000,
	})
	if err != nil {
		return fmt.Errorf("write dovecot.conf: %w", err)
	}
	return os.WriteFile(filepath.Join(s.dir, "dovecot.conf"), []byte(b.String()), 0o644)
}

// writeFiles makes the folders, the certificate and the password file.
func (s *Server) writeFiles() error {
	for _, name := range []string{"run", "state", "home"} {
		if err := os.Mkdir(filepath.Join(s.dir, name), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chown(filepath.Join(s.dir, "home"), s.owner.uid, s.owner.gid); err != nil {
		return err
	}
	cert, key, pool, err := newCertificate()
	if err != nil {
		return err
	}
	s.pool = pool
	var users strings.Builder
	for _, u := range s.config.Users {
		fmt.Fprintf(&users, "%s:{PLAIN}%s::::::\n", u.Name, u.Password)
	}
	for name, data := range map[string][]byte{"cert.pem": cert, "key.pem": key, "users": []byte(users.String())} {
		// Dovecot's unprivileged auth process reads the password file.
		if err := os.WriteFile(filepath.Join(s.dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
