package origin

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/customerdesk/customerdesk/tickets"
)

// A zone is a resolver that knows its records, and counts how often it is asked for each.
type zone struct {
	mu      sync.Mutex
	records map[string][]string
	fail    map[string]bool // names, or suffixes, that there is no answer for
	asked   map[string]int
	hold    chan struct{} // answers come when it is closed; nil: at once
}

func (z *zone) LookupTXT(ctx context.Context, name string) ([]string, error) {
	z.mu.Lock()
	if z.asked == nil {
		z.asked = map[string]int{}
	}
	z.asked[name]++
	hold := z.hold
	z.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	for n := range z.fail {
		if strings.HasSuffix(name, n) {
			return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
		}
	}
	if r, ok := z.records[name]; ok {
		return r, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (z *zone) questions() (n int) {
	z.mu.Lock()
	defer z.mu.Unlock()
	for _, times := range z.asked {
		n += times
	}
	return n
}

// A signer signs mail as a domain, and its record says so.
type signer struct {
	key    crypto.Signer
	record string
}

func edSigner(t testing.TB) signer {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{private, "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)}
}

func rsaSigner(t testing.TB) signer {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return signer{private, "v=DKIM1; p=" + base64.StdEncoding.EncodeToString(public)}
}

func (s signer) sign(t testing.TB, mail string, change func(*dkim.SignOptions)) string {
	t.Helper()
	o := dkim.SignOptions{
		Domain: "shop.example", Selector: "s1", Signer: s.key, HeaderCanonicalization: dkim.CanonicalizationRelaxed,
		BodyCanonicalization: dkim.CanonicalizationRelaxed, HeaderKeys: []string{"From", "From", "Subject", "To"},
	}
	if change != nil {
		change(&o)
	}
	var b bytes.Buffer
	if err := dkim.Sign(&b, strings.NewReader(mail), &o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	crossed = "Received: from mail.shop.example by mx.acme.example with ESMTPS id 1; Mon, 2 Mar 2026 12:00:00 +0000\r\n"
	letter  = "From: Ann <ann@shop.example>\r\nTo: support@acme.example\r\nSubject: A question\r\nDate: Mon, 2 Mar 2026 11:59:00 +0000\r\n\r\nHow does  it work?\r\n\r\n"
)

func checked(z *zone, raw, address string, b Border, at time.Time) Finding {
	// The library goes by the real clock where a signature ends.
	c := New(Config{Resolver: z, Clock: time.Now})
	l := Read([]byte(raw), b, at)
	c.Prepare(context.Background(), l)
	return c.Check(context.Background(), l, address)
}

func TestSignaturesAndPolicyDecideWhereNoTrustedServerReports(t *testing.T) {
	key, other, strong := edSigner(t), edSigner(t), rsaSigner(t)
	now := time.Now()
	as := func(domain string) func(*dkim.SignOptions) {
		return func(o *dkim.SignOptions) { o.Domain = domain }
	}
	signed := key.sign(t, letter, nil)
	simple := strong.sign(t, letter, func(o *dkim.SignOptions) {
		o.Selector, o.HeaderCanonicalization, o.BodyCanonicalization = "rsa", dkim.CanonicalizationSimple, dkim.CanonicalizationSimple
	})
	records := map[string][]string{
		"s1._domainkey.shop.example":     {key.record},
		"rsa._domainkey.shop.example":    {strong.record},
		"gone._domainkey.shop.example":   {"v=DKIM1; p="},
		"s1._domainkey.m.shop.example":   {key.record},
		"s1._domainkey.evil.example":     {other.record},
		"s1._domainkey.calm.example":     {key.record},
		"s1._domainkey.strict.example":   {key.record},
		"s1._domainkey.m.strict.example": {key.record},
		"s1._domainkey.two.co.uk":        {key.record},
		"_dmarc.shop.example":            {"some other record", "v=DMARC1; p=reject; rua=mailto:x@shop.example"},
		"_dmarc.calm.example":            {"v=DMARC1; p=none"},
		"_dmarc.strict.example":          {"v=DMARC1; p=quarantine; adkim=s"},
		"_dmarc.subcalm.example":         {"v=DMARC1; p=reject; sp=none"},
		"_dmarc.substrict.example":       {"v=DMARC1; p=none; sp=reject"},
		"_dmarc.one.co.uk":               {"v=DMARC1; p=reject"},
	}
	from := func(domain string) string { return strings.Replace(letter, "@shop.example", "@"+domain, 1) }
	for name, c := range map[string]struct {
		mail    string
		address string // shop.example's where empty
		at      time.Time
		fail    string
		border  Border
		want    tickets.Verdict
	}{
		"signed":                         {mail: crossed + signed, want: tickets.AuthPass},
		"signed with RSA, kept exactly":  {mail: crossed + simple, want: tickets.AuthPass},
		"signed, address in other case":  {mail: crossed + signed, address: "Ann@Shop.Example", want: tickets.AuthPass},
		"signed, line ends of Unix":      {mail: strings.ReplaceAll(crossed+signed, "\r\n", "\n"), want: tickets.AuthPass},
		"changed body":                   {mail: crossed + strings.Replace(signed, "it work", "this work", 1), want: tickets.AuthFail},
		"changed subject":                {mail: crossed + strings.Replace(signed, "A question", "A command", 1), want: tickets.AuthFail},
		"changed blanks, relaxed":        {mail: crossed + strings.Replace(signed, "How does  it", "How does it", 1), want: tickets.AuthPass},
		"changed blanks, simple":         {mail: crossed + strings.Replace(simple, "How does  it", "How does it", 1), want: tickets.AuthFail},
		"text behind the signed":         {mail: crossed + signed + "Pay here\r\n", want: tickets.AuthFail},
		"signed by somebody else":        {mail: crossed + other.sign(t, letter, as("evil.example")), want: tickets.AuthFail},
		"signed by two":                  {mail: crossed + other.sign(t, signed, as("evil.example")), want: tickets.AuthPass},
		"signed by the domain above":     {mail: crossed + key.sign(t, from("m.shop.example"), nil), address: "ann@m.shop.example", want: tickets.AuthPass},
		"signed by a domain below":       {mail: crossed + key.sign(t, letter, as("m.shop.example")), want: tickets.AuthPass},
		"below, where that is too loose": {mail: crossed + key.sign(t, from("strict.example"), as("m.strict.example")), address: "ann@strict.example", want: tickets.AuthFail},
		"same, where that is asked":      {mail: crossed + key.sign(t, from("strict.example"), as("strict.example")), address: "ann@strict.example", want: tickets.AuthPass},
		"neighbours under a suffix":      {mail: crossed + key.sign(t, from("one.co.uk"), as("two.co.uk")), address: "ann@one.co.uk", want: tickets.AuthFail},
		"broken, nothing promised":       {mail: crossed + strings.Replace(key.sign(t, from("calm.example"), as("calm.example")), "A question", "?", 1), address: "ann@calm.example", want: tickets.AuthNone},
		"unsigned":                       {mail: crossed + letter, want: tickets.AuthFail},
		"unsigned, nothing promised":     {mail: crossed + from("nobody.example"), address: "ann@nobody.example", want: tickets.AuthNone},
		"unsigned, subdomain let off":    {mail: crossed + from("a.subcalm.example"), address: "ann@a.subcalm.example", want: tickets.AuthNone},
		"unsigned, subdomain meant":      {mail: crossed + from("a.substrict.example"), address: "ann@a.substrict.example", want: tickets.AuthFail},
		"unsigned, by no server":         {mail: letter, want: tickets.AuthNone},
		"unsigned, old":                  {mail: crossed + letter, at: now.Add(-30 * 24 * time.Hour), want: tickets.AuthUnknown},
		"no such key":                    {mail: crossed + key.sign(t, letter, func(o *dkim.SignOptions) { o.Selector = "s9" }), want: tickets.AuthFail},
		"no such key any more":           {mail: crossed + key.sign(t, letter, func(o *dkim.SignOptions) { o.Selector = "s9" }), at: now.Add(-30 * 24 * time.Hour), want: tickets.AuthUnknown},
		"revoked key":                    {mail: crossed + key.sign(t, letter, func(o *dkim.SignOptions) { o.Selector = "gone" }), want: tickets.AuthFail},
		"revoked key of old":             {mail: crossed + key.sign(t, letter, func(o *dkim.SignOptions) { o.Selector = "gone" }), at: now.Add(-30 * 24 * time.Hour), want: tickets.AuthUnknown},
		"expired before it came":         {mail: crossed + key.sign(t, letter, func(o *dkim.SignOptions) { o.Expiration = now.Add(-2 * time.Hour) }), want: tickets.AuthFail},
		"expired since it came":          {mail: crossed + key.sign(t, letter, func(o *dkim.SignOptions) { o.Expiration = now.Add(-2 * time.Hour) }), at: now.Add(-5 * time.Hour), want: tickets.AuthUnknown},
		"not expired":                    {mail: crossed + key.sign(t, letter, func(o *dkim.SignOptions) { o.Expiration = now.Add(2 * time.Hour) }), want: tickets.AuthPass},
		"length limit":                   {mail: crossed + strings.Replace(signed, "v=1;", "v=1; l=3;", 1), want: tickets.AuthFail},
		"key does not answer":            {mail: crossed + signed, fail: "s1._domainkey.shop.example", want: tickets.AuthUnknown},
		"policy does not answer":         {mail: crossed + signed, fail: "_dmarc.shop.example", want: tickets.AuthPass},
		"policy does not, unsigned":      {mail: crossed + letter, fail: "_dmarc.shop.example", want: tickets.AuthUnknown},
		"policy does not, from below":    {mail: crossed + key.sign(t, letter, as("m.shop.example")), fail: "_dmarc.shop.example", want: tickets.AuthUnknown},
		"second From on top":             {mail: crossed + "From: Ceo <ceo@shop.example>\r\n" + signed, address: "ceo@shop.example", want: tickets.AuthFail},
		"second From below":              {mail: crossed + strings.Replace(signed, "To: support", "From: ceo@shop.example\r\nTo: support", 1), want: tickets.AuthFail},
		"second From in obsolete form":   {mail: crossed + "from \t: ceo@shop.example\r\n" + signed, address: "ceo@shop.example", want: tickets.AuthFail},
		"second From behind a bad line":  {mail: crossed + "oops\r\nFrom: ceo@shop.example\r\n" + signed, address: "ceo@shop.example", want: tickets.AuthFail},
		"name that looks like a sender":  {mail: crossed + other.sign(t, strings.Replace(letter, "Ann <ann@shop.example>", `"ann@shop.example" <eve@evil.example>`, 1), as("evil.example")), want: tickets.AuthFail},
		"spf of the border":              {mail: "Authentication-Results: mx.acme.example; spf=pass smtp.mailfrom=b@m.shop.example\r\n" + crossed + letter, border: Border{"mx.acme.example"}, want: tickets.AuthPass},
		"spf of the border, other":       {mail: "Authentication-Results: mx.acme.example; spf=pass smtp.mailfrom=b@evil.example\r\n" + crossed + letter, border: Border{"mx.acme.example"}, want: tickets.AuthFail},
		"signed, header too large":       {mail: crossed + signed[:len(signed)-len("\r\n\r\nHow does  it work?\r\n\r\n")] + "\r\n" + strings.Repeat("X-Pad: x\r\n", maxFields+1) + "\r\nHow does  it work?\r\n\r\n", want: tickets.AuthFail},
		"hidden in an encoded word":      {mail: crossed + strings.Replace(letter, "Ann <ann@shop.example>", "=?utf-8?q?=3Cann=40shop.example=3E?=", 1), want: tickets.AuthFail},
		"hidden in Reply-To":             {mail: crossed + strings.Replace(letter, "From: Ann", "Reply-To: Ann", 1), want: tickets.AuthFail},
		"hidden among others":            {mail: crossed + strings.Replace(letter, "Ann <ann@shop.example>", `"a@x.example" <ann@shop.example>, "b@y.example" <c@z.example>`, 1), want: tickets.AuthFail},
		"ends right after it came":       {mail: crossed + key.sign(t, letter, func(o *dkim.SignOptions) { o.Expiration = now.Add(-time.Minute) }), at: now.Add(-2 * time.Minute), want: tickets.AuthFail},
	} {
		z := &zone{records: records}
		if c.fail != "" {
			z.fail = map[string]bool{c.fail: true}
		}
		if c.address == "" {
			c.address = "ann@shop.example"
		}
		if strings.HasPrefix(name, "name that looks") {
			c.address = "ann@shop.example" // should the reader be taken in by the name
		}
		if c.at.IsZero() {
			c.at = now
		}
		if got := checked(z, c.mail, c.address, c.border, c.at); got.Verdict != c.want {
			t.Errorf("%s: %s (%s), want %s", name, got.Verdict, got.Reason, c.want)
		}
		if n := z.questions(); n > maxQuestions {
			t.Errorf("%s: %d questions", name, n)
		}
	}
}

func TestOneMailAsksForFewNamesAndNoneOfOthers(t *testing.T) {
	key := edSigner(t)
	mail := letter
	for i := range 30 {
		mail = key.sign(t, mail, func(o *dkim.SignOptions) { o.Selector = "s" + string(rune('a'+i%26)) })
		mail = key.sign(t, mail, func(o *dkim.SignOptions) { o.Domain = "slow.evil.example" })
	}
	z := &zone{}
	if got := checked(z, crossed+mail, "ann@shop.example", nil, time.Now()); got.Verdict != tickets.AuthNone {
		t.Errorf("%+v", got)
	}
	if n := z.questions(); n == 0 || n > maxQuestions {
		t.Errorf("%d questions: %v", n, z.asked)
	}
	for name := range z.asked {
		if strings.HasSuffix(name, "evil.example") {
			t.Errorf("asked for %s", name)
		}
	}
	z = &zone{}
	checked(z, "Authentication-Results: mx.acme.example; dmarc=fail header.from=shop.example\r\n"+crossed+mail, "ann@shop.example", Border{"mx.acme.example"}, time.Now())
	checked(z, letter, "ann@shop.example", nil, time.Now())
	if n := z.questions(); n != 0 {
		t.Errorf("asked %v where the border has said it all, or nothing is to be checked", z.asked)
	}
}

// What takes the library quadratic time, or any time at all for one mail, must not get there.
func TestHostileMailIsCheckedInLinearTime(t *testing.T) {
	key := edSigner(t)
	z := &zone{records: map[string][]string{"s1._domainkey.shop.example": {key.record}}}
	ends := strings.Repeat("\r\n", 8<<20)
	sign := func(mail string) string {
		return key.sign(t, mail, func(o *dkim.SignOptions) { o.BodyCanonicalization = dkim.CanonicalizationSimple })
	}
	head, _, _ := strings.Cut(letter, "\r\n\r\n")
	for name, mail := range map[string]string{
		"a body of line ends":     sign(letter) + ends + "x",
		"a field of short lines":  sign(head + "\r\nSubject: " + strings.Repeat("a\r\n ", 20000) + "\r\n\r\nx"),
		"a field of one line":     sign(head + "\r\nTo: " + strings.Repeat("a", 2<<20) + "\r\n\r\nx"),
		"many names in h":         strings.Replace(sign(letter), "h=", "h="+strings.Repeat("from:", 15000), 1),
		"many fields of a name":   sign(strings.Repeat("Subject: a\r\n", 100000) + letter),
		"many reports":            strings.Repeat("Authentication-Results: mx.acme.example; dkim=none; spf=none\r\n", 15000) + letter,
		"a report of parentheses": "Authentication-Results: " + strings.Repeat("(", 90000) + "\r\n" + letter,
		"a report of results":     "Authentication-Results: mx.acme.example" + strings.Repeat(";a=b c=d", 10000) + "\r\n" + letter,
	} {
		start := time.Now()
		got := checked(z, crossed+mail, "ann@shop.example", Border{"mx.acme.example"}, time.Now())
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: %v", name, took)
		}
		if got.Verdict == tickets.AuthPass {
			t.Errorf("%s passes", name)
		}
	}
}

func FuzzCheck(f *testing.F) {
	realMail(f, func(_ string, raw []byte) {
		if l := Read(raw, nil, noon); len(l.signatures(domainOf(firstAddress(l)))) > 0 {
			f.Add(string(raw))
		}
	})
	f.Add(crossed + letter)
	f.Add(edSigner(f).sign(f, letter, nil))
	f.Add("Authentication-Results: mx.acme.example; dmarc=pass\nARC-Seal: i=1; d=x\n" + letter)
	f.Add("From: a@b\nfrom : c@d\n\xef\xbb\xbf\r\n\n\r")
	other := edSigner(f) // whose mail nobody in the corpus can have signed
	z := &zone{records: map[string][]string{"s1._domainkey.shop.example": {other.record}, "_dmarc.shop.example": {"v=DMARC1; p=reject"}}}
	c := New(Config{Resolver: z, Clock: func() time.Time { return noon }})
	f.Fuzz(func(t *testing.T, raw string) {
		l := Read([]byte(raw), nil, noon)
		c.Prepare(t.Context(), l)
		if got := c.Check(t.Context(), l, "ann@shop.example"); got.Verdict == tickets.AuthPass || got.Reason == "" {
			t.Errorf("%+v without a signature", got)
		}
		Read([]byte(raw), Border{"mx.acme.example"}, noon)
	})
}

func BenchmarkCheck(b *testing.B) {
	key := rsaSigner(b)
	z := &zone{records: map[string][]string{"s1._domainkey.shop.example": {key.record}, "_dmarc.shop.example": {"v=DMARC1; p=reject"}}}
	for name, mail := range map[string]string{
		"signed":   crossed + key.sign(b, strings.Replace(letter, "How", strings.Repeat("How does it work?\r\n", 300), 1), nil),
		"unsigned": crossed + letter,
		"reported": "Authentication-Results: mx.acme.example; dmarc=pass header.from=shop.example\r\n" + crossed + letter,
	} {
		b.Run(name, func(b *testing.B) {
			c := New(Config{Resolver: z, Clock: time.Now})
			for b.Loop() {
				l := Read([]byte(mail), Border{"mx.acme.example"}, time.Now())
				c.Prepare(b.Context(), l)
				c.Check(b.Context(), l, "ann@shop.example")
			}
		})
	}
}
