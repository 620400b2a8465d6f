package mail

import (
	"strings"

	"github.com/emersion/go-message/mail"
	"golang.org/x/net/idna"
)

// maxAddresses is how many addresses of one header field are looked at.
const maxAddresses = 500

// An Address is a mailbox in a header: a display name, which may be empty, and local@domain as written.
type Address struct {
	Name  string
	Email string
}

// ParseAddresses reads an address list (RFC 5322 section 3.4). Where the strict reading fails, the list is
// cut at its commas and each piece read for something with an "@".
func ParseAddresses(value string) []Address {
	value = strings.TrimSpace(value)
	if value == "" || value == "<>" {
		return nil
	}
	if IsASCII(value) && !strings.Contains(value, "=?") {
		if list, err := mail.ParseAddressList(value); err == nil {
			out := make([]Address, 0, min(len(list), maxAddresses))
			for _, a := range list[:min(len(list), maxAddresses)] {
				out = append(out, tidyAddress(a.Name, a.Address))
			}
			return out
		}
	}
	out := looseAddresses(value)
	if len(out) == 0 && strings.Contains(value, "=?") { // the address itself is within an encoded word
		out = looseAddresses(strings.ReplaceAll(DecodeWords(value), "=?", ""))
	}
	return out
}

func looseAddresses(value string) (out []Address) {
	held := "" // "Lee" of an unquoted "Lee, Ann <ann@example.org>"
	for piece := range splitAddresses(value) {
		if !strings.Contains(piece, "@") && len(held) < 200 {
			held += strings.TrimSpace(piece) + ", "
			continue
		}
		if strings.Contains(piece, "<") {
			piece = held + strings.TrimSpace(piece)
		}
		held = ""
		if a, ok := LooseAddress(piece); ok {
			out = append(out, a)
		}
		if len(out) == maxAddresses {
			break
		}
	}
	return out
}

// splitAddresses yields the pieces of a list between commas and semicolons that stand outside quotes and
// angle brackets.
func splitAddresses(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start, quoted, angle := 0, false, false
		for i := 0; i < len(s); i++ {
			switch c := s[i]; {
			case c == '\\' && quoted:
				i++
			case c == '=' && i+1 < len(s) && s[i+1] == '?':
				// An encoded word may hold what separates addresses.
				if _, n := readWord(s[i:]); n > 0 {
					i += n - 1
				}
			case c == '"' && !angle:
				quoted = !quoted
			case quoted:
			case c == '<':
				angle = true
			case c == '>':
				angle = false
			case (c == ',' || c == ';') && !angle:
				if !yield(s[start:i]) {
					return
				}
				start = i + 1
			}
		}
		yield(s[start:])
	}
}

// LooseAddress makes out one address in text such as `Ann B. (shop) <ann@example.org`.
func LooseAddress(s string) (Address, bool) {
	a, ok := readAddress(strings.TrimSpace(s))
	if !ok && strings.Contains(s, "(") {
		return readAddress(strings.Join(strings.Fields(uncommented(s)), " "))
	}
	return a, ok
}

func readAddress(s string) (Address, bool) {
	name, email := "", ""
	if i := angle(s); i >= 0 {
		name = s[:i]
		email, _, _ = strings.Cut(s[i+1:], ">")
	} else if i := strings.IndexByte(s, '@'); i >= 0 {
		from := strings.LastIndexAny(s[:i], " \t:([\"'") + 1
		to := len(s)
		if n := strings.IndexAny(s[i:], " \t)]\"'"); n >= 0 {
			to = i + n
		}
		email = s[from:to]
		name = strings.Trim(s[:from]+s[to:], " \t()[]:")
	} else {
		return Address{}, false
	}
	a := tidyAddress(DecodeWords(name), tidyEmail(email))
	return a, ValidEmail(a.Email)
}

// angle finds the bracket before the address: the first one outside quotes that has an "@" behind it, else the
// last.
func angle(s string) int {
	quoted, last := false, -1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case '<':
			if quoted {
				continue
			}
			last = i
			if inner, _, _ := strings.Cut(s[i+1:], ">"); strings.Contains(inner, "@") && !strings.Contains(inner, "<") {
				return i
			}
		}
	}
	if last < 0 {
		last = strings.LastIndexByte(s, '<') // the quote never closes
	}
	return last
}

