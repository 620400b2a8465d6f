package inbox

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/emersion/go-message"
)

// The limits of one message's structure. What lies deeper or comes later is kept as one opaque part.
const (
	maxDepth = 50
	maxParts = 1000
)

// A part is one node of a message's MIME tree (RFC 2045). Its bytes are those of the raw message; nothing
// is decoded before it is asked for.
type part struct {
	path        string // as in IMAP's section numbers, RFC 9051 section 6.4.5.1
	header      message.Header
	body        []byte // still transfer-encoded
	mediaType   string // lower case
	params      map[string]string
	disposition string // lower case; empty where there is none
	dispParams  map[string]string
	children    []*part
	depth       int
}

// tree reads the structure of a message. It never fails: a missing boundary ends a part where the data
// ends, and a multipart without any is read as text.
type tree struct {
	patience
	parts int
}

func (t *tree) read(entity []byte, path, defaultType string, depth int) *part {
	t.check()
	h, body := splitHeader(entity)
	p := &part{path: path, header: h, body: body, depth: depth}
	t.parts++
	p.mediaType, p.params = contentType(h, "Content-Type")
	if kind, _, ok := strings.Cut(p.mediaType, "/"); !ok || kind == "" {
		p.mediaType = map[string]string{"text": "text/plain", "html": "text/html"}[p.mediaType]
		if p.mediaType == "" {
			p.mediaType = defaultType
		}
	}
	p.disposition, p.dispParams = contentType(h, "Content-Disposition")
	if depth >= maxDepth || t.parts >= maxParts {
		return p
	}
	switch {
	case strings.HasPrefix(p.mediaType, "multipart/"):
		t.split(p)
	case p.mediaType == "message/rfc822" || p.mediaType == "message/global" || p.mediaType == "message/partial" && p.params["number"] == "1":
		inner := transferDecode(h.Get("Content-Transfer-Encoding"), body)
		p.children = []*part{t.read(beginning(inner), path, "text/plain", depth+1)}
	}
	return p
}

// split cuts the body of a multipart at its boundaries (RFC 2046 section 5.1.1).
func (t *tree) split(p *part) {
	boundary := p.params["boundary"]
	if boundary == "" || !bytes.Contains(p.body, []byte("--"+boundary)) {
		p.openEncoded(boundary)
	}
	if boundary == "" || !bytes.Contains(p.body, []byte("--"+boundary)) {
		boundary = guessBoundary(p.body)
	}
	if boundary == "" {
		// Declared as multipart, but there is one part only.
		p.mediaType = "text/plain"
		if looksLikeHTML(p.body) {
			p.mediaType = "text/html"
		}
		return
	}
	defaultType := "text/plain"
	if p.mediaType == "multipart/digest" {
		defaultType = "message/rfc822"
	}
	delimiter := []byte("--" + boundary)
	rest, ok := nextDelimiter(p.body, delimiter)
	for n := 1; ok && t.parts < maxParts; n++ {
		entity := rest.body
		var next delimited
		next, ok = nextDelimiter(entity, delimiter)
		if ok {
			entity = entity[:next.at]
		} else if len(bytes.TrimSpace(entity)) == 0 {
			break // the closing delimiter is missing, and nothing stands behind the last one
		}
		p.children = append(p.children, t.read(entity, childPath(p.path, n), defaultType, p.depth+1))
		if ok && next.last {
			// Some programs write parts behind the end, or use a boundary again within.
			if next, ok = nextDelimiter(next.body, delimiter); !ok || next.last {
				break
			}
		}
		rest = next
	}
}

// openEncoded decodes the body of a multipart that was encoded as a whole, against RFC 2045 section 6.4.
func (p *part) openEncoded(boundary string) {
	encoding := cleanEncoding(p.header.Get("Content-Transfer-Encoding"))
	if encoding != "base64" && encoding != "quoted-printable" {
		return
	}
	delimiter := "--" + boundary
	if body := transferDecode(encoding, p.body); bytes.Contains(body[:min(len(body), maxPreamble)], []byte(delimiter)) {
		p.body = body
	}
}

// maxPreamble is how far into a multipart its first delimiter is looked for where it is encoded as a whole.
const maxPreamble = 64 << 10

func childPath(path string, n int) string {
	if path == "" {
		return strconv.Itoa(n)
	}
	return path + "." + strconv.Itoa(n)
}

// delimited is a delimiter line found in a body: where what is before it ends, what comes after it, and
// whether it closes the multipart.
type delimited struct {
	at   int
	body []byte
	last bool
}

