package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/inbox/origin"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

const authResultsHelp = `Whether a sender is who they claim to be is best known to the server that took the mail. It says so in a header field:

    Authentication-Results: mx.acme.example; dmarc=pass header.from=customer.example

--auth-results mx.acme.example has that server believed, *.acme.example all below acme.example. A server that is named
must take such fields under its own name out of mail from outside, as the usual ones do. Gmail, Microsoft 365,
Fastmail, iCloud, Yahoo and Zoho are known by their IMAP hosts and need not be named. Naming a forwarder too has its
word believed where the server confirms its seal (ARC). Where no such server reports, DKIM signatures are verified
against DNS.`

func (c *cli) mailboxSet() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "set ADDRESS KEY=VALUE…", Short: "Change settings of a mailbox",
		Long: `Change settings of a mailbox, all or none of those given:

    auth-results   mail servers whose Authentication-Results are trusted, separated by commas; empty: the known provider's
    folders        the folders that mail is read from, separated by commas (a name with a comma in quotation marks); the
                   first is watched, the others are looked into every few seconds; empty: INBOX. They are tried first
    from-name      the name that stands before the address in answers

` + authResultsHelp,
		Example: "  customerdesk mailbox set support@acme.example auth-results=mx.acme.example from-name='Acme Support'",
		Args:    atLeast("ADDRESS", "KEY=VALUE"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			if err := c.tryFolders(ctx, a, args[0], args[1:]); err != nil {
				return err
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				m, err := inbox.MailboxByAddress(ctx, tx, args[0])
				if err != nil {
					return mailboxFault(args[0], err)
				}
				for _, arg := range args[1:] {
					if err := setMailbox(ctx, tx, m.ID, arg); err != nil {
						return err
					}
				}
				if err := tenant.Audit(ctx, tx, operator(), "cli", "mailbox.set", m.Address, map[string]any{"changed": args[1:]}); err != nil {
					return err
				}
				if m, err = inbox.MailboxByID(ctx, tx, m.ID); err != nil {
					return err
				}
				c.say("Done: %s is changed, for mail to come.", m.Address)
				if c.json {
					return c.show(mailboxJSON(m), nil)
				}
				return nil
			})
		}),
	})
}

func setMailbox(ctx context.Context, tx tenant.Tx, id inbox.MailboxID, arg string) error {
	key, value, ok := strings.Cut(arg, "=")
	if !ok {
		return usageError{fmt.Errorf("%q: write KEY=VALUE", arg)}
	}
	switch key {
	case "auth-results":
		ids, err := authServers(strings.Split(value, ","))
		if err != nil {
			return usageError{err}
		}
		return inbox.SetMailboxAuthResults(ctx, tx, id, ids)
	case "folders":
		folders, err := parseFolders(value)
		if err != nil {
			return err
		}
		err = inbox.SetMailboxFolders(ctx, tx, id, folders)
		if errors.Is(err, inbox.ErrFolders) {
			err = usageError{err}
		}
		return err
	case "from-name":
		return inbox.RenameMailbox(ctx, tx, id, value)
	}
	return usageError{fmt.Errorf("%q is no setting of a mailbox: it is one of auth-results, folders, from-name", key)}
}

// parseFolders reads names separated by commas.
func parseFolders(value string) ([]string, error) {
	if strings.TrimSpace(value) == "" {
		return nil, nil
	}
	r := csv.NewReader(strings.NewReader(value))
	r.LazyQuotes, r.TrimLeadingSpace = true, true
	names, err := r.Read()
	if err != nil {
		return nil, usageError{fmt.Errorf("folders=%s: write names separated by commas", printable(value))}
	}
	return names, nil
}

// setFolders sets the folders of a mailbox that is to be added.
func setFolders(m *inbox.Mailbox, names []string) error {
	names, err := inbox.CheckFolders(names)
	if err != nil {
		return err
	}
	if m.MoveTo != "" && slices.Contains(names, m.MoveTo) {
		return fmt.Errorf("--move-to %q: mail is read from that folder", m.MoveTo)
	}
	m.Folder, m.Folders = names[0], names[1:]
	return nil
}

// tryFolders opens the folders that are to be set, where the mailbox can be logged in to.
func (c *cli) tryFolders(ctx context.Context, a *app, address string, args []string) error {
	for _, arg := range args {
		value, ok := strings.CutPrefix(arg, "folders=")
		if !ok {
			continue
		}
		names, err := parseFolders(value)
		if err != nil {
			return err
		}
		if names, err = inbox.CheckFolders(names); err != nil {
			return usageError{err}
		}
		var route inbox.Route
		var m inbox.Mailbox
		if err := a.inTenant(ctx, func(tx tenant.Tx) (err error) {
			m, err = inbox.MailboxByAddress(ctx, tx, address)
			route = inbox.Route{Tenant: tx.Tenant(), Mailbox: m.ID}
			return mailboxFault(address, err)
		}); err != nil {
			return err
		}
		if needsToken(m) {
			return nil // Nothing to log in with yet: authorise tries them.
		}
		in, err := a.office.Open(ctx, route)
		if err != nil {
			return err
		}
		in.Folder, in.Others = names[0], names[1:]
		notes, err := dialer().Check(ctx, in)
		if err != nil {
			return fmt.Errorf("nothing is changed: %w", err)
		}
		c.warn(notes)
	}
	return nil
}

// authServers reads authserv-ids; empty ones are left out.
func authServers(list []string) ([]string, error) {
	var ids []string
	var wrong []error
	for _, s := range list {
		if strings.TrimSpace(s) == "" {
			continue
		}
		id, err := origin.ParseID(s)
		ids, wrong = append(ids, id), append(wrong, err)
	}
	return ids, errors.Join(wrong...)
}
