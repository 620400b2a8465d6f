package slack

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

// outageBlocks draws the notice that a mailbox stopped delivering; over is when it works again.
func outageBlocks(m Mailbox, since time.Time, over bool) ([]slackapi.Block, string) {
	address := escape(oneLine(m.Address, maxName))
	if over {
		text := ":white_check_mark: Mail for *" + strong(oneLine(m.Address, maxName)) + "* arrives again"
		return []slackapi.Block{slackapi.NewSectionBlock(mrkdwn(text+". It was out of reach since "+date(since)+"; nothing is lost."), nil, nil)},
			"Mail for " + address + " arrives again"
	}
	text := ":warning: *No mail arrives for " + strong(oneLine(m.Address, maxName)) + "* since " + date(since) +
		". It stays at the mail server and is fetched once this is mended: `customerdesk mailbox test " + address + "` says what is wrong."
	blocks := []slackapi.Block{slackapi.NewSectionBlock(mrkdwn(text), nil, nil)}
	if why := oneLine(m.LastError, maxReason); why != "" {
		blocks = append(blocks, fine(escape(why)))
	}
	return blocks, "No mail arrives for " + address
}

// recoveredBlocks draws the reply below an outage's notice when it is over.
func recoveredBlocks(m Mailbox) ([]slackapi.Block, string) {
	text := "Mail for " + escape(oneLine(m.Address, maxName)) + " arrives again."
	return []slackapi.Block{slackapi.NewSectionBlock(mrkdwn(":white_check_mark: "+text), nil, nil)}, text
}

// heldNoticeBlocks tells that an automatic mail was not sent, and why.
func heldNoticeBlocks(e tickets.Event) ([]slackapi.Block, string) {
	text := ":no_bell: The automatic mail \"" + escape(oneLine(e.To, maxName)) + "\" was not sent: " + escape(oneLine(e.Detail, maxReason)) + "."
	return []slackapi.Block{fine(text)}, text
}
