package slack

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

const (
	// postingMost is how long after its beginning a post may still turn out to be made.
	postingMost = 2 * time.Minute

	noteMark   = "memo"     // the reaction that says: this is a note on the ticket
	answerMark = "envelope" // this goes to the customer; whoever adds it sends it
)

// A typedMessage is what a person did in a thread: they wrote, changed or deleted a message.
type typedMessage struct {
	change   string // empty: they wrote it; else Slack's subtype
	channel  string
	thread   string // ts of the thread's root
	ts       string
	user     string
	text     string // as Slack writes it
	previous string // likewise, before the change
	files    []slackapi.File
	unread   []slackapi.File // of these, those that are not fetched: their names stand in the text
}

// typedIn returns what a delivery says that a person did in a thread.
func typedIn(e delivery) (typedMessage, bool) {
	outer, ok := e.data.(slackevents.EventsAPIEvent)
	if !ok {
		return typedMessage{}, false
	}
	in, ok := outer.InnerEvent.Data.(*slackevents.MessageEvent)
	if !ok || in.BotID != "" {
		return typedMessage{}, false
	}
	m := typedMessage{channel: in.Channel, thread: in.ThreadTimeStamp, ts: in.TimeStamp, user: in.User, text: in.Text}
	switch in.SubType {
	case "", slackapi.MsgSubTypeFileShare, slackapi.MsgSubTypeThreadBroadcast:
		if in.Message != nil {
			m.files = in.Message.Files
		}
	case slackapi.MsgSubTypeMessageChanged, slackapi.MsgSubTypeMessageDeleted:
		was, is := in.PreviousMessage, in.Message
		if was == nil || is == nil || was.BotID != "" {
			return typedMessage{}, false
		}
		m.change, m.thread, m.ts, m.user, m.text, m.previous = in.SubType, was.ThreadTimestamp, was.Timestamp, was.User, is.Text, was.Text
		if in.SubType == slackapi.MsgSubTypeMessageChanged && is.SubType == "tombstone" {
			m.change = slackapi.MsgSubTypeMessageDeleted
		}
	default:
		return typedMessage{}, false
	}
	return m, m.user != "" && m.thread != "" && m.thread != m.ts
}

// typedLane works on people's messages one after the other, which keeps notes in their order. A message is
// acknowledged when its note is stored; until then Slack repeats it.
func (a *App) typedLane(ctx context.Context, in *intake, lane <-chan delivery) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-lane:
			if m, ok := typedIn(e); ok && a.typed(in.life, e, m) {
				e.ack(ctx, nil)
			}
		}
	}
}

func (a *App) typed(ctx context.Context, e delivery, m typedMessage) (taken bool) {
	ctx, cancel := context.WithTimeout(ctx, submitTime)
	defer cancel()
	outer, _ := e.data.(slackevents.EventsAPIEvent)
	d, ok := a.deskOf(ctx, e, eventOrigin(outer))
	if !ok {
		return true
	}
	do := a.wrote
	if m.change != "" {
		do = a.changed
	}
	if err := do(ctx, d, m); err != nil {
		a.log.Error("a message in a thread was not taken; Slack brings it again", "tenant", d.tenant, "team", d.TeamID, "error", err)
		return false
	}
	return true
}

// wrote keeps what a member wrote in a ticket's thread: as an internal note or, where the tenant wants it so, as an answer.
func (a *App) wrote(ctx context.Context, d desk, m typedMessage) error {
	root, ours, err := a.threadOf(ctx, d, m)
	if err != nil || !ours || root.Kind != kindCard {
		return err
	}
	who, err := a.who(ctx, d, m.user)
	if err == nil {
		err = who.mayNote()
	}
	var no *refusal
	if err != nil && !errors.As(err, &no) {
		return err
	}
	if a.files == nil {
		m.unread = m.files
	}
	n := tickets.NewComment{Ticket: tickets.ID{UUID: *root.TicketID}, Author: who.actor()}
	fresh, mode := false, tenant.ThreadNote
	err = a.in(ctx, d, func(tx tenant.Tx) (err error) {
		if fresh, err = firstDelivery(ctx, tx, "message:"+m.channel+":"+m.ts, a.clock()); err != nil || !fresh || no != nil {
			return err
		}
		org, err := tenant.Current(ctx, tx)
		if err != nil {
			return err
		}
		mode = org.Settings.ThreadDefault
		n.Kind, n.Text = m.meant(mode, who)
		if len(m.files) > 0 && a.files != nil {
			return a.holdReply(ctx, tx, d, n, place{m.channel, m.thread, m.user}, m.ts, m.files)
		}
		c, err := a.tickets.Comment(ctx, tx, n)
		if err != nil {
			return err
		}
		n.ID = c.ID
		return a.adopt(ctx, tx, d, n, m.channel, m.ts)
	})
	if text, ok := say(err); err != nil && ok {
		// The ticket is closed, or there is no mailbox: nobody is helped by Slack's bringing it again.
		no, fresh, err = &refusal{text}, true, nil
	}
	switch {
	case err != nil || !fresh:
		return err
	case no != nil:
		a.whisper(ctx, d, place{m.channel, m.thread, m.user}, sayOutsideNote(no.text))
	case len(m.files) == 0 || a.files == nil:
		a.kept(ctx, d, who, n, mode, m)
	}
	return nil
}

