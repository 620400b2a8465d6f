package mail

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"github.com/customerdesk/customerdesk/internal/sandbox/mailtest"
)

func TestDatesAreReadAsProgramsWriteThem(t *testing.T) {
	want := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, s := range []string{
		"Mon, 02 Mar 2026 09:00:00 +0000", "2 Mar 26 9:00 GMT", "Mon, 2 Mar 126 09:00:00 Z", "Mon, 2 Mar 2026 04:00:00 EST", "Mon, 2 Mar 2026 10:00:00 CET",
		"Mon, 2 Mar 2026 10:00:00 GMT+0100", "Mon, 2 Mar 2026 10:00:00 +100", "Mon, 2 Mar 2026 10:00:00+01:00 (Mitteleuropäische Zeit)",
		"Montag, 2. März 2026 10:00:00 MEZ", "lun., 2 mars 2026 10:00:00 +0100", "lun 2 mrt 2026 10.00.00 +0100", "Пн, 02 марта 2026 12:00:00 MSK",
		"2026-03-02T10:00:00+0100", "2026-03-02 09:00:00", "Mon Mar  2 09:00:00 UTC 2026", "3/2/2026 9:00:00 AM", "02-Mar-26 09:00:00", "02.03.2026 09:00",
		"Monday, March 2, 2026 9:00 am", "2026年3月2日 09:00", "Mon, 02 Mar 2026 08:59:60 +0000", "1772442000", "\"Mon, 02 Mar 2026 09:00:00\"",
	} {
		if got, ok := readDate(s); !ok || !got.Equal(want) {
			t.Errorf("%q: %v, %v", s, got, ok)
		}
	}
	if got, ok := readDate("mar., 3 févr. 2026 08:00:00 PM +0100"); !ok || !got.Equal(time.Date(2026, 2, 3, 19, 0, 0, 0, time.UTC)) {
		t.Errorf("a Tuesday: %v, %v", got, ok)
	}
	for _, s := range []string{"", "yesterday", "Mon, 31 Feb 2026 09:00:00", "2 Mar 9999 09:00:00", "2 Mar 1026 09:00:00", "9:00", "2026", ":::", "-", "+", "t-t-t", "1.2.3.4 5"} {
		if got, ok := readDate(s); ok {
			t.Errorf("%q: %v", s, got)
		}
	}
	m := Read([]byte("Received: by a; rubbish\nReceived: by b; Mon, 2 Mar 2026 09:00:00 +0000\nDate: soon\n\nText"), Patience{})
	if !m.Date.Equal(want) {
		t.Errorf("from Received: %v", m.Date)
	}
}

func TestSendersAreReadAsProgramsWriteThem(t *testing.T) {
	for value, want := range map[string]Address{
		`Ann (the boss) Lee <ann(home)@x.example(work)>`:       {"Ann Lee", "ann@x.example"},
		`Pete(A \) chap) <pete(his)@x.example(host)>`:          {"Pete", "pete@x.example"},
		`"Ann Lee <ann@x.example>`:                             {"Ann Lee", "ann@x.example"},
		`Ann Lee" <ann@x.example>`:                             {"Ann Lee", "ann@x.example"},
		`Ann <<ann@x.example>>`:                                {"Ann", "ann@x.example"},
		`<mailto:ann@x.example>`:                               {"", "ann@x.example"},
		`<@relay.example,@b.example:ann@x.example>`:            {"", "ann@x.example"},
		`Ann <ann @x.example>`:                                 {"Ann", "ann@x.example"},
		`=?utf-8?Q?M=C3=BCller_<ann=40x.example>?=`:            {"Müller", "ann@x.example"},
		`=?utf-8?B?TcO8bGxlciA8YW5uQHguZXhhbXBsZT4=?=`:         {"Müller", "ann@x.example"},
		`Team: Ann <ann@x.example>, bob@x.example;`:            {"Ann", "ann@x.example"},
		`MAILER-DAEMON`:                                        {"", "MAILER-DAEMON"},
		`MAILER-DAEMON (Mail Delivery System)`:                 {"Mail Delivery System", "MAILER-DAEMON"},
		`Mail Delivery System <MAILER-DAEMON>`:                 {"Mail Delivery System", "MAILER-DAEMON"},
		`Ann Lee`:                                              {"Ann Lee", ""},
		`"Lee, Ann" <ann@x.example>, "Fox, Jo" <jo@x.example>`: {"Lee, Ann", "ann@x.example"},
	} {
		if got := Read([]byte("From: "+value+"\n\nText"), Patience{}).From; got != want {
			t.Errorf("%s: %+v, want %+v", value, got, want)
		}
	}
}

