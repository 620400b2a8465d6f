package kb

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/internal/prose"
)

// A Document is an article as its author writes it. Title and Content are required to store one; empty fields take
// defaults: a slug made of the title, English, public.
type Document struct {
	Title      string
	Slug       string
	Category   string
	Tags       []string
	Language   string
	Visibility Visibility
	Content    string // Markdown without front matter
	Author     string // who wrote this version
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// Parse reads Markdown with optional front matter: lines "key: value" between two lines "---", with the keys
// title, slug, category, tags ("[a, b]", "a, b" or a list of "- a" lines), language and visibility; others are ignored. Without
// a title there, a first heading of level 1 is the title and leaves the content. The error wraps ErrInvalid
// and names the line.
func Parse(markdown string) (Document, error) {
	if len(markdown) > MaxContent {
		return Document{}, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrInvalid, len(markdown), MaxContent)
	}
	text := cleanText(markdown)
	var d Document
	if rest, ok := strings.CutPrefix(text, "---\n"); ok {
		head, body, ok := cutFrontMatter(rest)
		if !ok {
			return Document{}, fmt.Errorf("%w: line 1: front matter has no closing \"---\"", ErrInvalid)
		}
		if err := d.readFrontMatter(head); err != nil {
			return Document{}, err
		}
		text = body
	}
	d.Content = strings.Trim(text, "\n")
	if d.Title == "" {
		d.takeTitle()
	}
	return d, nil
}

// cleanText makes Unix lines of valid UTF-8 that a database takes.
func cleanText(s string) string {
	s = strings.TrimPrefix(strings.ToValidUTF8(s, "\uFFFD"), "\uFEFF")
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(s)
}

func cutFrontMatter(s string) (head, body string, ok bool) {
	if body, ok = strings.CutPrefix(s, "---\n"); ok {
		return "", body, true
	}
	if head, body, ok = strings.Cut(s, "\n---\n"); ok {
		return head, body, true
	}
	head, ok = strings.CutSuffix(s, "\n---")
	return head, "", ok
}

func (d *Document) readFrontMatter(head string) error {
	key := ""
	for i, line := range strings.Split(head, "\n") {
		trimmed := strings.TrimSpace(line)
		switch item, isItem := strings.CutPrefix(trimmed, "- "); {
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
			continue
		case isItem && key == "tags":
			d.Tags = append(d.Tags, unquote(item))
			continue
		case isItem && key != "", line[0] == ' ' || line[0] == '\t':
			continue // the value of a key that is not ours
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return fmt.Errorf("%w: line %d of the front matter is no \"key: value\"", ErrInvalid, i+2)
		}
		key = strings.ToLower(strings.TrimSpace(name))
		d.set(key, strings.TrimSpace(value))
	}
	return nil
}

func (d *Document) set(key, value string) {
	switch key {
	case "title":
		d.Title = unquote(value)
	case "slug":
		d.Slug = unquote(value)
	case "category":
		d.Category = unquote(value)
	case "language", "lang":
		d.Language = unquote(value)
	case "visibility":
		d.Visibility = Visibility(strings.ToLower(unquote(value)))
	case "tags":
		d.Tags = nil
		for tag := range strings.SplitSeq(strings.Trim(value, "[]"), ",") {
			if tag = unquote(tag); tag != "" {
				d.Tags = append(d.Tags, tag)
			}
		}
	}
}

func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		s = s[1 : len(s)-1]
	}
	return strings.TrimSpace(s)
}

// takeTitle moves a heading of level 1 that opens the content into the title.
func (d *Document) takeTitle() {
	first, rest, _ := strings.Cut(d.Content, "\n")
	title, ok := strings.CutPrefix(first, "# ")
	if !ok {
		return
	}
	d.Title = strings.TrimSpace(strings.TrimRight(strings.TrimSpace(title), "#"))
	d.Content = strings.Trim(rest, "\n")
}

// complete checks a document and fills its defaults.
func (d *Document) complete() error {
	d.Title = strings.Join(strings.Fields(cleanText(d.Title)), " ")
	d.Content = cleanText(d.Content)
	if d.Language == "" {
		d.Language = "en"
	}
	if d.Visibility == "" {
		d.Visibility = Public
	}
	if d.Tags == nil {
		d.Tags = []string{}
	}
	switch {
	case d.Title == "":
		return fmt.Errorf("%w: it has no title; write \"title: …\" in the front matter or begin with \"# …\"", ErrInvalid)
	case strings.TrimSpace(d.Content) == "":
		return fmt.Errorf("%w: it has no text", ErrInvalid)
	case len(d.Content) > MaxContent:
		return fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrInvalid, len(d.Content), MaxContent)
	case !languageTag.MatchString(d.Language):
		return fmt.Errorf("%w: language %q is no tag like \"en\" or \"pt-BR\"", ErrInvalid, d.Language)
	}
	switch d.Visibility {
	case Public, Customers, Internal:
	default:
		return fmt.Errorf("%w: visibility %q is none of public, customers, internal", ErrInvalid, d.Visibility)
	}
	if d.Slug != "" && d.Slug != slugOf(d.Slug) {
		return fmt.Errorf("%w: slug %q; use small letters, digits and hyphens, such as %q", ErrInvalid, d.Slug, slugOf(d.Slug))
	}
	return nil
}

const maxSlug = 80 // characters

// slugOf makes a slug of a title; "article" when nothing of it is left.
func slugOf(title string) string {
	var b strings.Builder
	for _, w := range slugWords(title) {
		if b.Len() > 0 && utf8.RuneCountInString(b.String())+1+utf8.RuneCountInString(w) > maxSlug {
			break
		}
		if b.Len() > 0 {
			b.WriteByte('-')
		}
		b.WriteString(w)
	}
	if b.Len() == 0 {
		return "article"
	}
	return b.String()
}

// slugWords returns the lower-case runs of letters and digits of a title, marks taken off.
func slugWords(title string) []string {
	title = strings.NewReplacer("'", "", "’", "").Replace(title)
	return strings.FieldsFunc(prose.Fold(strings.ToLower(title)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
