package draw

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/tickets"
)

// The action ids of buttons and menus.
const (
	ActAssign     = "ticket.assign"
	ActReply      = "ticket.reply"
	ActStatus     = "ticket.status"
	ActPriority   = "ticket.priority"
	ActApprove    = "suggestion.approve"
	ActEdit       = "suggestion.edit"
	ActDiscard    = "suggestion.discard"
	ActShowAll    = "comment.show"
	ActShowMail   = "comment.mail"
	ActShowDraft  = "suggestion.show"
	ActRelease    = "message.release"
	ActDrop       = "message.drop"
	ActUndo       = "answer.undo"
	ActSendAnyway = "answer.send"
	ActSendNote   = "note.send"
	ActKeepNote   = "note.keep"
	ActSendAgain  = "answer.again"
	ActSignature  = "member.signature"
	ActOpen       = "ticket.open" // a link; pressing it needs no work of ours
)

// CardView is all that a card shows.
type CardView struct {
	Ticket  tickets.Ticket
	Via     tickets.Via     // how it came
	Auth    tickets.Verdict // on the sender of the first mail
	Summary *ai.Suggestion  // nil: not written yet
}

// Card draws a ticket: what it is, who waits for it since when, where it stands, and what can be done.
func Card(v CardView) ([]slackapi.Block, string) {
	t := v.Ticket
	blocks := []slackapi.Block{
		bold(fmt.Sprintf("#%d  %s", t.Number, subject(t.Title))),
		fine(who(t), came(v.Via), "opened "+ago(t.CreatedAt), waiting(t)),
		slackapi.NewSectionBlock(Mrkdwn(standing(t)), nil, nil),
	}
	if v.Auth == tickets.AuthFail {
		blocks = append(blocks, fine(":warning: *The sender could not be verified.* This mail may not come from "+
			Escape(OneLine(t.Requester.Email, MaxName))+"; send nothing confidential."))
	}
	if t.Follows != nil {
		blocks = append(blocks, fine(fmt.Sprintf("Goes on from #%d, which is closed", *t.Follows)))
	}
	if s := v.Summary; s != nil {
		text := Truncate(s.Text, maxSummary)
		if text != s.Text {
			text += " (the whole conversation is in the thread)"
		}
		blocks = append(blocks, quote(text), fine("Summary by "+Escape(model(s.Model)), Escape(OneLine(s.Notice, MaxReason))))
	}
	if t.SplitFrom != nil {
		blocks = append(blocks, fine(fmt.Sprintf("Split off #%d", *t.SplitFrom)))
	}
	if t.MergedInto != nil {
		blocks = append(blocks, fine(fmt.Sprintf("Merged into *#%d*: the conversation goes on there", *t.MergedInto)))
	} else if t.Status == tickets.Closed {
		blocks = append(blocks, fine("Closed for good: a new mail from the customer opens a new ticket"))
	} else {
		blocks = append(blocks, cardActions(t))
	}
	return blocks, Truncate(fmt.Sprintf("#%d %s (%s)", t.Number, Escape(subject(t.Title)), Escape(OneLine(t.Requester.Called(), MaxName))), maxFallback)
}

func subject(title string) string {
	if s := OneLine(title, maxSubject); s != "" {
		return s
	}
	return "(no subject)"
}

// who names the person and, unless it is the same, the organisation.
func who(t tickets.Ticket) string {
	person := OneLine(t.Requester.Called(), MaxName)
	if t.Customer == "" || strings.EqualFold(t.Customer, person) || strings.EqualFold(t.Customer, t.Requester.Email) {
		return "*" + strong(person) + "*"
	}
	return "*" + strong(person) + "*, " + Escape(OneLine(t.Customer, MaxName))
}

// strong is escaped text that may stand between asterisks.
func strong(s string) string { return Escape(strings.ReplaceAll(s, "*", "∗")) }

