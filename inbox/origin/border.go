package origin

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// A Border is the servers whose Authentication-Results a mailbox trusts, by their authserv-ids (RFC 8601 section
// 2.5) in lower case; `*.example.org` stands for all names below example.org. The zero value trusts nobody.
//
// Such a server has to take away fields under its own name that a mail brings with it (RFC 8601 section 5), as
// all the usual ones do. Beyond that only what stands topmost is believed, since servers write above what is
// there.
type Border []string

// ParseID reads an authserv-id as a person writes it.
func ParseID(s string) (string, error) {
	id := strings.ToLower(strings.TrimSpace(s))
	name := strings.TrimPrefix(id, "*.")
	if hostname(name) != name || name == "" || name != id && !strings.Contains(name, ".") {
		return "", fmt.Errorf("%q is no authserv-id: it is the first word behind Authentication-Results:, such as mx.example.org, or *.example.org for all below", s)
	}
	return id, nil
}

// BorderOf is whom a mailbox trusts: the ids that were set for it, and without any the provider that reads it
// over IMAP at a known host.
func BorderOf(imapURL string, ids []string) Border {
	if len(ids) > 0 {
		return ids
	}
	u, err := url.Parse(imapURL)
	if err != nil {
		return nil
	}
	return providers()[strings.ToLower(u.Hostname())]
}

// providers are those that write Authentication-Results on all mail from outside and say so, by IMAP host.
// Microsoft 365 leaves the authserv-id out: such a field counts as that of the server that took the mail, see
// trusted.
func providers() map[string]Border {
	// Microsoft's are *.mail.protection.outlook.com for mail from outside, and *.prod.outlook.com within.
	google, microsoft := Border{"mx.google.com"}, Border{"*.outlook.com"}
	yahoo, zoho := Border{"*.yahoo.com"}, Border{"mx.zohomail.com", "mx.zoho.com", "mx.zohomail.eu", "mx.zoho.eu"}
	return map[string]Border{
		"imap.gmail.com":        google,
		"imap.googlemail.com":   google,
		"outlook.office365.com": microsoft,
		"outlook.office.com":    microsoft,
		"imap-mail.outlook.com": microsoft,
		"imap.fastmail.com":     {"*.messagingengine.com"},
		"imap.mail.me.com":      {"*.icloud.com"},
		"imap.mail.yahoo.com":   yahoo,
		"imap.zoho.com":         zoho,
		"imappro.zoho.com":      zoho,
		"imap.zoho.eu":          zoho,
		"imappro.zoho.eu":       zoho,
	}
}

func (b Border) trusts(server string) bool {
	if server == "" {
		return false
	}
	return slices.ContainsFunc(b, func(id string) bool {
		if suffix, ok := strings.CutPrefix(id, "*"); ok {
			return strings.HasSuffix(server, suffix)
		}
		return server == id
	})
}

// evidence is what trusted servers say of a mail.
type evidence struct {
	server  string // the first of them; "" where there is none
	results []result
	several bool    // From names more than one domain, so that a result has to say which it is about
	sealed  *report // what a trusted forwarder found, whose seal the border has checked (RFC 8617)
}

func (e evidence) of(method string) []result {
	var list []result
	for _, r := range e.results {
		if r.method == method {
			list = append(list, r)
		}
	}
	return list
}

// trusted gathers the reports of the border: the topmost of a trusted server, and those below it up to the next
// Received field, as filters write one each. A second word on what was said already is none of theirs, and ends
// it.
func (l *Letter) trusted(b Border) evidence {
	var e evidence
	if len(b) == 0 {
		return e
	}
	hops := 0
	for i, f := range l.fields {
		if !f.is("Authentication-Results") {
			continue
		}
		r := parseReport(f.value())
		if r.server == "" {
			r.server = l.takenBy(i)
		}
		if !b.trusts(r.server) {
			continue
		}
		if e.server != "" && (f.hops != hops || e.repeats(r)) {
			break
		}
		switch {
		case e.server == "":
			e.server, hops = r.server, f.hops
		case r.server == e.server && len(e.of("dmarc")) == 0:
			// The filters of one server write above each other, the one for DMARC last. What speaks for the sender below
			// another one may have come with the mail.
			r.results = slices.DeleteFunc(r.results, result.favours)
		}
		e.results = append(e.results, r.results...)
	}
	if slices.ContainsFunc(e.of("arc"), func(r result) bool { return r.value == "pass" }) {
		e.sealed = l.lastSealed(b)
	}
	return e
}

// favours says whether a result speaks for the sender.
func (r result) favours() bool {
	switch r.value {
	case "pass", "success", "bestguesspass":
		return true
	}
	return false
}

func (e evidence) repeats(r report) bool {
	return slices.ContainsFunc(r.results, func(res result) bool { return len(e.of(res.method)) > 0 })
}

// takenBy is the server that took the mail as the Received field below field i has it: the border writes both.
func (l *Letter) takenBy(i int) string {
	for _, f := range l.fields[i:] {
		if f.is("Received") {
			_, by, _ := strings.Cut(f.value(), " by ")
			by, _, _ = strings.Cut(strings.TrimSpace(by), " ")
			return hostname(by)
		}
	}
	return ""
}

// lastSealed is the report in the newest ARC set, where a trusted server sealed it.
func (l *Letter) lastSealed(b Border) *report {
	var last *report
	for _, f := range l.fields {
		if !f.is("ARC-Authentication-Results") {
			continue
		}
		r := parseReport(f.value())
		if instance(r.instance) > 0 && (last == nil || instance(r.instance) > instance(last.instance)) {
			last = &r
		}
	}
	if last == nil || !b.trusts(last.server) {
		return nil
	}
	for _, f := range l.fields {
		if !f.is("ARC-Seal") {
			continue
		}
		tags := parseTags(f.value())
		if tags["i"] == last.instance && aligned(hostname(tags["d"]), last.server, false) {
			return last
		}
	}
	return nil
}

// instance is the number of an ARC set, 1 to 50; 0 where s is none.
func instance(s string) int {
	if len(s) == 0 || len(s) > 2 {
		return 0
	}
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0
		}
		n = 10*n + int(c-'0')
	}
	return n
}
