package slack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// cardsOf counts the cards of a ticket in the channel.
func (w *world) cardsOf(t tickets.Ticket) (n int) {
	for _, m := range w.slack.Messages(w.ws.ChannelID) {
		if contains(m.VisibleText(), t.Title) {
			n++
		}
	}
	return n
}

// row returns the row of a ticket's card.
func (w *world) row(t tickets.Ticket) (m message) {
	w.Helper()
	w.in(func(tx tenant.Tx) (err error) {
		m, _, err = messageOf(w.ctx(), tx, w.ws.TeamID, kindCard, t.ID.UUID)
		return err
	})
	return m
}

func TestLostAnswerIsFilledInByTheEventOfThePost(t *testing.T) {
	w := newWorld(t, func(_ *slackserver.Config, cfg *Config) { cfg.Grace = time.Hour })
	w.slack.Inject(slackserver.Fault{Method: "chat.postMessage", Kind: slackserver.LoseAnswer, Times: 1})
	tk := w.mail("Lost answer", "Where is it?")
	w.reply(tk, "Where is it?") // the thread goes on although the hour of grace has not passed
	if n := w.cardsOf(tk); n != 1 {
		t.Errorf("%d cards, want 1", n)
	}
}

func TestLostAnswerWithoutEventIsFoundInTheChannel(t *testing.T) {
	w := newWorld(t, func(sc *slackserver.Config, _ *Config) { sc.Apps[0].Events = nil })
	w.slack.Inject(slackserver.Fault{Method: "chat.postMessage", Kind: slackserver.LoseAnswer, Times: 1})
	tk := w.mail("Lost answer", "Where is it?")
	w.slack.Inject(slackserver.Fault{Method: "chat.postMessage", Kind: slackserver.LoseAnswer, Times: 1})
	w.reply(tk, "Where is it?")
	w.state("the card's ts", func() bool { return w.row(tk).TS != "" })
	if n := w.cardsOf(tk); n != 1 {
		t.Errorf("%d cards, want 1", n)
	}
	w.customerWrites(tk, "And another thing")
	w.reply(tk, "another thing")
	if n := len(w.slack.Thread(w.ws.ChannelID, w.row(tk).TS)); n != 3 {
		t.Errorf("%d messages in the thread, want the card and 2", n)
	}
}

func TestPostKilledBetweenClaimAndCallIsMadeAfterTheRestart(t *testing.T) {
	w := quietWorld(t)
	tk := w.mail("Killed", "Help!")
	now := time.Now()
	w.in(func(tx tenant.Tx) error {
		_, ok, err := claimMessage(w.ctx(), tx, message{TeamID: w.ws.TeamID, ChannelID: w.ws.ChannelID, Kind: kindCard, Subject: tk.ID.UUID,
			TicketID: &tk.ID.UUID, Digest: []byte("x")}, now, now)
		if err == nil && !ok {
			t.Error("the claim was refused")
		}
		return err
	})
	// The job that made the claim died with its process.
	_, err := w.db.Owner.Exec(w.ctx(), `DELETE FROM river_job`)
	w.ok(err)
	w.run()
	w.reply(tk, "Help!")
	if n := w.cardsOf(tk); n != 1 {
		t.Errorf("%d cards, want 1", n)
	}
}

func TestPostKilledBeforeItsAnswerWasStoredIsNotMadeAgain(t *testing.T) {
	w := quietWorld(t)
	tk := w.mail("Killed", "Help!")
	d, err := w.app.desk(w.ctx(), w.tenant, w.ws.TeamID)
	w.ok(err)
	s := sheet{Kind: kindCard, Subject: tk.ID.UUID, Ticket: &tk.ID.UUID, Channel: w.ws.ChannelID}
	s.Blocks, s.Text = draw.Card(draw.CardView{Ticket: tk, Via: tickets.ByEmail})
	digest, err := s.digest()
	w.ok(err)
	c, _, err := w.app.claim(w.ctx(), d, s, digest)
	w.ok(err)
	_, ts, err := d.api.PostMessageContext(w.ctx(), s.Channel, append(s.options(), slackapi.MsgOptionMetadata(slackapi.SlackMetadata{
		EventType: metadataType, EventPayload: map[string]any{metadataID: c.ID.String()}}))...)
	w.ok(err)
	_, err = w.db.Owner.Exec(w.ctx(), `DELETE FROM river_job`)
	w.ok(err)
	w.run()
	w.reply(tk, "Help!")
	if got := w.row(tk).TS; got != ts || w.cardsOf(tk) != 1 {
		t.Errorf("%d cards, the row points to %s, want the one at %s", w.cardsOf(tk), got, ts)
	}
}

