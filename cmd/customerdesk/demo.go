package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/customerdesk/customerdesk/internal/config"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
	"github.com/customerdesk/customerdesk/internal/sandbox/sample"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

// Where the demo's pages are, unless something else is there already.
const (
	demoSlackAddr = "127.0.0.1:8026"
	demoMailAddr  = "127.0.0.1:8025"
)

type demoJSON struct {
	Slack   string `json:"slack"`
	Mail    string `json:"mail"`
	Tenant  string `json:"tenant"`
	Tickets int    `json:"tickets"`
}

func (c *cli) demoCommand() *cobra.Command {
	var slackAddr, mailAddr string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show everything on this machine: database, mail server, Slack stand-in, a sample organisation",
		Long: `Show everything on this machine without any account: a private database, a mail server and a stand-in for Slack are
started, a sample organisation gets articles and mail, and the service does its work. Two pages in the browser
are all it takes: in one you are the support team in Slack, in the other the customers with their mail.

Nothing leaves this machine. Each start begins afresh; other data in DATA_DIR is not touched.`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			return c.demo(cmd.Context(), cfg, slackAddr, mailAddr)
		},
	}
	c.reads(cmd)
	cmd.Flags().StringVar(&slackAddr, "slack-addr", "", "where the Slack page is ("+demoSlackAddr+")")
	cmd.Flags().StringVar(&mailAddr, "mail-addr", "", "where the mail page is ("+demoMailAddr+")")
	return cmd
}

// demo starts the surroundings, fills them, and runs the service in them until ctx ends.
func (c *cli) demo(ctx context.Context, cfg config.Config, slackAddr, mailAddr string) (err error) {
	log := c.quiet(cfg)
	c.say("Starting the private database under %s …", cfg.DataDir)
	cfg.DatabaseURL, cfg.MigrateDatabaseURL = "", ""
	p, err := openPlace(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.release(ctx)) }()
	if err := p.demoDatabase(ctx); err != nil {
		return err
	}
	if _, err := p.migrate(ctx, true); err != nil {
		return err
	}
	pool, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer pool.Close()

	c.say("Starting the mail server and the Slack stand-in …")
	w, err := startWorld(ctx, log, slackAddr, mailAddr)
	if err != nil {
		return err
	}
	defer w.close()
	cfg.NoDNS = true // its people are nowhere else
	cfg.SlackAPIURL, cfg.MetricsAddr = w.slack.APIURL(), "127.0.0.1:0"
	if cfg.HTTPAddr, err = freeAddr(ctx, "", cfg.HTTPAddr); err != nil {
		return err
	}
	cfg.HTTPAddrGiven, cfg.PublicURL = true, "http://"+cfg.HTTPAddr // the links in its mails work
	a, err := wire(cfg, p.key, pool, log)
	if err != nil {
		return err
	}
	a.refresh = 200 * time.Millisecond

	c.say("Making the sample organisation %s …", sample.Name)
	if err := a.settle(ctx, w); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.serve(ctx) })
	g.Go(func() error {
		began := time.Now()
		n, err := w.writeMails(ctx, a.sampleTickets)
		if err != nil {
			return part("demo", err)
		}
		if c.json {
			return c.show(demoJSON{Slack: w.slack.URL() + "/", Mail: w.mailURL, Tenant: sample.Slug, Tickets: n}, nil)
		}
		c.say("%d customers wrote; %d tickets are in Slack after %.1f s.", n, n, time.Since(began).Seconds())
		c.say("Their words and suggested replies follow in the threads, one message a second, as Slack allows.\n")
		c.say("    The support team, in Slack:   %s/", w.slack.URL())
		c.say("    The customers, in their mail: %s\n", w.mailURL)
		c.say("Press Approve & send on a suggestion in the first, and read the answer in the second. Ctrl-C ends the demo.")
		return nil
	})
	return g.Wait()
}

// world is what surrounds the service in the demo.
type world struct {
	slack   *slackserver.Server
	mail    *mailserver.Server
	page    *http.Server
	mailURL string
}

const demoPassword = "only-on-this-machine"

func startWorld(ctx context.Context, log *slog.Logger, slackAddr, mailAddr string) (*world, error) {
	w := &world{}
	accounts := []mailserver.Account{{Address: sample.Support, Name: sample.Name, Password: demoPassword}}
	for _, p := range sample.Customers() {
		accounts = append(accounts, mailserver.Account{Address: p.Email, Name: p.Name, Password: demoPassword, Kind: mailserver.Customer})
	}
	var err error
	if w.mail, err = mailserver.Start(ctx, mailserver.Config{Accounts: accounts, Hostname: "mail.harbourbikes.example", Logger: log}); err != nil {
		return nil, err
	}
	addr, err := freeAddr(ctx, slackAddr, demoSlackAddr)
	if err == nil {
		w.slack, err = slackserver.Start(ctx, demoSlack(log), addr)
	}
	if err != nil {
		w.close()
		return nil, fmt.Errorf("--slack-addr: %w", err)
	}
	if addr, err = freeAddr(ctx, mailAddr, demoMailAddr); err == nil {
		err = w.servePage(ctx, addr)
	}
	if err != nil {
		w.close()
		return nil, fmt.Errorf("--mail-addr: %w", err)
	}
	return w, nil
}

// freeAddr is the address that was asked for, else the usual one, else, where that is in use, any.
func freeAddr(ctx context.Context, asked, usual string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	var lc net.ListenConfig
	for _, addr := range []string{usual, "127.0.0.1:0"} {
		l, err := lc.Listen(ctx, "tcp", addr)
		if err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", errors.New("no port is free on 127.0.0.1")
}

func (w *world) servePage(ctx context.Context, addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%q: only loopback addresses such as %s are allowed, since the page asks for no password", addr, demoMailAddr)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	w.page = &http.Server{Handler: w.mail.Page(), ReadHeaderTimeout: 5 * time.Second}
	w.mailURL = "http://" + l.Addr().String() + "/"
	go func() { _ = w.page.Serve(l) }() // It ends with close, which is no fault.
	return nil
}

func (w *world) close() {
	if w.page != nil {
		_ = w.page.Close()
	}
	if w.slack != nil {
		_ = w.slack.Close()
	}
	_ = w.mail.Close()
}

// demoSlack is the sample organisation's workspace.
func demoSlack(log *slog.Logger) slackserver.Config {
	cfg := slackserver.DemoConfig()
	cfg.Logger = log
	team := &cfg.Teams[0]
	team.Name, team.Domain = sample.Name, sample.Slug
	people := append(sample.Members(), sample.Outsider())
	for i, u := range team.Users {
		u.RealName, u.Email, u.Name = people[i].Name, people[i].Email, people[i].Handle
		team.Users[i] = u
	}
	return cfg
}
