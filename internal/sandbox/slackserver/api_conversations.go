package slackserver

import (
	"slices"
	"strings"
)

// wireRoom is a conversation as conversations.info has it, seen by a bot.
func wireRoom(r *room, t *team, botUser string, members bool) Object {
	o := Object{
		"id": r.ID, "created": r.created.Unix(), "is_im": r.im != "", "is_mpim": false, "is_private": r.Private || r.im != "",
		"is_archived": r.Archived, "is_shared": false, "is_ext_shared": false, "is_org_shared": false,
		"context_team_id": t.ID, "updated": r.created.UnixMilli(),
	}
	if r.im != "" {
		o["user"], o["is_open"], o["is_user_deleted"] = r.im, true, false
		return o
	}
	o["name"], o["name_normalized"], o["is_channel"], o["is_group"] = r.Name, r.Name, !r.Private, r.Private
	o["is_member"], o["is_general"], o["creator"] = r.has(botUser), r.Name == "general", ""
	o["topic"] = Object{"value": r.Topic, "creator": "", "last_set": 0}
	o["purpose"] = Object{"value": r.Purpose, "creator": "", "last_set": 0}
	if members {
		o["num_members"] = len(r.Members)
	}
	return o
}

// visible is the room if the bot may know of it.
func (c *call) visible(id string) (*room, error) {
	r := c.token.team.channels[id]
	if r == nil || (r.Private || r.im != "") && !r.has(c.token.install.BotUserID) {
		return nil, fail("channel_not_found")
	}
	return r, nil
}

// allowed checks the scope that belongs to the kind of conversation.
func (c *call) allowed(r *room, what string) error {
	scope := map[string]string{"channel": "channels:", "group": "groups:", "im": "im:"}[r.kind()] + what
	if !slices.Contains(c.token.scopes, scope) {
		return missingScope(c.token, scope)
	}
	return nil
}

func conversationsInfo(c *call) (Object, error) {
	r, err := c.visible(c.arg("channel"))
	if err != nil {
		return nil, err
	}
	if err := c.allowed(r, "read"); err != nil {
		return nil, err
	}
	return Object{"channel": wireRoom(r, c.token.team, c.token.install.BotUserID, c.flag("include_num_members"))}, nil
}

