package trim

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/mailtest"
)

// Near-matches by the megabyte: each looks like the beginning of something that the trimmer looks for.
func TestTrimTakesLinearTimeOnNearMatches(t *testing.T) {
	const size = 1 << 20
	for name, piece := range map[string]string{
		"openings":         "On Mon, 2 Mar 2026 at 09:00\n",
		"openings, one":    "On Mon, 2 Mar 2026 at 09:00 ",
		"attributions":     "On Mon, 2 Mar 2026 at 09:00 Ann wrote:\n> x\ny\n",
		"bare ones":        "On Mon, 2 Mar 2026 at 09:00 Ann wrote:\n",
		"verbs":            "wrote wrote: ",
		"verb lines":       "she wrote:\n",
		"colons":           "a:\n",
		"addresses":        "<a@b>\n",
		"torn":             "On Thu, 31 Mar 2016 at 11:16 Ann\n\n<\n\n",
		"dates":            "2026-03-02 09:00 GMT+01:00 a b c d e f\n",
		"log":              "2026-03-02 09:00:00,123 INFO server: started in 12:30\n",
		"labels":           "From: a@b\n",
		"dates labelled":   "Date: Mon, 2 Mar 2026 09:00\n\n",
		"labels, one line": "From: a To: b ",
		"blocks, nearly":   "From: a\nTo: b\nX-Y: z\n",
		"rules":            "_____\n",
		"rules and blanks": "_____\n\n",
		"dashes":           "-- \n",
		"strokes":          "-",
		"original":         "--- original message",
		"devices":          "Sent from my iPhone\n",
		"nearly devices":   "Sent from my iPhone, yes\n\n",
		"footers":          "This is confidential, intended recipient, in error\n\n",
		"one footer":       "confidential ",
		"fences":           "```\na\n",
		"quotes":           "> a\nb\n",
		"deep":             ">",
		"blanks":           "\n",
		"blank lines":      " \n",
		"zero width":       "\u200b",
		"no-break":         "\u00a0\n",
		"shouting":         ">>> a 9:00 >>>\n>\n",
		"closings":         "Thanks\nAnn\n",
		"initials":         "AB> x\n",
		"within":           "Yes. On Mon, 2 Mar 2026 at 09:00 Ann wrote:\n> x\n",
		"forwards":         "> ---- Forwarded message ----\n",
		"prose":            "Dear all, the printer on the second floor prints empty pages again since this morning.\n",
		"content types":    "Content-Type: message/rfc822\n\n",
		"running on":       "x\nOn Mon, 2 Mar 2026 at 09:00, Ann <a@b> wrote: y\n",
		"forms":            strings.Repeat(" ", 24) + "To\n",
		"without colons":   "On 2.3.2026 at 9:00 wrote Ann\n\n> x\ny\n",
		"long addresses":   "Ann\n<a@b\n\n",
		"links in quotes":  "> a\nhttps://x.example/a\n",
		"answers":          "My answers are in red below\n> x\n",
		"chinese":          "您好，打印机又打印空白页了，请帮忙看一下：\n",
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Repeat(piece, size/len(piece)) // under maxLength, over which nothing is trimmed
			own := Text(text)
			if strings.TrimSpace(own) == "" && strings.TrimSpace(text) != "" && piece != "\u200b" {
				t.Error("nothing left")
			}
			mailtest.Linear(t, text, func(s string) { Text(s) })
		})
	}
}
