package draw

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/tickets"
)

// homeList is how many tickets a list of the Home tab has.
const homeList = 15

// HomeView is all that a Home tab shows.
type HomeView struct {
	Name       string
	Answers    bool   // whether they may answer customers
	Signature  string // below their answers; empty: the organisation's
	Mine       []tickets.Ticket
	Unassigned []tickets.Ticket
	Open       int
	InProgress int
	More       bool // there are more tickets than were counted
	Links      map[uuid.UUID]string
}

// Home draws a Home tab.
func Home(v HomeView) []slackapi.Block {
	more := ""
	if v.More {
		more = " or more"
	}
	blocks := []slackapi.Block{
		slackapi.NewHeaderBlock(plain(Truncate("Hello "+OneLine(v.Name, MaxName), 150))),
		fine(fmt.Sprintf("*%d*%s open", v.Open, more), fmt.Sprintf("*%d*%s in progress", v.InProgress, more),
			fmt.Sprintf("*%d* of them unassigned", len(v.Unassigned))),
	}
	if v.Answers {
		below := "Below your answers stands your name, and then the organisation's signature"
		if s := OneLine(v.Signature, MaxName); s != "" {
			below = "Below your answers stands your name, and then: " + Escape(s)
		}
		blocks = append(blocks, slackapi.NewSectionBlock(Mrkdwn(below), nil,
			slackapi.NewAccessory(button(ActSignature, "signature", "Edit signature", slackapi.StyleDefault))))
	}
	blocks = append(blocks, homeSection("Your tickets", "Nothing is assigned to you.", v.Mine, v.Links)...)
	return append(blocks, homeSection("Unassigned", "Every open ticket has somebody.", v.Unassigned, v.Links)...)
}

func homeSection(title, none string, list []tickets.Ticket, links map[uuid.UUID]string) []slackapi.Block {
	blocks := []slackapi.Block{slackapi.NewDividerBlock(), slackapi.NewHeaderBlock(plain(fmt.Sprintf("%s (%d)", title, len(list))))}
	if len(list) == 0 {
		return append(blocks, fine(none))
	}
	for i, t := range list {
		if i == homeList {
			return append(blocks, fine(fmt.Sprintf("and %d more", len(list)-homeList)))
		}
		blocks = append(blocks, homeTicket(t, links[t.ID.UUID]))
	}
	return blocks
}

func homeTicket(t tickets.Ticket, link string) slackapi.Block {
	// A bar would end the link's label, a bracket the link.
	name := fmt.Sprintf("#%d  %s", t.Number, Escape(strings.ReplaceAll(subject(t.Title), "|", "¦")))
	if link != "" {
		name = "<" + link + "|" + name + ">"
	}
	text := name + "\n" + who(t) + "  ·  " + priorityName(t.Priority) + " priority  ·  opened " + ago(t.CreatedAt)
	if w := waiting(t); w != "" {
		text += "  ·  " + w
	}
	return slackapi.NewSectionBlock(Mrkdwn(text), nil, nil)
}
