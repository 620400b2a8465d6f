package kb

import (
	"html"
	"strings"

	"github.com/microcosm-cc/bluemonday"
)

// stripTags returns the text of HTML, scripts and styles left out.
func stripTags(s string) string {
	for _, tag := range []string{"</p>", "</li>", "</tr>", "</h1>", "</h2>", "</h3>", "<br>", "<br/>", "<br />"} {
		s = strings.ReplaceAll(s, tag, tag+"\n")
	}
	return html.UnescapeString(bluemonday.StrictPolicy().Sanitize(s))
}

// unknownTag returns an inline tag as it stands unless HTML has it: "-d <domain>" is text that somebody did not
// quote.
func unknownTag(tag string) string {
	name := strings.ToLower(strings.Trim(tag, "</> \n\t"))
	if i := strings.IndexAny(name, " \t\n/"); i >= 0 {
		name = name[:i]
	}
	switch name {
	case "br":
		return "\n"
	case "a", "abbr", "b", "blockquote", "cite", "code", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font",
		"h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "iframe", "img", "ins", "kbd", "li", "mark", "nobr", "ol", "p", "pre", "q", "s", "samp",
		"script", "small", "span", "strike", "strong", "style", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "tt", "u",
		"ul", "var", "video", "wbr":
		return ""
	}
	if strings.HasPrefix(name, "!--") {
		return ""
	}
	return tag
}
