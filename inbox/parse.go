package inbox

import (
	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/inbox/trim"
	"github.com/customerdesk/customerdesk/tickets"
)

// A Message is what could be read of a mail and found out about it. Every string is valid UTF-8 without NUL.
type Message struct {
	mail.Message
	Text string // what the person wrote in this mail, see package trim
	// Signature is what stands apart from Text: signature, legal footers, what a phone or a list adds.
	Signature string
	Class     machine.Class
	robot     bool // a program wrote it, whatever its class
	behalf    bool // a form sent it, for the person that From names since: see onBehalf
	// Auth is the verdict on the sender, which Parse cannot come to and leaves empty; see package origin.
	Auth       tickets.Verdict
	AuthReason string
	// Reported are the message ids of mail that this one reports about (a bounce, RFC 3464).
	Reported []string
	// Failures are what a bounce or a feedback report says of each recipient.
	Failures []machine.Failure
	// back is what the mail says as a bounce, where it is one if it came to our return path; else nil.
	back *comeback
}

// A comeback has Message.Reported and Failures of what may be a bounce.
type comeback struct {
	reported []string
	failures []machine.Failure
}

// Parse reads a raw message (RFC 5322, RFC 2045). It never fails: what cannot be read is left out, and the
// raw message is kept elsewhere. It takes time linear in the size of raw.
func Parse(raw []byte) Message { return parse(raw, mail.Patience{}) }

func parse(raw []byte, p mail.Patience) Message {
	m := Message{Message: mail.Read(raw, p)}
	m.Class, m.robot = machine.Classify(m.Message)
	switch m.Class {
	case machine.Bounce:
		m.Reported, m.Failures = machine.ReportedIDs(m.Root, idPattern), machine.Failures(m.Message)
	case machine.Report:
		m.Reported, m.Failures = machine.ReportedIDs(m.Root, idPattern), machine.Complaints(m.Message)
	default:
		if machine.CameBack(m.Message, idPattern) {
			m.back = &comeback{machine.ReportedIDs(m.Root, idPattern), machine.Failures(m.Message)}
		}
	}
	m.Text, m.Signature = trim.Words(m.FullText, m.Sources, m.Subject)
	return m
}
