package origin

import "testing"

func TestPoliciesAreReadLeniently(t *testing.T) {
	for txt, want := range map[string]policy{
		"v=DMARC1; p=reject":                                   {enforced: true, subEnforced: true},
		"v=DMARC1;p=QUARANTINE;":                               {enforced: true, subEnforced: true},
		" v = DMARC1 ; p = none ; sp = reject ":                {subEnforced: true},
		"v=DMARC1; p=reject; sp=none; adkim=s; aspf=S":         {enforced: true, strictDKIM: true, strictSPF: true},
		"v=DMARC1; p=reject; pct=0":                            {},
		"v=DMARC1; p=reject; pct=50; fo=1:d:s; rf=iodef; ri=x": {enforced: true, subEnforced: true},
		"v=DMARC1; p=reject; t=y":                              {},
		"v=DMARC1; p=rejected; rua=mailto:a@b":                 {},
		"v=DMARC1":                                             {},
		"v=DMARC1; p=reject; sp=bogus; nonsense; =; ;":         {enforced: true, subEnforced: true},
	} {
		if got, ok := parsePolicy(txt); !ok || got != want {
			t.Errorf("%s: %+v %v, want %+v", txt, got, ok, want)
		}
	}
	for _, txt := range []string{"", "v=spf1 -all", "p=reject; v=DMARC1", "v=DMARC2; p=reject", "v=DMARC1x; p=reject"} {
		if got, ok := parsePolicy(txt); ok {
			t.Errorf("%q is taken for a policy: %+v", txt, got)
		}
	}
}

func TestDomainsAreAlignedByTheirOrganisation(t *testing.T) {
	for _, c := range []struct {
		verified, from string
		relaxed        bool
	}{
		{"shop.example", "shop.example", true},
		{"m.shop.example", "shop.example", true},
		{"shop.example", "a.b.shop.example", true},
		{"evilshop.example", "shop.example", false},
		{"example", "shop.example", false},
		{"one.co.uk", "two.co.uk", false},
		{"co.uk", "two.co.uk", false},
		{"a.github.io", "b.github.io", false},
		{"", "shop.example", false},
		{"", "", false},
	} {
		if got := aligned(c.verified, c.from, false); got != c.relaxed {
			t.Errorf("%s for %s: %v", c.verified, c.from, got)
		}
		if got := aligned(c.verified, c.from, true); got != (c.relaxed && c.verified == c.from) {
			t.Errorf("%s for %s, strict: %v", c.verified, c.from, got)
		}
	}
	if got := domainOf("ann@Bücher.Example."); got != "xn--bcher-kva.example" {
		t.Errorf("%q", got)
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add("v=DMARC1; p=reject; sp=none; adkim=s")
	f.Add("v=DMARC1;;;=;p")
	f.Fuzz(func(t *testing.T, txt string) {
		p, ok := parsePolicy(txt)
		if !ok && p != (policy{}) {
			t.Errorf("%q is no policy and says %+v", txt, p)
		}
		if q, _ := parsePolicy(txt + ";"); q != p {
			t.Errorf("a semicolon at the end of %q makes %+v of %+v", txt, q, p)
		}
	})
}
