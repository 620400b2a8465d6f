package slack

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	slackapi "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// postingMost is how long after its beginning a post may still turn out to be made.
const postingMost = 2 * time.Minute

// noteMark is the reaction that says: this is now a note on the ticket.
const noteMark = "memo"

// event works on an event that is no message of a person.
func (a *App) event(ctx context.Context, by delivery, e slackevents.EventsAPIEvent) {
	switch in := e.InnerEvent.Data.(type) {
	case *slackevents.MessageEvent:
		if in.Message != nil && in.SubType == "" {
			a.ownMessage(ctx, by, e, in.Message.BotID, in.Message.Metadata, in.Channel, in.TimeStamp)
		}
	case *slackevents.MessageMetadataPostedEvent:
		if in.Metadata != nil {
			a.ownMessage(ctx, by, e, in.BotId, *in.Metadata, in.ChannelId, in.MessageTimestamp)
		}
	case *slackevents.AppHomeOpenedEvent:
		if in.Tab != "home" {
			return
		}
		if d, ok := a.deskOf(ctx, by, eventOrigin(e)); ok {
			if err := a.showHome(ctx, d, in.User); err != nil {
				a.log.Error("a Home tab was not shown", "tenant", d.tenant, "team", d.TeamID, "error", err)
			}
		}
	}
}

// ownMessage takes up the event of one of our own posts: it fills in where the message stands if the call's
// answer was lost, and deletes the message if it is a second one.
func (a *App) ownMessage(ctx context.Context, by delivery, e slackevents.EventsAPIEvent, botID string, md slackapi.SlackMetadata, channel, ts string) {
	id, ok := ownPost(slackapi.Msg{BotID: botID, Metadata: md}, workspace.Workspace{BotID: botID})
	if !ok || a.own.has(id, ts) {
		return
	}
	d, ok := a.deskOf(ctx, by, eventOrigin(e))
	if !ok || d.BotID != botID {
		return
	}
	if err := a.posted(ctx, d, id, channel, ts, true); err != nil {
		a.log.Error("the event of a post was not taken up", "tenant", d.tenant, "team", d.TeamID, "error", err)
	}
}

// memberMessage tells whether a delivery is what somebody typed in a thread.
func memberMessage(e delivery) (*slackevents.MessageEvent, bool) {
	outer, ok := e.data.(slackevents.EventsAPIEvent)
	if !ok {
		return nil, false
	}
	m, ok := outer.InnerEvent.Data.(*slackevents.MessageEvent)
	if !ok || m.User == "" || m.BotID != "" || m.ThreadTimeStamp == "" || m.ThreadTimeStamp == m.TimeStamp {
		return nil, false
	}
	switch m.SubType {
	case "", slackapi.MsgSubTypeFileShare, slackapi.MsgSubTypeThreadBroadcast:
		return m, true
	}
	return nil, false
}

// typedLane works on people's messages one after the other, which keeps notes in their order. A message is
// acknowledged when its note is stored; until then Slack repeats it.
func (a *App) typedLane(ctx context.Context, in *intake, lane <-chan delivery) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-lane:
			if m, ok := memberMessage(e); ok && a.typed(in.life, e, m) {
				e.ack(ctx, nil)
			}
		}
	}
}

func (a *App) typed(ctx context.Context, e delivery, m *slackevents.MessageEvent) (taken bool) {
	ctx, cancel := context.WithTimeout(ctx, submitTime)
	defer cancel()
	outer, _ := e.data.(slackevents.EventsAPIEvent)
	d, ok := a.deskOf(ctx, e, eventOrigin(outer))
	if !ok {
		return true
	}
	if err := a.note(ctx, d, m); err != nil {
		a.log.Error("a message in a thread did not become a note; Slack brings it again", "tenant", d.tenant, "team", d.TeamID, "error", err)
		return false
	}
	return true
}

// note keeps what a member typed in a ticket's thread as an internal note. It is never sent to the customer.
func (a *App) note(ctx context.Context, d desk, m *slackevents.MessageEvent) error {
	var root message
	var ours bool
	err := a.in(ctx, d, func(tx tenant.Tx) (err error) {
		if root, ours, err = messageAt(ctx, tx, d.TeamID, m.Channel, m.ThreadTimeStamp); err != nil || ours {
			return err
		}
		// Whoever is quick writes below a card before it is known where the card stands.
		posting, err := cardUnderWay(ctx, tx, d.TeamID, m.Channel, a.clock().Add(-postingMost))
		if posting {
			err = errors.New("a card of this channel is being posted, and may be what the message stands below")
		}
		return err
	})
	if err != nil || !ours || root.Kind != kindCard {
		return err
	}
	who, err := a.who(ctx, d, m.User)
	if err == nil {
		err = who.mayNote()
	}
	var no *refusal
	if err != nil && !errors.As(err, &no) {
		return err
	}
	fresh := false
	err = a.in(ctx, d, func(tx tenant.Tx) (err error) {
		if fresh, err = firstDelivery(ctx, tx, "message:"+m.Channel+":"+m.TimeStamp, a.clock()); err != nil || !fresh || no != nil {
			return err
		}
		return a.keepNote(ctx, tx, d, who, *root.TicketID, m)
	})
	switch {
	case err != nil || !fresh:
		return err
	case no != nil:
		a.whisper(ctx, d, place{m.Channel, m.ThreadTimeStamp, m.User}, sayOutsideNote(no.text))
		return nil
	}
	if err := d.api.AddReactionContext(ctx, noteMark, slackapi.NewRefToMessage(m.Channel, m.TimeStamp)); err != nil && webapi.ErrorName(err) != "already_reacted" {
		a.log.Warn("a note was not marked", "team", d.TeamID, "error", err) // The note is stored all the same.
	}
	return nil
}

func (a *App) keepNote(ctx context.Context, tx tenant.Tx, d desk, who caller, ticket uuid.UUID, m *slackevents.MessageEvent) error {
	c, err := a.tickets.Comment(ctx, tx, tickets.NewComment{
		Ticket: tickets.ID{UUID: ticket}, Kind: tickets.Internal, Author: who.actor(), Text: readable(m),
	})
	if err != nil {
		return err
	}
	return adoptMessage(ctx, tx, message{TeamID: d.TeamID, ChannelID: m.Channel, Kind: kindComment, Subject: c.ID.UUID, TicketID: &ticket, TS: m.TimeStamp}, a.clock())
}

// tokenPattern is how Slack writes mentions and links in a text.
var tokenPattern = regexp.MustCompile(`<([^<>|]+)(?:\|([^<>]*))?>`)

// readable is the plain text of a message: links by their address, mentions by their label, files by name.
func readable(m *slackevents.MessageEvent) string {
	text := tokenPattern.ReplaceAllStringFunc(m.Text, func(tok string) string {
		f := tokenPattern.FindStringSubmatch(tok)
		target, name := f[1], f[2]
		switch target[0] {
		case '@', '#', '!':
			if name == "" {
				name = strings.TrimLeft(target, "@#!")
			}
			return string(map[byte]byte{'@': '@', '#': '#', '!': '@'}[target[0]]) + strings.TrimLeft(name, "@#")
		}
		return strings.TrimPrefix(target, "mailto:")
	})
	text = draw.Unescape(text)
	if m.Message != nil {
		for _, f := range m.Message.Files {
			text += fmt.Sprintf("\n[file in Slack: %s]", draw.OneLine(f.Name, draw.MaxName))
		}
	}
	return strings.TrimSpace(text)
}
