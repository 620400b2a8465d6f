package slack

import (
	"context"

	"github.com/google/uuid"
	slackapi "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// sendNote sends a note to the customer, as the button of its private prompt says.
func (a *App) sendNote(ctx context.Context, d desk, who caller, act press) error {
	id, err := uuid.Parse(act.Value)
	if err != nil {
		return tickets.ErrNotFound
	}
	comment := tickets.CommentID{UUID: id}
	if err := a.in(ctx, d, func(tx tenant.Tx) error { return a.toCustomer(ctx, tx, comment, who) }); err != nil {
		return err
	}
	a.settle(ctx, act, ":envelope: This goes to the customer.")
	return a.mark(ctx, d, comment)
}

// toCustomer makes an answer of a note. One that is empty was deleted, or is files alone.
func (a *App) toCustomer(ctx context.Context, tx tenant.Tx, id tickets.CommentID, who caller) error {
	c, err := tickets.CommentByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if c.Text == "" {
		return &refusal{"Nothing was sent: there are no words in it. Use *Reply* on the card."}
	}
	return a.tickets.Publish(ctx, tx, id, who.actor())
}

// keepNote takes the private prompt away.
func (a *App) keepNote(ctx context.Context, _ desk, _ caller, act press) error {
	a.settle(ctx, act, "")
	return nil
}

// settle puts a text in the place of a private prompt, or takes it away where the text is empty. The prompt is gone with
// the next look at Slack anyway.
func (a *App) settle(ctx context.Context, act press, text string) {
	if act.by.ResponseURL == "" {
		return
	}
	err := slackapi.PostWebhookCustomHTTPContext(ctx, act.by.ResponseURL, a.http, &slackapi.WebhookMessage{
		ReplaceOriginal: text != "", DeleteOriginal: text == "", Text: text})
	if err != nil {
		a.log.Warn("a private prompt was not taken away", "error", err)
	}
}

// mark shows on a member's own message that it goes to the customer.
func (a *App) mark(ctx context.Context, d desk, id tickets.CommentID) error {
	m, found, err := a.messageOf(ctx, d, kindComment, id.UUID)
	if err != nil || !found || !m.ByMember {
		return err
	}
	ref := slackapi.NewRefToMessage(m.ChannelID, m.TS)
	if err := d.api.AddReactionContext(ctx, answerMark, ref); err != nil && webapi.ErrorName(err) != "already_reacted" {
		a.log.Warn("an answer was not marked", "team", d.TeamID, "error", err)
	}
	if err := d.api.RemoveReactionContext(ctx, noteMark, ref); err != nil && webapi.ErrorName(err) != "no_reaction" {
		a.log.Warn("the mark of a note stayed", "team", d.TeamID, "error", err)
	}
	return nil
}

func (a *App) messageOf(ctx context.Context, d desk, kind messageKind, subject uuid.UUID) (m message, found bool, err error) {
	err = a.in(ctx, d, func(tx tenant.Tx) (err error) {
		m, found, err = messageOf(ctx, tx, d.TeamID, kind, subject)
		return err
	})
	return m, found, err
}

// reacted sends a note to the customer on which somebody put the envelope.
func (a *App) reacted(ctx context.Context, d desk, e *slackevents.ReactionAddedEvent) {
	if e.Reaction != answerMark || e.User == d.BotUserID || e.Item.Type != "message" {
		return
	}
	where := place{channel: e.Item.Channel, user: e.User}
	err := a.sendByMark(ctx, d, e, &where)
	if err != nil {
		a.tell(ctx, d, where, err)
	}
}

func (a *App) sendByMark(ctx context.Context, d desk, e *slackevents.ReactionAddedEvent, where *place) error {
	var m, card message
	var ours bool
	err := a.in(ctx, d, func(tx tenant.Tx) (err error) {
		if m, ours, err = messageAt(ctx, tx, d.TeamID, e.Item.Channel, e.Item.Timestamp); err != nil || !ours || m.TicketID == nil {
			return err
		}
		card, _, err = messageOf(ctx, tx, d.TeamID, kindCard, *m.TicketID)
		return err
	})
	if err != nil || !ours || !m.ByMember || m.Kind != kindComment {
		return err // an envelope on anything else means nothing to us
	}
	where.thread = card.TS
	who, err := a.who(ctx, d, e.User)
	if err == nil {
		err = who.mayAnswer()
	}
	if err != nil {
		return err
	}
	comment := tickets.CommentID{UUID: m.Subject}
	err = a.in(ctx, d, func(tx tenant.Tx) error {
		// Brought again after the answer was taken back, it must not send it.
		fresh, err := firstDelivery(ctx, tx, "reaction:"+e.Item.Channel+":"+e.Item.Timestamp+":"+e.User+":"+e.EventTimestamp, a.clock())
		if err != nil || !fresh {
			return err
		}
		return a.toCustomer(ctx, tx, comment, who)
	})
	if err != nil {
		return err
	}
	return a.mark(ctx, d, comment)
}
