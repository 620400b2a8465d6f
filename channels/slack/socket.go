package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	slackapi "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

const (
	ackTime       = 3 * time.Second
	maxReconnect  = 30 * time.Second
	sweepEvery    = 5 * time.Minute
	maxSocketRead = 4 << 20 // bytes of one delivery
)

// Run listens to all connected workspaces until ctx ends. Workspaces that are connected or disconnected
// meanwhile are noticed within Config.Watch. What a crash left undone is queued again at the start, and
// every few minutes.
func (a *App) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	defer a.served.Store(nil)
	in := a.openIntake(ctx, ctx, &wg)
	defer in.close()
	a.requests.Store(in)
	defer a.requests.Store(nil)
	open := map[string]context.CancelFunc{} // by app
	known := map[workspace.Connection]bool{}
	swept := a.clock()
	failing := false
	for {
		routes, err := workspace.Connections(ctx, a.pool)
		switch {
		case err != nil && ctx.Err() == nil && !failing:
			a.log.Error("the connected Slack workspaces cannot be read; trying on", "error", err)
		case err == nil:
			a.serve(routes)
			a.listenTo(ctx, &wg, open, routes)
			all := a.clock().Sub(swept) >= sweepEvery
			if all {
				swept = a.clock()
			}
			a.sweepNew(ctx, routes, known, all)
		}
		failing = err != nil
		if err := sleep(ctx, a.watch); err != nil {
			return nil
		}
	}
}

// serve remembers whose workspaces there are.
func (a *App) serve(routes []workspace.Connection) {
	served := make(map[tenant.ID]bool, len(routes))
	for _, r := range routes {
		served[r.Tenant] = true
	}
	a.served.Store(&served)
}

// listenTo opens and ends connections so that each app of routes that uses Socket Mode has one.
func (a *App) listenTo(ctx context.Context, wg *sync.WaitGroup, open map[string]context.CancelFunc, routes []workspace.Connection) {
	wanted := map[string]bool{}
	for _, r := range routes {
		if !r.Socket {
			continue
		}
		wanted[r.App] = true
		if open[r.App] == nil {
			inner, cancel := context.WithCancel(ctx)
			open[r.App] = cancel
			wg.Go(func() { a.listen(inner, &connection{app: r.App, life: ctx, work: wg}) })
		}
	}
	for app, cancel := range open {
		if !wanted[app] {
			cancel()
			delete(open, app)
		}
	}
}

// listen keeps one connection of an app open until ctx ends.
func (a *App) listen(ctx context.Context, c *connection) {
	wait := time.Second
	for ctx.Err() == nil {
		began := a.clock()
		err := a.connect(ctx, c)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errNoSocket) {
			if sleep(ctx, maxReconnect) != nil {
				return
			}
			continue
		}
		if a.clock().Sub(began) > maxReconnect {
			wait = time.Second // It had worked.
		}
		a.log.Warn("the connection to Slack ended; connecting again", "app", c.app, "in", wait, "error", err)
		// Jitter keeps the connections of a whole installation from coming back at the same moment.
		if sleep(ctx, wait/2+rand.N(wait/2)) != nil {
			return
		}
		wait = min(2*wait, maxReconnect)
	}
}

// A connection is the Socket Mode connection of an app, opened again and again.
type connection struct {
	app  string
	life context.Context // of the work that deliveries cause, which outlives a connection that breaks
	work *sync.WaitGroup
	smc  *socketmode.Client
}

// errNoSocket means that an app makes requests instead.
var errNoSocket = errors.New("the app is not set to Socket Mode")

// connect opens a connection and takes what comes until it ends.
func (a *App) connect(ctx context.Context, c *connection) error {
	d, err := a.anyDesk(ctx, c.app)
	if err != nil {
		return err
	}
	if d.AppToken.Reveal() == "" {
		return errNoSocket
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	api := webapi.New(a.http, a.apiURL, d.BotToken.Reveal(), slackapi.OptionAppLevelToken(d.AppToken.Reveal()))
	// A copy: deliveries of the connection before may still be worked on.
	c = &connection{app: c.app, life: c.life, work: c.work, smc: socketmode.New(api, socketmode.OptionReadLimit(maxSocketRead))}
	in := a.openIntake(ctx, c.life, c.work)
	ended := make(chan error, 1)
	c.work.Go(func() { ended <- c.smc.RunContext(ctx) })
	for {
		select {
		case err := <-ended:
			return a.ended(ctx, d, err)
		case e := <-c.smc.Events:
			if ce, ok := e.Data.(*slackapi.ConnectionErrorEvent); ok {
				// The library would wait for up to five minutes before the next try.
				return a.ended(ctx, d, ce.ErrorObj)
			}
			a.received(ctx, c, in, e)
		}
	}
}

// ended names the setting where the app token is to blame.
func (a *App) ended(ctx context.Context, d desk, err error) error {
	switch webapi.ErrorName(err) {
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "not_allowed_token_type":
		text := fmt.Sprintf("Slack refuses the app token (%s): make one on the app's page Basic Information, App-Level Tokens, then run `customerdesk slack connect` again", webapi.ErrorName(err))
		if berr := a.blame(ctx, d, text); berr != nil {
			return errors.Join(err, berr)
		}
	}
	return err
}

// anyDesk returns a workspace that the app is installed in; its app token opens the connection for all.
func (a *App) anyDesk(ctx context.Context, app string) (desk, error) {
	c, err := workspace.Listener(ctx, a.pool, app)
	if err != nil {
		return desk{}, err
	}
	w, err := tenant.Get(ctx, a.pool, c.Tenant, func(tx tenant.Tx) (workspace.Workspace, error) {
		return workspace.Of(ctx, tx, a.box, c.Team)
	})
	return a.deskFor(c.Tenant, w), err
}

// received hands what came to the intake.
func (a *App) received(ctx context.Context, c *connection, in *intake, e socketmode.Event) {
	switch e.Type {
	case socketmode.EventTypeErrorBadMessage:
		a.dropBad(ctx, c, e)
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand:
		ack := func(ctx context.Context, answer any) { a.acknowledge(ctx, c, e.Request.EnvelopeID, answer) }
		a.take(ctx, in, delivery{app: c.app, data: e.Data, ack: ack})
	default:
		a.log.Debug("Slack connection", "app", c.app, "event", e.Type)
	}
}

// dropBad acknowledges what the library cannot read, so that Slack does not repeat it.
func (a *App) dropBad(ctx context.Context, c *connection, e socketmode.Event) {
	bad, ok := e.Data.(*socketmode.ErrorBadMessage)
	if !ok {
		return
	}
	var envelope struct {
		ID string `json:"envelope_id"`
	}
	if json.Unmarshal(bad.Message, &envelope) == nil && envelope.ID != "" {
		a.acknowledge(ctx, c, envelope.ID, nil)
	}
	a.log.Warn("a Slack delivery could not be read", "app", c.app, "error", bad.Cause)
}

func (a *App) acknowledge(ctx context.Context, c *connection, envelope string, answer any) {
	// Where the connection broke meanwhile nobody takes it.
	ctx, cancel := context.WithTimeout(ctx, ackTime)
	defer cancel()
	if err := c.smc.AckCtx(ctx, envelope, answer); err != nil && ctx.Err() == nil {
		a.log.Warn("a Slack delivery was not acknowledged", "app", c.app, "error", err)
	}
}
