package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/channels/email"
	"github.com/customerdesk/customerdesk/channels/email/oauth"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// consent is what the flags of authorise say.
type consent struct {
	provider, flow, directory     string
	clientID, secretFile, keyFile string
	authURL, tokenURL, deviceURL  string
	subject                       string
	scopes                        []string
	port                          int
	unchecked                     bool
}

func (c *cli) mailboxAuthorise() *cobra.Command {
	var o consent
	cmd := c.reads(&cobra.Command{
		Use: "authorise ADDRESS --client-id ID", Short: "Let the service into a mailbox of Google, Microsoft 365 or another provider with OAuth 2",
		Long: `Get access tokens for a mailbox that was added with auth=xoauth2 or auth=oauthbearer in its URLs, in one of these ways:

  code                a person opens a page in the browser and consents; the browser comes back to this machine. Where it
                      runs on another one, paste the address at which it ends up here.
  device              a person enters a code on any device (not for Google, which has no mail scope for it)
  client-credentials  the application has access by itself (Microsoft 365, with --directory and --client-secret-file)
  service-account     the application acts for the user by domain-wide delegation (Google, with --key-file)

The application must be registered with the provider; its id and secret come from there. What is got is tried with both
servers, and kept encrypted. Run it again whenever a provider takes the access back.`,
		Example: "  customerdesk mailbox authorise support@acme.example --client-id ID --client-secret-file secret\n" +
			"  customerdesk mailbox authorise support@acme.example --flow device --directory acme.example --client-id ID\n" +
			"  customerdesk mailbox authorise support@acme.example --flow service-account --key-file key.json",
		Args: exactly("ADDRESS"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			var m inbox.Mailbox
			var owner tenant.ID
			if err := a.inTenant(ctx, func(tx tenant.Tx) (err error) {
				m, err = inbox.MailboxByAddress(ctx, tx, args[0])
				owner = tx.Tenant()
				return mailboxFault(args[0], err)
			}); err != nil {
				return err
			}
			if !needsToken(m) {
				return fmt.Errorf("the mailbox %s logs in by password: only one with auth=xoauth2 in its URLs is authorised", m.Address)
			}
			return c.authorise(ctx, a, inbox.Route{Tenant: owner, Mailbox: m.ID}, m, o)
		}),
	})
	f := cmd.Flags()
	f.StringVar(&o.provider, "provider", "", "google, microsoft, or the issuer's `URL`; empty: by the name of the IMAP server")
	f.StringVar(&o.flow, "flow", string(oauth.Code), "code, device, client-credentials or service-account")
	f.StringVar(&o.clientID, "client-id", "", "the application's id")
	f.StringVar(&o.secretFile, "client-secret-file", "", "file with the application's secret; empty: it has none")
	f.StringVar(&o.directory, "directory", "", "the Microsoft 365 tenant's id or domain")
	f.StringVar(&o.keyFile, "key-file", "", "file with the service account's key (JSON)")
	f.StringVar(&o.subject, "subject", "", "the user whom a service account acts for; empty: the mailbox's login")
	f.StringVar(&o.authURL, "auth-url", "", "where people consent, in place of the provider's")
	f.StringVar(&o.tokenURL, "token-url", "", "where tokens come from, in place of the provider's")
	f.StringVar(&o.deviceURL, "device-url", "", "where device codes come from, in place of the provider's")
	f.StringSliceVar(&o.scopes, "scope", nil, "what to ask for, in place of the provider's; may be repeated")
	f.IntVar(&o.port, "port", 0, "the loopback port that the browser comes back to; 0: a free one")
	f.BoolVar(&o.unchecked, "no-check", false, "do not try the servers afterwards")
	return cmd
}

func needsToken(m inbox.Mailbox) bool {
	for url, protocol := range map[string]email.Protocol{m.IMAP: email.IMAP, m.SMTP: email.SMTP} {
		if s, err := email.ParseServer(url, protocol); err == nil && s.Auth != email.AuthPassword {
			return true
		}
	}
	return false
}

func (c *cli) authorise(ctx context.Context, a *app, r inbox.Route, m inbox.Mailbox, o consent) error {
	request, err := a.consentRequest(ctx, r, m, o)
	if err != nil {
		return err
	}
	grant, err := c.askConsent(ctx, request, o)
	if err != nil {
		return fmt.Errorf("authorise %s: %w", m.Address, err)
	}
	// Nothing is stored that brings no token.
	if _, grant, err = grant.Fetch(ctx); err != nil {
		return fmt.Errorf("authorise %s: %w", m.Address, err)
	}
	if err := a.office.Renew(ctx, r, func(_ context.Context, l *email.Logins) (bool, error) {
		l.Grant = &grant
		return true, nil
	}); err != nil {
		return err
	}
	if err := a.inTenant(ctx, func(tx tenant.Tx) error {
		if err := inbox.MailboxAuthorised(ctx, tx, m.ID, a.clock()); err != nil {
			return err
		}
		return tenant.Audit(ctx, tx, operator(), "cli", "mailbox.authorise", m.Address, map[string]any{"flow": grant.Flow})
	}); err != nil {
		return err
	}
	if !o.unchecked {
		if err := a.tryMailbox(ctx, r.Tenant, m.ID); err != nil {
			return fmt.Errorf("the access is stored, but it does not open the mailbox: %w", err)
		}
	}
	c.say("%s is authorised; `customerdesk serve` takes its mail.", m.Address)
	if c.json {
		return c.show(map[string]any{"address": m.Address, "authorised": true, "flow": grant.Flow}, nil)
	}
	return nil
}

