package mail

import "strings"

// MinBlob is the size from which a file in a mail is kept apart from it, in bytes as the mail has it. Below, a row of
// its own costs more than it saves.
const MinBlob = 4 << 10

// A Leaf is a part of a mail that holds a file.
type Leaf struct {
	Path     string // as Attachment.Part has it; empty where that names another part
	Encoding string // Content-Transfer-Encoding, tidied
	Body     []byte // as the mail has it
}

// leaves lists the parts below p that hold files. Text that may be the mail's own is none.
func leaves(p *Part) []Leaf { return appendLeaves(nil, p, true) }

func appendLeaves(list []Leaf, p *Part, named bool) []Leaf {
	if len(p.Children) > 0 {
		message := strings.HasPrefix(p.MediaType, "message/")
		for _, c := range p.Children {
			// What a message within this one consists of in one part has the path of the message itself.
			list = appendLeaves(list, c, !message)
		}
		return list
	}
	kind, _, _ := strings.Cut(p.MediaType, "/")
	if len(p.Body) < MinBlob || kind == "multipart" || kind == "message" || kind == "text" && p.disposition != "attachment" {
		return list
	}
	l := Leaf{Encoding: cleanEncoding(p.Header.Get("Content-Transfer-Encoding")), Body: p.Body}
	if named {
		if l.Path = p.path; l.Path == "" {
			l.Path = "1"
		}
	}
	return append(list, l)
}
