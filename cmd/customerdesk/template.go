package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

type templateJSON struct {
	Kind         string              `json:"kind"`
	When         string              `json:"when"`
	Enabled      bool                `json:"enabled"`
	Custom       bool                `json:"custom"`
	Subject      string              `json:"subject"`
	Text         string              `json:"text"`
	Default      inbox.Wording       `json:"default"`
	Placeholders []inbox.Placeholder `json:"placeholders"`
	UpdatedAt    *time.Time          `json:"updated_at"`
}

func templateView(t inbox.Template) templateJSON {
	v := templateJSON{
		Kind: string(t.Kind), When: t.When, Enabled: t.Enabled, Custom: t.Own, Subject: t.Wording.Subject, Text: t.Wording.Text,
		Default: t.Default, Placeholders: t.Placeholders,
	}
	if !t.UpdatedAt.IsZero() {
		v.UpdatedAt = &t.UpdatedAt
	}
	return v
}

const templateFormat = `A template is a file as ` + "`template show KIND`" + ` prints it: "Subject: …", an empty line, and the text in Markdown.
{{number}} and the like stand for what differs from mail to mail; ` + "`template show KIND --json`" + ` lists them. A
paragraph with a placeholder that has nothing to say is left out. The organisation's signature stands below.`

func (c *cli) templateCommand() *cobra.Command {
	g := group("template", "Automatic mails: what they say, and whether they are sent",
		c.templateList(), c.templateShow(), c.templateSet(), c.templateSwitch("on", true), c.templateSwitch("off", false), c.templateReset(), c.templatePreview())
	g.Long = `Automatic mails to whoever opened a ticket. Each kind is off until it is switched on, so that nobody gets words that no
one here has read:

    customerdesk template show receipt
    customerdesk template on receipt

None goes to machines, mailing lists, addresses that bounced, senders who are not who they claim to be, or more often
than a few times an hour; ` + "`ticket show`" + ` says so.

` + templateFormat
	return g
}

func (c *cli) templateList() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "list", Short: "List the kinds of automatic mail", Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				all, err := inbox.Templates(ctx, tx)
				if err != nil {
					return err
				}
				views := make([]templateJSON, 0, len(all))
				for _, t := range all {
					views = append(views, templateView(t))
				}
				return c.show(views, func(w io.Writer) {
					fmt.Fprintln(w, "KIND\tSENT\tWORDS\tWHEN")
					for _, t := range all {
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", t.Kind, onOff(t.Enabled), either(t.Own, "your own", "as they come"), t.When)
					}
				})
			})
		}),
	})
}

func onOff(on bool) string { return either(on, "on", "off") }

func either(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func (c *cli) templateShow() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "show KIND", Short: "Print a template as `template set` reads it", Args: exactly("KIND"), Long: templateFormat,
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				t, err := template(ctx, tx, args[0])
				if err != nil {
					return err
				}
				if c.json {
					return c.show(templateView(t), nil)
				}
				_, err = io.WriteString(c.stdout, t.Wording.String())
				return err
			})
		}),
	})
}

// template is a kind by its name; one that does not exist is wrong usage.
func template(ctx context.Context, tx tenant.Tx, name string) (inbox.Template, error) {
	spec, err := inbox.ParseTemplateKind(name)
	if err != nil {
		return inbox.Template{}, usageError{err}
	}
	return inbox.TemplateOf(ctx, tx, spec.Kind)
}

// changeTemplate makes a command's body of a change to one template.
func (c *cli) changeTemplate(what string, change func(ctx context.Context, a *app, tx tenant.Tx, t inbox.Template) error) func(*cobra.Command, []string) error {
	return c.withDatabase(func(ctx context.Context, a *app, args []string) error {
		return a.inTenant(ctx, func(tx tenant.Tx) error {
			t, err := template(ctx, tx, args[0])
			if err != nil {
				return err
			}
			if err := change(ctx, a, tx, t); err != nil {
				return err
			}
			if err := tenant.Audit(ctx, tx, operator(), "cli", "template."+what, string(t.Kind), nil); err != nil {
				return err
			}
			if t, err = inbox.TemplateOf(ctx, tx, t.Kind); err != nil {
				return err
			}
			if c.json {
				return c.show(templateView(t), nil)
			}
			c.say("%s: %s, %s.", t.Kind, onOff(t.Enabled), either(t.Own, "your own words", "the words it comes with"))
			if what == "set" && !t.Enabled {
				c.say("It is not sent yet: customerdesk template on %s", t.Kind)
			}
			return nil
		})
	})
}

