package mail

import (
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/emersion/go-message"
)

// parseDate reads Date (RFC 5322 section 3.3), or else the time in the latest Received field that has one.
func parseDate(h message.Header) time.Time {
	if t, ok := readDate(h.Get("Date")); ok {
		return t
	}
	for _, v := range h.Values("Received") {
		if t, ok := readDate(v[strings.LastIndexByte(v, ';')+1:]); ok && strings.Contains(v, ";") {
			return t
		}
	}
	return time.Time{}
}

func readDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxDate {
		return time.Time{}, false
	}
	t, err := mail.ParseDate(s)
	if err == nil && plausible(t) {
		// The library gives zones that it knows by name only no offset.
		if name, offset := t.Zone(); offset != 0 || name == "" || name == "UTC" {
			return t, true
		}
	}
	return looseDate(s)
}

// maxDate is the longest text that is read for a date, in bytes.
const maxDate = 300

func plausible(t time.Time) bool { return t.Year() >= 1970 && t.Year() < 2200 }

// A dateReader gathers the pieces of a date in whatever order and language they stand.
type dateReader struct {
	year, day          int
	month              time.Month
	named              bool // the month is a name behind the day
	hour, minute, sec  int
	fraction           time.Duration
	offset             int // seconds east of UTC
	dated, timed       bool
	morning, afternoon bool
}

// looseDate reads dates as programs write them that do not follow RFC 5322: ISO 8601, localised names, zones by
// name, missing pieces. It takes day, month and year at least.
func looseDate(s string) (time.Time, bool) {
	s = uncommented(s)
	var r dateReader
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 1e8 && n < 5e9 {
		return time.Unix(n, 0).UTC(), true
	}
	s = strings.NewReplacer("年", "-", "月", "-", "日", " ", "\"", " ", "'", " ").Replace(s)
	for _, f := range strings.FieldsFunc(s, func(c rune) bool { return c == ',' || unicode.IsSpace(c) }) {
		r.take(strings.ToLower(f))
	}
	if r.year == 0 || r.month == 0 || r.day == 0 || r.day > 31 || r.hour > 24 || r.minute > 59 || r.sec > 60 {
		return time.Time{}, false
	}
	if r.afternoon && r.hour < 12 {
		r.hour += 12
	}
	if r.morning && r.hour == 12 {
		r.hour = 0
	}
	t := time.Date(r.year, r.month, r.day, r.hour, r.minute, r.sec, int(r.fraction), time.FixedZone("", r.offset))
	return t, plausible(t) && (t.Day() == r.day || r.hour == 24 || r.sec == 60)
}

func (r *dateReader) take(f string) {
	if day, clock, ok := strings.Cut(f, "t"); ok && strings.Count(day, "-") == 2 && IsDigits(day[:1]) && clock != "" {
		r.take(day)
		r.take(clock)
		return
	}
	switch f {
	case "am", "a.m.":
		r.morning = true
		return
	case "pm", "p.m.":
		r.afternoon = true
		return
	}
	bare := strings.TrimRight(f, ".")
	switch {
	case strings.Contains(f, ":") && IsDigits(f[:1]), r.dated && !r.timed && strings.Count(bare, ".") == 2 && IsDigits(f[:1]):
		r.clock(f)
	case IsDigits(bare):
		r.number(bare)
	case IsDigits(f[:1]) && strings.ContainsAny(f, "-/."):
		r.pieces(f)
	case r.timed:
		r.zone(f)
	default:
		r.name(bare)
	}
}

func (r *dateReader) number(s string) {
	n, err := strconv.Atoi(s)
	switch {
	case err != nil:
	case len(s) <= 2 && r.day == 0:
		r.day = n
	case r.year == 0:
		r.setYear(n, len(s))
	}
	r.dated = r.dated || r.year > 0
}

// setYear follows RFC 5322 section 4.3 for years of two and three digits.
func (r *dateReader) setYear(n, digits int) {
	switch {
	case digits <= 2 && n < 50:
		n += 2000
	case digits <= 3:
		n += 1900
	}
	r.year = n
}

// name takes a month, of which the one behind the day counts: "mar." may be a Tuesday.
func (r *dateReader) name(s string) {
	m := monthOf(s)
	if m == 0 || r.named {
		return
	}
	if r.month == 0 || r.day > 0 {
		r.month, r.named = m, r.day > 0
	}
}

// pieces takes "2026-03-02", "2.3.2026", "3/27/2026" and "2-Mar-26".
func (r *dateReader) pieces(s string) {
	p := strings.FieldsFunc(s, func(c rune) bool { return c == '-' || c == '/' || c == '.' })
	if len(p) != 3 {
		return
	}
	n := [3]int{}
	for i, x := range p {
		n[i], _ = strconv.Atoi(x)
	}
	switch {
	case len(p[0]) == 4:
		r.year, r.month, r.day = n[0], time.Month(n[1]), n[2]
	case monthOf(p[1]) != 0:
		r.day, r.month = n[0], monthOf(p[1])
		r.setYear(n[2], len(p[2]))
	default:
		if n[1] > 12 || strings.Contains(s, "/") && n[0] <= 12 {
			n[0], n[1] = n[1], n[0]
		}
		r.day, r.month = n[0], time.Month(n[1])
		r.setYear(n[2], len(p[2]))
	}
	if r.month > time.December {
		r.month = 0
	}
	r.dated = true
}

// clock takes "9:00", "09.00.00", "9:00:00.5am" and what stands right behind.
func (r *dateReader) clock(s string) {
	end := strings.IndexFunc(s, func(c rune) bool { return (c < '0' || c > '9') && c != ':' && c != '.' })
	if end < 0 {
		end = len(s)
	}
	text, rest := s[:end], s[end:]
	var fraction string
	if strings.Contains(text, ":") {
		text, fraction, _ = strings.Cut(text, ".")
	}
	for i, x := range strings.FieldsFunc(text, func(c rune) bool { return c == ':' || c == '.' }) {
		if i < 3 {
			*[]*int{&r.hour, &r.minute, &r.sec}[i], _ = strconv.Atoi(x[:min(len(x), 4)])
		}
	}
	if f, err := strconv.ParseFloat("0."+fraction, 64); err == nil {
		r.fraction = time.Duration(f * float64(time.Second))
	}
	r.timed = true
	switch rest {
	case "", ".":
	case "am", "pm":
		r.take(rest)
	default:
		r.zone(rest)
	}
}

// zone takes "+0100", "+01:00", "+100", "+01", "gmt+1" and names; the first that says something counts.
func (r *dateReader) zone(s string) {
	if i := strings.IndexAny(s, "+-"); i >= 0 {
		digits := strings.ReplaceAll(s[i+1:], ":", "")
		n, err := strconv.Atoi(digits)
		if err != nil || len(digits) > 4 {
			return
		}
		if len(digits) <= 2 {
			n *= 100
		}
		if n > 1400 {
			return
		}
		n = n/100*3600 + n%100*60
		if s[i] == '-' {
			n = -n
		}
		r.offset = n
		return
	}
	if hours, ok := zoneHours(s); ok && r.offset == 0 {
		r.offset = int(hours * 3600)
		return
	}
	r.name(strings.TrimRight(s, "."))
}