func TestStructureThatIsBrokenCostsNoText(t *testing.T) {
	const head = "From: Ann <ann@x.example>\nSubject: S\n"
	const alternative, page = "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n", "--b\nContent-Type: text/html\n\n<p>One text</p>\n--b--\n"
	const one = "--b\nContent-Type: text/plain\n\nOne text\n"
	file := "--b\nContent-Type: application/pdf; name=a.pdf\n\n%PDF\n"
	for name, c := range map[string]struct {
		raw, text string
		files     int
	}{
		"no blank line before the parts": {head + "Content-Type: multipart/mixed; boundary=\"b: c\"\n--b: c\nContent-Type: text/plain\n\nOne text\n--b: c--\n", "One text", 0},
		"no blank line in a part":        {head + "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n" + one + "--b--\n--a--\n", "One text", 0},
		"an empty type before the type":  {head + "Content-Type: ; multipart/mixed; boundary=b\n\n" + one + file + "--b--\n", "One text", 1},
		"a damaged type":                 {head + "Content-Type: multip&rt/mixed; boundary=b\n\n" + one + file + "--b--\n", "One text", 1},
		"a type of text for parts":       {head + "Content-Type: text/plain, multipart/mixed; boundary=b\n\n" + one + file + "--b--\n", "One text", 1},
		"parts without a type":           {head + "\n" + strings.ReplaceAll(one+file+"--b--\n", "--b", "--bc"), "One text", 1},
		"a damaged type without parts":   {head + "Content-Type: t&xt/pla(n\n\nOne text", "One text", 1},
		"another boundary, no fields":    {head + "Content-Type: multipart/mixed; boundary=c\n\n--b\n\nOne text\n" + file + "--b--\n", "One text", 1},
		"another boundary, with a blank": {head + "Content-Type: multipart/mixed; boundary=c\n\n--b d\nContent-Type: text/plain\n\nOne text\n--b d--\n", "One text", 0},
		"strokes and no parts":           {head + "Content-Type: text/plain; boundary=b\n\n--\nOne text\n--\n", "--\nOne text\n--", 0},
		"parts behind the end":           {head + "Content-Type: multipart/mixed; boundary=b\n\n" + one + "--b--\n\n" + file + "--b--\n", "One text", 1},
		"a boundary again within":        {head + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=b\n\n" + one + "--b--\n" + file + "--b--", "One text", 1},
		"encoded as a whole":             {head + "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte(one+file+"--b--")), "One text", 1},
		"CR between header fields":       {"From: Ann <ann@x.example>\rSubject: S\r\n\r\nOne text", "One text", 0},
		"CR up to the text":              {"From: Ann <ann@x.example>\rSubject: S\r\rOne text\n", "One text", 0},
		"CR CR LF":                       {"From: Ann <ann@x.example>\r\r\nSubject: S\r\r\n\r\r\nOne text\r\r\n", "One text", 0},
		"LF CR":                          {"From: Ann <ann@x.example>\n\rSubject: S\n\r\n\rOne text\n\r", "One text", 0},
		"CR between parts":               {head + "Content-Type: multipart/mixed; boundary=b\n\n" + strings.ReplaceAll(one+file+"--b--\n", "\n", "\r"), "One text", 1},
		"blanks before it all":           {"  \n\t\n" + head + "\nOne text", "One text", 0},
		"a blank before the first field": {" " + head + "\nOne text", "One text", 0},
		"UTF-16":                         {"\xff\xfe" + wide(head+"\nOne text"), "One text", 0},
		"many lines that are no fields":  {"From: Ann <ann@x.example>\none\ntwo\nthree\nfour\nfive\nsix\nSubject: S\n\nOne text", "One text", 0},
		"fields behind very many":        {strings.Repeat("X-A: b\n", 5000) + head + "\nOne text", "One text", 0},
		"blanks within a type":           {head + "Content-Type: text / html\n\n<p>One text</p>", "One text", 0},
		"half of a type":                 {head + "Content-Type: /plain\n\nOne text", "One text", 0},
		"a plain text that is invisible": {head + "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n\u200b\ufeff\n--b\nContent-Type: text/html\n\n<p>One text</p>\n--b--", "One text", 0},
		"HTML before the plain text":     {head + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>One text</p>\n" + one + "--b--", "One text", 0},
		"base64 with a list's footer":    {head + "Content-Transfer-Encoding: base64\n\nT25lIHRleHQ=\n\n___\na list of people\n", "One text\n___\na list of people", 0},
		"a NUL in base64":                {head + "Content-Transfer-Encoding: base64\n\nT25lIHRleHQA\n", "One text", 0},
		"UTF-16 in base64":               {head + "Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\nTwBuAGUAIAB0AGUAeAB0AA==\n", "One text", 0},
		"Cyrillic UTF-16 in base64":      {head + "Content-Type: text/plain; charset=utf-16be\nContent-Transfer-Encoding: base64\n\nBB8EQAQ4\n", "При", 0},
		"a text that says to read HTML":  {head + alternative + "This email requires an HTML viewer.\n" + page, "One text", 0},
		"a text of a picture's name":     {head + alternative + "[image: logo]\n" + page, "One text", 0},
		"a text about HTML":              {head + alternative + "My HTML page is broken.\n" + page, "My HTML page is broken.", 0},
		"a word called base64":           {head + "Content-Transfer-Encoding: base64\n\nHello\n", "Hello", 0},
		"another name of base64":         {head + "Content-Transfer-Encoding: Base-64 (x)\n\nT25lIHRleHQ=\n", "One text", 0},
		"another name of QP":             {head + "Content-Transfer-Encoding: quoted/printable\n\nOne=20text\n", "One text", 0},
		"the first half of a message":    {head + "Content-Type: message/partial; id=a; number=1; total=2\n\nSubject: T\n\nOne text\n", "One text", 1},
		"yEnc":                           {head + "\nOne text\n=ybegin line=128 size=3 name=a.bin\n" + string([]byte{'a' + 42, '=', 'b', 'c' + 42}) + "\n=yend size=3\n", "One text", 1},
		"a nameless uuencoded file":      {head + "\nOne text\nbegin 644\n#86)C\n`\nend\n", "One text", 1},
	} {
		m := Read([]byte(c.raw), Patience{})
		if m.FullText != c.text || len(m.Attachments) != c.files || m.Subject != "S" || m.From.Email != "ann@x.example" {
			t.Errorf("%s: %q, %d files, %q from %+v", name, m.FullText, len(m.Attachments), m.Subject, m.From)
		}
	}
}

func wide(s string) string {
	var out strings.Builder
	for i := range len(s) {
		out.WriteString(s[i:i+1] + "\x00")
	}
	return out.String()
}

func TestCharsetsAreReadWhateverTheyAreCalled(t *testing.T) {
	greek, err := charmap.Windows1253.NewEncoder().String("Καλημέρα, ο εκτυπωτής δεν λειτουργεί")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ label, raw, want string }{
		{"x-unicode-2-0-utf-7", "Gr+APwA3w-e", "Grüße"}, {"no-such", "Sch+APY-ne Gr+APwA3w-e, 1 +- 1", "Schöne Grüße, 1 + 1"},
		{"", "call +49-171 or +ABC-x or a+b-c", "call +49-171 or +ABC-x or a+b-c"}, {"utf-7", "Grüße", "Grüße"},
		{"windows-1251", "Grüße, Привет", "Grüße, Привет"}, {"gb2312", "打印机坏了", "打印机坏了"}, {"gb2312", "Gr\xa8\xb9", "Grü"},
		{"utf-16", "Grüße", "Grüße"}, {"ucs-2", "\x00A\x04\x1f", "AП"}, {"utf-16", "A\x00\x1f\x04", "AП"}, {"utf-32le", "A\x00\x00\x00", "A"},
		{"x-mac-ce", "Dzie\xc4", "Dzień"}, {"x-macroman", "Gr\x9f\xa7e", "Grüße"}, {"ibm857", "yaz\x8dc\x8d", "yazıcı"}, {"cp-850", "Gr\x81\xe1e", "Grüße"},
		{"no-such", greek, "Καλημέρα, ο εκτυπωτής δεν λειτουργεί"}, {"iso-8859-1", greek, "Καλημέρα, ο εκτυπωτής δεν λειτουργεί"}, {"iso-8859-1", "\xdcber", "Über"},
		{"utf-8", "Grü\xc3", "Grü"}, {"", "Καλημέρα, ο εκτυ\xcf\xe9ωτής στον όροφο σταμάτησε", "Καλημέρα, ο εκτυ\uFFFDωτής στον όροφο σταμάτησε"}, {"", "\x1b$)C\x0e>H3g\x0f", "안녕"},
		{"mac-cyrillic", "\x8f\xf0\xe8", "При"},
	} {
		if got := toUTF8(c.label, []byte(c.raw)); got != c.want {
			t.Errorf("%q labelled %q: %q, want %q", c.raw, c.label, got, c.want)
		}
	}
	m := Read([]byte("From: \xe1\xce\xce\xc1 <a@x.example>\nSubject: \xeb\xcf\xd4\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=koi8-r\n\n\xeb\xcf\xd4\n--b--"), Patience{})
	if m.Subject != "Кот" || m.From.Name != "Анна" || m.FullText != "Кот" {
		t.Errorf("raw header beside a labelled text: %q from %q, %q", m.Subject, m.From.Name, m.FullText)
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"Mon, 02 Mar 2026 09:00:00 +0000", "2. März 2026 9:00 pm MEZ", "2026-03-02T09:00:00.5Z", "2/3/26", "t-t-t", "1::."} {
		f.Add(s)
	}
	mailtest.Seed(f, func(b []byte) {
		h, _ := SplitHeader(Beginning(b))
		f.Add(h.Get("Date"))
	})
	f.Fuzz(func(t *testing.T, s string) {
		if got, ok := readDate(s); ok && !plausible(got) {
			t.Errorf("%q: %v", s, got)
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte("From: a@b\n folded\rSubject: x\n\rno field\n\nbody"), "text/plain")
	mailtest.Seed(f, func(b []byte) {
		h, _ := SplitHeader(Beginning(b))
		f.Add(b[:min(len(b), 4<<10)], h.Get("Content-Type"))
	})
	f.Fuzz(func(t *testing.T, b []byte, contentTypes string) {
		fields, body := splitFields(b)
		for _, field := range fields {
			if !IsField(field) || len(field) > maxFieldBytes {
				t.Errorf("no field: %q", field)
			}
		}
		if len(body) > len(b) {
			t.Error("more than there was")
		}
		_ = parameters(contentTypes)
		_, _ = bareAddress(contentTypes)
	})
}
