package mailserver

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	nethtml "golang.org/x/net/html"
)

// blankPicture stands where a picture of another host was: one transparent pixel.
const blankPicture = "image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

var (
	styleValue = regexp.MustCompile(`^[a-zA-Z0-9#%.,()'" -]+$`)
	quoteClass = regexp.MustCompile(`^gmail_(quote|attr|signature)$`)
	citeType   = regexp.MustCompile(`^cite$`)
	linkText   = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;:!?)]`)
)

// mailPolicy allows what mail looks are made of. Scripts, forms, frames and everything that
// fetches are gone; pictures are those of the mail itself, which picture finds by
// Content-ID ("" if it has none such).
func mailPolicy(picture func(contentID string) string) *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowStandardAttributes()
	p.AllowLists()
	p.AllowTables()
	p.AllowElements("p", "div", "span", "br", "hr", "b", "strong", "i", "em", "u", "s", "small", "sub", "sup",
		"h1", "h2", "h3", "h4", "h5", "h6", "pre", "code", "blockquote", "center", "font")
	p.AllowAttrs("class").Matching(quoteClass).OnElements("div", "blockquote")
	p.AllowAttrs("type").Matching(citeType).OnElements("blockquote")
	p.AllowAttrs("color", "face", "size").Matching(styleValue).OnElements("font")
	p.AllowAttrs("bgcolor", "align", "valign", "width", "height", "cellpadding", "cellspacing", "border").
		Matching(styleValue).OnElements("table", "tr", "td", "th", "img", "div", "p")
	p.AllowStyles("color", "background-color", "font-family", "font-size", "font-weight", "font-style", "line-height",
		"text-align", "text-decoration", "padding", "padding-left", "padding-right", "padding-top", "padding-bottom",
		"margin", "margin-left", "margin-right", "margin-top", "margin-bottom", "border", "border-left", "border-top",
		"border-bottom", "border-radius", "border-collapse", "width", "max-width", "vertical-align", "white-space").
		Matching(styleValue).Globally()
	p.AllowURLSchemes("http", "https", "mailto", "cid")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src", "alt").OnElements("img")
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	p.RewriteSrc(func(u *url.URL) {
		if u.Scheme == "cid" {
			if src := picture(u.Opaque); src != "" {
				if found, err := url.Parse(src); err == nil {
					*u = *found
					return
				}
			}
		}
		*u = url.URL{Scheme: "data", Opaque: blankPicture}
	})
	return p
}

// bodyDocument is the page that the reader's frame shows for an HTML mail.
func bodyDocument(l *letter, picture func(contentID string) string) string {
	return fmt.Sprintf(`<!doctype html><html><head><meta charset="utf-8"><title>Message</title><style>
html{color-scheme:light}
body{margin:0;font:15px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:#1f2933;overflow-wrap:break-word}
img{max-width:100%%;height:auto}a{color:#0f766e}pre{white-space:pre-wrap}table{max-width:100%%}body>table{margin:0 0 1em}
p{margin:0 0 1em}body>:last-child{margin-bottom:0}
blockquote{margin:.5em 0;padding:0 0 0 1em;border-left:2px solid #cbd5d1;color:#52605c}
</style></head><body>%s</body></html>`, mailPolicy(picture).Sanitize(l.html))
}

// remotePictures says whether the mail asks for pictures of another host.
func remotePictures(body string) bool {
	found := false
	eachToken(body, func(t nethtml.Token) {
		if t.Data != "img" {
			return
		}
		for _, attr := range t.Attr {
			found = found || attr.Key == "src" && strings.HasPrefix(strings.ToLower(attr.Val), "http")
		}
	})
	return found
}

func eachToken(body string, do func(nethtml.Token)) {
	tokens := nethtml.NewTokenizer(strings.NewReader(body))
	for tokens.Next() != nethtml.ErrorToken {
		do(tokens.Token())
	}
}

// htmlText reads HTML as text: blocks become lines, quotes get their "> ", the rest of the
// markup goes.
func htmlText(body string) string {
	var t textWriter
	skip := 0
	eachToken(body, func(token nethtml.Token) {
		start, end := token.Type == nethtml.StartTagToken, token.Type == nethtml.EndTagToken
		switch {
		case token.Type == nethtml.TextToken && skip == 0:
			t.write(token.Data)
		case token.Data == "style" || token.Data == "script" || token.Data == "title":
			if start {
				skip++
			} else if end {
				skip = max(skip-1, 0)
			}
		case token.Data == "blockquote" && start:
			t.breakLine()
			t.depth++
		case token.Data == "blockquote" && end:
			t.breakLine()
			t.depth = max(t.depth-1, 0)
		case token.Data == "br":
			t.endLine()
		case isBlock(token.Data) && (start || end):
			t.breakLine()
			if end && (token.Data == "p" || token.Data == "ul" || token.Data == "ol") {
				t.endLine()
			}
			if start && token.Data == "li" {
				t.write("- ")
			}
		}
	})
	t.breakLine()
	return strings.TrimSpace(t.out.String())
}

// A textWriter collects lines at a depth of quoting.
type textWriter struct {
	out   strings.Builder
	line  strings.Builder
	depth int
	blank bool // the last line was empty
}

// write adds text with its white space folded (as HTML shows it).
func (t *textWriter) write(text string) {
	words := strings.Join(strings.Fields(text), " ")
	before, after := text != strings.TrimLeft(text, " \t\r\n"), text != strings.TrimRight(text, " \t\r\n")
	if before && t.line.Len() > 0 && !strings.HasSuffix(t.line.String(), " ") {
		t.line.WriteByte(' ')
	}
	t.line.WriteString(words)
	if after && words != "" {
		t.line.WriteByte(' ')
	}
}

// breakLine ends a line that holds something.
func (t *textWriter) breakLine() {
	if strings.TrimSpace(t.line.String()) != "" {
		t.endLine()
	}
	t.line.Reset()
}

// endLine ends the line, an empty one too, but never makes two empty ones in a row.
func (t *textWriter) endLine() {
	line := strings.TrimSpace(t.line.String())
	t.line.Reset()
	if line == "" && t.blank {
		return
	}
	t.blank = line == ""
	t.out.WriteString(strings.TrimRight(strings.Repeat("> ", t.depth)+line, " ") + "\n")
}

func isBlock(tag string) bool {
	switch tag {
	case "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table", "ul", "ol":
		return true
	}
	return false
}

// textHTML writes typed text as mail programs do: a block for each line, links made live.
func textHTML(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if strings.TrimSpace(line) == "" {
			b.WriteString("<div><br></div>\r\n")
			continue
		}
		b.WriteString("<div>")
		rest := line
		for {
			at := linkText.FindStringIndex(rest)
			if at == nil {
				break
			}
			link := html.EscapeString(rest[at[0]:at[1]])
			fmt.Fprintf(&b, `%s<a href="%s">%s</a>`, html.EscapeString(rest[:at[0]]), link, link)
			rest = rest[at[1]:]
		}
		b.WriteString(html.EscapeString(rest))
		b.WriteString("</div>\r\n")
	}
	return b.String()
}
