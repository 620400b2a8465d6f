package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// supportAddress is every mailbox's, each in a tenant of its own.
const supportAddress = "support@desk.example"

const password = "only-on-this-machine"

// nowhere is the SMTP server of mailboxes that send nothing.
const nowhere = "smtp://127.0.0.1:9?tls=none"

// users are n logins of Dovecot.
func users(prefix string, n int) []dovecot.User {
	list := make([]dovecot.User, n)
	for i := range list {
		list[i] = dovecot.User{Name: userName(prefix, i), Password: password}
	}
	return list
}

// imapURL is how a login reaches its mailbox at a plain address: Dovecot's own, or a proxy's.
func imapURL(user, addr string) string {
	u := url.URL{Scheme: "imap", Host: addr, User: url.UserPassword(user, password), RawQuery: "tls=none"}
	return u.String()
}

func userName(prefix string, i int) string { return fmt.Sprintf("%s%d@desk.example", prefix, i) }

// addTenant makes a tenant with one mailbox.
func (d *database) addTenant(ctx context.Context, p *parts, i int, imapURL, smtpURL string, since time.Time) (tenant.ID, inbox.Mailbox, error) {
	t, err := tenant.Add(ctx, d.pool, fmt.Sprintf("tenant-%d", i), fmt.Sprintf("Tenant %d", i))
	if err != nil {
		return tenant.ID{}, inbox.Mailbox{}, err
	}
	n, err := newMailbox(supportAddress, imapURL, smtpURL, since)
	if err != nil {
		return t.ID, inbox.Mailbox{}, err
	}
	var m inbox.Mailbox
	err = d.in(ctx, t.ID, func(tx tenant.Tx) (err error) {
		// What is measured is the work, not the wait before it.
		if _, err := tenant.Set(ctx, tx, []string{"undo_window=0s"}); err != nil {
			return err
		}
		m, err = inbox.AddMailbox(ctx, tx, p.box, n)
		return err
	})
	return t.ID, m, err
}

// Names in the Slack stand-in: one app in a workspace of its own for each tenant.
func teamID(i int) string    { return fmt.Sprintf("T%08d", i) }
func channelID(i int) string { return fmt.Sprintf("C%08d", i) }
func botToken(i int) string  { return fmt.Sprintf("xoxb-bench-%d", i) }

// slackConfig has n workspaces with one channel each. The stand-in does not enforce Slack's limits, since nobody
// connects so many workspaces within a minute; the service keeps to those for posts of its own accord all the same.
func slackConfig(n int) slackserver.Config {
	cfg := slackserver.DemoConfig()
	app := cfg.Apps[0]
	install := app.Installs[0]
	cfg.Teams, app.Installs = nil, nil
	for i := range n {
		install.TeamID, install.BotToken = teamID(i), botToken(i)
		install.BotUserID, install.BotID, install.Installer = fmt.Sprintf("UB%07d", i), fmt.Sprintf("B%08d", i), fmt.Sprintf("U%08d", i)
		app.Installs = append(app.Installs, install)
		cfg.Teams = append(cfg.Teams, slackserver.Team{
			ID: install.TeamID, Name: fmt.Sprintf("Workspace %d", i), Domain: fmt.Sprintf("workspace-%d", i),
			Users:    []slackserver.User{{ID: install.Installer, Name: "maya", RealName: "Maya Okafor", Email: "maya@desk.example", Admin: true}},
			Channels: []slackserver.Channel{{ID: channelID(i), Name: "support", Members: []string{install.BotUserID, install.Installer}}},
		})
	}
	cfg.Apps = []slackserver.App{app}
	return cfg
}

// addDesks makes n tenants, each with a mailbox and a Slack channel.
func (d *database) addDesks(ctx context.Context, p *parts, stand *slackserver.Server, n int, imapURL func(i int) string) error {
	ws := workspace.Registry{Pool: d.pool, Box: p.box, APIURL: stand.APIURL()}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i := range n {
		g.Go(func() error {
			id, _, err := d.addTenant(ctx, p, i, imapURL(i), nowhere, time.Time{})
			if err != nil {
				return err
			}
			_, err = ws.Connect(ctx, id, workspace.Credentials{BotToken: botToken(i), AppToken: slackserver.DemoAppToken, Channel: channelID(i)})
			return err
		})
	}
	return g.Wait()
}

// postedAt reads a message's ts: when Slack took it.
func postedAt(m slackserver.Message) (time.Time, error) {
	var sec, micro int64
	if _, err := fmt.Sscanf(m.TS, "%d.%06d", &sec, &micro); err != nil {
		return time.Time{}, fmt.Errorf("ts %q: %w", m.TS, err)
	}
	return time.Unix(sec, micro*1000), nil
}
