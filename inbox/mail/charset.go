package mail

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
	"github.com/gogs/chardet"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
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
		if isUTF8(b) || isForeign(b) {
			return guessUTF8(b, false)
		}
		return western(b) // as a label of a Western text it is taken at its word
	case "utf-7":
		if isUTF8(b) {
			return Clean(string(b))
		}
		return Clean(decodeUTF7(b))
	case "iso-2022-kr":
		name, b = "euc-kr", shiftedIn(b)
	case "iso-2022-cn":
		name, b = "gb18030", shiftedIn(b)
	}
	converted, ok := convert(name, b)
	if !ok || isMislabelled(name, b, converted) {
		return guessUTF8(b, false)
	}
	return converted
}

// isMislabelled says whether a text is UTF-8 though it is called something else, which is the most common wrong label.
// In single-byte charsets no text reads as UTF-8 by chance, in others a word may.
func isMislabelled(name string, b []byte, converted string) bool {
	if !isUTF8(b) {
		return false
	}
	switch name {
	case "gb18030", "big5", "euc-kr", "euc-jp", "shift_jis", "hz-gb-2312":
		return strings.Contains(converted, "\uFFFD") || len(b)-utf8.RuneCount(b) > 4
	case "utf-16", "utf-16le", "utf-16be":
		return bytes.IndexByte(b, 0) < 0
	}
	return true
}

// isForeign says whether most letters of a text are beyond ASCII, as in no language of Western Europe.
func isForeign(b []byte) bool {
	letters, high := 0, 0
	for _, c := range b {
		switch {
		case c >= 0xc0:
			high++
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letters++
		}
	}
	return high > 8 && high > 2*letters
}

// charsetName returns the usual name for what mail programs call a charset.
func charsetName(s string) string {
	s = strings.ToLower(strings.Trim(s, " \t\"'`;"))
	switch s {
	case "utf8", "utf-8-mac", "utf_8", "unicode-1-1-utf-8", "utf8mb4", "utf-8n", "65001", "cp65001", "csutf8", "utf-8-sig", "utf8-mb4", "utf-8mb4":
		return "utf-8"
	case "ascii", "ansi_x3.4-1968", "us_ascii", "usascii", "iso646-us", "iso-646", "646", "7bit", "8bit", "x-unknown", "unknown", "unknown-8bit",
		"x-user-defined", "default", "default_charset", "none", "binary", "text", "plain", "_autodetect", "_autodetect_all", "x-default":
		return ""
	case "latin1", "latin-1", "iso8859-1", "iso_8859-1", "iso-8859-1-windows-3.1-latin-1", "ansi", "cp1252", "cp-1252", "windows1252", "x-ansi", "1252":
		return "windows-1252"
	case "unicode-1-1-utf-7", "unicode-2-0-utf-7", "x-unicode-1-1-utf-7", "x-unicode-2-0-utf-7", "utf7", "csunicode11utf7", "x-utf-7":
		return "utf-7"
	case "gb2312", "gb_2312-80", "gb2312_charset", "x-gbk", "gbk", "cp936", "936", "gb-2312", "euc-cn", "x-euc-cn":
		return "gb18030" // which holds all of them, and is what their text really is in
	case "x-sjis", "sjis", "shift-jis", "x-shift-jis", "cp932", "ms932", "windows-31j", "csshiftjis":
		return "shift_jis"
	case "ks_c_5601-1987", "ks_c_5601", "ksc5601", "ksc_5601", "cp949", "ms949", "x-windows-949", "uhc":
		return "euc-kr"
	case "iso-8859-8-i", "iso-8859-8-e":
		return "iso-8859-8"
	case "unicode", "ucs-2", "iso-10646-ucs-2", "utf16":
		return "utf-16"
	case "mac-cyrillic", "maccyrillic", "x-mac-ukrainian":
		return "x-mac-cyrillic"
	case "macroman", "x-macroman", "mac-roman", "x-mac", "mac":
		return "macintosh"
	case "macce", "mac-ce", "x-mac-centraleurroman", "x-mac-ce", "maccentraleurope", "mac-centraleurope":
		return "x-mac-ce"
	case "cp866u", "ruscii":
		return "cp1125"
	}
	for _, prefix := range []string{"cp-", "ibm-", "ibm", "dos-", "oem-"} { // the code pages of DOS
		if digits, ok := strings.CutPrefix(s, prefix); ok && len(digits) >= 3 && len(digits) <= 4 && IsDigits(digits) && digits != "874" {
			s = "cp" + digits
		}
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
	if upper := upperHalf(name); upper != "" {
		return Clean(spelled(b, []rune(upper))), true
	}
	var r io.Reader
	switch name {
	case "cp858":
		r = charmap.CodePage858.NewDecoder().Reader(bytes.NewReader(b))
	case "utf-16": // Windows, where such text comes from, writes the lower byte first and a mark
		r = unicode.UTF16(byteOrder(b), unicode.UseBOM).NewDecoder().Reader(bytes.NewReader(b))
	case "utf-32", "utf-32le", "utf-32be":
		order := utf32.BigEndian
		if name == "utf-32le" {
			order = utf32.LittleEndian
		}
		r = utf32.UTF32(order, utf32.UseBOM).NewDecoder().Reader(bytes.NewReader(b))
	default:
		var err error
		if r, err = charset.Reader(name, bytes.NewReader(b)); err != nil || r == nil {
			return "", false
		}
	}
	converted, err := io.ReadAll(r)
	if err != nil || len(converted) == 0 != (len(b) == 0) {
		return "", false
	}
	if bytes.Equal(converted, []byte("\uFFFD")) && len(b) > 3 {
		return "", false // the encoding that stands for one that browsers refuse
	}
	return Clean(string(converted)), true
}

// byteOrder tells by where the zero bytes of ASCII stand how UTF-16 without a mark is written.
func byteOrder(b []byte) unicode.Endianness {
	even, odd := 0, 0
	for i, c := range b[:min(len(b), 1024)] {
		if c <= 4 && i%2 == 0 { // the scripts of Europe are below 0x500
			even++
		} else if c <= 4 {
			odd++
		}
	}
	if even >= odd {
		return unicode.BigEndian
	}
	return unicode.LittleEndian
}

// spelled converts a text of a single-byte charset with the given upper half.
func spelled(b []byte, upper []rune) string {
	var out strings.Builder
	out.Grow(2 * len(b))
	for _, c := range b {
		if c < utf8.RuneSelf {
			out.WriteByte(c)
		} else {
			out.WriteRune(upper[c-utf8.RuneSelf])
		}
	}
	return out.String()
}

func western(b []byte) string {
	converted, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return Clean(string(b))
	}
	return Clean(string(converted))
}

