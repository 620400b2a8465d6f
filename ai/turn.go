package ai

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/internal/prose"
)

// A turn is what one person said on a ticket.
type turn struct {
	name     string // may be empty
	customer bool   // else one of the team
	internal bool   // a note that the customer does not see
	text     string
}

// who names the speaker for a reader who may not know the people.
func (t turn) who() string {
	part := "Support"
	if t.customer {
		part = "Customer"
	}
	if t.name == "" {
		return part
	}
	return t.name + " (" + strings.ToLower(part) + ")"
}

var (
	greeting    = regexp.MustCompile(`(?i)^(hi|hello|hey|dear|good (morning|afternoon|evening)|greetings|hallo|hola|bonjour|sehr geehrte)\b[^.!?]{0,40}[,!.:]*$`)
	greetingTo  = regexp.MustCompile(`(?i)^(hi|hello|hey|dear)( (there|all|everyone|team|support|sir|madam|folks|[A-Z][a-z]+)){0,3}[,!:.]+ +`)
	closing     = regexp.MustCompile(`(?i)^(kind |best |warm |with best |many )?(regards|wishes|thanks|thank you|thx|cheers|sincerely|yours( sincerely| truly| faithfully)?|thanks (in advance|again|so much|a lot)|thank you (very much|so much|in advance)|mit freundlichen grüßen|cordialement|saludos)([ ,.!].{0,30})?$`)
	attribution = regexp.MustCompile(`(?i)^(on .{6,80}wrote:|.{3,60} (wrote|writes|schrieb|a écrit)\s?:|-+ ?original message ?-+|from: .+@.+)$`)
	politeness  = regexp.MustCompile(`(?i)^(thanks|thank you|many thanks|sorry|please (let me know|advise|help)|let me know|i hope|hope (this|that|you)|any (help|ideas)|looking forward|i look forward)\b`)
)

// sentences returns what the speaker says in whole sentences: no greeting, quotation, closing line or signature.
func (t turn) sentences() []string {
	var kept strings.Builder
	said := 0
	for line := range strings.Lines(t.text) {
		bare := strings.TrimSpace(line)
		if bare == "--" || strings.HasPrefix(bare, "____") || said > 0 && closing.MatchString(bare) {
			break // what follows is the signature
		}
		switch {
		case strings.HasPrefix(bare, ">"), strings.HasPrefix(bare, "|"), attribution.MatchString(bare), greeting.MatchString(bare):
			bare = ""
		case bare != "":
			said++
		}
		kept.WriteString(bare)
		kept.WriteByte('\n')
	}
	var out []string
	for _, s := range prose.Sentences(kept.String()) {
		s = greetingTo.ReplaceAllString(s, "")
		if worthReading(s) {
			out = append(out, upperFirst(s))
		}
	}
	return out
}

// worthReading leaves out scraps: headings, single words, lines of code and of punctuation.
func worthReading(s string) bool {
	words, letters, other := len(strings.Fields(s)), 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r), r == ' ':
			letters++
		default:
			other++
		}
	}
	return words >= 4 && letters > 3*other && !politeness.MatchString(s)
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || !unicode.IsLower(r) {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}
