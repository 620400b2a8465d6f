package inbox

import (
	"errors"
	"html"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

func TestTemplatesAreRefusedWithTheCure(t *testing.T) {
	spec, _ := ParseTemplateKind("receipt")
	for file, want := range map[string]string{
		"Hello {{name}}": `the first line is to be "Subject: …"`,
		"Subject: Hi\n\nYour {{nubmer}} is there.":                "no placeholder {{nubmer}}; there are {{number}} {{title}}",
		"Subject: {{status}}\n\nHello":                            "no placeholder {{status}}",
		"Subject: Hi\n\nYour {{number is there.":                  "does not end",
		"Subject: Hi\n\nYour {{number\n}}":                        "does not end",
		"Subject:\n\nHello":                                       "no subject",
		"Subject: Hi\n\n  \n":                                     "no text",
		"Subject: Hi\n\n" + strings.Repeat("x", maxWordingText+1): "longer than",
		"Subject: Hi\n\n\xff":                                     "UTF-8",
		"Subject: Hi\n\nThese help:\n\n{{articles}}":              "some of its mails would be empty",
	} {
		if _, err := spec.ParseWording(file); !errors.Is(err, ErrTemplate) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", file, err, want)
		}
	}
	for _, s := range TemplateSpecs() {
		if w, err := s.ParseWording(s.Default.String()); err != nil || w != s.Default {
			t.Errorf("the words of %s are read as %+v: %v", s.Kind, w, err)
		}
	}
}

func TestParagraphsWithNothingToSayAreLeftOut(t *testing.T) {
	spec, _ := ParseTemplateKind("receipt")
	w, err := spec.ParseWording("\ufeffsubject: Re: {{ Title }}\r\n\r\nHello {{name}}.\r\n\r\nPerhaps this helps:\r\n\r\n{{articles}}\r\n\r\nBye.\r\n")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{"title": "A *b*\r\nBcc: x@y.example", "name": "Ann [x](http://evil.example)"}
	got := spec.Fill(w, values)
	if got.Subject != "Re: A *b*  Bcc: x@y.example" || strings.Contains(got.Text, "helps") || !strings.HasSuffix(got.Text, "\n\nBye.") || strings.Contains(got.Text, "[x](") {
		t.Errorf("filled in: %+v", got)
	}
	values["articles"] = "- **One**"
	if got = spec.Fill(w, values); !strings.Contains(got.Text, "Perhaps this helps:\n\n- **One**\n\nBye.") {
		t.Errorf("filled in: %+v", got)
	}
}

func FuzzVerbatim(f *testing.F) {
	for _, s := range []string{"plain words", "*a*", "# x", "1. x", "- x", "> x", "a_b_c", "<b>", "AT&amp;T", "`x`", "[a](b)", "![a](b)", "a\\*b", "http://x.example", "    x", "x  ", "===", "|a|", "~~a~~", "\u00a0x"} {
		f.Add(s)
	}
	c := newComposer()
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.TrimSpace(mail.OneLine(mail.Clean(strings.ToValidUTF8(s, ""))))
		page, err := c.html(verbatim(s), nil, Answer{})
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range []string{"<em>", "<strong>", "<h1>", "<li>", "<blockquote>", "<img", "<code>", "<del>", "<table>"} {
			if _, body, _ := strings.Cut(page, "<body"); strings.Contains(body, tag) {
				t.Fatalf("%q made markup: %s", s, html.EscapeString(body))
			}
		}
	})
}