func nextDelimiter(b, delimiter []byte) (delimited, bool) {
	from := 0
	for {
		i := bytes.Index(b[from:], delimiter)
		if i < 0 {
			return delimited{}, false
		}
		i += from
		end := i + len(delimiter)
		if i > 0 && b[i-1] != '\n' && b[i-1] != '\r' {
			from = end
			continue
		}
		line, after := anyLine(b[end:])
		last := bytes.HasPrefix(line, []byte("--"))
		if last {
			line = line[2:]
		}
		// Blanks may follow (RFC 2046), and then whatever.
		if len(line) > 0 && line[0] != ' ' && line[0] != '\t' {
			from = end // a longer boundary that begins like this one
			continue
		}
		// The line end before the delimiter belongs to it.
		at := i
		if at > 0 && b[at-1] == '\n' {
			at--
		}
		if at > 0 && b[at-1] == '\r' {
			at--
		}
		return delimited{at: at, body: after, last: last}, true
	}
}

// guessBoundary takes the first line that looks like a delimiter and is followed by a field.
func guessBoundary(body []byte) string {
	rest := body
	for range 200 {
		var line []byte
		line, rest = cutLine(rest)
		if len(rest) == 0 {
			return ""
		}
		if len(line) > 2 && len(line) < 200 && bytes.HasPrefix(line, []byte("--")) && !bytes.Contains(line, []byte(" ")) {
			if next, _ := cutLine(rest); isField(next) {
				return string(line[2:])
			}
		}
	}
	return ""
}

func looksLikeHTML(b []byte) bool {
	head := bytes.ToLower(bytes.TrimSpace(b[:min(len(b), 512)]))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html")) || bytes.Contains(head, []byte("<body"))
}

// name returns the file name of a part, made safe; empty where it has none.
func (p *part) name() string {
	for _, n := range []string{p.dispParams["filename"], p.params["name"], p.dispParams["name"], p.header.Get("Content-Description")} {
		if n = sanitiseName(decodeWords(n)); n != "" {
			return n
		}
	}
	return ""
}

// named says whether the part carries a file name of its own.
func (p *part) named() bool {
	return p.dispParams["filename"] != "" || p.params["name"] != ""
}

// decodedHead is how the decoded body begins.
func (p *part) decodedHead() []byte {
	body := p.body[:min(len(p.body), 512)]
	head := transferDecode(p.header.Get("Content-Transfer-Encoding"), body)
	return head[:min(len(head), 64)]
}

func (p *part) decoded() []byte {
	encoding := p.header.Get("Content-Transfer-Encoding")
	if strings.HasPrefix(p.mediaType, "text/") {
		return decodeText(encoding, p.body)
	}
	return transferDecode(encoding, p.body)
}

// decodedSize is the length of decoded without making it where that can be avoided.
func (p *part) decodedSize() int64 {
	switch cleanEncoding(p.header.Get("Content-Transfer-Encoding")) {
	case "base64":
		return base64Size(p.body)
	case "quoted-printable":
		return int64(len(decodeQuotedPrintable(p.body)))
	}
	return int64(len(p.body))
}

// text returns a text part in UTF-8 with LF line ends.
func (p *part) text() string { return p.readable(p.decoded()) }

// readable converts decoded bytes of the part.
func (p *part) readable(b []byte) string {
	name := p.params["charset"]
	if name == "" && p.mediaType == "text/html" {
		name = htmlCharset(b)
	}
	return newlines(toUTF8(name, b))
}

func newlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.ReplaceAll(s, "\r", "\n")
}

// maxName is the longest file name in bytes.
const maxName = 200

// sanitiseName makes a file name safe to show and to save: no path, no control or direction characters, not
// overlong.
func sanitiseName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r >= 0x7f && r <= 0x9f, r == 0xad, r == 0x61c, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff, r == 0xfffd:
			return -1
		case strings.ContainsRune(`:*?"<>|`, r):
			return '_'
		}
		return r
	}, clean(s))
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.Trim(s, " .\u00a0")
	if isDevice(s) {
		s = "_" + s
	}
	if len(s) > maxName {
		ext := ""
		if i := strings.LastIndexByte(s, '.'); i >= 0 && len(s)-i <= 12 {
			ext = s[i:]
		}
		s = clean(strings.ToValidUTF8(s[:maxName-len(ext)], "")) + ext
	}
	return s
}
