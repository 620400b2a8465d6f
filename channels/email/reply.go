package email

import (
	"errors"
	"fmt"
	"net/textproto"
	"strings"
)

// ErrUnknownOutcome is returned by Send where the connection was lost after the message had been handed over
// and before the server's answer: it may have been delivered. Send it again with the same Message-ID.
var ErrUnknownOutcome = errors.New("the server's answer to the message was lost: it may have been delivered; send it again with the same Message-ID")

// A SendError is a mail server's refusal of a whole message, or of the login before it.
type SendError struct {
	Step      string // the command that was refused, such as "DATA"; "check" where it was never sent
	Code      int    // RFC 5321 section 4.2; 0 where the message was refused without asking the server
	Enhanced  string // RFC 3463, such as "5.7.1"; empty where the server gives none
	Text      string // the server's words
	Temporary bool   // try again later; else the same message will be refused again
}

// Error names the command and the reply, in one line.
func (e *SendError) Error() string {
	if e.Code == 0 {
		return e.Text
	}
	return oneLine(fmt.Sprintf("%s: %s", e.Step, e.reply()))
}

// Permanent tells that the same message will be refused again.
func (e *SendError) Permanent() bool { return !e.Temporary }

// tooManyRecipients tells a limit of one transaction from a refusal of the recipient: servers call both 5yz.
func (e *SendError) tooManyRecipients() bool {
	return e.Enhanced == "5.5.3" || e.Enhanced == "4.5.3" || saysTooManyRecipients(e.Text)
}

func (e *SendError) reply() string {
	if e.Enhanced == "" {
		return oneLine(fmt.Sprintf("%d %s", e.Code, e.Text))
	}
	return oneLine(fmt.Sprintf("%d %s %s", e.Code, e.Enhanced, e.Text))
}

// refusal makes a reply of the server a *SendError, and leaves every other error as it is.
func refusal(step string, err error) error {
	var reply *textproto.Error
	if !errors.As(err, &reply) {
		return err
	}
	enhanced, text := splitEnhanced(reply.Code, reply.Msg)
	// What is neither 4yz nor 5yz should not be there; trying again does no harm.
	return &SendError{Step: step, Code: reply.Code, Enhanced: enhanced, Text: text, Temporary: reply.Code/100 != 5}
}

// splitEnhanced takes the enhanced status code (RFC 2034 section 4) off each line of a reply. A code of
// another class than the reply's is none.
func splitEnhanced(code int, message string) (enhanced, text string) {
	lines := strings.Split(message, "\n")
	for i, line := range lines {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if isEnhanced(word) && int(word[0]-'0') == code/100 && (enhanced == "" || enhanced == word) {
			enhanced, lines[i] = word, rest
		}
	}
	return enhanced, strings.TrimSpace(strings.Join(lines, " "))
}

// isEnhanced tells "class.subject.detail" (RFC 3463 section 2).
func isEnhanced(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || !strings.Contains("245", parts[0]) {
		return false
	}
	for _, p := range parts[1:] {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}
