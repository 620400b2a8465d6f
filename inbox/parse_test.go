package inbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/inbox/trim"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailtest"
)

func TestOrdinaryBrokenMailKeepsItsText(t *testing.T) {
	for name, tc := range map[string]struct{ raw, subject, text string }{
		"byte order mark and blank lines first": {"\xef\xbb\xbf\n\nSubject: S\n\nHello", "S", "Hello"},
		"mbox line first":                       {"From ann Mon Mar 2\nSubject: S\n\nHello", "S", "Hello"},
		"bad header line":                       {"Subject: S\nthis is no field\nX-Other: 1\n\nHello", "S", "Hello"},
		"CR only":                               {"Subject: S\rX: 1\r\rHello", "S", "Hello"},
		"raw 8-bit header":                      {"Subject: Gr\xfc\xdfe\n\nHello", "Grüße", "Hello"},
		"encoded word in unknown charset":       {"Subject: =?x-klingon?Q?Gr=FC=DFe?=\n\nHello", "Grüße", "Hello"},
		"no closing boundary":                   {"Subject: S\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello", "S", "Hello"},
		"boundary parameter missing":            {"Subject: S\nContent-Type: multipart/mixed\n\n--b\nContent-Type: text/plain\n\nHello\n--b--\n", "S", "Hello"},
		"boundary nowhere":                      {"Subject: S\nContent-Type: multipart/mixed; boundary=b\n\nHello", "S", "Hello"},
		"unknown transfer encoding":             {"Subject: S\nContent-Transfer-Encoding: x-magic\n\nHello", "S", "Hello"},
		"broken base64 tail":                    {"Subject: S\nContent-Transfer-Encoding: base64\n\nSGVs\nbG8==!!", "S", "Hello"},
		"broken quoted-printable":               {"Subject: S\nContent-Transfer-Encoding: quoted-printable\n\nHe=6Clo =ZZ a=\n b=", "S", "Hello =ZZ a b"},
		"unknown charset":                       {"Subject: S\nContent-Type: text/plain; charset=klingon\n\nGr\xfc\xdfe", "S", "Grüße"},
		"UTF-8 labelled latin-1":                {"Subject: S\nContent-Type: text/plain; charset=iso-8859-1\n\nGrüße", "S", "Grüße"},
		"UTF-7":                                 {"Subject: S\nContent-Type: text/plain; charset=utf-7\n\nGr+APwA3w-e +- 1", "S", "Grüße + 1"},
		"bad parameter":                         {"Subject: S\nContent-Type: text/plain; charset=utf-8; foo; =bar; name=\"a b\n\nGrüße", "S", "Grüße"},
		"empty text beside HTML":                {"Subject: S\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n \n--b\nContent-Type: text/html\n\n<p>Hello</p>\n--b--\n", "S", "Hello"},
		"HTML only":                             {"Subject: S\nContent-Type: text/html\n\n<html><style>p{}</style><p>Hello<br>you &amp; I</p>", "S", "Hello\nyou & I"},
		"HTML labelled as text":                 {"Subject: S\n\n<!DOCTYPE html><html><body><p>Hello</p></body></html>", "S", "Hello"},
		"format flowed":                         {"Subject: S\nContent-Type: text/plain; format=flowed\n\nHello \nyou.\nBye", "S", "Hello you.\nBye"},
		"text in an attachment only":            {"Subject: S\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n\nHello\n--b--\n", "S", "Hello"},
		"a subject alone":                       {"Subject: S\nContent-Type: multipart/alternative; boundary=b\n\nThis is a MIME message.\n--b\nContent-Type: text/plain\n\n\n--b\nContent-Type: text/html\n\n<div dir=ltr><br></div>\n--b--\n", "S", ""},
		"empty parts in parts":                  {"Subject: S\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain\n\n\n--c--\n--b--\n", "S", ""},
		"text before empty parts":               {"Subject: S\nContent-Type: multipart/mixed; boundary=b\n\nHello\n--b\nContent-Type: text/plain\n\n\n--b--\n", "S", "Hello"},
		"text behind empty parts":               {"Subject: S\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n\n--b--\nHello\n", "S", "Hello"},
		"folded with a blank line":              {"Subject: S\n \n\tT\n\nHello", "S  T", "Hello"},
	} {
		t.Run(name, func(t *testing.T) {
			m := Parse([]byte(tc.raw))
			if m.Subject != tc.subject || m.Text != tc.text {
				t.Errorf("subject %q, text %q; want %q, %q", m.Subject, m.Text, tc.subject, tc.text)
			}
		})
	}
}

