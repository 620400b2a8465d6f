package machine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-message"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/prose"
)

// Class says what kind of sender a mail has.
type Class string

// The classes. Person and List become tickets and comments. An auto-reply, a bounce and a report are kept on
// the ticket they belong to, change nothing there, and are only listed where they belong to none.
const (
	Person    Class = "person"
	AutoReply Class = "auto-reply" // an out-of-office note or the like
	Bounce    Class = "bounce"     // RFC 3464 and its home-grown relatives
	Report    Class = "report"     // read receipts (RFC 8098), abuse reports (RFC 5965), DMARC and TLS reports
	List      Class = "list"       // newsletters and notifications: bulk mail, but nobody's loss if it is kept
	Loop      Class = "loop"       // our own mail, come back
)

// ParseClass reads a class; empty is empty. The error lists what is allowed.
func ParseClass(s string) (Class, error) {
	switch c := Class(s); c {
	case "", Person, AutoReply, Bounce, Report, List, Loop:
		return c, nil
	}
	return "", fmt.Errorf("class %q: it is one of person, auto-reply, bounce, report, list, loop", s)
}

// Classify decides by several signs together. In this order:
//
//	multipart/report, delivery-status and disposition parts  by their type: Bounce or Report
//	X-Failed-Recipients                                       Bounce
//	a mail system as sender and the words of a bounce         Bounce, see bounceSigns
//	DMARC's aggregate reports, complaints                     Report
//	Auto-Submitted: auto-forwarded                            Person: somebody's mail, passed on by a rule
//	Auto-Submitted: auto-replied, X-Autoreply and the like    AutoReply
//	a reply's subject, null return path, … together           AutoReply, see replySigns
//	a text/calendar reply (accepted, declined)                Person: somebody pressed the button
//	bulk signs together, without those of a conversation      List, see bulkSigns
//	everything else                                           Person
//
// What people write to a mailing list is theirs: "Precedence: bulk" and List-Id stand on most of it, and
// alone mean nothing. A web form's mail is auto-generated and from nobody, and is a customer's: such signs
// never make an AutoReply, which would be put aside where its ticket is not known.
//
// robot says that a program wrote the mail, which may be a customer's all the same.
func Classify(m mail.Message) (c Class, robot bool) {
	root, s := m.Root, readSigns(m)
	// A person's "Fwd:" may carry the parts of the bounce that it is about.
	if c, ok := reported(root); ok && (root.MediaType == "multipart/report" || !s.again || s.system || s.noReturn) {
		return c, true
	}
	switch {
	case s.bounce() >= 4:
		return Bounce, true
	case s.aggregateReport(), s.readReceipt():
		return Report, true
	case s.submitted == "auto-forwarded":
		return Person, false
	case s.declaredReply(), s.reply() >= 2:
		return AutoReply, true
	case s.bulk() >= 2:
		return List, true
	}
	return Person, !s.talk && (s.machineMade() || s.precedence() || s.h.Has("X-Loop"))
}

// reported goes by the type of the mail's parts (RFC 6522).
func reported(root *mail.Part) (Class, bool) {
	var c Class
	eachPart(root, func(p *mail.Part) {
		switch p.MediaType {
		case "message/delivery-status", "message/global-delivery-status":
			c = Bounce
		case "message/disposition-notification", "message/global-disposition-notification", "message/feedback-report":
			if c == "" {
				c = Report
			}
		}
	})
	if root.MediaType == "multipart/report" || root.Params["report-type"] != "" {
		switch strings.ToLower(root.Params["report-type"]) {
		case "disposition-notification", "feedback-report", "tlsrpt":
			return Report, true
		case "delivery-status":
			return Bounce, true
		}
		if c == "" {
			return Bounce, true // of those without a type nearly all are
		}
	}
	if c == "" && (root.Header.Has("X-Failed-Recipients") || root.Header.Has("X-Failed-Recipient")) {
		c = Bounce
	}
	return c, c != ""
}

