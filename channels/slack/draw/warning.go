package draw

import (
	"fmt"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/inbox"
)

// Warning draws the notice of an alert: what it is, what was done about it, and the cure.
func Warning(w inbox.Alert) ([]slackapi.Block, string) {
	sign, words := ":repeat:", stormWords
	if w.Kind == inbox.QuotaAlert {
		sign, words = ":floppy_disk:", quotaWords
	}
	head, done, cure := words(w)
	if w.Kind == inbox.QuotaAlert && w.Quota() == inbox.QuotaFine {
		sign = ":white_check_mark:"
	}
	return []slackapi.Block{slackapi.NewSectionBlock(Mrkdwn(sign+" "+head+". "+done), nil, nil), fine(cure)}, strings.ReplaceAll(head, "*", "")
}

func quotaWords(w inbox.Alert) (head, done, cure string) {
	used, allowed := gigabytes(w.Used), gigabytes(w.Allowed)
	cure = "`customerdesk tenant set attachment_quota=SIZE` sets another limit, and `customerdesk doctor` says how things stand."
	switch w.Quota() {
	case inbox.QuotaReached:
		return "*The files of mails take up " + used + ", all of the " + allowed + " that are allowed them*", "Mail is still taken, with its files.", cure
	case inbox.QuotaClose:
		return fmt.Sprintf("*The files of mails take up %s, %d %% of the %s that are allowed them*", used, w.Used/max(w.Allowed/100, 1), allowed), "Mail is taken as ever.", cure
	}
	return "*The files of mails are within their limit again*", "They were near it, or over it, since " + Date(w.Since) + ".", cure
}

func gigabytes(n int64) string {
	if n < 1e9 {
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

func stormWords(w inbox.Alert) (head, done, cure string) {
	who := strong(OneLine(w.Email, MaxName))
	period := "since " + Date(w.Since)
	if w.Last.Sub(w.Since) >= time.Minute {
		period += ", last " + Date(w.Last)
	}
	held := several(w.Held, "automatic mail was not sent", "automatic mails were not sent")
	switch {
	case w.Gathered > 0:
		head = fmt.Sprintf("*A program at %s writes the same mail again and again*: %s after the first tickets, %s", who, several(w.Gathered, "mail", "mails"), period)
		done = "They open no tickets any more and are kept on ticket " + ticketOf(w) + ", where nothing is lost."
		if w.Held > 0 {
			done += " To it " + held + "."
		}
		cure = "Ask whoever runs the program to leave your address out, or have your mail server sort its mail out. After an hour without such mail the next one opens a ticket again."
	case w.Email != "":
		head = fmt.Sprintf("*%s gets no automatic mail for now*: %s, %s", who, held, period)
		done = "So many went there within a short time that a program seems to answer each of them. What members write is sent as ever, and all mail is taken."
		cure = "It ends by itself within an hour. If it goes on, ask whoever runs the program, or switch the automatic mail off: `customerdesk template list`."
	default:
		head = fmt.Sprintf("*Ticket %s gets no automatic mail for now*: %s, %s", ticketOf(w), held, period)
		done = "It had so many within a day that programs seem to answer each other on it. What members write is sent as ever, and all mail is taken."
		cure = "It ends by itself within a day. If it goes on, close the ticket, or switch the automatic mail off: `customerdesk template list`."
	}
	return head, done, cure
}

func ticketOf(w inbox.Alert) string {
	if w.Ticket == nil {
		return "(erased)"
	}
	return fmt.Sprintf("#%d", *w.Ticket)
}

func several(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
