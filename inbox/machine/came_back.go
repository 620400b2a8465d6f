package machine

import (
	"regexp"
	"strings"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// CameBack says whether a mail that came to the return path of one of ours is a bounce although Classify, which does not
// know that address, finds it in no words that it knows: where a mail system or nobody wrote it, or where a program did
// and brings something back: the mail or its header, a server's refusal (RFC 5321 with RFC 3463), or an id of the form of
// ours. Answers of people, absence notes and receipts of other systems come to the same address and are none; neither is
// what somebody with a part in the ticket writes, which is the caller's to know.
func CameBack(m mail.Message, ours *regexp.Regexp) bool {
	s := readSigns(m)
	nobody := s.nobody || m.From.Email == "" && (s.noReturn || strings.TrimSpace(s.h.Get("From")) == "<>")
	switch {
	case s.submitted == "no":
		return false
	case s.system, m.From.Email == "" && nobody:
		return true
	case s.again, s.declaredReply() && !nobody:
		return false
	case nobody, s.noReturn, s.machineMade():
		return s.bringsBack(ours)
	}
	return false
}

// bringsBack says whether a mail has anything of another mail with it, or a server's word on it.
func (s signs) bringsBack(ours *regexp.Regexp) bool {
	text := s.m.FullText[:min(len(s.m.FullText), maxNotice)]
	_, returned := cutReturned(text)
	return returned != "" || s.embeds() || bothPattern.MatchString(text) || ours.MatchString(strings.ToLower(text))
}
