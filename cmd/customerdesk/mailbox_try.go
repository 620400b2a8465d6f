package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/channels/email"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

func (c *cli) mailboxTry() *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use: "test ADDRESS", Short: "Try both servers of a mailbox, and whether replies to its signed address come back",
		Long: `Log in to both servers of a mailbox with what is stored for it; then send a mail from it to its own address with a
signed tag (support+0-…@), and wait until that is in the mailbox. Replies to tickets go to such addresses. Where the
mail does not come back in time, or is refused, they are switched off for this mailbox: answers then ask for replies
to the plain address, and message ids carry the threads. Test again after the mail server was changed. The mail that
is sent never becomes a ticket, and can be deleted.`,
		Args: exactly("ADDRESS"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			var m inbox.Mailbox
			var owner tenant.ID
			if err := a.inTenant(ctx, func(tx tenant.Tx) (err error) {
				m, err = inbox.MailboxByAddress(ctx, tx, args[0])
				owner = tx.Tenant()
				return mailboxFault(args[0], err)
			}); err != nil {
				return err
			}
			if err := a.tryMailbox(ctx, owner, m.ID); err != nil {
				return err
			}
			c.say("%s: both servers let us in.", m.Address)
			if wait <= 0 {
				return nil
			}
			return c.tryReplies(ctx, a, owner, m, wait)
		}),
	}
	cmd.Flags().DurationVar(&wait, "wait", time.Minute, "how long to wait for the mail; 0: only log in")
	return cmd
}

// tryReplies finds out whether mail to the signed address comes back, and notes it.
func (c *cli) tryReplies(ctx context.Context, a *app, owner tenant.ID, m inbox.Mailbox, wait time.Duration) error {
	in, err := a.office.Open(ctx, inbox.Route{Tenant: owner, Mailbox: m.ID})
	if err != nil {
		return err
	}
	p, err := inbox.NewProbe(owner, a.box, m, a.clock())
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	c.say("Sending a mail to %s, and waiting for it up to %s …", p.Recipients[0], wait)
	started := time.Now()
	refused := ""
	send := func(ctx context.Context) error {
		refused, err = a.sendProbe(ctx, p)
		if refused != "" {
			cancel()
		}
		return err
	}
	back, err := dialer().Await(limited, in, send, p.Is, c.probeTaken(a, owner, p, started))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	if err := a.in(ctx, owner, func(tx tenant.Tx) error {
		if err := inbox.SetSignedReplies(ctx, tx, m.ID, back, a.clock()); err != nil {
			return err
		}
		return tenant.Audit(ctx, tx, operator(), "cli", "mailbox.test", m.Address, map[string]any{"signed_replies": back})
	}); err != nil {
		return err
	}
	switch {
	case back:
		c.say("It came back after %s: replies go to signed addresses.", time.Since(started).Round(100*time.Millisecond))
	case refused != "":
		c.say("The server refuses it (%s): replies go to %s itself, and message ids carry the threads.", printable(refused), m.Address)
	default:
		c.say("It did not come back within %s: replies go to %s itself, and message ids carry the threads.", wait, m.Address)
	}
	return nil
}

// sendProbe returns what the server says where it refuses the recipient for good.
func (a *app) sendProbe(ctx context.Context, p inbox.Probe) (refused string, err error) {
	r, err := a.sender.Send(ctx, p.Envelope)
	if err != nil {
		return "", fmt.Errorf("send a mail from %s: %w", p.From, err)
	}
	if len(r.Refused) == 0 {
		return "", nil
	}
	f := r.Refused[0] // of the one recipient
	if !f.Permanent {
		return "", fmt.Errorf("the server puts the mail off (%s): try again later", f.Reply)
	}
	return f.Reply, nil
}

// probeTaken asks the database whether a running service has taken the mail, and says now and then that it is
// still waited for.
func (c *cli) probeTaken(a *app, owner tenant.ID, p inbox.Probe, started time.Time) func(context.Context) (bool, error) {
	told := started
	return func(ctx context.Context) (taken bool, err error) {
		if now := time.Now(); now.Sub(told) >= 10*time.Second {
			told = now
			c.say("… not there after %s", now.Sub(started).Round(time.Second))
		}
		err = a.in(ctx, owner, func(tx tenant.Tx) error {
			taken, err = p.Taken(ctx, tx)
			return err
		})
		return taken, err
	}
}

// tryMailbox logs in to both servers of a mailbox.
func (a *app) tryMailbox(ctx context.Context, owner tenant.ID, id inbox.MailboxID) error {
	in, err := a.office.Open(ctx, inbox.Route{Tenant: owner, Mailbox: id})
	if err != nil {
		return err
	}
	if _, err := dialer().Check(ctx, in); err != nil {
		return err
	}
	out, err := a.office.SMTP(ctx, owner, id)
	if err != nil {
		return err
	}
	return dialer().CheckSMTP(ctx, out)
}

func dialer() email.Dialer { return email.Dialer{} }
