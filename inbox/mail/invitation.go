package mail

import (
	"strings"
	"time"
)

// maxEvent is how much of a calendar is read, in bytes.
const maxEvent = 64 << 10

// invitation is what a person wants to know of the first event of an iCalendar object (RFC 5545, RFC 5546): what it is, when,
// where and whose. Empty where there is none.
func invitation(calendar string) string {
	calendar = calendar[:min(len(calendar), maxEvent)]
	// A line that begins with a blank goes on the one before (RFC 5545 section 3.1).
	unfold := strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "")
	var method string
	event := map[string]property{}
	inside := 0 // components below the event
	for line := range strings.Lines(unfold.Replace(calendar)) {
		name, p := readProperty(strings.TrimRight(line, "\r\n"))
		switch {
		case name == "METHOD":
			method = strings.ToUpper(p.value)
		case name == "BEGIN" && strings.EqualFold(p.value, "VEVENT"):
			inside = 1
		case inside == 0:
		case name == "BEGIN":
			inside++
		case name == "END":
			if inside--; inside == 0 {
				return eventText(method, event)
			}
		case inside == 1 && name != "":
			if _, known := event[name]; !known {
				event[name] = p
			}
		}
	}
	return ""
}

// A property is the value of a line of a calendar, with its parameters as written.
type property struct{ params, value string }

// readProperty reads a content line; the name is upper case, and empty where it is none.
func readProperty(line string) (name string, p property) {
	quoted, end := false, -1
	for i := 0; i < len(line) && end < 0; i++ {
		switch line[i] {
		case '"':
			quoted = !quoted
		case ':':
			if !quoted {
				end = i
			}
		}
	}
	if end < 0 {
		return "", p
	}
	name, p.params, _ = strings.Cut(line[:end], ";")
	p.value = line[end+1:]
	return strings.ToUpper(strings.TrimSpace(name)), p
}

// param returns a parameter's value.
func (p property) param(name string) string {
	for part := range strings.SplitSeq(p.params, ";") {
		if k, v, ok := strings.Cut(part, "="); ok && strings.EqualFold(k, name) {
			return strings.Trim(v, `"`)
		}
	}
	return ""
}

// text is a value as it is read (RFC 5545 section 3.3.11).
func (p property) text() string {
	return strings.TrimSpace(strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(p.value))
}

// when is a date or a time with its zone; as written where it is neither.
func (p property) when() string {
	zone := p.param("TZID")
	if at, err := time.Parse("20060102T150405", strings.TrimSuffix(p.value, "Z")); err == nil {
		if strings.HasSuffix(p.value, "Z") {
			zone = "UTC"
		}
		return strings.TrimSpace(at.Format("Monday, 2 January 2006, 15:04") + " " + zone)
	}
	if at, err := time.Parse("20060102", p.value); err == nil {
		return at.Format("Monday, 2 January 2006")
	}
	return strings.TrimSpace(p.value)
}

func eventText(method string, e map[string]property) string {
	head := map[string]string{"REQUEST": "Invitation", "CANCEL": "Cancelled", "REPLY": "Answer to an invitation", "COUNTER": "Another time is proposed"}[method]
	if head == "" {
		head = "Event"
	}
	lines := []string{head + ": " + OneLine(e["SUMMARY"].text())}
	if v, ok := e["DTSTART"]; ok {
		when := v.when()
		if end, ok := e["DTEND"]; ok && end.when() != when {
			when += " – " + end.when()
		}
		lines = append(lines, "When: "+when)
	}
	if v := OneLine(e["LOCATION"].text()); v != "" {
		lines = append(lines, "Where: "+v)
	}
	if o, ok := e["ORGANIZER"]; ok {
		who := o.value
		if len(who) > 7 && strings.EqualFold(who[:7], "mailto:") {
			who = who[7:]
		}
		if name := o.param("CN"); name != "" && !strings.EqualFold(name, who) {
			who = name + " <" + who + ">"
		}
		lines = append(lines, "Organiser: "+OneLine(who))
	}
	text := strings.Join(lines, "\n")
	if more := e["DESCRIPTION"].text(); more != "" {
		text += "\n\n" + more
	}
	return text
}
