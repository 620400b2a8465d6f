package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// words are what a member writes on a ticket by command.
type words struct {
	kind     tickets.CommentKind
	text, as string
	attach   []string  // files that go along
	when     time.Time // it is to leave; zero: when the undo window ends
}

func (c *cli) ticketComment(verb, short string, kind tickets.CommentKind) *cobra.Command {
	w := words{kind: kind}
	var at string
	var atOnce bool
	cmd := c.reads(&cobra.Command{
		Use: verb + " N --text TEXT", Short: short, Args: exactly("N"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			n, err := ticketNumber(args[0])
			if err != nil {
				return err
			}
			if strings.TrimSpace(w.text) == "" {
				return usageError{errors.New("--text must say something")}
			}
			if w.when, err = moment(at, atOnce, a.clock()); err != nil {
				return err
			}
			k, to, err := a.write(ctx, n, w)
			if err != nil {
				return err
			}
			v := commentView(k).goesTo(to)
			c.say("%s", commented(n, k, v, a.clock()))
			if !c.json {
				return nil
			}
			return c.show(v, nil)
		}),
	})
	f := cmd.Flags()
	f.StringVar(&w.text, "text", "", "what to write")
	f.StringVar(&w.as, "as", "", "the support member's address; default: the team's name stands below it")
	f.StringArrayVar(&w.attach, "attach", nil, "a file that goes along, or is shown where the text names it as a picture: ![the lid](lid.png); may be repeated")
	if kind == tickets.Public {
		f.StringVar(&at, "at", "", "when to send it: a time, or how long from now; default: when the undo window ends")
		f.BoolVar(&atOnce, "now", false, "send it at once, without the undo window")
	}
	return cmd
}

// write puts a member's words on a ticket. It returns whom they go to by mail.
func (a *app) write(ctx context.Context, n tickets.Number, w words) (k tickets.Comment, to inbox.Addressees, err error) {
	id, err := a.tenantID(ctx)
	if err != nil {
		return k, to, err
	}
	files, err := readFiles(w.attach)
	if err != nil {
		return k, to, err
	}
	enclosed, err := a.outbox.Enclose(ctx, id, files)
	if err != nil {
		return k, to, ticketFault(n, err)
	}
	err = a.in(ctx, id, func(tx tenant.Tx) error {
		attached, err := a.outbox.Save(ctx, tx, enclosed)
		if err != nil {
			return err
		}
		t, err := tickets.Get(ctx, tx, n)
		if err != nil {
			return ticketFault(n, err)
		}
		by, err := memberActor(ctx, tx, w.as)
		if err != nil {
			return err
		}
		k, err = a.desk.Comment(ctx, tx, tickets.NewComment{Ticket: t.ID, Kind: w.kind, Author: by, Text: w.text, Attached: attached})
		if err != nil {
			return ticketFault(n, err)
		}
		if !w.when.IsZero() {
			if err := a.schedule(ctx, tx, k.ID, w.when, by); err != nil {
				return err
			}
		}
		all, err := inbox.AddresseesOf(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		to = all[k.ID]
		k, err = tickets.CommentByID(ctx, tx, k.ID)
		k.Attachments = attached
		return err
	})
	return k, to, err
}

// commented says what becomes of a new comment, and whom it goes to.
func commented(n tickets.Number, k tickets.Comment, v commentJSON, now time.Time) string {
	to := addressees(v)
	if to != "" {
		to = " It goes " + to + "."
	}
	switch {
	case k.Kind == tickets.Internal:
		return fmt.Sprintf("The note is on #%d.", n)
	case k.SendAt != nil && k.SendAt.Sub(now) > tenant.MaxUndoWindow:
		return fmt.Sprintf("The answer to #%d is queued for %s, unless the customer writes before; `customerdesk serve` sends it.%s", n, stamp(*k.SendAt), to)
	case k.SendAt != nil && k.SendAt.After(now):
		return fmt.Sprintf("The answer to #%d is queued; `customerdesk serve` sends it in %s.%s `customerdesk ticket undo %[1]d` takes it back.",
			n, k.SendAt.Sub(now).Round(time.Second), to)
	}
	return fmt.Sprintf("The answer to #%d is queued; `customerdesk serve` sends it.%s", n, to)
}
