package machine

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// An Action is what a mail system says it did with a mail for one recipient (RFC 3464 section 2.3.3).
type Action string

// The actions. Only Failed means that the recipient will not get the mail.
const (
	Failed    Action = "failed"
	Delayed   Action = "delayed"   // it goes on trying
	Delivered Action = "delivered" // a notice of success that somebody asked for; also relayed and expanded
	// Complained is a feedback report's (RFC 5965), not RFC 3464's: the recipient got the mail and called it spam.
	Complained Action = "complained"
)

// A Failure is what a bounce or a feedback report says of one recipient. Strings are empty where it says nothing of the kind.
type Failure struct {
	Action    Action `json:"action"`
	Recipient string `json:"recipient"`  // the address that the reporting server used
	Original  string `json:"original"`   // the address the mail was sent to, where it was forwarded
	Status    string `json:"status"`     // RFC 3463, such as 5.1.1
	ReplyCode string `json:"reply_code"` // RFC 5321 section 4.2, such as 550
	Reason    Reason `json:"reason"`
	// Hard means that the address is no good, so that every other mail to it comes to nothing too. A full
	// mailbox, a policy or a server that is away is soft, even where the server calls it permanent.
	Hard bool   `json:"hard"`
	Text string `json:"text"` // what the server said, on one line
}

// The limits of what is read of one bounce.
const (
	maxFailures   = 100
	maxNotice     = 16 << 10 // bytes of the notice's text
	maxFields     = 64 << 10 // bytes of the delivery status
	maxDiagnostic = 500      // bytes of Failure.Text
)

// Failures finds out what a bounce says of each recipient: from its delivery-status parts, else from the
// words that its program uses.
func Failures(m mail.Message) []Failure {
	root, text := m.Root, m.FullText[:min(len(m.FullText), maxNotice)]
	notice, returned := cutReturned(text)
	b := bounceReader{message: m, notice: notice, returned: returnedHeader(root, returned), action: actionOf(m.Subject, notice)}
	eachPart(root, func(p *mail.Part) {
		switch p.MediaType {
		case "message/delivery-status", "message/global-delivery-status":
			b.readFields(p.Text())
		}
	})
	if len(b.failures) == 0 && strings.Contains(strings.ToLower(text), "final-recipient:") {
		b.readFields(text)
	}
	if len(b.failures) == 0 {
		b.readNotice()
	}
	if len(b.failures) == 0 {
		b.readInner(root)
	}
	if len(b.failures) == 0 {
		b.guess(root.Header)
	}
	for i := range b.failures {
		b.conclude(&b.failures[i])
	}
	return b.failures
}

// readInner reads the delivery status of a bounce that this one carries.
func (b *bounceReader) readInner(p *mail.Part) {
	for _, c := range p.Children {
		if c.MediaType == "message/delivery-status" {
			b.readFields(c.Text())
		}
		b.readInner(c)
	}
}

// A bounceReader gathers the failures of one bounce.
type bounceReader struct {
	message  mail.Message
	notice   string          // what the mail system wrote
	returned message.Header  // of the mail that came back, as far as it is there
	action   Action          // what the notice says of the mail as a whole
	others   map[string]bool // addresses in the notice that are for asking
	failures []Failure
}

func (b *bounceReader) add(f Failure) {
	if len(b.failures) < maxFailures {
		b.failures = append(b.failures, f)
	}
}

// readFields reads the groups of fields of a delivery status (RFC 3464 section 2.1).
func (b *bounceReader) readFields(text string) {
	rest := []byte(text[:min(len(text), maxFields)])
	for len(rest) > 0 && len(b.failures) < maxFailures {
		h, after := mail.SplitHeader(rest)
		if len(after) == len(rest) { // a line that is no field, and no field soon
			_, after = mail.CutLine(rest)
		}
		rest = bytes.TrimLeft(after, "\r\n")
		if h.Has("Final-Recipient") || h.Has("Original-Recipient") || h.Has("Action") {
			b.add(statusFields(h))
		}
	}
	if len(b.failures) == 1 && b.failures[0].Recipient == "" && b.failures[0].Original == "" {
		b.failures[0].Recipient = b.intended()
	}
}

