package inbox

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
	"golang.org/x/text/encoding/charmap"
)

// transferDecode undoes the Content-Transfer-Encoding (RFC 2045 section 6). It never fails: what does not
// belong into an encoding is passed over, and with an unknown encoding the bytes are taken as they are.
func transferDecode(encoding string, b []byte) []byte {
	switch cleanEncoding(encoding) {
	case "base64":
		return decodeBase64(b)
	case "quoted-printable":
		return decodeQuotedPrintable(b)
	}
	return b
}

func cleanEncoding(s string) string {
	s, _, _ = strings.Cut(s, ";")
	return strings.ToLower(strings.Trim(s, " \t\"'.:"))
}

// inBase64 is 1 for the characters that carry six bits each (RFC 4648 section 4).
var inBase64 = func() (t [256]byte) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		t[c] = 1
	}
	return t
}()

func decodeBase64(b []byte) []byte {
	out := make([]byte, 0, len(b)*3/4+3)
	var group [4]byte
	n := 0
	flush := func() {
		var buf [3]byte
		if k, _ := base64.RawStdEncoding.Decode(buf[:], group[:n]); k > 0 {
			out = append(out, buf[:k]...)
		}
		n = 0
	}
	for len(b) > 0 {
		// Whole clean lines go through the library at once.
		if n == 0 {
			line := b
			if i := bytes.IndexByte(b, '\n'); i >= 0 {
				line = b[:i+1]
			}
			text := bytes.TrimRight(line, "\r\n")
			if len(text)%4 == 0 && len(text) > 0 {
				at := len(out)
				out = out[:at+len(text)/4*3+0]
				if k, err := base64.StdEncoding.Decode(out[at:cap(out)], text); err == nil {
					out = out[:at+k]
					b = b[len(line):]
					continue
				}
				out = out[:at]
			}
		}
		c := b[0]
		b = b[1:]
		switch {
		case inBase64[c] == 1:
			group[n] = c
			if n++; n == 4 {
				flush()
			}
		case c == '=':
			// Padding ends a group; more may follow where encoded pieces were joined.
			flush()
		}
	}
	flush()
	return out
}

// base64Size returns how many bytes decodeBase64 would make of b, without making them.
func base64Size(b []byte) int64 {
	n := int64(0)
	for _, c := range b {
		n += int64(inBase64[c])
	}
	return n * 3 / 4
}

// decodeQuotedPrintable follows RFC 2045 section 6.7; a "=" that begins neither an octet nor a soft line
// break is kept as it is.
func decodeQuotedPrintable(b []byte) []byte {
	if bytes.IndexByte(b, '=') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		i := bytes.IndexByte(b, '=')
		if i < 0 {
			return append(out, b...)
		}
		out = append(out, b[:i]...)
		b = b[i:]
		if n := softBreak(b); n > 0 {
			b = b[n:]
			continue
		}
		var octet [1]byte
		if len(b) >= 3 {
			if _, err := hex.Decode(octet[:], b[1:3]); err == nil {
				out = append(out, octet[0])
				b = b[3:]
				continue
			}
		}
		out = append(out, '=')
		b = b[1:]
	}
	return out
}

// softBreak returns the length of the soft line break at the start of b, 0 if there is none.
func softBreak(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case ' ', '\t', '\r':
		case '\n':
			return i + 1
		default:
			return 0
		}
	}
	return len(b)
}

// toUTF8 converts b from the named charset. Unknown or wrong names are answered by a guess: UTF-8 where it
// is valid, else windows-1252, which is what unlabelled 8-bit mail mostly is. The result is valid UTF-8
// without NUL, which Postgres cannot store.
func toUTF8(name string, b []byte) string {
	name = strings.ToLower(strings.Trim(name, " \t\"'"))
	switch name {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "7bit", "8bit":
		return guessUTF8(b, strings.HasPrefix(name, "utf"))
	case "utf-7", "unicode-1-1-utf-7":
		return clean(decodeUTF7(b))
	}
	// A label on text that is UTF-8 with multi-byte sequences is wrong unless it names a multi-byte charset.
	r, err := charset.Reader(name, bytes.NewReader(b))
	if err != nil || r == nil {
		return guessUTF8(b, false)
	}
	converted, err := io.ReadAll(r)
	if err != nil {
		return guessUTF8(b, false)
	}
	return clean(string(converted))
}

func guessUTF8(b []byte, labelled bool) string {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if utf8.Valid(b) {
		if bytes.Contains(b, []byte("\x1b$B")) || bytes.Contains(b, []byte("\x1b$@")) {
			return toUTF8("iso-2022-jp", b)
		}
		return clean(string(b))
	}
	if labelled && mostlyUTF8(b) {
		return clean(string(b))
	}
	converted, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return clean(string(b))
	}
	return clean(string(converted))
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
		text := toUTF8("utf-16be", units[:len(units)&^1])
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

// decodeWords undoes encoded words (RFC 2047) in a header value, and guesses the charset of raw 8-bit
// ones. A word that cannot be decoded stays as it is.
func decodeWords(s string) string {
	if !isASCII(s) {
		s = guessUTF8([]byte(s), true)
	}
	if !strings.Contains(s, "=?") {
		return clean(s)
	}
	d := mime.WordDecoder{CharsetReader: func(name string, r io.Reader) (io.Reader, error) {
		b, err := io.ReadAll(r)
		return strings.NewReader(toUTF8(name, b)), err
	}}
	if out, err := d.DecodeHeader(s); err == nil {
		return clean(out)
	}
	return clean(s)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
