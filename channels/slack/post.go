package slack

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/channels/slack/workspace"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// A sheet is what should be shown: one message's content and place.
type sheet struct {
	Kind    messageKind
	Subject uuid.UUID
	Ticket  *uuid.UUID
	Channel string // empty: the workspace's own
	Thread  string // ts of the message it stands under; empty: in the channel
	Blocks  []slackapi.Block
	Text    string // for notifications and screen readers; escaped
}

// digest is of all that is seen.
func (s sheet) digest() ([]byte, error) {
	b, err := json.Marshal(struct {
		Blocks []slackapi.Block
		Text   string
	}{s.Blocks, s.Text})
	if err != nil {
		return nil, fmt.Errorf("write blocks: %w", err)
	}
	sum := sha256.Sum256(b)
	return sum[:], nil
}

// budget is what posting s takes from.
func (s sheet) budget(d desk) webapi.Budget { return webapi.Posting(d.TeamID, s.Channel) }

func (s sheet) options() []slackapi.MsgOption {
	return []slackapi.MsgOption{
		slackapi.MsgOptionText(s.Text, false), slackapi.MsgOptionBlocks(s.Blocks...),
		slackapi.MsgOptionDisableLinkUnfurl(), slackapi.MsgOptionDisableMediaUnfurl(),
	}
}

// show makes Slack show s: it posts the message, updates it where it shows something else, or does nothing.
// have is the row as it was read, zero where there was none. It returns the row's ts, or a laterError.
func (a *App) show(ctx context.Context, d desk, s sheet, have message, l webapi.Lane) (string, error) {
	digest, err := s.digest()
	if err != nil {
		return "", err
	}
	if have.TS != "" {
		if have.ByMember || string(have.Digest) == string(digest) {
			return have.TS, nil
		}
		return have.TS, a.update(ctx, d, s, have, digest, l)
	}
	if s.Channel == "" {
		s.Channel = d.ChannelID
	}
	if err := a.pass(ctx, s.budget(d), l); err != nil {
		return "", err
	}
	c, ok, err := a.claim(ctx, d, s, digest)
	if err != nil {
		return "", err
	}
	if !ok {
		if c.TS != "" {
			return c.TS, nil
		}
		return "", &laterError{max(c.PostingAt.Add(a.grace).Sub(a.clock()), time.Second), "another worker is posting it"}
	}
	if c.Before != nil {
		ts, found, err := a.find(ctx, d, s, c)
		if err != nil {
			return "", a.unfound(ctx, d, s, c, err)
		}
		if found {
			return ts, a.posted(ctx, d, c.ID, c.ChannelID, ts, false)
		}
	}
	if err := a.moveHere(ctx, d, s, c); err != nil {
		return "", err
	}
	return a.post(ctx, d, s, c.message, l)
}

// moveHere notes that a message is posted in another channel than where it was tried before.
func (a *App) moveHere(ctx context.Context, d desk, s sheet, c claim) error {
	if c.ChannelID == s.Channel {
		return nil
	}
	return a.in(ctx, d, func(tx tenant.Tx) error { return setChannel(ctx, tx, c.ID, s.Channel) })
}

func (a *App) claim(ctx context.Context, d desk, s sheet, digest []byte) (c claim, ok bool, err error) {
	// Postgres keeps microseconds; releaseMessage compares.
	now := a.clock().Truncate(time.Microsecond)
	m := message{TeamID: d.TeamID, ChannelID: s.Channel, Kind: s.Kind, Subject: s.Subject, TicketID: s.Ticket, Digest: digest}
	err = a.in(ctx, d, func(tx tenant.Tx) error {
		c, ok, err = claimMessage(ctx, tx, m, now, now.Add(-a.grace))
		return err
	})
	return c, ok, err
}

// post makes the call for a claimed message.
func (a *App) post(ctx context.Context, d desk, s sheet, m message, l webapi.Lane) (string, error) {
	more := []slackapi.MsgOption{slackapi.MsgOptionMetadata(slackapi.SlackMetadata{
		EventType: metadataType, EventPayload: map[string]any{metadataID: m.ID.String(), "kind": string(m.Kind)},
	})}
	if s.Thread != "" {
		more = append(more, slackapi.MsgOptionTS(s.Thread))
	}
	var channel, ts string
	err := a.inFewWords(ctx, d, &s, m.ID, m.Digest, s.budget(d), l, func() (err error) {
		channel, ts, err = d.api.PostMessageContext(ctx, s.Channel, append(s.options(), more...)...)
		return err
	})
	var wait *laterError
	if errors.As(err, &wait) {
		// Slack refused the blocks, so nothing was posted; the next attempt begins without them.
		return "", errors.Join(a.in(context.WithoutCancel(ctx), d, func(tx tenant.Tx) error {
			return releaseMessage(ctx, tx, m.ID, *m.PostingAt, nil)
		}), err)
	}
	if err != nil {
		return "", a.failed(ctx, d, s, m, err)
	}
	a.pace.Reached(s.budget(d))
	return ts, a.posted(ctx, d, m.ID, channel, ts, false)
}

