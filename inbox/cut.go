package inbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/blobs"
)

// errMangled means that the rows of a mail do not fit together.
var errMangled = errors.New("the stored mail does not fit together with its files")

// A cut is a place in a mail where a file was taken out.
type cut struct {
	at     int    // in the whole mail, in bytes
	base64 bool   // how the mail has the file; otherwise as it is
	line   int    // characters of base64 in a line; 0: all in one
	crlf   bool   // how lines end
	path   string // of the part; known only of mail that was just read
	digest blobs.Digest
	data   []byte // the file; nil: it is not at hand
}

// A kept mail is how it is stored: what is left of it without files, and those. With no cuts the rest is the mail.
type kept struct {
	rest []byte
	cuts []cut
}

// takeApart takes files out of a mail. What cannot be put back exactly as it was stays in. It takes time linear in
// the mail's size.
func takeApart(raw []byte, list []mail.Leaf) kept {
	k := kept{rest: raw}
	end, left := 0, len(raw)
	var encoded [][]byte
	for _, l := range list {
		text := l.Body
		if l.Encoding == "base64" {
			text = bytes.Trim(text, " \t\r\n")
		}
		// A part's body is a piece of the mail itself, unless a message within the mail was decoded.
		at := cap(raw) - cap(text)
		if len(text) < mail.MinBlob || at < end || at+len(text) > len(raw) || &raw[at] != &text[0] {
			continue
		}
		c, ok := cutOf(l.Encoding, text)
		if !ok {
			continue
		}
		c.at, c.path = at, l.Path
		end = at + len(text)
		left -= len(text)
		k.cuts, encoded = append(k.cuts, c), append(encoded, text)
	}
	if len(k.cuts) == 0 {
		return k
	}
	k.rest = make([]byte, 0, left)
	end = 0
	for i, c := range k.cuts {
		k.rest = append(k.rest, raw[end:c.at]...)
		end = c.at + len(encoded[i])
	}
	k.rest = append(k.rest, raw[end:]...)
	if same := (comparison{raw}); k.write(same.next) != nil || len(same.left) > 0 {
		return kept{rest: raw}
	}
	return k
}

// cutOf reads how the text of a part holds a file; false where the text could not be made again from that.
func cutOf(encoding string, text []byte) (cut, bool) {
	c := cut{data: text}
	switch encoding {
	case "", "7bit", "8bit", "binary":
		c.digest = blobs.Of(text)
		return c, true
	case "base64":
	default:
		return cut{}, false
	}
	c.base64 = true
	if i := bytes.IndexByte(text, '\n'); i > 0 {
		c.crlf = text[i-1] == '\r'
		c.line = i
		if c.crlf {
			c.line--
		}
	}
	if c.line%4 != 0 {
		return cut{}, false
	}
	if c.data = decodeLines(text, c.line, c.lineEnd()); c.data == nil {
		return cut{}, false
	}
	c.digest = blobs.Of(c.data)
	return c, true
}

// decodeLines decodes base64 whose lines all have the same length but the last, which may be shorter; nil where they do
// not, or where there are other characters. Lines are decoded one by one, which is much faster than together.
func decodeLines(text []byte, line int, end string) []byte {
	strict := base64.StdEncoding.Strict()
	if line == 0 {
		line = len(text)
	}
	out := make([]byte, strict.DecodedLen(len(text)))
	done := 0
	for {
		n := min(line, len(text))
		k, err := strict.Decode(out[done:], text[:n])
		done += k
		if text = text[n:]; err != nil || len(text) == 0 {
			if err != nil {
				return nil
			}
			return out[:done]
		}
		if !bytes.HasPrefix(text, []byte(end)) || k != line/4*3 {
			return nil
		}
		text = text[len(end):]
	}
}

func (c cut) lineEnd() string {
	if c.crlf {
		return "\r\n"
	}
	return "\n"
}

// write gives out a file as the mail has it, piece by piece.
func (c cut) write(out func([]byte) error) error {
	if !c.base64 {
		return out(c.data)
	}
	const room = 8 << 10
	n, end := c.line/4*3, c.lineEnd() // bytes of the file in a line
	if c.line == 0 {
		n, end = room/4*3, ""
	}
	buf := make([]byte, 0, 2*room)
	for data := c.data; len(data) > 0; {
		piece := data[:min(n, len(data))]
		data = data[len(piece):]
		buf = base64.StdEncoding.AppendEncode(buf, piece)
		if len(data) > 0 {
			buf = append(buf, end...)
		}
		if len(buf) >= room || len(data) == 0 {
			if err := out(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	return nil
}

// size is how long the text is that write makes.
func (c cut) size() int {
	n := len(c.data)
	if !c.base64 || n == 0 {
		return n
	}
	text := base64.StdEncoding.EncodedLen(n)
	if c.line > 0 {
		text += (text - 1) / c.line * len(c.lineEnd())
	}
	return text
}

// write gives out the mail as it was fetched, piece by piece.
func (k kept) write(out func([]byte) error) error {
	rest, written := k.rest, 0
	for _, c := range k.cuts {
		n := c.at - written
		if n < 0 || n > len(rest) {
			return errMangled
		}
		if err := out(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
		if err := c.write(out); err != nil {
			return err
		}
		written = c.at + c.size()
	}
	return out(rest)
}

// whole returns the mail as it was fetched; nil where it was not taken.
func (k kept) whole() ([]byte, error) {
	if len(k.cuts) == 0 {
		return k.rest, nil
	}
	n := len(k.rest)
	for _, c := range k.cuts {
		if blobs.Of(c.data) != c.digest {
			return nil, fmt.Errorf("%w: %s", errMangled, c.digest)
		}
		n += c.size()
	}
	raw := make([]byte, 0, n)
	err := k.write(func(b []byte) error {
		raw = append(raw, b...)
		return nil
	})
	return raw, err
}

// blob returns the digest of the file at the path of a part, where it was taken out.
func (k kept) blob(path string) []byte {
	for _, c := range k.cuts {
		if c.path != "" && c.path == path {
			return c.digest[:]
		}
	}
	return nil
}

// named gives the cuts of a stored mail the paths of the parts that they have now.
func (k kept) named(now kept) kept {
	paths := make(map[int]cut, len(now.cuts))
	for _, c := range now.cuts {
		paths[c.at] = c
	}
	for i, c := range k.cuts {
		if n := paths[c.at]; n.digest == c.digest {
			k.cuts[i].path = n.path
		}
	}
	return k
}

// A comparison takes what is written and compares it with what it should be.
type comparison struct{ left []byte }

func (c *comparison) next(b []byte) error {
	if !bytes.HasPrefix(c.left, b) {
		return errMangled
	}
	c.left = c.left[len(b):]
	return nil
}
