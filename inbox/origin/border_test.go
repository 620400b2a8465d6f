package origin

import (
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/tickets"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// verdictBy is the verdict without DNS; lines of the header are separated by LF.
func verdictBy(t *testing.T, b Border, header string) tickets.Verdict {
	t.Helper()
	raw := []byte(strings.ReplaceAll(header+"\n\nHello\n", "\n", "\r\n"))
	c := New(Config{Clock: func() time.Time { return noon }})
	return c.Check(t.Context(), Read(raw, b, noon), "ann@shop.example").Verdict
}

const (
	from     = "From: Ann <ann@shop.example>"
	received = "Received: from mail.shop.example by mx.acme.example with ESMTPS id 1; Mon, 2 Mar 2026 12:00:00 +0000\n"
	upstream = "Received: from laptop by mail.shop.example with ESMTPSA id 2; Mon, 2 Mar 2026 11:59:00 +0000\n"
)

func TestTheBordersWordDecides(t *testing.T) {
	ours := Border{"mx.acme.example"}
	outlook := Border{"*.outlook.com"}
	taken := "Received: from mail.shop.example (192.0.2.7)\n\tby AM1FT1.mail.protection.outlook.com (10.0.0.1) with Microsoft SMTP Server id 1\n"
	ar := "Authentication-Results: mx.acme.example; "
	for name, c := range map[string]struct {
		border Border
		header string
		want   tickets.Verdict
	}{
		"dmarc passes":                           {ours, received + ar + "dmarc=pass header.from=shop.example\n" + from, tickets.AuthPass},
		"dmarc fails":                            {ours, received + ar + "dmarc=fail (p=NONE dis=NONE) header.from=shop.example\n" + from, tickets.AuthFail},
		"names differ in case":                   {ours, received + "AUTHENTICATION-results: MX.Acme.Example; DMARC=Pass header.from=Shop.Example\n" + from, tickets.AuthPass},
		"dmarc could not be checked":             {ours, received + ar + "dmarc=temperror header.from=shop.example\n" + from, tickets.AuthUnknown},
		"no policy, spf of a subdomain":          {ours, received + ar + "dmarc=none; spf=pass smtp.mailfrom=b@m.shop.example\n" + from, tickets.AuthPass},
		"no policy, spf of somebody else":        {ours, received + ar + "dmarc=none; spf=pass smtp.mailfrom=b@m.mailer.example\n" + from, tickets.AuthNone},
		"dkim alone":                             {ours, received + ar + "dkim=fail header.d=list.example; dkim=pass header.d=shop.example\n" + from, tickets.AuthPass},
		"dkim of somebody else":                  {ours, received + ar + "dkim=pass header.d=mailer.example\n" + from, tickets.AuthUnknown},
		"dmarc about another sender":             {ours, received + ar + "dmarc=pass header.from=evil.example\n" + from, tickets.AuthUnknown},
		"dmarc of nobody by name":                {ours, received + ar + "dmarc=pass\n" + from, tickets.AuthPass},
		"dmarc of one of two":                    {ours, received + ar + "dmarc=pass\nFrom: ann@shop.example, eve@evil.example", tickets.AuthUnknown},
		"nobody is trusted":                      {nil, received + ar + "dmarc=pass header.from=shop.example\n" + from, tickets.AuthUnknown},
		"another server's name":                  {ours, received + "Authentication-Results: mx.evil.example; dmarc=pass header.from=shop.example\n" + from, tickets.AuthUnknown},
		"a name that only ends alike":            {Border{"*.acme.example"}, received + "Authentication-Results: mx.evilacme.example; dmarc=pass\n" + from, tickets.AuthUnknown},
		"any server of a domain":                 {Border{"*.acme.example"}, received + ar + "dmarc=pass header.from=shop.example\n" + from, tickets.AuthPass},
		"a forged field right below":             {ours, received + ar + "dmarc=fail header.from=shop.example\n" + ar + "dmarc=pass header.from=shop.example\n" + from, tickets.AuthFail},
		"a forged field below the next hop":      {ours, ar + "spf=fail smtp.mailfrom=evil.example\n" + received + upstream + ar + "dmarc=pass header.from=shop.example\n" + from, tickets.AuthUnknown},
		"a forged name above the trusted one":    {ours, "Authentication-Results: mx.evil.example; dmarc=pass\n" + received + ar + "dmarc=fail header.from=shop.example\n" + from, tickets.AuthFail},
		"one field for each filter":              {ours, received + ar + "dmarc=fail header.from=shop.example\n" + ar + "dkim=fail header.d=shop.example\n" + from, tickets.AuthFail},
		"three names of one provider":            {Border{"*.icloud.com"}, "Authentication-Results: bimi.icloud.com; bimi=none\nAuthentication-Results: dmarc.icloud.com; dmarc=pass header.from=shop.example\nAuthentication-Results: spf.icloud.com; spf=fail smtp.mailfrom=x@evil.example\n" + received + from, tickets.AuthPass},
		"microsoft":                              {outlook, "Authentication-Results: spf=pass (sender IP is 192.0.2.7)\n smtp.mailfrom=shop.example; dkim=none (message not signed)\n header.d=none;dmarc=pass action=none header.from=shop.example;compauth=pass reason=100\n" + taken + from, tickets.AuthPass},
		"microsoft, domain without policy":       {outlook, "Authentication-Results: spf=pass smtp.mailfrom=shop.example; dkim=none header.d=none;dmarc=bestguesspass action=none header.from=shop.example;compauth=pass reason=109\n" + taken + from, tickets.AuthPass},
		"microsoft, spoofed":                     {outlook, "Authentication-Results: spf=fail smtp.mailfrom=shop.example; dkim=none header.d=none;dmarc=fail action=quarantine header.from=shop.example;compauth=fail reason=000\n" + taken + from, tickets.AuthFail},
		"microsoft, implicit failure":            {outlook, "Authentication-Results: spf=none smtp.mailfrom=shop.example; dkim=none header.d=none;dmarc=none action=none header.from=shop.example;compauth=fail reason=001\n" + taken + from, tickets.AuthNone},
		"microsoft, trusted forwarder":           {outlook, "Authentication-Results: spf=fail smtp.mailfrom=shop.example; dkim=fail header.d=shop.example;dmarc=fail action=oreject header.from=shop.example;compauth=pass reason=130\n" + taken + from, tickets.AuthPass},
		"microsoft's form from elsewhere":        {outlook, received + "Authentication-Results: dmarc=pass action=none header.from=shop.example\n" + upstream + from, tickets.AuthUnknown},
		"microsoft's form where it is not asked": {ours, "Authentication-Results: dmarc=pass header.from=shop.example\n" + taken + from, tickets.AuthUnknown},
		"two senders":                            {ours, received + ar + "dmarc=pass header.from=shop.example\n" + from + "\nFrom: ceo@shop.example", tickets.AuthFail},
		"the same sender twice":                  {ours, received + ar + "dmarc=pass header.from=shop.example\n" + from + "\n" + from, tickets.AuthPass},
		"another sender":                         {ours, received + ar + "dmarc=pass header.from=shop.example\nFrom: bob@shop.example", tickets.AuthUnknown},
		"no sender":                              {ours, received + ar + "dmarc=pass header.from=shop.example\nReply-To: ann@shop.example", tickets.AuthUnknown},
		"a hidden sender, exposed":               {ours, received + ar + "dmarc=fail header.from=shop.example\nFrom: =?utf-8?q?=61nn=40shop.example?=", tickets.AuthFail},
		"too much header, exposed":               {ours, received + ar + "dmarc=fail header.from=shop.example\n" + strings.Repeat("X: y\n", maxFields+1) + from, tickets.AuthFail},
		"microsoft, within the organisation":     {outlook, "Authentication-Results: dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=shop.example;\nReceived: from AM1.eurprd01.prod.outlook.com by AM1.eurprd01.prod.outlook.com with mapi id 1\n" + from, tickets.AuthNone},
		"no server took it":                      {ours, from, tickets.AuthNone},
		"a forged field below another filter's":  {ours, received + ar + "spf=fail smtp.mailfrom=evil.example\n" + ar + "dmarc=pass header.from=shop.example\n" + from, tickets.AuthUnknown},
		"a forged key below another filter's":    {ours, received + ar + "spf=pass smtp.mailfrom=evil.example\n" + ar + "dkim=pass header.d=shop.example\n" + from, tickets.AuthUnknown},
		"each filter of a server without policy": {ours, received + ar + "dmarc=none header.from=shop.example\n" + ar + "dkim=pass header.d=shop.example\n" + from, tickets.AuthPass},
		"a local part that looks like a sender":  {ours, received + ar + "spf=pass smtp.mailfrom=\"ann@shop.example\"@evil.example\n" + from, tickets.AuthUnknown},
		"a local part that begins so":            {ours, received + ar + "spf=pass smtp.mailfrom=x\"; spf=pass smtp.mailfrom=a@shop.example; y\"@evil.example\n" + from, tickets.AuthUnknown},
		"a result within a quoted reason":        {ours, received + ar + "dmarc=fail reason=\"x; dmarc=pass header.from=shop.example\" header.from=shop.example\n" + from, tickets.AuthFail},
		"a result within a comment":              {ours, received + ar + "dmarc=fail (was; dmarc=pass header.from=shop.example) header.from=shop.example\n" + from, tickets.AuthFail},
		"a name in another's comment":            {ours, received + "Authentication-Results: mx.evil.example (mx.acme.example; dmarc=pass header.from=shop.example)\n" + from, tickets.AuthUnknown},
		"a name that only begins alike":          {ours, received + "Authentication-Results: mx.acme.example.evil.example; dmarc=pass header.from=shop.example\n" + from, tickets.AuthUnknown},
		"a name below the trusted one":           {ours, received + "Authentication-Results: x.mx.acme.example; dmarc=pass header.from=shop.example\n" + from, tickets.AuthUnknown},
		"a quoted name with its version":         {ours, received + "Authentication-Results: \"mx.acme.example\" 1; dmarc=pass header.from=shop.example\n" + from, tickets.AuthPass},
		"a subdomain of the sender's":            {ours, received + ar + "dmarc=pass header.from=mail.shop.example\n" + from, tickets.AuthPass},
		"an identity of somebody else's key":     {ours, received + ar + "dkim=pass header.i=@shop.example header.d=evil.example\n" + from, tickets.AuthUnknown},
		"a trusted server that checked nothing":  {ours, received + ar + "none\n" + from, tickets.AuthUnknown},
	} {
		if got := verdictBy(t, c.border, c.header); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestATrustedForwardersSealRescuesWhatItChanged(t *testing.T) {
	ours := Border{"mx.acme.example", "lists.forward.example"}
	border := received + "Authentication-Results: mx.acme.example; arc=pass (i=2); dmarc=fail header.from=shop.example\n"
	seal := "ARC-Seal: i=2; a=rsa-sha256; t=1; cv=pass; d=forward.example; s=a; b=AAAA\n"
	found := "ARC-Authentication-Results: i=2; lists.forward.example; dmarc=pass header.from=shop.example\n"
	older := "ARC-Authentication-Results: i=1; lists.forward.example; dmarc=fail header.from=shop.example\n"
	for name, c := range map[string]struct {
		header string
		want   tickets.Verdict
	}{
		"sealed":                        {border + seal + found + older + from, tickets.AuthPass},
		"the border found it broken":    {strings.Replace(border, "arc=pass", "arc=fail", 1) + seal + found + from, tickets.AuthFail},
		"sealed by somebody else":       {border + strings.Replace(seal, "d=forward.example", "d=evil.example", 1) + found + from, tickets.AuthFail},
		"forwarder that is not trusted": {border + seal + strings.Replace(found, "lists.forward.example", "mx.evil.example", 1) + from, tickets.AuthFail},
		"a newer set of somebody else":  {border + seal + found + "ARC-Authentication-Results: i=3; mx.evil.example; dmarc=pass\n" + from, tickets.AuthFail},
		"it failed there as well":       {border + seal + strings.Replace(found, "dmarc=pass", "dmarc=fail", 1) + from, tickets.AuthFail},
		"about another sender":          {border + seal + strings.Replace(found, "header.from=shop", "header.from=evil", 1) + from, tickets.AuthFail},
	} {
		if got := verdictBy(t, ours, c.header); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestProvidersAreKnownByTheirIMAPHosts(t *testing.T) {
	for _, c := range []struct {
		url  string
		ids  []string
		want string
	}{
		{"imap://imap.gmail.com:993?tls=implicit", nil, "mx.google.com"},
		{"imap://OUTLOOK.office365.com:993?tls=implicit", nil, "*.outlook.com"},
		{"imap://imap.gmail.com:993?tls=implicit", []string{"mx.acme.example"}, "mx.acme.example"},
		{"imap://imap.gmail.com.evil.example:993", nil, ""},
		{"imap://mail.acme.example:993", nil, ""},
		{"::", nil, ""},
	} {
		if got := strings.Join(BorderOf(c.url, c.ids), " "); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.url, c.ids, got, c.want)
		}
	}
}

func TestIDsAreReadAsPeopleWriteThem(t *testing.T) {
	for s, want := range map[string]string{
		" MX.Acme.Example ": "mx.acme.example", "*.acme.example": "*.acme.example", "OpenDMARC": "opendmarc",
		"": "", "*": "", "*.": "", "*.com": "", "mx acme": "", "mx.*.example": "", "mx.acme.example;": "",
	} {
		if got, err := ParseID(s); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
}
