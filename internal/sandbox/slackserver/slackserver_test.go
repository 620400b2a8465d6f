package slackserver_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"go.uber.org/goleak"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const waitLimit = 10 * time.Second

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// start runs a stand-in with the demo workspace and a real client with the bot's token.
func start(t *testing.T, change ...func(*slackserver.Config)) (*slackserver.Server, *slack.Client) {
	t.Helper()
	cfg := slackserver.DemoConfig()
	for _, f := range change {
		f(&cfg)
	}
	srv, err := slackserver.Start(t.Context(), cfg, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return srv, slack.New(slackserver.DemoBotToken, slack.OptionAPIURL(srv.APIURL()), slack.OptionAppLevelToken(slackserver.DemoAppToken))
}

func ctx(t *testing.T) context.Context {
	t.Helper()
	c, cancel := context.WithTimeout(t.Context(), waitLimit)
	t.Cleanup(cancel)
	return c
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// listener is a running Socket Mode client; every event goes through handle, which acknowledges.
type listener struct {
	client *socketmode.Client
	events chan socketmode.Event // envelopes, hello and connection news left out
}

// listen connects a real Socket Mode client. ack is asked for the payload of each acknowledgement; nil
// acknowledges with none.
func listen(t *testing.T, srv *slackserver.Server, api *slack.Client, ack func(socketmode.Event) (payload any, answer bool)) *listener {
	t.Helper()
	before := srv.Sockets(slackserver.DemoApp)
	c, cancel := context.WithCancel(context.Background())
	l := &listener{client: socketmode.New(api), events: make(chan socketmode.Event, 100)}
	var wg sync.WaitGroup
	wg.Go(func() { _ = l.client.RunContext(c) })
	wg.Go(func() {
		for {
			select {
			case <-c.Done():
				return
			case e := <-l.client.Events:
				if e.Request == nil || e.Request.EnvelopeID == "" {
					continue
				}
				payload, answer := any(nil), true
				if ack != nil {
					payload, answer = ack(e)
				}
				if answer {
					_ = l.client.AckCtx(c, e.Request.EnvelopeID, payload)
				}
				l.events <- e
			}
		}
	})
	t.Cleanup(func() { cancel(); srv.CloseSockets(); wg.Wait() })
	if err := srv.WaitFor(ctx(t), func() bool { return srv.Sockets(slackserver.DemoApp) > before }); err != nil {
		t.Fatal(err)
	}
	return l
}

// next is the next envelope that f takes.
func next[T any](t *testing.T, l *listener, f func(socketmode.Event) (T, bool)) T {
	t.Helper()
	limit := time.After(waitLimit)
	for {
		select {
		case e := <-l.events:
			if v, ok := f(e); ok {
				return v
			}
		case <-limit:
			t.Fatal("no such envelope arrived")
		}
	}
}

// interaction takes interactive envelopes of a type.
func interaction(kind slack.InteractionType) func(socketmode.Event) (slack.InteractionCallback, bool) {
	return func(e socketmode.Event) (slack.InteractionCallback, bool) {
		cb, ok := e.Data.(slack.InteractionCallback)
		return cb, ok && cb.Type == kind
	}
}

// card is a message like a ticket's: text, a menu and two buttons.
func card() []slack.Block {
	option := func(v, text string) *slack.OptionBlockObject {
		return slack.NewOptionBlockObject(v, slack.NewTextBlockObject("plain_text", text, false, false), nil)
	}
	menu := slack.NewOptionsSelectBlockElement("static_select", slack.NewTextBlockObject("plain_text", "Status", false, false), "status",
		option("open", "Open"), option("resolved", "Resolved"))
	menu.InitialOption = option("open", "Open")
	return []slack.Block{
		slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "*#1* The parcel never arrived", false, false), nil, nil),
		slack.NewActionBlock("ticket",
			slack.NewButtonBlockElement("reply", "1", slack.NewTextBlockObject("plain_text", "Reply", false, false)),
			slack.NewButtonBlockElement("take", "1", slack.NewTextBlockObject("plain_text", "Assign to me", false, false)),
			menu),
	}
}

func modal() slack.ModalViewRequest {
	text := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	in := slack.NewPlainTextInputBlockElement(text("Write the answer"), "text")
	in.Multiline = true
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: text("Reply"), Submit: text("Send"), Close: text("Cancel"), CallbackID: "reply", PrivateMetadata: "ticket-1",
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock("answer", text("Answer"), nil, in)}},
	}
}

func stringBody(s string) io.Reader { return strings.NewReader(s) }
