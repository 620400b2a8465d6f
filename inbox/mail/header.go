package mail

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/emersion/go-message"
)

// The limits of one header. Of what is beyond them only the fields that every mail needs are kept; a field that
// is too long is cut.
const (
	maxHeaderBytes  = 1 << 20
	maxHeaderFields = 2000
	maxNeeded       = 100
	maxFieldBytes   = 100 << 10
)

// SplitHeader reads the header at the start of entity (RFC 5322 section 2.2) and returns it with the body
// behind it. Lines that are no header fields are skipped; where such lines go on up to the first blank
// line, they are taken for a body whose separator is missing.
func SplitHeader(entity []byte) (message.Header, []byte) {
	fields, body := splitFields(entity)
	var h message.Header
	for _, f := range slices.Backward(fields) {
		h.AddRaw(f) // puts the field before those that are there
	}
	return h, body
}

func splitFields(entity []byte) (fields [][]byte, body []byte) {
	rest, size, needed := entity, 0, 0
	var contentType []byte // the field
	for len(rest) > 0 {
		line, after := CutLine(rest)
		if len(line) == 0 {
			if next, _ := CutLine(after); (rest[0] == ' ' || rest[0] == '\t') && IsField(next) {
				rest = after
				continue
			}
			return fields, after
		}
		if len(fields) == 0 && (line[0] == ' ' || line[0] == '\t') {
			if begun := bytes.TrimLeft(rest, " \t"); IsField(bytes.TrimLeft(line, " \t")) {
				rest = begun // nothing is there that it could continue
				continue
			}
		}
		if delimits(line, contentType) {
			return fields, rest
		}
		if !IsField(line) {
			if !skippable(line, after) {
				return fields, rest
			}
			rest = after
			continue
		}
		field, next := unfold(rest)
		rest = next
		field = field[:min(len(field), maxFieldBytes)]
		if len(field) > 13 && strings.EqualFold(string(field[:13]), "content-type:") {
			contentType = field
		}
		size += len(field)
		if size > maxHeaderBytes || len(fields) >= maxHeaderFields {
			if needed == maxNeeded || !isNeeded(field) {
				continue
			}
			needed++
		}
		fields = append(fields, field)
	}
	return fields, nil
}

// delimits says whether a line is the first delimiter of a multipart with such a Content-Type: the blank line before it is missing.
func delimits(line, contentType []byte) bool {
	return len(line) > 2 && line[0] == '-' && line[1] == '-' && contentType != nil && bytes.Contains(contentType, bytes.TrimRight(line[2:], " \t"))
}

// isNeeded says whether a field is one without which a mail cannot be read or answered.
func isNeeded(field []byte) bool {
	colon := bytes.IndexByte(field, ':')
	switch strings.ToLower(string(bytes.TrimRight(field[:min(colon, 30)], " \t"))) {
	case "from", "reply-to", "sender", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references",
		"content-type", "content-transfer-encoding", "content-disposition", "auto-submitted", "return-path", "mime-version":
		return true
	}
	return false
}

// unfold cuts one field with its continuation lines (RFC 5322 section 2.2.3) from the start of b, written
// on one line.
func unfold(b []byte) (field, rest []byte) {
	line, rest := CutLine(b)
	if len(rest) == 0 || (rest[0] != ' ' && rest[0] != '\t') {
		return line, rest
	}
	field = append(make([]byte, 0, 2*len(line)), line...)
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		line, after := CutLine(rest)
		if len(line) == 0 && !continues(after) {
			break
		}
		rest = after
		if len(field) <= maxFieldBytes {
			field = append(field, ' ')
			field = append(field, bytes.TrimLeft(line, " \t")...)
		}
	}
	return field, rest
}

// continues says whether b begins with a continuation line that is not blank.
func continues(b []byte) bool {
	line, _ := CutLine(b)
	return len(line) > 0 && (line[0] == ' ' || line[0] == '\t')
}

// skippable says whether a line that is no field stands among fields: before the next blank line another field
// comes within a few lines, or one that every mail has within some more.
func skippable(line, after []byte) bool {
	if line[0] == ' ' || line[0] == '\t' || bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From ")) {
		return true
	}
	for n := range 50 {
		next, rest := CutLine(after)
		if len(next) == 0 {
			return false
		}
		if IsField(next) && (n < 4 || isNeeded(next)) {
			return true
		}
		after = rest
	}
	return false
}

// IsField says whether line begins with a field name and a colon (RFC 5322 section 3.6.8); blanks before
// the colon are the obsolete syntax.
func IsField(line []byte) bool {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || colon > 200 {
		return false
	}
	name := bytes.TrimRight(line[:colon], " \t")
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return len(name) > 0
}

// CutLine is anyLine, but a line that holds blanks only is empty, and a CR behind the LF belongs to it.
func CutLine(b []byte) (line, rest []byte) {
	line, rest = anyLine(b)
	if len(rest) > 1 && rest[0] == '\r' && rest[1] != '\n' && rest[1] != '\r' && len(rest) < len(b) && b[len(b)-len(rest)-1] == '\n' {
		rest = rest[1:]
	}
	if len(bytes.Trim(line, " \t")) == 0 {
		line = nil
	}
	return line, rest
}

