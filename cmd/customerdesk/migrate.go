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
	var resetLogin bool
	up := c.reads(&cobra.Command{
		Use: "up", Short: "Bring the database to this version's schema; safe to run at any time and from several places",
		Long: `Bring the database to this version's schema. It is safe to run at any time and from several places at once.

Where CUSTOMERDESK_DATABASE_URL is the owner's login, the service gets one of its own, whose password is derived from
CUSTOMERDESK_SECRET_KEY. A login that was made with another key is left alone, since the service that runs with that
key would be locked out: give the same key, or --reset-login where it is lost.`,
		Args: exactly(),
		RunE: c.withPlace(func(ctx context.Context, p *place, _ []string) error {
			r, err := p.migrate(ctx, resetLogin)
			if err != nil {
				return err
			}
			for _, s := range r.Applied {
				c.say("applied %s %d %s", s.Source, s.Version, s.Name)
			}
			if r.RoleCreated {
				c.say("created the service's login %s", r.Role)
			}
			if r.PasswordSet {
				c.say("set the password of the service's login %s anew; services that run with another secret key cannot log in any more", r.Role)
			}
			c.say("The schema is up to date.")
			if c.json {
				return c.show(migrationViews(r.Applied), nil)
			}
			return nil
		}),
	})
	up.Flags().BoolVar(&resetLogin, "reset-login", false, "set the service's password anew where it was derived from another secret key")
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
