package mail

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

// A Part is one node of a message's MIME tree (RFC 2045). Its bytes are those of the raw message; nothing
// is decoded before it is asked for.
type Part struct {
	path        string // as in IMAP's section numbers, RFC 9051 section 6.4.5.1
	Header      message.Header
	Body        []byte // still transfer-encoded
	MediaType   string // lower case
	Params      map[string]string
	disposition string // lower case; empty where there is none
	dispParams  map[string]string
	Children    []*Part
	depth       int
}

// tree reads the structure of a message. It never fails: a missing boundary ends a part where the data
// ends, and a multipart without any is read as text.
type tree struct {
	Patience
	parts int
}

func (t *tree) read(entity []byte, path, defaultType string, depth int) *Part {
	t.check()
	h, body := SplitHeader(entity)
	p := &Part{path: path, Header: h, Body: body, depth: depth}
	t.parts++
	p.MediaType, p.Params = contentType(h, "Content-Type")
	if kind, _, ok := strings.Cut(p.MediaType, "/"); !ok || kind == "" {
		p.MediaType = map[string]string{"text": "text/plain", "html": "text/html"}[p.MediaType]
		if p.MediaType == "" {
			p.MediaType = defaultType
		}
	}
	p.disposition, p.dispParams = contentType(h, "Content-Disposition")
	if !strings.HasPrefix(p.MediaType, "multipart/") && !strings.HasPrefix(p.MediaType, "message/") && p.hasParts() {
		p.MediaType = "multipart/mixed"
	}
	if depth >= maxDepth || t.parts >= maxParts {
		return p
	}
	switch {
	case strings.HasPrefix(p.MediaType, "multipart/"):
		t.split(p)
	case p.MediaType == "message/rfc822" || p.MediaType == "message/global" || p.MediaType == "message/partial" && p.Params["number"] == "1":
		inner := TransferDecode(h.Get("Content-Transfer-Encoding"), body)
		p.Children = []*Part{t.read(Beginning(inner), path, "text/plain", depth+1)}
	}
	return p
}

// hasParts says whether the body consists of parts though its type, damaged or missing, does not say so: at once a delimiter
// begins it, the one that is declared, or before a field of a part where no type is declared at all.
func (p *Part) hasParts() bool {
	body := bytes.TrimLeft(p.Body[:min(len(p.Body), 1000)], "\r\n")
	if !bytes.HasPrefix(body, []byte("--")) {
		return false
	}
	line, rest := CutLine(body)
	if boundary := p.Params["boundary"]; boundary != "" {
		return string(bytes.TrimRight(line, " \t")) == "--"+boundary
	}
	return p.Header.Get("Content-Type") == "" && hasName(line) && contentField(rest)
}

// contentField says whether b begins with a field that describes a part (RFC 2045 section 3).
func contentField(b []byte) bool {
	line, _ := CutLine(b)
	return IsField(line) && len(line) > 8 && strings.EqualFold(string(line[:8]), "content-")
}

