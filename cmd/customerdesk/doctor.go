package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/blobs"
	"github.com/customerdesk/customerdesk/internal/config"
	"github.com/customerdesk/customerdesk/internal/postgres"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// finding is one line of doctor.
type finding struct {
	Check   string `json:"check"`
	OK      bool   `json:"ok"`
	Warning bool   `json:"warning"` // it works, and somebody should look
	Message string `json:"message"` // what is there, or what is wrong and the cure
}

// examination collects findings.
type examination struct {
	list []finding
}

func (e *examination) fine(check, message string) {
	e.list = append(e.list, finding{Check: check, OK: true, Message: message})
}

func (e *examination) warn(check, message string) {
	e.list = append(e.list, finding{Check: check, OK: true, Warning: true, Message: message})
}

func (e *examination) wrong(check string, err error) {
	e.list = append(e.list, finding{Check: check, Message: oneLine(err)})
}

func (e *examination) faults() int {
	n := 0
	for _, f := range e.list {
		if !f.OK {
			n++
		}
	}
	return n
}

func (c *cli) doctorCommand() *cobra.Command {
	return c.reads(&cobra.Command{
		Use:   "doctor",
		Short: "Check settings, database, mailboxes, SMTP, Slack and the AI: one line each, with the cure",
		Args:  exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			var e examination
			cfg, err := c.load()
			c.examineSettings(&e, cfg, err)
			examinePublicURL(&e, cfg)
			c.examineDatabase(ctx, &e, cfg)
			if line, err := aiLine(ctx, provider(cfg)); err != nil {
				e.wrong("ai", err)
			} else {
				e.fine("ai", line)
			}
			if err := c.show(e.list, func(w io.Writer) {
				for _, f := range e.list {
					mark := "ok"
					switch {
					case !f.OK:
						mark = "FAULT"
					case f.Warning:
						mark = "WARN"
					}
					fmt.Fprintf(w, "%s\t%s\t%s\n", mark, f.Check, printable(f.Message))
				}
			}); err != nil {
				return err
			}
			if n := e.faults(); n > 0 {
				return fmt.Errorf("%d of %d checks found a fault", n, len(e.list))
			}
			return nil
		},
	})
}

func (c *cli) examineSettings(e *examination, cfg config.Config, err error) {
	for _, fault := range split(err) {
		e.wrong("settings", fault)
	}
	for _, w := range cfg.Warnings {
		e.wrong("settings", errors.New(w))
	}
	if err == nil && len(cfg.Warnings) == 0 {
		e.fine("settings", "read and understood")
	}
}

