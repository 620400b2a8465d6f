package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// The time for which a link works.
const (
	linkTime    = 24 * time.Hour
	maxLinkTime = 14 * 24 * time.Hour
)

type installJSON struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (c *cli) slackInstall() *cobra.Command {
	within := tenant.Duration(linkTime)
	cmd := c.reads(&cobra.Command{
		Use:   "install [--valid 24h]",
		Short: "Make a link that adds the app to Slack, for a workspace or a whole organisation",
		Long: `Make a link that adds the app to a Slack workspace, or to an Enterprise Grid organisation, once. Whoever may install apps
there opens it; Slack asks and leads back here, and the tokens are kept encrypted. Again for the same workspace renews
what the app may do. While serve runs, tokens that expire are renewed ahead of time.

It needs CUSTOMERDESK_PUBLIC_URL, CUSTOMERDESK_SLACK_CLIENT_ID and CUSTOMERDESK_SLACK_CLIENT_SECRET, a running serve, and an app
made from what slack manifest --http prints; CUSTOMERDESK_SLACK_SIGNING_SECRET lets that app make its requests.`,
		Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			if d := time.Duration(within); d < time.Minute || d > maxLinkTime {
				return usageError{errors.New("--valid: give a time between 1m and 14d")}
			}
			id, err := a.tenantID(ctx)
			if err != nil {
				return err
			}
			url, until, err := a.installer.Link(ctx, id, time.Duration(within))
			if err != nil {
				return err
			}
			if err := a.in(ctx, id, func(tx tenant.Tx) error {
				return tenant.Audit(ctx, tx, operator(), "cli", "slack.install.link", "", map[string]any{"expires_at": until})
			}); err != nil {
				return err
			}
			return c.show(installJSON{url, until.UTC()}, func(w io.Writer) { _, _ = io.WriteString(w, url+"\n") })
		}),
	})
	cmd.Flags().TextVar(&within, "valid", within, "how long the link works, such as 2h or 7d")
	return cmd
}
