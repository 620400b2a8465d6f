package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-message"
)

// A Message is what stands in a mail. Every string is valid UTF-8 without NUL.
type Message struct {
	MessageID  string   // without angle brackets; made from the content where the mail has none
	InReplyTo  []string // message ids
	References []string // message ids, oldest first

	From        Address // From, else Reply-To, else Sender
	ReplyTo     []Address
	To, Cc      []Address
	DeliveredTo []string // addresses the mail servers on the way noted: Delivered-To and the like
	ThreadIndex []byte   // names a conversation in Outlook's sense; nil where the mail has none
	Answers     string   // In-Reply-To and References as written, without blanks

	Subject  string
	Date     time.Time // zero where unreadable
	FullText string    // the whole readable body
	HTML     string    // sanitised, remote pictures off; empty where the mail has no HTML part
	Sources  []string  // HTML parts as they came, for the structure that is sanitised away

	Attachments []Attachment
	Leaves      []Leaf // the parts that hold files
	Root        *Part  // the whole; nil where only the header was read
	// Digest is the SHA-256 of sender and body. Together with MessageID it tells a mail that came by two
	// ways from another mail with the same id.
	Digest [sha256.Size]byte
}

// An Attachment is a part that is not the mail's own text.
type Attachment struct {
	Part        string // path within the mail, as in IMAP's section numbers
	Name        string // sanitised, never empty
	ContentType string
	ContentID   string // without angle brackets
	Size        int64  // in bytes, decoded
	Inline      bool
	Danger      string // why it should not be opened without thought; empty where nothing is known
	Virus       string // what the scanner found in it; Read leaves it empty
}

// MissingID is the domain of ids made for mail without one; it cannot be anybody's (RFC 6761 section 6.4).
const MissingID = "@missing.invalid"

// Read reads a raw message (RFC 5322, RFC 2045), for as long as p allows. It never fails: what cannot be read is
// left out. It takes time linear in the size of raw.
func Read(raw []byte, p Patience) Message {
	t := tree{Patience: p}
	root := t.read(Beginning(raw), "", "text/plain", 0)
	root.Header = relabelled(root)
	h := root.Header
	m := readFields(h)
	m.Root, m.Leaves = root, leaves(root)
	m.Digest = digest(m.From, root.Body)
	if m.MessageID == "" {
		m.MessageID = makeID(h, m.Digest)
	}
	b := body{Patience: p}
	b.walk(root)
	b.settle(root)
	m.FullText = strings.TrimSpace(b.read())
	m.HTML, m.Sources, m.Attachments = b.readHTML(), b.sources, b.attachments
	return m
}

// ReadHead reads the header of a message from its beginning, of which the rest is not at hand or cannot be read.
func ReadHead(head []byte) Message {
	h, _ := SplitHeader(Beginning(head))
	return readFields(h)
}

func readFields(h message.Header) Message {
	return Message{
		MessageID:   messageID(h.Get("Message-Id")),
		InReplyTo:   answered(h, "In-Reply-To"),
		References:  answered(h, "References"),
		From:        sender(h),
		ReplyTo:     ParseAddresses(h.Get("Reply-To")),
		To:          ParseAddresses(Joined(h, "To")),
		Cc:          ParseAddresses(Joined(h, "Cc")),
		DeliveredTo: deliveredTo(h),
		ThreadIndex: ThreadIndex(h.Get("Thread-Index")),
		Answers:     answers(plainIDs(h, "In-Reply-To"), plainIDs(h, "References")),
		Subject:     OneLine(DecodeWords(h.Get("Subject"))),
		Date:        parseDate(h),
	}
}

// Extract returns the decoded bytes of the part at path, as Attachment.Part names it.
func Extract(raw []byte, path string) ([]byte, bool) {
	var t tree
	return t.read(Beginning(raw), "", "text/plain", 0).File(path)
}

