package inbox

import (
	"encoding/base64"
	netmail "net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// headerAddress is an address as it stands in a header.
func headerAddress(a mail.Address) *netmail.Address {
	written := cleanAddress(a)
	written.Address = mail.WireAddress(written.Address)
	return written
}

// cleanAddress keeps line ends and the like out; net/mail encodes the rest.
func cleanAddress(a mail.Address) *netmail.Address {
	email := strings.Join(strings.Fields(mail.OneLine(strings.Map(visible, mail.Clean(a.Email)))), "")
	return &netmail.Address{Name: headerText(a.Name, maxShown), Address: email}
}

func headerAddresses(list []mail.Address) []*netmail.Address {
	out := make([]*netmail.Address, 0, len(list))
	for _, a := range list {
		out = append(out, headerAddress(a))
	}
	return out
}

// addressField sets To or Cc. Where the field is to be ASCII, whose address has letters beyond it is named by a group of
// nobody (RFC 6857 section 3.1.4): the others see who got the mail as well.
func addressField(m *gomail.Msg, field string, list []mail.Address, ascii bool) {
	var written []string
	beyond := false
	for _, a := range headerAddresses(list) {
		if !ascii || mail.IsASCII(a.Address) {
			written = append(written, a.String())
			continue
		}
		beyond = true
		written = append(written, encodedWords(field, strings.TrimSpace(a.Name+" "+a.Address))+":;")
	}
	switch {
	case beyond:
		m.SetGenHeaderPreformatted(gomail.Header(field), strings.Join(written, ",\r\n "))
	case field == "To":
		m.ToMailAddress(headerAddresses(list)...)
	case len(list) > 0:
		m.CcMailAddress(headerAddresses(list)...)
	}
}

// headerID writes an id for a header; empty for one that is made up or that no header can hold.
func headerID(id string) string {
	if id == "" || strings.HasSuffix(id, mail.MissingID) || len(id) > 900 {
		return ""
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c >= 0x7f || c == '<' || c == '>' {
			return ""
		}
	}
	return "<" + id + ">"
}

func headerIDs(ids []string) string {
	var out []string
	for _, id := range ids {
		if h := headerID(id); h != "" {
			out = append(out, h)
		}
	}
	if len(out) > maxRefs {
		out = append(out[:1:1], out[len(out)-maxRefs+1:]...)
	}
	return strings.Join(out, " ")
}

// How much text goes into a field of the header, in bytes. Long headers are refused, and so are lines of more than 998
// bytes (RFC 5322 section 2.1.1), which only break at blanks or between encoded words.
const (
	maxSubject = 2000
	maxShown   = 300
	maxWord    = 300
)

// headerText makes of a text from outside one that a field can hold. The last word stays: that of a subject is the
// ticket's number.
func headerText(s string, most int) string {
	s = mail.OneLine(strings.Map(visible, mail.Clean(s)))
	if len(s) <= most {
		return s
	}
	last := s[strings.LastIndexByte(s, ' ')+1:]
	if len(last) > maxTag {
		last = ""
	}
	head := strings.ToValidUTF8(s[:most-len(last)], "")
	return strings.TrimSpace(strings.TrimSpace(head) + "… " + last)
}

// visible drops what has no place in a field: controls beyond ASCII, and what turns the text around it (Unicode Standard
// Annex 9, section 2).
func visible(r rune) rune {
	if r >= 0x80 && r <= 0x9f || unicode.Is(unicode.Bidi_Control, r) {
		return -1
	}
	return r
}

// maxTag is how long the tag with a ticket's number may be.
const maxTag = len("[#]") + 19

// longestLine is how long a line of the header may be that has encoded words, without its end (RFC 2047 section 2).
const longestLine = 76

// encodedWords writes a field's text: as it is where it is ASCII of words that fit into lines and nothing in it looks encoded,
// else in encoded words. The first leaves room for the field's name: a fold before it is read as a blank by some.
func encodedWords(field, text string) string {
	if mail.IsASCII(text) && !strings.Contains(text, "=?") && !slices.ContainsFunc(strings.Split(text, " "), func(word string) bool { return len(word) > maxWord }) {
		return folded(field, text)
	}
	const open, end = "=?utf-8?b?", "?="
	var words []string
	for room := longestLine - len(field) - len(": ") - len(open+end); text != ""; room = longestLine - len(" "+open+end) {
		n := 0
		for n < len(text) {
			_, size := utf8.DecodeRuneInString(text[n:])
			if base64.StdEncoding.EncodedLen(n+size) > room {
				break
			}
			n += size
		}
		words = append(words, open+base64.StdEncoding.EncodeToString([]byte(text[:n]))+end)
		text = text[n:]
	}
	return strings.Join(words, "\r\n ")
}

// folded breaks a text of ASCII at blanks (RFC 5322 section 2.2.3), never before its first word.
func folded(field, text string) string {
	var b strings.Builder
	at := len(field) + len(": ")
	for i, word := range strings.Split(text, " ") {
		switch {
		case i == 0:
		case word != "" && at+1+len(word) > longestLine:
			b.WriteString("\r\n ")
			at = 1
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += len(word)
	}
	return b.String()
}
