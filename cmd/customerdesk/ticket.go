package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func (c *cli) ticketCommand() *cobra.Command {
	return group("ticket", "Tickets: open, read, answer, note, change, merge, split",
		c.ticketNew(), c.ticketList(), c.ticketShow(),
		c.ticketComment("reply", "Answer the customer by mail", tickets.Public),
		c.ticketComment("note", "Write an internal note", tickets.Internal),
		c.ticketUndo(), c.ticketSend(), c.ticketSet(), c.ticketMerge(), c.ticketSplit())
}

func (c *cli) ticketNew() *cobra.Command {
	var from, title, text, mailbox string
	cmd := c.reads(&cobra.Command{
		Use: "new --from EMAIL --title TITLE --text TEXT", Short: "Open a ticket in a customer's name", Args: exactly(),
		Long: `Open a ticket in a customer's name. Answers leave from the mailbox named with --mailbox, else from the oldest one of
kind support; where the organisation has none yet, from the one that it has by then.`,
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			addr, err := mail.ParseAddress(from)
			if err != nil {
				return usageError{fmt.Errorf("--from %q is no address: write EMAIL or \"Name <EMAIL>\"", from)}
			}
			if strings.TrimSpace(title) == "" || strings.TrimSpace(text) == "" {
				return usageError{errors.New("--title and --text must say something")}
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				box, err := answeringMailbox(ctx, tx, mailbox)
				if err != nil {
					return err
				}
				who, err := tickets.EnsureEmployee(ctx, tx, addr.Name, addr.Address)
				if err != nil {
					return err
				}
				t, _, err := a.desk.Open(ctx, tx, tickets.NewTicket{
					Title: title, Requester: who, Mailbox: box.id(),
					First: tickets.NewComment{Text: text, Author: tickets.Actor{Kind: tickets.ByCustomer, User: who.Person.ID, Via: tickets.ByCLI}},
				})
				if err != nil {
					return err
				}
				c.say("Ticket #%d is open; %s.", t.Number, box)
				if c.json {
					return c.show(ticketView(t), nil)
				}
				return nil
			})
		}),
	})
	cmd.Flags().StringVar(&from, "from", "", "the customer's address")
	cmd.Flags().StringVar(&title, "title", "", "the subject")
	cmd.Flags().StringVar(&text, "text", "", "what the customer asks")
	cmd.Flags().StringVar(&mailbox, "mailbox", "", "the address that answers leave from")
	return cmd
}

// answers is the mailbox that answers to a new ticket leave from; the zero value means that there is none yet.
type answers struct{ inbox.Mailbox }

func answeringMailbox(ctx context.Context, tx tenant.Tx, address string) (answers, error) {
	if address != "" {
		m, err := inbox.MailboxByAddress(ctx, tx, address)
		return answers{m}, mailboxFault(address, err)
	}
	m, err := inbox.DefaultMailbox(ctx, tx)
	if errors.Is(err, inbox.ErrNoSender) {
		return answers{}, nil
	}
	return answers{m}, err
}

func (m answers) id() *uuid.UUID {
	if m.Address == "" {
		return nil
	}
	return &m.ID.UUID
}

func (m answers) String() string {
	if m.Address == "" {
		return "it can be answered once there is a mailbox: customerdesk mailbox add ADDRESS --imap URL --smtp URL"
	}
	return "answers leave from " + m.Address
}

func (c *cli) ticketList() *cobra.Command {
	var status, priority, query string
	cmd := c.reads(&cobra.Command{
		Use: "list", Short: "List tickets, newest first", Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			f := tickets.Filter{Query: query}
			var err error
			if status != "" {
				if f.Status, err = tickets.ParseStatus(status); err != nil {
					return usageError{err}
				}
			}
			if priority != "" {
				if f.Priority, err = tickets.ParsePriority(priority); err != nil {
					return usageError{err}
				}
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				all, err := tickets.List(ctx, tx, f)
				if err != nil {
					return err
				}
				views := make([]ticketJSON, 0, len(all))
				for _, t := range all {
					views = append(views, ticketView(t))
				}
				return c.show(views, func(w io.Writer) {
					fmt.Fprintln(w, "#\tSTATUS\tPRIORITY\tCUSTOMER\tASSIGNEE\tUPDATED\tTITLE")
					for _, t := range all {
						fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", t.Number, t.Status, t.Priority, t.Requester.Called(),
							orDash(t.Assignee), ago(&t.UpdatedAt, time.Now()), printable(t.Title))
					}
				})
			})
		}),
	})
	cmd.Flags().StringVar(&status, "status", "", "only those that are open, in-progress, resolved or closed")
	cmd.Flags().StringVar(&priority, "priority", "", "only those that are low, medium, high or urgent")
	cmd.Flags().StringVar(&query, "query", "", "only those that contain all these words")
	return cmd
}

func (c *cli) ticketShow() *cobra.Command {
	var raw string
	var file wantedFile
	cmd := c.reads(&cobra.Command{
		Use: "show N", Short: "Show a ticket with its people, comments and history", Args: exactly("N"),
		Long: `Show a ticket: who takes part and gets the answers, the comments with what became of each answer, and the history. A
comment that came by mail has the person's own words; where the mail has more (quoted history, a signature), it says so,
and the command that shows all of it.`,
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			n, err := ticketNumber(args[0])
			if err != nil {
				return err
			}
			if err := file.check(); err != nil {
				return err
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				if file.name != "" {
					return file.ofTicket(ctx, a, c, tx, n)
				}
				if raw != "" {
					return c.showRaw(ctx, a, tx, n, raw)
				}
				v, err := wholeTicket(ctx, tx, n)
				if err != nil {
					return ticketFault(n, err)
				}
				return c.show(v, func(w io.Writer) { printTicket(w, v) })
			})
		}),
	})
	cmd.Flags().StringVar(&raw, "raw", "", "write the mail that the comment with this id came by, byte for byte")
	file.flags(cmd, "id")
	return cmd
}

