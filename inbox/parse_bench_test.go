package inbox

import (
	"mime/quotedprintable"
	"strings"
	"testing"
)

// A megabyte of each kind of HTML that programs write, and what else stands beside it in a mail.
func BenchmarkParseMegabyte(b *testing.B) {
	const size = 1 << 20
	fill := func(piece string) string { return strings.Repeat(piece, size/len(piece)) }
	simple := "<p class=MsoNormal style=\"margin:0\">Some <b>words</b> of a <a href=\"https://x.example/a?b=c\">mail</a>, written in a hurry.</p>\r\n"
	outlook := "<p class=\"MsoNormal\"><span lang=\"EN-US\" style=\"font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif;color:#1F497D\">The printer prints empty pages.<o:p></o:p></span></p>\r\n" +
		"<p class=\"MsoNormal\"><o:p>&nbsp;</o:p></p>\r\n"
	table := "<tr><td style=\"padding:0\" align=\"left\"><font size=\"2\">Ink</font></td><td>9.50</td><td>&nbsp;</td></tr>\r\n"
	cyrillic := "<p>Здравствуйте, принтер снова печатает <b>пустые</b> страницы, помогите.</p>\r\n"
	quoted := func(s string) string {
		var out strings.Builder
		w := quotedprintable.NewWriter(&out)
		if _, err := w.Write([]byte(s)); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		return out.String()
	}
	page := "Content-Type: text/html; charset=utf-8\r\n"
	words := "The printer on the second floor prints empty pages again since this morning.\r\n"
	for name, rest := range map[string]string{
		"plain":            "\r\n" + fill(words),
		"HTML":             page + "\r\n" + fill(simple),
		"HTML in one line": page + "\r\n" + strings.ReplaceAll(fill(simple), "\r\n", ""),
		"Outlook":          page + "\r\n" + fill(outlook),
		"tables":           page + "\r\n<table>" + fill(table) + "</table>",
		"Cyrillic":         page + "\r\n" + fill(cyrillic),
		"quoted-printable": page + "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted(fill(simple)[:size*7/8]),
		"alternative": "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n" + fill(words)[:size/2] + "\r\n--b\r\n" + page + "\r\n" +
			fill(simple)[:size/2] + "\r\n--b--\r\n",
	} {
		raw := []byte("From: Ann <ann@customer.example>\r\nTo: support@acme.example\r\nSubject: A large one\r\n" + rest)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				Parse(raw)
			}
		})
	}
}
