package kb

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestChunksKeepToTheirHeading(t *testing.T) {
	got := split("Intro with a [link](https://x.test) and `code`.\n\n# A\n\nOne\nline.\n\n## B\n\n1. first\n2. second **bold**\n\n| k | v |\n|---|---|\n| a | b |\n\n" +
		"```sh\nrun <this>\n```\n\n# C\n\n<p>Old <b>HTML</b><script>alert(1)</script></p>\n\nPass -d <domain> here.\n\n## Empty\n")
	want := []chunk{
		{"", "Intro with a link and code."},
		{"A", "One\nline."},
		{"A › B", "- first\n- second bold\n\nk | v\na | b\n\nrun <this>"},
		{"C", "Old HTML\n\nPass -d <domain> here."},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("split = %q\nwant    %q", got, want)
	}
}

func TestLongTextIsCutBetweenSentences(t *testing.T) {
	got := split(strings.Repeat("This sentence is one of many. ", 200) + "\n\n" + strings.Repeat("x", 5000))
	for _, c := range got {
		if n := utf8.RuneCountInString(c.text); n > chunkLimit {
			t.Errorf("a chunk has %d characters", n)
		}
		if strings.HasPrefix(c.text, "This") && !strings.HasSuffix(c.text, ".") {
			t.Errorf("a chunk ends within a sentence: …%q", c.text[len(c.text)-20:])
		}
	}
	if len(got) < 10 {
		t.Errorf("%d chunks", len(got))
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("# a\n\n- b\n  - c\n\n> d\n\n<div>\n\ne\n\n    f\n\n| g |\n|---|\n| h |")
	f.Add("![p](q) <r> &amp; \\* [s]: t\n===\n\xff\x00")
	f.Fuzz(func(t *testing.T, markdown string) {
		for _, c := range split(cleanText(markdown)) {
			if strings.TrimSpace(c.text) == "" || utf8.RuneCountInString(c.text) > 2*chunkLimit {
				t.Errorf("split(%q) has a chunk %q", markdown, c.text)
			}
			if !utf8.ValidString(c.text) || !utf8.ValidString(c.heading) {
				t.Errorf("split(%q) cut a character", markdown)
			}
		}
		if s := slugOf(markdown); slugOf(s) != s {
			t.Errorf("the slug %q of %q is no slug", s, markdown)
		}
	})
}
