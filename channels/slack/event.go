package slack

import (
	"context"

	slackapi "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/customerdesk/customerdesk/channels/slack/workspace"
)

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
	case *slackevents.ReactionAddedEvent:
		if d, ok := a.deskOf(ctx, by, eventOrigin(e)); ok {
			a.reacted(ctx, d, in)
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
