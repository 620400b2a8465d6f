package slack

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// way is the setting of a test for how Slack delivers: empty by Socket Mode, or byHTTP.
const (
	way    = "CUSTOMERDESK_TEST_SLACK_WAY"
	byHTTP = "http"
)

// patient is how long a condition is waited for.
const patient = time.Minute

// A world is a tenant with a workspace at the stand-in, and the desk as serve runs it: jobs worked, socket
// open.
type world struct {
	*testing.T
	db    *pgtest.DB
	slack *slackserver.Server
	desk  *tickets.Desk
	box   *secret.Box
	*listener
	tenant tenant.ID
	ws     workspace.Workspace

	maya, jonas, priya tenant.Member
	stop               func()
}

// listener queues what follows from changes, as cmd does.
type listener struct {
	app    *App
	writer *ai.Assistant
	queue  *jobs.Queue
	writes bool // whether the AI writes
}

func (l *listener) TicketChanged(ctx context.Context, tx tenant.Tx, events []tickets.Event) error {
	drafts, err := l.writer.FollowUps(ctx, tx, events)
	if err != nil {
		return err
	}
	shown, err := l.app.FollowUps(ctx, tx, events)
	if err != nil {
		return err
	}
	if l.writes {
		shown = append(shown, drafts...)
	}
	return l.queue.Insert(ctx, tx, shown...)
}

type option func(*slackserver.Config, *Config)

// newWorld makes a world and, unless quiet, runs it.
func newWorld(t *testing.T, opts ...option) *world {
	w := quietWorld(t, opts...)
	w.run()
	return w
}

func quietWorld(t *testing.T, opts ...option) *world {
	t.Helper()
	w := &world{T: t, db: pgtest.New(t)}
	key := make([]byte, secret.KeySize)
	_, _ = rand.Read(key)
	box, err := secret.New(key)
	w.ok(err)
	w.box = box
	sc := slackserver.DemoConfig()
	cfg := Config{Pool: w.db.Service, Box: w.box, Logger: slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Watch: 50 * time.Millisecond, Grace: 400 * time.Millisecond, Timeout: 300 * time.Millisecond}
	for _, o := range opts {
		o(&sc, &cfg)
	}
	if os.Getenv(way) == byHTTP {
		// The address must be known before the desk that answers there is made.
		site := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			w.app.Handler(slackserver.DemoSecret).ServeHTTP(rw, r)
		}))
		t.Cleanup(site.Close)
		for i := range sc.Apps {
			sc.Apps[i].EventsURL, sc.Apps[i].InteractivityURL = site.URL+EventsPath, site.URL+InteractionsPath
			for j := range sc.Apps[i].Commands {
				sc.Apps[i].Commands[j].URL = site.URL + CommandsPath
			}
		}
	}
	w.slack, err = slackserver.Start(t.Context(), sc, "127.0.0.1:0")
	w.ok(err)
	t.Cleanup(func() { w.ok(w.slack.Close()) })
	w.listener = &listener{}
	w.queue, err = jobs.New(jobs.Config{Pool: w.db.Service, Logger: slog.New(slog.DiscardHandler)})
	w.ok(err)
	w.desk = tickets.New(time.Now, w.listener)
	cfg.Desk, cfg.Queue, cfg.APIURL = w.desk, w.queue, w.slack.APIURL()
	w.writer, err = ai.New(ai.Config{Pool: w.db.Service, Desk: w.desk, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
	w.ok(err)
	cfg.Suggestions = w.writer
	w.app = New(cfg)
	w.app.retry, w.app.mend = 200*time.Millisecond, 300*time.Millisecond
	t.Cleanup(w.app.Close)
	w.tenant, w.ws = w.newTenant("northwind", slackserver.DemoBotToken, slackserver.DemoAppToken)
	w.in(func(tx tenant.Tx) error {
		w.maya = must(tenant.AddMember(w.ctx(), tx, "Maya Okafor", "maya@northwind.example", tenant.Admin))
		w.jonas = must(tenant.AddMember(w.ctx(), tx, "Jonas Brekke", "jonas@northwind.example", tenant.Agent))
		w.priya = must(tenant.AddMember(w.ctx(), tx, "Priya Nair", "priya@northwind.example", tenant.Light))
		return nil
	})
	return w
}

func (w *world) newTenant(slug, bot, app string) (tenant.ID, workspace.Workspace) {
	w.Helper()
	t, err := tenant.Add(w.ctx(), w.db.Service, slug, slug)
	w.ok(err)
	if os.Getenv(way) == byHTTP {
		app = ""
	}
	ws, err := w.workspaces().Connect(w.ctx(), t.ID, workspace.Credentials{BotToken: bot, AppToken: app, Channel: "#support"})
	w.ok(err)
	return t.ID, ws
}

func (w *world) workspaces() workspace.Registry {
	return workspace.Registry{Pool: w.db.Service, Box: w.box, APIURL: w.slack.APIURL(), Signed: os.Getenv(way) == byHTTP}
}

// run starts the desk as serve does; it ends with the test, or by stop.
func (w *world) run() {
	w.Helper()
	w.runWithoutSocket()
	if os.Getenv(way) == byHTTP {
		w.state("an intake", func() bool { return w.app.requests.Load() != nil })
		w.ok(w.slack.VerifyURL(w.ctx(), slackserver.DemoApp))
		return
	}
	w.until("a connection", func() bool { return w.slack.Sockets(slackserver.DemoApp) > 0 })
}

// runWithoutSocket does not wait for a connection.
func (w *world) runWithoutSocket() {
	w.Helper()
	workers := river.NewWorkers()
	w.app.AddWorkers(workers)
	w.writer.Register(workers)
	q, err := jobs.New(jobs.Config{Pool: w.db.Service, Logger: slog.New(slog.DiscardHandler), Workers: workers,
		Concurrency: map[string]int{jobs.QueueCards: 4, jobs.QueueThread: 4, jobs.QueueAI: 2}})
	w.ok(err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	done := make(chan error, 2)
	go func() { done <- q.Run(ctx, 5*time.Second) }()
	go func() { done <- w.app.Run(ctx) }()
	w.stop = func() {
		if cancel == nil {
			return
		}
		cancel()
		cancel = nil
		w.ok(<-done)
		w.ok(<-done)
	}
	w.Cleanup(func() { w.stop() })
}

func (w *world) ctx() context.Context { return w.Context() }

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (w *world) in(fn func(tx tenant.Tx) error) {
	w.Helper()
	w.ok(tenant.In(w.ctx(), w.db.Service, w.tenant, fn))
}

// until waits until cond holds of the stand-in.
func (w *world) until(what string, cond func() bool) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.ctx(), patient)
	defer cancel()
	if err := w.slack.WaitFor(ctx, cond); err != nil {
		for _, m := range w.slack.AllMessages(w.ws.ChannelID) {
			w.Logf("%s %s %q", m.TS, m.ThreadTS, m.VisibleText())
		}
		w.Fatalf("%s did not come: %v", what, err)
	}
}

