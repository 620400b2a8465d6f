package main

import (
	"context"
	"fmt"
	"io"
	"os"
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
	return group("ai", "The AI that writes summaries and drafts", status, c.aiEval())
}

func (c *cli) aiEval() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "eval DIR", Short: "Measure search, answers and summaries on questions with known answers", Args: exactly("DIR"),
		Long: `Measure search, answers and summaries on the files of a folder, in a scratch tenant that leaves nothing behind:

    kb.jsonl        {"id", "title", "body"}, an article a line
    queries.jsonl   {"id", "question", "relevant": [ids], "answer"}, a question a line
    threads.jsonl   {"id", "subject", "turns": [{"speaker", "email", "text"}], "abstractive": [summaries]}

What the folder has no data for is null. Intervals hold 95 % of bootstrap samples.`,
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
				return fmt.Errorf("%s is no folder", args[0])
			}
			e, err := a.assistant.Evaluate(ctx, os.DirFS(args[0]))
			if err != nil {
				return err
			}
			return c.show(e, func(w io.Writer) { printEvaluation(w, e) })
		}),
	})
}

func printEvaluation(w io.Writer, e ai.Evaluation) {
	fmt.Fprintf(w, "%d questions and threads, %s, embedder %s, %.1f s\n", e.N, e.Model, e.Embedder, e.Seconds)
	for _, f := range []struct {
		name, key string
		value     *float64
	}{
		{"hit at 1", "hit_at_1", e.HitAt1}, {"hit at 5", "hit_at_5", e.HitAt5}, {"MRR at 10", "mrr_at_10", e.MRRAt10}, {"answerable or not (AUROC)", "auroc", e.AUROC},
		{"answers, content-F1", "reply_content_f1", e.ReplyF1}, {"supported sentences", "supported_sentences", e.Supported},
		{"summaries, content-F1", "summary_content_f1", e.SummaryF1},
	} {
		if f.value == nil {
			fmt.Fprintf(w, "%s\tnot measured\n", f.name)
			continue
		}
		fmt.Fprintf(w, "%s\t%.3f", f.name, *f.value)
		if i, ok := e.Intervals[f.key]; ok {
			fmt.Fprintf(w, "\t%.3f to %.3f", i[0], i[1])
		}
		fmt.Fprintln(w)
	}
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
	if len(s.Offers) == 0 {
		return s.Provider + " with " + s.Model + ": the server answers but lists no models, so the model was not verified; `customerdesk article ask QUESTION` tries it", nil
	}
	return s.Provider + " with " + s.Model, nil
}