func TestSenderIsFoundWhereFromIsMissingOrBroken(t *testing.T) {
	for header, want := range map[string]mail.Address{
		"From: Ann <ann@x.example>":                            {Name: "Ann", Email: "ann@x.example"},
		"From: =?utf-8?Q?J=C3=BCrgen?= <j@x.example>":          {Name: "Jürgen", Email: "j@x.example"},
		"From: Berg, Ann <ann@x.example>":                      {Name: "Berg, Ann", Email: "ann@x.example"},
		"From: ann@x.example (Ann)":                            {Name: "Ann", Email: "ann@x.example"},
		"From: Ann <ann@x.example":                             {Name: "Ann", Email: "ann@x.example"},
		"From: <>\nReply-To: ann@x.example":                    {Email: "ann@x.example"},
		"Sender: Ann <ann@x.example>":                          {Name: "Ann", Email: "ann@x.example"},
		"From: J\xfcrgen <j@x.example>":                        {Name: "Jürgen", Email: "j@x.example"},
		"From: MAILER-DAEMON <>":                               {Name: "MAILER-DAEMON", Email: ""},
		"From: \"Ann\r\n Berg\" <ann@x.example>":               {Name: "Ann Berg", Email: "ann@x.example"},
		"From: Ann (the) <ann@x.example>, Bob <bob@x.example>": {Name: "Ann", Email: "ann@x.example"},
	} {
		if got := Parse([]byte(header + "\n\nHello")).From; got != want {
			t.Errorf("%q: %+v, want %+v", header, got, want)
		}
	}
}

func TestIDsAreRawTokens(t *testing.T) {
	for value, want := range map[string]string{
		"<a@b> <c@d>":                  "[a@b c@d]",
		"<a@b>,<c@d>, e@f":             "[a@b c@d e@f]",
		"a@b":                          "[a@b]",
		"<no-at-sign>":                 "[no-at-sign]",
		"<a@b":                         "[a@b]",
		"Your message of Monday <a@b>": "[a@b]",
		"<a\n b@c>":                    "[ab@c]",
		"":                             "[]",
		"<> <a@b>":                     "[a@b]",
	} {
		if got := fmt.Sprint(mail.ParseIDs(value)); got != want {
			t.Errorf("parseIDs(%q) = %s, want %s", value, got, want)
		}
	}
}

func TestHTMLIsSanitisedAndRemotePicturesAreOff(t *testing.T) {
	m := Parse([]byte("Content-Type: text/html\n\n<p onclick=x()>Hi <img src=\"https://spy.example/p.gif\" alt=pixel><img src=\"cid:logo\"><script>x()</script>" +
		"<a href=\"javascript:x()\">a</a><a href=\"https://x.example\">b</a><form action=/x><input></form><style>p{background:url(//spy.example)}</style></p>"))
	for _, bad := range []string{"onclick", "spy.example", "script", "<form", "<input", "style"} {
		if strings.Contains(m.HTML, bad) {
			t.Errorf("%q in %s", bad, m.HTML)
		}
	}
	for _, good := range []string{`src="cid:logo"`, `href="https://x.example"`, "pixel"} {
		if !strings.Contains(m.HTML, good) {
			t.Errorf("no %q in %s", good, m.HTML)
		}
	}
}

