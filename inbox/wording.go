package inbox

import (
	"bytes"
	"fmt"
	"html"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// How long a template may be, in bytes.
const (
	maxWordingSubject = 500
	maxWordingText    = 64 << 10
)

// ParseWording reads a template as it is written in a file: "Subject: …", an empty line, and the text. The error wraps
// ErrTemplate and says what is wrong, see Check.
func (s TemplateSpec) ParseWording(file string) (Wording, error) {
	file = strings.TrimPrefix(mail.Newlines(file), "\ufeff")
	first, rest, _ := strings.Cut(strings.TrimLeft(file, "\n"), "\n")
	label, subject, ok := strings.Cut(first, ":")
	if !ok || !strings.EqualFold(strings.TrimSpace(label), "Subject") {
		return Wording{}, fmt.Errorf("%s: %w: the first line is to be \"Subject: …\", then an empty line, then the text", s.Kind, ErrTemplate)
	}
	w := Wording{Subject: strings.TrimSpace(subject), Text: strings.TrimSpace(rest) + "\n"}
	return w, s.Check(w)
}

// String writes a wording as ParseWording reads it.
func (w Wording) String() string {
	return "Subject: " + w.Subject + "\n\n" + strings.TrimSpace(w.Text) + "\n"
}

// Check says what is wrong with a wording: a placeholder that the kind does not have, one that does not end, no words,
// or too many. The error wraps ErrTemplate.
func (s TemplateSpec) Check(w Wording) error {
	switch {
	case strings.TrimSpace(w.Subject) == "":
		return fmt.Errorf("%s: %w: it has no subject", s.Kind, ErrTemplate)
	case strings.TrimSpace(w.Text) == "":
		return fmt.Errorf("%s: %w: it has no text", s.Kind, ErrTemplate)
	case len(w.Subject) > maxWordingSubject:
		return fmt.Errorf("%s: %w: the subject is longer than %d bytes", s.Kind, ErrTemplate, maxWordingSubject)
	case len(w.Text) > maxWordingText:
		return fmt.Errorf("%s: %w: the text is longer than %d bytes", s.Kind, ErrTemplate, maxWordingText)
	case !utf8.ValidString(w.Subject+w.Text) || strings.ContainsRune(w.Subject+w.Text, 0):
		return fmt.Errorf("%s: %w: it is no UTF-8 text", s.Kind, ErrTemplate)
	}
	known := make([]string, 0, len(s.Placeholders))
	for _, p := range s.Placeholders {
		known = append(known, "{{"+p.Name+"}}")
	}
	for _, part := range []string{w.Subject, w.Text} {
		for rest := part; ; {
			_, name, after, state := nextPlaceholder(rest)
			if state == noPlaceholder {
				break
			}
			if state == unended {
				return fmt.Errorf("%s: %w: a placeholder begins with {{ and does not end with }} on its line", s.Kind, ErrTemplate)
			}
			if _, ok := s.placeholder(name); !ok {
				return fmt.Errorf("%s: %w: there is no placeholder {{%s}}; there are %s", s.Kind, ErrTemplate, name, strings.Join(known, " "))
			}
			rest = after
		}
	}
	if sometimes := s.Fill(w, s.leastValues()); newComposer().plain(sometimes.Text) == "" || strings.TrimSpace(sometimes.Subject) == "" {
		return fmt.Errorf("%s: %w: some of its mails would be empty, since a paragraph is left out where a placeholder in it has nothing to say; add words of your own", s.Kind, ErrTemplate)
	}
	return nil
}

// leastValues are values for all placeholders that never are empty.
func (s TemplateSpec) leastValues() map[string]string {
	values := s.Examples()
	for _, p := range s.Placeholders {
		if p.markdown {
			delete(values, p.Name)
		}
	}
	return values
}

func (s TemplateSpec) placeholder(name string) (Placeholder, bool) {
	for _, p := range s.Placeholders {
		if p.Name == name {
			return p, true
		}
	}
	return Placeholder{}, false
}

// Whether and how a placeholder was found.
const (
	noPlaceholder = iota
	unended
	whole
)

// nextPlaceholder cuts s around its first placeholder.
func nextPlaceholder(s string) (before, name, after string, state int) {
	before, rest, ok := strings.Cut(s, "{{")
	if !ok {
		return s, "", "", noPlaceholder
	}
	name, after, ok = strings.Cut(rest, "}}")
	if !ok || strings.ContainsAny(name, "\n{") {
		return before, "", "", unended
	}
	return before, strings.ToLower(strings.TrimSpace(name)), after, whole
}

// Fill writes the values into a wording that Check has passed. What people wrote stays what it is: no markup of the
// mail is made of it.
func (s TemplateSpec) Fill(w Wording, values map[string]string) Wording {
	subject, _ := s.fill(w.Subject, values, false)
	var text []string
	leading := false // the last paragraph leads to the next one, as "… these articles:"
	for _, paragraph := range strings.Split(strings.TrimSpace(mail.Newlines(w.Text)), "\n\n") {
		filled, missing := s.fill(paragraph, values, true)
		if missing {
			if leading {
				text = text[:len(text)-1]
			}
			leading = false
			continue
		}
		if strings.TrimSpace(filled) != "" {
			text = append(text, filled)
			leading = strings.HasSuffix(strings.TrimSpace(filled), ":")
		}
	}
	return Wording{Subject: mail.OneLine(mail.Clean(subject)), Text: strings.Join(text, "\n\n")}
}

// fill replaces the placeholders of s; missing where one of them has no value.
func (s TemplateSpec) fill(text string, values map[string]string, markdown bool) (filled string, missing bool) {
	var b strings.Builder
	for {
		before, name, after, state := nextPlaceholder(text)
		b.WriteString(before)
		if state != whole {
			return b.String(), missing
		}
		value := strings.TrimSpace(mail.Clean(values[name]))
		if p, _ := s.placeholder(name); markdown && !p.markdown {
			value = verbatim(value)
		}
		missing = missing || value == ""
		b.WriteString(value)
		text = after
	}
}

// verbatim writes words so that they stay themselves in Markdown. Most do as they are, which reads better in the plain
// text of a mail; the others get a backslash before every mark.
func verbatim(words string) string {
	words = mail.OneLine(words)
	if isVerbatim(words, "") && isVerbatim(words, "x") {
		return words
	}
	var b strings.Builder
	for _, r := range words {
		if strings.ContainsRune("\\`*_{}[]()<>#+-.!|~&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isVerbatim says whether Markdown shows words as they are where they stand between others.
func isVerbatim(words, other string) bool {
	var page bytes.Buffer
	// As in newComposer, but for links: an address on the web may become one.
	md := goldmark.New(goldmark.WithExtensions(extension.Strikethrough, extension.Table))
	if err := md.Convert([]byte(strings.TrimSpace(other+" "+words+" "+other)), &page); err != nil {
		return false
	}
	shown, begins := strings.CutPrefix(strings.TrimSpace(page.String()), "<p>")
	shown, ends := strings.CutSuffix(shown, "</p>")
	return begins && ends && !strings.Contains(shown, "<") && html.UnescapeString(shown) == strings.TrimSpace(other+" "+words+" "+other)
}
