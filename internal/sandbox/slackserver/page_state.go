package slackserver

import (
	"net/http"
	"slices"
	"strings"
)

// pageSize is how many messages of a channel the page shows, the latest.
const pageSize = 200

// What the page reads. Messages and views go out in Slack's own form with a few fields added.

// pageState is the frame: who one can be, channels with unread marks, apps.
func (s *Server) pageState(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	user := r.URL.Query().Get("user")
	t, u := s.person(user)
	if u == nil || u.bot {
		if len(s.order) == 0 || len(s.teams[s.order[0]].Users) == 0 {
			http.Error(w, "the stand-in has no workspace with people", http.StatusNotFound)
			return
		}
		t = s.teams[s.order[0]]
		u = t.users[t.Users[0].ID]
	}
	users := []any{}
	for _, id := range t.userIDs {
		p := t.users[id]
		users = append(users, Object{"id": p.ID, "name": p.RealName, "handle": p.Name, "title": p.Title, "email": p.Email, "bot": p.bot, "app": p.appID})
	}
	channels := []any{}
	for _, id := range t.rooms {
		if c := t.channels[id]; c.has(u.ID) {
			channels = append(channels, s.pageRoom(c, u))
		}
	}
	reply(w, Object{"team": Object{"id": t.ID, "name": t.Name}, "me": u.ID, "users": users, "channels": channels,
		"apps": s.pageApps(t, u), "version": s.version})
}

func (s *Server) pageRoom(c *room, u *User) Object {
	unread, pinged := 0, 0
	for _, m := range c.messages {
		if m.TS <= c.read[u.ID] || m.User == u.ID || m.IsReply() && !m.Broadcast {
			continue
		}
		unread++
		if pings := m.Pings(); c.im != "" || slices.Contains(pings, "@"+u.ID) || slices.Contains(pings, "!channel") || slices.Contains(pings, "!here") {
			pinged++
		}
	}
	return Object{"id": c.ID, "name": c.Name, "kind": c.kind(), "topic": c.Topic, "members": len(c.Members), "bot": c.bot,
		"unread": unread, "pinged": pinged, "read": c.read[u.ID]}
}

func (s *Server) pageApps(t *team, u *User) []any {
	apps := []any{}
	for _, id := range s.appOrder {
		a := s.apps[id]
		in := a.installs[t.ID]
		if in == nil {
			continue
		}
		commands, shortcuts := []any{}, []any{}
		for _, c := range a.Commands {
			commands = append(commands, Object{"name": c.Name, "description": c.Description, "hint": c.UsageHint})
		}
		for _, sc := range a.Shortcuts {
			shortcuts = append(shortcuts, Object{"id": sc.CallbackID, "name": sc.Name, "kind": sc.Kind})
		}
		apps = append(apps, Object{"id": a.ID, "name": a.Name, "description": a.Description, "bot": in.BotUserID,
			"connected": a.EventsURL != "" || len(s.sockets[a.ID]) > 0, "commands": commands, "shortcuts": shortcuts,
			"dm": s.direct(t, u.ID, in.BotUserID).ID})
	}
	return apps
}

// pageMessage is a message for the page: with what the person entered and whether others see it.
func (s *Server) pageMessage(m *Message, user string) Object {
	o := s.wire(m, false)
	o["channel"], o["ephemeral"] = m.Channel, m.Ephemeral != ""
	if m.states[user] != nil {
		o["values"] = initialValues(m.Blocks, m.states[user])
	}
	if m.BotID != "" && m.Username == "" {
		if a := s.apps[m.AppID]; a != nil {
			o["username"] = a.Name
		}
	}
	return o
}

// seen finds a conversation of the person by the query; it answers when there is none.
func (s *Server) seen(w http.ResponseWriter, r *http.Request) (*room, string) {
	q := r.URL.Query()
	user := q.Get("user")
	t, c := s.locate(q.Get("channel"))
	if c == nil || t.users[user] == nil || !c.has(user) {
		http.Error(w, "no such channel", http.StatusNotFound)
		return nil, ""
	}
	return c, user
}

func (s *Server) pageChannel(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, user := s.seen(w, r)
	if c == nil {
		return
	}
	s.replyMessages(w, c, user, func(m *Message) bool { return !m.IsReply() || m.Broadcast }, "")
}

func (s *Server) pageThread(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, user := s.seen(w, r)
	if c == nil {
		return
	}
	ts := r.URL.Query().Get("ts")
	s.replyMessages(w, c, user, func(m *Message) bool { return m.TS == ts || m.ThreadTS == ts }, ts)
}

func (s *Server) replyMessages(w http.ResponseWriter, c *room, user string, keep func(*Message) bool, thread string) {
	out := []Object{}
	for _, m := range c.messages {
		if keep(m) {
			out = append(out, s.pageMessage(m, user))
		}
	}
	for _, m := range c.ephemeral {
		if m.Ephemeral == user && m.ThreadTS == thread {
			out = append(out, s.pageMessage(m, user))
		}
	}
	slices.SortFunc(out, func(a, b Object) int { return strings.Compare(str(a["ts"]), str(b["ts"])) })
	if len(out) > pageSize && thread == "" {
		out = out[len(out)-pageSize:]
	}
	reply(w, Object{"messages": out})
}

func (s *Server) pageViews(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []any{}
	for _, id := range s.stacks[r.URL.Query().Get("user")] {
		out = append(out, s.pageView(s.views[id]))
	}
	reply(w, Object{"views": out})
}

func (s *Server) pageView(v *View) Object {
	o := s.wireView(v)
	o["values"], o["errors"] = v.Values, v.Errors
	if a := s.apps[v.App]; a != nil {
		o["app"] = a.Name
	}
	return o
}

func (s *Server) pageHome(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	var view any
	if v := s.views[s.homes[q.Get("user")+"/"+q.Get("app")]]; v != nil {
		view = s.pageView(v)
	}
	reply(w, Object{"view": view})
}
