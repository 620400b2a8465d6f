package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
)

func (c *cli) articleCommand() *cobra.Command {
	return group("article", "The knowledge base: write, publish, search, ask",
		c.articleAdd(), c.articleImport(), c.articleList(), c.articleShow(), c.articleEdit(),
		c.articleMove("publish", "Publish an article: it is found and cited from now on", (*kb.Library).Publish),
		c.articleMove("archive", "Take an article out of use; `publish` brings it back", (*kb.Library).Archive),
		c.articleSearch(), c.articleAsk())
}

const articleFormat = `A file is Markdown, with front matter if you like:

    ---
    title: Charging the battery
    category: Battery
    tags: [charging, winter]
    language: en
    visibility: public        (public, customers or internal)
    ---`

func (c *cli) articleAdd() *cobra.Command {
	var publish bool
	cmd := c.reads(&cobra.Command{
		Use: "add FILE.md", Short: "Add an article from a Markdown file (- for standard input)", Args: exactly("FILE.md"),
		Long: "Add an article.\n\n" + articleFormat,
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			d, err := c.readDocument(args[0])
			if err != nil {
				return err
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				art, err := a.library.Add(ctx, tx, d)
				if err == nil && publish {
					art, err = a.library.Publish(ctx, tx, art.ID)
				}
				if err != nil {
					return err
				}
				return c.tellArticle(art)
			})
		}),
	})
	cmd.Flags().BoolVar(&publish, "publish", false, "publish it at once")
	return cmd
}

func (c *cli) readDocument(path string) (kb.Document, error) {
	var b []byte
	var err error
	if path == "-" {
		b, err = io.ReadAll(c.stdin)
	} else {
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return kb.Document{}, err
	}
	d, err := kb.Parse(string(b))
	if err != nil {
		return d, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

func (c *cli) tellArticle(art kb.Article) error {
	c.say("%s  %s  %s, version %d", art.ID, art.State, printable(art.Title), art.Version)
	if art.State == kb.Draft {
		c.say("Only published articles are found: customerdesk article publish %s", art.Slug)
	}
	if c.json {
		return c.show(art, nil)
	}
	return nil
}

func (c *cli) articleImport() *cobra.Command {
	var publish bool
	cmd := c.reads(&cobra.Command{
		Use: "import DIR", Short: "Import every .md file of a folder; again, only what changed", Args: exactly("DIR"),
		Long: "Import every .md file of a folder and those in it. A folder's name is the category of what names none.\n\n" + articleFormat,
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
				return fmt.Errorf("%s is no folder", args[0])
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				r, err := a.library.ImportDir(ctx, tx, os.DirFS(args[0]), kb.ImportOptions{Author: operator(), Publish: publish})
				if err != nil {
					return err
				}
				for _, f := range r.Failed {
					fmt.Fprintf(c.stderr, "not imported: %s: %v\n", f.File, f.Err)
				}
				c.say("%d added, %d changed, %d as before, %d failed.", len(r.Added), len(r.Changed), r.Unchanged, len(r.Failed))
				if !c.json {
					return nil
				}
				return c.show(struct {
					Added     int `json:"added"`
					Changed   int `json:"changed"`
					Unchanged int `json:"unchanged"`
					Failed    int `json:"failed"`
				}{len(r.Added), len(r.Changed), r.Unchanged, len(r.Failed)}, nil)
			})
		}),
	})
	cmd.Flags().BoolVar(&publish, "publish", false, "publish what is imported")
	return cmd
}

func (c *cli) articleList() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "list", Short: "List the articles", Args: exactly(),
		RunE: c.withDatabase(func(ctx context.Context, a *app, _ []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				all, err := kb.List(ctx, tx, kb.Filter{})
				if err != nil {
					return err
				}
				if all == nil {
					all = []kb.Article{}
				}
				return c.show(all, func(w io.Writer) {
					fmt.Fprintln(w, "SLUG\tSTATE\tVISIBLE TO\tCATEGORY\tUPDATED\tTITLE")
					for _, art := range all {
						fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", art.Slug, art.State, art.Visibility, printable(art.Category), ago(&art.UpdatedAt, time.Now()), printable(art.Title))
					}
				})
			})
		}),
	})
}

