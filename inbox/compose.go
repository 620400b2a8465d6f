package inbox

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	netmail "net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/inbox/trim"
	"github.com/customerdesk/customerdesk/tickets"
)

// maxRefs is how many ids go into References: the first and the latest (RFC 5537 section 3.4.4 bounds it
// for news; long headers are refused by some servers).
const maxRefs = 20

// An Answer is what a mail to customers is made of. The same Answer always gives the same bytes, so that a
// mail that is sent again is the same mail.
type Answer struct {
	From       mail.Address // the mailbox
	ReplyTo    string       // signed reply address
	To, Cc     []mail.Address
	Subject    string
	MessageID  string   // without angle brackets
	InReplyTo  string   // likewise; may be empty
	References []string // likewise, oldest first
	// ThreadIndex is the header field by which Outlook and Exchange group mail; may be empty.
	ThreadIndex string
	Date        time.Time
	Text        string   // Markdown
	Signature   []string // lines below the text, the first of which stands out
	Links       []Link   // below the signature
	Quoted      *Quoted
	Files       []File
	Logo        *Logo // nil: none
	// Automatic mail was decided on by nobody: it says so, so that no machine answers it (RFC 3834 section 5).
	Automatic bool
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
		markdown: goldmark.New(
			goldmark.WithExtensions(extension.Strikethrough, extension.Table, extension.Linkify),
			goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(pictures{}, 100))),
		),
		page: template.Must(template.New("mail").Parse(mailPage)),
	}
}

// compose writes a mail (RFC 5322) with a text and an HTML part.
func (c *composer) compose(a Answer) ([]byte, error) {
	m := gomail.NewMsg(gomail.WithBoundary(boundary(a.MessageID)), gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(headerAddress(a.From))
	m.ToMailAddress(headerAddresses(a.To)...)
	if len(a.Cc) > 0 {
		m.CcMailAddress(headerAddresses(a.Cc)...)
	}
	if a.ReplyTo != "" {
		m.ReplyToMailAddress(headerAddress(mail.Address{Name: a.From.Name, Email: a.ReplyTo}))
	}
	subject := headerText(a.Subject, maxSubject)
	m.SetGenHeaderPreformatted(gomail.HeaderSubject, encodedWords("Subject", subject))
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
		m.SetGenHeader("Thread-Topic", headerText(withoutPrefixes(subject), maxShown))
	}
	if a.Automatic {
		declareAutomatic(m, a)
	}
	text := strings.TrimSpace(mail.Newlines(mail.Clean(a.Text)))
	signature := signatureLines(text, a.Signature)
	page, err := c.html(text, signature, a)
	if err != nil {
		return nil, err
	}
	m.SetBodyString(gomail.TypeTextPlain, text+"\n"+signatureText(signature)+linkText(a.Links)+quoteText(a.Quoted))
	m.AddAlternativeString(gomail.TypeTextHTML, page)
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("compose mail: %w", err)
	}
	return enclosed(b.Bytes(), a)
}

// enclosed adds what a mail shows and what goes along with it.
func enclosed(mail []byte, a Answer) ([]byte, error) {
	var err error
	if a.Logo != nil {
		_, ending, _ := strings.Cut(a.Logo.ContentType, "/")
		logo := File{Name: "logo." + ending, ContentType: a.Logo.ContentType, Bytes: a.Logo.Bytes, contentID: logoID(a)}
		if mail, err = enclose(mail, "related", boundary(a.MessageID)+"_logo", []File{logo}); err != nil {
			return nil, err
		}
	}
	if len(a.Files) > 0 {
		return enclose(mail, "mixed", boundary(a.MessageID)+"_files", a.Files)
	}
	return mail, nil
}

// logoID is the Content-ID of the logo (RFC 2392), the same in all mail of a mailbox's domain.
func logoID(a Answer) string { return "logo@" + domainOf(a.From.Email) }

// unsubscribe is the subject of a mail by which a mail program asks for no more automatic ones.
const unsubscribe = "unsubscribe"

// declareAutomatic has mail programs and robots know that nobody wrote the mail: Auto-Submitted (RFC 3834 section 5),
// X-Auto-Response-Suppress (Exchange, [MS-OXCMAIL] section 2.2.3.2.14), and a way out (RFC 2369 section 3.2).
func declareAutomatic(m *gomail.Msg, a Answer) {
	submitted, out := "auto-generated", a.ReplyTo
	if headerID(a.InReplyTo) != "" {
		submitted = "auto-replied"
	}
	if out == "" {
		out = a.From.Email
	}
	m.SetGenHeader("Auto-Submitted", submitted)
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	way := url.URL{Scheme: "mailto", Opaque: url.PathEscape(headerAddress(mail.Address{Email: out}).Address), RawQuery: "subject=" + unsubscribe}
	m.SetGenHeader("List-Unsubscribe", "<"+way.String()+">")
}

// signatureLines are the lines below a text, without the first where the text ends with it: who signs by hand does
// not sign twice.
func signatureLines(text string, lines []string) []string {
	var out []string
	for _, l := range lines {
		if l = strings.TrimSpace(mail.OneLine(mail.Clean(l))); l != "" && len(out) < trim.MaxSignature {
			out = append(out, l)
		}
	}
	last := strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	if len(out) > 0 && strings.EqualFold(strings.Trim(last, "*_ "), out[0]) {
		return out[1:]
	}
	return out
}

