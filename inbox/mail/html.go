package mail

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
)

// htmlPolicy lets through what a mail needs to be read: structure, tables, links and pictures that came
// with it. Scripts, forms, styles and whatever would be fetched from elsewhere (a remote picture tells its
// owner that the mail was opened) are taken out.
var htmlPolicy = newHTMLPolicy()

func newHTMLPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "div", "span", "br", "hr", "b", "strong", "i", "em", "u", "s", "strike", "del", "ins", "sub", "sup", "small", "code",
		"pre", "tt", "kbd", "samp", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd",
		"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^cid:`)).OnElements("img")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.AllowAttrs("dir").Matching(bluemonday.Direction).Globally()
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^cite$`)).OnElements("blockquote")
	p.AllowURLSchemes("http", "https", "mailto", "tel", "cid")
	p.SkipElementsContent("title", "xml", "template", "svg", "math", "select", "textarea", "audio", "video", "canvas", "applet", "plaintext", "xmp")
	p.RequireNoReferrerOnLinks(true)
	p.RequireNoFollowOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}

// SanitiseHTML leaves of HTML what may be shown to people: see htmlPolicy.
func SanitiseHTML(s string) string {
	return strings.TrimSpace(Clean(htmlPolicy.Sanitize(s)))
}

// htmlCharset finds a charset that an HTML text names itself.
func htmlCharset(b []byte) string {
	head := bytes.ToLower(b[:min(len(b), 2048)])
	_, after, ok := bytes.Cut(head, []byte("charset="))
	if !ok {
		return ""
	}
	after = bytes.TrimLeft(after, `"' `)
	if i := bytes.IndexAny(after, "\"'; />"); i >= 0 {
		after = after[:i]
	}
	return string(after)
}
