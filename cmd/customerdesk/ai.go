package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/ai"
)

func (c *cli) aiCommand() *cobra.Command {
	status := c.reads(&cobra.Command{
		Use: "status", Short: "Say who writes summaries and drafts, and whether that works", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			s := provider(cfg).Check(cmd.Context())
			if err := c.show(s, func(w io.Writer) { printStatus(w, s) }); err != nil {
				return err
			}
			if s.Problem != "" && !c.json {
				return fmt.Errorf("%s", s.Problem)
			}
			return nil
		},
	})
	return group("ai", "The AI that writes summaries and drafts", status)
}

func printStatus(w io.Writer, s ai.Status) {
	if s.Provider == ai.Builtin {
		fmt.Fprintln(w, "Summaries are made of the ticket's own sentences and drafts of passages from published articles (builtin).")
		fmt.Fprintln(w, "No provider is configured, no network is needed, and search is by words.")
		return
	}
	fmt.Fprintf(w, "%s writes with %s; where it fails, builtin does.\n", s.Provider, s.Model)
	if len(s.Offers) > 0 {
		fmt.Fprintf(w, "It offers: %s\n", strings.Join(s.Offers, ", "))
	}
}

// ready says in one line whether the AI can be used, for doctor.
func aiLine(ctx context.Context, p ai.Provider) (string, error) {
	s := p.Check(ctx)
	if s.Problem != "" {
		return "", fmt.Errorf("%s (builtin writes meanwhile)", s.Problem)
	}
	if s.Provider == ai.Builtin {
		return "builtin, no network needed", nil
	}
	return s.Provider + " with " + s.Model, nil
}
