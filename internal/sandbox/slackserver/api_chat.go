package slackserver

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver/blockkit"
)

// Limits of message texts (https://docs.slack.dev/reference/methods/chat.postMessage).
const (
	maxText       = 40000
	maxUpdateText = 4000
	// maxBlockText is the cumulative text of a message's blocks. Slack does not publish it; its staff
	// name 12,000 (https://github.com/slackapi/bolt-js/issues/2509).
	maxBlockText   = 12000
	maxMetadata    = 16 * 1024
	maxAttachments = 100
)

// content is what a message consists of, as sent by an app and validated.
type content struct {
	text        string
	blocks      []any
	attachments []any
	metadata    Object
	hasText     bool
	hasBlocks   bool
	hasMeta     bool
	hasAttach   bool
}

// content reads text, blocks, attachments and metadata of a call.
func (c *call) content() (content, error) {
	m := content{text: c.arg("text"), hasText: c.arg("text") != "", hasBlocks: c.arg("blocks") != "",
		hasMeta: c.arg("metadata") != "", hasAttach: c.arg("attachments") != ""}
	if c.arg("parse") == "full" || c.flag("link_names") {
		m.text = parseFull(m.text)
	}
	blocks, err := c.json("blocks", "invalid_blocks_format")
	if err != nil {
		return m, err
	}
	attachments, err := c.json("attachments", "invalid_attachments")
	if err != nil {
		return m, err
	}
	metadata, err := c.json("metadata", "invalid_metadata_format")
	if err != nil {
		return m, err
	}
	return m, c.s.fill(&m, blocks, attachments, metadata)
}

// fill validates decoded blocks, attachments and metadata into m. The caller holds mu.
func (s *Server) fill(m *content, blocks, attachments, metadata any) error {
	if blocks != nil {
		if problems := s.blocks.MessageBlocks(blocks, "/blocks"); len(problems) > 0 {
			return blockProblems("invalid_blocks", problems)
		}
		m.blocks = clone(list(blocks))
		if blockkit.TextLength(m.blocks) > maxBlockText {
			return fail("msg_blocks_too_long")
		}
		blockkit.Complete(m.blocks, s.shortID)
	}
	if attachments != nil {
		all, ok := attachments.([]any)
		if !ok {
			return fail("invalid_attachments")
		}
		if len(all) > maxAttachments {
			return fail("too_many_attachments")
		}
		m.attachments = clone(all)
		for _, a := range m.attachments {
			inner, ok := object(a)["blocks"]
			if !ok {
				continue
			}
			if problems := s.blocks.MessageBlocks(inner, "/attachments/0/blocks"); len(problems) > 0 {
				return blockProblems("invalid_attachments", problems)
			}
			blockkit.Complete(list(inner), s.shortID)
		}
	}
	if metadata != nil {
		o := object(metadata)
		if len(o) > 0 {
			if str(o["event_type"]) == "" || object(o["event_payload"]) == nil {
				return fail("invalid_metadata_schema")
			}
			if len(encode(o)) > maxMetadata {
				return fail("metadata_too_large")
			}
		}
		m.metadata = clone(o)
	}
	return nil
}

// shortID is a block or action id as Slack makes them up.
func (s *Server) shortID() string { return secret(3)[:5] }

func (c *call) postContent() (content, error) {
	m, err := c.content()
	if err != nil {
		return m, err
	}
	if m.text == "" && len(m.blocks) == 0 && len(m.attachments) == 0 {
		return m, fail("no_text")
	}
	if utf8.RuneCountInString(m.text) > maxText {
		m.text = string([]rune(m.text)[:maxText])
	}
	return m, nil
}

// target is the conversation a message goes to: a channel id, a #name or a person.
func (c *call) target() (*room, error) {
	id, t, in := c.arg("channel"), c.token.team, c.token.install
	if id == "" {
		return nil, missing("channel")
	}
	if u := t.users[id]; u != nil {
		if u.bot {
			return nil, fail("cannot_dm_bot")
		}
		return c.s.direct(t, id, in.BotUserID), nil
	}
	if name, ok := strings.CutPrefix(id, "#"); ok {
		for _, r := range t.channels {
			if r.Name == name && !r.Private {
				id = r.ID
			}
		}
	}
	r, err := c.visible(id)
	switch {
	case err != nil:
		return nil, err
	case r.Archived:
		return nil, fail("is_archived")
	case !r.has(in.BotUserID) && !slices.Contains(c.token.scopes, "chat:write.public"):
		return nil, fail("not_in_channel")
	}
	return r, nil
}

