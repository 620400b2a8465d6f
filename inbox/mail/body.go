package mail

import (
	"cmp"
	"mime"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxHTML is the size up to which HTML is kept beside the text, in bytes: sanitising it is most of what reading it costs.
const maxHTML = 256 << 10

// A body gathers what is to be read of a message from its parts.
type body struct {
	Patience
	texts       []string // none of them blank
	htmls       []string
	sources     []string // HTML as it came, for the structure that is sanitised away
	attachments []Attachment
	spare       []*Part // parts with text that are read only where nothing else is
}

// walk visits p and what is in it, in the order in which a mail program shows it.
func (b *body) walk(p *Part) {
	b.check()
	switch {
	case p.MediaType == "multipart/alternative":
		b.alternative(p)
	case strings.HasPrefix(p.MediaType, "multipart/") && len(p.Children) > 0:
		for _, c := range p.Children {
			b.walk(c)
		}
	case strings.HasPrefix(p.MediaType, "message/") && len(p.Children) > 0:
		b.attach(p)
		b.spare = append(b.spare, p.Children[0])
	case b.shown(p):
		b.show(p)
	case strings.HasPrefix(p.MediaType, "multipart/"):
		// Empty, or beyond the limits.
		b.spare = append(b.spare, p)
	default:
		b.attach(p)
		if strings.HasPrefix(p.MediaType, "text/") || strings.HasPrefix(p.MediaType, "message/") || p.path == "" && !isFile(p.MediaType) {
			b.spare = append(b.spare, p)
		}
	}
}

// isFile says whether a media type is of something that is no text, and not the wreck of another type.
func isFile(mediaType string) bool {
	kind, _, _ := strings.Cut(mediaType, "/")
	return slices.Contains([]string{"application", "image", "audio", "video", "font", "model", "chemical"}, kind) || strings.HasPrefix(kind, "x-")
}

// shown says whether p is text of the mail itself and not a file.
func (b *body) shown(p *Part) bool {
	switch p.MediaType {
	case "text/plain", "text/html", "text/enriched", "text/richtext":
	default:
		return false
	}
	if p.disposition == "attachment" {
		return false
	}
	// An inline text with a file name is a file that its sender's program shows in the text; the first
	// text of a mail is its body even where it has a name.
	return !p.named() || len(b.texts) == 0 && p.disposition == ""
}

// alternative shows the richest reading of the same text (RFC 2046 section 5.1.4): plain text beside HTML
// where both are there, so that each is used where it is best.
func (b *body) alternative(p *Part) {
	var plain, rich, html string
	var plains []string
	for _, c := range p.Children {
		in := body{Patience: b.Patience}
		in.walk(c)
		text := in.read()
		if len(in.htmls) > 0 && c.MediaType != "text/plain" {
			html, rich = in.readHTML(), text
			b.sources = append(b.sources, in.sources...)
		} else if same := strings.Join(strings.Fields(text), " "); same != "" && !slices.Contains(plains, same) {
			plains = append(plains, same) // two that differ are two texts, whatever they are called
			plain = strings.TrimLeft(strings.TrimRight(plain, "\n")+"\n\n"+text, "\n")
		}
		if strings.HasPrefix(c.MediaType, "multipart/") || len(in.attachments) > 0 && !skippedAlternative(c.MediaType) {
			b.attachments = append(b.attachments, in.attachments...)
		}
		b.spare = append(b.spare, in.spare...)
	}
	if isStub(plain, rich) {
		plain = rich
	}
	b.add(plain, html)
}

// isStub says whether a plain text only tells that there is HTML, which is then what the mail says.
func isStub(plain, html string) bool {
	if isBlank(plain) || placeholder.MatchString(plain) && !isBlank(html) && !strings.Contains(html, strings.TrimSpace(plain)) {
		return true
	}
	return len(plain) < 400 && len(html) > 2*len(plain) && stubPattern.MatchString(plain)
}

var stubPattern = regexp.MustCompile(`(?i)\bhtml\b|\bmime\b|e-?mail (client|program|reader)|view (this|it) (e-?mail |message )?(in|online)|im browser|dans (votre|un) navigateur|en (su|el) navegador`)

// placeholder is a text that says nothing of what its sender wrote, as a whole.
var placeholder = regexp.MustCompile(`(?is)^\s*(?:this (?:e-?mail|message|newsletter) (?:requires|needs) (?:an? )?html[^\n]{0,80}|this is (?:an? )?(?:html|multi-?part) (?:e-?mail |mail )?message[^\n]{0,80}|` +
	`(?:your|the|this) (?:e-?mail |mail )?(?:client|program|reader|software|viewer)[^\n]{0,40}(?:does not|doesn't|cannot|can't|can not|is unable to)[^\n]{0,40}html[^\n]{0,120}|` +
	`(?:please )?(?:view|read|open) this (?:e-?mail|message) (?:in|with|using)[^\n]{0,80}html[^\n]{0,80}|(?:html (?:only|content|e-?mail|message)|no (?:plain )?text (?:version|part|content)[^\n]{0,60})\.?|` +
	`(?:\[(?:image|cid|inline image|bild|picture)[^\]\n]{0,200}\]\s*)+)\s*$`)

// skippedAlternative says whether a reading of an alternative is of no use beside the others.
func skippedAlternative(mediaType string) bool {
	return mediaType == "text/x-amp-html" || mediaType == "text/watch-html"
}

func (b *body) show(p *Part) {
	if p.MediaType == "text/plain" {
		rest, files := cutUufiles(p.decoded())
		s := withoutArmour(p.readable(rest))
		if len(b.texts) > 0 || p.depth > 0 || !looksLikeHTML([]byte(s[:min(len(s), 600)])) {
			if strings.EqualFold(p.Params["format"], "flowed") {
				s = unflow(s, strings.EqualFold(p.Params["delsp"], "yes"))
			}
			b.add(s, "")
			b.attachUufiles(p, files)
			return
		}
	}
	s := p.Text()
	html := ""
	b.sources = append(b.sources, s)
	if len(s) <= maxHTML && p.MediaType != "text/enriched" && p.MediaType != "text/richtext" {
		html = SanitiseHTML(s)
	}
	b.add(HTMLText(s), html)
}

func (b *body) add(text, html string) {
	if !isBlank(text) {
		b.texts = append(b.texts, text)
	}
	if html != "" {
		b.htmls = append(b.htmls, html)
	}
}

// isBlank says whether nothing of a text can be seen.
func isBlank(s string) bool {
	for _, r := range s {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), r < ' ', r == '\u034f', r == '\u115f', r == '\u3164', r == '\u2800':
		default:
			return false
		}
	}
	return true
}

