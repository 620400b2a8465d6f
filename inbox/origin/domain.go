package origin

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// domainOf is the domain of an address in the form that DNS knows, or "" where it has none.
func domainOf(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return ""
	}
	return hostname(address[at+1:])
}

// hostname is a domain name in lower case, without the last dot, in ASCII (RFC 5891); "" where it is none.
func hostname(s string) string {
	s = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "."))
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			ascii, err := idna.Lookup.ToASCII(s)
			if err != nil {
				return ""
			}
			s = ascii
			break
		}
	}
	if !isHostname(s) {
		return ""
	}
	return s
}

func isHostname(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	label := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '.':
			if label == 0 {
				return false
			}
			label = 0
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			label++
		default:
			return false
		}
		if label > 63 {
			return false
		}
	}
	return label > 0
}

// organisation is the domain that somebody registered (RFC 7489 section 3.2), by the public suffix list.
func organisation(domain string) string {
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain // a public suffix itself
}

// aligned says whether a domain that was verified stands for the domain in From (RFC 7489 section 3.1).
func aligned(verified, from string, strict bool) bool {
	if verified == "" || from == "" {
		return false
	}
	return verified == from || !strict && organisation(verified) == organisation(from)
}
