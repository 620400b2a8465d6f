package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/migrations"
)

type migrationJSON struct {
	Source    string     `json:"source"`
	Version   int64      `json:"version"`
	Name      string     `json:"name"`
	AppliedAt *time.Time `json:"applied_at"`
	Known     bool       `json:"known"`
}

func migrationViews(all []migrations.State) []migrationJSON {
	views := make([]migrationJSON, 0, len(all))
	for _, s := range all {
		v := migrationJSON{Source: s.Source, Version: s.Version, Name: s.Name, Known: !s.Unknown}
		if !s.AppliedAt.IsZero() {
			v.AppliedAt = &s.AppliedAt
		}
		views = append(views, v)
	}
	return views
}

func (c *cli) migrateCommand() *cobra.Command {
	up := c.reads(&cobra.Command{
		Use: "up", Short: "Bring the database to this version's schema; safe to run at any time and from several places",
		Args: exactly(),
		RunE: c.withPlace(func(ctx context.Context, p *place, _ []string) error {
			r, err := p.migrate(ctx)
			if err != nil {
				return err
			}
			for _, s := range r.Applied {
				c.say("applied %s %d %s", s.Source, s.Version, s.Name)
			}
			if r.RoleCreated {
				c.say("created the service's login %s", r.Role)
			}
			c.say("The schema is up to date.")
			if c.json {
				return c.show(migrationViews(r.Applied), nil)
			}
			return nil
		}),
	})
	status := c.reads(&cobra.Command{
		Use: "status", Short: "List all migrations, applied and pending", Args: exactly(),
		RunE: c.withPlace(func(ctx context.Context, p *place, _ []string) error {
			all, err := migrations.Status(ctx, p.logins.Owner, p.logins.OwnerSetting)
			if err != nil {
				return err
			}
			return c.show(migrationViews(all), func(w io.Writer) {
				fmt.Fprintln(w, "SOURCE\tVERSION\tNAME\tAPPLIED")
				for _, s := range all {
					at := "pending"
					if !s.AppliedAt.IsZero() {
						at = stamp(s.AppliedAt)
					}
					if s.Unknown {
						at += " (by a newer version)"
					}
					fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", s.Source, s.Version, s.Name, at)
				}
			})
		}),
	})
	return group("migrate", "The database's schema", up, status)
}

// withPlace makes a command's body of fn, which works on the database as its owner.
func (c *cli) withPlace(fn func(ctx context.Context, p *place, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		ctx := cmd.Context()
		cfg, err := c.load()
		if err != nil {
			return err
		}
		p, err := openPlace(ctx, cfg, c.quiet(cfg))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.release(ctx)) }()
		return fn(ctx, p, args)
	}
}
