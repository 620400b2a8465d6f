package main

import (
	"context"
	"errors"
	"fmt"
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
    from-name      the name that stands before the address in answers

` + authResultsHelp,
		Example: "  customerdesk mailbox set support@acme.example auth-results=mx.acme.example from-name='Acme Support'",
		Args:    atLeast("ADDRESS", "KEY=VALUE"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
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
	case "from-name":
		return inbox.RenameMailbox(ctx, tx, id, value)
	}
	return usageError{fmt.Errorf("%q is no setting of a mailbox: it is one of auth-results, from-name", key)}
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
