package kb_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/kb"
)

func TestFrontMatterIsReadAndLeavesTheContent(t *testing.T) {
	for _, c := range []struct {
		name, markdown string
		want           kb.Document
	}{
		{"all keys", "---\ntitle: \"Returns: how\"\nslug: returns\ncategory: Orders\ntags: [a, 'b c']\nlanguage: en-GB\nvisibility: Customers\nweight: 3\n---\n\nText.\n",
			kb.Document{Title: "Returns: how", Slug: "returns", Category: "Orders", Tags: []string{"a", "b c"}, Language: "en-GB", Visibility: kb.Customers, Content: "Text."}},
		{"a list of tags and keys of others", "---\nauthors:\n  - Ann\n  - Bob\ntags:\n- a\n  - b\n# remark\ntitle: T\n---\nText", kb.Document{Title: "T", Tags: []string{"a", "b"}, Content: "Text"}},
		{"none, with a heading", "\ufeff# Returns #\r\n\r\nText.", kb.Document{Title: "Returns", Content: "Text."}},
		{"a rule is no front matter", "Text\n\n---\n\nmore", kb.Document{Content: "Text\n\n---\n\nmore"}},
		{"empty", "---\n---\n# T\nx", kb.Document{Title: "T", Content: "x"}},
	} {
		got, err := kb.Parse(c.markdown)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: Parse = %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
}

func TestBrokenFrontMatterIsRefusedWithItsLine(t *testing.T) {
	for markdown, want := range map[string]string{
		"---\ntitle: x\n\ntext":          "line 1",
		"---\ntitle: x\nnonsense\n---\n": "line 3",
	} {
		if _, err := kb.Parse(markdown); !errors.Is(err, kb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): %v, want ErrInvalid with %q", markdown, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("---\ntitle: T\ntags: [a, b]\n---\n# H\n\n- x\n")
	f.Add("---\n- \n:\n---")
	f.Fuzz(func(t *testing.T, markdown string) {
		d, err := kb.Parse(markdown)
		if err != nil {
			if !errors.Is(err, kb.ErrInvalid) {
				t.Fatalf("Parse(%q): %v", markdown, err)
			}
			return
		}
		for _, s := range append([]string{d.Title, d.Slug, d.Category, d.Content}, d.Tags...) {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r") {
				t.Errorf("Parse(%q) gives %q, which no database takes", markdown, s)
			}
		}
	})
}
