package inbox

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// plain is what Markdown says, for those who read mail as plain text: marks are gone, lists and code keep their form, a
// link has its address behind it.
func (c *composer) plain(markdown string) string {
	source := []byte(markdown)
	w := plainWriter{source: source}
	w.blocks(c.markdown.Parser().Parse(text.NewReader(source)), "")
	return strings.TrimSpace(w.out.String())
}

// A plainWriter writes blocks, each on lines that begin alike.
type plainWriter struct {
	source []byte
	out    strings.Builder
}

// blocks writes what is in a block, a blank line between two unless they are items of a tight list.
func (w *plainWriter) blocks(parent ast.Node, indent string) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if n.PreviousSibling() != nil && !isTight(parent) {
			w.out.WriteString(strings.TrimRight(indent, " ") + "\n")
		}
		w.block(n, indent)
	}
}

// isTight says whether the list or item is written without blank lines.
func isTight(n ast.Node) bool {
	if item, ok := n.(*ast.ListItem); ok {
		n = item.Parent()
	}
	list, ok := n.(*ast.List)
	return ok && list.IsTight
}

func (w *plainWriter) block(n ast.Node, indent string) {
	switch n := n.(type) {
	case *ast.List:
		w.list(n, indent)
	case *ast.Blockquote:
		w.blocks(n, indent+"> ")
	case *ast.ThematicBreak:
		w.line(indent, "----------")
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		for i := range n.Lines().Len() {
			at := n.Lines().At(i)
			w.line(indent+"    ", strings.TrimRight(string(at.Value(w.source)), "\n"))
		}
	case *ast.HTMLBlock:
		for _, line := range blockLines(n, w.source) {
			w.line(indent, line)
		}
	case *east.Table:
		for row := n.FirstChild(); row != nil; row = row.NextSibling() {
			var cells []string
			for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
				cells = append(cells, w.inline(cell))
			}
			w.line(indent, strings.Join(cells, " | "))
		}
	default:
		for line := range strings.SplitSeq(w.inline(n), "\n") {
			w.line(indent, line)
		}
	}
}

// blockLines are the lines of what Markdown takes for HTML.
func blockLines(n *ast.HTMLBlock, source []byte) []string {
	text := string(n.Lines().Value(source))
	if n.HasClosure() {
		text += string(n.ClosureLine.Value(source))
	}
	return strings.Split(strings.TrimRight(text, "\n"), "\n")
}

// list writes items behind their mark, what belongs to an item below its first line.
func (w *plainWriter) list(n *ast.List, indent string) {
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "- "
		if n.IsOrdered() {
			mark = strconv.Itoa(number) + ". "
			number++
		}
		if item.PreviousSibling() != nil && !n.IsTight {
			w.out.WriteByte('\n')
		}
		inner := plainWriter{source: w.source}
		inner.blocks(item, "")
		for i, line := range strings.Split(strings.TrimRight(inner.out.String(), "\n"), "\n") {
			if i == 0 {
				w.line(indent+mark, line)
				continue
			}
			w.line(indent+strings.Repeat(" ", len(mark)), line)
		}
	}
}

func (w *plainWriter) line(indent, s string) {
	w.out.WriteString(strings.TrimRight(indent+s, " ") + "\n")
}

// inline is the text within a block.
func (w *plainWriter) inline(parent ast.Node) string {
	var b strings.Builder
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			b.Write(unescaped(n.Segment.Value(w.source)))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.CodeSpan:
			b.WriteString(w.raw(n))
		case *ast.AutoLink:
			b.Write(n.URL(w.source))
		case *ast.Link:
			b.WriteString(withAddress(w.inline(n), string(n.Destination)))
		case *ast.Image:
			b.WriteString(withAddress(w.inline(n), string(n.Destination)))
		case *ast.RawHTML:
			b.Write(n.Segments.Value(w.source))
		default:
			b.WriteString(w.inline(n))
		}
	}
	return b.String()
}

// raw is text that has no marks.
func (w *plainWriter) raw(parent ast.Node) string {
	var b strings.Builder
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if t, ok := n.(*ast.Text); ok {
			b.Write(t.Segment.Value(w.source))
		}
	}
	return b.String()
}

func withAddress(words, address string) string {
	if words == "" || strings.Contains(address, words) && strings.HasPrefix(strings.TrimPrefix(address, "mailto:"), words) {
		return strings.TrimPrefix(address, "mailto:")
	}
	return words + " <" + address + ">"
}

// unescaped takes the backslashes away that keep marks from being marks (CommonMark section 2.4), and reads character
// references that have none before them.
func unescaped(b []byte) []byte {
	resolve := func(b []byte) []byte { return util.ResolveEntityNames(util.ResolveNumericReferences(b)) }
	if bytes.IndexByte(b, '\\') < 0 {
		return resolve(b)
	}
	var out []byte
	from := 0
	for i := 0; i+1 < len(b); i++ {
		if b[i] == '\\' && util.IsPunct(b[i+1]) {
			out = append(append(out, resolve(b[from:i])...), b[i+1])
			i++
			from = i + 1
		}
	}
	return append(out, resolve(b[from:])...)
}