func chatPostMessage(c *call) (Object, error) {
	r, err := c.target()
	if err != nil {
		return nil, err
	}
	body, err := c.postContent()
	if err != nil {
		return nil, err
	}
	s := c.s
	m := c.message(r, body)
	m.UnfurlLinks = c.flag("unfurl_links")
	if m.Username = c.arg("username"); m.Username != "" || c.arg("icon_emoji") != "" || c.arg("icon_url") != "" {
		if !slices.Contains(c.token.scopes, "chat:write.customize") {
			return nil, missingScope(c.token, "chat:write.customize")
		}
		m.IconEmoji, m.IconURL = c.arg("icon_emoji"), c.arg("icon_url")
		if m.Username != "" {
			m.Subtype = "bot_message"
		}
	}
	if ts := c.arg("thread_ts"); ts != "" {
		root := r.byTS[ts]
		switch {
		case root != nil && root.IsReply():
			return nil, fail("cannot_reply_to_message")
		case root != nil: // A parent that is gone leaves the message in the channel, as at Slack.
			m.ThreadTS, m.Broadcast = ts, c.flag("reply_broadcast")
		}
	}
	s.post(r, m)
	return Object{"channel": r.ID, "ts": m.TS, "message": s.wire(m, true)}, nil
}

// message starts a message of the calling app. The caller holds mu.
func (c *call) message(r *room, body content) *Message {
	return &Message{
		Team: c.token.team.ID, Channel: r.ID, User: c.token.install.BotUserID, BotID: c.token.install.BotID,
		AppID: c.token.app.ID, Text: body.text, Blocks: body.blocks, Attachments: body.attachments, Metadata: body.metadata,
	}
}

func chatPostEphemeral(c *call) (Object, error) {
	r, err := c.target()
	if err != nil {
		return nil, err
	}
	user := c.arg("user")
	switch {
	case user == "":
		return nil, missing("user")
	case c.token.team.users[user] == nil:
		return nil, fail("user_not_found")
	case !r.has(user):
		return nil, fail("user_not_in_channel")
	}
	body, err := c.postContent()
	if err != nil {
		return nil, err
	}
	m := c.message(r, body)
	m.Ephemeral, m.ThreadTS = user, c.arg("thread_ts")
	c.s.whisper(r, m)
	return Object{"message_ts": m.TS}, nil
}

// own finds a message of the calling app.
func (c *call) own(denied string) (*room, *Message, error) {
	r, err := c.visible(c.arg("channel"))
	if err != nil {
		return nil, nil, err
	}
	m := r.byTS[c.arg("ts")]
	if m == nil || m.Subtype == "tombstone" {
		return nil, nil, fail("message_not_found")
	}
	if m.AppID != c.token.app.ID {
		return nil, nil, fail(denied)
	}
	return r, m, nil
}

func chatUpdate(c *call) (Object, error) {
	r, m, err := c.own("cant_update_message")
	if err != nil {
		return nil, err
	}
	body, err := c.content()
	if err != nil {
		return nil, err
	}
	if !body.hasText && !body.hasBlocks && !body.hasAttach && !body.hasMeta {
		return nil, fail("no_text")
	}
	if utf8.RuneCountInString(body.text) > maxUpdateText {
		return nil, fail("msg_too_long")
	}
	old := c.s.wire(m, true)
	if body.hasText {
		m.Text = body.text
	}
	// Blocks stay only when neither blocks nor text come (https://docs.slack.dev/reference/methods/chat.update).
	if body.hasBlocks || body.hasText {
		m.Blocks = body.blocks
	}
	if body.hasAttach {
		m.Attachments = body.attachments
	}
	if body.hasMeta {
		m.Metadata = body.metadata
	}
	if !body.hasBlocks {
		m.Edited = c.s.newTS()
	}
	c.s.changedMessage(r, m, old)
	return Object{"channel": r.ID, "ts": m.TS, "text": m.Text, "message": c.s.wire(m, true)}, nil
}

func chatDelete(c *call) (Object, error) {
	r, m, err := c.own("cant_delete_message")
	if err != nil {
		return nil, err
	}
	c.s.remove(r, m)
	return Object{"channel": r.ID, "ts": m.TS}, nil
}

func chatGetPermalink(c *call) (Object, error) {
	r, err := c.visible(c.arg("channel"))
	if err != nil {
		return nil, err
	}
	m := r.byTS[c.arg("message_ts")]
	if m == nil {
		return nil, fail("message_not_found")
	}
	return Object{"channel": r.ID, "permalink": permalink(c.token.team, m)}, nil
}

func permalink(t *team, m *Message) string {
	link := "https://" + t.Domain + ".slack.com/archives/" + m.Channel + "/p" + strings.ReplaceAll(m.TS, ".", "")
	if m.IsReply() {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + m.Channel
	}
	return link
}