// isUTF8 says whether b is UTF-8 with characters beyond ASCII.
func isUTF8(b []byte) bool { return !IsASCII(b) && utf8.Valid(b) }

func guessUTF8(b []byte, labelled bool) string {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		if s, ok := convert("utf-16", b); ok {
			return s
		}
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if utf8.Valid(b) {
		if s, ok := escaped(b); ok {
			return s
		}
		return Clean(string(b))
	}
	if whole := b[:len(b)-partial(b)]; isUTF8(whole) {
		return Clean(string(whole)) // the last character was cut
	}
	good, bad := sequences(b)
	if good > 4*bad || labelled && good > bad {
		return Clean(string(b))
	}
	if s, ok := detect(b); ok {
		return s
	}
	if good > bad {
		return Clean(string(b))
	}
	return western(b)
}

// partial is the length of a character at the end of b of which bytes are missing.
func partial(b []byte) int {
	for n := 1; n <= min(len(b), 3); n++ {
		if tail := b[len(b)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// escaped recognises the charsets that consist of ASCII bytes: those that switch by an escape, and UTF-7.
func escaped(b []byte) (string, bool) {
	if bytes.Contains(b, []byte("\x1b$B")) || bytes.Contains(b, []byte("\x1b$@")) {
		if s, ok := convert("iso-2022-jp", b); ok {
			return s, true
		}
	}
	if bytes.Contains(b, []byte("\x1b$)C")) {
		if s, ok := convert("euc-kr", shiftedIn(b)); ok {
			return s, true
		}
	}
	if isUTF7(b) {
		return Clean(decodeUTF7(b)), true
	}
	return "", false
}

const (
	detectBytes = 16 << 10 // as much of a text as is looked at
	detectLeast = 40       // confidence, of 100, from which on a guess is believed

	detectForeign = 5 // the same where windows-1252 cannot be right
)

// detect recognises the charset of an unlabelled text by its language and structure.
func detect(b []byte) (string, bool) {
	sample := b
	if i := bytes.IndexFunc(b, func(r rune) bool { return r >= utf8.RuneSelf }); i > detectBytes/2 {
		sample = b[i-detectBytes/2:]
	}
	foreign := isForeign(sample)
	all, err := chardet.NewTextDetector().DetectAll(sample[:min(len(sample), detectBytes)])
	if err != nil {
		return "", false
	}
	for _, r := range all {
		if r.Confidence < detectLeast && !foreign || r.Confidence < detectForeign {
			break
		}
		name := strings.ToLower(r.Charset)
		if name == "koi8-r" {
			name = "koi8-u" // has all its letters, and those of Ukrainian
		}
		switch {
		case strings.HasPrefix(name, "utf-"), strings.HasPrefix(name, "ibm"), strings.HasPrefix(name, "iso-2022"):
			continue
		case name == "iso-8859-1", name == "windows-1252":
			if foreign {
				continue
			}
			return western(b), true
		}
		if s, ok := convert(charsetName(name), b); ok && !strings.Contains(s, "\uFFFD") {
			return s, true
		}
	}
	return "", false
}

// sequences counts the valid multi-byte sequences of UTF-8 and the stray bytes in b. More of the first are in a text that was cut
// or damaged; in another charset few bytes make sequences by chance.
func sequences(b []byte) (good, bad int) {
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
	return good, bad
}

// Clean makes s storable: valid UTF-8 without NUL.
func Clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if utf8.ValidString(s) {
		return s // nearly always, and found out much faster than mended
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// IsASCII says whether s has no byte over 0x7f.
func IsASCII[T string | []byte](s T) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// IsDigits says whether s has nothing but the digits 0 to 9.
func IsDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
