package inbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/customerdesk/customerdesk/internal/blobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// pictures shows those of Markdown's pictures that go along with the mail, and turns the others into links: a mail that
// shows pictures from elsewhere tells their server who reads it, and a draft could carry a customer's words there in an
// address.
type pictures struct{}

// RegisterFuncs implements goldmark's renderer.NodeRenderer.
func (p pictures) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindImage, p.render)
}

// shownAs is the attribute of a picture that goes along: its Content-ID.
const shownAs = "shown"

// render renders a picture, or its description and its address where that can be followed.
func (pictures) render(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if id, ok := node.AttributeString(shownAs); ok {
		if entering {
			_, _ = w.WriteString(`<img src="cid:` + id.(string) + `" alt="`)
			_, _ = w.Write(util.EscapeHTML([]byte((&plainWriter{source: source}).inline(node))))
			_, _ = w.WriteString(`" style="max-width:100%">`)
		}
		return ast.WalkSkipChildren, nil
	}
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

// show parses Markdown, and has the pictures in it that name one of the files show that file: "![the lid](lid.png)". Such
// a file gets a Content-ID.
func (c *composer) show(markdown []byte, files []File, idTail string) ast.Node {
	doc := c.markdown.Parser().Parse(text.NewReader(markdown))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // no step fails
		img, ok := n.(*ast.Image)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		name, err := url.PathUnescape(string(img.Destination))
		if err != nil {
			name = string(img.Destination)
		}
		i := slices.IndexFunc(files, func(f File) bool { return strings.EqualFold(f.Name, strings.TrimPrefix(name, "./")) })
		if i >= 0 && isPicture(files[i].Bytes) {
			files[i].contentID = fmt.Sprintf("picture%d.%s", i+1, idTail)
			img.SetAttributeString(shownAs, files[i].contentID)
		}
		return ast.WalkContinue, nil
	})
	return doc
}

// isPicture says whether a file is a picture that mail programs show.
func isPicture(b []byte) bool {
	switch http.DetectContentType(b) {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return true
	}
	return false
}

// How many pictures of the customer's mail are shown where it is quoted, and how large they are, in bytes.
const (
	maxQuotedPictures = 8
	maxQuotedPicture  = 512 << 10
	maxQuotedTogether = 2 << 20
)

// quotedPictures reads the pictures that stood in the mail that an answer quotes. What is no picture, is too large, or is gone
// is left out: the customer has it.
func (o *Outbox) quotedPictures(ctx context.Context, owner tenant.ID, comment tickets.CommentID) (list []File, err error) {
	err = tenant.In(ctx, o.cfg.Pool, owner, func(tx tenant.Tx) error {
		rows, _ := tx.Query(ctx, `SELECT name, content_type, content_id, inbound_id, part, digest FROM attachments
			WHERE tenant_id = $1 AND comment_id = $2 AND `+quotable("attachments")+` ORDER BY id LIMIT $3`, tx.Tenant(), comment, maxQuotedPictures) // ForEachRow reports the error.
		var f File
		var ref FileRef
		var refs []FileRef
		if _, err := pgx.ForEachRow(rows, []any{&f.Name, &f.ContentType, &f.quotedID, &ref.Inbound, &ref.Part, &ref.Digest}, func() error {
			list, refs = append(list, f), append(refs, ref)
			return nil
		}); err != nil {
			return err
		}
		for i, ref := range refs {
			list[i].Bytes, err = readFile(ctx, tx, o.cfg.Blobs, ref)
			if err != nil && !errors.Is(err, blobs.ErrMissing) && !errors.Is(err, ErrNoMessage) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the pictures of a quoted mail: %w", err)
	}
	together := 0
	list = slices.DeleteFunc(list, func(f File) bool {
		gone := !isPicture(f.Bytes) || together+len(f.Bytes) > maxQuotedTogether
		if !gone {
			together += len(f.Bytes)
		}
		return gone
	})
	return list, nil
}

// addQuotedPictures has the quotation of an answer show the pictures of the quoted mail, unless the answer's own files leave
// no room for them.
func (o *Outbox) addQuotedPictures(ctx context.Context, owner tenant.ID, s *sending) error {
	list, err := o.quotedPictures(ctx, owner, *s.pictured)
	size := mailedSize(int64(len(s.answer.Text)))
	for _, f := range append(slices.Clone(list), s.answer.Files...) {
		size += mailedSize(int64(len(f.Bytes)))
	}
	if o.carries(size) == nil {
		s.answer.Quoted.Pictures = list
	}
	return err
}

// quotable is the condition on rows of attachments for pictures that stood in the text of a mail.
func quotable(f string) string {
	return fmt.Sprintf(`%[1]s.inline AND %[1]s.inbound_id IS NOT NULL AND %[1]s.content_type LIKE 'image/%%' AND %[1]s.content_id <> ''
		AND %[1]s.size <= %[2]d AND %[1]s.danger = '' AND %[1]s.virus = ''`, f, maxQuotedPicture)
}
