package slack

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// secondWorkspace is a workspace with the same app as the first, and with members of its own.
const (
	secondTeam    = "T0SECOND000"
	secondChannel = "C0SECOND000"
	secondToken   = "xoxb-second"
	secondUser    = "U0SECONDMAY"
)

func secondWorkspace(sc *slackserver.Config, _ *Config) {
	sc.Teams = append(sc.Teams, slackserver.Team{ID: secondTeam, Name: "Northwind Field", Domain: "northwind-field",
		Users:    []slackserver.User{{ID: secondUser, Name: "maya", RealName: "Maya Okafor", Email: "maya@northwind.example"}},
		Channels: []slackserver.Channel{{ID: secondChannel, Name: "field", Members: []string{secondUser}}}})
	sc.Apps[0].Installs = append(sc.Apps[0].Installs, slackserver.Install{TeamID: secondTeam, BotUserID: "U0SECONDBOT", BotID: "B0SECOND000",
		BotToken: secondToken, Scopes: sc.Apps[0].Installs[0].Scopes, Installer: secondUser})
}

func moreChannels(sc *slackserver.Config, _ *Config) {
	for _, name := range []string{"second", "third", "urgent", "billing"} {
		sc.Teams[0].Channels = append(sc.Teams[0].Channels, slackserver.Channel{ID: "C0" + name, Name: name})
	}
}

func (w *world) addChannel(n workspace.Assignment) workspace.Rule {
	w.Helper()
	r, err := w.workspaces().AddChannel(w.ctx(), w.tenant, n)
	w.ok(err)
	return r
}

func (w *world) addMailbox(address string) uuid.UUID {
	w.Helper()
	id := tenant.NewID()
	w.in(func(tx tenant.Tx) error {
		_, err := tx.Exec(w.ctx(), `INSERT INTO mailboxes (tenant_id, id, address, address_key, imap_url, smtp_url, credentials, since) VALUES ($1, $2, $3, $3, $4, $4, $4::text::bytea, now())`, w.tenant, id, address, "")
		return err
	})
	return id
}

// open opens a ticket that came by a mailbox, or by none.
func (w *world) open(title string, p tickets.Priority, mailbox *uuid.UUID) (t tickets.Ticket) {
	w.Helper()
	w.in(func(tx tenant.Tx) error {
		e, err := tickets.EnsureEmployee(w.ctx(), tx, "Ada Lovelace", "ada@analytical.example")
		if err != nil {
			return err
		}
		t, _, err = w.desk.Open(w.ctx(), tx, tickets.NewTicket{Title: title, Priority: p, Requester: e, Mailbox: mailbox, First: tickets.NewComment{
			Author: tickets.Actor{Kind: tickets.ByCustomer, User: e.Person.ID, Via: tickets.ByEmail}, Text: "words", MessageID: uuid.NewString() + "@example"}})
		return err
	})
	return t
}

// channelOf waits for the card of a ticket and returns its channel.
func (w *world) channelOf(t tickets.Ticket) string {
	w.Helper()
	var at string
	w.state("the card of "+t.Title, func() bool {
		w.in(func(tx tenant.Tx) error {
			m, _, err := cardOf(w.ctx(), tx, t.ID.UUID)
			at = m.ChannelID
			if m.TS == "" {
				at = ""
			}
			return err
		})
		return at != ""
	})
	return at
}

func TestTicketsAppearWhereTheRulesSay(t *testing.T) {
	w := newWorld(t, moreChannels)
	bills, hello := w.addMailbox("billing@northwind.example"), w.addMailbox("hello@northwind.example")
	w.addChannel(workspace.Assignment{Channel: "#billing", Mailbox: &bills})
	w.addChannel(workspace.Assignment{Channel: "#urgent", Priority: "urgent"})
	w.addChannel(workspace.Assignment{Channel: "third", Mailbox: &bills, Priority: "urgent"})
	for name, c := range map[string]struct {
		priority tickets.Priority
		mailbox  *uuid.UUID
		want     string
	}{
		"no rule":                   {tickets.Medium, nil, slackserver.DemoChannel},
		"another mailbox":           {tickets.Medium, &hello, slackserver.DemoChannel},
		"priority":                  {tickets.Urgent, &hello, "C0urgent"},
		"mailbox":                   {tickets.Low, &bills, "C0billing"},
		"mailbox and priority":      {tickets.Urgent, &bills, "C0third"},
		"mailbox before a priority": {tickets.High, &bills, "C0billing"},
	} {
		if got := w.channelOf(w.open(name, c.priority, c.mailbox)); got != c.want {
			t.Errorf("%s: in %s, want %s", name, got, c.want)
		}
	}
}