func (c *cli) showRaw(ctx context.Context, a *app, tx tenant.Tx, n tickets.Number, comment string) error {
	t, err := tickets.Get(ctx, tx, n)
	if err != nil {
		return ticketFault(n, err)
	}
	all, err := tickets.Comments(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	for _, k := range all {
		if k.ID.String() != comment {
			continue
		}
		data, err := a.rawOf(ctx, tx, k)
		if err != nil {
			return err
		}
		_, err = c.stdout.Write(data)
		return err
	}
	return fmt.Errorf("ticket #%d has no comment %s: `customerdesk ticket show %d --json` lists their ids", n, comment, n)
}

func (c *cli) ticketSet() *cobra.Command {
	var as string
	cmd := c.reads(&cobra.Command{
		Use: "set N status=… priority=… assignee=EMAIL|none cc=EMAIL", Short: "Change status, priority or assignee, or let somebody get the answers too", Args: atLeast("N", "KEY=VALUE"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			n, err := ticketNumber(args[0])
			if err != nil {
				return err
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				t, err := tickets.Get(ctx, tx, n)
				if err != nil {
					return ticketFault(n, err)
				}
				by, err := memberActor(ctx, tx, as)
				if err != nil {
					return err
				}
				for _, pair := range args[1:] {
					if err := a.setTicket(ctx, tx, t.ID, pair, by); err != nil {
						return err
					}
				}
				if t, err = tickets.Get(ctx, tx, n); err != nil {
					return err
				}
				c.say("#%d is %s, priority %s, assigned to %s.", n, t.Status, t.Priority, orDash(t.Assignee))
				if c.json {
					return c.show(ticketView(t), nil)
				}
				return nil
			})
		}),
	})
	cmd.Flags().StringVar(&as, "as", "", "the support member's address who does it")
	return cmd
}

// setTicket applies one KEY=VALUE.
func (a *app) setTicket(ctx context.Context, tx tenant.Tx, id tickets.ID, pair string, by tickets.Actor) error {
	key, value, ok := strings.Cut(pair, "=")
	if !ok {
		return usageError{fmt.Errorf("%q: write status=…, priority=…, assignee=… or cc=…", pair)}
	}
	switch key {
	case "status":
		s, err := tickets.ParseStatus(value)
		if err != nil {
			return usageError{err}
		}
		return a.desk.SetStatus(ctx, tx, id, s, by)
	case "priority":
		p, err := tickets.ParsePriority(value)
		if err != nil {
			return usageError{err}
		}
		return a.desk.SetPriority(ctx, tx, id, p, by)
	case "assignee":
		if value == "" || value == "none" {
			return a.desk.Assign(ctx, tx, id, nil, by)
		}
		m, err := member(ctx, tx, value)
		if err != nil {
			return err
		}
		return a.desk.Assign(ctx, tx, id, &m.ID, by)
	case "cc":
		addr, err := mail.ParseAddress(value)
		if err != nil {
			return usageError{fmt.Errorf("cc=%q is no address: write EMAIL or \"Name <EMAIL>\"", value)}
		}
		return a.desk.Join(ctx, tx, id, tickets.Participant{Email: addr.Address, Name: addr.Name, Role: "cc"}, by)
	}
	return usageError{fmt.Errorf("%q is not known: there are status, priority, assignee and cc", key)}
}

func member(ctx context.Context, tx tenant.Tx, address string) (tenant.Member, error) {
	m, err := tenant.MemberByAddress(ctx, tx, address)
	if errors.Is(err, tenant.ErrNoMember) {
		return m, fmt.Errorf("%s is no support member: `customerdesk member list` shows who is", address)
	}
	return m, err
}

// memberActor is the member with this address, or the team as a whole where none is named.
func memberActor(ctx context.Context, tx tenant.Tx, address string) (tickets.Actor, error) {
	by := tickets.Actor{Kind: tickets.ByMember, Via: tickets.ByCLI}
	if address == "" {
		by.Operator = operator() + " (command line)"
		return by, nil
	}
	m, err := member(ctx, tx, address)
	by.User = m.Person.ID
	return by, err
}

func ticketNumber(s string) (tickets.Number, error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(s, "#"), 10, 64)
	if err != nil || n < 1 {
		return 0, usageError{fmt.Errorf("%q is no ticket's number", s)}
	}
	return tickets.Number(n), nil
}

func ticketFault(n tickets.Number, err error) error {
	switch {
	case errors.Is(err, tickets.ErrNotFound):
		return fmt.Errorf("there is no ticket #%d: `customerdesk ticket list` shows what there is", n)
	case errors.Is(err, inbox.ErrNoSender):
		return errors.New("nothing was sent or changed: there is no mailbox that an answer could leave from: add a mailbox: `customerdesk mailbox add ADDRESS --imap URL --smtp URL`")
	case errors.Is(err, inbox.ErrTooLarge):
		return fmt.Errorf("nothing was sent or changed: %w: shorten it, or put what is long where the customer can fetch it", err)
	case errors.Is(err, inbox.ErrNoRecipient):
		return fmt.Errorf("nothing was sent or changed: nobody on ticket #%d has an address that mail can go to: keep it as a note with `customerdesk ticket note %[1]d --text TEXT`", n)
	case errors.Is(err, tickets.ErrClosed):
		return fmt.Errorf("nothing was changed: ticket #%d is closed, which is final; a new mail from the customer opens one that follows it", n)
	}
	return err
}
