package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/customerdesk/customerdesk/internal/config"
	"github.com/customerdesk/customerdesk/internal/version"
)

// Exit statuses, as the interface promises them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// cli is one invocation of the command: where it reads and writes, and the flags that every command has.
type cli struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) (string, bool)
	environ        []string
	terminal       bool

	configFile string
	json       bool
	flags      *pflag.FlagSet
}

// usageError is what the caller wrote wrong; everything else is what went wrong.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func (c *cli) run(ctx context.Context, args []string) int {
	root := c.root()
	root.SetArgs(args)
	root.SetIn(c.stdin)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	var usage usageError
	if errors.As(err, &usage) || strings.HasPrefix(err.Error(), "unknown command") {
		fmt.Fprintf(c.stderr, "%s: %s\nSee `%s --help`.\n", cmd.CommandPath(), oneLine(err), cmd.CommandPath())
		return exitUsage
	}
	fmt.Fprintf(c.stderr, "%s: %s\n", cmd.CommandPath(), oneLine(err))
	return exitFailed
}

// oneLine puts what several faults say into one line, since scripts read standard error by lines.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "customerdesk",
		Short: "Customer support for many organisations, run from email and Slack",
		Long: `CustomerDesk AI turns mail into tickets, brings them to Slack with a summary and a suggested reply, and
sends what a support member approves back by mail. To see it all on this machine without any account:

    customerdesk demo

Settings are environment variables with the prefix CUSTOMERDESK_, lines of the same in a file named with
--config, or flags:

` + settingsHelp(),
		Version:       version.String(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{flagFault(err)} })
	pf := root.PersistentFlags()
	pf.StringVar(&c.configFile, "config", "", "file of CUSTOMERDESK_NAME=VALUE lines")
	for _, s := range config.Settings() {
		if !s.Secret() {
			pf.String(s.Flag(), "", s.Help)
			if s.Name != "DATA_DIR" {
				_ = pf.MarkHidden(s.Flag()) // They fill the help of every command otherwise.
			}
		}
	}
	tenantFlag := pf.Lookup("tenant")
	tenantFlag.Usage, tenantFlag.Hidden = "`SLUG` of the organisation that the command is about; empty: CUSTOMERDESK_TENANT", false
	c.flags = pf
	root.AddCommand(
		c.demoCommand(), c.serveCommand(), c.migrateCommand(), c.doctorCommand(),
		c.tenantCommand(), c.memberCommand(), c.mailboxCommand(), c.dkimCommand(), c.slackCommand(),
		c.ticketCommand(), c.messageCommand(), c.customerCommand(),
		c.templateCommand(), c.articleCommand(), c.suggestionCommand(), c.aiCommand(),
	)
	return root
}

// flagFault says what is meant where a negative number was read as a flag.
func flagFault(err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if s := unknown.GetSpecifiedShortnames(); s != "" && strings.Trim(s, "0123456789") == "" {
			return fmt.Errorf("\"-%s\" is no number of anything: they begin with 1", s)
		}
	}
	return err
}

func settingsHelp() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, s := range config.Settings() {
		fmt.Fprintf(w, "    %s\t%s\n", s.Name, s.Help)
	}
	w.Flush()
	return strings.TrimRight(b.String(), "\n")
}

// load reads the settings for a command.
func (c *cli) load() (config.Config, error) {
	given := map[string]string{}
	for _, s := range config.Settings() {
		if f := c.flags.Lookup(s.Flag()); f != nil && f.Changed {
			given[s.Name] = f.Value.String()
		}
	}
	return config.Load(config.Source{Flags: given, Getenv: c.getenv, Environ: c.environ, File: c.configFile, Terminal: c.terminal})
}

func (c *cli) logger(cfg config.Config) *slog.Logger {
	opts := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(c.stderr, opts))
	}
	return slog.New(slog.NewTextHandler(c.stderr, opts))
}

// group is a command that only holds others.
func group(use, short string, sub ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, Args: func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError{fmt.Errorf("say what to do: %s", strings.Join(names(cmd), ", "))}
		}
		return usageError{fmt.Errorf("unknown command %q: there are %s", args[0], strings.Join(names(cmd), ", "))}
	}, RunE: func(*cobra.Command, []string) error { return nil }}
	g.AddCommand(sub...)
	return g
}

func names(cmd *cobra.Command) []string {
	var list []string
	for _, s := range cmd.Commands() {
		if s.IsAvailableCommand() {
			list = append(list, s.Name())
		}
	}
	return list
}

// exactly asks for the named arguments.
func exactly(what ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < len(what) {
			return usageError{fmt.Errorf("%s is missing", what[len(args)])}
		}
		if len(args) > len(what) {
			return usageError{fmt.Errorf("%q is one argument too many", args[len(what)])}
		}
		return nil
	}
}

// atLeast asks for the named arguments, the last of them once or more often.
func atLeast(what ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < len(what) {
			return usageError{fmt.Errorf("%s is missing", what[len(args)])}
		}
		return nil
	}
}

// reads marks a command that reads: it takes --json.
func (c *cli) reads(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&c.json, "json", false, "print exactly one JSON value")
	return cmd
}

// show prints v as JSON where --json is given, else what human writes in aligned columns.
func (c *cli) show(v any, human func(w io.Writer)) error {
	if c.json {
		enc := json.NewEncoder(c.stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	human(w)
	return w.Flush()
}

// say prints one line for people; with --json nothing, so that standard output stays one value.
func (c *cli) say(format string, args ...any) {
	if !c.json {
		fmt.Fprintf(c.stdout, format+"\n", args...)
	}
}

func ago(t *time.Time, now time.Time) string {
	if t == nil {
		return "never"
	}
	d := now.Sub(*t)
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}