func TestChannelsForAnyTicketTakeTurnsAndCardsStay(t *testing.T) {
	w := newWorld(t, moreChannels)
	w.addChannel(workspace.Assignment{Channel: "second"})
	w.addChannel(workspace.Assignment{Channel: "third"})
	count := map[string]int{}
	var all []tickets.Ticket
	for range 9 {
		tk := w.mail("Turn "+uuid.NewString(), "Hello")
		all = append(all, tk)
		count[w.channelOf(tk)]++
	}
	for _, ch := range []string{slackserver.DemoChannel, "C0second", "C0third"} {
		if count[ch] != 3 {
			t.Errorf("%d cards in %s, want 3: %v", count[ch], ch, count)
		}
	}
	first := w.channelOf(all[0])
	_, err := w.workspaces().RemoveChannel(w.ctx(), w.tenant, workspace.Assignment{Channel: first})
	w.ok(err)
	w.customerWrites(all[0], "still there?")
	w.until("the comment below the card where it was", func() bool {
		return slices.ContainsFunc(w.slack.AllMessages(first), func(m slackserver.Message) bool { return contains(m.VisibleText(), "still there?") })
	})
	for range 4 {
		if at := w.channelOf(w.mail("After "+uuid.NewString(), "Hello")); at == first {
			t.Errorf("a new ticket in %s, which was taken out", at)
		}
	}
	for _, ch := range []string{"#second", "third"} {
		_, err = w.workspaces().RemoveChannel(w.ctx(), w.tenant, workspace.Assignment{Channel: ch})
	}
	if first != "C0third" && (err == nil || !contains(err.Error(), "add another one first")) {
		t.Errorf("the last channel: %v", err)
	}
	if _, err := w.workspaces().RemoveChannel(w.ctx(), w.tenant, workspace.Assignment{Channel: "general"}); !errors.Is(err, workspace.ErrNoRule) {
		t.Errorf("a channel without tickets: %v", err)
	}
}

func TestTicketsBelongToOneOfSeveralWorkspaces(t *testing.T) {
	w := newWorld(t, secondWorkspace)
	second, err := w.workspaces().Connect(w.ctx(), w.tenant, workspace.Credentials{BotToken: secondToken, AppToken: slackserver.DemoAppToken, Channel: "field"})
	w.ok(err)
	usual := w.mail("As usual", "Hello")
	if at := w.channelOf(usual); at != slackserver.DemoChannel {
		t.Errorf("in %s, want the first workspace's channel", at)
	}
	w.addChannel(workspace.Assignment{Team: "northwind-field", Channel: "field", Priority: "high"})
	there := w.open("In the field", tickets.High, nil)
	if at := w.channelOf(there); at != secondChannel {
		t.Fatalf("in %s, want the second workspace's channel", at)
	}
	if n := len(w.slack.Messages(secondChannel)); n != 1 {
		t.Errorf("%d messages in the second workspace, want one card", n)
	}
	card := w.slack.Messages(secondChannel)[0]
	w.ok(w.slack.As(secondUser).Press(w.ctx(), secondChannel, card.TS, "ticket.assign"))
	w.state("the assignment by a member of the second workspace", func() bool { return w.ticket(there).AssigneeID != nil })
	_, err = w.slack.As(secondUser).Say(secondChannel, card.TS, "seen on the road")
	w.ok(err)
	w.state("the note", func() bool { return len(w.comments(there)) == 2 })

	if _, err := w.workspaces().Disconnect(w.ctx(), w.tenant, ""); err == nil || !contains(err.Error(), "Northwind Field", second.TeamID) {
		t.Errorf("which of two: %v", err)
	}
	gone, err := w.workspaces().Disconnect(w.ctx(), w.tenant, "northwind field")
	if err != nil || gone.TeamID != secondTeam {
		t.Fatalf("disconnected %+v, %v", gone, err)
	}
	w.until("the card in the workspace that is left", func() bool { return w.cardsOf(there) == 1 })
}

