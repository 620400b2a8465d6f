package slackserver

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// team, app and token are the running form of the configuration; mu guards their contents.
type team struct {
	Team
	users    map[string]*User
	userIDs  []string
	channels map[string]*room
	rooms    []string
}

// A room is a conversation with its messages.
type room struct {
	Channel
	messages  []*Message // in order of ts, thread replies included
	byTS      map[string]*Message
	ephemeral []*Message
	read      map[string]string // user id: ts read up to
}

type app struct {
	App
	installs map[string]*Install // team id
}

type token struct {
	value   string
	app     *app
	team    *team    // nil for an app-level token
	install *Install // nil for an app-level token
	revoked bool
	expires time.Time // zero: never
	scopes  []string
	origin  *token // of the copy for one call that an organisation's token makes
}

func (s *Server) addTeam(t Team) {
	tm := &team{Team: t, users: map[string]*User{}, channels: map[string]*room{}}
	s.teams[t.ID] = tm
	s.order = append(s.order, t.ID)
	for _, u := range t.Users {
		tm.addUser(u)
	}
	for _, c := range t.Channels {
		tm.addRoom(c, s.clock())
	}
}

func (t *team) addUser(u User) *User {
	if u.TZ == "" {
		u.TZ = "Europe/Berlin"
	}
	t.users[u.ID] = &u
	t.userIDs = append(t.userIDs, u.ID)
	return &u
}

func (t *team) addRoom(c Channel, now time.Time) *room {
	c.Members = slices.Clone(c.Members)
	c.created = now
	r := &room{Channel: c, byTS: map[string]*Message{}, read: map[string]string{}}
	t.channels[c.ID] = r
	t.rooms = append(t.rooms, c.ID)
	return r
}

// shareChannels gives channels to the further workspaces that have them.
func (s *Server) shareChannels() {
	for _, id := range s.order {
		for _, ch := range slices.Clone(s.teams[id].rooms) {
			r := s.teams[id].channels[ch]
			for _, other := range r.SharedWith {
				if t := s.teams[other]; t != nil && t.channels[ch] == nil {
					t.channels[ch] = r
					t.rooms = append(t.rooms, ch)
				}
			}
		}
	}
}

func (s *Server) addApp(a App) {
	ap := &app{App: a, installs: map[string]*Install{}}
	s.apps[a.ID] = ap
	s.appOrder = append(s.appOrder, a.ID)
	if a.AppToken != "" {
		s.tokens[a.AppToken] = &token{value: a.AppToken, app: ap, scopes: []string{"connections:write", "authorizations:read"}}
	}
	for _, in := range a.Installs {
		s.install(ap, in)
	}
}

func (s *Server) install(ap *app, in Install) {
	for _, id := range s.order {
		tm := s.teams[id]
		if id != in.TeamID && (in.TeamID == "" || tm.EnterpriseID != in.TeamID) {
			continue
		}
		ap.installs[id] = &in
		if t := s.tokens[in.BotToken]; t == nil || t.revoked || !in.org() {
			s.tokens[in.BotToken] = &token{value: in.BotToken, app: ap, team: tm, install: &in, scopes: in.Scopes}
		}
		if tm.users[in.BotUserID] == nil {
			tm.addUser(User{ID: in.BotUserID, Name: botName(ap.Name), RealName: ap.Name, bot: true, botID: in.BotID, appID: ap.ID})
		}
	}
}

// org tells whether an app is installed in a whole organisation.
func (in *Install) org() bool { return strings.HasPrefix(in.TeamID, "E") }

// teamFor is the workspace of an organisation that a call is about. The caller holds mu.
func (s *Server) teamFor(t *token, args url.Values) *team {
	fits := func(tm *team) bool { return tm != nil && t.app.installs[tm.ID] == t.install }
	tm, r := s.locate(args.Get("channel"))
	if r != nil && fits(tm) {
		return tm
	}
	for _, k := range []string{"user", "user_id"} {
		if tm, _ := s.person(args.Get(k)); fits(tm) {
			return tm
		}
	}
	if tr := s.triggers[args.Get("trigger_id")]; tr != nil && fits(s.teams[tr.team]) {
		return s.teams[tr.team]
	}
	if tm := s.teams[args.Get("team_id")]; fits(tm) {
		return tm
	}
	return t.team
}

func (r *room) has(user string) bool { return slices.Contains(r.Members, user) }

// kind is the event suffix of the conversation: channel, group or im.
func (r *room) kind() string {
	switch {
	case r.im != "":
		return "im"
	case r.Private:
		return "group"
	}
	return "channel"
}

// direct finds or makes the direct conversation of a person with a bot. The caller holds mu.
func (s *Server) direct(t *team, user, bot string) *room {
	for _, id := range t.rooms {
		if r := t.channels[id]; r.im == user && r.bot == bot {
			return r
		}
	}
	return t.addRoom(Channel{ID: s.newID("D"), im: user, bot: bot, Members: []string{user, bot}}, s.clock())
}

// locate finds a channel by id in any team. The caller holds mu.
func (s *Server) locate(channel string) (*team, *room) {
	for _, id := range s.order {
		t := s.teams[id]
		if r := t.channels[channel]; r != nil {
			return t, r
		}
	}
	return nil, nil
}

// person finds a user by id in any team. The caller holds mu.
func (s *Server) person(user string) (*team, *User) {
	for _, id := range s.order {
		t := s.teams[id]
		if u := t.users[user]; u != nil {
			return t, u
		}
	}
	return nil, nil
}

func botName(name string) string {
	out := make([]rune, 0, len(name))
	for _, r := range name {
		switch {
		case r >= 'A' && r <= 'Z':
			out = append(out, r+'a'-'A')
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			out = append(out, r)
		}
	}
	return string(out)
}