// inFewWords calls Slack with a message, and again with its plain text alone where Slack does not take its
// blocks: a message in few words does not hold up those that come after it. Each call waits its turn; a
// laterError is the second one's, and what was learned is remembered until then.
func (a *App) inFewWords(ctx context.Context, d desk, s *sheet, id uuid.UUID, digest []byte, b webapi.Budget, l webapi.Lane, call func() error) error {
	if a.unfit.has(id, string(digest)) {
		s.Blocks = nil
	}
	err := call()
	if !unfit(err) || len(s.Blocks) == 0 {
		return err
	}
	a.log.Error("Slack does not take a message's blocks; it is shown without", "tenant", d.tenant, "kind", s.Kind, "subject", s.Subject,
		"error", err, "details", details(err))
	a.unfit.add(id, string(digest))
	s.Blocks = nil
	if err := a.pass(ctx, b, l); err != nil {
		return err
	}
	return call()
}

// unfound decides what follows from a look at the channel that failed. The claim goes back to when the lost
// post was made, so that the next look begins there.
func (a *App) unfound(ctx context.Context, d desk, s sheet, c claim, err error) error {
	if rerr := a.in(context.WithoutCancel(ctx), d, func(tx tenant.Tx) error {
		return releaseMessage(ctx, tx, c.ID, *c.PostingAt, c.Before)
	}); rerr != nil {
		return errors.Join(err, rerr)
	}
	how, after := webapi.Judge(err)
	return a.trouble(ctx, d, s.budget(d), s.Channel, how, after, err)
}

// failed decides what follows from a post that did not succeed. A claim is given back only where the message
// certainly was not posted; else it stays until the message's own event, or a look at the channel, tells.
func (a *App) failed(ctx context.Context, d desk, s sheet, m message, err error) error {
	how, after := webapi.Judge(err)
	if how == webapi.Unknown {
		a.pace.Missed(s.budget(d), a.retry)
		return &laterError{a.grace, fmt.Sprintf("Slack's answer was lost: %v", err)}
	}
	if rerr := a.in(context.WithoutCancel(ctx), d, func(tx tenant.Tx) error {
		return releaseMessage(ctx, tx, m.ID, *m.PostingAt, nil)
	}); rerr != nil {
		return errors.Join(err, rerr)
	}
	return a.trouble(ctx, d, s.budget(d), s.Channel, how, after, err)
}

// trouble turns a failed call into what to do next, and tells the operator where a setting is to blame.
func (a *App) trouble(ctx context.Context, d desk, b webapi.Budget, channel string, how webapi.Outcome, after time.Duration, err error) error {
	switch how {
	case webapi.Limited:
		a.pace.Pause(b, after)
		return &laterError{max(after, time.Second), "Slack asks to wait"}
	case webapi.Unsent, webapi.Unknown:
		return &laterError{a.pace.Missed(b, a.retry), fmt.Sprintf("Slack is out of reach: %v", err)}
	}
	a.pace.Reached(b)
	if text := webapi.Cure(err, d.named(channel)); text != "" {
		if err := a.blame(ctx, d, text); err != nil {
			return err
		}
		return &laterError{a.mend, text}
	}
	return &refusedError{fmt.Errorf("post or update a Slack message: %w%s", err, details(err))}
}

// A refusedError is Slack's no to one message, which has nothing to do with others.
type refusedError struct{ error }

func (e *refusedError) Unwrap() error { return e.error }

// unfit tells whether Slack refused the blocks of a message.
func unfit(err error) bool {
	switch webapi.ErrorName(err) {
	case "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long":
		return true
	}
	return false
}

// details are Slack's words on what is wrong with blocks.
func details(err error) string {
	var api slackapi.SlackErrorResponse
	if !errors.As(err, &api) || len(api.ResponseMetadata.Messages) == 0 {
		return ""
	}
	return fmt.Sprintf(" %v", api.ResponseMetadata.Messages)
}

// blame notes on the workspace what has to be mended, and logs it when it is news.
func (a *App) blame(ctx context.Context, d desk, text string) error {
	return a.in(ctx, d, func(tx tenant.Tx) error {
		news, err := workspace.SetError(ctx, tx, d.TeamID, text)
		if err == nil && news {
			a.log.Error("Slack cannot be used", "tenant", d.tenant, "team", d.TeamID, "cure", text)
		}
		return err
	})
}

