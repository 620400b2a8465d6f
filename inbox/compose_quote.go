package inbox

import (
	"strings"
	"time"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// Quoted is the customer's last mail, which stands below the answer.
type Quoted struct {
	Name     string
	At       time.Time
	Text     string
	HTML     string         // the whole mail's; may be empty
	Pictures []File         // that stood in it
	Language string         // for what is said about it, where its own is not told: an ISO 639 code; may be empty
	Zone     *time.Location // of the time that is said; nil: UTC

	look string // HTML; empty: made of the text
}

// How much of the customer's mail is quoted, at most.
const (
	maxQuotedLines = 200
	maxQuotedBytes = 32 << 10
)

func (q *Quoted) lines() []string {
	text := strings.TrimSpace(mail.Newlines(mail.Clean(q.Text)))
	whole := len(text) <= maxQuotedBytes
	if !whole {
		text = strings.ToValidUTF8(text[:maxQuotedBytes], "")
	}
	lines := strings.Split(text, "\n")
	if len(lines) > maxQuotedLines {
		lines, whole = lines[:maxQuotedLines], false
	}
	if !whole {
		lines = append(lines[:len(lines):len(lines)], "[…]")
	}
	return lines
}

func quoteText(q *Quoted) string {
	if q == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n" + q.attribution() + "\n")
	for _, line := range q.lines() {
		b.WriteString(strings.TrimRight("> "+line, " ") + "\n")
	}
	return b.String()
}