// split takes joined errors apart.
func split(err error) []error {
	if err == nil {
		return nil
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}

func (c *cli) examineDatabase(ctx context.Context, e *examination, cfg config.Config) {
	if cfg.DataDir == "" {
		return // said already
	}
	p, err := openPlace(ctx, cfg, c.quiet(cfg))
	if err != nil {
		e.wrong("database", err)
		return
	}
	defer func() {
		if err := p.release(ctx); err != nil {
			e.wrong("database", err)
		}
	}()
	pool, err := p.ready(ctx)
	if err != nil {
		e.wrong("database", err)
		return
	}
	defer pool.Close()
	if err := postgres.CheckVersion(ctx, pool); err != nil {
		e.wrong("database", err)
		return
	}
	if p.private != nil {
		e.fine("database", "private cluster under "+cfg.DataDir+", schema up to date")
	} else {
		e.fine("database", "reached, schema up to date")
	}
	a, err := wire(cfg, p.key, pool, p.log)
	if err != nil {
		e.wrong("settings", err)
		return
	}
	defer a.close()
	a.examineFiles(ctx, e)
	a.examineScanner(ctx, e)
	a.examineTenants(ctx, e)
}

// examineFiles looks whether the place for the files of mails takes, gives and deletes.
func (a *app) examineFiles(ctx context.Context, e *examination) {
	if a.cfg.BlobURL == "" {
		return
	}
	if err := a.blobs.Probe(ctx); err != nil {
		e.wrong("files", fmt.Errorf("%w: check %sBLOB_URL, the rights there and the AWS_ variables; mail with files waits in its mailbox meanwhile", err, config.Prefix))
		return
	}
	e.fine("files", a.blobs.String()+": written, read and deleted a file")
}

// examineScanner looks whether the virus scanner answers.
func (a *app) examineScanner(ctx context.Context, e *examination) {
	if a.scanner == nil {
		return
	}
	if err := a.scanner.Ping(ctx); err != nil {
		e.wrong("virus scanner", fmt.Errorf("%w: check %sCLAMD_ADDR and that clamd runs; files are stored and marked as not scanned meanwhile", err, config.Prefix))
		return
	}
	e.fine("virus scanner", a.scanner.String()+" answers")
}

func (a *app) examineTenants(ctx context.Context, e *examination) {
	all, err := tenant.List(ctx, a.pool)
	if err != nil {
		e.wrong("tenants", err)
		return
	}
	if len(all) == 0 {
		e.fine("tenants", "none yet: customerdesk tenant add SLUG --name NAME")
	}
	for _, t := range all {
		if a.cfg.Tenant != "" && t.Slug != a.cfg.Tenant {
			continue
		}
		a.examineMailboxes(ctx, e, t)
		a.examineDKIM(ctx, e, t)
		a.examineQuota(ctx, e, t)
		a.examineSlack(ctx, e, t)
	}
}

// examineQuota warns of a tenant whose files take up more than it set itself as a limit.
func (a *app) examineQuota(ctx context.Context, e *examination, t tenant.Tenant) {
	quota := t.Settings.AttachmentQuota
	if quota == 0 {
		return
	}
	check := t.Slug + " files"
	used, err := tenant.Get(ctx, a.pool, t.ID, func(tx tenant.Tx) (int64, error) { return blobs.Used(ctx, tx) })
	switch {
	case err != nil:
		e.wrong(check, err)
	case used > int64(quota):
		e.warn(check, fmt.Sprintf("%d MB, more than the attachment_quota of %s; mail is stored all the same: customerdesk tenant set --tenant %s attachment_quota=SIZE",
			used/1e6, quota, t.Slug))
	default:
		e.fine(check, fmt.Sprintf("%d MB of the attachment_quota of %s", used/1e6, quota))
	}
}

func (a *app) examineMailboxes(ctx context.Context, e *examination, t tenant.Tenant) {
	var boxes []inbox.MailboxStatus
	err := a.in(ctx, t.ID, func(tx tenant.Tx) (err error) {
		boxes, err = inbox.Mailboxes(ctx, tx)
		return err
	})
	if err != nil {
		e.wrong(t.Slug+" mailboxes", err)
		return
	}
	if len(boxes) == 0 {
		e.fine(t.Slug+" mailboxes", "none yet: customerdesk mailbox add ADDRESS --imap URL --smtp URL")
	}
	var held int64
	for _, m := range boxes {
		held += m.Quarantined
		check := t.Slug + " " + m.Address
		if err := a.tryMailbox(ctx, t.ID, inbox.MailboxID{UUID: m.ID}); err != nil {
			e.wrong(check, err)
			continue
		}
		e.fine(check, "IMAP and SMTP let us in")
	}
	if held > 0 {
		e.warn(t.Slug+" quarantine", fmt.Sprintf("%d mail in quarantine: customerdesk message list --tenant %s --state quarantined, then message release ID or message drop ID",
			held, t.Slug))
	}
}

func (a *app) examineSlack(ctx context.Context, e *examination, t tenant.Tenant) {
	check := t.Slug + " slack"
	problems := a.workspaces.Check(ctx, t.ID)
	if len(problems) == 0 {
		e.fine(check, "tokens, scopes and channel are in order")
	}
	for _, err := range problems {
		if errors.Is(err, workspace.ErrNotConnected) {
			e.fine(check, "not connected: customerdesk slack connect --bot-token T --app-token T --channel C")
			continue
		}
		e.wrong(check, err)
	}
}
