package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/customerdesk/customerdesk/tickets"
)

// printPeople says who takes part in a ticket, and so gets the answers, and who only wrote to it.
func printPeople(w io.Writer, list []participantJSON) {
	for _, p := range list {
		does := "gets the answers"
		switch p.Role {
		case tickets.Guest:
			does = "wrote without having a part in it, and gets no answers"
		case "to", "cc":
			does = "gets a copy of the answers"
		}
		fmt.Fprintf(w, "  %s: %s, %s\n", p.Role, person(personJSON{p.Name, p.Email}), does)
	}
}

// person is a name with its address, as in a mail's header.
func person(p personJSON) string {
	if name := printable(p.Name); name != "" && name != p.Email {
		return name + " <" + printable(p.Email) + ">"
	}
	return printable(p.Email)
}

func people(list []personJSON) string {
	all := make([]string, 0, len(list))
	for _, p := range list {
		all = append(all, person(p))
	}
	return strings.Join(all, ", ")
}

// addressees says whom an answer goes to; empty for what does not go out by mail.
func addressees(k commentJSON) string {
	if len(k.Recipients) == 0 {
		return ""
	}
	s := "to " + people(k.Recipients)
	if len(k.Cc) > 0 {
		s += ", with copies to " + people(k.Cc)
	}
	return s
}

// printFolded says that a comment is not all there is of its mail, and how to see the rest.
func printFolded(w io.Writer, n tickets.Number, k commentJSON) {
	if k.FoldedLines == 0 || k.InboundID == nil {
		return
	}
	lines := "1 more line of this mail is"
	if k.FoldedLines > 1 {
		lines = fmt.Sprintf("%d more lines of this mail are", k.FoldedLines)
	}
	fmt.Fprintf(w, "    [%s not shown: quoted history, a signature or a footer. All of it: `customerdesk message show %s`;\n"+
		"     byte for byte: `customerdesk ticket show %d --raw %s`]\n", lines, k.InboundID, n, k.ID)
}

// delivered says in words what became of an answer, and what can be done about it.
func delivered(k commentJSON, n tickets.Number, now time.Time) string {
	s := *k.Delivery
	switch {
	case s == "queued" && k.RetryAt != nil:
		s += fmt.Sprintf(", put off %s, tried again at %s", times(k.Attempts), stamp(*k.RetryAt))
	case s == "queued" && k.SendAt != nil && k.Attempts == 0 && k.SendAt.After(now):
		s += " for " + stamp(*k.SendAt)
	case s == "queued":
		s += ", not sent yet: `customerdesk serve` sends it"
	case s == "sending":
		s += ", a mail server is being asked to take it"
	case s == "held":
		s += fmt.Sprintf(", not sent, since the customer wrote first: `customerdesk ticket send %d %s` sends it all the same, `customerdesk ticket undo %[1]d %[2]s` takes it back", n, k.ID)
	case s == "cancelled":
		s += ", taken back before it left, and a note since"
	case s == "bounced":
		s += ", it came back and did not reach the customer"
	case s == "failed":
		s += ", it did not reach the customer"
	}
	if k.DeliveryDetail != nil {
		s += ": " + printable(*k.DeliveryDetail)
	}
	if to := addressees(k); to != "" {
		s += "; " + to
	}
	return s
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// deliveryEvent says in words what the history says of an answer's way; empty where the word says it.
func deliveryEvent(to string) string {
	switch to {
	case "held":
		return "held, since the customer wrote first"
	case "doubtful":
		return "doubtful: mail to a recipient came back or was called spam before"
	case "complained":
		return "complained: a recipient called it spam"
	case "refused":
		return "refused for a recipient"
	case "delayed":
		return "delayed: a mail server puts it off"
	case "cancelled":
		return "cancelled: it was taken back"
	}
	return ""
}
