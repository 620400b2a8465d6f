package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"syscall"
	"time"

	"github.com/riverqueue/river"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/customerdesk/customerdesk/channels/email"
	"github.com/customerdesk/customerdesk/channels/slack"
	"github.com/customerdesk/customerdesk/channels/slack/install"
	"github.com/customerdesk/customerdesk/channels/web"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/config"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/version"
)

// grace is how long work under way may go on after the signal to end.
const grace = 10 * time.Second

func (c *cli) serveCommand() *cobra.Command {
	var migrate bool
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the service: take mail, work in Slack, send answers",
		Long: `Run the service until it is told to end (SIGTERM or Ctrl-C). It may be killed at any moment and started again: no
mail is lost or doubled. Several instances may run on one database.`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			ctx := cmd.Context()
			cfg, err := c.load()
			if err != nil {
				return err
			}
			log := c.logger(cfg)
			for _, w := range cfg.Warnings {
				log.Warn(w)
			}
			p, err := openPlace(ctx, cfg, log)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, p.release(ctx)) }()
			if migrate {
				if _, err := p.migrate(ctx, false); err != nil {
					return err
				}
			}
			pool, err := p.ready(ctx)
			if err != nil {
				return err
			}
			defer pool.Close()
			if p.keyGenerated && cfg.DatabaseURL != "" {
				log.Warn("the secret key lies in DATA_DIR only: keep a copy, or set "+config.Prefix+"SECRET_KEY; without it the stored credentials cannot be read", "data_dir", cfg.DataDir)
			}
			a, err := wire(cfg, p.key, pool, log)
			if err != nil {
				return err
			}
			return a.serve(ctx)
		},
	}
	cmd.Flags().BoolVar(&migrate, "migrate", false, "bring the schema up to date first")
	return cmd
}

// serve runs everything until ctx ends or a part fails for good.
func (a *app) serve(ctx context.Context) error {
	defer a.close()
	queue, err := a.workQueue()
	if err != nil {
		return err
	}
	watch, err := newWatchtower(a.cfg.MetricsAddr, a)
	if err != nil {
		return err
	}
	site, err := a.site(ctx)
	if err != nil {
		return err
	}
	post := email.NewSupervisor(email.Config{
		Sink: a.inbox, Mailboxes: a.office, Cursors: a.inbox, Journal: a.inbox, Dialer: a.dialer, Logger: a.log, Clock: a.clock,
		Refresh: a.refresh,
	})
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return part("metrics", watch.run(ctx)) })
	g.Go(func() error { return part("mail", post.Run(ctx)) })
	g.Go(func() error { return part("slack", a.slack.Run(ctx)) })
	g.Go(func() error { return part("jobs", queue.Run(ctx, grace)) })
	if site != nil {
		g.Go(func() error { return part("web", site.Run(ctx)) })
		a.log.Info("browsers are answered", "http", site.Address(), "public_url", a.cfg.PublicURL)
	}
	a.log.Info("customerdesk is running", "version", version.String(), "ai", a.cfg.AI.Provider, "metrics", watch.address())
	err = g.Wait()
	a.log.Info("customerdesk has ended", slog.Bool("cleanly", err == nil))
	return err
}

// site is what answers browsers; nil where the address that nobody chose is taken.
func (a *app) site(ctx context.Context) (*web.Server, error) {
	s, err := web.Listen(ctx, web.Config{Addr: a.cfg.HTTPAddr, Pool: a.pool, Desk: a.desk, Box: a.box, Clock: a.clock, Logger: a.log, Guests: a.slackRequests()})
	if errors.Is(err, syscall.EADDRINUSE) && !a.cfg.HTTPAddrGiven {
		a.log.Warn("browsers are not answered: something else listens on the default address; set "+config.Prefix+"HTTP_ADDR to another", "http", a.cfg.HTTPAddr)
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%sHTTP_ADDR: %w: choose another address, or end what uses this one", config.Prefix, err)
	}
	return s, nil
}

// slackRequests is what answers Slack where its requests can be checked, and browsers that install the app where it is
// known.
func (a *app) slackRequests() map[string]http.Handler {
	guests := map[string]http.Handler{}
	if a.cfg.SlackSigningSecret != "" {
		h := a.slack.Handler(a.cfg.SlackSigningSecret)
		guests[slack.EventsPath], guests[slack.InteractionsPath], guests[slack.CommandsPath] = h, h, h
	}
	if a.installer.Ready() == nil {
		h := a.installer.Handler()
		guests[install.StartPath], guests[install.CallbackPath] = h, h
	}
	return guests
}

func part(name string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

// workQueue is the queue with its workers. What posts to Slack and what sends mail have places of their
// own, so that neither waits for the AI.
func (a *app) workQueue() (*jobs.Queue, error) {
	workers := river.NewWorkers()
	a.slack.AddWorkers(workers)
	a.assistant.Register(workers)
	river.AddWorker(workers, &inbox.SendWorker{Outbox: a.outbox})
	river.AddWorker(workers, &inbox.NoticeWorker{Outbox: a.outbox, Queue: a.queue})
	river.AddWorker(workers, &inbox.QuotaWorker{Inbox: a.inbox})
	river.AddWorker(workers, a.closing)
	return jobs.New(jobs.Config{
		Pool: a.pool, Logger: a.log, Workers: workers,
		Concurrency: map[string]int{jobs.QueueCards: 32, jobs.QueueThread: 32, jobs.QueueMail: 64, jobs.QueueAI: 4, jobs.QueueUpkeep: 4},
		Periodic:    []*river.PeriodicJob{inbox.QuotaArgs{}.Schedule()},
	})
}