// read is all text, one after the other.
func (b *body) read() string {
	var out strings.Builder
	for i, s := range b.texts {
		if i < len(b.texts)-1 {
			s = strings.TrimRight(s, "\n") + "\n\n"
		}
		out.WriteString(s)
	}
	return out.String()
}

func (b *body) readHTML() string { return strings.Join(b.htmls, "\n<hr>\n") }

// attachUufiles lists the files that stand in a text.
func (b *body) attachUufiles(p *Part, files []uufile) {
	path := cmp.Or(p.path, "1")
	for i, f := range files {
		a := Attachment{Part: path + uuMark + strconv.Itoa(i+1), Name: SanitiseName(DecodeWords(f.name)), Size: int64(len(f.data))}
		if a.Name == "" {
			a.Name = "attachment-" + strings.ReplaceAll(a.Part, uuMark, "-")
		}
		a.ContentType = typeOf(a.Name)
		a.Danger = DangerOf(a.Name, a.ContentType, f.data)
		b.attachments = append(b.attachments, a)
	}
}

// typeOf is the media type that a file's name stands for.
func typeOf(name string) string {
	t, _, err := mime.ParseMediaType(mime.TypeByExtension(path.Ext(name)))
	if err != nil {
		return "application/octet-stream"
	}
	return t
}

func (b *body) attach(p *Part) {
	a := Attachment{
		Part: p.path, Name: p.name(), ContentType: Clean(OneLine(p.MediaType)), ContentID: tidyID(p.Header.Get("Content-Id")),
		Inline: p.disposition != "attachment" && (p.disposition == "inline" || p.Header.Get("Content-Id") != ""),
	}
	if a.Part == "" {
		a.Part = "1"
	}
	if len(p.Children) > 0 && a.Name == "" {
		a.Name = SanitiseName(DecodeWords(p.Children[0].Header.Get("Subject")))
		if a.Name != "" {
			a.Name += ".eml"
		}
	}
	if a.Name == "" {
		a.Name = "attachment-" + strings.ReplaceAll(a.Part, ".", "-") + fileExtension(a.ContentType)
	}
	a.Size = p.decodedSize()
	a.Danger = DangerOf(a.Name, a.ContentType, p.decodedHead())
	b.attachments = append(b.attachments, a)
}

