package slack

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
	"github.com/customerdesk/customerdesk/tickets"
)

const (
	maya  = slackserver.DemoMaya
	jonas = slackserver.DemoJonas
	priya = slackserver.DemoPriya
	oskar = slackserver.DemoOskar
)

// article publishes what a suggestion can cite.
func (w *world) article() {
	w.Helper()
	lib := kb.New(time.Now)
	w.in(func(tx tenant.Tx) error {
		a, err := lib.Add(w.ctx(), tx, kb.Document{Title: "Reset your password", Content: "# Reset your password\n\n" +
			"Open the sign-in page and choose Forgot password. We send a link to your mail address. The link to reset the password works for one hour.\n"})
		if err != nil {
			return err
		}
		_, err = lib.Publish(w.ctx(), tx, a.ID)
		return err
	})
}

// suggested opens a ticket whose suggestion is in the thread.
func (w *world) suggested() (tickets.Ticket, slackserver.Message) {
	w.Helper()
	w.article()
	w.listener.writes = true
	tk := w.mail("Password", "Hello, how can I reset my password? The link does not work.")
	m := w.reply(tk, "Suggested reply", "Forgot password")
	return tk, m
}

// answers are the public comments of members.
func (w *world) answers(t tickets.Ticket) (list []tickets.Comment) {
	for _, c := range w.comments(t) {
		if c.AuthorKind == tickets.ByMember && c.Kind == tickets.Public {
			list = append(list, c)
		}
	}
	return list
}

func TestSuggestionShowsSourcesAndIsApprovedOnce(t *testing.T) {
	w := newWorld(t)
	tk, m := w.suggested()
	if got := m.VisibleText(); !contains(got, "by builtin", "Reset your password", "Approve & send", "confidence") {
		t.Errorf("suggestion reads %q", got)
	}
	w.ok(w.slack.As(jonas).Press(w.ctx(), m.Channel, m.TS, draw.ActApprove))
	w.until("the decision", func() bool {
		now, _ := w.slack.Message(m.Channel, m.TS)
		return contains(now.VisibleText(), "Approved by *Jonas Brekke*") && len(now.Actions()) == 0
	})
	w.reply(tk, "Jonas Brekke", "answered the customer")
	list := w.answers(tk)
	if len(list) != 1 || list[0].Via != tickets.BySlack || list[0].Author.ID != w.jonas.Person.ID {
		t.Fatalf("answers %+v", list)
	}
	if got := w.ticket(tk).Status; got != tickets.InProgress {
		t.Errorf("status %s", got)
	}
}

func TestTwoWhoApproveAtOnceSendOnce(t *testing.T) {
	w := newWorld(t)
	tk, m := w.suggested()
	var wg sync.WaitGroup
	for _, user := range []string{maya, jonas, maya, jonas} {
		wg.Go(func() {
			// A button may be gone by the time of the press.
			if err := w.slack.As(user).Press(w.ctx(), m.Channel, m.TS, draw.ActApprove); err != nil {
				t.Log(err)
			}
		})
	}
	wg.Wait()
	w.state("the answer", func() bool { return len(w.answers(tk)) == 1 })
	w.until("a word to those who were late", func() bool {
		n := 0
		for _, user := range []string{maya, jonas} {
			for _, e := range w.slack.Ephemerals(user) {
				if contains(e.VisibleText(), "Nothing was changed", "sent this suggestion already") {
					n++
				}
			}
		}
		return n == 3
	})
	if n := len(w.answers(tk)); n != 1 {
		t.Errorf("%d answers, want 1", n)
	}
}

func TestEditedSuggestionIsSentAsEdited(t *testing.T) {
	w := newWorld(t)
	tk, m := w.suggested()
	w.ok(w.slack.As(maya).Press(w.ctx(), m.Channel, m.TS, draw.ActEdit))
	v := w.modal(maya)
	wrong, err := w.slack.As(maya).Submit(w.ctx(), v.ID, map[string]any{"text0": "   "})
	w.ok(err)
	if !contains(wrong["text0"], "Please write something") {
		t.Errorf("errors for an empty text: %v", wrong)
	}
	wrong, err = w.slack.As(maya).Submit(w.ctx(), v.ID, map[string]any{"text0": "Use <Forgot password> & wait."})
	w.ok(err)
	if wrong != nil {
		t.Fatalf("errors %v", wrong)
	}
	list := w.answers(tk)
	if len(list) != 1 || list[0].Text != "Use <Forgot password> & wait." {
		t.Fatalf("answers %+v", list)
	}
	w.until("the decision", func() bool {
		now, _ := w.slack.Message(m.Channel, m.TS)
		return contains(now.VisibleText(), "Approved by *Maya Okafor*")
	})
}