// split cuts the body of a multipart at its boundaries (RFC 2046 section 5.1.1).
func (t *tree) split(p *Part) {
	boundary := p.Params["boundary"]
	if boundary == "" || !bytes.Contains(p.Body, []byte("--"+boundary)) {
		p.openEncoded(boundary)
	}
	if boundary == "" || !bytes.Contains(p.Body, []byte("--"+boundary)) {
		boundary = guessBoundary(p.Body)
	}
	if boundary == "" {
		// Declared as multipart, but there is one part only.
		p.MediaType = "text/plain"
		if looksLikeHTML(p.Body) {
			p.MediaType = "text/html"
		}
		return
	}
	defaultType := "text/plain"
	if p.MediaType == "multipart/digest" {
		defaultType = "message/rfc822"
	}
	delimiter := []byte("--" + boundary)
	rest, ok := nextDelimiter(p.Body, delimiter)
	for n := 1; ok && t.parts < maxParts; n++ {
		entity := rest.body
		var next delimited
		next, ok = nextDelimiter(entity, delimiter)
		if ok {
			entity = entity[:next.at]
		} else if len(bytes.TrimSpace(entity)) == 0 {
			break // the closing delimiter is missing, and nothing stands behind the last one
		}
		p.Children = append(p.Children, t.read(entity, childPath(p.path, n), defaultType, p.depth+1))
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
func (p *Part) openEncoded(boundary string) {
	encoding := cleanEncoding(p.Header.Get("Content-Transfer-Encoding"))
	if encoding != "base64" && encoding != "quoted-printable" {
		return
	}
	delimiter := "--" + boundary
	if body := TransferDecode(encoding, p.Body); bytes.Contains(body[:min(len(body), maxPreamble)], []byte(delimiter)) {
		p.Body = body
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

// guessBoundary takes the first line that looks like a delimiter and is followed by a field, or stands below as the last one of
// a multipart.
func guessBoundary(body []byte) string {
	rest := body
	closes := 0 // how often a last delimiter was looked for
	for range 200 {
		var line []byte
		line, rest = CutLine(rest)
		if len(rest) == 0 {
			return ""
		}
		if len(line) < 3 || len(line) >= 200 || line[0] != '-' || line[1] != '-' {
			continue
		}
		spaced := bytes.IndexByte(line, ' ') >= 0
		if next, _ := CutLine(rest); IsField(next) && !spaced || contentField(rest) {
			return string(line[2:])
		}
		if last := append(append([]byte("\n"), line...), "--"...); !spaced && closes < maxCloses && hasName(line) {
			closes++
			if bytes.Contains(rest, last) {
				return string(line[2:])
			}
		}
	}
	return ""
}

// maxCloses bounds how often guessBoundary looks through a whole body.
const maxCloses = 5

// hasName says whether a line is more than strokes, which people draw between paragraphs.
func hasName(line []byte) bool { return len(bytes.Trim(line, "-")) > 1 }

func looksLikeHTML(b []byte) bool {
	head := bytes.ToLower(bytes.TrimSpace(b[:min(len(b), 512)]))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html")) || bytes.Contains(head, []byte("<body"))
}

// name returns the file name of a part, made safe; empty where it has none.
func (p *Part) name() string {
	for _, n := range []string{p.dispParams["filename"], p.Params["name"], p.dispParams["name"], p.Header.Get("Content-Description")} {
		if n = SanitiseName(DecodeWords(n)); n != "" {
			return n
		}
	}
	return ""
}

// named says whether the part carries a file name of its own.
func (p *Part) named() bool {
	return p.dispParams["filename"] != "" || p.Params["name"] != ""
}

// decodedHead is how the decoded body begins.
func (p *Part) decodedHead() []byte {
	body := p.Body[:min(len(p.Body), 512)]
	head := TransferDecode(p.Header.Get("Content-Transfer-Encoding"), body)
	return head[:min(len(head), 64)]
}

func (p *Part) decoded() []byte {
	encoding := p.Header.Get("Content-Transfer-Encoding")
	if strings.HasPrefix(p.MediaType, "text/") {
		return decodeText(encoding, p.Body, p.Params["charset"])
	}
	return TransferDecode(encoding, p.Body)
}

// decodedSize is the length of decoded without making it where that can be avoided.
func (p *Part) decodedSize() int64 {
	switch cleanEncoding(p.Header.Get("Content-Transfer-Encoding")) {
	case "base64":
		return base64Size(p.Body)
	case "quoted-printable":
		return int64(len(decodeQuotedPrintable(p.Body)))
	}
	return int64(len(p.Body))
}

// Text returns a text part in UTF-8 with LF line ends.
func (p *Part) Text() string { return p.readable(p.decoded()) }

// readable converts decoded bytes of the part.
func (p *Part) readable(b []byte) string {
	name := p.Params["charset"]
	if name == "" && p.MediaType == "text/html" {
		name = htmlCharset(b)
	}
	return Newlines(toUTF8(name, b))
}

// Newlines makes LF of all line ends.
func Newlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.ReplaceAll(s, "\r", "\n")
}

// maxName is the longest file name in bytes.
const maxName = 200

// SanitiseName makes a file name safe to show and to save: no path, no control or direction characters, not
// overlong.
func SanitiseName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r < ' ', r >= 0x7f && r <= 0x9f, r == 0xad, r == 0x61c, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff, r == 0xfffd:
			return -1
		case strings.ContainsRune(`:*?"<>|`, r):
			return '_'
		}
		return r
	}, Clean(s))
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
		s = Clean(strings.ToValidUTF8(s[:maxName-len(ext)], "")) + ext
	}
	return s
}
