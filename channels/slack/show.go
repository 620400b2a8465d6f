package slack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// cardEvery is the least time between two updates of a card.
const cardEvery = time.Second

// showCard makes the card of a ticket show what it should.
func (a *App) showCard(ctx context.Context, j Card) error {
	defer a.turns.wait(turn{webapi.Cards, j.Ticket})()
	d, s, have, err := a.cardSheet(ctx, j)
	if err != nil || s.Blocks == nil {
		return err
	}
	digest, err := s.digest()
	if err != nil {
		return err
	}
	changed := have.TS != "" && !bytes.Equal(have.Digest, digest)
	if wait := a.turns.since(j.Ticket, a.clock(), changed); wait > 0 {
		return &laterError{wait, "the card was updated within the second"}
	}
	if _, err := a.show(ctx, d, s, have, webapi.Cards); err != nil {
		return err
	}
	if !changed {
		return nil
	}
	// Another instance may have drawn an older state over this one, or a newer state came meanwhile.
	_, s, _, err = a.cardSheet(ctx, j)
	if err != nil || s.Blocks == nil {
		return err
	}
	if now, err := s.digest(); err != nil || bytes.Equal(now, digest) {
		return err
	}
	return &laterError{cardEvery, "the ticket changed while its card was updated"}
}

// cardSheet reads what a ticket's card should show and what it shows; no blocks where there is nothing to do.
func (a *App) cardSheet(ctx context.Context, j Card) (d desk, s sheet, have message, err error) {
	err = tenant.In(ctx, a.pool, j.Tenant, func(tx tenant.Tx) error {
		v, err := readCard(ctx, tx, tickets.ID{UUID: j.Ticket})
		if errors.Is(err, tickets.ErrNotFound) {
			return nil // merged or erased since
		}
		if err != nil {
			return err
		}
		if d, have, err = a.cardDesk(ctx, tx, v.Ticket); err != nil {
			return connected(err)
		}
		s = sheet{Kind: kindCard, Subject: j.Ticket, Ticket: &j.Ticket, Channel: have.ChannelID}
		s.Blocks, s.Text = draw.Card(v)
		return nil
	})
	return d, s, have, err
}

func readCard(ctx context.Context, tx tenant.Tx, id tickets.ID) (draw.CardView, error) {
	t, err := tickets.ByID(ctx, tx, id)
	if err != nil {
		return draw.CardView{}, err
	}
	v := draw.CardView{Ticket: t}
	err = tx.QueryRow(ctx, `SELECT via, auth FROM ticket_comments WHERE tenant_id = $1 AND ticket_id = $2 ORDER BY created_at, id LIMIT 1`,
		tx.Tenant(), id).Scan(&v.Via, &v.Auth)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) { // a merged ticket has none
		return draw.CardView{}, fmt.Errorf("first comment of ticket #%d: %w", t.Number, err)
	}
	if v.Summary, err = summary(ctx, tx, id); err != nil {
		return draw.CardView{}, err
	}
	return v, nil
}

// showThread makes the thread of a ticket show what it should, in order: nothing is posted before what comes
// before it is, unless Slack refuses that for its own sake.
func (a *App) showThread(ctx context.Context, j Thread) error {
	defer a.turns.wait(turn{webapi.Threads, j.Ticket})()
	var d desk
	var items []sheet
	var have map[shownKey]message
	err := tenant.In(ctx, a.pool, j.Tenant, func(tx tenant.Tx) (err error) {
		var root message
		if d, root, err = a.shownDesk(ctx, tx, j.Ticket); err != nil {
			return connected(err)
		}
		id := tickets.ID{UUID: j.Ticket}
		if have, err = messagesOf(ctx, tx, d.TeamID, id); err != nil {
			return err
		}
		if root.TS == "" {
			return nil // posting the card queues the thread again
		}
		items, err = threadSheets(ctx, tx, id, have)
		for i := range items {
			items[i].Ticket, items[i].Channel, items[i].Thread = &j.Ticket, root.ChannelID, root.TS
		}
		return err
	})
	if err != nil {
		return err
	}
	var refused error
	for _, s := range items {
		_, err := a.show(ctx, d, s, have[shownKey{s.Kind, s.Subject}], webapi.Threads)
		var no *refusedError
		if errors.As(err, &no) {
			refused = errors.Join(refused, err) // The others are shown all the same.
			continue
		}
		if err != nil {
			return err
		}
	}
	return refused
}

