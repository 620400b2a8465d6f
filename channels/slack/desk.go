package slack

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// A desk is a workspace of a tenant with a client for it.
type desk struct {
	tenant tenant.ID
	workspace.Workspace
	api *slackapi.Client
}

// named is what people call a channel: its name where it is the workspace's own, else its id.
func (d desk) named(channelID string) string {
	if channelID == d.ChannelID {
		return "#" + d.Channel
	}
	return channelID
}

// in runs fn in a transaction of the desk's tenant.
func (a *App) in(ctx context.Context, d desk, fn func(tenant.Tx) error) error {
	return tenant.In(ctx, a.pool, d.tenant, fn)
}

func (a *App) deskFor(id tenant.ID, w workspace.Workspace) desk {
	return desk{tenant: id, Workspace: w, api: webapi.New(a.http, a.apiURL, w.BotToken.Reveal())}
}

// desk returns the tenant's workspace of that id ready for calls; ErrNotConnected where the app is not there.
func (a *App) desk(ctx context.Context, id tenant.ID, teamID string) (desk, error) {
	w, err := tenant.Get(ctx, a.pool, id, func(tx tenant.Tx) (workspace.Workspace, error) {
		return workspace.Of(ctx, tx, a.box, teamID)
	})
	if err == nil && !w.Works() {
		err = workspace.ErrNotConnected
	}
	if err != nil {
		return desk{}, err
	}
	return a.deskFor(id, w), nil
}

// noticeDesk returns where notices that belong to no ticket appear: the first workspace with a channel.
func (a *App) noticeDesk(ctx context.Context, tx tenant.Tx) (desk, error) {
	list, err := workspace.All(ctx, tx, a.box)
	if err != nil {
		return desk{}, err
	}
	for _, w := range list {
		if w.Works() && w.ChannelID != "" {
			return a.deskFor(tx.Tenant(), w), nil
		}
	}
	return desk{}, workspace.ErrNotConnected
}

// shownDesk returns where a ticket's card is, and its row. ErrNotConnected where it has none, or the app was removed
// from there.
func (a *App) shownDesk(ctx context.Context, tx tenant.Tx, ticket uuid.UUID) (desk, message, error) {
	card, found, err := cardOf(ctx, tx, ticket)
	if err != nil {
		return desk{}, message{}, err
	}
	if !found {
		return desk{}, message{}, workspace.ErrNotConnected
	}
	w, err := workspace.Of(ctx, tx, a.box, card.TeamID)
	if err == nil && !w.Works() {
		err = workspace.ErrNotConnected
	}
	if err != nil {
		return desk{}, message{}, err
	}
	return a.deskFor(tx.Tenant(), w), card, nil
}

// cardDesk returns where a ticket's card is or is to be posted, and its row. A card that is posted stays where it is;
// one whose post was tried stays in its workspace. ErrNotConnected where there is no channel for it now.
func (a *App) cardDesk(ctx context.Context, tx tenant.Tx, t tickets.Ticket) (desk, message, error) {
	all, err := workspace.All(ctx, tx, a.box)
	if err != nil {
		return desk{}, message{}, err
	}
	card, found, err := cardOf(ctx, tx, t.ID.UUID)
	if err != nil {
		return desk{}, message{}, err
	}
	if i := slices.IndexFunc(all, func(w workspace.Workspace) bool { return w.TeamID == card.TeamID }); found && i >= 0 && card.TS != "" {
		if !all[i].Works() {
			return desk{}, message{}, workspace.ErrNotConnected
		}
		return a.deskFor(tx.Tenant(), all[i]), card, nil
	}
	rules, err := workspace.Rules(ctx, tx)
	if err != nil {
		return desk{}, message{}, err
	}
	fit := workspace.Fitting(all, rules, t.MailboxID, string(t.Priority))
	if found && card.PostingAt != nil {
		return a.triedDesk(tx, all, fit, card)
	}
	if found && fit.Has(card.TeamID, card.ChannelID) {
		i := slices.IndexFunc(all, func(w workspace.Workspace) bool { return w.TeamID == card.TeamID })
		return a.deskFor(tx.Tenant(), all[i]), card, nil
	}
	place, err := fit.Next(ctx, tx)
	if err != nil {
		return desk{}, message{}, err
	}
	if !found && len(fit.Places) == 1 {
		return a.deskFor(tx.Tenant(), place.Workspace), message{TeamID: place.Workspace.TeamID, ChannelID: place.ChannelID}, nil
	}
	card, err = placeCard(ctx, tx, place.Workspace.TeamID, place.ChannelID, t.ID.UUID)
	if err != nil {
		return desk{}, message{}, err
	}
	i := slices.IndexFunc(all, func(w workspace.Workspace) bool { return w.TeamID == card.TeamID })
	if i < 0 {
		return desk{}, message{}, workspace.ErrNotConnected // connected this moment
	}
	return a.deskFor(tx.Tenant(), all[i]), card, nil
}

// triedDesk is where a card is to be posted whose post was tried before: it may be there already.
func (a *App) triedDesk(tx tenant.Tx, all []workspace.Workspace, fit workspace.Choices, card message) (desk, message, error) {
	i := slices.IndexFunc(all, func(w workspace.Workspace) bool { return w.TeamID == card.TeamID && w.Works() })
	if i < 0 {
		return desk{}, message{}, workspace.ErrNotConnected
	}
	if !fit.Has(card.TeamID, card.ChannelID) {
		for _, p := range fit.Places {
			if p.Workspace.TeamID == card.TeamID {
				card.ChannelID = p.ChannelID
			}
		}
	}
	return a.deskFor(tx.Tenant(), all[i]), card, nil
}

// connected turns "not connected" into nothing to do.
func connected(err error) error {
	if errors.Is(err, workspace.ErrNotConnected) {
		return nil
	}
	return err
}
