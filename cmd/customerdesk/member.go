package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"time"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

type memberJSON struct {
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	CreatedAt time.Time `json:"created_at"`
	Signature string    `json:"signature"` // below the member's answers; empty: the organisation's
}

func memberView(m tenant.Member) memberJSON {
	return memberJSON{Email: m.Person.Email, Name: m.Person.Name, Role: string(m.Role), CreatedAt: m.CreatedAt, Signature: m.Signature}
}

func (c *cli) memberCommand() *cobra.Command {
	var name, role string
	add := c.reads(&cobra.Command{
		Use: "add EMAIL --name NAME --role admin|agent|light|viewer", Short: "Make somebody a support member, or change name and role",
		Long: `Make somebody a support member, or change name and role of one who is.

EMAIL is the address the person has in Slack: that is how a Slack user is recognised.
  admin   everything            agent   work on tickets and articles
  light   see, write notes      viewer  see`,
		Args: exactly("EMAIL"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			addr, err := mail.ParseAddress(args[0])
			if err != nil {
				return usageError{fmt.Errorf("%q is no address", args[0])}
			}
			r, err := tenant.ParseRole(role)
			if err != nil {
				return usageError{fmt.Errorf("--role: %w", err)}
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				m, err := tenant.AddMember(ctx, tx, name, addr.Address, r)
				if err != nil {
					return err
				}
				if err := tenant.Audit(ctx, tx, operator(), "cli", "member.add", m.Person.Email, map[string]any{"role": r}); err != nil {
					return err
				}
				c.say("%s is a support member with the role %s.", m.Person.Called(), m.Role)
				if c.json {
					return c.show(memberView(m), nil)
				}
				return nil
			})
		}),
	})
	add.Flags().StringVar(&name, "name", "", "the person's name, as customers see it")
	add.Flags().StringVar(&role, "role", "agent", "admin, agent, light or viewer")

	list := c.reads(&cobra.Command{
		Use: "list", Short: "List the support members", Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				all, err := tenant.Members(ctx, tx)
				if err != nil {
					return err
				}
				views := make([]memberJSON, 0, len(all))
				for _, m := range all {
					views = append(views, memberView(m))
				}
				return c.show(views, func(w io.Writer) {
					fmt.Fprintln(w, "EMAIL\tNAME\tROLE")
					for _, m := range all {
						fmt.Fprintf(w, "%s\t%s\t%s\n", m.Person.Email, m.Person.Name, m.Role)
					}
				})
			})
		}),
	})
	remove := &cobra.Command{
		Use: "remove EMAIL", Short: "Take a support member's rights; what the member wrote stays", Args: exactly("EMAIL"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				m, err := tenant.RemoveMember(ctx, tx, args[0])
				if errors.Is(err, tenant.ErrNoMember) {
					return fmt.Errorf("%s is no support member: `customerdesk member list` shows who is", args[0])
				}
				if err != nil {
					return err
				}
				if err := tenant.Audit(ctx, tx, operator(), "cli", "member.remove", m.Person.Email, nil); err != nil {
					return err
				}
				c.say("%s is no support member any more. `customerdesk member add %s` undoes this.", m.Person.Called(), m.Person.Email)
				return nil
			})
		}),
	}
	return group("member", "Support members", add, list, c.memberSignature(), remove)
}