func TestTrimKeepsThePersonsOwnWords(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"answer above":         {"Yes.\n\nOn Mon, Mar 2, 2026 at 9:00 AM Ann <ann@x.example> wrote:\n> Question?\n", "Yes."},
		"answer below":         {"On Mon, Mar 2, 2026 at 9:00 AM Ann <ann@x.example> wrote:\n> Question?\n\nYes.", "Yes."},
		"answers between":      {"Hi,\n\nOn 2 Mar 2026, at 09:00, Ann wrote:\n> One?\nYes.\n> Two?\nNo.", "Hi,\n\n> One?\nYes.\n> Two?\nNo."},
		"wrapped attribution":  {"Yes.\n\nOn Mon, Mar 2, 2026 at 9:00 AM Ann Berg <\nann@x.example> wrote:\n\n> Question?", "Yes."},
		"German":               {"Ja.\n\nAm 02.03.26 um 09:00 schrieb Ann Berg:\n> Frage?", "Ja."},
		"French":               {"Oui.\n\nLe lun. 2 mars 2026 à 09:00, Ann <ann@x.example> a écrit :\n> Question ?", "Oui."},
		"Japanese":             {"はい。\n\n2026年3月2日(月) 9:00 Ann <ann@x.example>:\n> 質問", "はい。"},
		"Outlook":              {"Yes.\n\n________________________________\nFrom: Ann\nSent: Monday, March 2, 2026 9:00 AM\nTo: Support\nSubject: Question\n\nQuestion?", "Yes."},
		"Outlook in German":    {"Ja.\n\nVon: Ann <ann@x.example>\nGesendet: Montag, 2. März 2026 09:00\nAn: Support\nBetreff: Frage\n\nFrage?", "Ja."},
		"original message":     {"Yes.\n\n-----Original Message-----\nFrom: Ann\n\nQuestion?", "Yes."},
		"signature":            {"Yes.\n\n-- \nAnn Berg\nCustomer Ltd", "Yes."},
		"telephone":            {"Yes.\n\nSent from my iPhone", "Yes."},
		"a sentence, no phone": {"Yes.\n\nSent from my desk, is much easier.", "Yes.\n\nSent from my desk, is much easier."},
		"forward":              {"See below.\n\n---------- Forwarded message ---------\nFrom: Bob\nDate: Mon\nSubject: X\nTo: Ann\n\nWords.", "See below.\n\n---------- Forwarded message ---------\nFrom: Bob\nDate: Mon\nSubject: X\nTo: Ann\n\nWords."},
		"nothing but a quote":  {"> Question?", "> Question?"},
		"a sentence that says": {"He wrote:\nyou are wrong.\n\nIs that so?", "He wrote:\nyou are wrong.\n\nIs that so?"},
		"a list of labels":     {"From: here\nit goes on\n\nTo: there", "From: here\nit goes on\n\nTo: there"},
		"empty":                {" \n\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := trim.Text(tc.text); got != tc.want {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

// Hostile input of a megabyte must not take longer than its length explains.
func TestHostileInputTakesLinearTime(t *testing.T) {
	const mb = 1 << 20
	inputs := map[string]string{
		"attributions":     strings.Repeat("On Mon, 2 Mar 2026 at 09:00 Ann wrote:\n> x\ny\n", mb/45),
		"openings":         strings.Repeat("On 2026 ", mb/8),
		"quotes":           strings.Repeat(">", mb),
		"quoted lines":     strings.Repeat("> a\nb\n", mb/6),
		"header labels":    strings.Repeat("From: a\n", mb/8),
		"header lines":     strings.Repeat("X: y\n", mb/5),
		"continuations":    "X: y\n" + strings.Repeat(" z\n", mb/3),
		"no fields":        strings.Repeat("word\n", mb/5),
		"references":       "References: " + strings.Repeat("<a@b> ", mb/6) + "\n\n",
		"addresses":        "To: " + strings.Repeat("a@b, ", mb/5) + "\n\n",
		"open quotes":      "To: " + strings.Repeat("\"", mb) + "\n\n",
		"encoded words":    "Subject: " + strings.Repeat("=?utf-8?Q?a?= ", mb/14) + "\n\n",
		"boundaries":       "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\n", mb/5),
		"near boundaries":  "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--bb\n", mb/5),
		"nested":           nestedMail(2000),
		"nested messages":  strings.Repeat("Content-Type: message/rfc822\n\n", mb/30),
		"parameters":       "Content-Type: text/plain" + strings.Repeat("; a=\"", mb/5) + "\n\n",
		"tags":             "Content-Type: text/html\n\n" + strings.Repeat("<b>", mb/3),
		"open tags":        "Content-Type: text/html\n\n" + strings.Repeat("<", mb),
		"blockquotes":      "Content-Type: text/html\n\n" + strings.Repeat("<blockquote>a", mb/13),
		"base64":           "Content-Transfer-Encoding: base64\n\n" + strings.Repeat("A=\n", mb/3),
		"base64, one line": "Content-Transfer-Encoding: base64\n\nA" + strings.Repeat("AAAA=", mb/5),
		"utf-7":            "Content-Type: text/plain; charset=utf-7\n\n" + strings.Repeat("+AA", mb/3),
		"utf-7 or not":     "\n" + strings.Repeat("+AOQ-", mb/5),
		"CR":               strings.Repeat("A: b\r", mb/5) + "\n",
		"many CR":          strings.Repeat("\r", mb) + "\n",
		"yEnc":             "\n" + strings.Repeat("=ybegin name=a\n", mb/15),
		"comments":         "From: " + strings.Repeat("(", mb/2) + strings.Repeat("(a@b)", mb/10) + "\n\n",
		"delimiters by CR": "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\r", mb/4),
		"ends":             "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b--\n", mb/6),
		"quoted-printable": "Content-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat("= \t", mb/3),
		"equal signs":      "Content-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat("=", mb),
		"flowed":           "Content-Type: text/plain; format=flowed\n\n" + strings.Repeat("a \n", mb/3),
	}
	for name, in := range inputs {
		t.Run(name, func(t *testing.T) {
			mailtest.Linear(t, in, func(s string) {
				Parse([]byte(s))
				trim.Text(s)
			})
			m := Parse([]byte(in))
			if !storable(m) {
				t.Error("not storable")
			}
		})
	}
}

