package kb_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var at = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// A shop is a tenant with a library.
type shop struct {
	*testing.T
	db  *pgtest.DB
	id  tenant.ID
	lib *kb.Library
}

func newShop(t *testing.T, db *pgtest.DB, slug string) shop {
	t.Helper()
	tn, err := tenant.Add(t.Context(), db.Service, slug, slug)
	if err != nil {
		t.Fatal(err)
	}
	return shop{T: t, db: db, id: tn.ID, lib: kb.New(func() time.Time { return at })}
}

func (s shop) in(fn func(tx tenant.Tx) error) {
	s.Helper()
	if err := tenant.In(s.Context(), s.db.Service, s.id, fn); err != nil {
		s.Fatal(err)
	}
}

func (s shop) add(d kb.Document) (a kb.Article) {
	s.Helper()
	s.in(func(tx tenant.Tx) (err error) { a, err = s.lib.Add(s.Context(), tx, d); return err })
	return a
}

func (s shop) published(d kb.Document) (a kb.Article) {
	s.Helper()
	a = s.add(d)
	s.in(func(tx tenant.Tx) (err error) { a, err = s.lib.Publish(s.Context(), tx, a.ID); return err })
	return a
}

func (s shop) search(question string, who kb.Audience) (hits []kb.Hit) {
	s.Helper()
	s.in(func(tx tenant.Tx) (err error) {
		hits, err = kb.Search(s.Context(), tx, question, kb.SearchOptions{Audience: who})
		return err
	})
	return hits
}

func titles(hits []kb.Hit) string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Title)
	}
	return strings.Join(out, "|")
}

const refunds = "We refund every order within 30 days.\n\n## How to ask\n\n- Open *Orders*.\n- Press **Return this order**.\n- Choose a reason.\n\n" +
	"## When the money arrives\n\nRefunds reach your bank account in five working days."

func TestArticlesAreFoundOnlyWhilePublished(t *testing.T) {
	s := newShop(t, pgtest.New(t), "acme")
	a := s.add(kb.Document{Title: "Refunds", Content: refunds})
	const question = "when will my refunded money arrive?"
	if hits := s.search(question, kb.ForMember); len(hits) != 0 {
		t.Errorf("a draft was found: %v", titles(hits))
	}
	s.in(func(tx tenant.Tx) error { _, err := s.lib.Publish(t.Context(), tx, a.ID); return err })
	hits := s.search(question, kb.ForAnyone)
	if len(hits) != 1 || hits[0].Passage != "Refunds reach your bank account in five working days." || hits[0].Heading != "When the money arrives" {
		t.Fatalf("hits = %+v", hits)
	}
	s.in(func(tx tenant.Tx) error { _, err := s.lib.Archive(t.Context(), tx, a.ID); return err })
	if hits := s.search(question, kb.ForMember); len(hits) != 0 {
		t.Errorf("an archived article was found: %v", titles(hits))
	}
}

func TestEditOfAPublishedArticleChangesWhatIsFoundAndKeepsTheVersion(t *testing.T) {
	s := newShop(t, pgtest.New(t), "acme")
	a := s.published(kb.Document{Title: "Refunds", Content: refunds})
	s.in(func(tx tenant.Tx) error {
		b, err := s.lib.Edit(t.Context(), tx, a.ID, kb.Document{Title: "Refunds", Content: "Ask for a voucher instead.", Author: "ann@acme.test"})
		if err == nil && (b.Version != 2 || b.State != kb.Published || b.Slug != "refunds") {
			t.Errorf("edited article = %+v", b)
		}
		return err
	})
	if hits := s.search("voucher", kb.ForAnyone); len(hits) != 1 {
		t.Errorf("the new text is not found: %v", hits)
	}
	if hits := s.search("bank account", kb.ForAnyone); len(hits) != 0 {
		t.Errorf("the old text is still found: %v", hits)
	}
	s.in(func(tx tenant.Tx) error {
		var n int
		err := tx.QueryRow(t.Context(), `SELECT count(*) FROM article_versions WHERE tenant_id = $1 AND article_id = $2`, tx.Tenant(), a.ID).Scan(&n)
		if n != 2 {
			t.Errorf("%d versions are kept, want 2", n)
		}
		return err
	})
}

