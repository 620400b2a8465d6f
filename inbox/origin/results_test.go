package origin

import (
	"slices"
	"strings"
	"testing"
)

// Fields as real servers write them, with names and numbers of our own.
var reports = map[string]struct {
	field string
	want  string // server, then method=value@domain/reason of each result
}{
	"google": {
		"mx.google.com;\r\n       dkim=pass header.i=@shop.example header.s=sel1 header.b=\"Ab/c+d=\";\r\n       spf=pass (google.com: domain of bounce@mail.shop.example designates 192.0.2.7 as permitted sender) smtp.mailfrom=bounce@mail.shop.example;\r\n       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=shop.example",
		"mx.google.com dkim=pass@shop.example spf=pass@mail.shop.example dmarc=pass@shop.example",
	},
	"microsoft without a name": {
		"spf=pass (sender IP is 192.0.2.7)\r\n smtp.mailfrom=shop.example; dkim=pass (signature was verified)\r\n header.d=shop.example;dmarc=pass action=none\r\n header.from=shop.example;compauth=pass reason=100",
		" spf=pass@shop.example dkim=pass@shop.example dmarc=pass@shop.example compauth=pass/100",
	},
	"microsoft with names of domains between the results": {
		"spf=none (sender IP is 192.0.2.7)\r\n smtp.mailfrom=shop.example; customer.example; dkim=none (message not signed)\r\n header.d=none;customer.example; dmarc=none action=none header.from=shop.example;",
		" spf=none@shop.example dkim=none@none dmarc=none@shop.example",
	},
	"fastmail": {
		"mx4.messagingengine.com;\r\n    arc=none (no signatures found);\r\n    dkim=pass (2048-bit rsa key sha256) header.d=shop.example\r\n    header.i=@shop.example header.b=AAAAAAAA header.a=rsa-sha256\r\n    header.s=s1 x-bits=2048;\r\n    dmarc=pass policy.published-domain-policy=none\r\n    policy.applied-disposition=none (p=none,d=none,d.eval=none)\r\n    policy.policy-from=p header.from=shop.example;\r\n    iprev=pass smtp.remote-ip=192.0.2.7 (mail.shop.example);\r\n    x-aligned-from=pass (Address match)",
		"mx4.messagingengine.com arc=none dkim=pass@shop.example dmarc=pass@shop.example iprev=pass x-aligned-from=pass",
	},
	"yahoo, comment right behind the value": {
		"atlas-production.v2-mail-prod1-gq1.omega.yahoo.com;\r\n dkim=pass header.i=@shop.example header.s=a1;\r\n spf=pass smtp.mailfrom=shop.example;\r\n dmarc=success(p=REJECT) header.from=shop.example;",
		"atlas-production.v2-mail-prod1-gq1.omega.yahoo.com dkim=pass@shop.example spf=pass@shop.example dmarc=success@shop.example",
	},
	"icloud": {"dmarc.icloud.com; dmarc=fail header.from=shop.example", "dmarc.icloud.com dmarc=fail@shop.example"},
	"zoho, address in header.from": {
		"mx.zohomail.com;\r\n\tdkim=pass;\r\n\tspf=pass (zohomail.com: domain of shop.example designates 192.0.2.7 as permitted sender)  smtp.mailfrom=ann@shop.example;\r\n\tdmarc=pass(p=none dis=none)  header.from=ann@shop.example",
		"mx.zohomail.com dkim=pass spf=pass@shop.example dmarc=pass@shop.example",
	},
	"rspamd": {
		"mx.acme.example;\r\n\tdkim=pass header.d=shop.example header.s=s1 header.b=xyz;\r\n\tdmarc=pass (policy=quarantine) header.from=shop.example;\r\n\tspf=pass (mx.acme.example: domain of \"ann@shop.example\" designates 192.0.2.7 as permitted sender) smtp.mailfrom=\"ann@shop.example\"",
		"mx.acme.example dkim=pass@shop.example dmarc=pass@shop.example spf=pass@shop.example",
	},
	"opendmarc":                   {"OpenDMARC; dmarc=pass (p=none dis=none) header.from=shop.example", "opendmarc dmarc=pass@shop.example"},
	"amavis, comment behind name": {"mx.acme.example (amavisd-new);\r\n dkim=pass (2048-bit key) reason=\"pass (just; generated)\" header.d=shop.example", "mx.acme.example dkim=pass@shop.example/pass (just; generated)"},
	"version of the method":       {"mx.acme.example 1; spf/1 = PASS smtp.mailfrom = ann@shop.example", "mx.acme.example spf=pass@shop.example"},
	"nothing checked":             {"mx.acme.example; none", "mx.acme.example"},
	"comments in comments":        {"(a (b) \\) c) mx.acme.example (x;y=z); dkim=fail (body hash (sha256); did not=verify) header.d=shop.example", "mx.acme.example dkim=fail@shop.example"},
	"comment that never ends":     {"mx.acme.example; dkim=fail (oops; dmarc=pass header.from=shop.example", "mx.acme.example dkim=fail"},
	"old yahoo":                   {"mx9.mail.example  from=shop.example; domainkeys=neutral (no sig)", "mx9.mail.example domainkeys=neutral"},
	"arc":                         {"i=2; mx.google.com;\r\n dkim=pass header.i=@shop.example;\r\n arc=pass (i=1 dkim=pass)", "mx.google.com dkim=pass@shop.example arc=pass"},
	"empty":                       {"", ""},
	"only stops":                  {";;=;)(", ""},
}

func (r report) String() string {
	list := []string{r.server}
	for _, res := range r.results {
		s := res.method + "=" + res.value
		if res.domain != "" {
			s += "@" + res.domain
		}
		if res.reason != "" {
			s += "/" + res.reason
		}
		list = append(list, s)
	}
	return strings.Join(list, " ")
}

func TestReportsAreReadAsServersWriteThem(t *testing.T) {
	for name, c := range reports {
		if got := parseReport(c.field).String(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
	if got := parseReport("i=2; mx.google.com; dkim=pass").instance; got != "2" {
		t.Errorf("instance %q", got)
	}
}

func FuzzAuthenticationResults(f *testing.F) {
	seeds(f, "Authentication-Results")
	seeds(f, "ARC-Authentication-Results")
	for _, c := range reports {
		f.Add(c.field)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := parseReport(s)
		if len(r.results) > maxResults {
			t.Errorf("%d results", len(r.results))
		}
		if r.server != "" && hostname(r.server) != r.server {
			t.Errorf("server %q", r.server)
		}
		for _, res := range r.results {
			if res.domain != "" && hostname(res.domain) != res.domain {
				t.Errorf("domain %q", res.domain)
			}
		}
		// What a comment says is not said.
		with := parseReport("(dmarc=pass; ( ) dkim=pass) " + s)
		if with.String() != r.String() || !slices.Equal(with.results, r.results) {
			t.Errorf("a comment changes %q to %q", r, with)
		}
	})
}
