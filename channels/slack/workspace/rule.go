package workspace

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// An Assignment gives tickets a channel, as an operator words it.
type Assignment struct {
	Team     string     // the workspace's id, name or subdomain; empty: the only one
	Channel  string     // id, #name or name
	Mailbox  *uuid.UUID // of the tickets; nil: any
	Priority string     // of the tickets; empty: any
}

func (n Assignment) general() bool { return n.Mailbox == nil && n.Priority == "" }

// AddChannel finds and joins a channel, and gives it the tickets that the assignment names. The first for any ticket
// becomes the workspace's own; further ones take turns with it.
func (s Registry) AddChannel(ctx context.Context, id tenant.ID, n Assignment) (Rule, error) {
	w, err := s.Find(ctx, id, n.Team)
	if err != nil {
		return Rule{}, err
	}
	r, err := s.findRule(ctx, id, w, n)
	if err != nil {
		return r, err
	}
	return r, tenant.In(ctx, s.Pool, id, func(tx tenant.Tx) error {
		w, err := Of(ctx, tx, s.Box, w.TeamID)
		if err != nil {
			return err
		}
		if n.general() && w.ChannelID == "" {
			return SetChannel(ctx, tx, w.TeamID, r.ChannelID, r.Channel)
		}
		return r.Add(ctx, tx)
	})
}

func (s Registry) findRule(ctx context.Context, id tenant.ID, w Workspace, n Assignment) (Rule, error) {
	hc := webapi.NewHTTPClient(webapi.CallTimeout)
	defer hc.CloseIdleConnections()
	w, err := s.Fresh(ctx, hc, id, w)
	if err != nil {
		return Rule{}, err
	}
	r := Rule{TeamID: w.TeamID, Mailbox: n.Mailbox, Priority: n.Priority, CreatedAt: s.now()}
	r.ChannelID, r.Channel, err = s.join(ctx, hc, w, n.Channel)
	return r, err
}

func (s Registry) join(ctx context.Context, hc *http.Client, w Workspace, channel string) (id, name string, err error) {
	return joinChannel(ctx, webapi.New(hc, s.APIURL, w.BotToken.text), w, channel, "channel")
}

// RemoveChannel takes the tickets that the assignment names from a channel; ErrNoRule where it has them by no rule.
// Another channel for any ticket steps in for the workspace's own; the last one stays.
func (s Registry) RemoveChannel(ctx context.Context, id tenant.ID, n Assignment) (r Rule, err error) {
	w, err := s.Find(ctx, id, n.Team)
	if err != nil {
		return Rule{}, err
	}
	err = tenant.In(ctx, s.Pool, id, func(tx tenant.Tx) error {
		rules, err := Rules(ctx, tx)
		if err != nil {
			return err
		}
		var next *Rule
		for i, have := range rules {
			if have.TeamID != w.TeamID {
				continue
			}
			if have.named(n.Channel) && have.Priority == n.Priority && same(have.Mailbox, n.Mailbox) {
				r = have
				return have.Remove(ctx, tx)
			}
			if have.rank() == 0 && next == nil {
				next = &rules[i]
			}
		}
		r = Rule{TeamID: w.TeamID, ChannelID: w.ChannelID, Channel: w.Channel}
		switch {
		case !n.general() || w.ChannelID == "" || !r.named(n.Channel):
			return ErrNoRule
		case next == nil:
			return fmt.Errorf("#%s is the only channel for any ticket in %s: add another one first", w.Channel, w.Team)
		}
		if err := next.Remove(ctx, tx); err != nil {
			return err
		}
		return SetChannel(ctx, tx, w.TeamID, next.ChannelID, next.Channel)
	})
	return r, err
}

// named tells whether a person's word for a channel means the rule's.
func (r Rule) named(channel string) bool {
	return channel == r.ChannelID || channel == r.Channel || channel == "#"+r.Channel
}

func same(a, b *uuid.UUID) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// Rules returns the tenant's rules, oldest first.
func (s Registry) Rules(ctx context.Context, id tenant.ID) ([]Rule, error) {
	return tenant.Get(ctx, s.Pool, id, func(tx tenant.Tx) ([]Rule, error) { return Rules(ctx, tx) })
}