func (c *call) roomsOf(user string) ([]*room, error) {
	types := c.arg("types")
	if types == "" {
		types = "public_channel"
	}
	want := map[string]bool{}
	for _, t := range strings.Split(types, ",") {
		switch t = strings.TrimSpace(t); t {
		case "public_channel", "private_channel", "im", "mpim":
			want[t] = true
		default:
			return nil, fail("invalid_types")
		}
	}
	kinds := map[string]string{"channel": "public_channel", "group": "private_channel", "im": "im"}
	var out []*room
	for _, id := range c.token.team.rooms {
		r := c.token.team.channels[id]
		hidden := (r.Private || r.im != "") && !r.has(c.token.install.BotUserID)
		if hidden || !want[kinds[r.kind()]] || r.Archived && c.flag("exclude_archived") || user != "" && !r.has(user) {
			continue
		}
		if err := c.allowed(r, "read"); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (c *call) listRooms(user string) (Object, error) {
	if c.token.install.org() && c.arg("team_id") == "" {
		return nil, missing("team_id")
	}
	all, err := c.roomsOf(user)
	if err != nil {
		return nil, err
	}
	rooms, next, err := page(c, all, 100, 1000)
	if err != nil {
		return nil, err
	}
	channels := make([]any, 0, len(rooms))
	for _, r := range rooms {
		channels = append(channels, wireRoom(r, c.token.team, c.token.install.BotUserID, true))
	}
	return Object{"channels": channels, "response_metadata": Object{"next_cursor": next}}, nil
}

func conversationsList(c *call) (Object, error) { return c.listRooms("") }

func usersConversations(c *call) (Object, error) {
	user := c.arg("user")
	if user == "" {
		user = c.token.install.BotUserID
	}
	if c.token.team.users[user] == nil {
		return nil, fail("user_not_found")
	}
	return c.listRooms(user)
}

func conversationsMembers(c *call) (Object, error) {
	r, err := c.visible(c.arg("channel"))
	if err != nil {
		return nil, err
	}
	ids, next, err := page(c, r.Members, 100, 1000)
	if err != nil {
		return nil, err
	}
	return Object{"members": ids, "response_metadata": Object{"next_cursor": next}}, nil
}

func conversationsOpen(c *call) (Object, error) {
	t := c.token.team
	if id := c.arg("channel"); id != "" {
		r, err := c.visible(id)
		if err != nil {
			return nil, err
		}
		return Object{"channel": Object{"id": r.ID}, "already_open": true, "no_op": true}, nil
	}
	users := strings.FieldsFunc(c.arg("users"), func(r rune) bool { return r == ',' || r == ' ' })
	switch {
	case len(users) == 0:
		return nil, fail("users_list_not_supplied")
	case len(users) > 1:
		return nil, fail("method_not_supported_for_channel_type")
	case t.users[users[0]] == nil:
		return nil, fail("user_not_found")
	case t.users[users[0]].bot:
		return nil, fail("cannot_dm_bot")
	}
	r := c.s.direct(t, users[0], c.token.install.BotUserID)
	o := Object{"id": r.ID}
	if c.flag("return_im") {
		o = wireRoom(r, t, c.token.install.BotUserID, false)
	}
	return Object{"channel": o, "already_open": len(r.messages) > 0, "no_op": len(r.messages) > 0}, nil
}

func conversationsJoin(c *call) (Object, error) {
	r := c.token.team.channels[c.arg("channel")]
	switch {
	case r == nil || r.Private && !r.has(c.token.install.BotUserID):
		return nil, fail("channel_not_found")
	case r.im != "":
		return nil, fail("method_not_supported_for_channel_type")
	case r.Archived:
		return nil, fail("is_archived")
	}
	bot := c.token.install.BotUserID
	o := Object{}
	if r.has(bot) {
		o["warning"] = "already_in_channel"
		o["response_metadata"] = Object{"warnings": []string{"already_in_channel"}}
	} else {
		c.s.join(c.token.team, r, bot)
	}
	o["channel"] = wireRoom(r, c.token.team, bot, true)
	return o, nil
}

func conversationsHistory(c *call) (Object, error) {
	r, err := c.readable()
	if err != nil {
		return nil, err
	}
	var all []*Message
	for _, m := range slices.Backward(r.messages) {
		if (!m.IsReply() || m.Broadcast) && c.within(m.TS) {
			all = append(all, m)
		}
	}
	messages, next, err := page(c, all, 100, 999)
	if err != nil {
		return nil, err
	}
	return c.messagePage(messages, next), nil
}

func conversationsReplies(c *call) (Object, error) {
	r, err := c.readable()
	if err != nil {
		return nil, err
	}
	root := r.byTS[c.arg("ts")]
	if root == nil {
		return nil, fail("thread_not_found")
	}
	if root.IsReply() {
		return c.messagePage([]*Message{root}, ""), nil
	}
	var all []*Message
	for _, m := range r.messages {
		if m == root || m.ThreadTS == root.TS && c.within(m.TS) {
			all = append(all, m)
		}
	}
	messages, next, err := page(c, all, 1000, 1000)
	if err != nil {
		return nil, err
	}
	return c.messagePage(messages, next), nil
}

func (c *call) messagePage(messages []*Message, next string) Object {
	out := make([]any, 0, len(messages))
	for _, m := range messages {
		out = append(out, c.s.wire(m, c.flag("include_all_metadata")))
	}
	return Object{"messages": out, "has_more": next != "", "pin_count": 0, "response_metadata": Object{"next_cursor": next}}
}

// readable is the conversation whose messages the bot may read.
func (c *call) readable() (*room, error) {
	r, err := c.visible(c.arg("channel"))
	if err != nil {
		return nil, err
	}
	if err := c.allowed(r, "history"); err != nil {
		return nil, err
	}
	if !r.has(c.token.install.BotUserID) {
		return nil, fail("not_in_channel")
	}
	return r, nil
}

// within applies oldest, latest and inclusive. Timestamps have one width, so they compare as text.
func (c *call) within(ts string) bool {
	oldest, latest := c.arg("oldest"), c.arg("latest")
	if oldest != "" && (ts < oldest || ts == oldest && !c.flag("inclusive")) {
		return false
	}
	return latest == "" || ts < latest || ts == latest && c.flag("inclusive")
}
