package inbox

import (
	"bytes"
	"fmt"
	"html/template"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/customerdesk/customerdesk/tickets"
)

// maxRefs is how many ids go into References: the first and the latest (RFC 5537 section 3.4.4 bounds it
// for news; long headers are refused by some servers).
const maxRefs = 20

// An Answer is what a mail to customers is made of. The same Answer always gives the same bytes, so that a
// mail that is sent again is the same mail.
type Answer struct {
	From       Address // the mailbox
	ReplyTo    string  // signed reply address
	To, Cc     []Address
	Subject    string
	MessageID  string   // without angle brackets
	InReplyTo  string   // likewise; may be empty
	References []string // likewise, oldest first
	// ThreadIndex is the header field by which Outlook and Exchange group mail; may be empty.
	ThreadIndex string
	Date        time.Time
	Text        string // Markdown
	Quoted      *Quoted
}

// Quoted is the customer's last mail, which stands below the answer.
type Quoted struct {
	Name string
	At   time.Time
	Text string
}

// A composer writes mail. It is safe for concurrent use.
type composer struct {
	markdown goldmark.Markdown
	page     *template.Template
}

func newComposer() *composer {
	return &composer{
		// Raw HTML in Markdown is left out, as goldmark does unless told otherwise.
		markdown: goldmark.New(goldmark.WithExtensions(extension.Strikethrough, extension.Table, extension.Linkify)),
		page:     template.Must(template.New("mail").Parse(mailPage)),
	}
}

// mailPage is the HTML of every mail: one column, the reader's own fonts, no pictures.
const mailPage = `<!DOCTYPE html>
<html>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="margin:0;padding:16px;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5;color:#1d1c1d">
<div style="max-width:640px">
{{.Body}}</div>
{{with .Quoted}}<div style="max-width:640px;margin-top:24px;color:#616061">
<p style="margin:0 0 8px">{{.Attribution}}</p>
<blockquote type="cite" style="margin:0;padding-left:12px;border-left:3px solid #dddddd">{{range .Lines}}{{.}}<br>
{{end}}</blockquote>
</div>
{{end}}</body>
</html>
`

// compose writes a mail (RFC 5322) with a text and an HTML part.
func (c *composer) compose(a Answer) ([]byte, error) {
	m := gomail.NewMsg(gomail.WithBoundary(boundary(a.MessageID)), gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(headerAddress(a.From))
	m.ToMailAddress(headerAddresses(a.To)...)
	if len(a.Cc) > 0 {
		m.CcMailAddress(headerAddresses(a.Cc)...)
	}
	if a.ReplyTo != "" {
		m.ReplyToMailAddress(headerAddress(Address{Name: a.From.Name, Email: a.ReplyTo}))
	}
	m.Subject(oneLine(clean(a.Subject)))
	m.SetDateWithValue(a.Date.UTC())
	m.SetMessageIDWithValue(a.MessageID)
	if id := headerID(a.InReplyTo); id != "" {
		m.SetGenHeader(gomail.HeaderInReplyTo, id)
	}
	if refs := headerIDs(a.References); refs != "" {
		m.SetGenHeader(gomail.HeaderReferences, refs)
	}
	if a.ThreadIndex != "" {
		m.SetGenHeader("Thread-Index", a.ThreadIndex)
		m.SetGenHeader("Thread-Topic", withoutPrefixes(oneLine(clean(a.Subject))))
	}
	text := strings.TrimSpace(newlines(clean(a.Text)))
	page, err := c.html(text, a.Quoted)
	if err != nil {
		return nil, err
	}
	m.SetBodyString(gomail.TypeTextPlain, text+"\n"+quoteText(a.Quoted))
	m.AddAlternativeString(gomail.TypeTextHTML, page)
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("compose mail: %w", err)
	}
	return b.Bytes(), nil
}

func (c *composer) html(markdown string, q *Quoted) (string, error) {
	var body bytes.Buffer
	if err := c.markdown.Convert([]byte(markdown), &body); err != nil {
		return "", fmt.Errorf("turn Markdown into HTML: %w", err)
	}
	type quotation struct {
		Attribution string
		Lines       []string
	}
	page := struct {
		Body   template.HTML
		Quoted *quotation
	}{Body: template.HTML(body.String())} //nolint:gosec // goldmark escapes what it does not make itself.
	if q != nil {
		page.Quoted = &quotation{Attribution: q.attribution(), Lines: q.lines()}
	}
	var out bytes.Buffer
	if err := c.page.Execute(&out, page); err != nil {
		return "", fmt.Errorf("fill in the mail's page: %w", err)
	}
	return out.String(), nil
}

// maxQuotedLines is how much of the customer's mail is quoted.
const maxQuotedLines = 200

func (q *Quoted) lines() []string {
	lines := strings.Split(strings.TrimSpace(newlines(clean(q.Text))), "\n")
	if len(lines) > maxQuotedLines {
		lines = append(lines[:maxQuotedLines:maxQuotedLines], "[…]")
	}
	return lines
}

func (q *Quoted) attribution() string {
	return "On " + q.At.UTC().Format("2 Jan 2006, 15:04 MST") + ", " + oneLine(clean(q.Name)) + " wrote:"
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

// boundary is made from the Message-ID, which no text can hold before it exists.
func boundary(messageID string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(messageID))
	return "cd_" + safe[:min(len(safe), 60)]
}

// subjectOf is the subject of an answer: the ticket's title behind "Re:", and the ticket's number, each
// once.
func subjectOf(title string, n tickets.Number) string {
	title = oneLine(clean(title))
	tag := fmt.Sprintf("[#%d]", n)
	title = strings.TrimSpace(strings.ReplaceAll(title, tag, ""))
	for len(title) >= 3 && strings.EqualFold(title[:3], "re:") {
		title = strings.TrimSpace(title[3:])
	}
	return "Re: " + title + " " + tag
}

// headerAddress keeps line ends and the like out of the header; net/mail encodes the rest.
func headerAddress(a Address) *mail.Address {
	return &mail.Address{Name: oneLine(clean(a.Name)), Address: strings.Join(strings.Fields(oneLine(clean(a.Email))), "")}
}

func headerAddresses(list []Address) []*mail.Address {
	out := make([]*mail.Address, 0, len(list))
	for _, a := range list {
		out = append(out, headerAddress(a))
	}
	return out
}

// headerID writes an id for a header; empty for one that is made up or that no header can hold.
func headerID(id string) string {
	if id == "" || strings.HasSuffix(id, missingID) || len(id) > 900 {
		return ""
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c >= 0x7f || c == '<' || c == '>' {
			return ""
		}
	}
	return "<" + id + ">"
}

func headerIDs(ids []string) string {
	var out []string
	for _, id := range ids {
		if h := headerID(id); h != "" {
			out = append(out, h)
		}
	}
	if len(out) > maxRefs {
		out = append(out[:1:1], out[len(out)-maxRefs+1:]...)
	}
	return strings.Join(out, " ")
}
