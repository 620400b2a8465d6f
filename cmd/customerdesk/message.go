package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func (c *cli) messageCommand() *cobra.Command {
	byOperator := tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByCLI}
	return group("message", "Raw mail as it was taken from mailboxes, also what was ignored or quarantined",
		c.messageList(), c.messageShow(),
		c.messageRelease(byOperator),
		c.messageDecide("drop", "Take a quarantined message away; its bytes are kept", func(ctx context.Context, a *app, owner tenant.ID, id uuid.UUID) error {
			return a.in(ctx, owner, func(tx tenant.Tx) error { return a.inbox.Drop(ctx, tx, id, byOperator) })
		}),
		c.messageReprocess())
}

func (c *cli) messageList() *cobra.Command {
	var state, class, mailbox string
	var limit int
	cmd := c.reads(&cobra.Command{
		Use: "list", Short: "List every mail ever taken from a mailbox, oldest first", Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			f := inbox.MessageFilter{Limit: limit}
			var err error
			if f.State, err = inbox.ParseState(state); err != nil {
				return usageError{err}
			}
			if f.Class, err = machine.ParseClass(class); err != nil {
				return usageError{err}
			}
			if limit < 0 {
				return usageError{errors.New("--limit is how many to show: 1 or more, 0 for all")}
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				if mailbox != "" {
					m, err := inbox.MailboxByAddress(ctx, tx, mailbox)
					if err != nil {
						return mailboxFault(mailbox, err)
					}
					f.Mailbox = &m.ID
				}
				if c.json {
					return c.streamMessages(ctx, a, tx, f)
				}
				return c.tabulateMessages(ctx, a, tx, f)
			})
		}),
	})
	cmd.Flags().StringVar(&state, "state", "", "only those that are stored, quarantined, ignored or dropped")
	cmd.Flags().StringVar(&class, "class", "", "only those of the class person, auto-reply, bounce, report, list or loop")
	cmd.Flags().StringVar(&mailbox, "mailbox", "", "only those of the mailbox with this address")
	cmd.Flags().IntVar(&limit, "limit", 0, "only the newest so many; 0: all")
	return cmd
}

func (c *cli) tabulateMessages(ctx context.Context, a *app, tx tenant.Tx, f inbox.MessageFilter) (err error) {
	return errors.Join(c.show(nil, func(w io.Writer) {
		fmt.Fprintln(w, "ID\tRECEIVED\tMAILBOX\tFROM\tCLASS\tSTATE\tTICKET\tSUBJECT\tPROBLEM")
		err = a.inbox.Messages(ctx, tx, f, func(m inbox.Inbound) error {
			ticket := "-"
			if m.Ticket != nil {
				ticket = fmt.Sprintf("#%d", *m.Ticket)
			}
			_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.ID, stamp(m.ReceivedAt), m.Mailbox, cmp.Or(printable(m.FromEmail), "-"), m.Class, m.State,
				ticket, cmp.Or(printable(m.Subject), "-"), cmp.Or(printable(m.Error), "-"))
			return err
		})
	}), err)
}

// streamMessages writes the list one message at a time: a mailbox's mail need not fit into memory.
func (c *cli) streamMessages(ctx context.Context, a *app, tx tenant.Tx, f inbox.MessageFilter) error {
	sep := "["
	err := a.inbox.Messages(ctx, tx, f, func(m inbox.Inbound) error {
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
	var file wantedFile
	cmd := c.reads(&cobra.Command{
		Use: "show ID", Short: "Show a mail as it was read, or with --raw byte for byte", Args: exactly("ID"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			id, err := messageID(args[0])
			if err = errors.Join(err, file.check()); err != nil {
				return err
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				m, data, err := a.inbox.MessageByID(ctx, tx, id)
				if err != nil {
					return messageFault(id, err)
				}
				if raw || file.name != "" {
					if data == nil {
						return fmt.Errorf("message %s: %w (%s, folder %s, UID %d); `customerdesk message release %[1]s` fetches it", id, inbox.ErrNoRaw, m.Mailbox, m.Folder, m.UID)
					}
					if file.name != "" {
						return file.ofMessage(c, m, data)
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
					fmt.Fprintf(w, "\nSender verified: %s", m.Auth)
					if m.AuthReason != "" {
						fmt.Fprintf(w, " (%s)", printable(m.AuthReason))
					}
					if !m.Taken {
						fmt.Fprintf(w, "\n%.1f MB, and not taken: it lies in the mailbox %s, folder %s, UID %d", float64(m.Size)/(1<<20), m.Mailbox, printable(m.Folder), m.UID)
						if m.State == inbox.Quarantined {
							fmt.Fprintf(w, ";\n`customerdesk message release %s` fetches it all the same", m.ID)
						}
					}
					fmt.Fprintf(w, "\n\n%s", indent(m.FullText))
					printAttachments(w, m.Attachments)
				})
			})
		}),
	})
	cmd.Flags().BoolVar(&raw, "raw", false, "write the mail byte for byte as it was fetched")
	file.flags(cmd, "part")
	return cmd
}

func (c *cli) messageRelease(by tickets.Actor) *cobra.Command {
	most := tenant.Size(inbox.MaxRelease)
	cmd := c.messageDecide("release", "Make a quarantined message a comment after all", func(ctx context.Context, a *app, owner tenant.ID, id uuid.UUID) error {
		return a.inbox.ReleaseUpTo(ctx, owner, id, by, int64(most))
	})
	cmd.Long = `Make a quarantined message a comment, as though it had just come. One that was not taken when it came, mostly because
it is over the size limit of 25 MB, still lies in its mailbox ("message show" says where) and is fetched from there now.`
	cmd.Flags().Var(sizeFlag{&most}, "max-size", "how large a mail is fetched that was not taken when it came; some ten times that is needed of memory")
	return cmd
}

// A sizeFlag is a size as tenant.Size writes it.
type sizeFlag struct{ *tenant.Size }

func (f sizeFlag) Set(s string) error {
	if err := f.UnmarshalText([]byte(s)); err != nil || *f.Size <= 0 {
		return errors.New("it is a size such as 100MB")
	}
	return nil
}

func (sizeFlag) Type() string { return "size" }

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

func (c *cli) messageReprocess() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "reprocess ID", Short: "Read a mail anew and bring its comment up to date", Args: exactly("ID"),
		Long: `Read a mail anew from its bytes, with what this version knows of mail. The comment of a stored mail gets the sender, text
and attachments that are read now, and the ticket that it opened the subject; nobody is told and nothing is sent. A mail
that was ignored, or is in quarantine, becomes what it would be if it came now.`,
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			id, err := messageID(args[0])
			if err != nil {
				return err
			}
			owner, err := a.tenantID(ctx)
			if err != nil {
				return err
			}
			if err := a.inbox.Reprocess(ctx, owner, id, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByCLI}); err != nil {
				return messageFault(id, err)
			}
			return a.in(ctx, owner, func(tx tenant.Tx) error {
				m, _, err := a.inbox.MessageByID(ctx, tx, id)
				if err != nil {
					return err
				}
				if m.Ticket != nil {
					c.say("Read anew: %s, %s, ticket #%d.", m.Class, m.State, *m.Ticket)
				} else {
					c.say("Read anew: %s, %s.", m.Class, m.State)
				}
				if err := tenant.Audit(ctx, tx, operator(), "cli", "message.reprocess", id.String(), nil); err != nil || !c.json {
					return err
				}
				return c.show(m, nil)
			})
		}),
	})
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
