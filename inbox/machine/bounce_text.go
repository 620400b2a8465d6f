package machine

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/prose"
)

// An addressAt is an address found in a line of text.
type addressAt struct {
	email    string
	from, to int // bytes of the line, without brackets
}

// addressesIn finds what looks like addresses in a line, in linear time.
func addressesIn(line string) []addressAt {
	var list []addressAt
	for at, done := 0, 0; at < len(line) && len(list) < maxFailures; at++ {
		if line[at] != '@' {
			continue
		}
		from, to := at, at+1
		for from > done && localByte(line[from-1]) {
			from--
		}
		from = bracketed(line, done, from)
		for to < len(line) && (domainByte(line[to])) {
			to++
		}
		done = to
		email := strings.TrimRight(line[from:at+1]+hostAt(line[at+1:to]), ".-")
		email = strings.TrimLeft(email, "'=/*#")
		if mail.ValidEmail(email) && strings.Contains(email[strings.LastIndexByte(email, '@'):], ".") {
			list = append(list, addressAt{email, to - (to - from), to})
		}
		at = max(at, to-1)
	}
	return list
}

// hostAt is the host name at the start of s. Where words are written without blanks, what follows it may be a mark, or a word
// of another script: no last label of a name has two.
func hostAt(s string) string {
	dot := strings.LastIndexByte(s, '.')
	for i, r := range s {
		latin := i > dot+1 && dot >= 0 && s[dot+1] < utf8.RuneSelf
		if r >= utf8.RuneSelf && (latin || !unicode.IsLetter(r) && !unicode.IsMark(r)) {
			return s[:i]
		}
	}
	return s
}

// bracketed is where the local part that begins at from really begins: after "<", since only there it is sure that
// letters beyond ASCII belong to an address (RFC 6531) and not to a language without blanks.
func bracketed(line string, done, from int) int {
	at := from
	for at > done && (localByte(line[at-1]) || line[at-1] >= 0x80) {
		at--
	}
	if at > 0 && line[at-1] == '<' {
		return at
	}
	return from
}

func localByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-/=?^_`{|}~.", c) >= 0
}

func domainByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c >= 0x80
}

// readNotice finds the recipients in the words of a mail system that writes no delivery status. What is
// said of a recipient stands with the address, or on the lines behind it up to the next one.
func (b *bounceReader) readNotice() {
	lines := strings.Split(b.notice, "\n")
	b.others = otherAddresses(lines)
	at := map[string]int{} // address key to its failure
	said := make([]strings.Builder, 0, 4)
	current, left := -1, 0
	before := ""
	for _, line := range lines {
		line = strings.TrimRight(line[:min(len(line), 2000)], " \t")
		email := b.recipientIn(line)
		switch {
		case email != "":
			key := strings.ToLower(email)
			i, known := at[key]
			if !known {
				if len(b.failures) == maxFailures {
					continue
				}
				i = len(b.failures)
				at[key] = i
				b.failures = append(b.failures, Failure{Recipient: email})
				said = append(said, strings.Builder{})
				if strings.HasPrefix(before, "<<<") { // the answer to the command stands before sendmail's verdict
					said[i].WriteString(before + "\n")
				}
			}
			current, left = i, 12
			if len(line) > 3 && mail.IsDigits(line[:3]) { // sendmail's verdict, on one line
				left = 1
			}
		case current >= 0:
			left--
		}
		if current >= 0 && left > 0 && said[current].Len() < 2*maxDiagnostic {
			said[current].WriteString(line + "\n")
		}
		before = line
	}
	if len(b.failures) == 0 {
		if only := b.only(lines); only != "" {
			b.failures = []Failure{{Recipient: only}} // the whole notice is about it
			return
		}
	}
	for i := range b.failures {
		b.failures[i].Text = telling(said[i].String())
	}
	if len(b.failures) == 1 && reasonOf(b.failures[0].Text, "") == Unknown {
		b.failures[0].Text = "" // the whole notice is about it
	}
}

// recipientIn returns the address that a line of a notice names as the one that could not be reached.
func (b *bounceReader) recipientIn(line string) string {
	for _, a := range addressesIn(line) {
		if b.ours(a.email) || isMailSystem(a.email) || b.others[strings.ToLower(a.email)] {
			continue
		}
		before := strings.ToLower(strings.TrimLeft(line[:a.from], " \t"))
		after := strings.TrimLeft(line[a.to:], ">\"')] \t")
		if prose.ContainsAny(before, notRecipientWords) {
			continue
		}
		before = strings.TrimRight(before, "<\"'([ \t")
		switch {
		case strings.Trim(before, "<*->\"'([ \t•·:") == "": // the line begins with it
			return a.email
		case prose.ContainsAny(before, recipientWords), prose.ContainsAny(strings.ToLower(after), afterRecipientWords):
			return a.email
		case len(before) >= 3 && (before[0] == '4' || before[0] == '5') && mail.IsDigits(before[1:3]): // 550 <ann@…>... no
			return a.email
		case strings.HasSuffix(before, "\""), strings.Contains(line, "<"+a.email+">") && strings.TrimSpace(after) == "": // "Ann" <ann@…>
			return a.email
		}
	}
	return ""
}

// only is the one address of a notice that is nobody else's, in whatever words it stands; empty where there are none or
// several.
func (b *bounceReader) only(lines []string) string {
	only := ""
	for _, line := range lines {
		line = line[:min(len(line), 2000)]
		for _, a := range addressesIn(line) {
			switch {
			case b.ours(a.email), isMailSystem(a.email), b.others[strings.ToLower(a.email)], strings.EqualFold(a.email, only):
			case prose.ContainsAny(strings.ToLower(line[:a.from]), notRecipientWords):
			case only != "":
				return ""
			default:
				only = a.email
			}
		}
	}
	return only
}

// ours says whether the bounce itself was sent to the address: then it is the sender's, not a recipient's.
func (b *bounceReader) ours(email string) bool {
	same := func(s string) bool { return strings.EqualFold(s, email) }
	return slices.ContainsFunc(b.message.To, func(a mail.Address) bool { return same(a.Email) }) || slices.ContainsFunc(b.message.DeliveredTo, same) ||
		same(b.message.From.Email)
}

// otherAddresses are those that a notice tells whom to ask.
func otherAddresses(lines []string) map[string]bool {
	others := map[string]bool{}
	for _, line := range lines {
		line = line[:min(len(line), 2000)]
		for _, a := range addressesIn(line) {
			if prose.ContainsAny(strings.ToLower(line[:a.from]), askWords) {
				others[strings.ToLower(a.email)] = true
			}
		}
	}
	return others
}

// telling are the lines of a notice that say why, or all of it where none stands out.
func telling(s string) string {
	var why []string
	all := make([]string, 0, 8)
	s = s[:min(len(s), 8*maxDiagnostic)]
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		if line == "" || strings.Trim(line, "-=*_#") == "" {
			continue
		}
		if len(all) < 12 {
			all = append(all, line)
		}
		if code, status := codesOf(line); len(why) < 6 && (code != "" || status != "" || reasonOf(line, "") != Unknown) {
			why = append(why, line)
		}
	}
	if len(why) == 0 {
		why = all
	}
	return strings.Join(why, " ")
}

// cutReturned cuts the notice of a mail system from the mail that it returns in the same text.
func cutReturned(text string) (notice, returned string) {
	at := 0
	for line := range strings.Lines(text) {
		next := at + len(line)
		bare := strings.ToLower(strings.Trim(line, "> \t\r\n|"))
		if len(bare) > 0 && len(bare) < 200 {
			if isReturnedMark(bare) && at > 0 {
				return text[:at], strings.TrimLeft(text[next:], "\r\n")
			}
			if at > 0 && startsReturned(bare) && fieldFollows(text[next:]) {
				return text[:at], text[at:]
			}
		}
		at = next
	}
	return text, ""
}

// isReturnedMark says whether a line announces the returned mail: a rule or sentence of its own.
func isReturnedMark(line string) bool {
	words := strings.Trim(line, "-=*_#+.:> \t")
	return strings.HasPrefix(line, "--- below this line") || len(words) < 120 && hasPrefixOf(words, returnedMarks)
}

// startsReturned says whether a line begins a header as mail systems write it first.
func startsReturned(line string) bool { return hasPrefixOf(line, firstFields) }

// fieldFollows says whether one of the next lines is a header field, after continuation lines.
func fieldFollows(rest string) bool {
	for range 8 {
		line, after, _ := strings.Cut(rest, "\n")
		bare := strings.TrimLeft(line, "> \t|")
		if mail.IsField([]byte(bare)) {
			return true
		}
		if bare == line || strings.TrimSpace(bare) == "" { // neither folded nor indented
			return false
		}
		rest = after
	}
	return false
}

func hasPrefixOf(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// actionOf says what a notice without a delivery status is about: a mail that failed, unless it says that the
// mail is still being tried, or that it arrived.
func actionOf(subject, notice string) Action {
	subject = strings.ToLower(subject)
	text := strings.ToLower(notice[:min(len(notice), 4<<10)])
	switch {
	case prose.ContainsAny(text, finalPhrases):
		return Failed
	case prose.ContainsAny(subject, delaySubjects), prose.ContainsAny(text, delayPhrases):
		return Delayed
	case prose.ContainsAny(subject, successSubjects), prose.ContainsAny(text, successPhrases):
		return Delivered
	}
	return Failed
}
