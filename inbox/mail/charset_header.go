package mail

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"
)

// relabelled is a message's header with the fields that hold raw 8-bit text converted from the charset that its body is
// in: a program that encodes neither uses one for both, and a subject alone is too short for a guess.
func relabelled(root *Part) message.Header {
	var raws [][]byte
	wrong := false
	for f := root.Header.Fields(); f.Next(); {
		raw, err := f.Raw()
		if err != nil {
			return root.Header
		}
		wrong = wrong || !utf8.Valid(raw)
		raws = append(raws, raw)
	}
	name := ""
	if wrong {
		name = charsetName(textCharset(root))
	}
	if name == "" || name == "utf-8" || name == "us-ascii" {
		return root.Header
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
func textCharset(p *Part) string {
	if strings.HasPrefix(p.MediaType, "text/") && len(p.Children) == 0 {
		return p.Params["charset"]
	}
	for _, c := range p.Children {
		if name := textCharset(c); name != "" {
			return name
		}
	}
	return ""
}