func (c *cli) templateSet() *cobra.Command {
	var file string
	cmd := c.reads(&cobra.Command{
		Use: "set KIND --file FILE", Short: "Give a template your own words", Args: exactly("KIND"), Long: templateFormat,
	})
	cmd.Flags().StringVar(&file, "file", "", "the template (- for standard input)")
	cmd.RunE = c.changeTemplate("set", func(ctx context.Context, a *app, tx tenant.Tx, t inbox.Template) error {
		w, err := c.readWording(t, file)
		if err != nil {
			return err
		}
		return inbox.SetWording(ctx, tx, t.TemplateSpec, &w, a.clock())
	})
	return cmd
}

// readWording reads a template from a file.
func (c *cli) readWording(t inbox.Template, file string) (inbox.Wording, error) {
	const most = 1 << 20 // bytes; more than any template may have
	if file == "" {
		return inbox.Wording{}, usageError{errors.New("--file is missing: the file with the template (- for standard input)")}
	}
	in := c.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return inbox.Wording{}, err
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, most))
	if err != nil {
		return inbox.Wording{}, fmt.Errorf("read the template: %w", err)
	}
	return t.ParseWording(string(b))
}

func (c *cli) templateSwitch(word string, on bool) *cobra.Command {
	return c.reads(&cobra.Command{
		Use: word + " KIND", Short: either(on, "Send a kind of automatic mail from now on", "Send a kind of automatic mail no more"), Args: exactly("KIND"),
		RunE: c.changeTemplate(word, func(ctx context.Context, a *app, tx tenant.Tx, t inbox.Template) error {
			return inbox.SwitchTemplate(ctx, tx, t.Kind, on, a.clock())
		}),
	})
}

func (c *cli) templateReset() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "reset KIND", Short: "Go back to the words that a template comes with; whether it is sent stays", Args: exactly("KIND"),
		RunE: c.changeTemplate("reset", func(ctx context.Context, a *app, tx tenant.Tx, t inbox.Template) error {
			return inbox.SetWording(ctx, tx, t.TemplateSpec, nil, a.clock())
		}),
	})
}

func (c *cli) templatePreview() *cobra.Command {
	var file, number string
	cmd := c.reads(&cobra.Command{
		Use: "preview KIND [--file FILE] [--ticket N]", Short: "Show what a mail would say; nothing is sent", Args: exactly("KIND"),
		Long: "Show what a mail would say, with example values or those of a ticket. --file tries a template before it is set.",
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				t, err := template(ctx, tx, args[0])
				if err != nil {
					return err
				}
				if file != "" {
					if t.Wording, err = c.readWording(t, file); err != nil {
						return err
					}
				}
				var about *tickets.Ticket
				if number != "" {
					n, err := ticketNumber(number)
					if err != nil {
						return err
					}
					found, err := tickets.Get(ctx, tx, n)
					if err != nil {
						return ticketFault(n, err)
					}
					about = &found
				}
				p, err := a.outbox.Preview(ctx, tx, t, about)
				if err != nil {
					return err
				}
				return c.show(p, func(w io.Writer) { fmt.Fprintf(w, "Subject: %s\n\n%s", printable(p.Subject), indent(p.Text)) })
			})
		}),
	})
	cmd.Flags().StringVar(&file, "file", "", "a template to try (- for standard input)")
	cmd.Flags().StringVar(&number, "ticket", "", "number of the ticket to fill in; empty: an example")
	return cmd
}