func tidyAddress(name, email string) Address {
	name = strings.TrimSpace(name)
	for len(name) > 1 && (name[0] == '"' && name[len(name)-1] == '"' || name[0] == '\'' && name[len(name)-1] == '\'') {
		name = strings.TrimSpace(name[1 : len(name)-1])
	}
	if name = strings.ReplaceAll(name, `\"`, `"`); strings.Count(name, `"`) == 1 {
		name = strings.ReplaceAll(name, `"`, "") // its fellow is missing
	}
	if len(name) >= 6 && strings.EqualFold(name[:6], "mailto") && (len(name) == 6 || name[6] == ':') { // the start of a link
		name = strings.TrimSpace(strings.TrimPrefix(name[6:], ":"))
		if strings.EqualFold(name, strings.TrimSpace(tidyEmail(email))) {
			name = ""
		}
	}
	return Address{
		Name:  OneLine(strings.Trim(Clean(name), "<> ")),
		Email: strings.Map(printed, Clean(strings.Trim(strings.TrimSpace(email), "<>\"' "))),
	}
}

// tidyEmail takes from an address what does not belong to it: brackets, blanks, the start of a link, and the route of
// RFC 5322 section 4.4.
func tidyEmail(s string) string {
	s = strings.Trim(strings.TrimSpace(s), "<>\"' ")
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	if i := strings.LastIndexByte(s, ':'); i > 0 && s[0] == '@' {
		s = s[i+1:]
	}
	if strings.Contains(s, "@") && strings.Count(s, "@") == 1 {
		s = strings.Join(strings.Fields(s), "")
	}
	return s
}

// bareAddress reads a sender without a domain, such as "Mail Delivery System <MAILER-DAEMON>", which a mail server
// writes that means itself.
func bareAddress(value string) (Address, bool) {
	value = strings.TrimSpace(value)
	name, email := "", ""
	if i := strings.IndexByte(value, '<'); i >= 0 {
		name = value[:i]
		email, _, _ = strings.Cut(value[i+1:], ">")
	} else {
		email = uncommented(value)
		_, name, _ = strings.Cut(value, "(")
	}
	email = tidyEmail(email)
	for i := range len(email) {
		if c := email[i]; c <= ' ' || c > '~' || strings.IndexByte(`<>()[],;:@"\=?`, c) >= 0 {
			return Address{}, false
		}
	}
	return tidyAddress(strings.Trim(DecodeWords(name), " ()"), email), email != ""
}

// uncommented drops comments (RFC 5322 section 3.2.2) outside quotes; one that never ends is none.
func uncommented(s string) string {
	if !strings.Contains(s, "(") {
		return s
	}
	var out strings.Builder
	depth, start, quoted := 0, 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"' && depth == 0:
			quoted = !quoted
		case quoted:
		case c == '(':
			if depth == 0 {
				out.WriteString(s[start:i])
				start = i
			}
			depth++
		case c == ')' && depth > 0:
			if depth--; depth == 0 {
				start = i + 1
			}
		}
	}
	out.WriteString(s[min(start, len(s)):])
	return strings.TrimSpace(out.String())
}

// printed drops control characters, which no address has and damage puts there.
func printed(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

// ValidEmail says whether s can be answered: one local part and one domain, nothing that would be read as
// more than an address.
func ValidEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 || len(s) > 320 {
		return false
	}
	return !strings.ContainsAny(s, " \t\r\n<>,;()\"\\")
}

// WireAddress writes the domain of an address in its ASCII form (RFC 5890), which every server takes. A local part that
// is not ASCII has no such form.
func WireAddress(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 || IsASCII(address[at:]) {
		return address
	}
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil {
		return address
	}
	return address[:at+1] + domain
}

// OneLine replaces line ends and control characters by blanks.
func OneLine(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(clean)
}

// ShortLine is s on one line; what is beyond limit bytes is cut off, and that is shown.
func ShortLine(s string, limit int) string {
	s = strings.Join(strings.Fields(OneLine(s)), " ")
	if len(s) > limit {
		s = Clean(strings.ToValidUTF8(s[:limit], "")) + " …"
	}
	return s
}