func TestDiscardedSuggestionSaysByWhom(t *testing.T) {
	w := newWorld(t)
	tk, m := w.suggested()
	w.ok(w.slack.As(jonas).Press(w.ctx(), m.Channel, m.TS, draw.ActDiscard))
	w.until("the decision", func() bool {
		now, _ := w.slack.Message(m.Channel, m.TS)
		return contains(now.VisibleText(), "Discarded by *Jonas Brekke*") && len(now.Actions()) == 0
	})
	if len(w.answers(tk)) != 0 {
		t.Error("something was sent")
	}
}

func TestSuggestionGoesOutOfDateWhenTheCustomerWritesAgain(t *testing.T) {
	w := newWorld(t)
	tk, m := w.suggested()
	w.customerWrites(tk, "It works now: I reset my password with the link, thank you.")
	w.until("the stale mark", func() bool {
		now, _ := w.slack.Message(m.Channel, m.TS)
		return contains(now.VisibleText(), "Out of date") && len(now.Actions()) == 0
	})
}

func TestMenusAndAssignmentChangeTicketAndCard(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("Menus", "Hello")
	card := w.card(tk)
	as := w.slack.As(maya)
	w.ok(as.Press(w.ctx(), card.Channel, card.TS, draw.ActAssign))
	w.until("the assignee", func() bool {
		m, _ := w.slack.Message(card.Channel, card.TS)
		return contains(m.VisibleText(), "assigned to *Maya Okafor*", "*In progress*")
	})
	w.ok(as.Select(w.ctx(), card.Channel, card.TS, draw.ActPriority, "urgent"))
	w.ok(as.Select(w.ctx(), card.Channel, card.TS, draw.ActStatus, "resolved"))
	w.until("status and priority", func() bool {
		m, _ := w.slack.Message(card.Channel, card.TS)
		return contains(m.VisibleText(), "*Resolved*", "Urgent priority")
	})
	now := w.ticket(tk)
	if now.Status != tickets.Resolved || now.Priority != tickets.Urgent || now.AssigneeID == nil || *now.AssigneeID != w.maya.ID {
		t.Errorf("ticket %+v", now)
	}
	w.in(func(tx tenant.Tx) error {
		events, err := tickets.Events(w.ctx(), tx, tk.ID)
		for _, e := range events[1:] {
			if e.Actor.Via != tickets.BySlack || e.Actor.User != w.maya.Person.ID {
				t.Errorf("event %+v", e)
			}
		}
		return err
	})
}

func TestReplyIsSentAndNoteIsKept(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("Reply", "Hello")
	card := w.card(tk)
	as := w.slack.As(jonas)
	for _, kind := range []string{draw.KindPublic, draw.KindInternal} {
		w.ok(as.Press(w.ctx(), card.Channel, card.TS, draw.ActReply))
		v := w.modal(jonas)
		wrong, err := as.Submit(w.ctx(), v.ID, map[string]any{draw.InputText: "words " + kind, draw.InputKind: kind})
		w.ok(err)
		if wrong != nil {
			t.Fatalf("errors %v", wrong)
		}
		w.until("the end of the modal", func() bool { return len(w.slack.Views(jonas)) == 0 })
	}
	w.reply(tk, "answered the customer", "words public")
	w.reply(tk, "noted (internal)", "words internal")
	list := w.comments(tk)
	if len(list) != 3 || list[1].Kind != tickets.Public || list[2].Kind != tickets.Internal {
		t.Fatalf("comments %+v", list)
	}
}

