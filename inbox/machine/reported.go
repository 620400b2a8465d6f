package machine

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// maxQuoted is how much of one part is searched for ids, in bytes.
const maxQuoted = 64 << 10

// ReportedIDs finds the ids of the mail that a report is about, in whatever part and form it is quoted:
// those of the form of ours first, whatever became of their brackets and domains, then the Message-ID of what came
// back, then what that answered.
func ReportedIDs(root *mail.Part, ours *regexp.Regexp) []string {
	var own, ids, refs []string
	var visit func(p *mail.Part)
	visit = func(p *mail.Part) {
		if p != root && p.Header.Has("Message-Id") {
			ids = append(ids, mail.ParseIDs(p.Header.Get("Message-Id"))...)
		}
		for _, name := range []string{"Message-Id", "In-Reply-To", "References", "X-Original-Message-Id"} {
			if p != root || name != "Message-Id" {
				own = append(own, ours.FindAllString(strings.ToLower(mail.Joined(p.Header, name)), mail.MaxReferences)...)
			}
		}
		for _, c := range p.Children {
			visit(c)
		}
		if len(p.Children) > 0 || len(ids)+len(refs) >= mail.MaxReferences {
			return
		}
		text := mail.TransferDecode(p.Header.Get("Content-Transfer-Encoding"), p.Body[:min(len(p.Body), maxQuoted)])
		own = append(own, ours.FindAllString(strings.ToLower(mail.Clean(string(text))), mail.MaxReferences)...)
		ids, refs = quotedIDs(text, ids, refs)
	}
	visit(root)
	all := append(append(own, ids...), refs...)
	return all[:min(len(all), mail.MaxReferences)]
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
			ids = append(ids, mail.ParseIDs(mail.Clean(string(value)))...)
		case "in-reply-to", "references":
			refs = append(refs, mail.ParseIDs(mail.Clean(string(value)))...)
		}
		if len(ids)+len(refs) >= mail.MaxReferences {
			break
		}
	}
	return ids, refs
}
