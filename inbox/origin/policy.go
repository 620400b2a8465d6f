package origin

import "strings"

// maxPolicyTags is how many tags of a DMARC record are read.
const maxPolicyTags = 50

// A policy is what the owner of a domain asks for mail that DMARC fails (RFC 7489 section 6.3). The zero value
// asks for nothing.
type policy struct {
	enforced    bool // p is quarantine or reject
	subEnforced bool // sp, which is p where it is missing
	strictDKIM  bool // adkim=s
	strictSPF   bool // aspf=s
}

// parsePolicy reads a DMARC record. A tag that cannot be read counts as missing (RFC 7489 section 6.3, last
// paragraph). ok is false where txt is another kind of record.
func parsePolicy(txt string) (p policy, ok bool) {
	version, rest, _ := strings.Cut(txt, ";")
	name, v, _ := strings.Cut(version, "=")
	if strings.TrimSpace(name) != "v" || strings.TrimSpace(v) != "DMARC1" {
		return policy{}, false
	}
	sub, trial := "", false
	for range maxPolicyTags {
		var tag string
		tag, rest, _ = strings.Cut(rest, ";")
		name, v, _ := strings.Cut(tag, "=")
		v = strings.ToLower(strings.TrimSpace(v))
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "p":
			p.enforced = v == "quarantine" || v == "reject"
		case "sp":
			sub = v
		case "adkim":
			p.strictDKIM = v == "s"
		case "aspf":
			p.strictSPF = v == "s"
		case "pct": // the older way to try a policy out
			trial = trial || v == "0"
		case "t":
			trial = trial || v == "y"
		}
		if rest == "" {
			break
		}
	}
	switch sub {
	case "quarantine", "reject":
		p.subEnforced = true
	case "none":
	default:
		p.subEnforced = p.enforced
	}
	if trial {
		p.enforced, p.subEnforced = false, false
	}
	return p, true
}

// policyNames are where the policy for a domain may stand (RFC 7489 section 6.6.3), in order.
func policyNames(domain string) []string {
	names := []string{"_dmarc." + domain}
	if org := organisation(domain); org != domain {
		names = append(names, "_dmarc."+org)
	}
	return names
}

// policyOf finds the policy for mail from domain. known is false where DNS did not say.
func (c *Checker) policyOf(domain string) (p policy, known bool) {
	for i, name := range policyNames(domain) {
		records, err := c.names.known(name)
		if err != nil {
			return policy{}, false
		}
		var found []policy
		for _, txt := range records {
			if p, ok := parsePolicy(txt); ok {
				found = append(found, p)
			}
		}
		switch {
		case len(found) == 1 && i > 0:
			p = found[0]
			p.enforced = p.subEnforced
			return p, true
		case len(found) == 1:
			return found[0], true
		case len(found) > 1:
			return policy{}, true // RFC 7489 section 6.6.3, step 5
		}
	}
	return policy{}, true
}
