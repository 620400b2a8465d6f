package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/channels/email"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/inbox/origin"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

func (c *cli) mailboxCommand() *cobra.Command {
	return group("mailbox", "Addresses that customers write to", c.mailboxAdd(), c.mailboxSet(), c.mailboxList(), c.mailboxAuthorise(), c.mailboxTry(),
		c.mailboxPause("pause", "Stop taking mail; what is sent goes on", true),
		c.mailboxPause("resume", "Take mail again, also what came meanwhile", false),
		c.mailboxRemove())
}

func (c *cli) mailboxAdd() *cobra.Command {
	var imapURL, smtpURL, fromName, since, kind, moveTo string
	var folders []string
	var unchecked bool
	var authResults []string
	cmd := c.reads(&cobra.Command{
		Use:   "add ADDRESS --imap URL --smtp URL",
		Short: "Add a mailbox; both servers are tried first",
		Long: `Add a mailbox. Both servers are tried first, and nothing is stored where one refuses.

The URLs are imap://USER:PASSWORD@HOST:PORT?tls=none|starttls|implicit and smtp://… likewise; imaps:// and smtps://
mean implicit TLS. Special characters in the password are percent-encoded. Without TLS only loopback is allowed,
unless insecure=1 is in the URL. With auth=xoauth2 or auth=oauthbearer there is no password: imap://USER@HOST?auth=xoauth2,
and ` + "`customerdesk mailbox authorise`" + ` comes next, as for Google and Microsoft 365. Mail that arrived before now is left alone, unless --since says otherwise.

` + authResultsHelp,
		Example: "  customerdesk mailbox add support@acme.example --tenant acme \\\n    --imap 'imaps://support%40acme.example:PASSWORD@imap.acme.example' \\\n    --smtp 'smtps://support%40acme.example:PASSWORD@smtp.acme.example'",
		Args:    exactly("ADDRESS"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			n, in, out, err := newMailbox(args[0], imapURL, smtpURL, since, kind)
			if err != nil {
				return usageError{err}
			}
			n.FromName, n.MoveTo = fromName, moveTo
			if err := setFolders(&n.Mailbox, folders); err != nil {
				return usageError{err}
			}
			if n.AuthResults, err = authServers(authResults); err != nil {
				return usageError{err}
			}
			id, err := a.tenantID(ctx)
			if err != nil {
				return err
			}
			if !unchecked {
				if err := c.checkServers(ctx, email.Mailbox{Account: in, Folder: n.Folder, Others: n.Folders, MoveTo: moveTo}, out); err != nil {
					return err
				}
			}
			return a.in(ctx, id, func(tx tenant.Tx) error {
				m, err := inbox.AddMailbox(ctx, tx, a.box, n)
				if errors.Is(err, inbox.ErrMailboxExists) {
					return fmt.Errorf("the mailbox %s is there already: `customerdesk mailbox remove %[1]s` first", args[0])
				}
				if err != nil {
					return err
				}
				if err := tenant.Audit(ctx, tx, operator(), "cli", "mailbox.add", m.Address, map[string]any{"imap": m.IMAP, "smtp": m.SMTP}); err != nil {
					return err
				}
				if needsToken(m) {
					c.say("The mailbox %s is there, and not authorised yet: `customerdesk mailbox authorise %[1]s` comes next.", m.Address)
				} else {
					c.say("The mailbox %s is there; `customerdesk serve` takes its mail from %s on.\n`customerdesk mailbox test %[1]s` finds out whether replies to signed addresses come back.", m.Address, sinceText(m.Since))
				}
				if c.json {
					return c.show(mailboxJSON(m), nil)
				}
				return nil
			})
		}),
	})
	f := cmd.Flags()
	f.StringVar(&imapURL, "imap", "", "where mail is read")
	f.StringVar(&smtpURL, "smtp", "", "where mail is sent")
	f.StringVar(&fromName, "from-name", "", "the name that stands before the address in answers")
	f.StringVar(&since, "since", "", "also take mail since this date (2006-01-02), or all")
	f.StringVar(&kind, "kind", string(inbox.SupportMailbox), "support (mail becomes tickets) or articles (questions about articles)")
	f.StringSliceVar(&folders, "folder", []string{"INBOX"}, "the folder that mail is read from; several are separated by commas, or the flag is repeated")
	f.StringVar(&moveTo, "move-to", "", "the folder that stored mail is moved to; empty: it stays and is marked as read")
	f.StringSliceVar(&authResults, "auth-results", nil, "a mail server whose Authentication-Results are trusted, by its authserv-id; may be repeated")
	f.BoolVar(&unchecked, "no-check", false, "do not try the servers first")
	return cmd
}

func newMailbox(address, imapURL, smtpURL, since, kind string) (n inbox.NewMailbox, in, out email.Account, err error) {
	addr, err := mail.ParseAddress(address)
	if err != nil {
		return n, in, out, fmt.Errorf("%q is no address", address)
	}
	if imapURL == "" || smtpURL == "" {
		return n, in, out, errors.New("--imap and --smtp are needed: imap://USER:PASSWORD@HOST and smtp://USER:PASSWORD@HOST")
	}
	if in, err = email.ParseAccount(imapURL, email.IMAP); err != nil {
		return n, in, out, fmt.Errorf("--imap: %w", err)
	}
	if out, err = email.ParseAccount(smtpURL, email.SMTP); err != nil {
		return n, in, out, fmt.Errorf("--smtp: %w", err)
	}
	if kind != string(inbox.SupportMailbox) && kind != string(inbox.ArticleMailbox) {
		return n, in, out, fmt.Errorf("--kind %q: it is support or articles", kind)
	}
	n.Address, n.Kind = addr.Address, inbox.MailboxKind(kind)
	if n.Since, err = parseSince(since, time.Now()); err != nil {
		return n, in, out, err
	}
	var keep email.Logins
	n.IMAP, keep.IMAP = in.Split()
	n.SMTP, keep.SMTP = out.Split()
	n.Credentials, err = keep.Bytes()
	return n, in, out, err
}

