package inbox

import (
	"strings"

	"github.com/emersion/go-message/mail"
)

// maxAddresses is how many addresses of one header field are looked at.
const maxAddresses = 500

// An Address is a mailbox in a header: a display name, which may be empty, and local@domain as written.
type Address struct {
	Name  string
	Email string
}

// parseAddresses reads an address list (RFC 5322 section 3.4). Where the strict reading fails, the list is
// cut at its commas and each piece read for something with an "@".
func parseAddresses(value string) []Address {
	value = strings.TrimSpace(value)
	if value == "" || value == "<>" {
		return nil
	}
	if isASCII(value) && !strings.Contains(value, "=?") {
		if list, err := mail.ParseAddressList(value); err == nil {
			out := make([]Address, 0, min(len(list), maxAddresses))
			for _, a := range list[:min(len(list), maxAddresses)] {
				out = append(out, tidyAddress(a.Name, a.Address))
			}
			return out
		}
	}
	var out []Address
	for piece := range splitAddresses(value) {
		if a, ok := looseAddress(piece); ok {
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

// looseAddress makes out one address in text such as `Ann B. (shop) <ann@example.org`.
func looseAddress(s string) (Address, bool) {
	s = strings.TrimSpace(s)
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
	a := tidyAddress(decodeWords(name), email)
	return a, validEmail(a.Email)
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
	return Address{
		Name:  oneLine(clean(strings.ReplaceAll(name, `\"`, `"`))),
		Email: strings.Map(printed, clean(strings.Trim(strings.TrimSpace(email), "<>\"' "))),
	}
}

// printed drops control characters, which no address has and damage puts there.
func printed(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

// validEmail says whether s can be answered: one local part and one domain, nothing that would be read as
// more than an address.
func validEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 || len(s) > 320 {
		return false
	}
	return !strings.ContainsAny(s, " \t\r\n<>,;()\"\\")
}

// oneLine replaces line ends and control characters by blanks.
func oneLine(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(clean)
}
