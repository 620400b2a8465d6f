package mail

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestEncodedWordsAreReadAsProgramsWriteThem(t *testing.T) {
	for in, want := range map[string]string{
		"=?utf-8?Q?Gr=C3=BC=C3=9Fe?= aus K=?utf-8?q?=C3=B6ln?=": "Grüße aus Köln",
		"=?utf-8?B?R3LDvMOf?= =?utf-8?B?ZQ==?=":                 "Grüße",
		"=?utf-8?B?R3LD?= =?utf-8?B?vMOfZQ==?=":                 "Grüße", // a character in two words
		"=?utf-8?Q?Wie geht's dir??=":                           "Wie geht's dir?",
		"=?utf-8?Q?really?=20yes?=":                             "really? yes",
		"=?utf-8?Q?no end":                                      "no end",
		"=?UTF-8*en?Q?a_b?=":                                    "a b",
		"=?x-unknown?Q?Caf=E9?=":                                "Café",
		`"=?iso-8859-1?Q?M=FCller?=" <m@x.example>`:             `"Müller" <m@x.example>`,
		"=?utf-8?X?kept?= as it is":                             "=?utf-8?X?kept?= as it is",
		"Pr\xfcfung":                                            "Prüfung",
		"=?utf-7?Q?Gr+APwA3w-e?=":                               "Grüße",
		"=?gb2312?B?xOO6w8rAvec=?=":                             "你好世界",
		"=?utf-8?Q?one?=\t=?utf-8?Q?_two?= =?iso-8859-1?Q?_dr=E9?=, and four": "one two dré, and four",
		"2 =? 3": "2 =? 3",
	} {
		if got := DecodeWords(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestTextWithoutOrWithAWrongCharsetIsRead(t *testing.T) {
	texts := map[string]struct {
		enc  encoding.Encoding
		text string
	}{
		"windows-1252": {charmap.Windows1252, "Die Prüfung für den größten Bären beginnt übermorgen um zwölf Uhr. Schöne Grüße"},
		"koi8-r":       {charmap.KOI8R, "Здравствуйте! Мой заказ до сих пор не пришёл, хотя я оплатил его на прошлой неделе."},
		"windows-1251": {charmap.Windows1251, "Здравствуйте! Мой заказ до сих пор не пришёл, хотя я оплатил его на прошлой неделе."},
		"shift_jis":    {japanese.ShiftJIS, "お世話になっております。先週注文した商品がまだ届いておりません。ご確認をお願いいたします。"},
		"euc-jp":       {japanese.EUCJP, "お世話になっております。先週注文した商品がまだ届いておりません。ご確認をお願いいたします。"},
		"gb18030":      {simplifiedchinese.GB18030, "您好，我上周订购的商品还没有收到，请帮我查一下订单的状态，谢谢。"},
		"euc-kr":       {korean.EUCKR, "안녕하세요. 지난주에 주문한 상품이 아직 도착하지 않았습니다. 확인 부탁드립니다."},
	}
	for name, c := range texts {
		b, err := c.enc.NewEncoder().Bytes([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		for _, label := range []string{name, "", "x-unknown", "us-ascii", "no-such-charset"} {
			raw := fmt.Sprintf("From: a@x.example\nSubject: s\nContent-Type: text/plain; charset=%q\nContent-Transfer-Encoding: base64\n\n%s\n",
				label, base64.StdEncoding.EncodeToString(b))
			if got := Read([]byte(raw), Patience{}).FullText; got != c.text {
				t.Errorf("%s labelled %q: %q", name, label, got)
			}
		}
	}
	for label, raw := range map[string]string{"iso-8859-1": "Grüße", "gb2312": "Grüße", "utf-8": "Gr\xfc\xdfe", "iso-2022-kr": "\x1b$)C\x0e>H3g\x0f, a"} {
		want := map[string]string{"gb2312": "", "iso-2022-kr": "안녕, a"}[label]
		if want == "" {
			want = "Grüße"
		}
		if got := toUTF8(label, []byte(raw)); got != want && label != "gb2312" {
			t.Errorf("%q labelled %s: %q, want %q", raw, label, got, want)
		}
	}
}

const uuText = "Here it is:\nbegin 644 note.txt\n:2&5L;&\\@9G)O;2!A;B!O;&0@<')O9W)A;0H \n`\nend\nSo long\n"

func TestUuencodedFilesBecomeAttachments(t *testing.T) {
	for name, raw := range map[string]string{
		"in a text": "From: a@x.example\nSubject: s\n\n" + uuText,
		"in a part": "From: a@x.example\nSubject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n" + uuText + "--b--\n",
	} {
		m := Read([]byte(raw), Patience{})
		if len(m.Attachments) != 1 || m.Attachments[0].Name != "note.txt" || strings.Contains(m.FullText, "begin") || !strings.Contains(m.FullText, "So long") {
			t.Errorf("%s: %q, %+v", name, m.FullText, m.Attachments)
			continue
		}
		if b, ok := Extract([]byte(raw), m.Attachments[0].Part); !ok || !strings.HasPrefix(string(b), "Hello from an old program") {
			t.Errorf("%s: %q", name, b)
		}
	}
	m := Read([]byte("From: a@x.example\nSubject: s\n\nbegin 644 words that are none\nWe begin 100 times.\n"), Patience{})
	if len(m.Attachments) != 0 || !strings.Contains(m.FullText, "begin 644 words") {
		t.Errorf("what only looks like a file: %q, %+v", m.FullText, m.Attachments)
	}
}

func TestNamesOfFilesComeInManyForms(t *testing.T) {
	for in, want := range map[string]string{
		`filename="r\"e.txt"`:                                                `r_e.txt`,
		`filename*=utf-8''Stra%C3%9Fe.pdf`:                                   "Straße.pdf",
		`filename*0="a long "; filename*1="name.pdf"`:                        "a long name.pdf",
		`filename*0*=iso-8859-1'de'Gr%FC; filename*1*=%DFe; filename*2=.txt`: "Grüße.txt",
		`filename="=?utf-8?Q?Gr=C3=BC=C3=9Fe.txt?="`:                         "Grüße.txt",
		`filename=My holiday.jpg; size=12`:                                   "My holiday.jpg",
		"filename=\"Pr\xfcfung.pdf\"":                                        "Prüfung.pdf",
		`filename="../../etc/passwd"`:                                        "passwd",
		`filename=plain.txt; filename*=utf-8''better%20one.txt`:              "better one.txt",
	} {
		raw := "From: a@x.example\nSubject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nText\n--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; " +
			in + "\n\nx\n--b--\n"
		if m := Read([]byte(raw), Patience{}); len(m.Attachments) != 1 || m.Attachments[0].Name != want {
			t.Errorf("%s: %+v, want %q", in, m.Attachments, want)
		}
	}
}

func TestFilesThatAreNotWhatTheySayAreMarked(t *testing.T) {
	for _, c := range []struct {
		name, mediaType, head string
		danger                bool
	}{
		{"photo.jpg", "image/jpeg", "\xff\xd8\xff", false}, {"report.pdf", "application/pdf", "%PDF-1.7", false}, {"notes.txt", "text/plain", "Hello", false},
		{"photo.jpg", "image/jpeg", "MZ\x90\x00", true}, {"setup.exe", "application/octet-stream", "", true}, {"invoice.pdf.js", "text/plain", "var", true},
		{"table.xlsm", "application/vnd.ms-excel", "PK", true}, {"page.html", "text/html", "<html>", true}, {"invoice.pdf            .zip", "application/zip", "PK", true},
	} {
		if got := DangerOf(c.name, c.mediaType, []byte(c.head)); (got != "") != c.danger {
			t.Errorf("%s of %s: %q", c.name, c.mediaType, got)
		}
	}
}

func TestHeadersAreReadFromTheTop(t *testing.T) {
	m := Read([]byte("Received: by c; Mon, 5 Jan 2026 10:00:03 +0000\nReceived: by b; Mon, 5 Jan 2026 09:00:02 +0000\nSubject: First\nSubject: Second\n"+
		"From: Ann <ann@x.example> Bob <bob@x.example>\nTo: =?utf-8?Q?Doe,_Jo?= <jo@x.example>, b@x.example\n\nText\n"), Patience{})
	if m.Subject != "First" || m.From.Email != "ann@x.example" || m.Date.Hour() != 10 || len(m.To) != 2 || m.To[0].Name != "Doe, Jo" {
		t.Errorf("%+v", m)
	}
}

func TestTextOfAWrongEncodingOrKindIsKept(t *testing.T) {
	for name, c := range map[string]struct{ raw, want string }{
		"text called base64": {"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nThis is no base64 at all, as anybody can see.\n", "anybody can see"},
		"two plain texts":    {"Content-Type: multipart/alternative; boundary=b\n\n--b\n\nOne\n--b\n\nTwo\n--b--\n", "Two"},
		"a stub beside HTML": {"Content-Type: multipart/alternative; boundary=b\n\n--b\n\nYour client does not show HTML.\n--b\nContent-Type: text/html\n\n" +
			"<p>The charger of my bicycle has been blinking red since yesterday, and nothing helps.</p>\n--b--\n", "blinking red"},
		"uuencode as encoding": {"Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode\n\n" + uuText[strings.Index(uuText, "begin"):], "Hello from an old program"},
	} {
		if got := Read([]byte("From: a@x.example\nSubject: s\n"+c.raw), Patience{}).FullText; !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"=?utf-8?Q?a?=", "=?utf-8?B?R3LD?= =?utf-8?B?vMOfZQ==?=", "=?=?=?", "=?utf-8?Q?" + strings.Repeat("?=x", 50)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if out := DecodeWords(s); Clean(out) != out {
			t.Errorf("%q is not storable", out)
		}
		_ = parameters(s)
		_, _ = cutUufiles([]byte(s))
	})
}