// signs are what speaks for and against a machine in a mail.
type signs struct {
	root      *mail.Part
	h         message.Header
	m         mail.Message
	submitted string // Auto-Submitted (RFC 3834 section 5), lower case, without parameters
	subject   string // lower case
	opening   string // of the text, lower case
	noReturn  bool   // the return path is null (RFC 5321 section 4.5.5)
	system    bool   // a mail system wrote it
	nobody    bool   // its sender says that it takes no answers
	answers   bool   // it has In-Reply-To or References
	again     bool   // the subject begins with "Re:" or "Fwd:"
	listed    bool   // it came by a list of any kind
	talk      bool   // it is part of a conversation: an answer, or posted to a discussion list
}

func readSigns(m mail.Message) signs {
	root, h := m.Root, m.Root.Header
	s := signs{root: root, h: h, m: m, subject: strings.ToLower(m.Subject), answers: len(m.InReplyTo)+len(m.References) > 0}
	s.submitted, _, _ = strings.Cut(strings.ToLower(h.Get("Auto-Submitted")), ";")
	s.submitted, _, _ = strings.Cut(strings.TrimSpace(s.submitted), " ")
	s.opening = strings.ToLower(m.FullText[:min(len(m.FullText), 2<<10)])
	switch path := strings.ToLower(strings.TrimSpace(h.Get("Return-Path"))); path {
	case "<>", "<null>", "<#@[]>", "<mailer-daemon>":
		s.noReturn = true
	}
	s.system = isMailSystem(m.From.Email) || systemName(m.From.Name) || m.From.Email == "" && systemName(h.Get("From"))
	s.nobody = isNobody(m.From.Email) && (len(m.ReplyTo) == 0 || isNobody(m.ReplyTo[0].Email))
	_, s.again = mail.CutPrefix(s.subject)
	discussed := discussionList(h)
	s.listed = discussed || h.Has("List-Id") || h.Has("List-Unsubscribe")
	s.talk = s.answers || s.again || discussed
	return s
}

// isMailSystem says whether an address is one that mail systems write under.
func isMailSystem(email string) bool {
	local, _, _ := strings.Cut(strings.ToLower(email), "@")
	return slices.Contains(systemSenders, local) || strings.HasPrefix(local, "mailer-daemon")
}

// role says whether people write under the sender's address as well (RFC 2142 section 5).
func (s signs) role() bool {
	local, _, _ := strings.Cut(strings.ToLower(s.m.From.Email), "@")
	return local == "postmaster" || local == "mailadmin"
}

func systemName(name string) bool {
	name = strings.ToLower(name)
	return prose.ContainsAny(name, systemNames) || slices.Contains(systemTitles, strings.Trim(name, "\"' "))
}

// isNobody says whether an address tells that nobody reads what is sent to it.
func isNobody(email string) bool {
	local, _, _ := strings.Cut(strings.ToLower(email), "@")
	plain := strings.NewReplacer("-", "", "_", "", ".", "").Replace(local)
	return hasPrefixOf(plain, []string{"noreply", "donotreply", "nereply", "nepasrepondre", "keineantwort", "noresponder", "noresponse", "autoresponder", "autoreply"}) ||
		strings.HasSuffix(plain, "noreply") || strings.HasSuffix(plain, "donotreply")
}

// bounce weighs what speaks for a bounce. Without a sign in the envelope or the sender nothing is one: people
// forward bounces and ask about them.
func (s signs) bounce() int {
	n := 0
	if s.system {
		n += 2
	}
	if s.noReturn {
		n++
	}
	if n == 0 && (s.nobody || s.submitted == "auto-replied" || s.submitted == "auto-generated") {
		n = s.selfMade()
	}
	text := s.m.FullText[:min(len(s.m.FullText), maxNotice)]
	_, returned := cutReturned(text)
	brings := returned != "" || s.embeds()
	refused := bothPattern.MatchString(text)
	if n == 0 || s.again && (!s.system || s.answers && !s.noReturn && s.submitted == "" && !brings && !refused) {
		return 0 // a postmaster is a person, too
	}
	if prose.ContainsAny(s.subject, bounceSubjects) || prose.ContainsAny(s.subject, successSubjects) {
		n += 2
	} else if s.role() && !brings && !refused && !s.noReturn && s.submitted == "" && !s.namesOther() {
		return 0
	}
	if prose.ContainsAny(s.opening, bouncePhrases) || prose.ContainsAny(s.opening, successPhrases) {
		n += 2
	}
	if brings {
		n++
	}
	if refused && s.system && !s.answers {
		n++ // in whatever language
	}
	return n
}