func statusFields(h message.Header) Failure {
	f := Failure{
		Recipient: typedAddress(h.Get("Final-Recipient")), Original: typedAddress(h.Get("Original-Recipient")),
		Text: mail.OneLine(mail.DecodeWords(typedValue(h.Get("Diagnostic-Code")))),
	}
	if f.Recipient == "" {
		f.Recipient = typedAddress(h.Get("X-Actual-Recipient"))
	}
	if f.Original == f.Recipient {
		f.Original = ""
	}
	if m := statusPattern.FindStringSubmatch(" " + h.Get("Status") + " "); m != nil {
		f.Status = m[1]
	}
	switch action, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(h.Get("Action"))), " "); {
	case strings.HasPrefix(action, "deliv"), strings.HasPrefix(action, "relay"), strings.HasPrefix(action, "expand"):
		f.Action = Delivered
	case strings.HasPrefix(action, "delay"):
		f.Action = Delayed
	case action != "":
		f.Action = Failed
	}
	return f
}

// typedValue drops the type in front of a value: "smtp; 550 no" (RFC 3464 section 2.1.2).
func typedValue(s string) string {
	kind, value, ok := strings.Cut(s, ";")
	if !ok || strings.ContainsAny(strings.TrimSpace(kind), " \t") {
		return strings.TrimSpace(s)
	}
	return strings.TrimSpace(value)
}

func typedAddress(s string) string {
	value := typedValue(mail.DecodeWords(s))
	if kind, _, _ := strings.Cut(s, ";"); strings.EqualFold(strings.TrimSpace(kind), "utf-8") {
		if email := unicodeAddress(value); mail.ValidEmail(email) {
			return email
		}
	}
	for _, a := range addressesIn(value) {
		return a.email
	}
	return ""
}

var embeddedUnicode = regexp.MustCompile(`\\x\{([0-9A-Fa-f]{1,6})\}`)

// unicodeAddress reads an address of the type "utf-8" (RFC 6533 section 3), in either of its forms.
func unicodeAddress(s string) string {
	return embeddedUnicode.ReplaceAllStringFunc(strings.Trim(s, "<> \t"), func(escape string) string {
		n, err := strconv.ParseUint(escape[len(`\x{`):len(escape)-1], 16, 32)
		if err != nil || !utf8.ValidRune(rune(n)) || n < 0x80 {
			return escape // not valid in an address then
		}
		return string(rune(n))
	})
}

// guess falls back to what stands around the notice: the field of some systems that names the recipients,
// and whom the returned mail was for.
func (b *bounceReader) guess(h message.Header) {
	for _, name := range []string{"X-Failed-Recipients", "X-Failed-Recipient"} {
		for _, v := range h.Values(name) {
			for _, a := range mail.ParseAddresses(v) {
				b.add(Failure{Recipient: a.Email})
			}
		}
	}
	if to := b.intended(); len(b.failures) == 0 && (to != "" || b.notice != "") {
		b.add(Failure{Recipient: to})
	}
}

// intended is whom the returned mail was for, where that is one address.
func (b *bounceReader) intended() string {
	for _, name := range []string{"X-Envelope-To", "Envelope-To", "To"} {
		if list := mail.ParseAddresses(b.returned.Get(name)); len(list) == 1 && mail.ValidEmail(list[0].Email) {
			return list[0].Email
		}
	}
	return ""
}

// conclude fills in what follows from the rest of the notice, and what it means.
func (b *bounceReader) conclude(f *Failure) {
	said := f.Text
	if said == "" && len(b.failures) == 1 {
		said = b.notice
	}
	code, status := codesOf(said)
	if code == "" && status == "" && len(b.failures) == 1 {
		code, status = codesOf(b.notice)
	}
	f.ReplyCode = code
	if f.Status == "" || f.Status[2:] == "0.0" && status != "" && status[0] == f.Status[0] {
		f.Status = status
	}
	f.Reason = reasonOf(said, f.Status)
	if (f.Reason == Unknown || f.Reason == Expired) && len(b.failures) == 1 {
		if r := reasonOf(b.message.Subject+"\n"+b.notice, f.Status); r != Unknown {
			f.Reason = r
		}
	}
	if f.Reason == NoSuchAddress && len(b.failures) == 1 && !strings.HasPrefix(f.Status, "5.1.") && afterData.MatchString(b.notice) {
		f.Reason = Rejected
	}
	if f.Action == "" {
		f.Action = b.action
	}
	if f.Status == "" {
		f.Status = statusOf(f)
	}
	f.Hard = f.Action == Failed && f.Reason.hard() && f.Status[0] != '4'
	if f.Text == "" && len(b.failures) == 1 {
		f.Text = telling(b.notice)
	}
	f.Text = mail.ShortLine(f.Text, maxDiagnostic)
}

