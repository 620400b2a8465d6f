package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func (c *cli) messageCommand() *cobra.Command {
	byOperator := tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByCLI}
	return group("message", "Raw mail as it was taken from mailboxes, also what was ignored or quarantined",
		c.messageList(), c.messageShow(),
		c.messageDecide("release", "Make a quarantined message a comment after all", func(ctx context.Context, a *app, owner tenant.ID, id uuid.UUID) error {
			return a.inbox.Release(ctx, owner, id, byOperator)
		}),
		c.messageDecide("drop", "Take a quarantined message away; its bytes are kept", func(ctx context.Context, a *app, owner tenant.ID, id uuid.UUID) error {
			return a.in(ctx, owner, func(tx tenant.Tx) error { return a.inbox.Drop(ctx, tx, id, byOperator) })
		}))
}

func (c *cli) messageList() *cobra.Command {
	var state string
	cmd := c.reads(&cobra.Command{
		Use: "list", Short: "List every mail ever taken from a mailbox, oldest first", Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			s, err := inbox.ParseState(state)
			if err != nil {
				return usageError{err}
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				if c.json {
					return c.streamMessages(ctx, tx, s)
				}
				return c.show(nil, func(w io.Writer) {
					fmt.Fprintln(w, "ID\tRECEIVED\tFROM\tCLASS\tSTATE\tSUBJECT")
					err = inbox.Messages(ctx, tx, s, func(m inbox.Inbound) error {
						_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", m.ID, stamp(m.ReceivedAt), printable(m.FromEmail), m.Class, m.State, printable(m.Subject))
						return err
					})
				})
			})
		}),
	})
	cmd.Flags().StringVar(&state, "state", "", "only those that are stored, quarantined, ignored or dropped")
	return cmd
}

// streamMessages writes the list one message at a time: a mailbox's mail need not fit into memory.
func (c *cli) streamMessages(ctx context.Context, tx tenant.Tx, s inbox.State) error {
	sep := "["
	err := inbox.Messages(ctx, tx, s, func(m inbox.Inbound) error {
		b, err := json.Marshal(m)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.stdout, "%s\n%s", sep, b)
		sep = ","
		return err
	})
	if err != nil {
		return err
	}
	if sep == "[" {
		_, err = fmt.Fprintln(c.stdout, "[]")
	} else {
		_, err = fmt.Fprintln(c.stdout, "\n]")
	}
	return err
}

func (c *cli) messageShow() *cobra.Command {
	var raw bool
	cmd := c.reads(&cobra.Command{
		Use: "show ID", Short: "Show a mail as it was read, or with --raw byte for byte", Args: exactly("ID"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			id, err := messageID(args[0])
			if err != nil {
				return err
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				m, data, err := inbox.MessageByID(ctx, tx, id)
				if err != nil {
					return messageFault(id, err)
				}
				if raw {
					if data == nil {
						return messageFault(id, inbox.ErrNoRaw)
					}
					_, err = c.stdout.Write(data)
					return err
				}
				return c.show(m, func(w io.Writer) {
					fmt.Fprintf(w, "From: %s <%s>\nSubject: %s\nReceived: %s in %s\n%s, %s", printable(m.FromName), printable(m.FromEmail),
						printable(m.Subject), stamp(m.ReceivedAt), m.Mailbox, m.Class, m.State)
					if m.Ticket != nil {
						fmt.Fprintf(w, ", ticket #%d", *m.Ticket)
					}
					if m.Error != "" {
						fmt.Fprintf(w, ": %s", printable(m.Error))
					}
					fmt.Fprintf(w, "\n\n%s", indent(m.FullText))
				})
			})
		}),
	})
	cmd.Flags().BoolVar(&raw, "raw", false, "write the mail byte for byte as it was fetched")
	return cmd
}

func (c *cli) messageDecide(verb, short string, do func(ctx context.Context, a *app, owner tenant.ID, id uuid.UUID) error) *cobra.Command {
	return &cobra.Command{
		Use: verb + " ID", Short: short, Args: exactly("ID"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			id, err := messageID(args[0])
			if err != nil {
				return err
			}
			owner, err := a.tenantID(ctx)
			if err != nil {
				return err
			}
			if err := do(ctx, a, owner, id); err != nil {
				return messageFault(id, err)
			}
			c.say("Done.")
			return a.in(ctx, owner, func(tx tenant.Tx) error {
				return tenant.Audit(ctx, tx, operator(), "cli", "message."+verb, id.String(), nil)
			})
		}),
	}
}

func messageID(s string) (uuid.UUID, error) {
	id, err := uuid.Parse(s)
	if err != nil {
		return id, usageError{fmt.Errorf("%q is no message's id: `customerdesk message list` shows them", s)}
	}
	return id, nil
}

func messageFault(id uuid.UUID, err error) error {
	if errors.Is(err, inbox.ErrNoMessage) {
		return fmt.Errorf("there is no message %s: `customerdesk message list` shows what there is", id)
	}
	return err
}
