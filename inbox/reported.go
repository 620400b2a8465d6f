package inbox

import (
	"bytes"
	"regexp"
	"strings"
)

// maxQuoted is how much of one part is searched for ids, in bytes.
const maxQuoted = 64 << 10

// reportedIDs finds the ids of the mail that a report is about, in whatever part and form it is quoted:
// those of the form of ours first, whatever became of their brackets and domains, then the Message-ID of what came
// back, then what that answered.
func reportedIDs(root *part, ours *regexp.Regexp) []string {
	var own, ids, refs []string
	var visit func(p *part)
	visit = func(p *part) {
		if p != root && p.header.Has("Message-Id") {
			ids = append(ids, parseIDs(p.header.Get("Message-Id"))...)
		}
		for _, name := range []string{"Message-Id", "In-Reply-To", "References", "X-Original-Message-Id"} {
			if p != root || name != "Message-Id" {
				own = append(own, ours.FindAllString(strings.ToLower(joined(p.header, name)), maxReferences)...)
			}
		}
		for _, c := range p.children {
			visit(c)
		}
		if len(p.children) > 0 || len(ids)+len(refs) >= maxReferences {
			return
		}
		text := transferDecode(p.header.Get("Content-Transfer-Encoding"), p.body[:min(len(p.body), maxQuoted)])
		own = append(own, ours.FindAllString(strings.ToLower(clean(string(text))), maxReferences)...)
		ids, refs = quotedIDs(text, ids, refs)
	}
	visit(root)
	all := append(append(own, ids...), refs...)
	return all[:min(len(all), maxReferences)]
}

// quotedIDs reads the id fields that stand in a text, also behind quote marks.
func quotedIDs(text []byte, ids, refs []string) (_, _ []string) {
	for line := range bytes.Lines(text) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(name) > 40 {
			continue
		}
		switch strings.ToLower(strings.TrimLeft(string(name), "> \t")) {
		case "message-id", "original-message-id", "x-original-message-id":
			ids = append(ids, parseIDs(clean(string(value)))...)
		case "in-reply-to", "references":
			refs = append(refs, parseIDs(clean(string(value)))...)
		}
		if len(ids)+len(refs) >= maxReferences {
			break
		}
	}
	return ids, refs
}