// statusOf makes up the class of a status where a system gives none; RFC 3463 section 3.1 says that X.0.0
// is for what is not known closer.
func statusOf(f *Failure) string {
	switch {
	case f.Action == Delivered:
		return "2.0.0"
	case f.Action == Delayed, f.ReplyCode != "" && f.ReplyCode[0] == '4':
		return "4.0.0"
	}
	return "5.0.0"
}

var (
	statusPattern = regexp.MustCompile(`(?:^|[^0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[^0-9.]|\.[^0-9]|\.?$)`)
	bothPattern   = regexp.MustCompile(`(?:^|[^0-9.])([45][0-7][0-9])[ -]+[#(]?([45]\.[0-9]{1,3}\.[0-9]{1,3})(?:[^0-9.]|\.[^0-9]|\.?$)`)
	codePattern   = regexp.MustCompile(`(?m)(?:^[ \t>]*|[:<("'\[] *|<<< |said |error |code |reply |with |#)([45][0-7][0-9])(?:[ ,-]|$|:)`)
	innerPattern  = regexp.MustCompile(`>\.\.\. ([45][0-7][0-9]) `) // the answer within sendmail's verdict
	failedStatus  = regexp.MustCompile(`(?:^|[^0-9.])([45]\.[0-9]{1,3}\.[0-9]{1,3})(?:[^0-9.]|\.[^0-9]|\.?$)`)
)

// codesOf finds the SMTP reply code and the enhanced status code that a text quotes.
func codesOf(s string) (code, status string) {
	if m := bothPattern.FindStringSubmatch(s); m != nil {
		return m[1], m[2]
	}
	if m := innerPattern.FindStringSubmatch(s); m != nil {
		code = m[1]
	} else if m := codePattern.FindStringSubmatch(s); m != nil {
		code = m[1]
	}
	if m := failedStatus.FindStringSubmatch(s); m != nil && (code == "" || m[1][0] == code[0]) {
		status = m[1]
	}
	return code, status
}

// eachPart visits p and all parts in it but those of an embedded message.
func eachPart(p *mail.Part, visit func(*mail.Part)) {
	visit(p)
	if strings.HasPrefix(p.MediaType, "message/") {
		return
	}
	for _, c := range p.Children {
		eachPart(c, visit)
	}
}

// returnedHeader is the header of the mail that came back: of an embedded message, of a part with a header
// alone (RFC 6522 section 4), or of what stands behind the notice.
func returnedHeader(root *mail.Part, behind string) message.Header {
	var h message.Header
	found := false
	eachPart(root, func(p *mail.Part) {
		if found || p == root {
			return
		}
		switch {
		case strings.HasPrefix(p.MediaType, "message/") && len(p.Children) > 0:
			h, found = p.Children[0].Header, true
		case p.MediaType == "text/rfc822-headers", p.MediaType == "message/rfc822-headers", p.MediaType == "text/rfc822-header":
			h, _ = mail.SplitHeader([]byte(p.Text()))
			found = true
		}
	})
	if !found && behind != "" {
		h, _ = mail.SplitHeader([]byte(unindented(behind)))
	}
	return h
}

// unindented takes the blanks or quote marks of the first line from all lines.
func unindented(s string) string {
	margin := s[:len(s)-len(strings.TrimLeft(s, "> \t|"))]
	if margin == "" {
		return s
	}
	var out strings.Builder
	for line := range strings.Lines(s) {
		out.WriteString(strings.TrimPrefix(line, margin))
	}
	return out.String()
}

// ReadReply reads a mail server's refusal of a recipient as a bounce with the same words would be.
func ReadReply(recipient, reply string, permanent bool) Failure {
	f := Failure{Action: Failed, Recipient: recipient, Text: mail.ShortLine(mail.Clean(reply), maxDiagnostic)}
	f.ReplyCode, f.Status = codesOf(reply)
	f.Reason = reasonOf(reply, f.Status)
	if f.Status == "" {
		f.Status = statusOf(&f)
	}
	f.Hard = permanent && f.Reason.hard()
	return f
}
