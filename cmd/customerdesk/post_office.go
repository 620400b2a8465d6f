package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/customerdesk/customerdesk/channels/email"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// postOffice tells the mail transport, which knows no tables, what the inbox knows of mailboxes.
type postOffice struct {
	pool *pgxpool.Pool
	box  *secret.Box
	// tokens are the access tokens of all mailboxes.
	tokens *email.Tokens
}

func newPostOffice(pool *pgxpool.Pool, box *secret.Box, clock func() time.Time) postOffice {
	p := postOffice{pool: pool, box: box}
	p.tokens = email.NewTokens(p, clock)
	return p
}

// Wanted implements email.Mailboxes.
func (p postOffice) Wanted(ctx context.Context) ([]email.Ref, error) {
	routes, err := inbox.Routes(ctx, p.pool)
	refs := make([]email.Ref, len(routes))
	for i, r := range routes {
		refs[i] = email.Ref{Route: r.Route, Version: strconv.FormatInt(r.Version, 10)}
	}
	return refs, err
}

// Open implements email.Mailboxes.
func (p postOffice) Open(ctx context.Context, r inbox.Route) (email.Mailbox, error) {
	m, c, err := p.read(ctx, r.Tenant, r.Mailbox)
	if err != nil {
		return email.Mailbox{}, err
	}
	account, err := email.Join(m.IMAP, email.IMAP, c.IMAP)
	if err != nil {
		return email.Mailbox{}, err
	}
	account.Tokens = p.tokens.Of(r, m.Address)
	return email.Mailbox{Account: account, Folder: m.Folder, Others: m.Folders, MoveTo: m.MoveTo, Since: m.Since}, nil
}

// SMTP implements email.Accounts.
func (p postOffice) SMTP(ctx context.Context, t tenant.ID, id inbox.MailboxID) (email.Account, error) {
	m, c, err := p.read(ctx, t, id)
	if err != nil {
		return email.Account{}, err
	}
	account, err := email.Join(m.SMTP, email.SMTP, c.SMTP)
	account.Tokens = p.tokens.Of(inbox.Route{Tenant: t, Mailbox: id}, m.Address)
	return account, err
}

// Renew implements email.Vault.
func (p postOffice) Renew(ctx context.Context, r inbox.Route, change func(context.Context, *email.Logins) (bool, error)) error {
	return tenant.In(ctx, p.pool, r.Tenant, func(tx tenant.Tx) error {
		// Who waited here reads what the one before has stored.
		if err := inbox.LockMailboxCredentials(ctx, tx, r.Mailbox); err != nil {
			return err
		}
		plain, err := inbox.MailboxCredentials(ctx, tx, p.box, r.Mailbox)
		if err != nil {
			return err
		}
		logins, err := email.ParseLogins(plain)
		if err != nil {
			return err
		}
		if changed, err := change(ctx, &logins); err != nil || !changed {
			return err
		}
		if plain, err = logins.Bytes(); err != nil {
			return err
		}
		return inbox.SetMailboxCredentials(ctx, tx, p.box, r.Mailbox, plain)
	})
}

func (p postOffice) read(ctx context.Context, t tenant.ID, id inbox.MailboxID) (m inbox.Mailbox, c email.Logins, err error) {
	err = tenant.In(ctx, p.pool, t, func(tx tenant.Tx) error {
		if m, err = inbox.MailboxByID(ctx, tx, id); err != nil {
			return err
		}
		plain, err := inbox.MailboxCredentials(ctx, tx, p.box, id)
		if err != nil {
			return err
		}
		if c, err = email.ParseLogins(plain); err != nil {
			return fmt.Errorf("credentials of mailbox %s: %w", m.Address, err)
		}
		return nil
	})
	return m, c, err
}

// Fetch implements inbox.Fetcher.
func (a *app) Fetch(ctx context.Context, r inbox.Route, at inbox.Place, most int64) ([]byte, error) {
	m, err := a.office.Open(ctx, r)
	if err != nil {
		return nil, err
	}
	return a.dialer.Fetch(ctx, m, at, most)
}
