package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/customerdesk/customerdesk/channels/email"
	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/sample"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
	"github.com/customerdesk/customerdesk/migrations"
	"github.com/customerdesk/customerdesk/tickets"
)

const demoDatabase = "customerdesk_demo"

// demoDatabase makes an empty database for the demo beside the one of `serve`.
func (p *place) demoDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, p.url)
	if err != nil {
		return fmt.Errorf("private database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, `DROP DATABASE IF EXISTS `+demoDatabase)
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.Code == "55006" { // object_in_use
		return errors.New("another demo runs with this DATA_DIR: end it first, or give this one a folder of its own with --data-dir")
	}
	if err != nil {
		return fmt.Errorf("private database: %w", err)
	}
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+demoDatabase); err != nil {
		return fmt.Errorf("private database: %w", err)
	}
	p.url = p.private.Superuser(demoDatabase)
	p.logins, err = migrations.LoginsFor(p.url, "", p.key)
	return err
}

// settle makes the sample organisation: members, articles, mailbox and Slack.
func (a *app) settle(ctx context.Context, w *world) error {
	t, err := tenant.Add(ctx, a.pool, sample.Slug, sample.Name)
	if err != nil {
		return err
	}
	n := inbox.NewMailbox{Mailbox: inbox.Mailbox{Address: sample.Support, FromName: sample.Name}}
	var keep email.Logins
	if n.IMAP, keep.IMAP, err = splitURL(w.mail.IMAPURL(sample.Support), email.IMAP); err != nil {
		return err
	}
	if n.SMTP, keep.SMTP, err = splitURL(w.mail.SMTPURL(sample.Support), email.SMTP); err != nil {
		return err
	}
	if n.Credentials, err = keep.Bytes(); err != nil {
		return err
	}
	err = a.in(ctx, t.ID, func(tx tenant.Tx) error {
		// Long enough to press Undo, short enough to see the answer come.
		if _, err := tenant.Set(ctx, tx, []string{"undo_window=5s"}); err != nil {
			return err
		}
		role := tenant.Admin
		for _, p := range sample.Members() {
			if _, err := tenant.AddMember(ctx, tx, p.Name, p.Email, role); err != nil {
				return err
			}
			role = tenant.Agent
		}
		if _, err := a.library.ImportDir(ctx, tx, sample.Articles(), kb.ImportOptions{Author: sample.Members()[0].Name, Publish: true}); err != nil {
			return err
		}
		_, err := inbox.AddMailbox(ctx, tx, a.box, n)
		return err
	})
	if err != nil {
		return err
	}
	_, err = a.workspaces.Connect(ctx, t.ID, workspace.Credentials{
		BotToken: slackserver.DemoBotToken, AppToken: slackserver.DemoAppToken, Channel: slackserver.DemoChannel,
	})
	return err
}

func splitURL(url string, p email.Protocol) (string, email.Credentials, error) {
	acc, err := email.ParseAccount(url, p)
	if err != nil {
		return "", email.Credentials{}, err
	}
	server, secret := acc.Split()
	return server, secret, nil
}

// writeMails has every customer write, and returns when each mail is a card in Slack. Each waits until the mail
// before is a ticket: mail that comes at the same time is stored at the same time, and numbered as it happens.
func (w *world) writeMails(ctx context.Context, arrived func(ctx context.Context, n int) error) (int, error) {
	mails := sample.Mails()
	now := time.Now()
	for i, m := range mails {
		// As if they had come in over the last hours, so that the list looks like a morning's.
		at := now.Add(-time.Duration(len(mails)-i) * 23 * time.Minute)
		raw := append([]byte("Date: "+at.Format(time.RFC1123Z)+"\r\n"), m.Raw...)
		if err := w.mail.Write(m.From, []string{sample.Support}, raw); err != nil {
			return 0, err
		}
		if err := arrived(ctx, i+1); err != nil {
			return 0, err
		}
	}
	return len(mails), w.slack.WaitFor(ctx, func() bool {
		return len(w.slack.Messages(slackserver.DemoChannel)) >= len(mails)
	})
}

// sampleTickets waits until the sample organisation has n tickets.
func (a *app) sampleTickets(ctx context.Context, n int) error {
	id, err := tenant.Resolve(ctx, a.pool, sample.Slug)
	if err != nil {
		return err
	}
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		all, err := tenant.Get(ctx, a.pool, id, func(tx tenant.Tx) ([]tickets.Ticket, error) { return tickets.List(ctx, tx, tickets.Filter{Limit: n}) })
		if err != nil || len(all) >= n {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
