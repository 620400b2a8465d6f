package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/internal/config"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

type tenantJSON struct {
	Slug      string            `json:"slug"`
	Name      string            `json:"name"`
	Settings  map[string]string `json:"settings"`
	CreatedAt time.Time         `json:"created_at"`
}

func tenantView(t tenant.Tenant) tenantJSON {
	v := tenantJSON{Slug: t.Slug, Name: t.Name, Settings: map[string]string{}, CreatedAt: t.CreatedAt}
	for _, s := range tenant.SettingKeys() {
		v.Settings[s.Key] = s.Value(t)
	}
	return v
}

func (c *cli) tenantCommand() *cobra.Command {
	var name string
	add := c.reads(&cobra.Command{
		Use: "add SLUG --name NAME", Short: "Add an organisation",
		Long: "Add an organisation. SLUG is what commands call it: lower-case letters, digits and hyphens.",
		Args: exactly("SLUG"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			if name == "" {
				return usageError{errors.New("--name is missing: the organisation's name, as customers see it")}
			}
			t, err := tenant.Add(ctx, a.pool, args[0], name)
			if err != nil {
				return err
			}
			if err := a.in(ctx, t.ID, func(tx tenant.Tx) error {
				return tenant.Audit(ctx, tx, operator(), "cli", "tenant.add", t.Slug, nil)
			}); err != nil {
				return err
			}
			c.say("Tenant %s (%s) is there. Next: customerdesk member add EMAIL --tenant %s --name NAME --role agent", t.Slug, t.Name, t.Slug)
			if c.json {
				return c.show(tenantView(t), nil)
			}
			return nil
		}),
	})
	add.Flags().StringVar(&name, "name", "", "the organisation's name, as customers see it")

	list := c.reads(&cobra.Command{
		Use: "list", Short: "List all organisations", Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			all, err := tenant.List(ctx, a.pool)
			if err != nil {
				return err
			}
			views := make([]tenantJSON, 0, len(all))
			for _, t := range all {
				views = append(views, tenantView(t))
			}
			return c.show(views, func(w io.Writer) {
				fmt.Fprintln(w, "SLUG\tNAME\tSINCE")
				for _, t := range all {
					fmt.Fprintf(w, "%s\t%s\t%s\n", t.Slug, t.Name, t.CreatedAt.Format(time.DateOnly))
				}
			})
		}),
	})
	show := c.reads(&cobra.Command{
		Use: "show [SLUG]", Short: "Show an organisation and its settings", Args: cobra.MaximumNArgs(1),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			if len(args) == 1 {
				a.cfg.Tenant = args[0]
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				t, err := tenant.Current(ctx, tx)
				if err != nil {
					return err
				}
				return c.show(tenantView(t), func(w io.Writer) {
					for _, s := range tenant.SettingKeys() {
						fmt.Fprintf(w, "%s\t%s\t%s\n", s.Key, s.Value(t), s.Help)
					}
				})
			})
		}),
	})
	set := c.reads(&cobra.Command{
		Use: "set KEY=VALUE…", Short: "Change settings of an organisation", Args: atLeast("KEY=VALUE"),
		Long: "Change settings of an organisation, all or none of those given:\n\n" + settingKeysHelp(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				t, err := tenant.Set(ctx, tx, args)
				if err != nil {
					return err
				}
				if err := tenant.Audit(ctx, tx, operator(), "cli", "tenant.set", t.Slug, map[string]any{"changed": args}); err != nil {
					return err
				}
				c.say("Done.")
				if c.json {
					return c.show(tenantView(t), nil)
				}
				return nil
			})
		}),
	})
	return group("tenant", "Organisations and their settings", add, list, show, set, c.tenantLogo())
}

func settingKeysHelp() string {
	var s string
	for _, k := range tenant.SettingKeys() {
		s += fmt.Sprintf("    %-12s %s\n", k.Key, k.Help)
	}
	return s
}

// operator is who runs the command, for the audit log.
func operator() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "operator"
}

// needTenant returns the slug that a command is about.
func needTenant(cfg config.Config) (string, error) {
	if cfg.Tenant == "" {
		return "", usageError{fmt.Errorf("--tenant is missing: name the organisation's slug (or set %sTENANT)", config.Prefix)}
	}
	return cfg.Tenant, nil
}
