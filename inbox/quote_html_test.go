package inbox

import (
	"strings"
	"testing"
)

// htmlMails are answers as mail programs lay them out; the person wrote "Yes, it works." and perhaps "Bo".
var htmlMails = map[string]string{
	"Gmail":                 `<div dir="ltr">Yes, it works.</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">Pn, 2 Xyz 2026 09:05 Ann Berg:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"><div>Does it work?</div></blockquote></div>`,
	"Gmail, once":           `<div dir="ltr">Yes, it works.</div><div class="gmail_extra"><br><div class="gmail_quote">On Mon, Mar 2, 2026 at 9:05 AM, Ann Berg <span dir="ltr">&lt;<a href="mailto:ann@shop.example">ann@shop.example</a>&gt;</span> wrote:<br><blockquote class="gmail_quote">Does it work?</blockquote></div></div>`,
	"Gmail, signature":      `<div dir="ltr"><div>Yes, it works.</div><div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div>Bo Lund</div><div>Painter</div></div></div><br><div class="gmail_quote"><div class="gmail_attr">On Mon, Mar 2, 2026 at 9:05 AM Ann &lt;ann@shop.example&gt; wrote:<br></div><blockquote class="gmail_quote">Does it work?</blockquote></div>`,
	"Thunderbird":           `<p>Yes, it works.</p><div class="moz-signature">-- <br>Bo Lund</div><div class="moz-cite-prefix">Ann Berg hat am 2.3. geruht zu sagen<br></div><blockquote type="cite" cite="mid:1@x"><p>Does it work?</p></blockquote>`,
	"Apple Mail":            `<body style="overflow-wrap: break-word;">Yes, it works.<br><div><br><blockquote type="cite"><div>On 2 Mar 2026, at 09:05, Ann Berg &lt;ann@shop.example&gt; wrote:</div><br class="Apple-interchange-newline"><div>Does it work?</div></blockquote></div></body>`,
	"iPhone":                `<div dir="ltr">Yes, it works.</div><div dir="ltr"><br>Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">On 2 Mar 2026, at 09:05, Ann Berg &lt;ann@shop.example&gt; wrote:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">Does it work?</div></blockquote>`,
	"Outlook":               `<div class="WordSection1"><p class="MsoNormal">Yes, it works.<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>From:</b> Ann Berg &lt;ann@shop.example&gt; <br><b>Sent:</b> Monday, March 2, 2026 9:05 AM<br><b>To:</b> Bo Lund<br><b>Subject:</b> Printer</p></div></div><p class="MsoNormal">Does it work?</p></div>`,
	"Outlook on the web":    `<div class="elementToProof">Yes, it works.</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><b>Xyz:</b> Ann Berg<br><b>Zyx:</b> 2 March</div><div>Does it work?</div>`,
	"Outlook on the phone":  `<div dir="auto">Yes, it works.</div><div id="ms-outlook-mobile-signature" dir="auto">Sent from <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg"><b>From:</b> Ann Berg<br><b>Sent:</b> Monday, March 2, 2026 9:05 AM<br><b>To:</b> Bo<br><b>Subject:</b> Printer</div><div>Does it work?</div>`,
	"Outlook 2003":          `<div>Yes, it works.</div><div class="OutlookMessageHeader" dir="ltr"><hr><b>Abc:</b> Ann<br></div><div>Does it work?</div>`,
	"Hotmail":               `<div dir="ltr">Yes, it works.<br><hr id="stopSpelling">Date: Mon, 2 Mar 2026<br>Does it work?</div>`,
	"Yahoo":                 `<div class="ydp1yahoo-style-wrap"><div dir="ltr">Yes, it works.</div></div><div id="ydp2yahoo_quoted_1" class="ydp2yahoo_quoted"><div><div>On Monday, March 2, 2026, 09:05:12 AM GMT+1, Ann Berg wrote:</div><div>Does it work?</div></div></div>`,
	"Yahoo, unknown tongue": `<div>Yes, it works.</div><div class="yahoo_quoted"><div>Xyz abc Ann Berg</div><div>Does it work?</div></div>`,
	"Zoho":                  `<div>Yes, it works.<br></div><div class="zmail_extra"><div>---- On Mon, 02 Mar 2026 Ann ----</div><div>Does it work?</div></div>`,
	"Proton":                `<div>Yes, it works.</div><div class="protonmail_signature_block"><div>Bo Lund</div></div><div class="protonmail_quote">On Monday, March 2nd, 2026 at 9:05 AM, Ann &lt;ann@shop.example&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">Does it work?</blockquote></div>`,
	"Tuta":                  `<div>Yes, it works.</div><div>2. März 2026, 09:05 von ann@shop.example:<br></div><blockquote class="tutanota_quote" style="border-left: 1px solid #93A3B8;"><div>Does it work?</div></blockquote>`,
	"Spark":                 `<div name="messageBodySection"><div dir="auto">Yes, it works.</div></div><div name="messageSignatureSection"><br>Bo Lund</div><div name="messageReplySection">2 Xyz 2026 Ann:<br>Does it work?</div>`,
	"Roundcube":             `<p>Yes, it works.</p><p id="reply-intro">Ann am 2.3.</p><blockquote type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid;">Does it work?</blockquote>`,
	"Zimbra":                `<div>Yes, it works.</div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>Xyz: </b>Ann<br></div><div data-marker="__QUOTED_TEXT__">Does it work?</div>`,
	"Mail.ru":               `<div>Yes, it works.</div><blockquote style="border-left:1px solid #08c;margin:10px;padding:0 0 0 10px;">Понедельник, 2 марта 2026, 9:05 +03:00 от Ann Berg &lt;ann@shop.example&gt;:<br>&nbsp;<div>Does it work?</div></blockquote>`,
	"Notes":                 `<font size=2 face="sans-serif">Yes, it works.</font><br><br><br><font size=1>From: &nbsp; Ann Berg &lt;ann@shop.example&gt;</font><br><font size=1>To: &nbsp; Bo</font><br><font size=1>Date: &nbsp; 02.03.2026 09:05</font><br><font size=1>Subject: &nbsp; Printer</font><br><hr><br>Does it work?`,
	"nobody named":          `<div>Yes, it works.</div><blockquote style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">Does it work?</blockquote>`,
	"nobody named, cited":   `<div>Yes, it works.</div><blockquote type="cite">Does it work?</blockquote>`,
	"in a table":            `Yes, it works.<br><table border="0"><tr><td>From:</td><td>Ann &lt;ann@shop.example&gt;</td></tr><tr><td>To:</td><td>Bo</td></tr><tr><td>Date:</td><td>02.03.2026 09:05</td></tr><tr><td>Subject:</td><td>Printer</td></tr></table><br>Does it work?`,
}