// warn says what to think about.
func (c *cli) warn(notes []string) {
	for _, note := range notes {
		c.say("Note: %s.", printable(note))
	}
}

// parseSince reads --since: empty is now, all is the zero time.
func parseSince(s string, now time.Time) (time.Time, error) {
	switch s {
	case "":
		// INTERNALDATE has whole seconds (RFC 9051 section 9, date-time).
		return now.Truncate(time.Second), nil
	case "all":
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--since %q: write a date such as 2026-01-31, or all", s)
}

func sinceText(t time.Time) string {
	if t.IsZero() {
		return "the very first"
	}
	return stamp(t)
}

func (c *cli) checkServers(ctx context.Context, in email.Mailbox, out email.Account) error {
	// Without a token there is nothing to log in with yet: authorise tries those.
	if in.Account.Auth == email.AuthPassword {
		notes, err := dialer().Check(ctx, in)
		if err != nil {
			return fmt.Errorf("--imap: %w", err)
		}
		c.warn(notes)
	}
	if out.Auth == email.AuthPassword {
		if err := dialer().CheckSMTP(ctx, out); err != nil {
			return fmt.Errorf("--smtp: %w", err)
		}
	}
	return nil
}

func mailboxJSON(m inbox.Mailbox) inbox.MailboxStatus {
	s := inbox.MailboxStatus{Address: m.Address, Kind: m.Kind, State: "new", AuthResults: append([]string{}, origin.BorderOf(m.IMAP, m.AuthResults)...)}
	for _, name := range append([]string{m.Folder}, m.Folders...) {
		s.Folders = append(s.Folders, inbox.FolderStatus{FolderState: inbox.FolderState{Folder: name}, State: "new"})
	}
	switch {
	case m.Paused:
		s.State = "paused"
	case needsToken(m):
		s.State = "unauthorised"
	}
	return s
}

func (c *cli) mailboxList() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "list", Short: "List the mailboxes and how they fare", Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				all, err := inbox.Mailboxes(ctx, tx)
				if err != nil {
					return err
				}
				if all == nil {
					all = []inbox.MailboxStatus{}
				}
				return c.show(all, func(w io.Writer) {
					fmt.Fprintln(w, "ADDRESS\tSTATE\tLAST LOOK\tRECEIVED\tQUARANTINED\tREPLIES\tPROBLEM")
					for _, m := range all {
						problem := "-"
						if m.State == "unauthorised" {
							problem = "not authorised yet: customerdesk mailbox authorise " + m.Address
						}
						if m.LastError != "" {
							problem = printable(m.LastError)
							if m.FailingSince != nil {
								problem += " (since " + stamp(*m.FailingSince) + ")"
							}
						}
						for _, f := range m.Folders {
							if f.Note != "" && m.LastError == "" {
								problem = strings.TrimPrefix(problem+"; ", "-; ") + printable(f.Folder+": "+f.Note)
							}
						}
						replies := "signed"
						if !m.SignedReplies {
							replies = "plain"
						}
						fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\n", m.Address, m.State, ago(m.LastPollAt, time.Now()), m.Received, m.Quarantined,
							replies, problem)
					}
				})
			})
		}),
	})
}

func (c *cli) mailboxPause(verb, short string, paused bool) *cobra.Command {
	return &cobra.Command{
		Use: verb + " ADDRESS", Short: short, Args: exactly("ADDRESS"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				m, err := inbox.MailboxByAddress(ctx, tx, args[0])
				if err != nil {
					return mailboxFault(args[0], err)
				}
				if err := inbox.PauseMailbox(ctx, tx, m.ID, paused); err != nil {
					return err
				}
				c.say("Done: %s %sd.", m.Address, verb)
				return tenant.Audit(ctx, tx, operator(), "cli", "mailbox."+verb, m.Address, nil)
			})
		}),
	}
}

func (c *cli) mailboxRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove ADDRESS", Short: "Forget a mailbox and its credentials; its tickets stay", Args: exactly("ADDRESS"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				m, err := inbox.MailboxByAddress(ctx, tx, args[0])
				if err != nil {
					return mailboxFault(args[0], err)
				}
				if err := inbox.RemoveMailbox(ctx, tx, m.ID, time.Now()); err != nil {
					return err
				}
				c.say("Done: %s is forgotten; its tickets stay.", m.Address)
				return tenant.Audit(ctx, tx, operator(), "cli", "mailbox.remove", m.Address, nil)
			})
		}),
	}
}

func mailboxFault(address string, err error) error {
	if errors.Is(err, inbox.ErrNoMailbox) {
		return fmt.Errorf("there is no mailbox %s: `customerdesk mailbox list` shows what there is", address)
	}
	return err
}
