package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// maxLater is how far ahead an answer's time may be: what is written now fits no better after that.
const maxLater = 365 * 24 * time.Hour

// moment reads when an answer is to leave: the zero time where it is to wait for the undo window only.
func moment(at string, atOnce bool, now time.Time) (time.Time, error) {
	switch {
	case at != "" && atOnce:
		return time.Time{}, usageError{errors.New("--at and --now exclude each other")}
	case atOnce:
		return now, nil
	case at == "":
		return time.Time{}, nil
	}
	when, err := time.Parse(time.RFC3339, at)
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04"} {
		if err != nil {
			when, err = time.ParseInLocation(layout, at, time.Local)
		}
	}
	if err != nil {
		var d tenant.Duration
		if d.UnmarshalText([]byte(at)) != nil || d <= 0 {
			return time.Time{}, usageError{fmt.Errorf("--at %q: write 2006-01-02T15:04:05Z, \"2006-01-02 15:04\" (this machine's time) or how long from now, such as 90m or 2d", at)}
		}
		when = now.Add(time.Duration(d))
	}
	if when.Before(now) || when.Sub(now) > maxLater {
		return time.Time{}, usageError{fmt.Errorf("--at %q: the time must lie ahead, by a year at most", at)}
	}
	return when, nil
}

// sendNow has an answer leave now: one that waits, or once more one that did not arrive.
func (a *app) sendNow(ctx context.Context, tx tenant.Tx, k tickets.Comment, by tickets.Actor) error {
	if k.Waits() || k.PutOff() {
		return a.schedule(ctx, tx, k.ID, a.clock(), by)
	}
	job, err := a.outbox.SendAgain(ctx, tx, k.ID, a.clock(), by)
	if err != nil {
		return err
	}
	return a.queue.Insert(ctx, tx, job)
}

// schedule has an answer leave at a time.
func (a *app) schedule(ctx context.Context, tx tenant.Tx, k tickets.CommentID, at time.Time, by tickets.Actor) error {
	job, err := a.outbox.Schedule(ctx, tx, k, at, by)
	if err != nil {
		return err
	}
	return a.queue.Insert(ctx, tx, job)
}

// ticketDecide makes the commands that decide about an answer that has not left.
func (c *cli) ticketDecide(verb, short, long string, tried bool, do func(ctx context.Context, a *app, tx tenant.Tx, k tickets.Comment, by tickets.Actor) error) *cobra.Command {
	var as string
	cmd := c.reads(&cobra.Command{
		Use: verb + " N [COMMENT]", Short: short, Long: long, Args: cobra.RangeArgs(1, 2),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			n, err := ticketNumber(args[0])
			if err != nil {
				return err
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				k, err := waitingAnswer(ctx, tx, n, args[1:], tried)
				if err != nil {
					return err
				}
				by, err := memberActor(ctx, tx, as)
				if err != nil {
					return err
				}
				if err := do(ctx, a, tx, k, by); err != nil {
					if errors.Is(err, inbox.ErrTooLate) {
						return fmt.Errorf("nothing was changed: the answer on #%d is on its way", n)
					}
					if errors.Is(err, inbox.ErrDelivered) {
						return fmt.Errorf("nothing was changed: everybody got the answer on #%d, as far as their mail servers said", n)
					}
					return ticketFault(n, err)
				}
				if k, err = tickets.CommentByID(ctx, tx, k.ID); err != nil {
					return err
				}
				c.say("The answer on #%d of %s, %q, is %s.", n, stamp(k.CreatedAt), mail.ShortLine(printable(k.Text), maxSaid), k.Delivery)
				if c.json {
					return c.show(commentView(k), nil)
				}
				return nil
			})
		}),
	})
	cmd.Flags().StringVar(&as, "as", "", "the support member's address who does it")
	return cmd
}

func (c *cli) ticketUndo() *cobra.Command {
	return c.ticketDecide("undo", "Take an answer back that has not left",
		`Take an answer back that has not left: within the undo window, before its --at time, or when it is held because the
customer wrote first. It stays on the ticket as an internal note. Without COMMENT it is the newest such answer.`, false,
		func(ctx context.Context, a *app, tx tenant.Tx, k tickets.Comment, by tickets.Actor) error {
			return a.outbox.Withdraw(ctx, tx, k.ID, by)
		})
}

func (c *cli) ticketSend() *cobra.Command {
	return c.ticketDecide("send", "Send an answer now that waits or is held, or again one that did not arrive",
		`Send an answer now that waits for its time, that a mail server has put off, or that is held because the customer wrote
first; or once more one that failed or came back, to those who did not get it. Without COMMENT it is the newest such
answer. "ticket show N" says what became of each, and "--json" its id.`, true,
		func(ctx context.Context, a *app, tx tenant.Tx, k tickets.Comment, by tickets.Actor) error {
			return a.sendNow(ctx, tx, k, by)
		})
}

// maxSaid is how much of an answer is shown to tell it by, in bytes.
const maxSaid = 60

// waitingAnswer is the answer with the id in args, or the newest that has not left; tried: also one that was put off, or that
// did not arrive.
func waitingAnswer(ctx context.Context, tx tenant.Tx, n tickets.Number, args []string, tried bool) (tickets.Comment, error) {
	t, err := tickets.Get(ctx, tx, n)
	if err != nil {
		return tickets.Comment{}, ticketFault(n, err)
	}
	all, err := tickets.Comments(ctx, tx, t.ID)
	if err != nil {
		return tickets.Comment{}, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		k := all[i]
		switch {
		case len(args) == 1 && k.ID.String() != args[0], len(args) == 0 && !k.Waits() && !k.PutOff() && !(tried && k.Undelivered()):
		case k.PutOff() && !tried:
			return tickets.Comment{}, fmt.Errorf("the answer on #%d was tried already and cannot be taken back, since a mail server may have it: `customerdesk ticket send %[1]d` tries again now", n)
		default:
			return k, nil
		}
	}
	return tickets.Comment{}, fmt.Errorf("no answer on #%d waits to be sent: `customerdesk ticket show %[1]d` shows what became of each", n)
}
