package slack

import (
	"testing"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestAnOfferedMergeIsDoneByItsButtonAndBothCardsShowIt(t *testing.T) {
	w := newWorld(t)
	w.listener.writes = true
	first, second := w.mail("Printer on fire", "It burns."), w.mail("Smoke everywhere", "It still burns.")
	w.in(func(tx tenant.Tx) error {
		for range 2 {
			if err := w.desk.OfferMerge(w.ctx(), tx, second.ID, first.ID, first.Number); err != nil {
				return err
			}
		}
		return nil
	})
	m := w.reply(second, "One matter or two?", "This may belong to #1", "Merge into #1", "Keep apart")
	w.ok(w.slack.As(jonas).Press(w.ctx(), m.Channel, m.TS, draw.ActApprove))
	w.until("the decision", func() bool {
		now, _ := w.slack.Message(m.Channel, m.TS)
		return contains(now.VisibleText(), "Merged by *Jonas Brekke*") && len(now.Actions()) == 0
	})
	w.until("the card of the merged ticket", func() bool { return contains(w.card(second).VisibleText(), "Merged into *#1*") })
	w.reply(first, "It still burns.")
	if now := w.ticket(second); now.MergedInto == nil || *now.MergedInto != 1 {
		t.Errorf("ticket %+v", now)
	}
	w.in(func(tx tenant.Tx) error {
		return w.desk.Unmerge(w.ctx(), tx, second.ID, tickets.Actor{Kind: tickets.ByMember, Via: tickets.ByCLI})
	})
	w.until("the card of the ticket on its own", func() bool { return !contains(w.card(second).VisibleText(), "Merged into") })
}

func TestAnOfferedMergeIsRefusedByItsOtherButton(t *testing.T) {
	w := newWorld(t)
	w.listener.writes = true
	first, second := w.mail("Printer on fire", "It burns."), w.mail("Smoke everywhere", "It still burns.")
	w.in(func(tx tenant.Tx) error { return w.desk.OfferMerge(w.ctx(), tx, second.ID, first.ID, first.Number) })
	m := w.reply(second, "One matter or two?")
	w.ok(w.slack.As(jonas).Press(w.ctx(), m.Channel, m.TS, draw.ActDiscard))
	w.until("the decision", func() bool {
		now, _ := w.slack.Message(m.Channel, m.TS)
		return contains(now.VisibleText(), "Kept apart by *Jonas Brekke*") && len(now.Actions()) == 0
	})
	if now := w.ticket(second); now.MergedInto != nil {
		t.Errorf("ticket %+v", now)
	}
}

func TestACommentOfSomebodyNewIsMarked(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("Printer on fire", "It burns.")
	w.in(func(tx tenant.Tx) error {
		e, err := tickets.EnsureEmployee(w.ctx(), tx, "Eve", "eve@elsewhere.example")
		if err != nil {
			return err
		}
		by := tickets.Actor{Kind: tickets.ByCustomer, User: e.Person.ID, Via: tickets.ByEmail}
		c, err := w.desk.Comment(w.ctx(), tx, tickets.NewComment{Ticket: tk.ID, Kind: tickets.Public, Text: "Mine too.", Author: by})
		if err != nil {
			return err
		}
		return w.desk.Admit(w.ctx(), tx, tk.ID, tickets.Participant{Email: "eve@elsewhere.example"}, c.ID, by)
	})
	w.reply(tk, "Mine too.", "Somebody new on this ticket")
}

func TestAnOfferedMergeThatWasDoneByOtherMeansIsNoLongerOffered(t *testing.T) {
	w := newWorld(t)
	w.listener.writes = true
	first, second := w.mail("Printer on fire", "It burns."), w.mail("Smoke everywhere", "It still burns.")
	w.in(func(tx tenant.Tx) error { return w.desk.OfferMerge(w.ctx(), tx, second.ID, first.ID, first.Number) })
	m := w.reply(second, "One matter or two?")
	w.in(func(tx tenant.Tx) error {
		return w.desk.Merge(w.ctx(), tx, second.ID, first.ID, tickets.Actor{Kind: tickets.ByMember, Via: tickets.ByCLI})
	})
	w.until("the end of the offer", func() bool {
		now, _ := w.slack.Message(m.Channel, m.TS)
		return contains(now.VisibleText(), "No longer of interest") && len(now.Actions()) == 0
	})
}
