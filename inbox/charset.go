package inbox

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
	"github.com/gogs/chardet"
	"golang.org/x/text/encoding/charmap"
)

// toUTF8 converts b from the named charset. Unknown and evidently wrong names are answered by a guess: UTF-8
// where it is valid, else what the bytes look like, else windows-1252, which is what unlabelled 8-bit mail
// mostly is. The result is valid UTF-8 without NUL, which Postgres cannot store.
func toUTF8(name string, b []byte) string {
	name = charsetName(name)
	switch name {
	case "", "utf-8", "us-ascii":
		return guessUTF8(b, name == "utf-8")
	case "windows-1252", "iso-8859-1":
		// The most common label on what is UTF-8; as a label of a Western text it is taken at its word.
		if isUTF8(b) {
			return guessUTF8(b, false)
		}
		return western(b)
	case "utf-7":
		return clean(decodeUTF7(b))
	case "iso-2022-kr":
		name, b = "euc-kr", shiftedIn(b)
	case "iso-2022-cn":
		name, b = "gb18030", shiftedIn(b)
	}
	converted, ok := convert(name, b)
	if !ok || strings.Count(converted, "\uFFFD") > 1+len(converted)/50 && isUTF8(b) {
		return guessUTF8(b, false)
	}
	return converted
}

// charsetName returns the usual name for what mail programs call a charset.
func charsetName(s string) string {
	s = strings.ToLower(strings.Trim(s, " \t\"'`;"))
	switch s {
	case "utf8", "utf-8-mac", "utf_8", "unicode-1-1-utf-8", "utf8mb4", "utf-8n", "65001", "cp65001":
		return "utf-8"
	case "ascii", "ansi_x3.4-1968", "us_ascii", "usascii", "iso646-us", "iso-646", "646", "7bit", "8bit", "x-unknown", "unknown", "unknown-8bit",
		"x-user-defined", "default", "default_charset", "none", "binary", "text", "plain", "_autodetect", "_autodetect_all", "x-default":
		return ""
	case "latin1", "latin-1", "iso8859-1", "iso_8859-1", "iso-8859-1-windows-3.1-latin-1", "ansi", "cp1252", "cp-1252", "windows1252", "x-ansi", "1252":
		return "windows-1252"
	case "unicode-1-1-utf-7", "utf7", "csunicode11utf7", "x-utf-7":
		return "utf-7"
	case "gb2312", "gb_2312-80", "gb2312_charset", "x-gbk", "gbk", "cp936", "936", "gb-2312", "euc-cn", "x-euc-cn":
		return "gb18030" // which holds all of them, and is what their text really is in
	case "x-sjis", "sjis", "shift-jis", "x-shift-jis", "cp932", "ms932", "windows-31j", "csshiftjis":
		return "shift_jis"
	case "ks_c_5601-1987", "ks_c_5601", "ksc5601", "ksc_5601", "cp949", "ms949", "x-windows-949", "uhc":
		return "euc-kr"
	case "iso-8859-8-i", "iso-8859-8-e":
		return "iso-8859-8"
	}
	for _, prefix := range []string{"windows-", "cp"} {
		if digits, ok := strings.CutPrefix(s, prefix); ok && len(digits) == 4 && strings.HasPrefix(digits, "125") {
			return "windows-" + digits
		}
	}
	if digits, ok := strings.CutPrefix(s, "iso8859-"); ok {
		return "iso-8859-" + digits
	}
	return s
}

// convert converts by name; false where the name is unknown.
func convert(name string, b []byte) (string, bool) {
	r, err := charset.Reader(name, bytes.NewReader(b))
	if err != nil || r == nil {
		return "", false
	}
	converted, err := io.ReadAll(r)
	if err != nil || len(converted) == 0 != (len(b) == 0) {
		return "", false
	}
	if bytes.Equal(converted, []byte("\uFFFD")) && len(b) > 3 {
		return "", false // the encoding that stands for one that browsers refuse
	}
	return clean(string(converted)), true
}