// maxReturns is how many CR before one LF are one line end, as broken relays write them.
const maxReturns = 8

// anyLine cuts the first line from b, without its end: LF, CR LF or CR.
func anyLine(b []byte) (line, rest []byte) {
	end := bytes.IndexAny(b, "\r\n")
	if end < 0 {
		return b, nil
	}
	next := end
	for next < len(b)-1 && b[next] == '\r' && next-end < maxReturns {
		next++
	}
	if b[next] != '\n' {
		next = end
	}
	return b[:end], b[next+1:]
}

// Beginning drops what some programs put before the header, a byte order mark and blank lines; and reads a mail
// that was saved as UTF-16, or with CR alone as the line end.
func Beginning(raw []byte) []byte {
	if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) {
		if s, ok := convert("utf-16", raw); ok {
			raw = []byte(s)
		}
	}
	for before := -1; before != len(raw); {
		before = len(raw)
		raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
		raw = bytes.TrimLeft(raw, "\r\n")
		if line, rest := CutLine(raw[:min(len(raw), 200)]); len(line) == 0 && len(rest) > 0 {
			raw = raw[len(raw[:min(len(raw), 200)])-len(rest):]
		}
	}
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') >= 0 {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	return raw
}

// contentType reads a Content-Type or Content-Disposition value (RFC 2045 section 5.1, RFC 2183), leniently:
// the value and each parameter that can be made out are kept, the first of a name.
func contentType(h message.Header, field string) (string, map[string]string) {
	value, rest, _ := strings.Cut(strings.TrimLeft(h.Get(field), "; \t"), ";")
	value = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(strings.TrimLeft(value, ": "))), " /", "/")
	value, _, _ = strings.Cut(strings.ReplaceAll(value, "/ ", "/"), " ")
	value, _, _ = strings.Cut(value, "(")
	value = strings.Trim(value, "\"'<>,=")
	if rest == "" {
		return value, nil
	}
	return value, parameters(rest)
}

// maxParams bounds the parameters of one field.
const maxParams = 100

// parameters reads what stands behind the value. Long and non-ASCII ones come in pieces, or with charset and
// percent-encoding (RFC 2231); many programs write them raw, unquoted or as encoded words instead.
func parameters(s string) map[string]string {
	params := map[string]string{}
	var pieces map[string][]piece
	for n := 0; len(s) > 0 && n < maxParams; n++ {
		var param string
		param, s = cutOutsideQuotes(s)
		name, val, ok := strings.Cut(param, "=")
		name = strings.ToLower(strings.Trim(name, " \t\r\n\""))
		if !ok || name == "" {
			continue
		}
		val = unquote(val)
		base, mark, extended := strings.Cut(name, "*")
		if !extended {
			if _, seen := params[name]; !seen {
				params[name] = DecodeWords(val)
			}
			continue
		}
		if pieces == nil {
			pieces = map[string][]piece{}
		}
		number, encoded := strings.CutSuffix(mark, "*")
		order, _ := strconv.Atoi(number)
		pieces[base] = append(pieces[base], piece{order, encoded || mark == "", val})
	}
	for base, list := range pieces {
		if joined := joinPieces(list); joined != "" {
			params[base] = joined // better than the plain form that stands beside it for old programs
		}
	}
	return params
}

// unquote takes quotes, or else a comment at its end, from a parameter's value.
func unquote(s string) string {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, `"`) {
		if i := strings.Index(s, " ("); i > 0 && strings.HasSuffix(s, ")") {
			s = s[:i]
		}
		return strings.Trim(s, "'\" \t")
	}
	var out strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			out.WriteByte(s[i])
		case c == '"':
			return out.String()
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// A piece is one section of a parameter (RFC 2231 section 3).
type piece struct {
	order   int
	encoded bool
	value   string
}

func joinPieces(list []piece) string {
	slices.SortStableFunc(list, func(a, b piece) int { return a.order - b.order })
	charset := ""
	var bytes []byte
	for i, p := range list {
		if !p.encoded {
			bytes = append(bytes, p.value...)
			continue
		}
		v := p.value
		if i == 0 && strings.Count(v, "'") >= 2 {
			var rest string
			charset, rest, _ = strings.Cut(v, "'")
			_, v, _ = strings.Cut(rest, "'")
		}
		bytes = append(bytes, percentDecode(v)...)
	}
	s := toUTF8(charset, bytes)
	if strings.Contains(s, "=?") {
		s = DecodeWords(s)
	}
	return s
}

func percentDecode(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if b, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				out = append(out, b[0])
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}

// cutOutsideQuotes cuts s at the first semicolon that stands outside quotes.
func cutOutsideQuotes(s string) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case ';':
			if !quoted {
				return s[:i], s[i+1:]
			}
		}
	}
	// A quote that never closes must not swallow the parameters behind it.
	if quoted {
		before, after, _ = strings.Cut(s, ";")
		return before, after
	}
	return s, ""
}