func nestedMail(depth int) string {
	var b strings.Builder
	for i := range depth {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	return b.String() + "\nHello"
}

func TestAttachmentNamesAreSafe(t *testing.T) {
	for in, want := range map[string]string{
		"../../etc/passwd": "passwd", `C:\x\a.txt`: "a.txt", "a\u202egpj.exe": "agpj.exe", "a\x00b\n.txt": "ab.txt", "...": "", "a:b*.txt": "a_b_.txt",
		strings.Repeat("ü", 300) + ".pdf": strings.Repeat("ü", 98) + ".pdf",
	} {
		if got := mail.SanitiseName(in); got != want {
			t.Errorf("sanitiseName(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("From: a@b\nSubject: x\n\nbody"))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html; charset=utf-7\n\n<p>x\n--b--"))
	mailtest.Seed(f, func(b []byte) { f.Add(b) })
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := Parse(raw)
		if !storable(m) {
			t.Errorf("not storable: %+v", m)
		}
		for _, a := range m.Attachments {
			if a.Name == "" || strings.ContainsAny(a.Name, "/\\\x00\n") {
				t.Errorf("attachment name %q", a.Name)
			}
			if _, ok := mail.Extract(raw, a.Part); !ok {
				t.Errorf("no part %s", a.Part)
			}
		}
	})
}

func FuzzReferences(f *testing.F) {
	f.Add("<a@b> <c@d>, e@f")
	f.Fuzz(func(t *testing.T, value string) {
		ids := mail.ParseIDs(value)
		if len(ids) > mail.MaxReferences {
			t.Errorf("%d ids", len(ids))
		}
		for _, id := range ids {
			if id == "" || strings.ContainsAny(id, " \t\r\n<>\x00") {
				t.Errorf("parseIDs(%q): %q", value, id)
			}
			if h := headerID(id); h != "" {
				if again := mail.ParseIDs(h); len(again) != 1 || again[0] != id {
					t.Errorf("%q is read back as %q", h, again)
				}
			}
		}
	})
}

func FuzzAddresses(f *testing.F) {
	f.Add("Ann <a@b>, \"B, C\" <c@d>; e@f (g)")
	mailtest.Seed(f, func(b []byte) {
		h, _ := mail.SplitHeader(mail.Beginning(b))
		f.Add(mail.Joined(h, "From"))
		f.Add(mail.Joined(h, "To"))
	})
	f.Fuzz(func(t *testing.T, value string) {
		for _, a := range mail.ParseAddresses(value) {
			if strings.ContainsAny(a.Email+a.Name, "\r\n\x00") {
				t.Errorf("parseAddresses(%q): %+v", value, a)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	pdf := strings.Repeat(strings.Repeat("QUJD", 19)+"\r\n", 50<<10/78)
	html := "<html><body>" + strings.Repeat("<p>Some <b>words</b> of a <a href=\"https://x.example\">mail</a>.</p>\r\n", 30) + "</body></html>"
	text := strings.Repeat("Some words of a mail that somebody wrote in a hurry.\r\n", 20)
	head := "From: Ann <ann@customer.example>\r\nTo: support@acme.example\r\nSubject: Printer on fire\r\nMessage-ID: <a@customer.example>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n"
	for name, raw := range map[string]string{
		"plain":      head + "\r\n" + text,
		"html":       head + "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n" + text + "\r\n--b\r\nContent-Type: text/html\r\n\r\n" + html + "\r\n--b--\r\n",
		"reply":      head + "\r\nYes.\r\n\r\nOn Mon, 2 Mar 2026 at 09:00 Ann wrote:\r\n> " + strings.ReplaceAll(text, "\n", "\n> "),
		"attachment": head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + text + "\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + pdf + "--b--\r\n",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				Parse([]byte(raw))
			}
		})
	}
}
