package inbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/tickets"
)

// feedback is a feedback report about a mail, with the fields of its machine-readable part.
func feedback(id, fields string) string {
	return "From: Feedback <feedback@big.example>\nTo: support@acme.example\nSubject: FW: Printer on fire\nMessage-ID: <f1@big.example>\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: text/plain\n\nThis is an email abuse report.\n" +
		"--b\nContent-Type: message/feedback-report\n\n" + fields + "\n--b\nContent-Type: message/rfc822\n\n" +
		"From: support@acme.example\nTo: ann@customer.example\nMessage-ID: <" + id + ">\nSubject: Printer on fire\n\nUse water.\n--b--\n"
}

const abuse = "Feedback-Type: abuse\nUser-Agent: Big/1.0\nVersion: 1\n"

func TestAComplaintIsShownAndStopsAutomaticMail(t *testing.T) {
	for name, c := range map[string]func(e Envelope) string{
		"with the recipient": func(e Envelope) string {
			return feedback(e.MessageID, abuse+"Original-Rcpt-To: <Ann@customer.example>\n")
		},
		"with a type before it": func(e Envelope) string {
			return feedback(e.MessageID, abuse+"Original-Rcpt-To: rfc822;ann@customer.example\n")
		},
		"without the recipient": func(e Envelope) string { return feedback(e.MessageID, abuse) },
		"recipient unrecognisable": func(e Envelope) string {
			return feedback(e.MessageID, abuse+"Original-Rcpt-To: 5f4dcc@customer.example\n")
		},
		"of a type that is unknown": func(e Envelope) string { return feedback(e.MessageID, "Feedback-Type: x-annoyed\nVersion: 1\n") },
		"with the recipient, no id": func(Envelope) string { return feedback("", abuse+"Original-Rcpt-To: ann@customer.example\n") },
		"the mail alone": func(e Envelope) string {
			return "From: staff@big.example\nTo: support@acme.example\nSubject: complaint about message from 192.0.2.9\nMessage-ID: <f2@big.example>\nMIME-Version: 1.0\n" +
				"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: ann@customer.example\nFrom: support@acme.example\n" +
				"Message-ID: <" + e.MessageID + ">\n\nUse water.\n--b--\n"
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, tk, e := answered(t)
			h.accept(h.raw(c(e)))
			s, yes := h.suppressed("ann@customer.example")
			if !yes || s.Reason != machine.Complaint || s.Until.Sub(s.Since) != suppressFor {
				t.Errorf("suppressed %v: %+v", yes, s)
			}
			a := h.answerOf(tk.ID)
			if _, events := h.delivery(tk.ID); a.Delivery != "sent" || fmt.Sprint(events) != "[sent complained]" {
				t.Errorf("delivery %q, events %v", a.Delivery, events)
			}
			if got := h.tickets(); len(got) != 1 || got[0].Status != tickets.InProgress {
				t.Errorf("tickets %+v", got)
			}
			if m := h.messages(Stored); len(m) != 2 || m[1].Class != machine.Report || len(m[1].Failures) != 1 || m[1].Failures[0].Action != machine.Complained {
				t.Errorf("messages %+v", m)
			}
			if held := h.admit(StormGuard{}, tk.ID, "ann@customer.example"); !strings.Contains(held, "complained of our mail") {
				t.Errorf("automatic mail is held because %q", held)
			}
		})
	}
}

func TestReportsThatAreNoComplaintsSuppressNobody(t *testing.T) {
	for name, report := range map[string]func(e Envelope) string{
		"takes it back":     func(e Envelope) string { return feedback(e.MessageID, "Feedback-Type: not-spam\nVersion: 1\n") },
		"about a signature": func(e Envelope) string { return feedback(e.MessageID, "Feedback-Type: auth-failure\nVersion: 1\n") },
		"about somebody's mail": func(Envelope) string {
			return feedback("x@elsewhere.example", abuse+"Original-Rcpt-To: zoe@elsewhere.example\n")
		},
		"empty": func(e Envelope) string { return feedback(e.MessageID, "") },
	} {
		t.Run(name, func(t *testing.T) {
			h, tk, e := answered(t)
			h.accept(h.raw(report(e)))
			if s, yes := h.suppressed("ann@customer.example"); yes {
				t.Errorf("suppressed: %+v", s)
			}
			if _, events := h.delivery(tk.ID); fmt.Sprint(events) != "[sent]" {
				t.Errorf("events %v", events)
			}
			if n := len(h.tickets()); n != 1 {
				t.Errorf("%d tickets", n)
			}
		})
	}
}

func TestComplaintsOfOtherTenantsAreOutOfReach(t *testing.T) {
	h, tk, e := answered(t)
	other := houseIn(t, h.pool, "other")
	other.accept(other.raw(feedback(e.MessageID, abuse+"Original-Rcpt-To: ann@customer.example\n")))
	if _, yes := h.suppressed("ann@customer.example"); yes {
		t.Error("another tenant's report suppresses the address")
	}
	if _, events := h.delivery(tk.ID); fmt.Sprint(events) != "[sent]" {
		t.Errorf("another tenant's report made events %v", events)
	}
	h.accept(h.raw(feedback(e.MessageID, abuse+"Original-Rcpt-To: ann@customer.example\n")))
	if _, yes := other.suppressed("ann@customer.example"); yes {
		t.Error("another tenant sees the suppression")
	}
}
