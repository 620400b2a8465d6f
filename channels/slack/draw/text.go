package draw

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"
)

// Limits of texts in characters. Slack's own are 3,000 for a section or an input, 150 for a header and
// about 12,000 for all blocks of a message (https://docs.slack.dev/reference/block-kit/blocks).
const (
	MaxSection  = 3000
	maxFolded   = 2500 // of a comment in the thread; the rest is behind "Show all"
	maxSummary  = 1200
	maxSubject  = 200
	MaxName     = 80
	maxPassage  = 160
	MaxReason   = 300 // of an error or a notice
	maxFallback = 300
)

var (
	escaper   = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// Escape makes text safe for mrkdwn: the three characters by which Slack recognises mentions and links
// (https://docs.slack.dev/messaging/formatting-message-text#escaping).
func Escape(s string) string { return escaper.Replace(s) }

// Unescape turns what Slack sends, or what is to be shown unformatted, back into plain text.
func Unescape(s string) string { return unescaper.Replace(s) }

// Truncate cuts s to at most n characters, the last of which is then an ellipsis.
func Truncate(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	cut := string([]rune(s)[:n-1])
	return strings.TrimRight(cut, " \n\t") + "…"
}

// OneLine puts text on one line of at most n characters.
func OneLine(s string, n int) string { return Truncate(strings.Join(strings.Fields(s), " "), n) }

// parts cuts s into pieces of at most n characters, at the last line break or blank of each where there is
// one; joined they are s again.
func parts(s string, n int) []string {
	var out []string
	r := []rune(s)
	for len(r) > n {
		cut := n
		for i := n; i > n/2; i-- {
			if r[i-1] == '\n' {
				cut = i
				break
			}
			if cut == n && r[i-1] == ' ' {
				cut = i
			}
		}
		out = append(out, string(r[:cut]))
		r = r[cut:]
	}
	return append(out, string(r))
}

// Date is a time that Slack shows in the reader's zone and words, such as "Today at 10:04".
func Date(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty} at {time}|%s>", t.Unix(), t.UTC().Format("2006-01-02 15:04 UTC"))
}

// ago is the age of a time, which Slack keeps current by itself.
func ago(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{ago}|%s>", t.Unix(), t.UTC().Format("2006-01-02 15:04 UTC"))
}

func bytesOf(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1_000_000:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// plain is a text without any formatting.
func plain(s string) *slackapi.TextBlockObject {
	no := false
	return &slackapi.TextBlockObject{Type: slackapi.PlainTextType, Text: s, Emoji: &no}
}

// label is a plain text of our own, in which :emoji: are drawn.
func label(s string) *slackapi.TextBlockObject {
	yes := true
	return &slackapi.TextBlockObject{Type: slackapi.PlainTextType, Text: s, Emoji: &yes}
}

// Mrkdwn is a formatted text; what comes from outside must be escaped. Verbatim: Slack makes no links or
// mentions of what only looks like one.
func Mrkdwn(s string) *slackapi.TextBlockObject {
	return &slackapi.TextBlockObject{Type: slackapi.MarkdownType, Text: s, Verbatim: true}
}

// fine is a line of small grey text, its parts set apart by dots; empty parts are left out.
func fine(items ...string) slackapi.Block {
	var kept []string
	for _, s := range items {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return slackapi.NewContextBlock("", Mrkdwn(Truncate(strings.Join(kept, "  ·  "), MaxSection)))
}

// Literal is a block of text exactly as it was written.
func Literal(s string) slackapi.Block {
	return slackapi.NewRichTextBlock("", slackapi.NewRichTextSection(slackapi.NewRichTextSectionTextElement(orBlank(s), nil)))
}

// quote is literal with a bar at its left.
func quote(s string) slackapi.Block {
	return slackapi.NewRichTextBlock("", &slackapi.RichTextQuote{
		Type: slackapi.RTEQuote, Elements: []slackapi.RichTextSectionElement{slackapi.NewRichTextSectionTextElement(orBlank(s), nil)},
	})
}

// bold is a line of literal text in bold.
func bold(s string) slackapi.Block {
	return slackapi.NewRichTextBlock("", slackapi.NewRichTextSection(
		slackapi.NewRichTextSectionTextElement(orBlank(s), &slackapi.RichTextSectionTextStyle{Bold: true})))
}

func orBlank(s string) string {
	if s == "" {
		return " "
	}
	return s
}

func button(action, value, text string, style slackapi.Style) *slackapi.ButtonBlockElement {
	b := slackapi.NewButtonBlockElement(action, value, label(text))
	b.Style = style
	return b
}
