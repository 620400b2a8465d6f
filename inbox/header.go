package inbox

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/emersion/go-message"
)

// The limits of one header. What is beyond them is skipped: the message is kept without it.
const (
	maxHeaderBytes  = 1 << 20
	maxHeaderFields = 2000
	maxFieldBytes   = 100 << 10
)

// splitHeader reads the header at the start of entity (RFC 5322 section 2.2) and returns it with the body
// behind it. Lines that are no header fields are skipped; where such lines go on up to the first blank
// line, they are taken for a body whose separator is missing.
func splitHeader(entity []byte) (message.Header, []byte) {
	fields, body := splitFields(entity)
	var h message.Header
	for _, f := range slices.Backward(fields) {
		h.AddRaw(f) // puts the field before those that are there
	}
	return h, body
}

func splitFields(entity []byte) (fields [][]byte, body []byte) {
	rest, size := entity, 0
	for len(rest) > 0 {
		line, after := cutLine(rest)
		if len(line) == 0 {
			if next, _ := cutLine(after); (rest[0] == ' ' || rest[0] == '\t') && isField(next) {
				rest = after
				continue
			}
			return fields, after
		}
		if !isField(line) {
			if !skippable(line, after) {
				return fields, rest
			}
			rest = after
			continue
		}
		field, next := unfold(rest)
		rest = next
		size += len(field)
		if size <= maxHeaderBytes && len(fields) < maxHeaderFields && len(field) <= maxFieldBytes {
			fields = append(fields, field)
		}
	}
	return fields, nil
}

// unfold cuts one field with its continuation lines (RFC 5322 section 2.2.3) from the start of b, written
// on one line.
func unfold(b []byte) (field, rest []byte) {
	line, rest := cutLine(b)
	if len(rest) == 0 || (rest[0] != ' ' && rest[0] != '\t') {
		return line, rest
	}
	field = append(make([]byte, 0, 2*len(line)), line...)
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		line, after := cutLine(rest)
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
	line, _ := cutLine(b)
	return len(line) > 0 && (line[0] == ' ' || line[0] == '\t')
}

// skippable says whether a line that is no field stands among fields: another field comes before the
// next blank line, within a few lines.
func skippable(line, after []byte) bool {
	if line[0] == ' ' || line[0] == '\t' || bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From ")) {
		return true
	}
	for range 4 {
		next, rest := cutLine(after)
		if len(next) == 0 {
			return false
		}
		if isField(next) {
			return true
		}
		after = rest
	}
	return false
}

// isField says whether line begins with a field name and a colon (RFC 5322 section 3.6.8); blanks before
// the colon are the obsolete syntax.
func isField(line []byte) bool {
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

// cutLine cuts the first line from b, without its end. A line that holds blanks only is empty.
func cutLine(b []byte) (line, rest []byte) {
	line = b
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		line, rest = b[:i], b[i+1:]
	}
	line = bytes.TrimRight(line, "\r")
	if len(bytes.Trim(line, " \t")) == 0 {
		line = nil
	}
	return line, rest
}

// beginning drops what some programs put before the header: a byte order mark and blank lines; and reads
// CR alone as the line end where there is no other.
func beginning(raw []byte) []byte {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	raw = bytes.TrimLeft(raw, "\r\n")
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') >= 0 {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	return raw
}

// contentType reads a Content-Type or Content-Disposition value (RFC 2045 section 5.1, RFC 2183), leniently:
// the value and each parameter that can be made out are kept, the first of a name.
func contentType(h message.Header, field string) (string, map[string]string) {
	value, rest, _ := strings.Cut(h.Get(field), ";")
	value, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(value)), " ")
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
				params[name] = decodeWords(val)
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
		s = decodeWords(s)
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
