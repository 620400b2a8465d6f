package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// homeList is how many tickets a list of the Home tab has; homeMost how many are counted.
const (
	homeList = 15
	homeMost = 500
)

// homeView is all that a Home tab shows.
type homeView struct {
	Name       string
	Mine       []tickets.Ticket
	Unassigned []tickets.Ticket
	Open       int
	InProgress int
	More       bool // there are more tickets than were counted
	Links      map[uuid.UUID]string
}

// showHome draws somebody's Home tab as it is now.
func (a *App) showHome(ctx context.Context, d desk, user string) error {
	who, err := a.who(ctx, d, user)
	var no *refusal
	if errors.As(err, &no) {
		return a.publish(ctx, d, user, slackapi.NewSectionBlock(mrkdwn(no.text), nil, nil))
	}
	if err != nil {
		return err
	}
	v, err := tenant.Get(ctx, a.pool, d.tenant, func(tx tenant.Tx) (homeView, error) { return readHome(ctx, tx, d.Workspace, who) })
	if err != nil {
		return err
	}
	return a.publish(ctx, d, user, homeBlocks(v)...)
}

func (a *App) publish(ctx context.Context, d desk, user string, blocks ...slackapi.Block) error {
	_, err := d.api.PublishViewContext(ctx, slackapi.PublishViewContextRequest{
		UserID: user, View: slackapi.HomeTabViewRequest{Type: slackapi.VTHomeTab, Blocks: slackapi.Blocks{BlockSet: blocks}}})
	if err != nil {
		return fmt.Errorf("publish a Home tab: %w%s", err, details(err))
	}
	return nil
}

func readHome(ctx context.Context, tx tenant.Tx, w Workspace, who caller) (homeView, error) {
	v := homeView{Name: who.Person.Called()}
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
	v.Links, err = cardLinks(ctx, tx, w, ids)
	return v, err
}

// cardLinks returns the addresses of tickets' cards.
func cardLinks(ctx context.Context, tx tenant.Tx, w Workspace, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	rows, _ := tx.Query(ctx, selectMessage+`AND team_id = $2 AND kind = 'card' AND subject_id = ANY ($3) AND ts IS NOT NULL`, tx.Tenant(), w.TeamID, ids)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[message])
	if err != nil {
		return nil, fmt.Errorf("look up cards: %w", err)
	}
	links := make(map[uuid.UUID]string, len(list))
	for _, m := range list {
		links[m.Subject] = w.link(m.ChannelID, m.TS)
	}
	return links, nil
}

func homeBlocks(v homeView) []slackapi.Block {
	more := ""
	if v.More {
		more = " or more"
	}
	blocks := []slackapi.Block{
		slackapi.NewHeaderBlock(plain(truncate("Hello "+oneLine(v.Name, maxName), 150))),
		fine(fmt.Sprintf("*%d*%s open", v.Open, more), fmt.Sprintf("*%d*%s in progress", v.InProgress, more),
			fmt.Sprintf("*%d* of them unassigned", len(v.Unassigned))),
	}
	blocks = append(blocks, homeSection("Your tickets", "Nothing is assigned to you.", v.Mine, v.Links)...)
	return append(blocks, homeSection("Unassigned", "Every open ticket has somebody.", v.Unassigned, v.Links)...)
}

func homeSection(title, none string, list []tickets.Ticket, links map[uuid.UUID]string) []slackapi.Block {
	blocks := []slackapi.Block{slackapi.NewDividerBlock(), slackapi.NewHeaderBlock(plain(fmt.Sprintf("%s (%d)", title, len(list))))}
	if len(list) == 0 {
		return append(blocks, fine(none))
	}
	for i, t := range list {
		if i == homeList {
			return append(blocks, fine(fmt.Sprintf("and %d more", len(list)-homeList)))
		}
		blocks = append(blocks, homeTicket(t, links[t.ID.UUID]))
	}
	return blocks
}

func homeTicket(t tickets.Ticket, link string) slackapi.Block {
	// A bar would end the link's label, a bracket the link.
	name := fmt.Sprintf("#%d  %s", t.Number, escape(strings.ReplaceAll(subject(t.Title), "|", "¦")))
	if link != "" {
		name = "<" + link + "|" + name + ">"
	}
	text := name + "\n" + who(t) + "  ·  " + priorityName(t.Priority) + " priority  ·  opened " + ago(t.CreatedAt)
	if w := waiting(t); w != "" {
		text += "  ·  " + w
	}
	return slackapi.NewSectionBlock(mrkdwn(text), nil, nil)
}
