package inbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
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
	ASCII      bool // To and Cc do without the addresses that have letters beyond ASCII (RFC 6531)
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
	Leave     string // address of a page by which its recipient gets no more automatic mail; may be empty
}

// A composer writes mail. It is safe for concurrent use.
type composer struct {
	markdown goldmark.Markdown
	page     *template.Template
}

func newComposer() *composer {
	return &composer{
		// Lines end where their writer ended them, as in the text part.
		markdown: goldmark.New(
			goldmark.WithExtensions(extension.Strikethrough, extension.Table, extension.Linkify),
			goldmark.WithRendererOptions(html.WithHardWraps(), renderer.WithNodeRenderers(util.Prioritized(pictures{}, 100), util.Prioritized(tags{}, 100))),
		),
		page: template.Must(template.New("mail").Parse(mailPage)),
	}
}

// compose writes a mail (RFC 5322) with a text and an HTML part.
func (c *composer) compose(a Answer) ([]byte, error) {
	m := gomail.NewMsg(gomail.WithBoundary(boundary(a.MessageID)), gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(headerAddress(a.From))
	addressField(m, "To", a.To, a.ASCII)
	addressField(m, "Cc", a.Cc, a.ASCII)
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
		m.SetGenHeader("Thread-Topic", strings.ReplaceAll(headerText(withoutPrefixes(subject), maxShown), "=?", "= ?"))
	}
	if a.Automatic {
		declareAutomatic(m, a)
	}
	a.place()
	text := strings.TrimSpace(mail.Newlines(mail.Clean(a.Text)))
	signature := signatureLines(text, a.Signature)
	page, err := c.html(text, signature, a)
	if err != nil {
		return nil, err
	}
	if a.Automatic {
		text = c.plain(text) // what a member writes stays as they wrote it
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
	var shown, files []File
	if a.Logo != nil {
		_, ending, _ := strings.Cut(a.Logo.ContentType, "/")
		shown = append(shown, File{Name: "logo." + ending, ContentType: a.Logo.ContentType, Bytes: a.Logo.Bytes, contentID: logoID(a)})
	}
	for _, f := range a.Files {
		if f.contentID != "" {
			shown = append(shown, f)
		} else {
			files = append(files, f)
		}
	}
	if a.Quoted != nil {
		shown = append(shown, a.Quoted.Pictures...)
	}
	var err error
	if len(shown) > 0 {
		if mail, err = enclose(mail, "related", boundary(a.MessageID)+"_shown", shown); err != nil {
			return nil, err
		}
	}
	if len(files) > 0 {
		return enclose(mail, "mixed", boundary(a.MessageID)+"_files", files)
	}
	return mail, nil
}

// place gives the pictures of the quoted mail their Content-IDs, and the quotation its looks. What is changed is a's own.
func (a *Answer) place() {
	a.Files = slices.Clone(a.Files)
	if a.Quoted == nil {
		return
	}
	q := *a.Quoted
	q.Pictures = slices.Clone(q.Pictures)
	for i := range q.Pictures {
		q.Pictures[i].contentID = fmt.Sprintf("quoted%d.%s", i+1, a.idTail())
	}
	var shown []File
	if q.look, shown = q.page(); q.look != "" {
		q.Pictures = shown
	}
	a.Quoted = &q
}

// logoID is the Content-ID of the logo (RFC 2392).
func logoID(a Answer) string { return "logo." + a.idTail() }

// idTail ends the Content-IDs of a mail: no other mail has the same (RFC 2045 section 7), and a try again has. It does not
// show the Message-ID, which is signed.
func (a Answer) idTail() string {
	sum := sha256.Sum256([]byte(a.MessageID))
	return hex.EncodeToString(sum[:8]) + "@" + domainOf(mail.WireAddress(a.From.Email))
}

// declareAutomatic has mail programs and robots know that nobody wrote the mail: Auto-Submitted (RFC 3834 section 5),
// X-Auto-Response-Suppress (Exchange, [MS-OXCMAIL] section 2.2.3.2.14), and the ways out (RFC 2369 section 3.2), by one click
// where the page is encrypted (RFC 8058 section 3.1).
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
	way := url.URL{Scheme: "mailto", Opaque: url.PathEscape(headerAddress(mail.Address{Email: out}).Address), RawQuery: "subject=" + Unsubscribe}
	if a.Leave == "" {
		m.SetGenHeader("List-Unsubscribe", "<"+way.String()+">")
		return
	}
	m.SetGenHeaderPreformatted("List-Unsubscribe", "<"+a.Leave+">,\r\n <"+way.String()+">")
	if isSecure(a.Leave) {
		m.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
}

// signatureLines are the lines below a text, without the first, which is a name, where the text ends with it or the lines
// begin with it: nobody signs twice.
func signatureLines(text string, lines []string) []string {
	var out []string
	for _, l := range lines {
		if l = strings.TrimSpace(mail.OneLine(mail.Clean(l))); l != "" && len(out) < trim.MaxSignature {
			out = append(out, l)
		}
	}
	if len(out) > 1 && strings.TrimSpace(lines[0]) != "" && beginsWithName(out[1], out[0]) {
		out = out[1:]
	}
	last := strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	if len(out) > 0 && strings.EqualFold(strings.Trim(last, "*_ "), out[0]) {
		return out[1:]
	}
	return out
}

// beginsWithName says whether a line begins with a name, and not with a longer one.
func beginsWithName(line, name string) bool {
	if len(line) < len(name) || !strings.EqualFold(line[:len(name)], name) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(line[len(name):])
	return !unicode.IsLetter(next) && !unicode.IsDigit(next) && next != '-'
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
	source := []byte(markdown)
	if err := c.markdown.Renderer().Render(&body, source, c.show(source, a.Files, a.idTail())); err != nil {
		return "", fmt.Errorf("turn Markdown into HTML: %w", err)
	}
	type quotation struct {
		Attribution string
		Look        template.HTML
		Lines       []string
		Pictures    []template.URL
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
		page.Quoted = &quotation{Attribution: q.attribution(), Look: template.HTML(q.look)} //nolint:gosec // it is cleaned
		if q.look == "" {
			page.Quoted.Lines = q.lines()
			for _, p := range q.Pictures {
				page.Quoted.Pictures = append(page.Quoted.Pictures, template.URL("cid:"+p.contentID)) //nolint:gosec // we made it
			}
		}
	}
	var out bytes.Buffer
	if err := c.page.Execute(&out, page); err != nil {
		return "", fmt.Errorf("fill in the mail's page: %w", err)
	}
	return out.String(), nil
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