func TestMessageThatSlackRefusesDoesNotHoldUpTheThread(t *testing.T) {
	w := quietWorld(t)
	d, err := w.app.desk(w.ctx(), w.tenant, w.ws.TeamID)
	w.ok(err)
	s := sheet{Kind: kindNotice, Subject: uuid.UUID{15: 9}, Text: "in few words", Blocks: []slackapi.Block{draw.Literal("a"), slackapi.NewContextBlock("")}}
	ts, err := w.app.show(w.ctx(), d, s, message{}, webapi.Threads)
	w.ok(err)
	if m, _ := w.slack.Message(w.ws.ChannelID, ts); m.VisibleText() != "in few words" {
		t.Errorf("message reads %q", m.VisibleText())
	}
}

func TestLateEventOfARepeatedPostDeletesTheSurplusMessage(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("Twice", "Hello?")
	card := w.card(tk)
	w.state("the card's ts", func() bool { return w.row(tk).TS == card.TS })
	d, err := w.app.desk(w.ctx(), w.tenant, w.ws.TeamID)
	w.ok(err)
	// What a post that Slack was slow with looks like: the same row, another message.
	_, err = w.app.post(w.ctx(), d, sheet{Kind: kindCard, Channel: w.ws.ChannelID, Text: "Twice", Blocks: nil}, w.row(tk), webapi.Cards)
	w.ok(err)
	w.until("the end of the surplus message", func() bool { return w.cardsOf(tk) == 1 && len(w.slack.Calls("chat.delete")) > 0 })
	if got := w.row(tk).TS; got != card.TS {
		t.Errorf("the row points to %s, want the first message %s", got, card.TS)
	}
}

func TestTwoInstancesPostACardOnce(t *testing.T) {
	w := quietWorld(t)
	tk := w.mail("Race", "Hello?")
	other := New(Config{Pool: w.db.Service, Desk: w.desk, Queue: w.queue, Box: w.box, APIURL: w.slack.APIURL(), Suggestions: w.app.suggestions})
	defer other.Close()
	var wg sync.WaitGroup
	for _, a := range []*App{w.app, other, w.app, other} {
		wg.Go(func() { _ = a.showCard(w.ctx(), Card{w.tenant, tk.ID.UUID}) })
	}
	wg.Wait()
	if n := w.cardsOf(tk); n != 1 {
		t.Errorf("%d cards, want 1", n)
	}
}

func TestSlackOutOfOrderIsCaughtUp(t *testing.T) {
	for _, kind := range []slackserver.FaultKind{slackserver.RateLimited, slackserver.ServerError, slackserver.Hang, slackserver.DropRequest} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			remove := w.slack.Inject(slackserver.Fault{Kind: kind, Times: 3})
			defer remove()
			tk := w.mail("Outage", "first words")
			w.customerWrites(tk, "second words")
			w.reply(tk, "second words")
			if n := w.cardsOf(tk); n != 1 {
				t.Errorf("%d cards, want 1", n)
			}
			if n := len(w.slack.Thread(w.ws.ChannelID, w.card(tk).TS)); n != 3 {
				t.Errorf("%d messages in the thread, want the card and 2", n)
			}
		})
	}
}

func TestThreadKeepsTheOrderOfComments(t *testing.T) {
	w := newWorld(t)
	w.slack.Inject(slackserver.Fault{Method: "chat.postMessage", Kind: slackserver.LoseAnswer, Times: 1})
	tk := w.mail("Order", "word 0")
	w.slack.Inject(slackserver.Fault{Method: "chat.postMessage", Kind: slackserver.ServerError, Times: 2})
	for i := 1; i < 6; i++ {
		w.customerWrites(tk, fmt.Sprintf("word %d", i))
	}
	w.reply(tk, "word 5")
	var got []string
	for _, m := range w.slack.Thread(w.ws.ChannelID, w.card(tk).TS)[1:] {
		text := m.VisibleText()
		got = append(got, text[strings.Index(text, "word "):])
	}
	if s := strings.Join(got, ","); s != "word 0,word 1,word 2,word 3,word 4,word 5" {
		t.Errorf("thread reads %s", s)
	}
}