func TestSearchShowsEachAudienceOnlyWhatItMayRead(t *testing.T) {
	s := newShop(t, pgtest.New(t), "acme")
	s.published(kb.Document{Title: "Warranty in short", Content: "The warranty is two years."})
	s.published(kb.Document{Title: "Warranty for customers", Content: "The warranty of contracts is five years.", Visibility: kb.Customers})
	s.published(kb.Document{Title: "Warranty, inside view", Content: "We are lenient with the warranty.", Visibility: kb.Internal})
	for who, want := range map[kb.Audience]int{kb.ForAnyone: 1, kb.ForCustomer: 2, kb.ForMember: 3} {
		if hits := s.search("warranty", who); len(hits) != want {
			t.Errorf("audience %d finds %q, want %d articles", who, titles(hits), want)
		}
	}
}

func TestATenantNeverSeesTheArticlesOfAnother(t *testing.T) {
	db := pgtest.New(t)
	s, other := newShop(t, db, "acme"), newShop(t, db, "globex")
	a := s.published(kb.Document{Title: "Refunds", Content: refunds})
	b := other.published(kb.Document{Title: "Refunds", Content: "No refunds at all."})
	if b.Slug != a.Slug {
		t.Errorf("the slug %q of one tenant kept another from it: %q", a.Slug, b.Slug)
	}
	if hits := other.search("refund bank account", kb.ForMember); len(hits) != 1 || hits[0].ArticleID != b.ID {
		t.Errorf("search in globex finds %+v", hits)
	}
	ctx := t.Context()
	other.in(func(tx tenant.Tx) error {
		if _, err := kb.Get(ctx, tx, a.ID); !errors.Is(err, kb.ErrNotFound) {
			t.Errorf("Get of another tenant's article: %v", err)
		}
		if _, err := kb.Find(ctx, tx, a.ID.String()); !errors.Is(err, kb.ErrNotFound) {
			t.Errorf("Find of another tenant's article: %v", err)
		}
		for name, change := range map[string]func() (kb.Article, error){
			"Edit": func() (kb.Article, error) {
				return other.lib.Edit(ctx, tx, a.ID, kb.Document{Title: "x", Content: "x"})
			},
			"Publish": func() (kb.Article, error) { return other.lib.Publish(ctx, tx, a.ID) },
			"Archive": func() (kb.Article, error) { return other.lib.Archive(ctx, tx, a.ID) },
		} {
			if _, err := change(); !errors.Is(err, kb.ErrNotFound) {
				t.Errorf("%s of another tenant's article: %v", name, err)
			}
		}
		list, err := kb.List(ctx, tx, kb.Filter{})
		if len(list) != 1 || list[0].ID != b.ID {
			t.Errorf("List = %+v", list)
		}
		return err
	})
	if hits := s.search("bank account", kb.ForAnyone); len(hits) != 1 {
		t.Errorf("the other tenant's work changed acme's articles: %v", hits)
	}
}

func TestSlugsAreUniqueWithinATenant(t *testing.T) {
	s := newShop(t, pgtest.New(t), "acme")
	if a, b := s.add(kb.Document{Title: "Réfunds & more!", Content: "x"}), s.add(kb.Document{Title: "Refunds more", Content: "y"}); a.Slug != "refunds-more" || b.Slug != "refunds-more-2" {
		t.Errorf("slugs are %q and %q", a.Slug, b.Slug)
	}
	err := tenant.In(t.Context(), s.db.Service, s.id, func(tx tenant.Tx) error {
		_, err := s.lib.Add(t.Context(), tx, kb.Document{Title: "Other", Slug: "refunds-more", Content: "z"})
		return err
	})
	if !errors.Is(err, kb.ErrSlugTaken) {
		t.Errorf("a slug that the author asks for and that is taken: %v", err)
	}
}

