package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/tickets"
)

func printTicket(w io.Writer, t wholeTicketJSON) {
	fmt.Fprintf(w, "#%d %s\n", t.Number, printable(t.Title))
	fmt.Fprintf(w, "%s, priority %s, assigned to %s\n", t.Status, t.Priority, deref(t.Assignee))
	fmt.Fprintf(w, "from %s <%s> (%s), opened %s\n", printable(t.Customer.Name), printable(t.Customer.Email), printable(t.Company), stamp(t.CreatedAt))
	printPeople(w, t.Participants)
	if t.Follows != nil {
		fmt.Fprintf(w, "goes on from #%d\n", *t.Follows)
	}
	if t.MergedInto != nil {
		fmt.Fprintf(w, "merged into #%d, which has its comments: `customerdesk ticket show %[1]d`\n", *t.MergedInto)
	}
	if t.SplitFrom != nil {
		fmt.Fprintf(w, "split off #%d\n", *t.SplitFrom)
	}
	if r := t.Satisfaction; r != nil {
		fmt.Fprintf(w, "satisfaction %d of 5, said %s <%s> on %s\n", r.Score, printable(r.By.Name), printable(r.By.Email), stamp(r.At))
		if r.Comment != "" {
			fmt.Fprint(w, indent(r.Comment))
		}
	}
	if t.Summary != nil {
		fmt.Fprintf(w, "\nSummary (%s)\n%s", t.Summary.Model, indent(t.Summary.Text))
	}
	for _, k := range t.Comments {
		fmt.Fprintf(w, "\n%s  %s%s\n%s", stamp(k.CreatedAt), authorName(k), commentMarks(k, t.Number), indent(k.Text))
		printFolded(w, t.Number, k)
		if missed(k) {
			fmt.Fprintf(w, "    [%s `customerdesk ticket send %d %s` sends it again]\n", inbox.Cure(deref(k.DeliveryDetail)), t.Number, k.ID)
		}
		for _, a := range k.Attachments {
			fmt.Fprintf(w, "    [%s]\n", attachmentLine(a.Name, a.ContentType, a.Size, a.Danger))
		}
	}
	if len(t.Suggestions) > 0 {
		fmt.Fprintln(w, "\nSuggestions (`customerdesk suggestion show ID` has the text)")
		for _, s := range t.Suggestions {
			fmt.Fprintf(w, "  %s  %s  %s  by %s\n", s.ID, s.Kind, s.State, s.Model)
		}
	}
	fmt.Fprintln(w, "\nHistory")
	for _, e := range t.Events {
		fmt.Fprintf(w, "  %s  %s\n", stamp(e.At), eventLine(e))
	}
}

// missed says whether somebody did not get an answer, as far as mail servers said.
func missed(k commentJSON) bool {
	if k.Delivery == nil || k.Author.Kind == tickets.BySystem {
		return false
	}
	return *k.Delivery == "failed" || *k.Delivery == "bounced" || *k.Delivery == "sent" && k.DeliveryDetail != nil
}

func authorName(k commentJSON) string {
	switch {
	case k.Author.Name != "":
		return printable(k.Author.Name)
	case k.Author.Email != "":
		return printable(k.Author.Email)
	}
	return "the " + string(k.Author.Kind)
}

func commentMarks(k commentJSON, n tickets.Number) string {
	s := " by " + string(k.Via)
	switch {
	case k.Class != nil && (*k.Class == "auto-reply" || *k.Class == "bounce" || *k.Class == "report"):
		s += ", " + *k.Class
	case k.Kind == tickets.Internal:
		s += ", internal note"
	}
	if k.Delivery != nil {
		s += ", " + delivered(k, n, time.Now())
	}
	if k.Auth != nil && *k.Auth == tickets.AuthFail {
		s += ", SENDER NOT VERIFIED"
	}
	return s
}

func eventLine(e eventJSON) string {
	who := e.Actor.Name
	if who == "" {
		who = "the " + string(e.Actor.Kind)
	}
	line := printable(who) + " (" + string(e.Via) + "): " + string(e.Kind)
	if e.From != "" {
		line += " from " + printable(e.From)
	}
	if words := deliveryEvent(e.To); e.Kind == tickets.DeliveryChanged && words != "" {
		line += ": " + words
	} else if e.To != "" {
		line += " to " + printable(e.To)
	}
	if e.Detail != "" {
		line += " (" + printable(e.Detail) + ")"
	}
	return line
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		b.WriteString("    " + printable(strings.TrimRight(line, "\n")) + "\n")
	}
	return b.String()
}

// printable takes what could steer a terminal or break the columns out of what strangers wrote.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)
}

func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

func deref(s *string) string {
	if s == nil {
		return "nobody"
	}
	return *s
}

func orDash(s string) string {
	if s == "" {
		return "nobody"
	}
	return s
}
