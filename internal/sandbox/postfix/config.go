package postfix

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
)

// Elsewhere is the domain of another organisation, whose server is behind this one.
const Elsewhere = "elsewhere.example"

// Config says what Start runs. Only Dovecot is needed.
type Config struct {
	// Dovecot has the mailboxes and checks the passwords. It must run as long as Postfix does.
	Dovecot *dovecot.Server
	// MaxMessage is the size in bytes of the largest message that is taken. Default 10 MB, Postfix's own.
	MaxMessage int64
	// Settings are further lines of main.cf.
	Settings string
}

var mainTemplate = template.Must(template.New("main.cf").Parse(`compatibility_level = 3.6
queue_directory = {{.Dir}}/queue
data_directory = {{.Dir}}/data
daemon_directory = {{.Daemons}}
meta_directory = {{.Dir}}
{{- with .Libs}}
shlib_directory = {{.}}
import_environment = MAIL_CONFIG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME LD_LIBRARY_PATH={{.}}
{{- end}}
mail_owner = {{.Owner}}
setgid_group = {{.Group}}
maillog_file = {{.Dir}}/postfix.log
maillog_file_prefixes = {{.Dir}}

myhostname = mx.provider.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_peername_lookup = no
local_transport = error:5.1.2 no mail stays here
default_transport = error:5.4.4 no mail leaves this machine
alias_maps =
alias_database =
local_recipient_maps =

recipient_delimiter = +
virtual_mailbox_domains = {{.Domains}}
virtual_mailbox_base = /
virtual_mailbox_maps = texthash:{{.Dir}}/mailboxes
virtual_uid_maps = static:{{.UID}}
virtual_gid_maps = static:{{.GID}}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
message_size_limit = {{.MaxMessage}}
relay_domains = ` + Elsewhere + `
transport_maps = inline:{ ` + Elsewhere + `=smtp:[127.0.0.1]:{{.Far}} }
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
delay_warning_time = 1s
in_flow_delay = 0
service_throttle_time = 1s
notify_classes =

smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:{{.Policy}}
smtpd_end_of_data_restrictions = check_policy_service inet:127.0.0.1:{{.Policy}}
smtpd_error_sleep_time = 0
smtpd_tls_cert_file = {{.Cert}}
smtpd_tls_key_file = {{.Key}}
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = {{.SASL}}
smtputf8_enable = yes
{{.Settings}}
`))

// masterTemplate starts everything outside a chroot, which the folder has nothing for. The second server answers under
// a name of its own: Postfix takes a peer of its own name for a loop.
var masterTemplate = template.Must(template.New("master.cf").Parse(`
{{- /* service type private unprivileged chroot wakeup limit command */ -}}
127.0.0.1:{{.MX}} inet n - n - - smtpd
127.0.0.1:{{.Submission}} inet n - n - - smtpd
  -o syslog_name=postfix/submission -o smtpd_sasl_auth_enable=yes -o smtpd_tls_security_level=encrypt
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{{.Submissions}} inet n - n - - smtpd
  -o syslog_name=postfix/submissions -o smtpd_sasl_auth_enable=yes -o smtpd_tls_wrappermode=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{{.Far}} inet n - n - - smtpd
  -o syslog_name=postfix/far -o myhostname=mx.` + Elsewhere + ` -o message_size_limit=0
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`))

// writeConfig writes main.cf, master.cf and the list of mailboxes.
func (s *Server) writeConfig() error {
	uid, gid := s.config.Dovecot.Owner()
	var mailboxes strings.Builder
	var domains []string
	for _, u := range s.config.Dovecot.Users() {
		maildir, err := s.config.Dovecot.Maildir(u.Name)
		if err != nil {
			return err
		}
		_, domain, ok := strings.Cut(u.Name, "@")
		if !ok {
			return fmt.Errorf("postfix for user %q: not an address", u.Name)
		}
		if !slices.Contains(domains, domain) {
			domains = append(domains, domain)
		}
		fmt.Fprintf(&mailboxes, "%s %s/\n", u.Name, maildir)
	}
	values := map[string]string{
		"Dir": s.dir, "Daemons": s.program.daemons, "Libs": s.program.libs,
		"Owner": s.program.owner.Username, "Group": s.program.group,
		"Domains": strings.Join(domains, " "), "UID": strconv.Itoa(uid), "GID": strconv.Itoa(gid),
		"MaxMessage": strconv.FormatInt(s.config.MaxMessage, 10), "Settings": s.config.Settings,
		"Cert": s.config.Dovecot.CertFile(), "Key": s.config.Dovecot.KeyFile(), "SASL": s.config.Dovecot.SASLSocket(),
		"Policy": strconv.Itoa(s.policy.port()), "MX": strconv.Itoa(s.ports.mx), "Far": strconv.Itoa(s.ports.far),
		"Submission": strconv.Itoa(s.ports.submission), "Submissions": strconv.Itoa(s.ports.submissions),
	}
	for name, t := range map[string]*template.Template{"main.cf": mainTemplate, "master.cf": masterTemplate} {
		var b strings.Builder
		if err := t.Execute(&b, values); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(b.String()), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(s.dir, "mailboxes"), []byte(mailboxes.String()), 0o644)
}

// makeFolders makes the queue, as Postfix's own installation does.
func (s *Server) makeFolders() error {
	uid, err := strconv.Atoi(s.program.owner.Uid)
	if err != nil {
		return fmt.Errorf("user %s: %w", s.program.owner.Username, err)
	}
	for _, name := range []string{"queue", "queue/pid"} {
		if err := os.Mkdir(filepath.Join(s.dir, name), 0o755); err != nil {
			return err
		}
	}
	own := []string{"data"}
	for _, name := range []string{"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "public", "saved", "trace"} {
		own = append(own, "queue/"+name)
	}
	for _, name := range own {
		path := filepath.Join(s.dir, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			return err
		}
		if err := os.Chown(path, uid, 0); err != nil {
			return err
		}
	}
	return nil
}