func western(b []byte) string {
	converted, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return clean(string(b))
	}
	return clean(string(converted))
}

// isUTF8 says whether b is UTF-8 with characters beyond ASCII.
func isUTF8(b []byte) bool { return !isASCII(b) && utf8.Valid(b) }

func guessUTF8(b []byte, labelled bool) string {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		if s, ok := convert("utf-16", b); ok {
			return s
		}
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if utf8.Valid(b) {
		if bytes.Contains(b, []byte("\x1b$B")) || bytes.Contains(b, []byte("\x1b$@")) {
			if s, ok := convert("iso-2022-jp", b); ok {
				return s
			}
		}
		return clean(string(b))
	}
	if labelled && mostlyUTF8(b) {
		return clean(string(b))
	}
	if s, ok := detect(b); ok {
		return s
	}
	if mostlyUTF8(b) {
		return clean(string(b))
	}
	return western(b)
}

const (
	detectBytes = 16 << 10 // as much of a text as is looked at
	detectLeast = 40       // confidence, of 100, from which on a guess is believed
)

// detect recognises the charset of an unlabelled text by its language and structure.
func detect(b []byte) (string, bool) {
	sample := b
	if i := bytes.IndexFunc(b, func(r rune) bool { return r >= utf8.RuneSelf }); i > detectBytes/2 {
		sample = b[i-detectBytes/2:]
	}
	all, err := chardet.NewTextDetector().DetectAll(sample[:min(len(sample), detectBytes)])
	if err != nil {
		return "", false
	}
	for _, r := range all {
		if r.Confidence < detectLeast {
			break
		}
		name := strings.ToLower(r.Charset)
		switch {
		case strings.HasPrefix(name, "utf-"), strings.HasPrefix(name, "ibm"), strings.HasPrefix(name, "iso-2022"):
			continue
		case name == "iso-8859-1", name == "windows-1252":
			return western(b), true
		}
		if s, ok := convert(charsetName(name), b); ok && !strings.Contains(s, "\uFFFD") {
			return s, true
		}
	}
	return "", false
}

// mostlyUTF8 says whether b holds more valid multi-byte sequences than stray bytes: a text that was cut or
// damaged, and not one in another charset.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		b = b[n:]
	}
	return good > bad
}

// shiftedIn turns the 7-bit forms of Korean and Chinese (RFC 1557, RFC 1922), whose double-byte characters
// stand between SO and SI, into the 8-bit forms.
func shiftedIn(b []byte) []byte {
	out := make([]byte, 0, len(b))
	shifted := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == 0x1b && i+3 < len(b) && b[i+1] == '$':
			i += 3 // the announcement of the character set
		case c == 0x0e:
			shifted = true
		case c == 0x0f:
			shifted = false
		case c == '\n':
			shifted = false
			out = append(out, c)
		case shifted && c > ' ':
			out = append(out, c|0x80)
		default:
			out = append(out, c)
		}
	}
	return out
}

// decodeUTF7 follows RFC 2152; what is not UTF-7 is kept.
func decodeUTF7(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		i := bytes.IndexByte(b, '+')
		if i < 0 {
			out.Write(b)
			break
		}
		out.Write(b[:i])
		b = b[i+1:]
		n := 0
		for n < len(b) && inBase64[b[n]] == 1 {
			n++
		}
		if n == 0 {
			out.WriteByte('+')
			b = bytes.TrimPrefix(b, []byte("-"))
			continue
		}
		units := decodeBase64(b[:n])
		text, ok := convert("utf-16be", units[:len(units)&^1])
		if !ok || text == "" || strings.Contains(text, "\uFFFD") {
			out.WriteByte('+')
			continue
		}
		out.WriteString(text)
		b = bytes.TrimPrefix(b[n:], []byte("-"))
	}
	return out.String()
}

// clean makes s storable: valid UTF-8 without NUL.
func clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func isASCII[T string | []byte](s T) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