func htmlMail(subject, page string) []byte {
	return []byte("From: bo@x.example\r\nTo: ann@shop.example\r\nSubject: " + subject + "\r\nMessage-ID: <1@x.example>\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: text/html; charset=utf-8\r\n\r\n<html><head><title>x</title></head><body>" + page + "</body></html>\r\n")
}

func TestHTMLIsTrimmedByItsStructure(t *testing.T) {
	for program, page := range htmlMails {
		m := Parse(htmlMail("Re: Printer", page))
		if m.Text != "Yes, it works." {
			t.Errorf("%s: %q\nof %q", program, m.Text, m.FullText)
		}
		if !strings.Contains(m.FullText, "Does it work?") {
			t.Errorf("%s: the whole body is not whole: %q", program, m.FullText)
		}
		if strings.Contains(page, "ignature") && m.Signature == "" {
			t.Errorf("%s: no signature", program)
		}
		if strings.Contains(m.Signature, "Does it work?") {
			t.Errorf("%s: signature %q", program, m.Signature)
		}
	}
}

func TestHTMLAnswersStayWhereTheyStand(t *testing.T) {
	for name, tc := range map[string]struct{ subject, page, want string }{
		"between quotes": {"Re: Printer", `<div class="gmail_quote"><div class="gmail_attr">On Mon, Mar 2, 2026 at 9:05 AM Ann &lt;ann@shop.example&gt; wrote:<br></div><blockquote class="gmail_quote">Works?</blockquote><div>Yes.</div><blockquote class="gmail_quote">Paper?</blockquote><div>No.</div></div>`,
			"> Works?\n\nYes.\n\n> Paper?\n\nNo."},
		"below": {"Re: Printer", `<div class="moz-cite-prefix">On 02/03/2026 09:05, Ann wrote:<br></div><blockquote type="cite">Works?</blockquote><p>Yes.</p>`, "Yes."},
		"in what a program wraps around the quote": {"Re: Printer", `<div class="protonmail_quote">On Monday, March 2nd, 2026 at 9:05 AM, Ann &lt;ann@shop.example&gt; wrote:<br><blockquote type="cite">Works?</blockquote>Yes.<br><blockquote type="cite">Paper?</blockquote>No.</div>`,
			"> Works?\n\nYes.\n\n> Paper?\n\nNo."},
		"passed on": {"Fwd: Printer", `<div>See below.</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: <b>Ann</b><br>Date: Mon, Mar 2, 2026<br>Subject: Printer<br>To: Bo<br></div><div>Works?</div></div>`,
			"See below.\n\n---------- Forwarded message ---------\n\nFrom: Ann\n\nDate: Mon, Mar 2, 2026\n\nSubject: Printer\n\nTo: Bo\n\nWorks?"},
		"passed on by Outlook": {"FW: Printer", `<div>See below.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Ann<br><b>Sent:</b> Monday, March 2, 2026 9:05 AM<br><b>To:</b> Bo<br><b>Subject:</b> Printer</div><div>Works?</div>`,
			"See below.\n\n----------\n\nFrom: Ann\n\nSent: Monday, March 2, 2026 9:05 AM\n\nTo: Bo\n\nSubject: Printer\n\nWorks?"},
		"indented":           {"Printer", `<div>It says</div><blockquote style="margin:0 0 0 40px;border:none;padding:0px"><div>no paper</div></blockquote>`, "It says\n\nno paper"},
		"nothing but quotes": {"Re: Printer", `<blockquote type="cite" class="gmail_quote">Works?</blockquote>`, "> Works?"},
		"all in a signature": {"Re: Printer", `<div class="gmail_signature">Yes, it works.</div>`, "Yes, it works."},
	} {
		t.Run(name, func(t *testing.T) {
			got := Parse(htmlMail(tc.subject, tc.page)).Text
			if compact(got) != compact(tc.want) {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

// compact leaves blank lines out of account.
func compact(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestTextAndHTMLAgreeOnThePersonsOwnWords(t *testing.T) {
	both := func(text, page string) string {
		return Parse([]byte("From: bo@x.example\nSubject: Re: Printer\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n" + text +
			"\n--b\nContent-Type: text/html; charset=utf-8\n\n" + page + "\n--b--\n")).Text
	}
	if got := both("Yes, it works.\n\nXyz abc Ann Berg\n\nDoes it work?", htmlMails["Yahoo, unknown tongue"]); got != "Yes, it works." {
		t.Errorf("HTML knows where the history begins, but got %q", got)
	}
	if got := both("Yes, it works.\n\nOn 2 March 2026 at 9:00, Ann wrote:\n\nshe likes it.\n\nOn Mon, 2 Mar 2026 at 9:05, Ann wrote:\n> Does it work?",
		`<p>Yes, it works.</p><p>On 2 March 2026 at 9:00, Ann wrote:</p><p>she likes it.</p><div class="moz-cite-prefix">On Mon, 2 Mar 2026 at 9:05, Ann wrote:</div><blockquote type="cite">Does it work?</blockquote>`); !strings.HasPrefix(got, "Yes, it works.") {
		t.Errorf("got %q", got)
	}
	if got := both("> Works?\nYes.\n> Paper?\nNo.", `<div>x</div><div class="yahoo_quoted">Works? Yes. Paper? No.</div>`); compact(got) != "> Works? Yes. > Paper? No." {
		t.Errorf("answers between quotes in the text are gone: %q", got)
	}
}
