package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// ErrNoRule means that tickets of that kind were not given that channel.
var ErrNoRule = errors.New("there is no such rule: `customerdesk slack channel list` shows them")

// A Rule gives tickets a channel. Rules with a mailbox go before those with a priority alone, so that what a mailbox
// gets stays in its channel; a rule with both goes before either. Several rules that fit alike take turns.
type Rule struct {
	TeamID    string
	ChannelID string
	Channel   string     // name without #
	Mailbox   *uuid.UUID // of the tickets; nil: any
	Address   string     // of the mailbox
	Priority  string     // of the tickets; empty: any
	CreatedAt time.Time
}

// rank orders the rules that fit a ticket.
func (r Rule) rank() int {
	rank := 0
	if r.Mailbox != nil {
		rank += 2
	}
	if r.Priority != "" {
		rank++
	}
	return rank
}

func (r Rule) fits(mailbox *uuid.UUID, priority string) bool {
	return (r.Mailbox == nil || mailbox != nil && *r.Mailbox == *mailbox) && (r.Priority == "" || r.Priority == priority)
}

// occasion names the rules that take turns with r.
func (r Rule) occasion() string {
	out := r.Priority
	if r.Mailbox != nil {
		out += " " + r.Mailbox.String()
	}
	return out
}

// Rules returns the tenant's rules, oldest first.
func Rules(ctx context.Context, tx tenant.Tx) ([]Rule, error) {
	rows, _ := tx.Query(ctx, `
		SELECT c.team_id, c.channel_id, c.channel, c.mailbox_id AS mailbox, coalesce(m.address, '') AS address, coalesce(c.priority, '') AS priority, c.created_at
		FROM slack_channels c LEFT JOIN mailboxes m ON m.tenant_id = c.tenant_id AND m.id = c.mailbox_id
		WHERE c.tenant_id = $1 ORDER BY c.created_at, c.id`, tx.Tenant()) // CollectRows reports the error.
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Rule])
	if err != nil {
		return nil, fmt.Errorf("read the channels of tickets: %w", err)
	}
	return list, nil
}

// Add writes a rule; one that is there already stays.
func (r Rule) Add(ctx context.Context, tx tenant.Tx) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO slack_channels (tenant_id, id, team_id, channel_id, channel, mailbox_id, priority, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, nullif($7, ''), $8) ON CONFLICT DO NOTHING`,
		tx.Tenant(), tenant.NewID(), r.TeamID, r.ChannelID, r.Channel, r.Mailbox, r.Priority, r.CreatedAt)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.ConstraintName == "slack_channels_tenant_id_team_id_fkey" {
		return ErrNotConnected
	}
	if err != nil {
		return fmt.Errorf("write a channel of tickets: %w", err)
	}
	return lookAgain(ctx, tx)
}

// Remove deletes a rule; ErrNoRule where there is none.
func (r Rule) Remove(ctx context.Context, tx tenant.Tx) error {
	tag, err := tx.Exec(ctx, `DELETE FROM slack_channels WHERE tenant_id = $1 AND team_id = $2 AND channel_id = $3
		AND mailbox_id IS NOT DISTINCT FROM $4 AND coalesce(priority, '') = $5`, tx.Tenant(), r.TeamID, r.ChannelID, r.Mailbox, r.Priority)
	if err != nil {
		return fmt.Errorf("remove a channel of tickets: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return ErrNoRule
	}
	return lookAgain(ctx, tx)
}

// SetChannel chooses where a workspace shows what no rule places.
func SetChannel(ctx context.Context, tx tenant.Tx, teamID, channelID, channel string) error {
	tag, err := tx.Exec(ctx, `UPDATE slack_workspaces SET channel_id = $3, channel = $4, last_error = '' WHERE tenant_id = $1 AND team_id = $2`,
		tx.Tenant(), teamID, channelID, channel)
	if err != nil {
		return fmt.Errorf("choose the channel of a Slack workspace: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return ErrNotConnected
	}
	return lookAgain(ctx, tx)
}

// Choices are the channels that a ticket may appear in.
type Choices struct {
	Places   []Place
	occasion string
}

// A Place is a channel of a workspace.
type Place struct {
	Workspace Workspace
	ChannelID string
}

// Fitting returns where a ticket may appear, among the tenant's workspaces: where the rules say that fit it most
// closely, else in the first workspace's own channel and those that are for any ticket. Workspaces that the app was
// removed from are left out; no place at all means that the ticket waits.
func Fitting(all []Workspace, rules []Rule, mailbox *uuid.UUID, priority string) Choices {
	var c Choices
	best := -1
	for _, r := range rules {
		if !r.fits(mailbox, priority) || r.rank() < best {
			continue
		}
		if r.rank() > best {
			best, c = r.rank(), Choices{occasion: r.occasion()}
		}
		c.add(all, r.TeamID, r.ChannelID)
	}
	if best > 0 {
		return c
	}
	own := Choices{}
	if i := slices.IndexFunc(all, func(w Workspace) bool { return w.Works() && w.ChannelID != "" }); i >= 0 {
		own.add(all, all[i].TeamID, all[i].ChannelID)
	}
	for _, p := range c.Places {
		own.add(all, p.Workspace.TeamID, p.ChannelID)
	}
	return own
}

func (c *Choices) add(all []Workspace, teamID, channelID string) {
	i := slices.IndexFunc(all, func(w Workspace) bool { return w.TeamID == teamID && w.Works() })
	if i < 0 || c.Has(teamID, channelID) {
		return
	}
	c.Places = append(c.Places, Place{all[i], channelID})
}

// Has tells whether that channel is one of them.
func (c Choices) Has(teamID, channelID string) bool {
	return slices.ContainsFunc(c.Places, func(p Place) bool { return p.Workspace.TeamID == teamID && p.ChannelID == channelID })
}

// Next takes the place whose turn is longest ago; ErrNotConnected where there is none. Who asks at the same time waits
// until the transaction ends, so that turns are fair.
func (c Choices) Next(ctx context.Context, tx tenant.Tx) (Place, error) {
	if len(c.Places) == 0 {
		return Place{}, ErrNotConnected
	}
	if len(c.Places) == 1 {
		return c.Places[0], nil
	}
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('slack turns ' || $1 || $2, 0))`, tx.Tenant().String(), c.occasion); err != nil {
		return Place{}, fmt.Errorf("wait for the turn of a channel: %w", err)
	}
	rows, _ := tx.Query(ctx, `SELECT team_id, channel_id, turn FROM slack_turns WHERE tenant_id = $1 AND occasion = $2`, tx.Tenant(), c.occasion)
	type turn struct {
		Team, Channel string
		Turn          int64
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[turn])
	if err != nil {
		return Place{}, fmt.Errorf("read the turns of channels: %w", err)
	}
	last := func(p Place) int64 {
		for _, t := range list {
			if t.Team == p.Workspace.TeamID && t.Channel == p.ChannelID {
				return t.Turn
			}
		}
		return 0
	}
	next := slices.MinFunc(c.Places, func(a, b Place) int { return int(last(a) - last(b)) })
	latest := int64(0)
	for _, t := range list {
		latest = max(latest, t.Turn)
	}
	_, err = tx.Exec(ctx, `INSERT INTO slack_turns (tenant_id, occasion, team_id, channel_id, turn) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, occasion, team_id, channel_id) DO UPDATE SET turn = excluded.turn`,
		tx.Tenant(), c.occasion, next.Workspace.TeamID, next.ChannelID, latest+1)
	if err != nil {
		return Place{}, fmt.Errorf("note the turn of a channel: %w", err)
	}
	return next, nil
}
