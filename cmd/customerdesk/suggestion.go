package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

type citationJSON struct {
	ArticleID string  `json:"article_id"`
	Title     string  `json:"title"`
	Score     float64 `json:"score"`
	Passage   string  `json:"passage"`
}

type suggestionJSON struct {
	ID         ai.SuggestionID    `json:"id"`
	Ticket     tickets.Number     `json:"ticket"`
	Kind       ai.Kind            `json:"kind"`
	State      ai.State           `json:"state"`
	Text       string             `json:"text"`
	Model      string             `json:"model"`
	Notice     string             `json:"notice"`
	Confidence *float64           `json:"confidence"`
	Citations  []citationJSON     `json:"citations"`
	BasedOn    *tickets.CommentID `json:"based_on_comment"`
	CreatedAt  time.Time          `json:"created_at"`
	DecidedAt  *time.Time         `json:"decided_at"`
	DecidedBy  *string            `json:"decided_by"`
	Into       *tickets.Number    `json:"into"` // of an offered merge
}

func suggestionView(s ai.Suggestion) suggestionJSON {
	v := suggestionJSON{
		ID: s.ID, Ticket: s.Ticket, Kind: s.Kind, State: s.State, Text: s.Text, Model: s.Model, Notice: s.Notice, Confidence: s.Confidence,
		Citations: []citationJSON{}, BasedOn: s.BasedOn, CreatedAt: s.CreatedAt, DecidedAt: s.DecidedAt, DecidedBy: orNull(s.DecidedBy), Into: s.Into,
	}
	for _, k := range s.Citations {
		v.Citations = append(v.Citations, citationJSON{ArticleID: k.ArticleID.String(), Title: k.Title, Score: k.Score, Passage: k.Passage})
	}
	return v
}

func (c *cli) suggestionCommand() *cobra.Command {
	var state string
	list := c.reads(&cobra.Command{
		Use: "list", Short: "List what the AI has written, newest first", Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			s, err := ai.ParseState(state)
			if err != nil {
				return usageError{err}
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				all, err := ai.Suggestions(ctx, tx, ai.Filter{State: s})
				if err != nil {
					return err
				}
				views := make([]suggestionJSON, 0, len(all))
				for _, s := range all {
					views = append(views, suggestionView(s))
				}
				return c.show(views, func(w io.Writer) {
					fmt.Fprintln(w, "ID\tTICKET\tKIND\tSTATE\tBY\tWRITTEN")
					for _, s := range all {
						fmt.Fprintf(w, "%s\t#%d\t%s\t%s\t%s\t%s\n", s.ID, s.Ticket, s.Kind, s.State, s.Model, ago(&s.CreatedAt, time.Now()))
					}
				})
			})
		}),
	})
	list.Flags().StringVar(&state, "state", "", "only those that are proposed, edited, approved, sent, discarded or stale")

	show := c.reads(&cobra.Command{
		Use: "show ID", Short: "Show a text with its citations", Args: exactly("ID"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			id, err := uuid.Parse(args[0])
			if err != nil {
				return usageError{fmt.Errorf("%q is no suggestion's id: `customerdesk suggestion list` shows them", args[0])}
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				s, err := ai.SuggestionByID(ctx, tx, ai.SuggestionID{UUID: id})
				if errors.Is(err, ai.ErrNotFound) {
					return fmt.Errorf("there is no suggestion %s: `customerdesk suggestion list` shows what there is", id)
				}
				if err != nil {
					return err
				}
				return c.show(suggestionView(s), func(w io.Writer) {
					fmt.Fprintf(w, "%s for #%d, %s, by %s\n\n%s", s.Kind, s.Ticket, s.State, s.Model, indent(s.Text))
					for _, k := range s.Citations {
						fmt.Fprintf(w, "\n[%d] %s\n%s", k.Number, printable(k.Title), indent(k.Passage))
					}
					if s.Notice != "" {
						fmt.Fprintf(w, "\n%s\n", printable(s.Notice))
					}
				})
			})
		}),
	})
	return group("suggestion", "What the AI has written: summaries and drafts", list, show)
}
