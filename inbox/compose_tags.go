package inbox

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// tags shows what Markdown takes for HTML as the words that it is: people write "<host>" and mean it. None of it becomes
// HTML of the mail.
type tags struct{}

// RegisterFuncs implements goldmark's renderer.NodeRenderer.
func (t tags) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindRawHTML, t.inline)
	r.Register(ast.KindHTMLBlock, t.block)
}

func (tags) inline(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.Write(util.EscapeHTML(node.(*ast.RawHTML).Segments.Value(source)))
	}
	return ast.WalkSkipChildren, nil
}

// block is a paragraph: a line that begins with a tag has its whole paragraph taken for HTML.
func (tags) block(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString("<p>")
		for i, line := range blockLines(node.(*ast.HTMLBlock), source) {
			if i > 0 {
				_, _ = w.WriteString("<br>\n")
			}
			_, _ = w.Write(util.EscapeHTML([]byte(line)))
		}
		_, _ = w.WriteString("</p>\n")
	}
	return ast.WalkSkipChildren, nil
}
