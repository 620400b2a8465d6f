package slack

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	slackapi "github.com/slack-go/slack"

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
	d, err := w.app.desk(w.ctx(), w.tenant)
	w.ok(err)
	s := sheet{Kind: kindCard, Subject: tk.ID.UUID, Ticket: &tk.ID.UUID, Channel: w.ws.ChannelID}
	s.Blocks, s.Text = card(cardView{Ticket: tk, Via: tickets.ByEmail})
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
	d, err := w.app.desk(w.ctx(), w.tenant)
	w.ok(err)
	s := sheet{Kind: kindNotice, Subject: fixed(9), Text: "in few words", Blocks: []slackapi.Block{literal("a"), slackapi.NewContextBlock("")}}
	ts, err := w.app.show(w.ctx(), d, s, message{}, thread)
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
	d, err := w.app.desk(w.ctx(), w.tenant)
	w.ok(err)
	// What a post that Slack was slow with looks like: the same row, another message.
	_, err = w.app.post(w.ctx(), d, sheet{Kind: kindCard, Channel: w.ws.ChannelID, Text: "Twice", Blocks: nil}, w.row(tk), cards)
	w.ok(err)
	w.until("the end of the surplus message", func() bool { return w.cardsOf(tk) == 1 && len(w.slack.Calls("chat.delete")) == 1 })
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
	d, err := w.app.desk(w.ctx(), w.tenant)
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