// threadSheets draws all that a ticket's thread holds, oldest first.
func threadSheets(ctx context.Context, tx tenant.Tx, id tickets.ID, have map[shownKey]message) ([]sheet, error) {
	comments, err := tickets.Comments(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	items, err := drafts(ctx, tx, id, have)
	if err != nil {
		return nil, err
	}
	events, err := tickets.Events(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	guests, last := draw.Newcomers(events), lastNotices(events)
	told := map[string]bool{} // what is held again for the same reason is told once
	byID := make(map[uuid.UUID]tickets.Comment, len(comments))
	for _, c := range comments {
		byID[c.ID.UUID] = c
		if draw.Bare(c, events) {
			continue
		}
		s := sheet{Kind: kindComment, Subject: c.ID.UUID}
		if have[shownKey{kindComment, c.ID.UUID}].ByMember {
			if c.Delivery == "" {
				continue // their own message shows it
			}
			s = sheet{Kind: kindNotice, Subject: sentKey(c.ID)}
		}
		s.Blocks, s.Text = draw.Comment(c)
		if guests[c.ID] {
			s.Blocks = slices.Insert(s.Blocks, 1, draw.Newcomer())
		}
		items = append(items, timed{c.CreatedAt, s})
	}
	for _, e := range events {
		s := sheet{Kind: kindNotice, Subject: e.ID.UUID}
		switch e.Kind {
		case tickets.OrderGiven:
			if e.From != inbox.ForwardOrder { // a note says it
				s.Blocks, s.Text = draw.Order(e)
			}
		case tickets.Rated:
			s.Blocks, s.Text = draw.Rating(e)
		case tickets.NoticeHeld:
			if key := e.To + "\x00" + e.Detail; !told[key] {
				told[key] = true
				s.Blocks, s.Text = draw.HeldNotice(e)
			}
		case tickets.Revised, tickets.Retracted:
			if e.To == tickets.Late {
				s.Blocks, s.Text = draw.ChangedLate(e)
			}
		}
		if s.Blocks != nil {
			items = append(items, timed{e.At, s})
		}
		if c, ok := undeliveredComment(e, byID); ok {
			// The event's id: each failure has its notice.
			s := sheet{Kind: kindNotice, Subject: e.ID.UUID}
			if s.Blocks, s.Text = draw.Undelivered(c, e, last[c.ID.UUID] == e.ID); e.To == "held" {
				s.Blocks, s.Text = draw.HeldAnswer(c)
			}
			items = append(items, timed{e.At, s})
		}
	}
	return inOrder(items), nil
}

// lastNotices are the last of what is told about the delivery of each comment.
func lastNotices(events []tickets.Event) map[uuid.UUID]tickets.EventID {
	last := map[uuid.UUID]tickets.EventID{}
	for _, e := range events {
		if e.Kind == tickets.DeliveryChanged && e.Subject != nil && (e.To == "failed" || e.To == "bounced" || e.To == "refused") {
			last[*e.Subject] = e.ID
		}
	}
	return last
}

// sentKey names the message that shows what became of a member's own message as an answer.
func sentKey(id tickets.CommentID) uuid.UUID { return uuid.NewSHA1(id.UUID, []byte("sent")) }

func undeliveredComment(e tickets.Event, byID map[uuid.UUID]tickets.Comment) (tickets.Comment, bool) {
	if e.Kind != tickets.DeliveryChanged || e.Subject == nil {
		return tickets.Comment{}, false
	}
	switch e.To {
	case "failed", "bounced", "complained", "refused", "doubtful", "held":
		c, ok := byID[*e.Subject]
		return c, ok
	}
	return tickets.Comment{}, false
}

// showOutage makes the notice about a mailbox say how it is.
func (a *App) showOutage(ctx context.Context, j Outage) error {
	if a.mailboxes == nil {
		return nil
	}
	key := uuid.NewSHA1(j.Mailbox, []byte(j.Since.UTC().Format(time.RFC3339Nano)))
	defer a.turns.wait(turn{webapi.Threads, key})()
	var d desk
	var m draw.Mailbox
	var have, again message
	overKey := uuid.NewSHA1(key, []byte("over"))
	err := tenant.In(ctx, a.pool, j.Tenant, func(tx tenant.Tx) (err error) {
		if d, err = a.noticeDesk(ctx, tx); err != nil {
			return connected(err)
		}
		if m, err = a.mailboxes(ctx, tx, j.Mailbox); err != nil {
			return err
		}
		if have, _, err = messageOf(ctx, tx, d.TeamID, kindNotice, key); err != nil {
			return err
		}
		again, _, err = messageOf(ctx, tx, d.TeamID, kindNotice, overKey)
		return err
	})
	if err != nil || d.api == nil {
		return err
	}
	over := m.FailingSince == nil || m.FailingSince.After(j.Since)
	if over && have.ID == (uuid.UUID{}) {
		return nil // It was over before anybody was told.
	}
	s := sheet{Kind: kindNotice, Subject: key}
	s.Blocks, s.Text = draw.Outage(m, j.Since, over)
	ts, err := a.show(ctx, d, s, have, webapi.Threads)
	if err != nil || !over {
		return err
	}
	s = sheet{Kind: kindNotice, Subject: overKey, Thread: ts}
	s.Blocks, s.Text = draw.Recovered(m)
	_, err = a.show(ctx, d, s, again, webapi.Threads)
	return err
}