// File returns the bytes of a part of a mail, or of a uuencoded file in one.
func (root *Part) File(path string) ([]byte, bool) {
	path, nth, inText := strings.Cut(path, uuMark)
	found, ok := find(root, path)
	if !ok {
		return nil, false
	}
	if !inText {
		return found.decoded(), true
	}
	_, files := cutUufiles(found.decoded())
	n, err := strconv.Atoi(nth)
	if err != nil || n < 1 || n > len(files) {
		return nil, false
	}
	return files[n-1].data, true
}

// uuMark stands in Attachment.Part between the path of a text and the number of a uuencoded file in it.
const uuMark = "#"

func find(p *Part, path string) (*Part, bool) {
	if p.path == path || path == "1" && p.path == "" && len(p.Children) == 0 {
		return p, true
	}
	for _, c := range p.Children {
		if f, ok := find(c, path); ok {
			return f, true
		}
	}
	return nil, false
}

// Joined returns the values of all fields of a name: some programs write one field for each id.
func Joined(h message.Header, name string) string {
	values := h.Values(name)
	if len(values) == 1 {
		return values[0]
	}
	return strings.Join(values, ", ")
}

// sender returns whom the mail is from: From, or where that is missing or empty Reply-To, Sender or the
// return path.
func sender(h message.Header) Address {
	var first Address
	for _, name := range []string{"From", "Reply-To", "Sender", "Resent-From", "Return-Path"} {
		for _, a := range ParseAddresses(h.Get(name)) {
			if ValidEmail(a.Email) {
				if a.Name == "" && first.Email == "" {
					a.Name = first.Name
				}
				return a
			}
			if first == (Address{}) {
				first = a
			}
		}
		if name == "From" && first == (Address{}) {
			var ok bool
			if first, ok = bareAddress(h.Get(name)); !ok {
				first = Address{Name: OneLine(strings.Trim(DecodeWords(h.Get(name)), "<>\" "))}
			}
		}
	}
	return first
}

func deliveredTo(h message.Header) []string {
	var list []string
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "X-Forwarded-To", "X-Forwarded-For",
		"X-Rcpt-To", "X-Gm-Original-To", "Original-Recipient", "X-Original-Recipient", "Apparently-To", "Resent-To", "Resent-Cc", "Bcc"} {
		for _, v := range h.Values(name) {
			v = strings.TrimPrefix(v, "rfc822;")
			if name == "X-Forwarded-For" { // separated by blanks
				v = strings.Join(strings.Fields(v), ", ")
			}
			for _, a := range ParseAddresses(v) {
				list = append(list, a.Email)
			}
		}
	}
	for _, v := range h.Values("Received") {
		if a, ok := receivedFor(v); ok && len(list) < maxAddresses {
			list = append(list, a)
		}
	}
	return list
}

// receivedFor is the address behind "for" in a Received field (RFC 5321 section 4.4).
func receivedFor(v string) (string, bool) {
	fields := strings.Fields(v)
	for i, f := range fields[:max(0, len(fields)-1)] {
		if a := strings.Trim(fields[i+1], "<>;,"); strings.EqualFold(f, "for") && ValidEmail(a) {
			return a, true
		}
	}
	return "", false
}

// digest is the same for a mail by whatever way it came: line ends and trailing blanks do not count.
func digest(from Address, body []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(strings.ToLower(from.Email)))
	h.Write([]byte{0})
	body = bytes.TrimRight(body, "\r\n \t")
	for len(body) > 0 {
		i := bytes.IndexByte(body, '\r')
		if i < 0 {
			h.Write(body)
			break
		}
		h.Write(body[:i])
		body = body[i+1:]
		if len(body) == 0 || body[0] != '\n' {
			h.Write([]byte{'\n'})
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// makeID makes the id of a mail that has none: the same mail gets the same id wherever it turns up.
func makeID(h message.Header, body [sha256.Size]byte) string {
	sum := sha256.New()
	sum.Write(body[:])
	for _, name := range []string{"Date", "Subject", "To"} {
		sum.Write([]byte(h.Get(name)))
		sum.Write([]byte{0})
	}
	return hex.EncodeToString(sum.Sum(nil)[:20]) + MissingID
}
