package slackserver

import (
	"slices"
)

// granted tells whether the app has a scope in the workspace of a conversation.
func (s *Server) granted(a *app, r *room, scope string) bool {
	for _, id := range s.order {
		if in := a.installs[id]; in != nil && s.teams[id].channels[r.ID] == r {
			return slices.Contains(in.Scopes, scope)
		}
	}
	return false
}

// subscription is the name under which an app's manifest lists an event.
func subscription(event string) string {
	switch event {
	case "message.channel":
		return "message.channels"
	case "message.group":
		return "message.groups"
	}
	return event
}

// toApps sends an event of a conversation to every app whose bot is in it. make may return nil for an
// app that does not get it. The caller holds mu.
func (s *Server) toApps(r *room, event string, make func(*app) Object) {
	for _, tid := range s.order {
		t := s.teams[tid]
		if t.channels[r.ID] != r {
			continue
		}
		for _, id := range s.appOrder {
			a := s.apps[id]
			in := a.installs[tid]
			if in == nil || !r.has(in.BotUserID) || !slices.Contains(a.Events, subscription(event)) {
				continue
			}
			if o := make(a); o != nil {
				s.emit(t, a, event, o)
			}
		}
	}
}

// emit queues an event for one app if it subscribes to it. The caller holds mu.
func (s *Server) emit(t *team, a *app, event string, body Object) {
	in := a.installs[t.ID]
	if in == nil || !slices.Contains(a.Events, subscription(event)) {
		return
	}
	if body["event_ts"] == nil {
		body["event_ts"] = s.newTS()
	}
	id := s.newID("Ev")
	payload := Object{
		"token": a.VerificationToken, "team_id": t.ID, "api_app_id": a.ID, "event": body, "type": "event_callback",
		"event_id": id, "event_time": s.clock().Unix(), "is_ext_shared_channel": false, "event_context": "4-" + id,
		"authorizations": []any{Object{"enterprise_id": nilIfEmpty(t.EnterpriseID), "team_id": t.ID, "user_id": in.BotUserID,
			"is_bot": true, "is_enterprise_install": in.org()}},
	}
	if t.EnterpriseID != "" {
		payload["enterprise_id"] = t.EnterpriseID
	}
	if home, r := s.locate(str(body["channel"])); r != nil && len(r.SharedWith) > 0 {
		// The event happened in the channel's own workspace; the authorization says whom it is for.
		payload["team_id"], payload["is_ext_shared_channel"] = home.ID, true
		delete(payload, "enterprise_id")
	}
	s.enqueue(&delivery{app: a, kind: eventsAPI, payload: clonePayload(payload), eventID: id})
}

// clonePayload freezes a payload: it is what happened, not what the state is at delivery.
func clonePayload(o Object) Object {
	v, err := decode(encode(o))
	if err != nil {
		return o
	}
	return object(v)
}

func nilIfEmpty(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Emit sends an event to the app as if Slack had made it: body is the inner event with its "type". It
// is dropped, as at Slack, if the app is not installed there or does not subscribe to the type. It
// returns the event id; empty when dropped.
func (s *Server) Emit(teamID, appID string, body map[string]any) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, a := s.teams[teamID], s.apps[appID]
	if t == nil || a == nil {
		return ""
	}
	before := s.counter
	n := len(s.pending)
	s.emit(t, a, str(body["type"]), clone(body))
	if s.counter == before || len(s.pending) == n {
		return ""
	}
	return s.pending[len(s.pending)-1].eventID
}

// Redeliver sends a finished event once more under the same id, as Slack does when it lost the
// acknowledgement. It tells whether the id was known.
func (s *Server) Redeliver(eventID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.delivered {
		if d.eventID == eventID {
			again := *d
			again.state, again.attempt, again.reason = waiting, d.attempt+1, "timeout"
			again.done, again.ack, again.err = make(chan struct{}), nil, nil
			s.enqueue(&again)
			return true
		}
	}
	return false
}

// AddUser adds a person to a workspace and tells the apps by team_join.
func (s *Server) AddUser(teamID string, u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.teams[teamID]
	if t == nil {
		return
	}
	added := t.addUser(u)
	s.touch(change{Kind: "state"})
	for _, id := range s.appOrder {
		s.emit(t, s.apps[id], "team_join", Object{"type": "team_join", "user": wireUser(t, added, true)})
	}
}
