package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

type workspaceJSON struct {
	Team          string        `json:"team"`
	TeamID        string        `json:"team_id"`
	EnterpriseID  *string       `json:"enterprise_id"`
	Channel       string        `json:"channel"`
	ChannelID     string        `json:"channel_id"`
	Channels      []channelJSON `json:"channels"`
	LastError     string        `json:"last_error"`
	MissingScopes []string      `json:"missing_scopes"`
	Installed     bool          `json:"installed"` // false: the app was removed from the workspace
	Socket        bool          `json:"socket_mode"`
	ExpiresAt     *time.Time    `json:"token_expires_at"`
	CreatedAt     time.Time     `json:"created_at"`
}

func workspaceView(w workspace.Workspace, all []workspace.Workspace, rules []workspace.Rule) workspaceJSON {
	v := workspaceJSON{
		Team: w.Team, TeamID: w.TeamID, EnterpriseID: orNull(w.EnterpriseID), Channel: w.Channel, ChannelID: w.ChannelID, Channels: []channelJSON{},
		LastError: w.Trouble(), MissingScopes: append([]string{}, w.MissingScopes()...), Installed: w.Works(), Socket: w.AppToken.Reveal() != "",
		ExpiresAt: w.ExpiresAt, CreatedAt: w.CreatedAt,
	}
	for _, c := range channelViews(all, rules) {
		if c.TeamID == w.TeamID {
			v.Channels = append(v.Channels, c)
		}
	}
	return v
}

func (c *cli) slackCommand() *cobra.Command {
	return group("slack", "The Slack workspaces where support members work", c.slackConnect(), c.slackInstall(), c.slackList(), c.slackChannel(), c.slackDisconnect())
}

func (c *cli) slackConnect() *cobra.Command {
	var keys workspace.Credentials
	cmd := c.reads(&cobra.Command{
		Use:   "connect --bot-token T [--app-token T] --channel C",
		Short: "Connect a Slack workspace; tokens, scopes and channel are tried first",
		Long: `Connect a Slack workspace. Make the app from deploy/slack-manifest.json at api.slack.com/apps (From a manifest),
install it, and take the bot token (xoxb-…, OAuth & Permissions) and an app-level token with the scope
connections:write (xapp-…, Basic Information). Again for the same workspace replaces tokens and channel. A second
workspace is added: its channel gets tickets once ` + "`slack channel add`" + ` says which.

An app that is not set to Socket Mode needs no app-level token: it makes requests to PUBLIC_URL/slack/events,
/slack/interactions and /slack/commands, which are checked with CUSTOMERDESK_SLACK_SIGNING_SECRET.`,
		Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			if keys.BotToken == "" || keys.Channel == "" {
				return usageError{errors.New("--bot-token and --channel are needed, and --app-token for Socket Mode")}
			}
			id, err := a.tenantID(ctx)
			if err != nil {
				return err
			}
			w, err := a.workspaces.Connect(ctx, id, keys)
			if err != nil {
				return err
			}
			if err := a.in(ctx, id, func(tx tenant.Tx) error {
				return tenant.Audit(ctx, tx, operator(), "cli", "slack.connect", w.TeamID, map[string]any{"channel": w.ChannelID})
			}); err != nil {
				return err
			}
			c.say("Connected to %s; tickets appear in #%s.", w.Team, w.Channel)
			if c.json {
				return c.show(workspaceView(w, []workspace.Workspace{w}, nil), nil)
			}
			return nil
		}),
	})
	f := cmd.Flags()
	f.StringVar(&keys.BotToken, "bot-token", "", "xoxb-…")
	f.StringVar(&keys.AppToken, "app-token", "", "xapp-…, with the scope connections:write")
	f.StringVar(&keys.Channel, "channel", "", "name or id of the channel where tickets appear")
	return cmd
}

func (c *cli) slackList() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "list", Short: "Show the connected workspaces", Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			id, err := a.tenantID(ctx)
			if err != nil {
				return err
			}
			all, err := a.workspaces.List(ctx, id)
			if err != nil {
				return err
			}
			rules, err := a.workspaces.Rules(ctx, id)
			if err != nil {
				return err
			}
			views := make([]workspaceJSON, 0, len(all))
			for _, w := range all {
				views = append(views, workspaceView(w, all, rules))
			}
			return c.show(views, func(w io.Writer) {
				fmt.Fprintln(w, "WORKSPACE\tCHANNELS\tPROBLEM")
				for _, v := range views {
					problem := "-"
					if v.LastError != "" {
						problem = printable(v.LastError)
					}
					channels := make([]string, 0, len(v.Channels))
					for _, ch := range v.Channels {
						channels = append(channels, "#"+printable(ch.Channel))
					}
					fmt.Fprintf(w, "%s\t%s\t%s\n", printable(v.Team), strings.Join(slices.Compact(channels), " "), problem)
				}
			})
		}),
	})
}

func (c *cli) slackDisconnect() *cobra.Command {
	return &cobra.Command{
		Use: "disconnect [TEAM]", Short: "Forget a workspace, its tokens and its channels; what was posted stays in Slack", Args: cobra.MaximumNArgs(1),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			id, err := a.tenantID(ctx)
			if err != nil {
				return err
			}
			w, err := a.workspaces.Disconnect(ctx, id, strings.Join(args, ""))
			if err != nil {
				return err
			}
			c.say("Disconnected from %s.", w.Team)
			return a.in(ctx, id, func(tx tenant.Tx) error {
				return tenant.Audit(ctx, tx, operator(), "cli", "slack.disconnect", w.TeamID, nil)
			})
		}),
	}
}
