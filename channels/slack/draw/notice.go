package draw

import (
	"time"

	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/tickets"
)

// A Mailbox is what a notice says about a mailbox.
type Mailbox struct {
	Address      string
	LastError    string
	FailingSince *time.Time // nil: it works
}

// Outage draws the notice that a mailbox stopped delivering; over is when it works again.
func Outage(m Mailbox, since time.Time, over bool) ([]slackapi.Block, string) {
	address := Escape(OneLine(m.Address, MaxName))
	if over {
		text := ":white_check_mark: Mail for *" + strong(OneLine(m.Address, MaxName)) + "* arrives again"
		return []slackapi.Block{slackapi.NewSectionBlock(Mrkdwn(text+". It was out of reach since "+Date(since)+"; nothing is lost."), nil, nil)},
			"Mail for " + address + " arrives again"
	}
	text := ":warning: *No mail arrives for " + strong(OneLine(m.Address, MaxName)) + "* since " + Date(since) +
		". It stays at the mail server and is fetched once this is mended: `customerdesk mailbox test " + address + "` says what is wrong."
	blocks := []slackapi.Block{slackapi.NewSectionBlock(Mrkdwn(text), nil, nil)}
	if why := OneLine(m.LastError, MaxReason); why != "" {
		blocks = append(blocks, fine(Escape(why)))
	}
	return blocks, "No mail arrives for " + address
}

// Recovered draws the reply below an outage's notice when it is over.
func Recovered(m Mailbox) ([]slackapi.Block, string) {
	text := "Mail for " + Escape(OneLine(m.Address, MaxName)) + " arrives again."
	return []slackapi.Block{slackapi.NewSectionBlock(Mrkdwn(":white_check_mark: "+text), nil, nil)}, text
}

// HeldNotice tells that an automatic mail was not sent, and why.
func HeldNotice(e tickets.Event) ([]slackapi.Block, string) {
	text := ":no_bell: The automatic mail \"" + Escape(OneLine(e.To, MaxName)) + "\" was not sent: " + Escape(OneLine(e.Detail, MaxReason)) + "."
	return []slackapi.Block{fine(text)}, text
}