// posted records where a message stands, whoever found out: the answer, the event or a look at the channel.
// A second message of the same row is deleted. What waits for the message is queued in the same
// transaction: the thread for its card and, on resume, whatever the lost answer held up.
func (a *App) posted(ctx context.Context, d desk, id uuid.UUID, channel, ts string, resume bool) error {
	a.own.add(id, ts)
	var m message
	var found bool
	err := a.in(context.WithoutCancel(ctx), d, func(tx tenant.Tx) error {
		var news bool
		var err error
		if m, news, found, err = recordMessage(ctx, tx, id, channel, ts, a.clock()); err != nil || !news {
			return err
		}
		if d.LastError != "" {
			if _, err := workspace.SetError(ctx, tx, d.TeamID, ""); err != nil {
				return err
			}
		}
		if m.TicketID == nil || m.Kind != kindCard && !resume {
			return nil
		}
		follow := []jobs.Insert{threadJob(d.tenant, *m.TicketID)}
		if resume {
			follow = append(follow, cardJob(d.tenant, *m.TicketID))
		}
		return a.queue.Insert(ctx, tx, follow...)
	})
	if err != nil || !found || m.TS == ts {
		return err
	}
	if _, _, err := d.api.DeleteMessageContext(ctx, channel, ts); err != nil && webapi.ErrorName(err) != "message_not_found" {
		return fmt.Errorf("delete a message that was posted twice: %w", err)
	}
	return nil
}

// update makes a posted message show s.
func (a *App) update(ctx context.Context, d desk, s sheet, m message, digest []byte, l webapi.Lane) error {
	b := webapi.Updating(d.TeamID)
	if err := a.pass(ctx, b, l); err != nil {
		return err
	}
	err := a.inFewWords(ctx, d, &s, m.ID, digest, b, l, func() error {
		_, _, _, err := d.api.UpdateMessageContext(ctx, m.ChannelID, m.TS, s.options()...)
		return err
	})
	var wait *laterError
	if errors.As(err, &wait) {
		return err
	}
	switch name := webapi.ErrorName(err); {
	case name == "message_not_found" && s.Kind == kindCard:
		return a.again(ctx, d, *m.TicketID)
	case name == "message_not_found" || name == "cant_update_message" || name == "edit_window_closed":
		// Somebody deleted it, or the workspace forbids edits: it stays as it is.
	case err != nil:
		how, after := webapi.Judge(err)
		return a.trouble(ctx, d, b, m.ChannelID, how, after, err)
	}
	a.pace.Reached(b)
	return a.in(ctx, d, func(tx tenant.Tx) error { return setDigest(ctx, tx, m.ID, digest) })
}

// again has a ticket shown anew.
func (a *App) again(ctx context.Context, d desk, ticket uuid.UUID) error {
	return a.in(ctx, d, func(tx tenant.Tx) error {
		if err := forgetTicket(ctx, tx, d.TeamID, ticket); err != nil {
			return err
		}
		return a.queue.Insert(ctx, tx, cardJob(d.tenant, ticket))
	})
}

// find looks into the channel, or the thread, for the message of a claim whose answer was lost.
//
// It is where the post was made, which is another channel than today's where the workspace was connected
// anew since. Where the app may not look there any longer, the message counts as not posted.
func (a *App) find(ctx context.Context, d desk, s sheet, c claim) (ts string, found bool, err error) {
	ts, found, err = a.search(ctx, d, s.Thread, c)
	if name := webapi.ErrorName(err); c.ChannelID != s.Channel && (name == "channel_not_found" || name == "not_in_channel") {
		return "", false, nil
	}
	return ts, found, err
}

func (a *App) search(ctx context.Context, d desk, thread string, c claim) (ts string, found bool, err error) {
	// Slack's clock may differ from ours.
	oldest := fmt.Sprintf("%d.000000", c.Before.Add(-2*time.Minute).Unix())
	cursor := ""
	for {
		var list []slackapi.Message
		if thread != "" {
			list, _, cursor, err = d.api.GetConversationRepliesContext(ctx, &slackapi.GetConversationRepliesParameters{
				ChannelID: c.ChannelID, Timestamp: thread, Oldest: oldest, Cursor: cursor, Limit: 200, IncludeAllMetadata: true})
		} else {
			var page *slackapi.GetConversationHistoryResponse
			page, err = d.api.GetConversationHistoryContext(ctx, &slackapi.GetConversationHistoryParameters{
				ChannelID: c.ChannelID, Oldest: oldest, Cursor: cursor, Limit: 200, IncludeAllMetadata: true})
			if err == nil {
				list, cursor = page.Messages, page.ResponseMetaData.NextCursor
			}
		}
		if err != nil {
			return "", false, fmt.Errorf("look for a post whose answer was lost: %w", err)
		}
		for _, m := range list {
			if id, ok := ownPost(m.Msg, d.Workspace); ok && id == c.ID {
				return m.Timestamp, true, nil
			}
		}
		if cursor == "" {
			return "", false, nil
		}
	}
}

// metadataType marks our own posts; the payload has the row's id under metadataID.
const (
	metadataType = "customerdesk_post"
	metadataID   = "id"
)

// ownPost reads the row's id from a message of our own.
func ownPost(m slackapi.Msg, w workspace.Workspace) (uuid.UUID, bool) {
	if m.BotID != w.BotID || m.Metadata.EventType != metadataType {
		return uuid.UUID{}, false
	}
	text, _ := m.Metadata.EventPayload[metadataID].(string)
	id, err := uuid.Parse(text)
	return id, err == nil
}