// settle takes text from elsewhere where the mail has none of its own: a text file, an attached message,
// what stands outside all parts.
func (b *body) settle(root *Part) {
	for _, p := range b.spare {
		if len(b.texts) > 0 {
			return
		}
		in := body{Patience: b.Patience}
		switch {
		case strings.HasPrefix(p.MediaType, "multipart/") && len(p.Children) == 0:
			in.add(p.Text(), "")
		case strings.HasPrefix(p.MediaType, "multipart/"), strings.HasPrefix(p.MediaType, "message/") && len(p.Children) > 0:
			in.walk(p)
			in.settle(p)
		case p.MediaType == "text/html":
			in.add(HTMLText(p.Text()), "")
		case p.MediaType == "text/calendar":
			text := p.Text()
			in.add(cmp.Or(invitation(text), text), "")
		default:
			in.add(p.Text(), "")
		}
		b.add(in.read(), "")
	}
	if len(b.texts) == 0 {
		b.add(sealedNote(root), "")
	}
	if len(b.texts) == 0 && len(b.attachments) == 0 && strings.HasPrefix(root.MediaType, "multipart/") {
		text := root.Text()
		if isSilent(root) {
			text = root.outside()
		}
		b.add(text, "")
	}
}

// isSilent says whether all that is in p was read as text, and says nothing: a mail of a subject alone.
func isSilent(p *Part) bool {
	if len(p.Children) > 0 {
		return strings.HasPrefix(p.MediaType, "multipart/") && !slices.ContainsFunc(p.Children, func(c *Part) bool {
			return !isSilent(c) || len(c.Children) > 0 && !isBlank(c.outside())
		})
	}
	if p.Header.Get("Content-Type") == "" {
		return false // nothing may be what was to be its header
	}
	switch p.MediaType {
	case "text/plain":
		return isBlank(p.Text())
	case "text/html":
		return isBlank(HTMLText(p.Text()))
	}
	return false
}

// outside is what stands before the parts of a multipart and behind them (RFC 2046 section 5.1.1), unless it only tells of
// them.
func (p *Part) outside() string {
	text := "\n" + p.readable(p.Body)
	mark := "\n--" + p.Params["boundary"]
	if !strings.Contains(text, mark) {
		mark = "\n--"
	}
	before, rest, _ := strings.Cut(text, mark)
	if stubPattern.MatchString(before) {
		before = ""
	}
	last, behind, _ := strings.Cut(rest[strings.LastIndex(rest, mark)+1:], "\n")
	if !strings.HasSuffix(strings.TrimSpace(last), "--") {
		behind = ""
	}
	return before + "\n" + behind
}

// unflow joins the lines of format=flowed text (RFC 3676 section 4.1): a line that ends in a blank goes on
// in the next of the same quote depth.
func unflow(s string, delsp bool) string {
	if !strings.Contains(s, " \n") {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	open, depth, first := false, 0, true
	for line := range strings.SplitSeq(s, "\n") {
		quotes := len(line) - len(strings.TrimLeft(line, ">"))
		text := strings.TrimPrefix(line[quotes:], " ")
		if !open || quotes != depth || text == "-- " {
			if !first {
				out.WriteByte('\n')
			}
			if quotes > 0 {
				out.WriteString(line[:quotes])
				out.WriteByte(' ')
			}
		}
		first, depth = false, quotes
		open = strings.HasSuffix(text, " ") && text != "-- "
		if open && delsp {
			text = text[:len(text)-1]
		}
		out.WriteString(text)
	}
	return out.String()
}

func fileExtension(mediaType string) string {
	switch mediaType {
	case "message/rfc822":
		return ".eml"
	case "text/plain":
		return ".txt"
	case "text/html":
		return ".html"
	case "text/calendar":
		return ".ics"
	case "application/pdf":
		return ".pdf"
	case "image/png":
		return ".png"
	case "image/jpeg":
		return ".jpg"
	case "image/gif":
		return ".gif"
	}
	return ""
}
