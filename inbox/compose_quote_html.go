package inbox

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// maxQuotedSource is how much of a mail's HTML is looked at to quote it, in characters: what the customer wrote stands
// first, and what they quoted themselves below.
const maxQuotedSource = 64 << 10

// page is the quotation in HTML as the customer's mail looks, cleaned, as far as it is what they wrote in it; the pictures
// that stand in it are named by the Content-IDs they have in the answer. It returns "" where the quotation is to be made of
// the text: there is no HTML, it says something else than the text, or it is too long.
func (q *Quoted) page() (page string, shown []File) {
	if q.HTML == "" || len(q.Text) > maxQuotedBytes {
		return "", nil
	}
	root := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(strings.NewReader(mail.SanitiseHTML(q.HTML)), root)
	if err != nil {
		return "", nil // nested too deeply
	}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	c := quotationCut{own: quotedWords(q.Text), pictures: q.Pictures}
	c.walk(root)
	if len(c.own) > 0 && !c.onlyAddresses() {
		return "", nil
	}
	withoutTail(root)
	var b strings.Builder
	for n := root.FirstChild; n != nil; n = n.NextSibling {
		if html.Render(&b, n) != nil { // of what cannot be written, such as a text in <br>
			return "", nil
		}
	}
	if b.Len() > maxQuotedBytes || strings.TrimSpace(b.String()) == "" {
		return "", nil
	}
	return b.String(), c.shown
}

// A quotationCut goes along the HTML of a mail and what its writer wrote in it, and takes out of the HTML what is beyond that.
type quotationCut struct {
	own      []string // the words that are yet to come
	pictures []File
	shown    []File
	ended    bool // what follows was not written in this mail
}

// maxAhead is how many words of the text may have no like in the HTML between two that have: the marks of a list, or
// the addresses of links.
const maxAhead = 12

// minPiece is how long a piece of a word that stands further ahead has to be, in bytes.
const minPiece = 3

// walk goes through what is in a node, in its order.
func (c *quotationCut) walk(parent *html.Node) {
	for n, next := parent.FirstChild, (*html.Node)(nil); n != nil; n = next {
		next = n.NextSibling
		switch {
		case c.ended:
			parent.RemoveChild(n)
		case n.Type == html.TextNode:
			n.Data = c.text(n.Data)
		case n.DataAtom == atom.Img:
			c.picture(n)
		default:
			c.walk(n)
		}
	}
}

// text returns as much of a text as was written in this mail.
func (c *quotationCut) text(s string) string {
	for at := 0; at < len(s); {
		start := at + len(s[at:]) - len(strings.TrimLeftFunc(s[at:], unicode.IsSpace))
		at = len(s)
		if i := strings.IndexFunc(s[start:], unicode.IsSpace); i >= 0 {
			at = start + i
		}
		word := bareWord(s[start:at])
		if word == "" || c.take(word) {
			continue
		}
		c.ended = true
		return strings.TrimRightFunc(s[:start], unicode.IsSpace)
	}
	return s
}

// take takes a word of the HTML off the text; false where the text does not go on with it. A word may stand in pieces in
// the HTML, each in an element of its own.
func (c *quotationCut) take(word string) bool {
	for i, own := range c.own[:min(len(c.own), maxAhead)] {
		rest, ok := strings.CutPrefix(own, word)
		if !ok || rest != "" && i > 0 && len(word) < minPiece {
			continue
		}
		if c.own = c.own[i:]; rest == "" {
			c.own = c.own[1:]
		} else {
			c.own[0] = rest
		}
		return true
	}
	return false
}

// onlyAddresses says whether all words that the HTML did not have are of the kind that text has beyond it.
func (c *quotationCut) onlyAddresses() bool {
	return !slices.ContainsFunc(c.own, func(word string) bool {
		return !strings.HasPrefix(word, "http") && !strings.HasPrefix(word, "mailto") && !strings.HasPrefix(word, "cid") && !strings.HasPrefix(word, "image")
	})
}

// picture has a picture shown that goes along with the answer; of others their description stays.
func (c *quotationCut) picture(n *html.Node) {
	id, alt := "", ""
	for _, a := range n.Attr {
		switch a.Key {
		case "src":
			id = strings.Trim(strings.TrimPrefix(a.Val, "cid:"), "<>")
		case "alt":
			alt = a.Val
		}
	}
	for word := range strings.FieldsSeq(alt) { // stands in a text that is made of the HTML
		if len(c.own) > 0 && c.own[0] == bareWord(word) {
			c.own = c.own[1:]
		}
	}
	i := slices.IndexFunc(c.pictures, func(f File) bool { return f.quotedID != "" && strings.EqualFold(f.quotedID, id) })
	if i < 0 {
		*n = html.Node{Type: html.TextNode, Data: alt, Parent: n.Parent, PrevSibling: n.PrevSibling, NextSibling: n.NextSibling}
		return
	}
	n.Attr = []html.Attribute{{Key: "src", Val: "cid:" + c.pictures[i].contentID}, {Key: "alt", Val: alt}, {Key: "style", Val: "max-width:100%;border:0"}}
	if !slices.ContainsFunc(c.shown, func(f File) bool { return f.contentID == c.pictures[i].contentID }) {
		c.shown = append(c.shown, c.pictures[i])
	}
}

// withoutTail takes away what shows nothing at the end of a node.
func withoutTail(parent *html.Node) {
	for n := parent.LastChild; n != nil; n = parent.LastChild {
		withoutTail(n)
		isBlank := n.Type == html.TextNode && strings.TrimSpace(n.Data) == ""
		isEmpty := n.Type == html.ElementNode && n.FirstChild == nil && n.DataAtom != atom.Img
		if !isBlank && !isEmpty && n.Type != html.CommentNode {
			return
		}
		parent.RemoveChild(n)
	}
}

// quotedWords are the words of a text by which it is told what of a mail's HTML says the same.
func quotedWords(s string) []string {
	var list []string
	for word := range strings.FieldsSeq(s) {
		if word = bareWord(word); word != "" {
			list = append(list, word)
		}
	}
	return list
}

// bareWord is a word without what marks it: text and HTML mark differently.
func bareWord(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
