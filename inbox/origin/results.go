package origin

import "strings"

// maxResults is how many results of one field are read.
const maxResults = 100

// A result is what a server found by one method (RFC 8601 section 2.2), with those of its properties that matter
// here. Everything but the domains is in lower case.
type result struct {
	method, value string
	reason        string // Microsoft's code of compauth
	domain        string // dkim: of the signature; spf: of MAIL FROM; dmarc: in From
}

// A report is one Authentication-Results field.
type report struct {
	server   string // the authserv-id; "" where there is none, as Microsoft 365 leaves it out
	instance string // of an ARC-Authentication-Results field (RFC 8617 section 4.1.1)
	results  []result
}

// parseReport reads the value of an Authentication-Results field, or of its ARC kind. It follows RFC 8601 section
// 2.2, and takes what servers write beside it: no authserv-id, names of domains between results, a comment right
// behind a value, blanks around "=". Comments are skipped. It takes linear time and never fails.
func parseReport(value string) report {
	p := scanner{s: value}
	var r report
	named, first := false, true
	for len(r.results) < maxResults {
		words, pairs, more := p.segment()
		switch {
		case first && len(pairs) > 0 && len(words) == 0 && pairs[0].key == "i":
			r.instance = pairs[0].value
		case !named && len(words) > 0 && (first || r.instance != ""):
			// Behind the name may stand the version, and with old servers pairs that are no results.
			r.server, named = hostname(words[0]), true
		case len(pairs) > 0:
			named = true // or never will be
			if res, ok := resultOf(pairs); ok {
				r.results = append(r.results, res)
			}
		}
		first = false
		if !more {
			break
		}
	}
	return r
}

// resultOf reads `method=value` and the properties behind it.
func resultOf(pairs []pair) (result, bool) {
	method, _, _ := strings.Cut(pairs[0].key, "/") // the method's version
	res := result{method: method, value: strings.ToLower(pairs[0].value)}
	if res.method == "" || res.value == "" {
		return res, false
	}
	for _, p := range pairs[1:] {
		domain := ""
		switch p.key {
		case "reason":
			res.reason = p.value
		case "header.d":
			domain = hostname(p.value)
		case "header.i", "smtp.mailfrom", "smtp.mail", "envelope-from", "header.from":
			domain = domainIn(p.value)
		}
		if domain == "" || !belongs(res.method, p.key) {
			continue
		}
		if res.domain == "" || p.key == "header.d" {
			res.domain = domain
		}
	}
	return res, true
}

// belongs says whether a property says what a method verified.
func belongs(method, property string) bool {
	switch method {
	case "dkim":
		return property == "header.d" || property == "header.i"
	case "spf":
		return property == "smtp.mailfrom" || property == "smtp.mail" || property == "envelope-from"
	case "dmarc":
		return property == "header.from" || property == "header.d"
	}
	return false
}

// domainIn reads a domain, or that of an address.
func domainIn(s string) string {
	s = strings.Trim(s, "<>\"")
	return hostname(s[strings.LastIndexByte(s, '@')+1:])
}

// A pair is `key=value`, the key in lower case.
type pair struct{ key, value string }

// A scanner cuts the value of a structured field into segments between semicolons.
type scanner struct {
	s  string
	at int
}

// segment reads up to the next semicolon: pairs, and words that are none. more is false at the end.
func (p *scanner) segment() (words []string, pairs []pair, more bool) {
	for {
		p.blanks()
		if p.at >= len(p.s) {
			return words, pairs, false
		}
		switch p.s[p.at] {
		case ';':
			p.at++
			return words, pairs, true
		case '=':
			p.at++ // nothing stands before it
			continue
		}
		word := p.word(" \t\r\n;=()")
		if word == "" {
			p.at++ // a closing parenthesis of nothing
			continue
		}
		p.blanks()
		if p.at >= len(p.s) || p.s[p.at] != '=' {
			words = append(words, word)
			continue
		}
		p.at++
		p.blanks()
		pairs = append(pairs, pair{strings.ToLower(word), p.word(" \t\r\n;(")})
	}
}

// word reads everything up to one of the stops, of which a quoted string may hold any: all of
// "ann@shop.example"@evil.example is one address.
func (p *scanner) word(stops string) string {
	start := p.at
	var b strings.Builder
	for p.at < len(p.s) && strings.IndexByte(stops, p.s[p.at]) < 0 {
		if p.s[p.at] != '"' {
			p.at++
			continue
		}
		b.WriteString(p.s[start:p.at])
		b.WriteString(p.quoted())
		start = p.at
	}
	b.WriteString(p.s[start:p.at])
	return b.String()
}

// quoted reads a quoted string (RFC 5322 section 3.2.4); one that is never closed ends with the value.
func (p *scanner) quoted() string {
	var b strings.Builder
	for p.at++; p.at < len(p.s) && p.s[p.at] != '"'; p.at++ {
		if p.s[p.at] == '\\' && p.at+1 < len(p.s) {
			p.at++
		}
		b.WriteByte(p.s[p.at])
	}
	p.at = min(p.at+1, len(p.s))
	return b.String()
}

// blanks skips white space and comments, which may stand in each other (RFC 5322 section 3.2.2).
func (p *scanner) blanks() {
	depth := 0
	for ; p.at < len(p.s); p.at++ {
		switch c := p.s[p.at]; {
		case c == '(':
			depth++
		case depth == 0 && c != ' ' && c != '\t' && c != '\r' && c != '\n':
			return
		case c == ')':
			depth--
		case c == '\\' && depth > 0:
			p.at++
		}
	}
	p.at = min(p.at, len(p.s))
}
