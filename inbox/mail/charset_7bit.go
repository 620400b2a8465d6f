package mail

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

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
		text, n := shiftedUTF7(b[i:])
		if n == 0 {
			n = max(1, base64Run(b[i+1:]))
			text = string(b[i : i+n])
		}
		out.WriteString(text)
		b = b[i+n:]
	}
	return out.String()
}

// shiftedUTF7 decodes a piece that begins with "+" and returns its length, 0 where it is none.
func shiftedUTF7(b []byte) (text string, n int) {
	n = base64Run(b[1:])
	if n == 0 {
		return "+", 1 + len(b[1:min(len(b), 2)]) - len(bytes.TrimPrefix(b[1:min(len(b), 2)], []byte("-")))
	}
	units := decodeBase64(b[1 : 1+n])
	codes := make([]uint16, len(units)/2)
	for i := range codes {
		codes[i] = binary.BigEndian.Uint16(units[2*i:])
	}
	if text = string(utf16.Decode(codes)); text == "" || strings.Contains(text, "\uFFFD") {
		return "", 0
	}
	if n++; n < len(b) && b[n] == '-' {
		n++
	}
	return text, n
}

// base64Run is how many characters of base64 b begins with.
func base64Run(b []byte) int {
	n := 0
	for n < len(b) && inBase64[b[n]] == 1 {
		n++
	}
	return n
}

// maxShifts is how many pieces of a text are looked at for UTF-7.
const maxShifts = 200

// isUTF7 says whether a text without a label is UTF-7: it has at least two pieces that are shifted, and each "+" begins
// one that encodes characters beyond ASCII and nothing else.
func isUTF7(b []byte) bool {
	shifts := 0
	for range maxShifts {
		i := bytes.IndexByte(b, '+')
		if i < 0 {
			break
		}
		b = b[i:]
		if bytes.HasPrefix(b, []byte("+-")) {
			b = b[2:]
			continue
		}
		text, n := shiftedUTF7(b)
		run := base64Run(b[1:])
		// Whole 16-bit units, and less than one character of zero bits behind them.
		if n < 2 || run*6%16 >= 6 || IsASCII(text) {
			return false
		}
		for _, r := range text {
			if r >= utf8.RuneSelf && !unicode.IsGraphic(r) || r < utf8.RuneSelf && r > ' ' {
				return false
			}
		}
		shifts++
		b = b[n:]
	}
	return shifts >= 2
}