// mail opens a ticket as a customer's mail does.
func (w *world) mail(title, text string) tickets.Ticket {
	w.Helper()
	return w.mailFrom(w.tenant, "Ada Lovelace", "ada@analytical.example", title, text)
}

func (w *world) mailFrom(id tenant.ID, name, address, title, text string) (t tickets.Ticket) {
	w.Helper()
	w.ok(tenant.In(w.ctx(), w.db.Service, id, func(tx tenant.Tx) error {
		e, err := tickets.EnsureEmployee(w.ctx(), tx, name, address)
		if err != nil {
			return err
		}
		t, _, err = w.desk.Open(w.ctx(), tx, tickets.NewTicket{Title: title, Requester: e, First: tickets.NewComment{
			Author: tickets.Actor{Kind: tickets.ByCustomer, User: e.Person.ID, Via: tickets.ByEmail}, Text: text, MessageID: uuid.NewString() + "@example"}})
		return err
	}))
	return t
}

// writes adds a comment of the customer.
func (w *world) customerWrites(t tickets.Ticket, text string) tickets.Comment {
	w.Helper()
	return w.comment(t, tickets.NewComment{Kind: tickets.Public, Text: text,
		Author: tickets.Actor{Kind: tickets.ByCustomer, User: t.Requester.ID, Via: tickets.ByEmail}})
}

func (w *world) comment(t tickets.Ticket, n tickets.NewComment) (c tickets.Comment) {
	w.Helper()
	n.Ticket, n.MessageID = t.ID, uuid.NewString()+"@example"
	w.in(func(tx tenant.Tx) (err error) {
		c, err = w.desk.Comment(w.ctx(), tx, n)
		return err
	})
	return c
}

func (w *world) ticket(t tickets.Ticket) (now tickets.Ticket) {
	w.Helper()
	w.in(func(tx tenant.Tx) (err error) {
		now, err = tickets.ByID(w.ctx(), tx, t.ID)
		return err
	})
	return now
}

func (w *world) comments(t tickets.Ticket) (list []tickets.Comment) {
	w.Helper()
	w.in(func(tx tenant.Tx) (err error) {
		list, err = tickets.Comments(w.ctx(), tx, t.ID)
		return err
	})
	return list
}

// card waits for the only card of a ticket.
func (w *world) card(t tickets.Ticket) slackserver.Message {
	w.Helper()
	var card slackserver.Message
	w.until("the card of "+t.Title, func() bool {
		for _, m := range w.slack.Messages(w.ws.ChannelID) {
			if contains(m.VisibleText(), t.Title) {
				card = m
				return true
			}
		}
		return false
	})
	return card
}

// reply waits for a message in a ticket's thread that has all the words.
func (w *world) reply(t tickets.Ticket, words ...string) slackserver.Message {
	w.Helper()
	root := w.card(t)
	var found slackserver.Message
	w.until("a reply with "+words[0], func() bool {
		for _, m := range w.slack.Thread(w.ws.ChannelID, root.TS)[1:] {
			if contains(m.VisibleText(), words...) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// whispered waits for a private message to a user that has all the words.
func (w *world) whispered(user string, words ...string) {
	w.Helper()
	w.until("a private message with "+words[0], func() bool {
		for _, m := range w.slack.Ephemerals(user) {
			if contains(m.VisibleText(), words...) {
				return true
			}
		}
		return false
	})
}

// modal waits for somebody's uppermost modal.
func (w *world) modal(user string) slackserver.View {
	w.Helper()
	var v slackserver.View
	w.until("a modal", func() bool {
		list := w.slack.Views(user)
		if len(list) > 0 {
			v = list[len(list)-1]
		}
		return len(list) > 0
	})
	return v
}

// state waits until something in the database holds; its changes wake nobody, so it is looked at again
// after a while.
func (w *world) state(what string, cond func() bool) {
	w.Helper()
	deadline := time.Now().Add(patient)
	for !cond() {
		if time.Now().After(deadline) {
			w.Fatalf("%s did not come", what)
		}
		_ = sleep(w.ctx(), 5*time.Millisecond)
	}
}
