package inbox

import "strings"

// minBlob is the size from which a file in a mail is kept apart from it, in bytes as the mail has it. Below, a row of
// its own costs more than it saves.
const minBlob = 4 << 10

// A leaf is a part of a mail that holds a file.
type leaf struct {
	path     string // as Attachment.Part has it; empty where that names another part
	encoding string // Content-Transfer-Encoding, tidied
	body     []byte // as the mail has it
}

// leaves lists the parts below p that hold files. Text that may be the mail's own is none.
func leaves(p *part) []leaf { return appendLeaves(nil, p, true) }

func appendLeaves(list []leaf, p *part, named bool) []leaf {
	if len(p.children) > 0 {
		message := strings.HasPrefix(p.mediaType, "message/")
		for _, c := range p.children {
			// What a message within this one consists of in one part has the path of the message itself.
			list = appendLeaves(list, c, !message)
		}
		return list
	}
	kind, _, _ := strings.Cut(p.mediaType, "/")
	if len(p.body) < minBlob || kind == "multipart" || kind == "message" || kind == "text" && p.disposition != "attachment" {
		return list
	}
	l := leaf{encoding: cleanEncoding(p.header.Get("Content-Transfer-Encoding")), body: p.body}
	if named {
		if l.path = p.path; l.path == "" {
			l.path = "1"
		}
	}
	return append(list, l)
}