func (c *cli) articleShow() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "show ID", Short: "Show an article, by id or slug", Args: exactly("ID"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				art, err := kb.Find(ctx, tx, args[0])
				if err != nil {
					return articleFault(args[0], err)
				}
				return c.show(art, func(w io.Writer) {
					fmt.Fprintf(w, "%s\n%s, version %d, visible to %s\n\n%s", printable(art.Title), art.State, art.Version, art.Visibility, indent(art.Content))
				})
			})
		}),
	})
}

func (c *cli) articleEdit() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "edit ID FILE.md", Short: "Give an article a new version from a Markdown file", Args: exactly("ID", "FILE.md"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			d, err := c.readDocument(args[1])
			if err != nil {
				return err
			}
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				art, err := kb.Find(ctx, tx, args[0])
				if err != nil {
					return articleFault(args[0], err)
				}
				if art, err = a.library.Edit(ctx, tx, art.ID, d); err != nil {
					return err
				}
				return c.tellArticle(art)
			})
		}),
	})
}

func (c *cli) articleMove(verb, short string, move func(*kb.Library, context.Context, tenant.Tx, kb.ID) (kb.Article, error)) *cobra.Command {
	return c.reads(&cobra.Command{
		Use: verb + " ID", Short: short, Args: exactly("ID"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				art, err := kb.Find(ctx, tx, args[0])
				if err != nil {
					return articleFault(args[0], err)
				}
				if art, err = move(a.library, ctx, tx, art.ID); err != nil {
					return err
				}
				return c.tellArticle(art)
			})
		}),
	})
}

type findingsJSON struct {
	Answer    *string  `json:"answer,omitempty"`
	Confident bool     `json:"confident"`
	Model     string   `json:"model"`
	Hits      []kb.Hit `json:"hits"`
}

func (c *cli) articleSearch() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "search QUERY", Short: "Find published articles", Args: atLeast("QUERY"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			return a.inTenant(ctx, func(tx tenant.Tx) error {
				hits, err := kb.Search(ctx, tx, strings.Join(args, " "), kb.SearchOptions{Audience: kb.ForMember, Limit: 10})
				if err != nil {
					return err
				}
				return c.showFindings(nil, hits, ai.Confident(hits), "builtin")
			})
		}),
	})
}

func (c *cli) articleAsk() *cobra.Command {
	return c.reads(&cobra.Command{
		Use: "ask QUESTION", Short: "Answer a question from the published articles", Args: atLeast("QUESTION"),
		RunE: c.withDatabase(func(ctx context.Context, a *app, args []string) error {
			id, err := a.tenantID(ctx)
			if err != nil {
				return err
			}
			r, err := a.assistant.Ask(ctx, id, strings.Join(args, " "), kb.ForMember)
			if err != nil {
				return err
			}
			return c.showFindings(&r.Answer, r.Hits, r.Confident, r.Model)
		}),
	})
}

func (c *cli) showFindings(answer *string, hits []kb.Hit, confident bool, model string) error {
	if hits == nil {
		hits = []kb.Hit{}
	}
	return c.show(findingsJSON{Answer: answer, Confident: confident, Model: model, Hits: hits}, func(w io.Writer) {
		if answer != nil {
			fmt.Fprintf(w, "%s\n(%s)\n", indent(*answer), model)
		}
		if len(hits) == 0 {
			fmt.Fprintln(w, "No published article fits.")
		}
		for _, h := range hits {
			fmt.Fprintf(w, "%.2f  %s (%s)\n%s", h.Score, printable(h.Title), h.Slug, indent(h.Passage))
		}
	})
}

func articleFault(ref string, err error) error {
	if !errors.Is(err, kb.ErrNotFound) {
		return err
	}
	if strings.ContainsFunc(ref, func(r rune) bool { return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) || ref == "" {
		return usageError{fmt.Errorf("%q is no article's id or slug: `customerdesk article list` shows them", ref)}
	}
	return fmt.Errorf("there is no article %s: `customerdesk article list` shows what there is", ref)
}
