package mail

import (
	"bytes"
	"strconv"
	"strings"
)

// A uufile is a file that stands uuencoded within a text (POSIX.1-2017, uuencode), as mail did before MIME.
type uufile struct {
	name string
	data []byte
}

// maxUufiles bounds the files of one text.
const maxUufiles = 100

// cutUufiles takes files that are uuencoded, or in yEnc, out of a text. What only begins like one stays in it.
func cutUufiles(b []byte) (rest []byte, files []uufile) {
	if !beginsLine(b, "begin ") && !beginsLine(b, "=ybegin ") {
		return b, nil
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		line, after := wholeLine(b)
		if name, ok := uuBegin(line); ok && len(files) < maxUufiles {
			if data, end, ok := uuBody(after); ok {
				files = append(files, uufile{name, data})
				b = end
				continue
			}
		}
		if f, end, ok := yencFile(line, after); ok && len(files) < maxUufiles {
			files = append(files, f)
			b = end
			continue
		}
		out = append(out, b[:len(b)-len(after)]...)
		b = after
	}
	return out, files
}

func beginsLine(b []byte, s string) bool {
	return bytes.HasPrefix(b, []byte(s)) || bytes.Contains(b, []byte("\n"+s))
}

// yencFile reads a file in yEnc (www.yenc.org/yenc-draft.1.3.txt) whose first line is line, up to the next line that
// yEnc keeps for itself, which has to be its end.
func yencFile(line, after []byte) (f uufile, rest []byte, ok bool) {
	head, ok := bytes.CutPrefix(line, []byte("=ybegin "))
	if !ok {
		return f, nil, false
	}
	_, name, ok := bytes.Cut(head, []byte(" name="))
	if bytes.HasPrefix(after, []byte("=ypart ")) {
		_, after = wholeLine(after)
	}
	end := bytes.Index(after, []byte("\n=y"))
	if !ok || end < 0 || !bytes.HasPrefix(after[end:], []byte("\n=yend ")) {
		return f, nil, false
	}
	f = uufile{name: string(bytes.TrimSpace(name)), data: make([]byte, 0, end)}
	escaped := byte(0)
	for _, c := range after[:end] {
		switch {
		case c == '\r' || c == '\n':
		case c == '=' && escaped == 0:
			escaped = 64
		default:
			f.data = append(f.data, c-42-escaped)
			escaped = 0
		}
	}
	_, rest = wholeLine(after[end+1:])
	return f, rest, true
}

// wholeLine cuts the first line from b, without its end, whatever it holds.
func wholeLine(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return bytes.TrimSuffix(b[:i], []byte("\r")), b[i+1:]
	}
	return bytes.TrimSuffix(b, []byte("\r")), nil
}

// uuBegin reads a line such as "begin 644 picture.gif".
func uuBegin(line []byte) (name string, ok bool) {
	rest, ok := strings.CutPrefix(string(line[:min(len(line), 400)]), "begin ")
	if !ok {
		return "", false
	}
	mode, name, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if len(mode) < 3 || len(mode) > 6 {
		return "", false
	}
	if _, err := strconv.ParseUint(mode, 8, 32); err != nil {
		return "", false
	}
	return strings.TrimSpace(name), true
}

// uuBody decodes lines up to "end", or up to where the text breaks off; it is no file without a single
// good line.
func uuBody(b []byte) (data, rest []byte, ok bool) {
	for good := 0; ; {
		if len(b) == 0 {
			return data, nil, good > 0
		}
		line, after := wholeLine(b)
		switch trimmed := bytes.TrimRight(line, " "); {
		case string(trimmed) == "end":
			return data, after, true
		case len(trimmed) == 0 || string(trimmed) == "`":
			b = after // the line of no bytes before the end
			continue
		}
		octets, fits := uuLine(line)
		if !fits {
			return data, b, good > 0
		}
		data = append(data, octets...)
		good++
		b = after
	}
}

// uuLine decodes one line: its first character tells how many bytes it carries. Blanks at its end may have been
// lost on the way, and a check character may follow.
func uuLine(line []byte) ([]byte, bool) {
	n := int(line[0]-' ') & 0x3f
	text := line[1:]
	want := (n + 2) / 3 * 4
	if line[0] < ' ' || line[0] > '`' || len(text) > want+2 || len(bytes.TrimRight(text, " ")) > 0 && len(text) < want-4 && len(text) < want/2 {
		return nil, false
	}
	out := make([]byte, 0, want/4*3)
	at := func(i int) (byte, bool) {
		if i >= len(text) {
			return 0, true
		}
		return (text[i] - ' ') & 0x3f, text[i] >= ' ' && text[i] <= '`'
	}
	for i := 0; i < want; i += 4 {
		var group [4]byte
		for k := range group {
			v, ok := at(i + k)
			if !ok {
				return nil, false
			}
			group[k] = v
		}
		out = append(out, group[0]<<2|group[1]>>4, group[1]<<4|group[2]>>2, group[2]<<6|group[3])
	}
	return out[:min(n, len(out))], true
}
