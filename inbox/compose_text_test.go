package inbox

import (
	"strings"
	"testing"
)

func TestMarkdownReadsWellAsPlainText(t *testing.T) {
	c := newComposer()
	for in, want := range map[string]string{
		"**Your request** is *here*: `a*b*`.":                        "Your request is here: a*b*.",
		"# Hello\n\nWe got it.\nBye":                                 "Hello\n\nWe got it.\nBye",
		"one\\\ntwo  \nthree":                                        "one\ntwo\nthree",
		"- **A lamp**: plug it in\n- *B*\n  more":                    "- A lamp: plug it in\n- B\n  more",
		"3. three\n4. four\n   - in it\n\nEnd":                       "3. three\n4. four\n   - in it\n\nEnd",
		"- one\n\n- two\n\n  still two":                              "- one\n\n- two\n\n  still two",
		"> said\n> she\n>\n> twice":                                  "> said\n> she\n>\n> twice",
		"[our help](https://x.example/a) and <b>bold</b>":            "our help <https://x.example/a> and <b>bold</b>",
		"https://x.example/a [https://x.example](https://x.example)": "https://x.example/a https://x.example",
		"![lamp](https://x.example/l.png)":                           "lamp <https://x.example/l.png>",
		"\\#12 \\*not\\* 5 \\&amp; &lt;3 &#65; a\\b":                 "#12 *not* 5 &amp; <3 A a\\b",
		"```\nx  =  1\n\n  y\n```\n\n---\n\nEnd":                     "x  =  1\n\n      y\n\n----------\n\nEnd",
		"|a|b|\n|-|-|\n|1|**2**|":                                    "a | b\n1 | 2",
		"~~gone~~ 2 * 3 * 4":                                         "gone 2 * 3 * 4",
		"<div>x</div>\n\ny":                                          "<div>x</div>\n\ny",
		"use <host>:<port>\n<script>\na\n</script>\nb":               "use <host>:<port>\n\n<script>\na\n</script>\n\nb",
	} {
		if got := c.plain(in); got != want {
			t.Errorf("%q becomes\n%q, want\n%q", in, got, want)
		}
	}
}

func FuzzPlainText(f *testing.F) {
	f.Add("- *a*\n  1. b\n\n> c `d` \\& &amp;\n\n|a|\n|-|\n|b|")
	c := newComposer()
	f.Fuzz(func(t *testing.T, markdown string) {
		if got := c.plain(markdown); len(got) > 100*len(markdown)+100 || strings.Contains(got, " \n") {
			t.Errorf("%q becomes %q", markdown, got)
		}
	})
}
