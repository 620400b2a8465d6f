package email

import (
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
)

func TestOneFailingMailboxDelaysNoOther(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	wrong := mustAccount(t, server.IMAPURL(salesAddress), IMAP)
	wrong.Password = "not it"
	bad := d.add(Mailbox{Account: wrong})
	good := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)})
	d.start(nil)
	d.wait("the failure", func() bool { return d.failing[bad.Mailbox] != "" })
	if err := server.Deliver(supportAddress, letter(1)); err != nil {
		t.Fatal(err)
	}
	d.waitCursor(good, 1)
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.failing[bad.Mailbox]
	if !strings.Contains(f, "check user name and password") || d.since.IsZero() {
		t.Errorf("failure %q since %v, want the cure for wrong credentials", f, d.since)
	}
	if strings.Contains(f, "not it") {
		t.Errorf("the password shows in %q", f)
	}
	if f := d.failing[good.Mailbox]; f != "" {
		t.Errorf("the good mailbox failed: %s", f)
	}
}

func TestAnOutageIsReportedOnceAndSoIsRecovery(t *testing.T) {
	server, d := newMailServer(t), newDesk(t)
	server.Inject(mailserver.LoginRefused, 3)
	ref := d.add(Mailbox{Account: mustAccount(t, server.IMAPURL(supportAddress), IMAP)})
	d.start(nil)
	d.wait("recovery", func() bool { return d.polled[ref.Mailbox] == 1 })
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.failures) != 1 || len(d.failing) != 0 || d.opened != 4 {
		t.Errorf("%d failures reported in %d attempts, still failing: %v", len(d.failures), d.opened, d.failing)
	}
}

func TestEveryFaultNamesItsCure(t *testing.T) {
	server := newMailServer(t)
	good := Mailbox{Account: mustAccount(t, server.IMAPURLWith(supportAddress, mailserver.ImplicitTLS), IMAP)}
	smtp := mustAccount(t, server.SMTPURLWith(supportAddress, mailserver.ImplicitTLS), SMTP)
	trusting := Dialer{RootCAs: server.CertPool(), Timeout: 2 * time.Second}
	if _, err := trusting.Check(t.Context(), good); err != nil {
		t.Errorf("Check: %v", err)
	}
	if err := trusting.CheckSMTP(t.Context(), smtp); err != nil {
		t.Errorf("CheckSMTP: %v", err)
	}
	for name, c := range map[string]struct {
		dialer Dialer
		change func(*Account, *Mailbox)
		kind   FaultKind
		cure   string
		imap   bool // concerns IMAP alone
	}{
		"issuer":   {Dialer{}, func(*Account, *Mailbox) {}, FaultEncryption, "SSL_CERT_FILE", false},
		"password": {trusting, func(a *Account, _ *Mailbox) { a.Password = "x" }, FaultCredentials, "check user name and password", false},
		"port":     {trusting, func(a *Account, _ *Mailbox) { a.Port = 1 }, FaultUnreachable, "check host and port", false},
		"host":     {trusting, func(a *Account, _ *Mailbox) { a.Host = "nowhere.invalid" }, FaultUnreachable, "check the host name", false},
		"tls": {trusting, func(a *Account, _ *Mailbox) {
			plain := mustAccount(t, server.IMAPURL(supportAddress), IMAP)
			if a.Protocol == SMTP {
				plain = mustAccount(t, server.SMTPURL(supportAddress), SMTP)
			}
			a.Port = plain.Port
		}, FaultEncryption, "try tls=starttls", false},
		"folder": {trusting, func(_ *Account, m *Mailbox) { m.Folder = "Missing" }, FaultFolder, "check that the folder exists", true},
		"moveTo": {trusting, func(_ *Account, m *Mailbox) { m.MoveTo = "Missing" }, FaultFolder, "check that the folder exists", true},
	} {
		t.Run(name, func(t *testing.T) {
			m, out := good, smtp
			c.change(&m.Account, &m)
			c.change(&out, &Mailbox{})
			_, err := c.dialer.Check(t.Context(), m)
			errs := []error{err}
			if !c.imap {
				errs = append(errs, c.dialer.CheckSMTP(t.Context(), out))
			}
			for _, err := range errs {
				if kindOf(err) != c.kind || !strings.Contains(err.Error(), c.cure) || strings.ContainsAny(err.Error(), "\r\n") {
					t.Errorf("got %v (%s), want %s and %q", err, kindOf(err), c.kind, c.cure)
				}
			}
		})
	}
}