func TestBurstStaysWithinSlacksLimits(t *testing.T) {
	w := newWorld(t, func(sc *slackserver.Config, _ *Config) { sc.RateLimits = true })
	var all []tickets.Ticket
	for i := range 7 {
		all = append(all, w.mail(fmt.Sprintf("Burst %d", i), "words"))
	}
	for _, tk := range all {
		w.card(tk)
	}
	for _, c := range w.slack.Calls("chat.postMessage") {
		if c.Error == "ratelimited" {
			t.Error("Slack had to refuse a post")
		}
	}
}

func TestWrongSettingIsNotedWithItsCureAndHeals(t *testing.T) {
	w := newWorld(t)
	channel := w.ws.ChannelID
	w.in(func(tx tenant.Tx) error {
		_, err := tx.Exec(w.ctx(), `UPDATE slack_workspaces SET channel_id = 'C0GONE00000'`)
		return err
	})
	tk := w.mail("Nowhere", "Hello?")
	w.state("the error", func() bool {
		list, err := w.workspaces().List(w.ctx(), w.tenant)
		w.ok(err)
		return strings.Contains(list[0].LastError, "/invite @CustomerDesk")
	})
	w.in(func(tx tenant.Tx) error {
		_, err := tx.Exec(w.ctx(), `UPDATE slack_workspaces SET channel_id = $1`, channel)
		return err
	})
	w.card(tk)
	w.state("the end of the error", func() bool {
		list, err := w.workspaces().List(w.ctx(), w.tenant)
		w.ok(err)
		return list[0].LastError == ""
	})
}

func TestCardThatSomebodyDeletedComesBackWithTheNextChange(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("Deleted", "Hello?")
	card := w.card(tk)
	w.reply(tk, "Hello?")
	d, err := w.app.desk(w.ctx(), w.tenant, w.ws.TeamID)
	w.ok(err)
	_, _, err = d.api.DeleteMessageContext(w.ctx(), card.Channel, card.TS)
	w.ok(err)
	w.in(func(tx tenant.Tx) error {
		return w.desk.SetPriority(w.ctx(), tx, tk.ID, tickets.Urgent, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByCLI})
	})
	w.until("a new card", func() bool {
		n := 0
		for _, m := range w.slack.Messages(w.ws.ChannelID) {
			if contains(m.VisibleText(), "Deleted", "Urgent") {
				n++
			}
		}
		return n == 1
	})
}

func TestUpdateThatSlackRefusesFallsBackToPlainText(t *testing.T) {
	w := quietWorld(t)
	d, err := w.app.desk(w.ctx(), w.tenant, w.ws.TeamID)
	w.ok(err)
	s := sheet{Kind: kindNotice, Subject: uuid.UUID{15: 9}, Text: "as it was", Blocks: []slackapi.Block{draw.Literal("as it was")}}
	ts, err := w.app.show(w.ctx(), d, s, message{}, webapi.Threads)
	w.ok(err)
	have := func() (m message) {
		w.in(func(tx tenant.Tx) (err error) {
			m, _, err = messageOf(w.ctx(), tx, w.ws.TeamID, kindNotice, s.Subject)
			return err
		})
		return m
	}
	s.Text, s.Blocks = "as it is", []slackapi.Block{draw.Literal("as it is"), slackapi.NewContextBlock("")}
	for range 2 { // the second time there is nothing to do
		_, err = w.app.show(w.ctx(), d, s, have(), webapi.Threads)
		w.ok(err)
	}
	if m, _ := w.slack.Message(w.ws.ChannelID, ts); m.VisibleText() != "as it is" {
		t.Errorf("message reads %q", m.VisibleText())
	}
	if n := len(w.slack.Calls("chat.update")); n != 2 {
		t.Errorf("%d updates, want one that was refused and one in few words", n)
	}
}

