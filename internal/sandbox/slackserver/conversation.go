package slackserver

import "slices"

// What happens in a conversation and which events follow. Callers hold mu.

// post appends a message and tells the apps.
func (s *Server) post(r *room, m *Message) {
	m.TS = s.newTS()
	if m.ThreadTS != "" && m.Broadcast {
		m.Subtype = "thread_broadcast"
	}
	r.messages = append(r.messages, m)
	r.byTS[m.TS] = m
	if root := r.byTS[m.ThreadTS]; m.IsReply() && root != nil {
		root.ThreadTS = root.TS
		root.ReplyCount++
		root.LatestReply = m.TS
		if !slices.Contains(root.ReplyUsers, m.User) {
			root.ReplyUsers = append(root.ReplyUsers, m.User)
		}
	}
	if m.BotID == "" {
		r.read[m.User] = m.TS
	}
	s.touch(change{Kind: "message", Channel: r.ID})
	s.messageEvents(r, m)
}

// whisper shows a message to one person only; no event follows.
func (s *Server) whisper(r *room, m *Message) {
	m.TS = s.newTS()
	r.ephemeral = append(r.ephemeral, m)
	s.touch(change{Kind: "message", Channel: r.ID, User: m.Ephemeral})
}

func (s *Server) messageEvents(r *room, m *Message) {
	s.toApps(r, "message."+r.kind(), func(a *app) Object {
		return s.messageEvent(r, m, a)
	})
	if m.BotID == "" {
		for _, p := range mentions(m.Text) {
			s.mentioned(r, m, p)
		}
	}
	if len(m.Metadata) > 0 {
		s.metadataPosted(r, m)
	}
}

func (s *Server) messageEvent(r *room, m *Message, a *app) Object {
	o := s.wire(m, m.AppID == a.ID || s.granted(a, r, "metadata.message:read"))
	o["channel"], o["event_ts"], o["channel_type"] = r.ID, m.TS, r.kind()
	return o
}

// mentioned sends app_mention to the app whose bot is named by "@U…".
func (s *Server) mentioned(r *room, m *Message, ping string) {
	t := s.teams[m.Team]
	for _, id := range s.appOrder {
		a := s.apps[id]
		if in := a.installs[t.ID]; in != nil && ping == "@"+in.BotUserID && r.im == "" {
			o := s.messageEvent(r, m, a)
			o["type"] = "app_mention"
			delete(o, "channel_type")
			s.emit(t, a, "app_mention", o)
		}
	}
}

func (s *Server) metadataPosted(r *room, m *Message) {
	s.toApps(r, "message_metadata_posted", func(a *app) Object {
		if len(a.MetadataEvents) > 0 && !slices.Contains(a.MetadataEvents, str(m.Metadata["event_type"])) {
			return nil
		}
		return Object{"type": "message_metadata_posted", "app_id": m.AppID, "bot_id": m.BotID, "user_id": m.User,
			"team_id": m.Team, "channel_id": r.ID, "metadata": m.Metadata, "message_ts": m.TS, "event_ts": m.TS}
	})
}

// changedMessage announces an edit; old is the message as it was.
func (s *Server) changedMessage(r *room, m *Message, old Object) {
	s.touch(change{Kind: "message", Channel: r.ID})
	ts := s.newTS()
	s.toApps(r, "message."+r.kind(), func(*app) Object {
		return Object{"type": "message", "subtype": "message_changed", "hidden": true, "channel": r.ID, "channel_type": r.kind(),
			"ts": ts, "event_ts": ts, "message": s.wire(m, true), "previous_message": old}
	})
}

// remove deletes a message; a parent with replies stays as a tombstone.
func (s *Server) remove(r *room, m *Message) {
	old := s.wire(m, true)
	if m.ReplyCount > 0 && !m.IsReply() {
		m.Subtype, m.Text, m.Blocks, m.Attachments, m.Metadata, m.Files = "tombstone", "This message was deleted.", nil, nil, nil, nil
		m.User, m.BotID, m.AppID, m.Reactions = "USLACKBOT", "", "", nil
	} else {
		delete(r.byTS, m.TS)
		r.messages = slices.DeleteFunc(r.messages, func(o *Message) bool { return o == m })
		if root := r.byTS[m.ThreadTS]; root != nil && root != m {
			s.recount(r, root)
		}
	}
	s.touch(change{Kind: "message", Channel: r.ID})
	ts := s.newTS()
	s.toApps(r, "message."+r.kind(), func(*app) Object {
		return Object{"type": "message", "subtype": "message_deleted", "hidden": true, "channel": r.ID, "channel_type": r.kind(),
			"ts": ts, "event_ts": ts, "deleted_ts": m.TS, "previous_message": old}
	})
}

func (s *Server) recount(r *room, root *Message) {
	root.ReplyCount, root.LatestReply, root.ReplyUsers = 0, "", nil
	for _, m := range r.messages {
		if m.IsReply() && m.ThreadTS == root.TS {
			root.ReplyCount++
			root.LatestReply = m.TS
			if !slices.Contains(root.ReplyUsers, m.User) {
				root.ReplyUsers = append(root.ReplyUsers, m.User)
			}
		}
	}
	if root.ReplyCount == 0 {
		root.ThreadTS = ""
	}
}

// join adds someone to a channel.
func (s *Server) join(t *team, r *room, user string) {
	r.Members = append(r.Members, user)
	s.touch(change{Kind: "state"})
	kind := map[bool]string{true: "G", false: "C"}[r.Private]
	s.toApps(r, "member_joined_channel", func(*app) Object {
		return Object{"type": "member_joined_channel", "user": user, "channel": r.ID, "channel_type": kind, "team": t.ID,
			"event_ts": s.newTS()}
	})
}

// react adds or removes a reaction; the error is Slack's.
func (s *Server) react(r *room, m *Message, user, name string, add bool) error {
	at := slices.IndexFunc(m.Reactions, func(x Reaction) bool { return x.Name == name })
	has := at >= 0 && slices.Contains(m.Reactions[at].Users, user)
	event := "reaction_added"
	switch {
	case add && has:
		return fail("already_reacted")
	case add && at < 0:
		m.Reactions = append(m.Reactions, Reaction{Name: name, Users: []string{user}})
	case add:
		m.Reactions[at].Users = append(m.Reactions[at].Users, user)
	case !has:
		return fail("no_reaction")
	default:
		event = "reaction_removed"
		m.Reactions[at].Users = slices.DeleteFunc(m.Reactions[at].Users, func(u string) bool { return u == user })
		if len(m.Reactions[at].Users) == 0 {
			m.Reactions = slices.Delete(m.Reactions, at, at+1)
		}
	}
	s.touch(change{Kind: "message", Channel: r.ID})
	s.toApps(r, event, func(*app) Object {
		return Object{"type": event, "user": user, "reaction": name, "item_user": m.User, "event_ts": s.newTS(),
			"item": Object{"type": "message", "channel": r.ID, "ts": m.TS}}
	})
	return nil
}
