package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// memberSignature sets what stands below a member's answers.
func (c *cli) memberSignature() *cobra.Command {
	var text string
	cmd := &cobra.Command{
		Use: "signature EMAIL --text LINES", Short: "Set what stands below a member's answers", Args: exactly("EMAIL"),
		Long: `Set the lines below a member's name in answers. With an empty text it is the organisation's again:
customerdesk tenant set signature=…`,
		Example: "  customerdesk member signature nora@acme.example --text $'Acme Support\n+1 555 0100'",
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				err := tenant.SetSignature(ctx, tx, args[0], strings.TrimSpace(text))
				if errors.Is(err, tenant.ErrNoMember) {
					return fmt.Errorf("%s is no support member: `customerdesk member list` shows who is", args[0])
				}
				if err != nil {
					return err
				}
				c.say("Done.")
				return tenant.Audit(ctx, tx, operator(), "cli", "member.signature", args[0], nil)
			})
		}),
	}
	cmd.Flags().StringVar(&text, "text", "", "the lines; empty: the organisation's")
	return cmd
}

// tenantLogo sets the picture in an organisation's mail.
func (c *cli) tenantLogo() *cobra.Command {
	var remove bool
	cmd := &cobra.Command{
		Use: "logo FILE", Short: "Set the picture that stands in the organisation's mail, or remove it", Args: cobra.MaximumNArgs(1),
		Long: fmt.Sprintf(`Set the picture above the signature of all mail to customers: a PNG, JPEG or GIF of at most %d kB, which is shown
at most 240 by 48 pixels large. It goes along with each mail, so nothing is fetched by the reader.`, inbox.MaxLogo>>10),
		Example: "  customerdesk tenant logo acme.png\n  customerdesk tenant logo --remove",
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			logo, err := givenLogo(args, remove)
			if err != nil {
				return err
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				if err := inbox.SetLogo(ctx, tx, logo); err != nil {
					return err
				}
				said, what := "Mail has no logo from now on.", map[string]any{"removed": true}
				if logo != nil {
					said = fmt.Sprintf("The logo stands in all mail from now on, %d by %d pixels large. `customerdesk tenant logo --remove` takes it out.", logo.Width, logo.Height)
					what = map[string]any{"type": logo.ContentType, "bytes": len(logo.Bytes)}
				}
				c.say("%s", said)
				return tenant.Audit(ctx, tx, operator(), "cli", "tenant.logo", "", what)
			})
		}),
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "have mail without a logo again")
	return cmd
}

// givenLogo reads the file that is named; nil where the logo is to go.
func givenLogo(args []string, remove bool) (*inbox.Logo, error) {
	if remove == (len(args) == 1) {
		return nil, usageError{errors.New("write: tenant logo FILE, or tenant logo --remove")}
	}
	if remove {
		return nil, nil
	}
	b, err := os.ReadFile(args[0])
	if err != nil {
		return nil, fmt.Errorf("the logo cannot be read: %w", err)
	}
	logo, err := inbox.ReadLogo(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", args[0], err)
	}
	return &logo, nil
}