func TestMessageInTheThreadBecomesANoteAndIsNeverSent(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("Note", "Hello")
	card := w.card(tk)
	w.state("the card's ts", func() bool { return w.row(tk).TS != "" })
	ts, err := w.slack.As(priya).Say(card.Channel, card.TS, "I know this one: see https://wiki.example/a?b=1&c=2 <!here>")
	w.ok(err)
	w.until("the mark", func() bool {
		m, _ := w.slack.Message(card.Channel, ts)
		return len(m.Reactions) == 1 && m.Reactions[0].Name == noteMark
	})
	for _, d := range w.slack.Deliveries() {
		w.slack.Redeliver(d.EventID)
	}
	w.until("redelivered events", func() bool { return w.slack.Pending() == 0 })
	list := w.comments(tk)
	if len(list) != 2 || list[1].Kind != tickets.Internal || list[1].Text != "I know this one: see https://wiki.example/a?b=1&c=2 @here" {
		t.Fatalf("comments %+v", list)
	}
	w.reply(tk, "Hello")
	for _, m := range w.slack.Thread(card.Channel, card.TS) {
		if m.BotID != "" && contains(m.VisibleText(), "I know this one") {
			t.Error("the note was posted again")
		}
	}
}

func TestOutsiderIsToldWhyNothingHappened(t *testing.T) {
	w := newWorld(t)
	tk, m := w.suggested()
	card := w.card(tk)
	as := w.slack.As(oskar)
	w.ok(as.Press(w.ctx(), m.Channel, m.TS, draw.ActApprove))
	w.whispered(oskar, "oskar@northwind.example is no support member", "customerdesk member add")
	w.ok(as.Press(w.ctx(), card.Channel, card.TS, draw.ActAssign))
	w.ok(as.Select(w.ctx(), card.Channel, card.TS, draw.ActStatus, "resolved"))
	w.ok(as.Press(w.ctx(), card.Channel, card.TS, draw.ActReply))
	_, err := as.Say(card.Channel, card.TS, "let me in")
	w.ok(err)
	w.whispered(oskar, "What you wrote in this thread is not on the ticket")
	w.until("a word for each act", func() bool { return len(w.slack.Ephemerals(oskar)) == 5 })
	if len(w.slack.Views(oskar)) != 0 {
		t.Error("a modal was opened")
	}
	if now := w.ticket(tk); now.Status != tickets.Open || now.AssigneeID != nil || len(w.comments(tk)) != 1 {
		t.Errorf("ticket changed: %+v", now)
	}
}

func TestLightMemberNotesButDoesNotAnswer(t *testing.T) {
	w := newWorld(t)
	tk, m := w.suggested()
	card := w.card(tk)
	as := w.slack.As(priya)
	w.ok(as.Press(w.ctx(), m.Channel, m.TS, draw.ActApprove))
	w.whispered(priya, "with the role light you cannot", "admin and agent can")
	w.ok(as.Press(w.ctx(), card.Channel, card.TS, draw.ActReply))
	v := w.modal(priya)
	if _, err := as.Submit(w.ctx(), v.ID, map[string]any{draw.InputText: "x", draw.InputKind: draw.KindPublic}); err == nil {
		t.Error("the modal offers to send")
	}
	_, err := as.Submit(w.ctx(), v.ID, map[string]any{draw.InputText: "an expert's note"})
	w.ok(err)
	if list := w.comments(tk); len(list) != 2 || list[1].Kind != tickets.Internal {
		t.Errorf("comments %+v", list)
	}
}

func TestClosedTicketSaysSoInTheModal(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("Closed", "Hello")
	card := w.card(tk)
	as := w.slack.As(maya)
	w.ok(as.Press(w.ctx(), card.Channel, card.TS, draw.ActReply))
	v := w.modal(maya)
	w.in(func(tx tenant.Tx) error {
		return w.desk.SetStatus(w.ctx(), tx, tk.ID, tickets.Closed, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByCLI})
	})
	wrong, err := as.Submit(w.ctx(), v.ID, map[string]any{draw.InputText: "too late"})
	w.ok(err)
	if !contains(wrong[draw.InputText], "the ticket is closed") {
		t.Errorf("errors %v", wrong)
	}
	w.until("a card without controls", func() bool {
		m, _ := w.slack.Message(card.Channel, card.TS)
		return contains(m.VisibleText(), "Closed for good") && len(m.Actions()) == 0
	})
}

func TestLongCommentIsFoldedAndShownInFull(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("Long", strings.Repeat("A long story. ", 800)+"THE END")
	m := w.reply(tk, "A long story.", "Show all")
	if contains(m.VisibleText(), "THE END") {
		t.Error("the comment is not folded")
	}
	w.ok(w.slack.As(priya).Press(w.ctx(), m.Channel, m.TS, draw.ActShowAll))
	v := w.modal(priya)
	if !contains(v.VisibleText(), "THE END") {
		t.Error("the modal lacks the end")
	}
}