// consentRequest puts the provider's defaults and the flags together.
func (a *app) consentRequest(ctx context.Context, r inbox.Route, m inbox.Mailbox, o consent) (oauth.Request, error) {
	box, err := a.office.Open(ctx, r)
	if err != nil {
		return oauth.Request{}, err
	}
	q := oauth.Request{ClientID: o.clientID, User: box.Account.User}
	if o.subject != "" {
		q.User = o.subject
	}
	if o.flow != string(oauth.ServiceAccount) && o.clientID == "" {
		return q, usageError{errors.New("--client-id is missing: the id of the application that is registered with the provider")}
	}
	if o.provider == "" {
		o.provider = oauth.ProviderOf(box.Account.Host)
	}
	if q.Provider, err = provideConsent(ctx, o); err != nil {
		return q, err
	}
	for _, over := range []struct {
		value *string
		flag  string
	}{{&q.Provider.AuthURL, o.authURL}, {&q.Provider.TokenURL, o.tokenURL}, {&q.Provider.DeviceURL, o.deviceURL}} {
		if over.flag != "" {
			*over.value = over.flag
		}
	}
	if len(o.scopes) > 0 {
		q.Provider.Scopes, q.Provider.AppScopes = o.scopes, o.scopes
	}
	if o.secretFile != "" {
		secret, err := os.ReadFile(o.secretFile)
		if err != nil {
			return q, fmt.Errorf("--client-secret-file: %w", err)
		}
		q.ClientSecret = string(bytes.TrimSpace(secret))
	}
	return q, nil
}

func provideConsent(ctx context.Context, o consent) (oauth.Provider, error) {
	switch {
	case o.provider == "google":
		return oauth.Google(), nil
	case o.provider == "microsoft":
		directory := o.directory
		if directory == "" {
			if o.flow == string(oauth.ClientCredentials) && o.tokenURL == "" {
				return oauth.Provider{}, usageError{errors.New("--directory is missing: the Microsoft 365 tenant's id or domain")}
			}
			directory = "common"
		}
		return oauth.Microsoft(directory), nil
	case strings.Contains(o.provider, "://"):
		return oauth.Discover(ctx, o.provider)
	case o.provider != "":
		return oauth.Provider{}, usageError{fmt.Errorf("--provider %q: it is google, microsoft or a URL", o.provider)}
	case o.tokenURL == "" && o.keyFile == "":
		return oauth.Provider{}, usageError{errors.New("the provider is not known by the IMAP server's name: say --provider, or --token-url and --auth-url")}
	}
	return oauth.Provider{RedirectHost: "127.0.0.1"}, nil
}

func (c *cli) askConsent(ctx context.Context, q oauth.Request, o consent) (oauth.Grant, error) {
	say := c.stdout
	if c.json {
		say = c.stderr
	}
	switch oauth.Flow(o.flow) {
	case oauth.Code:
		return q.InBrowser(ctx, oauth.Browser{Port: o.port, Pasted: c.lines(ctx), Show: func(address string) {
			fmt.Fprintf(say, "Open this page, and consent as %s:\n\n    %s\n\nThe browser comes back here by itself; from another machine, paste the address at which it ends up:\n", q.User, address)
		}})
	case oauth.Device:
		return q.OnDevice(ctx, func(address, code string) {
			fmt.Fprintf(say, "Open %s on any device, enter the code %s and consent as %s. Waiting …\n", printable(address), printable(code), q.User)
		})
	case oauth.ClientCredentials:
		return q.ForApp()
	case oauth.ServiceAccount:
		key, err := os.ReadFile(o.keyFile)
		if err != nil {
			return oauth.Grant{}, fmt.Errorf("--key-file: %w", err)
		}
		return q.ForServiceAccount(key)
	}
	return oauth.Grant{}, usageError{fmt.Errorf("--flow %q: it is code, device, client-credentials or service-account", o.flow)}
}

// lines are what is typed, until the end of the input or of ctx. The one read that may be under way then ends with
// the process.
func (c *cli) lines(ctx context.Context) <-chan string {
	const limit = 64 << 10
	out := make(chan string)
	go func() {
		defer close(out)
		in := bufio.NewScanner(io.LimitReader(c.stdin, 1<<20))
		in.Buffer(nil, limit)
		for in.Scan() {
			select {
			case out <- in.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
