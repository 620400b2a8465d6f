package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// channelJSON says which tickets appear in a channel.
type channelJSON struct {
	Team      string  `json:"team"`
	TeamID    string  `json:"team_id"`
	Channel   string  `json:"channel"`
	ChannelID string  `json:"channel_id"`
	Mailbox   *string `json:"mailbox"`  // of the tickets; null: any
	Priority  *string `json:"priority"` // of the tickets; null: any
	Main      bool    `json:"main"`     // the workspace's own channel, where notices appear as well
	Tickets   bool    `json:"tickets"`  // false: only where the workspaces before it are gone
}

// channelViews lists all channels: each workspace's own, then its rules.
func channelViews(all []workspace.Workspace, rules []workspace.Rule) []channelJSON {
	views := []channelJSON{}
	general := workspace.Fitting(all, nil, nil, "")
	for _, w := range all {
		if w.ChannelID != "" {
			views = append(views, channelJSON{Team: w.Team, TeamID: w.TeamID, Channel: w.Channel, ChannelID: w.ChannelID, Main: true,
				Tickets: general.Has(w.TeamID, w.ChannelID)})
		}
		for _, r := range rules {
			if r.TeamID == w.TeamID {
				views = append(views, channelJSON{Team: w.Team, TeamID: w.TeamID, Channel: r.Channel, ChannelID: r.ChannelID,
					Mailbox: orNull(r.Address), Priority: orNull(r.Priority), Tickets: w.Works()})
			}
		}
	}
	return views
}

// what says in words which tickets appear there.
func (c channelJSON) what() string {
	var of []string
	if c.Mailbox != nil {
		of = append(of, "from "+*c.Mailbox)
	}
	if c.Priority != nil {
		of = append(of, "with priority "+*c.Priority)
	}
	switch {
	case len(of) > 0:
		return "tickets " + strings.Join(of, " ")
	case !c.Tickets:
		return "any ticket, where the workspaces before are gone"
	}
	return "any ticket"
}

func (c *cli) slackChannel() *cobra.Command {
	return group("channel", "Which tickets appear in which channel", c.slackChannelAdd(), c.slackChannelList(), c.slackChannelRemove())
}

// assignmentFlags adds the flags that name tickets and workspace.
func assignmentFlags(cmd *cobra.Command, n *workspace.Assignment, mailbox *string) {
	f := cmd.Flags()
	f.StringVar(mailbox, "mailbox", "", "only tickets from this `ADDRESS`")
	f.StringVar(&n.Priority, "priority", "", "only tickets with this priority: low, medium, high or urgent")
	f.StringVar(&n.Team, "team", "", "the workspace's name, id or subdomain, where several are connected")
}

// assignment reads them.
func (a *app) assignment(ctx context.Context, id tenant.ID, n workspace.Assignment, mailbox string) (workspace.Assignment, error) {
	if n.Priority != "" {
		p, err := tickets.ParsePriority(n.Priority)
		if err != nil {
			return n, usageError{err}
		}
		n.Priority = string(p)
	}
	if mailbox == "" {
		return n, nil
	}
	return n, a.in(ctx, id, func(tx tenant.Tx) error {
		m, err := inbox.MailboxByAddress(ctx, tx, mailbox)
		if errors.Is(err, inbox.ErrNoMailbox) {
			return fmt.Errorf("there is no mailbox %s: `customerdesk mailbox list` shows what there is", mailbox)
		}
		n.Mailbox = &m.ID.UUID
		return err
	})
}

func (c *cli) slackChannelAdd() *cobra.Command {
	var n workspace.Assignment
	var mailbox string
	cmd := c.reads(&cobra.Command{
		Use:   "add CHANNEL [--mailbox ADDRESS] [--priority P] [--team T]",
		Short: "Have tickets appear in a channel; the app joins it where it is public",
		Long: `Have tickets appear in a channel. Where both a mailbox's and a priority's channels would fit a ticket, the mailbox's
count; a channel for both goes before either. Several channels that fit alike take turns, so that two for any ticket
share the work evenly. A ticket stays in the channel where it appeared first.`,
		Args: exactly("CHANNEL"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			id, err := a.tenantID(ctx)
			if err != nil {
				return err
			}
			n, err := a.assignment(ctx, id, n, mailbox)
			if err != nil {
				return err
			}
			n.Channel = args[0]
			r, err := a.workspaces.AddChannel(ctx, id, n)
			if err != nil {
				return err
			}
			if err := a.audit(ctx, id, "slack.channel.add", r, mailbox); err != nil {
				return err
			}
			v := channelJSON{TeamID: r.TeamID, Channel: r.Channel, ChannelID: r.ChannelID, Mailbox: orNull(mailbox), Priority: orNull(r.Priority), Tickets: true}
			c.say("In #%s: %s.", r.Channel, v.what())
			return c.listChannels(ctx, a, id)
		}),
	})
	assignmentFlags(cmd, &n, &mailbox)
	return cmd
}

func (a *app) audit(ctx context.Context, id tenant.ID, verb string, r workspace.Rule, mailbox string) error {
	return a.in(ctx, id, func(tx tenant.Tx) error {
		return tenant.Audit(ctx, tx, operator(), "cli", verb, r.TeamID, map[string]any{"channel": r.ChannelID, "mailbox": mailbox, "priority": r.Priority})
	})
}

// listChannels shows all channels with --json, else nothing.
func (c *cli) listChannels(ctx context.Context, a *app, id tenant.ID) error {
	if !c.json {
		return nil
	}
	views, err := a.channels(ctx, id)
	if err != nil {
		return err
	}
	return c.show(views, nil)
}

func (a *app) channels(ctx context.Context, id tenant.ID) ([]channelJSON, error) {
	all, err := a.workspaces.List(ctx, id)
	if err != nil {
		return nil, err
	}
	rules, err := a.workspaces.Rules(ctx, id)
	return channelViews(all, rules), err
}

func (c *cli) slackChannelList() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "list", Short: "Show which tickets appear in which channel", Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			id, err := a.tenantID(ctx)
			if err != nil {
				return err
			}
			views, err := a.channels(ctx, id)
			if err != nil {
				return err
			}
			return c.show(views, func(w io.Writer) {
				fmt.Fprintln(w, "WORKSPACE\tCHANNEL\tTICKETS")
				for _, v := range views {
					fmt.Fprintf(w, "%s\t#%s\t%s\n", printable(v.Team), printable(v.Channel), printable(v.what()))
				}
			})
		}),
	})
}

func (c *cli) slackChannelRemove() *cobra.Command {
	var n workspace.Assignment
	var mailbox string
	cmd := c.reads(&cobra.Command{
		Use:   "remove CHANNEL [--mailbox ADDRESS] [--priority P] [--team T]",
		Short: "Have no more tickets appear in a channel; those that are there stay",
		Args:  exactly("CHANNEL"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			id, err := a.tenantID(ctx)
			if err != nil {
				return err
			}
			n, err := a.assignment(ctx, id, n, mailbox)
			if err != nil {
				return err
			}
			n.Channel = args[0]
			r, err := a.workspaces.RemoveChannel(ctx, id, n)
			if err != nil {
				return err
			}
			if err := a.audit(ctx, id, "slack.channel.remove", r, mailbox); err != nil {
				return err
			}
			c.say("New tickets no longer appear in #%s by this rule.", r.Channel)
			return c.listChannels(ctx, a, id)
		}),
	})
	assignmentFlags(cmd, &n, &mailbox)
	return cmd
}