func TestHomeShowsMyTicketsAndTheUnassigned(t *testing.T) {
	w := newWorld(t)
	mine, free := w.mail("Mine", "a"), w.mail("Free | <b>", "b")
	card := w.card(mine)
	w.card(free)
	w.ok(w.slack.As(maya).Press(w.ctx(), card.Channel, card.TS, draw.ActAssign))
	w.state("the assignment", func() bool { return w.ticket(mine).AssigneeID != nil && w.row(free).TS != "" })
	w.ok(w.slack.As(maya).OpenHome(slackserver.DemoApp))
	w.until("the Home tab", func() bool {
		v, ok := w.slack.Home(maya, slackserver.DemoApp)
		return ok && contains(v.VisibleText(), "Hello Maya Okafor", "Your tickets (1)", "#1  Mine", "Unassigned (1)", "https://northwind.slack.com/archives/", "Free ¦ &lt;b&gt;")
	})
	w.ok(w.slack.As(oskar).OpenHome(slackserver.DemoApp))
	w.until("the outsider's Home tab", func() bool {
		v, ok := w.slack.Home(oskar, slackserver.DemoApp)
		return ok && contains(v.VisibleText(), "no support member") && !contains(v.VisibleText(), "Mine")
	})
}

func TestHostileTextNeitherPingsNorLinks(t *testing.T) {
	w := newWorld(t)
	evil := "<!channel> <!here|x> <@U01MAYAOKAF> <https://evil.example|Sign in> @here *bold* &lt;!everyone&gt;"
	tk := w.mailFrom(w.tenant, evil, "eve@evil.example", evil, evil)
	w.until("card and comment", func() bool { return len(w.slack.AllMessages(w.ws.ChannelID)) == 2 })
	for _, m := range w.slack.AllMessages(w.ws.ChannelID) {
		if p := m.Pings(); len(p) > 0 {
			t.Errorf("%q pings %v", m.VisibleText(), p)
		}
		if contains(m.Text, "<http") || m.UnfurlLinks {
			t.Errorf("a link: %q", m.Text)
		}
	}
	_ = tk
}

func TestForgedIdsOfAnotherTenantFindNothing(t *testing.T) {
	w := newWorld(t, func(sc *slackserver.Config, _ *Config) { otherWorkspace(sc) })
	other, _ := w.newTenant("other", "xoxb-other", "xapp-1-A0OTHER0000-other")
	foreign := w.mailFrom(other, "Bob", "bob@other.example", "Secret of the other", "Secret words")
	tk := w.mail("Mine", "Hello")
	card := w.card(tk)
	d, err := w.app.desk(w.ctx(), w.tenant, w.ws.TeamID)
	w.ok(err)
	who, err := w.app.who(w.ctx(), d, maya)
	w.ok(err)
	for name, try := range map[string]func() error{
		"status": func() error {
			return w.app.change(w.ctx(), d, who, pressOn(card, draw.ActStatus, draw.TicketBlock(foreign.ID), "", "resolved"))
		},
		"assign": func() error {
			return w.app.change(w.ctx(), d, who, pressOn(card, draw.ActAssign, draw.TicketBlock(foreign.ID), "", ""))
		},
		"approve": func() error {
			return w.app.decide(w.ctx(), d, who, pressOn(card, draw.ActApprove, "", uuid.NewString(), ""))
		},
		"reply": func() error {
			return w.app.openReply(w.ctx(), d, who, pressOn(card, draw.ActReply, draw.TicketBlock(foreign.ID), "", ""))
		},
		"read": func() error {
			c := tenantComments(w, other, foreign)[0]
			return w.app.showAll(w.ctx(), d, who, pressOn(card, draw.ActShowAll, "", c.ID.String(), ""))
		},
	} {
		if text, ok := say(try()); !ok || !contains(text, "no longer there") {
			t.Errorf("%s: %q", name, text)
		}
	}
	od, err := w.app.desk(w.ctx(), other, "T0OTHER0000")
	w.ok(err)
	if _, err := w.app.unseal(d, w.app.seal(od, formState{Ticket: foreign.ID.UUID})); err == nil {
		t.Error("a state sealed for another tenant was taken")
	}
}
