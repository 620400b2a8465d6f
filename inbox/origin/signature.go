package origin

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"
)

// The limits of what is verified. Signatures beyond them count as though they were not there.
const (
	maxSignatures   = 5    // of the domain in From
	maxSeen         = 20   // of any domain
	maxTags         = 50   // of one signature
	maxSignedNames  = 200  // in h=
	maxSignedFields = 500  // of these names
	maxFieldLines   = 2000 // of one of these fields
)

// A signature is a DKIM-Signature field (RFC 6376 section 3.5) of a domain that may stand for the one in From.
type signature struct {
	field    field
	domain   string
	key      string   // where the public key stands in DNS
	names    []string // of the fields that are signed, in lower case
	expires  time.Time
	selector string
}

// parseTags reads a tag list (RFC 6376 section 3.2), the first of a name.
func parseTags(s string) map[string]string {
	tags := make(map[string]string, 12)
	for range maxTags {
		tag, rest, more := strings.Cut(s, ";")
		name, v, ok := strings.Cut(tag, "=")
		name = strings.TrimSpace(name)
		if _, seen := tags[name]; ok && !seen {
			tags[name] = strings.TrimSpace(v)
		}
		if !more {
			break
		}
		s = rest
	}
	return tags
}

// signatures are those that could vouch for a domain, in the order of the header.
func (l *Letter) signatures(domain string) []signature {
	var list []signature
	seen := 0
	for _, f := range l.fields {
		if !f.is("DKIM-Signature") {
			continue
		}
		if seen++; seen > maxSeen || len(list) == maxSignatures {
			break
		}
		tags := parseTags(f.value())
		s := signature{field: f, domain: hostname(tags["d"]), selector: hostname(tags["s"])}
		if s.selector == "" || !aligned(s.domain, domain, false) {
			continue
		}
		s.key = s.selector + "._domainkey." + s.domain
		for name := range strings.SplitSeq(tags["h"], ":") {
			if len(s.names) > maxSignedNames {
				break
			}
			s.names = append(s.names, strings.ToLower(strings.TrimSpace(name)))
		}
		if x, err := strconv.ParseInt(tags["x"], 10, 64); err == nil {
			s.expires = time.Unix(x, 0)
		}
		list = append(list, s)
	}
	return list
}

// An outcome is what became of a signature.
type outcome int

const (
	broken     outcome = iota // it does not fit the mail, or is no good
	verified                  // the domain signed the mail as it is
	outdated                  // it may have been good when the mail came
	unanswered                // DNS did not give the key
)

// oldAge is after what time a key may be gone. Senders exchange them every few months, and keep the old one for
// days at least.
const oldAge = 7 * 24 * time.Hour

// verify says whether a signature holds.
func (c *Checker) verify(l *Letter, s signature) outcome {
	old := c.old(l)
	if !s.expires.IsZero() && s.expires.Before(c.clock()) {
		// Who lets a signature end within the hour wants it not to be verified.
		if s.expires.Sub(l.receivedAt) > time.Hour {
			return outdated
		}
		return broken
	}
	keys, err := c.names.known(s.key)
	if err != nil {
		return unanswered
	}
	if old && (len(keys) == 0 || len(keys) == 1 && parseTags(keys[0])["p"] == "") { // gone or revoked
		return outdated
	}
	header, ok := l.signed(s)
	if !ok {
		return broken
	}
	verifications, err := dkim.VerifyWithOptions(&message{header: header, body: l.body}, &dkim.VerifyOptions{
		LookupTXT: func(string) ([]string, error) { return keys, nil },
	})
	if err == nil && len(verifications) == 1 && verifications[0].Err == nil {
		return verified
	}
	return broken
}

// old says whether a mail came so long ago that what stands in DNS today says little of it.
func (c *Checker) old(l *Letter) bool { return c.clock().Sub(l.receivedAt) > oldAge }

// signed is the header as far as the signature is about it. The library looks through all fields for each name
// and joins folded lines one by one: what it gets is bounded. A signature that signs other signatures is not
// supported.
func (l *Letter) signed(s signature) ([]byte, bool) {
	if len(s.names) > maxSignedNames {
		return nil, false
	}
	about := make(map[string]bool, len(s.names))
	for _, name := range s.names {
		about[name] = true
	}
	if about["dkim-signature"] {
		return nil, false
	}
	var b bytes.Buffer
	n := 0
	for _, f := range l.fields {
		isThis := &f.raw[0] == &s.field.raw[0]
		if !isThis && !about[strings.ToLower(string(f.name))] {
			continue
		}
		if n++; n > maxSignedFields || bytes.Count(f.raw, []byte("\n")) > maxFieldLines {
			return nil, false
		}
		b.Write(bytes.TrimRight(f.raw, "\r\n"))
		b.WriteString("\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes(), true
}

// A message gives the library header and body without joining them.
type message struct {
	header, body []byte
}

// Read implements io.Reader.
func (m *message) Read(p []byte) (int, error) {
	for _, part := range []*[]byte{&m.header, &m.body} {
		if len(*part) > 0 {
			n := copy(p, *part)
			*part = (*part)[n:]
			return n, nil
		}
	}
	return 0, io.EOF
}

// pieceSize is how much of the body is handed on at once.
const pieceSize = 64 << 10

// WriteTo implements io.WriterTo: the rest, in pieces that end with no line end. Canonicalisation keeps the line
// ends at the end of a piece (RFC 6376 section 3.4.3) and copies them with each one that follows, which for a body
// of line ends would take quadratic time.
func (m *message) WriteTo(w io.Writer) (int64, error) {
	var written int64
	for _, rest := range [][]byte{m.header, m.body} {
		for len(rest) > 0 {
			end := min(pieceSize, len(rest))
			for end < len(rest) && (rest[end-1] == '\r' || rest[end-1] == '\n') {
				end++
			}
			n, err := w.Write(rest[:end])
			written += int64(n)
			if err != nil {
				return written, err
			}
			rest = rest[end:]
		}
	}
	m.header, m.body = nil, nil
	return written, nil
}
