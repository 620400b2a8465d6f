package slack

import (
	"context"
	"errors"

	slackapi "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// An origin is the installation that a delivery is for.
type origin struct {
	app        string
	team       string
	enterprise string // the organisation that the workspace belongs to; may be empty
	org        bool   // the app is installed in all of the organisation
}

// eventOrigin reads whom an event is for. What counts is the authorization: in a channel that is shared with another
// organisation the event's own workspace may be theirs (https://docs.slack.dev/apis/events-api/#authorizations).
func eventOrigin(e slackevents.EventsAPIEvent) origin {
	o := origin{app: e.APIAppID, team: e.TeamID, enterprise: e.EnterpriseID}
	outer, ok := e.Data.(*slackevents.EventsAPICallbackEvent)
	if ok && len(outer.Authorizations) > 0 {
		by := outer.Authorizations[0]
		o.team, o.enterprise, o.org = by.TeamID, by.EnterpriseID, by.IsEnterpriseInstall
	}
	return o
}

// interactionOrigin reads whom an interaction is for. A view says where the app is installed that made it; the team may
// be that of a person from elsewhere.
func interactionOrigin(cb slackapi.InteractionCallback) origin {
	o := origin{app: cb.APIAppID, team: cb.Team.ID, enterprise: cb.Enterprise.ID, org: cb.IsEnterpriseInstall}
	if cb.View.AppInstalledTeamID != "" {
		o.team = cb.View.AppInstalledTeamID
	}
	return o
}

// route returns the tenant and the id under which the installation is known: the workspace's own, or the organisation's.
func (a *App) route(ctx context.Context, o origin) (id tenant.ID, teamID string, err error) {
	ids := []string{o.team, o.enterprise}
	if o.org {
		ids = ids[1:]
	}
	for _, teamID = range ids {
		if teamID == "" {
			continue
		}
		if id, err = workspace.Route(ctx, a.pool, o.app, teamID); !errors.Is(err, workspace.ErrNotConnected) {
			return id, teamID, err
		}
	}
	return id, "", workspace.ErrNotConnected
}

// deskOf returns the tenant's desk that a delivery belongs to: by the app whose way it came, and the installation that
// it is for. A payload that names another app is dropped; the way's counts where it names none.
func (a *App) deskOf(ctx context.Context, e delivery, o origin) (desk, bool) {
	if o.app == "" {
		o.app = e.app
	}
	if e.app != "" && o.app != e.app {
		a.log.Warn("a Slack delivery names another app than the one it came by", "app", e.app, "named", o.app)
		return desk{}, false
	}
	id, teamID, err := a.route(ctx, o)
	var d desk
	if err == nil {
		d, err = a.desk(ctx, id, teamID)
	}
	if errors.Is(err, workspace.ErrNotConnected) {
		return desk{}, false
	}
	if err != nil {
		a.log.Error("a Slack delivery was dropped", "app", o.app, "team", o.team, "error", err)
		return desk{}, false
	}
	return d, true
}