func TestWhatIsNoArticleIsRefusedWithItsFault(t *testing.T) {
	s := newShop(t, pgtest.New(t), "acme")
	for name, d := range map[string]kb.Document{
		"title":      {Content: "x"},
		"text":       {Title: "x"},
		"visibility": {Title: "x", Content: "x", Visibility: "secret"},
		"language":   {Title: "x", Content: "x", Language: "English, please"},
		"slug":       {Title: "x", Content: "x", Slug: "Not A Slug"},
		"bytes":      {Title: "x", Content: strings.Repeat("x", kb.MaxContent+1)},
	} {
		err := tenant.In(t.Context(), s.db.Service, s.id, func(tx tenant.Tx) error { _, err := s.lib.Add(t.Context(), tx, d); return err })
		if !errors.Is(err, kb.ErrInvalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestImportTakesATreeAndMayBeRepeated(t *testing.T) {
	s := newShop(t, pgtest.New(t), "acme")
	tree := fstest.MapFS{
		"billing/refunds.md":  {Data: []byte("---\ntitle: Refunds\ntags: [money, \"orders\"]\n---\n" + refunds)},
		"shipping.md":         {Data: []byte("# Shipping\n\nWe ship on Mondays.")},
		"broken.md":           {Data: []byte("---\ntitle: no end\n")},
		".git/description.md": {Data: []byte("# hidden")},
		"logo.png":            {Data: []byte{0x89}},
	}
	run := func() (res kb.Imported) {
		s.in(func(tx tenant.Tx) (err error) {
			res, err = s.lib.ImportDir(t.Context(), tx, tree, kb.ImportOptions{Author: "ann@acme.test", Publish: true})
			return err
		})
		return res
	}
	res := run()
	if len(res.Added) != 2 || len(res.Failed) != 1 || res.Failed[0].File != "broken.md" {
		t.Fatalf("first import: %+v", res)
	}
	if a := res.Added[0]; a.Category != "billing" || a.Slug != "billing-refunds" || strings.Join(a.Tags, " ") != "money orders" || a.State != kb.Published {
		t.Errorf("imported article: %+v", a)
	}
	if res := run(); res.Unchanged != 2 || len(res.Added)+len(res.Changed) != 0 {
		t.Errorf("second import: %+v", res)
	}
	tree["shipping.md"] = &fstest.MapFile{Data: []byte("# Shipping\n\nWe ship on Tuesdays.")}
	if res := run(); res.Unchanged != 1 || len(res.Changed) != 1 || res.Changed[0].Version != 2 {
		t.Errorf("import of a changed tree: %+v", res)
	}
	if hits := s.search("tuesdays", kb.ForAnyone); len(hits) != 1 {
		t.Errorf("the changed text is not found: %v", hits)
	}
}

func TestSearchFindsInflectedWordsInSeveralLanguages(t *testing.T) {
	s := newShop(t, pgtest.New(t), "acme")
	s.published(kb.Document{Title: "Resetting a password", Content: "Passwords are reset under Account."})
	s.published(kb.Document{Title: "Réinitialiser le mot de passe", Content: "Vos factures et mots de passe sont dans votre compte.", Language: "fr"})
	s.published(kb.Document{Title: "パスワードの再設定", Content: "アカウントから再設定できます。", Language: "ja"})
	for question, want := range map[string]string{
		"I reset my passwords":       "Resetting a password",
		"où trouver une facture ?":   "Réinitialiser le mot de passe",
		"パスワードを忘れました":                "パスワードの再設定",
		"the and of it":              "",
		"":                           "",
		"xylophone":                  "",
		strings.Repeat("word ", 1e5): "",
	} {
		got := ""
		if hits := s.search(question, kb.ForAnyone); len(hits) > 0 {
			got = hits[0].Title
		}
		if got != want {
			t.Errorf("%.40q finds %q, want %q", question, got, want)
		}
	}
}

func TestConfidenceTellsAnAnswerFromAnAccident(t *testing.T) {
	s := newShop(t, pgtest.New(t), "acme")
	s.published(kb.Document{Title: "Refunds", Content: refunds})
	s.published(kb.Document{Title: "Changing your delivery address", Content: "Open Orders and press Change address, until the parcel has left."})
	s.published(kb.Document{Title: "Invoices", Content: "Invoices are under Account, Billing. They can be downloaded as PDF."})
	if hits := s.search("How do I change the delivery address of an order?", kb.ForAnyone); hits[0].Confidence < 0.7 {
		t.Errorf("a question with an article has confidence %.2f", hits[0].Confidence)
	}
	hits := s.search("My dog ate the parcel on Sunday and now our whole garden is full of cardboard and he feels sick", kb.ForAnyone)
	if len(hits) > 0 && hits[0].Confidence > 0.3 {
		t.Errorf("a question without an article has confidence %.2f in %q", hits[0].Confidence, hits[0].Title)
	}
}