// selfMade is 1 where a machine that does not call itself a mail system has the subject and the words of a bounce, and
// names an address that is neither its own nor ours, or brings something back: parcels come back as well.
func (s signs) selfMade() int {
	if !prose.ContainsAny(s.subject, bounceSubjects) || !prose.ContainsAny(s.opening, bouncePhrases) {
		return 0
	}
	if s.embeds() || s.namesOther() {
		return 1
	}
	return 0
}

// namesOther says whether the first lines name an address of another domain than the sender's that the mail was not sent to.
func (s signs) namesOther() bool {
	_, own, _ := strings.Cut(strings.ToLower(s.m.From.Email), "@")
	for line := range strings.Lines(s.opening) {
		for _, a := range addressesIn(line) {
			_, domain, _ := strings.Cut(strings.ToLower(a.email), "@")
			if domain != own && !slices.ContainsFunc(s.m.To, func(to mail.Address) bool { return strings.EqualFold(to.Email, a.email) }) {
				return true
			}
		}
	}
	return false
}

// embeds says whether the mail carries another one.
func (s signs) embeds() bool {
	return slices.ContainsFunc(s.root.Children, func(c *mail.Part) bool {
		return c.MediaType == "message/rfc822" || strings.HasPrefix(c.MediaType, "text/rfc822-header")
	})
}

// aggregateReport knows DMARC reports by the subject that RFC 7489 section 7.2.1.1 prescribes, and complaints of
// providers that keep no format by theirs.
func (s signs) aggregateReport() bool {
	if strings.HasPrefix(s.subject, "complaint about message from") && s.embeds() {
		return true
	}
	return strings.Contains(s.subject, "report domain:") && strings.Contains(s.subject, "submitter:") && len(s.m.Attachments) > 0
}

// readReceipt knows a receipt in words alone by its subject and its first lines, which only mail programs write.
func (s signs) readReceipt() bool {
	return hasPrefixOf(s.subject, receiptTitles) && prose.ContainsAny(s.opening, receiptPhrases)
}

// declaredReply says whether the mail calls itself an answer by a machine.
func (s signs) declaredReply() bool {
	switch s.submitted {
	case "auto-replied", "auto-notified", "auto-response":
		return true
	}
	for _, name := range []string{
		"X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Autoreply-From", "X-Auto-Reply-From", "X-Mail-Autoreply", "X-Auto-Reply", "X-Vacation", "X-Autoresponse", "X-Fc-Machinegenerated",
	} {
		switch v := strings.ToLower(strings.TrimSpace(s.h.Get(name))); v {
		case "", "no", "none", "false", "0":
		default:
			return true
		}
	}
	return strings.Contains(strings.ToLower(s.h.Get("Precedence")), "auto_reply") || strings.EqualFold(s.h.Get("X-Precedence"), "auto_reply") ||
		strings.EqualFold(strings.TrimSpace(s.h.Get("X-Autogenerated")), "reply") || strings.EqualFold(s.h.Get("Delivered-To"), "autoresponder") ||
		strings.Contains(strings.ToLower(s.h.Get("X-Post-Messageclass")), "autoresponder")
}

