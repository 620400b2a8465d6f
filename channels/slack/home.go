package slack

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// homeMost is how many tickets are counted.
const homeMost = 500

// showHome draws somebody's Home tab as it is now.
func (a *App) showHome(ctx context.Context, d desk, user string) error {
	who, err := a.who(ctx, d, user)
	var no *refusal
	if errors.As(err, &no) {
		return a.publish(ctx, d, user, slackapi.NewSectionBlock(draw.Mrkdwn(no.text), nil, nil))
	}
	if err != nil {
		return err
	}
	v, err := tenant.Get(ctx, a.pool, d.tenant, func(tx tenant.Tx) (draw.HomeView, error) { return readHome(ctx, tx, who) })
	if err != nil {
		return err
	}
	return a.publish(ctx, d, user, draw.Home(v)...)
}

func (a *App) publish(ctx context.Context, d desk, user string, blocks ...slackapi.Block) error {
	_, err := d.api.PublishViewContext(ctx, slackapi.PublishViewContextRequest{
		UserID: user, View: slackapi.HomeTabViewRequest{Type: slackapi.VTHomeTab, Blocks: slackapi.Blocks{BlockSet: blocks}}})
	if err != nil {
		return fmt.Errorf("publish a Home tab: %w%s", err, details(err))
	}
	return nil
}

func readHome(ctx context.Context, tx tenant.Tx, who caller) (draw.HomeView, error) {
	v := draw.HomeView{Name: who.Person.Called(), Answers: who.mayAnswer() == nil, Signature: who.Signature}
	var ids []uuid.UUID
	for _, s := range []tickets.Status{tickets.Open, tickets.InProgress} {
		list, err := tickets.List(ctx, tx, tickets.Filter{Status: s, Limit: homeMost})
		if err != nil {
			return v, err
		}
		v.More = v.More || len(list) == homeMost
		if s == tickets.Open {
			v.Open = len(list)
		} else {
			v.InProgress = len(list)
		}
		for _, t := range list {
			switch {
			case t.AssigneeID == nil:
				v.Unassigned = append(v.Unassigned, t)
			case *t.AssigneeID == who.ID:
				v.Mine = append(v.Mine, t)
			default:
				continue
			}
			ids = append(ids, t.ID.UUID)
		}
	}
	var err error
	v.Links, err = cardLinks(ctx, tx, ids)
	return v, err
}

// cardLinks returns the addresses of tickets' cards, in whichever workspace they are.
func cardLinks(ctx context.Context, tx tenant.Tx, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	rows, _ := tx.Query(ctx, `
		SELECT m.subject_id, w.url, m.channel_id, m.ts FROM slack_messages m
		JOIN slack_workspaces w ON w.tenant_id = m.tenant_id AND w.team_id = m.team_id
		WHERE m.tenant_id = $1 AND m.kind = 'card' AND m.subject_id = ANY ($2) AND m.ts IS NOT NULL`, tx.Tenant(), ids)
	type card struct {
		Ticket           uuid.UUID
		URL, Channel, TS string
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[card])
	if err != nil {
		return nil, fmt.Errorf("look up cards: %w", err)
	}
	links := make(map[uuid.UUID]string, len(list))
	for _, c := range list {
		links[c.Ticket] = workspace.MessageLink(c.URL, c.Channel, c.TS)
	}
	return links, nil
}
