package origin

import (
	"bytes"
	"strings"
	"time"
)

// The limits of what is looked at of one header. A mail that is beyond them never passes.
const (
	maxHeaderBytes = 1 << 20
	maxFieldBytes  = 100 << 10
	maxFields      = 2000
)

// A field is one header field as it stands in the mail, with its line ends.
type field struct {
	name []byte // as written, without trailing blanks
	raw  []byte // the whole field
	hops int    // how many Received fields stand above it
}

func (f field) is(name string) bool { return strings.EqualFold(string(f.name), name) }

// value is what stands behind the colon, on one line (RFC 5322 section 2.2.3).
func (f field) value() string {
	_, v, _ := bytes.Cut(f.raw, []byte(":"))
	flat := make([]byte, 0, len(v))
	for _, c := range v {
		switch c {
		case '\r', '\n':
		case '\t':
			flat = append(flat, ' ')
		default:
			flat = append(flat, c)
		}
	}
	return strings.TrimSpace(string(flat))
}

// A Letter is a mail as far as the question needs it.
type Letter struct {
	fields     []field
	body       []byte
	cut        bool // the header is over the limits
	crossed    bool // a mail server noted that it took the mail (a Received field)
	from       []string
	evidence   evidence
	receivedAt time.Time
}

// Read looks through the header of raw, which must not change while the letter is in use. border says whose
// Authentication-Results are believed, and receivedAt is when the mail came to the mailbox. It takes time linear
// in the size of the header.
func Read(raw []byte, border Border, receivedAt time.Time) *Letter {
	l := &Letter{receivedAt: receivedAt}
	l.scan(raw)
	for _, f := range l.fields {
		switch {
		case f.is("From"):
			l.from = append(l.from, f.value())
		case f.is("Received"):
			l.crossed = true
		}
	}
	l.evidence = l.trusted(border)
	l.evidence.several = len(l.from) > 0 && len(domainsIn(l.from[0])) > 1
	return l
}

// scan splits the header into its fields. Lines that are no fields are skipped, so that fields behind a broken
// one are not overlooked. The header ends at the first blank line.
func (l *Letter) scan(raw []byte) {
	raw = bytes.TrimLeft(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), "\r\n")
	l.fields = make([]field, 0, 32)
	hops, start, open := 0, 0, false // of the field that is being read
	at := 0
	flush := func(end int) {
		if !open {
			return
		}
		open = false
		f := field{raw: raw[start:end], hops: hops}
		f.name = bytes.TrimRight(f.raw[:bytes.IndexByte(f.raw, ':')], " \t")
		if f.is("Received") {
			hops++
		}
		if len(f.raw) > maxFieldBytes || len(l.fields) == maxFields {
			l.cut = true
			return
		}
		l.fields = append(l.fields, f)
	}
	for at < len(raw) {
		next := len(raw)
		if i := bytes.IndexByte(raw[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		line := bytes.TrimRight(raw[at:next], "\r\n")
		if len(line) == 0 {
			flush(at)
			l.body = raw[next:]
			return
		}
		if at > maxHeaderBytes {
			l.cut = true
			return
		}
		if line[0] != ' ' && line[0] != '\t' {
			flush(at)
			start, open = at, isField(line)
		}
		at = next
	}
	flush(len(raw))
}

// isField says whether line begins with a field name and a colon (RFC 5322 section 3.6.8).
func isField(line []byte) bool {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
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

// claims says whether address stands in From, and in no way that leaves room for another: a second From field is
// read as the sender by some programs and covered by the signature for none (RFC 6376 section 8.15).
func (l *Letter) claims(address string) claim {
	switch {
	case len(l.from) == 0 || address == "":
		return claimMissing
	case len(l.from) > 1:
		for _, f := range l.from[1:] {
			if f != l.from[0] {
				return claimTwice
			}
		}
	}
	if !strings.Contains(strings.ToLower(l.from[0]), strings.ToLower(address)) {
		return claimMissing
	}
	return claimPlain
}

// A claim says how a sender stands in From.
type claim int

const (
	claimMissing claim = iota // the sender was read from elsewhere
	claimPlain
	claimTwice // there are several From fields that differ
)
