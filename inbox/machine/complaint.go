package machine

import (
	"strings"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// Complaints is what a feedback report (RFC 5965) says of each recipient who called a mail of ours spam; nil where it
// says nothing of the kind: "not-spam" takes it back (RFC 6430), and "auth-failure" is about signatures (RFC 6591).
func Complaints(m mail.Message) []Failure {
	var list []Failure
	eachPart(m.Root, func(p *mail.Part) {
		if p.MediaType != "message/feedback-report" || list != nil {
			return
		}
		text := p.Text()
		h, _ := mail.SplitHeader([]byte(text[:min(len(text), maxFields)]))
		kind := strings.ToLower(strings.TrimSpace(h.Get("Feedback-Type")))
		switch kind {
		case "", "not-spam", "auth-failure", "dmarc":
			return
		}
		for _, name := range []string{"Original-Rcpt-To", "Removal-Recipient"} {
			for _, v := range h.Values(name) {
				if who := typedAddress(v); who != "" && len(list) < maxFailures {
					list = append(list, complaintOf(who, kind))
				}
			}
		}
		if list == nil { // the recipient is often left out
			list = []Failure{complaintOf("", kind)}
		}
	})
	if list == nil && m.Root.MediaType != "multipart/report" {
		// Outlook.com's programme sends the mail alone, and writes the recipient into its header.
		returned := returnedHeader(m.Root, "")
		if who := typedAddress(returned.Get("X-HmXmrOriginalRecipient")); who != "" {
			list = []Failure{complaintOf(who, "abuse")}
		}
	}
	return list
}

func complaintOf(who, kind string) Failure {
	return Failure{Action: Complained, Recipient: who, Reason: Complaint, Text: mail.ShortLine(mail.Clean("feedback report: "+kind), maxDiagnostic)}
}