// signatureText sets a signature off by the line that mail programs know it by (RFC 3676 section 4.3).
func signatureText(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return "\n-- \n" + strings.Join(lines, "\n") + "\n"
}

func (c *composer) html(markdown string, signature []string, a Answer) (string, error) {
	var body bytes.Buffer
	if err := c.markdown.Convert([]byte(markdown), &body); err != nil {
		return "", fmt.Errorf("turn Markdown into HTML: %w", err)
	}
	type quotation struct {
		Attribution string
		Lines       []string
	}
	page := struct {
		Body      template.HTML
		Signature []string
		Links     []Link
		Quoted    *quotation
		Logo      *Logo
		LogoURL   template.URL
		Name      string
	}{
		Body: template.HTML(body.String()), Signature: signature, Links: a.Links, Logo: a.Logo, LogoURL: template.URL("cid:" + logoID(a)), Name: a.From.Name,
	} //nolint:gosec // goldmark escapes what it does not make itself.
	if q := a.Quoted; q != nil {
		page.Quoted = &quotation{Attribution: q.attribution(), Lines: q.lines()}
	}
	var out bytes.Buffer
	if err := c.page.Execute(&out, page); err != nil {
		return "", fmt.Errorf("fill in the mail's page: %w", err)
	}
	return out.String(), nil
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

func (q *Quoted) attribution() string {
	return "On " + q.At.UTC().Format("2 Jan 2006, 15:04 MST") + ", " + mail.OneLine(mail.Clean(q.Name)) + " wrote:"
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
	return "Re: " + titleOf(title, n) + " " + tagOf(n)
}

// titleOf is a ticket's title without the number and the "Re:" that mail put before it.
func titleOf(title string, n tickets.Number) string {
	title = mail.OneLine(mail.Clean(title))
	title = strings.TrimSpace(strings.ReplaceAll(title, tagOf(n), ""))
	for len(title) >= 3 && strings.EqualFold(title[:3], "re:") {
		title = strings.TrimSpace(title[3:])
	}
	return title
}

// tagged is a subject with the ticket's number, by which mail finds back where all else is lost.
func tagged(subject string, n tickets.Number) string {
	if strings.Contains(subject, tagOf(n)) {
		return subject
	}
	return strings.TrimSpace(subject) + " " + tagOf(n)
}

func tagOf(n tickets.Number) string { return fmt.Sprintf("[#%d]", n) }

// headerAddress keeps line ends and the like out of the header; net/mail encodes the rest.
func headerAddress(a mail.Address) *netmail.Address {
	return &netmail.Address{Name: headerText(a.Name, maxShown), Address: strings.Join(strings.Fields(mail.OneLine(mail.Clean(a.Email))), "")}
}

func headerAddresses(list []mail.Address) []*netmail.Address {
	out := make([]*netmail.Address, 0, len(list))
	for _, a := range list {
		out = append(out, headerAddress(a))
	}
	return out
}

// headerID writes an id for a header; empty for one that is made up or that no header can hold.
func headerID(id string) string {
	if id == "" || strings.HasSuffix(id, mail.MissingID) || len(id) > 900 {
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

// How much text goes into a field of the header, in bytes. Long headers are refused, and so are lines of more than 998
// bytes (RFC 5322 section 2.1.1), which only break at blanks or between encoded words.
const (
	maxSubject = 2000
	maxShown   = 300
	maxWord    = 300
)

// headerText makes of a text from outside one that a field can hold. The last word stays: that of a subject is the
// ticket's number.
func headerText(s string, most int) string {
	s = mail.OneLine(mail.Clean(s))
	if len(s) <= most {
		return s
	}
	last := s[strings.LastIndexByte(s, ' ')+1:]
	if len(last) > maxTag {
		last = ""
	}
	head := strings.ToValidUTF8(s[:most-len(last)], "")
	return strings.TrimSpace(strings.TrimSpace(head) + "… " + last)
}

// maxTag is how long the tag with a ticket's number may be.
const maxTag = len("[#]") + 19

// longestLine is how long a line of the header may be that has encoded words, without its end (RFC 2047 section 2).
const longestLine = 76

// encodedWords writes a field's text: as it is where it is ASCII of words that fit into lines, else in encoded words. The first leaves room for the field's name: a fold before it is read as a blank by some.
func encodedWords(field, text string) string {
	if mail.IsASCII(text) && !slices.ContainsFunc(strings.Split(text, " "), func(word string) bool { return len(word) > maxWord }) {
		return folded(field, text)
	}
	const open, end = "=?utf-8?b?", "?="
	var words []string
	for room := longestLine - len(field) - len(": ") - len(open+end); text != ""; room = longestLine - len(" "+open+end) {
		n := 0
		for n < len(text) {
			_, size := utf8.DecodeRuneInString(text[n:])
			if base64.StdEncoding.EncodedLen(n+size) > room {
				break
			}
			n += size
		}
		words = append(words, open+base64.StdEncoding.EncodeToString([]byte(text[:n]))+end)
		text = text[n:]
	}
	return strings.Join(words, "\r\n ")
}

// folded breaks a text of ASCII at blanks (RFC 5322 section 2.2.3), never before its first word.
func folded(field, text string) string {
	var b strings.Builder
	at := len(field) + len(": ")
	for i, word := range strings.Split(text, " ") {
		switch {
		case i == 0:
		case word != "" && at+1+len(word) > longestLine:
			b.WriteString("\r\n ")
			at = 1
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += len(word)
	}
	return b.String()
}