func came(v tickets.Via) string {
	switch v {
	case tickets.ByEmail:
		return "by mail"
	case tickets.BySlack:
		return "by Slack"
	case tickets.ByWeb:
		return "by web"
	case tickets.ByCLI:
		return "by command line"
	}
	return ""
}

func waiting(t tickets.Ticket) string {
	// A ticket nobody has answered waits since it was opened, which is said already.
	if t.WaitingSince == nil || t.WaitingSince.Sub(t.CreatedAt) < time.Minute {
		return ""
	}
	return "waiting since " + ago(*t.WaitingSince)
}

func standing(t tickets.Ticket) string {
	assignee := "nobody yet"
	if t.AssigneeID != nil {
		assignee = "*" + strong(OneLine(t.Assignee, MaxName)) + "*"
	}
	return fmt.Sprintf("%s *%s*   %s %s priority   assigned to %s",
		statusMark(t.Status), statusName(t.Status), priorityMark(t.Priority), priorityName(t.Priority), assignee)
}

// cardActions has the buttons and menus. The block's id names the ticket and what the menus show: Slack's
// clients keep a menu's old choice for as long as its block keeps its id.
func cardActions(t tickets.Ticket) slackapi.Block {
	assign := "Assign to me"
	id := t.ID.String()
	return slackapi.NewActionBlock(TicketBlock(t.ID, string(t.Status), string(t.Priority)),
		button(ActReply, id, "Reply", slackapi.StylePrimary),
		button(ActAssign, id, assign, slackapi.StyleDefault),
		menu(ActStatus, "Status", t.Status, tickets.Statuses(), statusName),
		menu(ActPriority, "Priority", t.Priority, tickets.Priorities(), func(p tickets.Priority) string { return priorityName(p) + " priority" }),
	)
}

func menu[T ~string](action, placeholder string, current T, all []T, name func(T) string) *slackapi.SelectBlockElement {
	m := slackapi.NewOptionsSelectBlockElement(slackapi.OptTypeStatic, plain(placeholder), action)
	for _, v := range all {
		o := slackapi.NewOptionBlockObject(string(v), plain(name(v)), nil)
		m.Options = append(m.Options, o)
		if v == current {
			m.InitialOption = o
		}
	}
	return m
}

// TicketBlock makes the id of a block that belongs to a ticket; TicketOfBlock reads it.
func TicketBlock(id tickets.ID, rest ...string) string {
	return strings.Join(append([]string{"ticket", id.String()}, rest...), ":")
}

// TicketOfBlock reads what TicketBlock made.
func TicketOfBlock(block string) (tickets.ID, bool) {
	f := strings.Split(block, ":")
	if len(f) < 2 || f[0] != "ticket" {
		return tickets.ID{}, false
	}
	id, err := uuid.Parse(f[1])
	return tickets.ID{UUID: id}, err == nil
}

func statusName(s tickets.Status) string {
	switch s {
	case tickets.Open:
		return "Open"
	case tickets.InProgress:
		return "In progress"
	case tickets.Resolved:
		return "Resolved"
	case tickets.Closed:
		return "Closed"
	}
	return string(s)
}

func statusMark(s tickets.Status) string {
	switch s {
	case tickets.Open:
		return ":large_blue_circle:"
	case tickets.InProgress:
		return ":large_yellow_circle:"
	case tickets.Resolved:
		return ":large_green_circle:"
	}
	return ":white_circle:"
}

func priorityName(p tickets.Priority) string {
	switch p {
	case tickets.Low:
		return "Low"
	case tickets.Medium:
		return "Medium"
	case tickets.High:
		return "High"
	case tickets.Urgent:
		return "Urgent"
	}
	return string(p)
}

func priorityMark(p tickets.Priority) string {
	switch p {
	case tickets.Urgent:
		return ":rotating_light:"
	case tickets.High:
		return ":small_red_triangle:"
	}
	return ""
}

// model names a model for people; provider and model stand in one string, "builtin" alone included.
func model(name string) string {
	if name = OneLine(name, MaxName); name != "" {
		return name
	}
	return ai.Builtin
}
