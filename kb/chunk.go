package kb

import (
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	xast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/customerdesk/customerdesk/internal/prose"
)

const (
	chunkTarget = 900  // characters at which a chunk is full
	chunkLimit  = 1400 // a longer paragraph is cut between sentences
)

// headingSeparator stands between the parts of a heading path.
const headingSeparator = " › "

// A chunk is the part of an article that is found and cited as one: some paragraphs under one heading.
type chunk struct {
	heading string // path of headings from the article's title (left out) down, headingSeparator between
	text    string // plain text; a blank line between paragraphs, a line for each list item or table row
}

// split cuts Markdown into chunks. A chunk never runs over a heading, so that its heading path is true for all of
// it. An article without text has no chunks.
func split(markdown string) []chunk {
	src := []byte(markdown)
	doc := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList)).
		Parser().Parse(text.NewReader(src))
	s := splitter{src: src}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		s.block(n)
	}
	s.flush()
	return s.chunks
}

type splitter struct {
	src    []byte
	path   [6]string // headings by level
	parts  []string
	size   int // of parts, in characters
	chunks []chunk
}

// block adds a block of the top level.
func (s *splitter) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		s.flush()
		for i := n.Level - 1; i < len(s.path); i++ {
			s.path[i] = ""
		}
		s.path[n.Level-1] = strings.Join(strings.Fields(inlineText(n, s.src)), " ")
	case *ast.List:
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			s.add("- "+blockText(item, s.src), "\n")
		}
	default:
		s.add(blockText(n, s.src), "\n\n")
	}
}

// add appends one piece of text, cut where it is longer than a chunk may be.
func (s *splitter) add(piece, separator string) {
	piece = strings.TrimSpace(piece)
	if strings.Trim(piece, "-| \n") == "" {
		return
	}
	for _, p := range cut(piece, chunkLimit) {
		n := utf8.RuneCountInString(p)
		if s.size > 0 && s.size+n > chunkTarget {
			s.flush()
		}
		if s.size > 0 {
			s.parts = append(s.parts, separator)
		}
		s.parts = append(s.parts, p)
		s.size += n
	}
}

func (s *splitter) flush() {
	if s.size == 0 {
		return
	}
	var path []string
	for _, h := range s.path {
		if h != "" {
			path = append(path, h)
		}
	}
	s.chunks = append(s.chunks, chunk{heading: strings.Join(path, headingSeparator), text: strings.Join(s.parts, "")})
	s.parts, s.size = nil, 0
}

// cut splits a piece of more than limit characters between sentences, or anywhere if a sentence is that long.
func cut(piece string, limit int) []string {
	if utf8.RuneCountInString(piece) <= limit {
		return []string{piece}
	}
	var out []string
	var cur strings.Builder
	for _, sentence := range prose.Sentences(piece) {
		for _, part := range hardCut(sentence, limit) {
			if cur.Len() > 0 && utf8.RuneCountInString(cur.String())+utf8.RuneCountInString(part) > chunkTarget {
				out = append(out, cur.String())
				cur.Reset()
			}
			if cur.Len() > 0 {
				cur.WriteByte(' ')
			}
			cur.WriteString(part)
		}
	}
	if cur.Len() > 0 {
		out = append(out, cur.String())
	}
	return out
}

func hardCut(s string, limit int) []string {
	var out []string
	for rs := []rune(s); len(rs) > 0; {
		n := min(limit, len(rs))
		out = append(out, string(rs[:n]))
		rs = rs[n:]
	}
	return out
}

// blockText returns the text of a block and what is in it.
func blockText(n ast.Node, src []byte) string {
	switch n := n.(type) {
	case *ast.HTMLBlock:
		return stripTags(lines(n, src))
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		return strings.TrimRight(lines(n, src), "\n")
	case *xast.TableRow, *xast.TableHeader:
		var cells []string
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, strings.TrimSpace(inlineText(c, src)))
		}
		return strings.Join(cells, " | ")
	}
	if n.Type() == ast.TypeInline || n.FirstChild() != nil && n.FirstChild().Type() == ast.TypeInline {
		return inlineText(n, src)
	}
	var parts []string
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t := strings.TrimSpace(blockText(c, src)); t != "" {
			parts = append(parts, t)
		}
	}
	return strings.Join(parts, "\n")
}

func lines(n ast.Node, src []byte) string {
	return string(n.Lines().Value(src))
}

// inlineText returns the text of the inline nodes under n: of links the words, of pictures the description.
func inlineText(n ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Value(src))
			switch {
			case c.HardLineBreak():
				b.WriteByte('\n')
			case c.SoftLineBreak():
				b.WriteByte('\n')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.AutoLink:
			b.Write(c.Label(src))
		case *ast.RawHTML:
			b.WriteString(unknownTag(string(c.Segments.Value(src))))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}
