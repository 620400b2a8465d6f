package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func (c *cli) ticketMerge() *cobra.Command {
	var as string
	var undo bool
	cmd := c.reads(&cobra.Command{
		Use: "merge N INTO", Short: "Make a ticket part of another one, or undo that",
		Long: `Make ticket N part of ticket INTO. Its comments are shown there, its people get the answers from there, and mail
for it goes there. N is closed and keeps its number. --undo N takes it out again: its comments go back, with those
that answered them, and so does its status.`,
		Example: "  customerdesk ticket merge 12 7\n  customerdesk ticket merge --undo 12",
		Args:    atLeast("N"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			n, into, err := mergeNumbers(args, undo)
			if err != nil {
				return err
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				by, err := memberActor(ctx, tx, as)
				if err != nil {
					return err
				}
				from, err := tickets.Get(ctx, tx, n)
				if err != nil {
					return ticketFault(n, err)
				}
				if undo {
					if err := a.desk.Unmerge(ctx, tx, from.ID, by); err != nil {
						return moveFault(err)
					}
					c.say("#%d is a ticket of its own again.", n)
					return c.showTicket(ctx, tx, n)
				}
				to, err := tickets.Get(ctx, tx, into)
				if err != nil {
					return ticketFault(into, err)
				}
				if err := a.desk.Merge(ctx, tx, from.ID, to.ID, by); err != nil {
					return moveFault(err)
				}
				c.say("#%d is part of #%d now; `customerdesk ticket merge --undo %[1]d` undoes it.", n, into)
				return c.showTicket(ctx, tx, into)
			})
		}),
	})
	cmd.Flags().BoolVar(&undo, "undo", false, "take ticket N out of the one that it was merged into")
	cmd.Flags().StringVar(&as, "as", "", "the support member's address who does it")
	return cmd
}

func mergeNumbers(args []string, undo bool) (n, into tickets.Number, err error) {
	if undo && len(args) != 1 {
		return 0, 0, usageError{errors.New("write: ticket merge --undo N")}
	}
	if !undo && len(args) != 2 {
		return 0, 0, usageError{errors.New("write: ticket merge N INTO")}
	}
	if n, err = ticketNumber(args[0]); err != nil || undo {
		return n, 0, err
	}
	into, err = ticketNumber(args[1])
	return n, into, err
}

func (c *cli) ticketSplit() *cobra.Command {
	var as string
	var undo bool
	cmd := c.reads(&cobra.Command{
		Use: "split N COMMENT", Short: "Make a ticket of its own of one comment, or undo that",
		Long: `Make a ticket of its own of one comment of ticket N; mail that answers the comment goes there. ` + "`ticket show N --json`" + `
lists the ids of comments. --undo N merges the ticket that was split off into the one that it came from.`,
		Example: "  customerdesk ticket split 12 0197c2f0-5a50-7cc0-8000-0242ac120002\n  customerdesk ticket split --undo 13",
		Args:    atLeast("N"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			n, comment, err := splitArgs(args, undo)
			if err != nil {
				return err
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				by, err := memberActor(ctx, tx, as)
				if err != nil {
					return err
				}
				t, err := tickets.Get(ctx, tx, n)
				if err != nil {
					return ticketFault(n, err)
				}
				if undo {
					if err := a.desk.Unsplit(ctx, tx, t.ID, by); err != nil {
						return moveFault(err)
					}
					c.say("#%d is part of #%d again.", n, *t.SplitFrom)
					return c.showTicket(ctx, tx, *t.SplitFrom)
				}
				fresh, err := a.desk.Split(ctx, tx, t.ID, comment, by)
				if errors.Is(err, tickets.ErrNotFound) {
					return fmt.Errorf("ticket #%d has no comment %s: `customerdesk ticket show %[1]d --json` lists their ids", n, comment)
				}
				if err != nil {
					return moveFault(err)
				}
				c.say("The comment is ticket #%d now; `customerdesk ticket split --undo %[1]d` undoes it.", fresh.Number)
				return c.showTicket(ctx, tx, fresh.Number)
			})
		}),
	})
	cmd.Flags().BoolVar(&undo, "undo", false, "merge ticket N into the one that it was split off")
	cmd.Flags().StringVar(&as, "as", "", "the support member's address who does it")
	return cmd
}

func splitArgs(args []string, undo bool) (n tickets.Number, comment tickets.CommentID, err error) {
	if undo && len(args) != 1 {
		return 0, comment, usageError{errors.New("write: ticket split --undo N")}
	}
	if !undo && len(args) != 2 {
		return 0, comment, usageError{errors.New("write: ticket split N COMMENT")}
	}
	if n, err = ticketNumber(args[0]); err != nil || undo {
		return n, comment, err
	}
	if comment.UUID, err = uuid.Parse(args[1]); err != nil {
		return n, comment, usageError{fmt.Errorf("%q is no comment's id: `customerdesk ticket show %d --json` lists them", args[1], n)}
	}
	return n, comment, nil
}

// showTicket writes a ticket as JSON, where that is asked for.
func (c *cli) showTicket(ctx context.Context, tx tenant.Tx, n tickets.Number) error {
	if !c.json {
		return nil
	}
	t, err := tickets.Get(ctx, tx, n)
	if err != nil {
		return err
	}
	return c.show(ticketView(t), nil)
}

// moveFault says what to do where tickets cannot be merged or split.
func moveFault(err error) error {
	switch {
	case errors.Is(err, tickets.ErrMerged):
		return fmt.Errorf("%w: name that one, or undo its merge first", err)
	case errors.Is(err, tickets.ErrClosed):
		return fmt.Errorf("%w: choose an open one, or open a new one", err)
	}
	return err
}
