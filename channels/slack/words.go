package slack

import (
	"errors"
	"fmt"
	"strings"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// What people read when something did not go as they wished: what happened, why, and what to do. All of it
// is mrkdwn, escaped.

func sayNoAddress() string {
	return "Nothing was changed: your Slack account has no mail address that CustomerDesk can see, so it cannot tell which support member you are. " +
		"Support members belong to this workspace and have an address in their profile."
}

func sayNoMember(email string) string {
	return fmt.Sprintf("Nothing was changed: %s is no support member. An administrator can add you with `customerdesk member add %s --name \"Your Name\" --role agent`.",
		draw.Escape(email), draw.Escape(email))
}

func sayRole(have tenant.Role, what string, can func(tenant.Role) bool) string {
	var roles []string
	for _, r := range tenant.Roles() {
		if can(r) {
			roles = append(roles, string(r))
		}
	}
	return fmt.Sprintf("Nothing was changed: with the role %s you cannot %s; %s can. An administrator can change your role with `customerdesk member add`.",
		have, what, strings.Join(roles, " and "))
}

func sayOutsideNote(why string) string {
	return why + " What you wrote in this thread is not on the ticket."
}

// say puts an error into words; ok is false where it is none that a person can do something about.
func say(err error) (text string, ok bool) {
	var r *refusal
	switch {
	case errors.As(err, &r):
		return r.text, true
	case errors.Is(err, tickets.ErrClosed):
		return "Nothing was changed: the ticket is closed, which is final. A new mail from the customer opens a new ticket that follows it.", true
	case errors.Is(err, inbox.ErrNoSender):
		return "Nothing was sent or changed: there is no mailbox that an answer could leave from. An administrator can add one with " +
			"`customerdesk mailbox add ADDRESS --imap URL --smtp URL`.", true
	case errors.Is(err, inbox.ErrTooLarge):
		return "Nothing was sent or changed: the answer is too large to be mailed. Please shorten it, or put what is long where the customer can fetch it.", true
	case errors.Is(err, inbox.ErrNoRecipient):
		return "Nothing was sent or changed: nobody on this ticket has an address that mail can go to. You can keep it as an internal note.", true
	case errors.Is(err, tickets.ErrMerged):
		return "Nothing was changed: " + draw.Escape(err.Error()) + ".", true
	case errors.Is(err, tickets.ErrNotFound):
		return "Nothing was changed: this is no longer there.", true
	}
	if text, ok := sayAnswer(err); ok {
		return text, true
	}
	if text, ok := sayHeld(err); ok {
		return text, true
	}
	return sayDecision(err)
}

const sayBroken = "That did not work, and nothing was changed. Please try again in a moment; if it stays like this, an administrator finds the reason in the log."
