package mailserver

import (
	"bytes"
	"errors"
	"io"
	"strings"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // Registers the charsets of real mail.
	"github.com/emersion/go-message/mail"
)

// maxParts bounds what is shown of a hostile mail.
const maxParts = 200

// A letter is a mail as a mail program shows it. Reading never fails: what cannot be
// decoded is shown as it is.
type letter struct {
	from, replyTo, to, cc []*mail.Address
	subject               string
	messageID             string   // without angle brackets
	references            []string // References, then In-Reply-To, without angle brackets
	text, html            string   // the first part of each kind
	parts                 []part   // everything else
}

// A part is an attachment, or a picture inside the HTML.
type part struct {
	name, contentType, contentID string
	data                         []byte
}

func (m *message) letter() *letter {
	m.parseOnce.Do(func() { m.parsed = readLetter(m.raw) })
	return m.parsed
}

func readLetter(raw []byte) *letter {
	h := readHeader(raw)
	l := &letter{
		from:      addresses(h, "From"),
		replyTo:   addresses(h, "Reply-To"),
		to:        addresses(h, "To"),
		cc:        addresses(h, "Cc"),
		subject:   fieldText(h, "Subject"),
		messageID: bareID(h.Get("Message-Id")),
	}
	l.references = append(ids(h.Get("References")), ids(h.Get("In-Reply-To"))...)
	entity, err := gomessage.New(h.Header, bytes.NewReader(raw[headerEnd(raw):]))
	if entity == nil || err != nil && !gomessage.IsUnknownCharset(err) && !gomessage.IsUnknownEncoding(err) {
		l.text = string(raw[headerEnd(raw):])
		return l
	}
	n := 0
	// A part that cannot be read ends the walk; what came before is kept.
	_ = entity.Walk(func(_ []int, e *gomessage.Entity, err error) error {
		if n++; n > maxParts {
			return errors.New("too many parts")
		}
		if e != nil && e.MultipartReader() == nil {
			l.take(e)
		}
		return nil
	})
	return l
}

// take files a leaf of the MIME tree.
func (l *letter) take(e *gomessage.Entity) {
	contentType, params, err := e.Header.ContentType()
	if err != nil || contentType == "" {
		contentType = "text/plain"
	}
	disposition, dparams, _ := e.Header.ContentDisposition()
	data, _ := io.ReadAll(e.Body) // A broken end keeps its beginning.
	isFile := strings.EqualFold(disposition, "attachment") || dparams["filename"] != ""
	switch {
	case contentType == "text/plain" && !isFile && l.text == "":
		l.text = strings.ReplaceAll(string(data), "\r\n", "\n")
	case contentType == "text/html" && !isFile && l.html == "":
		l.html = string(data)
	default:
		p := part{contentType: contentType, contentID: bareID(e.Header.Get("Content-Id")), data: data}
		for _, name := range []string{dparams["filename"], params["name"], "unnamed"} {
			if p.name == "" {
				p.name = fileName(name)
			}
		}
		l.parts = append(l.parts, p)
	}
}

// fileName drops folders and control characters from the name of an attachment.
func fileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, name)
}

// plain is the text of the mail, from its HTML if there is no other.
func (l *letter) plain() string {
	if strings.TrimSpace(l.text) != "" || l.html == "" {
		return l.text
	}
	return htmlText(l.html)
}

// sender is who a reply goes to first.
func (l *letter) sender() *mail.Address {
	if len(l.from) > 0 {
		return l.from[0]
	}
	return &mail.Address{Name: "Unknown sender"}
}

func (l *letter) answerTo() []*mail.Address {
	if len(l.replyTo) > 0 {
		return l.replyTo
	}
	return l.from
}

func addresses(h mail.Header, key string) []*mail.Address {
	list, err := h.AddressList(key)
	if err == nil {
		return list
	}
	if raw := strings.TrimSpace(h.Get(key)); raw != "" {
		return []*mail.Address{{Name: raw}}
	}
	return nil
}

func fieldText(h mail.Header, key string) string {
	text, err := h.Text(key)
	if err != nil {
		return h.Get(key)
	}
	return text
}

// ids splits a References field into its raw tokens (RFC 5322, section 3.6.4), leniently:
// commas separate too.
func ids(field string) []string {
	return strings.FieldsFunc(field, func(r rune) bool { return strings.ContainsRune(" \t\r\n,<>", r) })
}

// splitQuote separates what was written from the quoted history behind it.
func splitQuote(text string) (own, quoted string) {
	lines := strings.Split(text, "\n")
	end := len(lines)
	for end > 0 && (strings.HasPrefix(lines[end-1], ">") || strings.TrimSpace(lines[end-1]) == "") {
		end--
	}
	if !strings.Contains(strings.Join(lines[end:], "\n"), ">") {
		return text, ""
	}
	// The attribution holds a date, so a digit; it may be wrapped over two lines.
	for back := 1; back <= min(2, end); back++ {
		first := strings.TrimSpace(lines[end-back])
		if first == "" || !strings.HasSuffix(strings.TrimSpace(lines[end-1]), ":") {
			break
		}
		if strings.ContainsAny(first, "0123456789") {
			end -= back
			break
		}
	}
	return strings.TrimRight(strings.Join(lines[:end], "\n"), "\n "), strings.Join(lines[end:], "\n")
}
