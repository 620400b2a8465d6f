package origin

import "github.com/customerdesk/customerdesk/tickets"

// verdict is what the border's word makes of a mail from domain. It is final where the border looked at DMARC, or
// where DKIM or SPF passes for this very domain; everything else is left to the Checker.
func (e evidence) verdict(domain string) (f Finding, final bool) {
	if e.server == "" {
		return Finding{}, false
	}
	said := ", says " + e.server
	for _, r := range e.of("dmarc") {
		if r.domain == "" && e.several || r.domain != "" && !aligned(r.domain, domain, false) {
			continue // about another sender, or it may be
		}
		switch r.value {
		case "pass", "success", "bestguesspass": // the middle one is Yahoo's, the last Microsoft's for a domain without a policy
			return Finding{tickets.AuthPass, "DMARC passes for " + domain + said}, true
		case "fail":
			return e.despite(domain, said), true
		case "temperror":
			return Finding{tickets.AuthUnknown, "DMARC could not be checked" + said}, true
		case "none", "permerror", "unknown":
			if e.passes("spf", domain, false) || e.passes("dkim", domain, false) {
				return Finding{tickets.AuthPass, "SPF or DKIM passes for " + domain + said}, true
			}
			return Finding{tickets.AuthNone, domain + " has no DMARC policy" + said}, true
		}
	}
	// Without a word on DMARC the domains may have to be the same; whether they have to, the policy says.
	if e.passes("spf", domain, true) || e.passes("dkim", domain, true) {
		return Finding{tickets.AuthPass, "SPF or DKIM passes for " + domain + said}, true
	}
	return Finding{}, false
}

// despite is the verdict on a mail that DMARC fails: what a trusted forwarder found before it changed the mail
// counts, and so does Microsoft 365 where it overrules DMARC for a sealer that the organisation trusts (reason
// 130). Where it does so by other signs, nothing vouches for the mail, but it is no failure either.
func (e evidence) despite(domain, said string) Finding {
	if e.sealed != nil {
		before := evidence{server: e.sealed.server, results: e.sealed.results, several: e.several}
		if f, ok := before.verdict(domain); ok && f.Verdict == tickets.AuthPass {
			f.Reason += " before it forwarded the mail"
			return f
		}
	}
	for _, r := range e.of("compauth") {
		switch {
		case r.value == "pass" && r.reason == "130":
			return Finding{tickets.AuthPass, "a trusted forwarder vouches for the mail" + said}
		case r.value == "pass":
			return Finding{tickets.AuthNone, "DMARC fails for " + domain + ", but other signs speak for the sender" + said}
		}
	}
	return Finding{tickets.AuthFail, "DMARC fails for " + domain + said}
}

// passes says whether a method passes for a domain that stands for the one in From.
func (e evidence) passes(method, domain string, strict bool) bool {
	for _, r := range e.of(method) {
		if r.value == "pass" && aligned(r.domain, domain, strict) {
			return true
		}
	}
	return false
}
