package mail

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// TransferDecode undoes the Content-Transfer-Encoding (RFC 2045 section 6). It never fails: what does not
// belong into an encoding is passed over, and with an unknown encoding the bytes are taken as they are.
func TransferDecode(encoding string, b []byte) []byte {
	switch cleanEncoding(encoding) {
	case "base64":
		return decodeBase64(b)
	case "quoted-printable":
		return decodeQuotedPrintable(b)
	case "x-uuencode", "uuencode", "x-uue", "uue":
		if _, files := cutUufiles(b); len(files) > 0 {
			return files[0].data
		}
	}
	return b
}

// cleanEncoding reads the name of an encoding, leniently: "Base-64 (comment)" is base64.
func cleanEncoding(s string) string {
	s, _, _ = strings.Cut(s, ";")
	s, _, _ = strings.Cut(s, "(")
	s = strings.ToLower(strings.Trim(s, " \t\"'.:"))
	switch strings.NewReplacer(" ", "", "-", "", "_", "", "/", "").Replace(s) {
	case "base64":
		return "base64"
	case "quotedprintable", "qp", "quoted":
		return "quoted-printable"
	}
	return s
}

// decodeText is transferDecode for text, which some label as base64 without encoding it, and to which mailing lists
// append lines that are not.
func decodeText(encoding string, b []byte, charset string) []byte {
	if cleanEncoding(encoding) != "base64" {
		return TransferDecode(encoding, b)
	}
	if isBase64(b) {
		if decoded := decodeBase64(b); len(b) > 64 || isWide(charset) || !isNoise(decoded) || isNoise(b) {
			return decoded
		}
		return b
	}
	encoded, rest := base64Lines(b)
	if len(encoded) == 0 {
		return b
	}
	decoded := decodeBase64(encoded)
	return append(append(decoded, '\n'), rest...)
}

// base64Lines cuts the lines of base64 off that b begins with, up to a blank one or one of text.
func base64Lines(b []byte) (encoded, rest []byte) {
	rest = b
	for len(rest) > 0 {
		line, after := wholeLine(rest)
		text := bytes.TrimRight(line, "= \t\r")
		if len(text) < 8 && len(encoded) == 0 && len(text) > 0 || base64Run(text) != len(text) {
			break
		}
		rest = after
		if len(text) > 0 {
			encoded = b[:len(b)-len(rest)]
		} else if len(encoded) > 0 {
			break
		}
	}
	return encoded, rest
}

// isWide says whether the characters of a charset have several bytes each, any of which may look like a control character.
func isWide(charset string) bool {
	name := charsetName(charset)
	return strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf-32") || strings.HasPrefix(name, "ucs-")
}

// isNoise says whether b is no text in any charset: it has control characters. NUL is none: broken programs end texts
// with it.
func isNoise(b []byte) bool {
	for _, c := range b {
		if c != 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b && c != 0x0e && c != 0x0f {
			return true
		}
	}
	return false
}

// isBase64 says whether a text that is labelled so can be base64: real text has blanks within its lines.
func isBase64(b []byte) bool {
	foreign := 0
	for _, c := range b {
		if inBase64[c] == 0 && c != '=' && c != '\r' && c != '\n' {
			foreign++
		}
	}
	return foreign < 5 || foreign*20 <= len(b)
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
		// What is clean goes through the library at once.
		if n == 0 {
			if run := base64Run(b) &^ 3; run > 0 {
				at := len(out)
				out = out[:at+run/4*3]
				if _, err := base64.RawStdEncoding.Decode(out[at:], b[:run]); err != nil {
					return out[:at] // cannot be: all of it is of the alphabet
				}
				b = b[run:]
				continue
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