// threadOf looks up what a message stands below.
func (a *App) threadOf(ctx context.Context, d desk, m typedMessage) (root message, ours bool, err error) {
	err = a.in(ctx, d, func(tx tenant.Tx) (err error) {
		if root, ours, err = messageAt(ctx, tx, d.TeamID, m.channel, m.thread); err != nil || ours {
			return err
		}
		// Whoever is quick writes below a card before it is known where the card stands.
		posting, err := cardUnderWay(ctx, tx, d.TeamID, m.channel, a.clock().Add(-postingMost))
		if posting {
			err = errors.New("a card of this channel is being posted, and may be what the message stands below")
		}
		return err
	})
	return root, ours, err
}

// adopt notes that a member's own message shows a comment.
func (a *App) adopt(ctx context.Context, tx tenant.Tx, d desk, n tickets.NewComment, channel, ts string) error {
	return adoptMessage(ctx, tx, message{TeamID: d.TeamID, ChannelID: channel, Kind: kindComment, Subject: n.ID.UUID, TicketID: &n.Ticket.UUID, TS: ts}, a.clock())
}

// meant says what becomes of a message, and its words. Whatever mentions somebody, or begins with //, is for colleagues.
func (m typedMessage) meant(mode tenant.ThreadDefault, who caller) (tickets.CommentKind, string) {
	text := readable(m.text, m.unread)
	note, among := strings.CutPrefix(text, "//")
	if among {
		return tickets.Internal, strings.TrimSpace(note)
	}
	if mode == tenant.ThreadReply && who.mayAnswer() == nil && !m.mentions() {
		return tickets.Public, text
	}
	return tickets.Internal, text
}

func (m typedMessage) mentions() bool {
	return strings.Contains(m.text, "<@") || strings.Contains(m.text, "<!subteam") || strings.Contains(m.text, "<!here") || strings.Contains(m.text, "<!channel")
}

// kept marks a message that is on the ticket now, and offers its author to send it.
func (a *App) kept(ctx context.Context, d desk, who caller, n tickets.NewComment, mode tenant.ThreadDefault, m typedMessage) {
	mark := noteMark
	if n.Kind == tickets.Public {
		mark = answerMark
	}
	// What is stored is stored, marked or not.
	if err := d.api.AddReactionContext(ctx, mark, slackapi.NewRefToMessage(m.channel, m.ts)); err != nil && webapi.ErrorName(err) != "already_reacted" {
		a.log.Warn("a note was not marked", "team", d.TeamID, "error", err)
	}
	if n.Kind == tickets.Public || who.mayAnswer() != nil || m.mentions() && mode != tenant.ThreadAsk {
		return
	}
	blocks, text := draw.SendNote(n.ID, mode == tenant.ThreadAsk)
	a.whisperBlocks(ctx, d, place{m.channel, m.thread, m.user}, text, blocks)
}

// changed follows a member who changed or deleted a message of their own that is on a ticket.
func (a *App) changed(ctx context.Context, d desk, m typedMessage) error {
	if m.change == slackapi.MsgSubTypeMessageChanged && m.text == m.previous {
		return nil // a link was unfurled, or the like
	}
	who, err := a.who(ctx, d, m.user)
	var no *refusal
	if errors.As(err, &no) {
		return nil
	}
	if err != nil {
		return err
	}
	late := false
	_, text := m.meant(tenant.ThreadNote, who)
	err = a.in(ctx, d, func(tx tenant.Tx) error {
		row, ours, err := messageAt(ctx, tx, d.TeamID, m.channel, m.ts)
		if err != nil {
			return err
		}
		if !ours {
			return changeHeld(ctx, tx, m, text)
		}
		if !row.ByMember || row.Kind != kindComment || a.answers == nil {
			return nil
		}
		c := tickets.CommentID{UUID: row.Subject}
		if m.change == slackapi.MsgSubTypeMessageDeleted {
			late, err = a.answers.Retract(ctx, tx, c, who.actor())
			return err
		}
		late, err = a.answers.Revise(ctx, tx, c, text, who.actor())
		return err
	})
	if err == nil && late {
		a.whisper(ctx, d, place{m.channel, m.thread, m.user}, "The customer already has this answer as it was. Write another one to put something right.")
	}
	return err
}

// tokenPattern is how Slack writes mentions and links in a text.
var tokenPattern = regexp.MustCompile(`<([^<>|]+)(?:\|([^<>]*))?>`)

// readable is the plain text of a message: links by their address, mentions by their label, files by name.
func readable(text string, files []slackapi.File) string {
	text = tokenPattern.ReplaceAllStringFunc(text, func(tok string) string {
		f := tokenPattern.FindStringSubmatch(tok)
		target, name := f[1], f[2]
		switch target[0] {
		case '@', '#', '!':
			if name == "" {
				name = strings.TrimLeft(target, "@#!")
			}
			return string(map[byte]byte{'@': '@', '#': '#', '!': '@'}[target[0]]) + strings.TrimLeft(name, "@#")
		}
		return strings.TrimPrefix(target, "mailto:")
	})
	text = draw.Unescape(text)
	for _, f := range files {
		text += fmt.Sprintf("\n[file in Slack: %s]", draw.OneLine(f.Name, draw.MaxName))
	}
	return strings.TrimSpace(text)
}
