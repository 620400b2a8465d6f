package slack

import (
	"context"
	"errors"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// showWarning makes the notice about an alert say how things are. One that has come up anew has a notice of its own.
func (a *App) showWarning(ctx context.Context, j Warning) error {
	defer a.turns.wait(turn{webapi.Threads, j.Alert})()
	var d desk
	var w inbox.Alert
	var have message
	err := tenant.In(ctx, a.pool, j.Tenant, func(tx tenant.Tx) (err error) {
		if d, err = a.noticeDesk(ctx, tx); err != nil {
			return connected(err)
		}
		if w, err = inbox.AlertByID(ctx, tx, j.Alert); err != nil {
			return err
		}
		have, _, err = messageOf(ctx, tx, d.TeamID, kindNotice, j.Alert)
		return err
	})
	if errors.Is(err, inbox.ErrNoAlert) {
		return nil
	}
	if err != nil || d.api == nil {
		return err
	}
	s := sheet{Kind: kindNotice, Subject: j.Alert}
	s.Blocks, s.Text = draw.Warning(w)
	_, err = a.show(ctx, d, s, have, webapi.Threads)
	return err
}