// reply weighs what speaks for an answer by a machine. A subject that only machines write is enough; one that
// people write too, or the words of an absence note, need another sign. Auto-generated, X-Auto-Response-Suppress,
// Precedence and a sender that nobody reads stand on notifications and web forms as well, so they count only
// beside one of these; and what lists put on everything does not count at all.
func (s signs) reply() int {
	if s.submitted == "no" {
		return 0
	}
	n := 0
	form := isNobody(s.m.From.Email) && !s.nobody // which names the person in Reply-To
	switch {
	case form && !s.answers:
		return 0
	case hasPrefixOf(s.subject, replyTitles), hasPrefixOf(strings.Replace(s.subject, "：", ":", 1), replyTitles):
		return 2
	case autoSubject(s.subject), s.absenceTopic():
		n = 1
	}
	if s.noReturn && !s.system {
		n++
	}
	made := s.machineMade() || n > 0 && !s.listed && (s.precedence() || s.h.Has("X-Loop"))
	if awayPhrase(s.opening) {
		n++
	}
	made = made || n > 0 && (s.answers || s.again) && !s.listed && s.precedence()
	switch {
	case s.submitted == "auto-generated" && s.answers:
		return n + 2
	case n == 2 && !s.noReturn && !made && !s.answers:
		return 1 // "Out of office" over "I am out of the office until …": people write that by hand
	case n > 0 && made:
		n++
	}
	return n
}

// machineMade says whether a sign is there that a program wrote the mail.
func (s signs) machineMade() bool {
	return s.submitted == "auto-generated" || s.nobody || s.system || strings.TrimSpace(s.h.Get("X-Auto-Response-Suppress")) != ""
}

func (s signs) precedence() bool {
	switch strings.ToLower(strings.TrimSpace(s.h.Get("Precedence"))) {
	case "bulk", "junk", "list":
		return true
	}
	return false
}

// autoSubject says whether a subject begins with or consists of what people and machines call an absence.
func autoSubject(subject string) bool {
	return hasPrefixOf(subject, replySubjects) || strings.HasSuffix(subject, "(out of office)") || strings.Contains(subject, "[auto-reply]") ||
		strings.Contains(subject, "[autoreply]") || strings.Contains(subject, "(auto-reply)") || strings.Contains(subject, "(automatic reply)")
}

// absenceTopic says whether the subject begins with a word for a time away, and more than the word speaks for an absence
// note: "Vacation" stands above offers of shops and questions of customers too.
func (s signs) absenceTopic() bool {
	return hasPrefixOf(s.subject, absenceTopics) && (s.submitted == "auto-generated" || s.noReturn || s.answers || awayPhrase(s.opening))
}

// awayPhrase says whether a text begins like an absence note.
func awayPhrase(opening string) bool {
	return prose.ContainsAny(opening[:min(len(opening), 600)], awayPhrases)
}

// discussionList says whether a mail came by a list that its members post to (RFC 2369 section 3.4).
func discussionList(h message.Header) bool {
	if post := strings.ToLower(h.Get("List-Post")); post != "" && !strings.HasPrefix(strings.TrimSpace(post), "no") {
		return true
	}
	sender, _, _ := strings.Cut(strings.ToLower(strings.Trim(h.Get("Sender"), "<> ")), "@")
	if strings.HasPrefix(sender, "owner-") || strings.HasSuffix(sender, "-bounces") || strings.HasSuffix(sender, "-owner") {
		return true
	}
	return h.Has("X-Beenthere") || h.Has("Mailing-List") || h.Has("X-Mailman-Version") || h.Has("X-Mailing-List") || h.Has("X-Listname") || h.Has("X-Ml-Name")
}

// bulk weighs what speaks for mail to many that nobody of them is meant to answer.
func (s signs) bulk() int {
	n := 0
	if s.h.Has("List-Unsubscribe") {
		n++
	}
	if s.h.Has("List-Unsubscribe-Post") || s.h.Has("Feedback-Id") {
		n++
	}
	if s.h.Has("List-Id") {
		n++
	}
	if s.precedence() {
		n++
	}
	if s.nobody {
		n++
	}
	if s.submitted == "auto-generated" {
		n++
	}
	if s.h.Has("X-Campaign") || s.h.Has("X-Campaignid") || s.h.Has("X-Mailer-Recptid") || s.h.Has("X-Csa-Complaints") || s.h.Has("X-Mc-User") {
		n++
	}
	switch {
	case s.talk:
		n -= 3 // somebody wrote it, however it came
	case len(s.m.ReplyTo) > 0 && !isNobody(s.m.ReplyTo[0].Email) && !s.h.Has("List-Unsubscribe") && !s.h.Has("List-Id"):
		n -= 3 // a web form's, which names the person
	}
	return n
}
