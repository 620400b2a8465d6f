package slackserver

import (
	"slices"
	"strings"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver/blockkit"
)

// A Message is what stands in a conversation. Values handed out are copies whose JSON parts must not be
// changed.
type Message struct {
	Team        string
	Channel     string
	TS          string
	ThreadTS    string // empty outside a thread; a parent with replies has its own TS
	Subtype     string // empty, bot_message, thread_broadcast, tombstone, channel_join …
	User        string
	BotID       string // of an app's message
	AppID       string
	Username    string // with chat:write.customize
	IconEmoji   string
	IconURL     string
	ClientMsgID string // of a person's message
	Text        string // mrkdwn, escaped as on the wire
	Blocks      []any
	Attachments []any
	Metadata    Object // event_type and event_payload
	Files       []File
	Reactions   []Reaction
	Edited      string // ts of the latest edit by a person or by text; empty: never
	ReplyCount  int
	ReplyUsers  []string
	LatestReply string
	Broadcast   bool   // a reply that also stands in the channel
	Ephemeral   string // the only person who sees it; empty: everyone
	UnfurlLinks bool

	states map[string]Object // user id: state.values of its inputs
}

// A Reaction is an emoji with those who added it.
type Reaction struct {
	Name  string
	Users []string
}

// IsReply tells whether the message stands in a thread below another one.
func (m Message) IsReply() bool { return m.ThreadTS != "" && m.ThreadTS != m.TS }

// VisibleText is everything a person reads in the message: the texts of its blocks and attachments, or
// Text if it has none; one line for each text.
func (m Message) VisibleText() string {
	var parts []string
	collectText(m.Blocks, &parts)
	collectText(m.Attachments, &parts)
	if len(parts) == 0 {
		return m.Text
	}
	return strings.Join(parts, "\n")
}

// Actions lists the action ids of the interactive elements, in order.
func (m Message) Actions() []string { return actionIDs(m.Blocks) }

// Pings lists whom the message notifies: "!channel", "!here", "!everyone", "@U…" and "!subteam^S…",
// each once, in order, from its text and from its blocks.
func (m Message) Pings() []string {
	var out []string
	add := func(p string) {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for _, p := range mentions(m.Text) {
		add(p)
	}
	blockMentions(m.Blocks, add)
	blockMentions(m.Attachments, add)
	return out
}

func actionIDs(blocks []any) []string {
	var ids []string
	for _, b := range blocks {
		for _, el := range blockkit.Elements(object(b)) {
			ids = append(ids, str(el["action_id"]))
		}
	}
	return ids
}

// collectText appends the texts of a JSON tree in reading order.
func collectText(v any, out *[]string) {
	switch t := v.(type) {
	case []any:
		for _, e := range t {
			collectText(e, out)
		}
	case map[string]any:
		if s, ok := t["text"].(string); ok {
			*out = append(*out, s)
		}
		for _, k := range []string{"title", "label", "text", "fields", "element", "elements", "accessory", "placeholder",
			"initial_option", "hint", "blocks"} {
			if _, plain := t[k].(string); !plain {
				collectText(t[k], out)
			}
		}
		if s, ok := t["initial_value"].(string); ok {
			*out = append(*out, s)
		}
	}
}

func (m *Message) copy() Message {
	c := *m
	c.Files = slices.Clone(m.Files)
	c.ReplyUsers = slices.Clone(m.ReplyUsers)
	c.Reactions = make([]Reaction, len(m.Reactions))
	for i, r := range m.Reactions {
		c.Reactions[i] = Reaction{r.Name, slices.Clone(r.Users)}
	}
	c.states = nil
	return c
}

// wire is the message as Slack's JSON has it. The caller holds mu.
func (s *Server) wire(m *Message, metadata bool) Object {
	o := Object{"type": "message", "ts": m.TS, "text": m.Text, "team": m.Team}
	set := func(k, v string) {
		if v != "" {
			o[k] = v
		}
	}
	set("subtype", m.Subtype)
	set("user", m.User)
	set("bot_id", m.BotID)
	set("app_id", m.AppID)
	set("username", m.Username)
	set("client_msg_id", m.ClientMsgID)
	set("thread_ts", m.ThreadTS)
	if m.BotID != "" && m.Username == "" {
		o["bot_profile"] = s.botProfile(m)
	}
	if m.IconEmoji != "" || m.IconURL != "" {
		o["icons"] = Object{"emoji": m.IconEmoji, "image_48": m.IconURL}
	}
	if len(m.Blocks) > 0 {
		o["blocks"] = m.Blocks
	}
	if len(m.Attachments) > 0 {
		o["attachments"] = m.Attachments
	}
	if metadata && m.Metadata != nil {
		o["metadata"] = m.Metadata
	}
	if len(m.Files) > 0 {
		o["files"], o["upload"] = s.wireFiles(m.Files), false
	}
	if len(m.Reactions) > 0 {
		o["reactions"] = wireReactions(m.Reactions)
	}
	if m.Edited != "" {
		o["edited"] = Object{"user": m.User, "ts": m.Edited}
	}
	if m.ReplyCount > 0 {
		o["reply_count"], o["reply_users_count"] = m.ReplyCount, len(m.ReplyUsers)
		o["reply_users"], o["latest_reply"] = m.ReplyUsers, m.LatestReply
		o["is_locked"], o["subscribed"] = false, true
	}
	if m.IsReply() {
		if r := s.room(m.Team, m.Channel); r != nil && r.byTS[m.ThreadTS] != nil {
			o["parent_user_id"] = r.byTS[m.ThreadTS].User
		}
	}
	return o
}

func (s *Server) room(team, channel string) *room {
	if t := s.teams[team]; t != nil {
		return t.channels[channel]
	}
	return nil
}

func (s *Server) botProfile(m *Message) Object {
	name := ""
	if a := s.apps[m.AppID]; a != nil {
		name = a.Name
	}
	return Object{"id": m.BotID, "app_id": m.AppID, "name": name, "team_id": m.Team, "deleted": false, "updated": 1700000000,
		"icons": Object{"image_36": "", "image_48": "", "image_72": ""}}
}

func wireReactions(rs []Reaction) []any {
	out := make([]any, 0, len(rs))
	for _, r := range rs {
		out = append(out, Object{"name": r.Name, "users": r.Users, "count": len(r.Users)})
	}
	return out
}
