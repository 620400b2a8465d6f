package inbox

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// pictures turns Markdown's pictures into links: a mail that shows pictures from elsewhere tells their server who reads
// it, and a draft could carry a customer's words there in an address.
type pictures struct{}

// RegisterFuncs implements goldmark's renderer.NodeRenderer.
func (p pictures) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindImage, p.link)
}

// link renders a picture's description, and its address where that can be followed.
func (pictures) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	to := node.(*ast.Image).Destination
	if !bytes.HasPrefix(to, []byte("https://")) && !bytes.HasPrefix(to, []byte("http://")) {
		return ast.WalkContinue, nil
	}
	if !entering {
		_, _ = w.WriteString("</a>")
		return ast.WalkContinue, nil
	}
	address := util.EscapeHTML(util.URLEscape(to, true))
	_, _ = w.WriteString(`<a href="` + string(address) + `">`)
	if !node.HasChildren() {
		_, _ = w.Write(address)
	}
	return ast.WalkContinue, nil
}
