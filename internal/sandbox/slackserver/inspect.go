package slackserver

import "slices"

// What tests read. Everything handed out is a copy of the moment.

// Messages is what stands in a channel, oldest first, without thread replies (unless they were
// broadcast) and without ephemeral messages.
func (s *Server) Messages(channel string) []Message {
	return s.filter(channel, func(m *Message) bool { return !m.IsReply() || m.Broadcast })
}

// Thread is a message and its replies, oldest first; empty if there is no such message.
func (s *Server) Thread(channel, ts string) []Message {
	return s.filter(channel, func(m *Message) bool { return m.TS == ts || m.ThreadTS == ts })
}

// AllMessages is everything in a channel, thread replies included.
func (s *Server) AllMessages(channel string) []Message {
	return s.filter(channel, func(*Message) bool { return true })
}

// Message is one message of a channel; false if there is none.
func (s *Server) Message(channel, ts string) (Message, bool) {
	found := s.filter(channel, func(m *Message) bool { return m.TS == ts })
	if len(found) == 0 {
		return Message{}, false
	}
	return found[0], true
}

func (s *Server) filter(channel string, keep func(*Message) bool) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, r := s.locate(channel)
	if r == nil {
		return nil
	}
	var out []Message
	for _, m := range r.messages {
		if keep(m) {
			out = append(out, m.copy())
		}
	}
	return out
}

// Ephemerals is what only this person sees, in all channels, oldest first.
func (s *Server) Ephemerals(user string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Message
	for _, id := range s.order {
		for _, r := range s.teams[id].channels {
			for _, m := range r.ephemeral {
				if m.Ephemeral == user {
					out = append(out, m.copy())
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Message) int {
		if a.TS < b.TS {
			return -1
		}
		return 1
	})
	return out
}

// Views is a person's stack of modals, the uppermost last.
func (s *Server) Views(user string) []View {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []View
	for _, id := range s.stacks[user] {
		out = append(out, s.views[id].copy())
	}
	return out
}

// Home is a person's Home tab of an app; false until the app has published one.
func (s *Server) Home(user, appID string) (View, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.views[s.homes[user+"/"+appID]]
	if v == nil {
		return View{}, false
	}
	return v.copy(), true
}

// Calls is the log of a Web API method, oldest first; an empty method means all. The latest 50,000 calls
// are kept. Uses of response URLs
// are logged as "response_url".
func (s *Server) Calls(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Call
	for _, c := range s.calls {
		if method == "" || c.Method == method {
			out = append(out, c)
		}
	}
	return out
}

// ResetCalls forgets the log.
func (s *Server) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

// ClearChannel empties a channel without telling anyone, for a test that begins afresh.
func (s *Server) ClearChannel(channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, r := s.locate(channel)
	if r == nil {
		return
	}
	r.messages, r.ephemeral = nil, nil
	clear(r.byTS)
	s.touch(change{Kind: "message", Channel: channel})
}