func TestDisconnectedFirstWorkspaceLeavesTheSecond(t *testing.T) {
	w := newWorld(t, secondWorkspace)
	_, err := w.workspaces().Connect(w.ctx(), w.tenant, workspace.Credentials{BotToken: secondToken, AppToken: slackserver.DemoAppToken, Channel: "field"})
	w.ok(err)
	_, err = w.workspaces().Disconnect(w.ctx(), w.tenant, slackserver.DemoTeam)
	w.ok(err)
	if at := w.channelOf(w.mail("Now there", "Hello")); at != secondChannel {
		t.Errorf("in %s, want the second workspace's channel", at)
	}
}

// Rules and turns of a tenant, read and written as another one.
func TestChannelRulesStayWithinTheTenant(t *testing.T) {
	w := quietWorld(t, moreChannels, func(sc *slackserver.Config, _ *Config) { otherWorkspace(sc) })
	bills := w.addMailbox("billing@northwind.example")
	rule := w.addChannel(workspace.Assignment{Channel: "billing", Mailbox: &bills})
	w.addChannel(workspace.Assignment{Channel: "second"})
	w.ok(w.app.showCard(w.ctx(), Card{w.tenant, w.mail("Ours", "words").ID.UUID}))
	other, _ := w.newTenant("other", "xoxb-other", "xapp-1-A0OTHER0000-other")
	err := tenant.In(w.ctx(), w.db.Service, other, func(tx tenant.Tx) error {
		rules, err := workspace.Rules(w.ctx(), tx)
		if err != nil || len(rules) > 0 {
			t.Errorf("rules %+v, %v", rules, err)
		}
		if err := rule.Remove(w.ctx(), tx); !errors.Is(err, workspace.ErrNoRule) {
			t.Errorf("remove: %v", err)
		}
		if err := workspace.SetChannel(w.ctx(), tx, w.ws.TeamID, "C0FORGED000", "forged"); !errors.Is(err, workspace.ErrNotConnected) {
			t.Errorf("choose a channel: %v", err)
		}
		if changed, err := workspace.SetUninstalled(w.ctx(), tx, w.ws.TeamID, time.Now().Add(time.Hour)); changed || err != nil {
			t.Errorf("uninstall: %v, %v", changed, err)
		}
		if err := errors.Join(workspace.SetScopes(w.ctx(), tx, w.ws.TeamID, []string{"forged"}), workspace.CaughtUp(w.ctx(), tx, w.ws.TeamID)); err != nil {
			t.Error(err)
		}
		var turns int
		if err := tx.QueryRow(w.ctx(), `SELECT count(*) FROM slack_turns`).Scan(&turns); err != nil || turns > 0 {
			t.Errorf("%d turns, %v", turns, err)
		}
		rule.TeamID = w.ws.TeamID
		return nil
	})
	w.ok(err)
	err = tenant.In(w.ctx(), w.db.Service, other, func(tx tenant.Tx) error { return rule.Add(w.ctx(), tx) })
	if err == nil {
		t.Error("a rule for another tenant's workspace and mailbox was written")
	}
	list, err := w.workspaces().Rules(w.ctx(), w.tenant)
	if err != nil || len(list) != 2 || list[0].Address != "billing@northwind.example" {
		t.Errorf("rules %+v, %v", list, err)
	}
	if now := must(w.workspaces().List(w.ctx(), w.tenant))[0]; now.ChannelID != w.ws.ChannelID || !now.Works() || slices.Contains(now.Scopes, "forged") {
		t.Errorf("the workspace became %+v", now)
	}
}