func TestFallbackWaitsItsTurnAndIsNotRefusedAgain(t *testing.T) {
	w := quietWorld(t)
	d, err := w.app.desk(w.ctx(), w.tenant, w.ws.TeamID)
	w.ok(err)
	s := sheet{Kind: kindNotice, Subject: uuid.UUID{15: 9}, Text: "in few words", Blocks: []slackapi.Block{slackapi.NewContextBlock("")}}
	b := webapi.Posting(d.TeamID, d.ChannelID)
	now := time.Now()
	w.app.pace = webapi.NewPace(func() time.Time { return now })
	for range 1000 { // whoever comes next waits long
		w.app.pace.Take(b, webapi.Cards)
	}
	now = now.Add(1500 * time.Millisecond) // what is left is enough for one call
	_, err = w.app.show(w.ctx(), d, s, message{}, webapi.Cards)
	var later *laterError
	if !errors.As(err, &later) || len(w.slack.Calls("chat.postMessage")) != 1 {
		t.Fatalf("%d calls, %v; want one that was refused", len(w.slack.Calls("chat.postMessage")), err)
	}
	w.app.pace = webapi.NewPace(time.Now)
	_, err = w.app.show(w.ctx(), d, s, message{}, webapi.Cards)
	w.ok(err)
	if n := len(w.slack.Calls("chat.postMessage")); n != 2 || len(w.slack.Messages(w.ws.ChannelID)) != 1 {
		t.Errorf("%d calls, %d messages; want 2 calls and one message", n, len(w.slack.Messages(w.ws.ChannelID)))
	}
}

func TestItemThatSlackRefusesDoesNotHoldUpLaterOnes(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("Order", "word 0")
	w.reply(tk, "word 0")
	w.stop()
	w.customerWrites(tk, "word 1")
	w.customerWrites(tk, "word 2")
	w.app.http.Transport = refusing{w.app.http.Transport, "word 1"}
	err := w.app.showThread(w.ctx(), Thread{w.tenant, tk.ID.UUID})
	var no *refusedError
	if !errors.As(err, &no) {
		t.Errorf("the refusal is not told: %v", err)
	}
	w.reply(tk, "word 2")
	if n := len(w.slack.Thread(w.ws.ChannelID, w.card(tk).TS)); n != 3 {
		t.Errorf("%d messages in the thread, want the card and 2", n)
	}
}

// refusing answers posts with a word in them as Slack does what it never takes.
type refusing struct {
	http.RoundTripper
	word string
}

func (r refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil && strings.HasSuffix(req.URL.Path, "chat.postMessage") {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		if text, _ := url.QueryUnescape(string(body)); strings.Contains(text, r.word) {
			return &http.Response{StatusCode: 200, Request: req, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"ok":false,"error":"msg_too_long"}`))}, nil
		}
	}
	return r.RoundTripper.RoundTrip(req)
}

func TestLostAnswerIsLookedForWhereThePostWasMade(t *testing.T) {
	w := quietWorld(t, func(sc *slackserver.Config, _ *Config) {
		sc.Teams[0].Channels[1].Members = append(sc.Teams[0].Channels[1].Members, slackserver.DemoBotUser)
	})
	w.app.grace = 0
	tk := w.mail("Moved", "Hello?")
	w.slack.Inject(slackserver.Fault{Method: "chat.postMessage", Kind: slackserver.LoseAnswer, Times: 1})
	var later *laterError
	if err := w.app.showCard(w.ctx(), Card{w.tenant, tk.ID.UUID}); !errors.As(err, &later) {
		t.Fatalf("the answer was not lost: %v", err)
	}
	_, err := w.workspaces().Connect(w.ctx(), w.tenant, workspace.Credentials{BotToken: slackserver.DemoBotToken, AppToken: slackserver.DemoAppToken, Channel: "#general"})
	w.ok(err)
	w.app.pace = webapi.NewPace(time.Now)
	w.ok(w.app.showCard(w.ctx(), Card{w.tenant, tk.ID.UUID}))
	if n, m := w.cardsOf(tk), len(w.slack.Messages(slackserver.DemoGeneral)); n != 1 || m != 0 || w.row(tk).ChannelID != w.ws.ChannelID {
		t.Errorf("%d cards in the old channel, %d messages in the new one, the row says %s", n, m, w.row(tk).ChannelID)
	}
	// What was never posted goes to the new channel, and is looked for there.
	second := w.mail("Second", "Hello?")
	w.slack.Inject(slackserver.Fault{Method: "chat.postMessage", Kind: slackserver.DropRequest, Times: 1})
	for w.row(second).TS == "" {
		w.app.pace = webapi.NewPace(time.Now)
		if err := w.app.showCard(w.ctx(), Card{w.tenant, second.ID.UUID}); err != nil && !errors.As(err, &later) {
			t.Fatal(err)
		}
	}
	if w.row(second).ChannelID != slackserver.DemoGeneral || len(w.slack.Messages(slackserver.DemoGeneral)) != 1 {
		t.Errorf("the second card is in %s", w.row(second).ChannelID)
	}
}
