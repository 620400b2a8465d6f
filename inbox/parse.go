package inbox

import "github.com/customerdesk/customerdesk/tickets"

// A Message is what could be read of a mail and found out about it. Every string is valid UTF-8 without NUL.
type Message struct {
	content
	Text string // what the person wrote in this mail, see Trim
	// Signature is what stands apart from Text: signature, legal footers, what a phone or a list adds.
	Signature string
	Class     Class
	robot     bool // a program wrote it, whatever its class
	// Auth is the verdict on the sender, which Parse cannot come to and leaves empty; see package origin.
	Auth       tickets.Verdict
	AuthReason string
	// Reported are the message ids of mail that this one reports about (a bounce, RFC 3464).
	Reported []string
	// Failures are what a bounce says of each recipient.
	Failures []Failure
}

// Parse reads a raw message (RFC 5322, RFC 2045). It never fails: what cannot be read is left out, and the
// raw message is kept elsewhere. It takes time linear in the size of raw.
func Parse(raw []byte) Message { return parse(raw, patience{}) }

func parse(raw []byte, p patience) Message {
	m := Message{content: readMail(raw, p)}
	m.Class, m.robot = classify(m.content)
	if m.Class == Bounce || m.Class == Report {
		m.Reported = reportedIDs(m.root, idPattern)
	}
	if m.Class == Bounce {
		m.Failures = readBounce(m.content)
	}
	m.Text, m.Signature = ownWords(m.FullText, m.sources, m.Subject)
	return m
}
