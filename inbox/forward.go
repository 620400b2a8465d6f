package inbox

import (
	"strings"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/inbox/trim"
)

// forwardWord is what a member writes first to have a forwarded mail be its sender's own.
const forwardWord = "@fwd"

// A forwarded mail is one that a member had and passed on.
type forwarded struct {
	from      mail.Address
	subject   string // may be empty
	text      string // what its sender wrote
	words     string // what the member wrote above it; may be empty
	messageID string // may be empty: only an attached mail has one
}

// readForward finds the mail that m passes on, attached (RFC 2046 section 5.2.1) or written out below a header
// as mail programs do it in many languages; ok is false where m does not begin with the word for it, or
// holds none. It takes time linear in the size of the mail.
func readForward(m Message, raw []byte) (f forwarded, ok bool) {
	text, says := afterWord(m)
	if !says {
		return f, false
	}
	for _, a := range m.Attachments {
		if a.ContentType != "message/rfc822" {
			continue
		}
		if inner, found := mail.Extract(raw, a.Part); found {
			o := Parse(inner)
			if mail.ValidEmail(o.From.Email) {
				return forwarded{from: o.From, subject: o.Subject, text: o.Text, words: tidyWords(trim.Text(text)), messageID: o.MessageID}, true
			}
		}
	}
	return readBlock(strings.Split(mail.Newlines(text), "\n"))
}

// afterWord is what stands in a mail behind forwardWord; says is false where the mail does not begin with it.
func afterWord(m Message) (text string, says bool) {
	text = strings.TrimLeft(m.FullText, " \t\r\n\u00a0\u200b\ufeff")
	if len(text) < len(forwardWord) || !strings.EqualFold(text[:len(forwardWord)], forwardWord) {
		return "", false
	}
	text = strings.TrimSpace(text)[len(forwardWord):]
	if text != "" && !strings.ContainsAny(text[:1], " \t\r\n:,.;!*") && !strings.HasPrefix(text, "\u00a0") {
		return "", false
	}
	return text, true
}

// maxBlock is how many lines the header of a forwarded mail has at most.
const maxBlock = 16

// readBlock finds the first header of a forwarded mail among lines.
func readBlock(lines []string) (f forwarded, ok bool) {
	for i := range lines {
		word, value := labelled(lines[i])
		if !senderLabel(word) {
			continue
		}
		if !strings.Contains(value, "@") && i+1 < len(lines) {
			if next, _ := labelled(lines[i+1]); !otherLabel(next) {
				value += " " + bareLine(lines[i+1])
			}
		}
		from, valid := mail.LooseAddress(mailto(value))
		end, subject := blockEnd(lines, i)
		if !valid || end == i+1 {
			continue
		}
		f = forwarded{from: from, subject: subject, words: tidyWords(strings.Join(beforeBlock(lines[:i]), "\n"))}
		f.text = trim.Text(unquoted(lines[end:]))
		return f, true
	}
	return f, false
}

// blockEnd returns the index behind the header that begins at lines[start], and the subject in it; start+1
// where nothing but the sender stands there.
func blockEnd(lines []string, start int) (end int, subject string) {
	end = start + 1
	others := 0
	for i := start + 1; i < len(lines) && i < start+maxBlock; i++ {
		word, value := labelled(lines[i])
		switch {
		case otherLabel(word) || senderLabel(word):
			others, end = others+1, i+1
			if subjectLabel(word) {
				subject = mail.OneLine(value)
			}
		case bareLine(lines[i]) == "" && others > 0 && subject != "":
			return end, subject
		case bareLine(lines[i]) != "" && others > 0 && strings.TrimSpace(lines[end-1]) == "":
			return end, subject
		}
	}
	return end, subject
}

// labelled reads a line as "Label: value", whatever marks of quoting and emphasis are around.
func labelled(line string) (word, value string) {
	line = bareLine(line)
	end := strings.IndexAny(line, ":：")
	if end < 0 || end > 40 {
		return "", ""
	}
	word = strings.ToLower(strings.Trim(line[:end], " \t*_"))
	return word, strings.Trim(strings.TrimLeft(line[end:], ":："), " \t*_\u00a0")
}

func bareLine(line string) string {
	return strings.Trim(line, "> \t*_|\u00a0\u200e\u200f")
}

// mailto writes Outlook's "Ann [mailto:ann@example.org]" as everybody else does.
func mailto(value string) string {
	value = strings.NewReplacer("[mailto:", "<", "<mailto:", "<", "]", ">").Replace(value)
	// "ann@example.org <ann@example.org>" has no name.
	if name, rest, ok := strings.Cut(value, "<"); ok && strings.Contains(name, "@") {
		return "<" + rest
	}
	return value
}

// beforeBlock drops the line that announces a forwarded mail from the end of what stands before it.
func beforeBlock(lines []string) []string {
	for n := 0; len(lines) > 0 && n < 4; n++ {
		last := bareLine(lines[len(lines)-1])
		announces := strings.HasPrefix(last, "---") || strings.HasPrefix(last, "___") || strings.HasSuffix(last, ":") || strings.HasSuffix(last, "：")
		if last != "" && !announces {
			break
		}
		lines = lines[:len(lines)-1]
	}
	return lines
}

// unquoted is the body of a forwarded mail, without the marks where all of it is quoted.
func unquoted(lines []string) string {
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" && l[0] != '>' {
			return strings.Join(lines, "\n")
		}
	}
	var b strings.Builder
	for _, l := range lines {
		l = strings.TrimPrefix(strings.TrimLeft(l, " \t"), ">")
		b.WriteString(strings.TrimPrefix(l, " ") + "\n")
	}
	return b.String()
}

func tidyWords(s string) string {
	return strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(s), ":,.;"))
}

// withoutPrefixes is a subject without "Re:" and "Fwd:", as written otherwise.
func withoutPrefixes(subject string) string {
	for range mail.MaxPrefixes {
		lower := strings.ToLower(subject)
		rest, ok := mail.CutPrefix(lower)
		if !ok || len(lower) != len(subject) {
			break
		}
		subject = subject[len(subject)-len(rest):]
	}
	return subject
}
