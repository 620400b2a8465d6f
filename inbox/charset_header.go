package inbox

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"
)

// relabelled is a message's header with the fields that hold raw 8-bit text converted from the charset that its body is
// in: a program that encodes neither uses one for both, and a subject alone is too short for a guess.
func relabelled(root *part) message.Header {
	var raws [][]byte
	wrong := false
	for f := root.header.Fields(); f.Next(); {
		raw, err := f.Raw()
		if err != nil {
			return root.header
		}
		wrong = wrong || !utf8.Valid(raw)
		raws = append(raws, raw)
	}
	name := ""
	if wrong {
		name = charsetName(textCharset(root))
	}
	if name == "" || name == "utf-8" || name == "us-ascii" {
		return root.header
	}
	var h message.Header
	for _, raw := range slices.Backward(raws) {
		if !utf8.Valid(raw) {
			if s, ok := convert(name, raw); ok && !strings.Contains(s, "\uFFFD") {
				raw = []byte(s)
			}
		}
		h.AddRaw(raw)
	}
	return h
}

// textCharset is what the first text of a message says that it is in.
func textCharset(p *part) string {
	if strings.HasPrefix(p.mediaType, "text/") && len(p.children) == 0 {
		return p.params["charset"]
	}
	for _, c := range p.children {
		if name := textCharset(c); name != "" {
			return name
		}
	}
	return ""
}
