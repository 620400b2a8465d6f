package slackserver

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// surface is where a person acts: on a message or in a view.
type surface struct {
	team *team
	user *User
	app  *app
	room *room    // of a message
	msg  *Message // or
	view *View
}

// onMessage finds a message as a person sees it. The caller holds mu.
func (s *Server) onMessage(user, channel, ts string) (surface, error) {
	t, r := s.locate(channel)
	if r == nil || t.users[user] == nil || !r.has(user) {
		return surface{}, fmt.Errorf("channel %s: %w", channel, ErrNotVisible)
	}
	m := r.byTS[ts]
	for _, e := range r.ephemeral {
		if e.TS == ts && e.Ephemeral == user {
			m = e
		}
	}
	if m == nil {
		return surface{}, fmt.Errorf("message %s in %s: %w", ts, channel, ErrNotVisible)
	}
	return surface{team: t, user: t.users[user], app: s.apps[m.AppID], room: r, msg: m}, nil
}

// onView finds a view on a person's screen: the uppermost modal, or a Home tab.
func (s *Server) onView(user, id string) (surface, error) {
	v := s.views[id]
	t, u := s.person(user)
	if v == nil || u == nil || v.User != user || v.Type == "modal" && !s.isTop(v) {
		return surface{}, fmt.Errorf("view %s: %w", id, ErrNotVisible)
	}
	return surface{team: t, user: u, app: s.apps[v.App], view: v}, nil
}

func (sf surface) blocks() []any {
	if sf.view != nil {
		return sf.view.Blocks
	}
	all := slices.Clone(sf.msg.Blocks)
	for _, a := range sf.msg.Attachments {
		all = append(all, list(object(a)["blocks"])...)
	}
	return all
}

// values is state.values of the surface for the person.
func (sf surface) values() Object {
	if sf.view != nil {
		return sf.view.Values
	}
	if sf.msg.states == nil {
		sf.msg.states = map[string]Object{}
	}
	v := initialValues(sf.blocks(), sf.msg.states[sf.user.ID])
	sf.msg.states[sf.user.ID] = v
	return v
}

// payload is what every interaction has in common. The caller holds mu.
func (s *Server) payload(kind string, sf surface) Object {
	o := Object{
		"type": kind, "token": sf.app.VerificationToken, "api_app_id": sf.app.ID, "action_ts": s.newTS(),
		"team":       Object{"id": sf.team.ID, "domain": sf.team.Domain},
		"user":       Object{"id": sf.user.ID, "username": sf.user.Name, "name": sf.user.Name, "team_id": sf.team.ID},
		"enterprise": nil, "is_enterprise_install": false,
	}
	if sf.team.EnterpriseID != "" {
		o["enterprise"] = Object{"id": sf.team.EnterpriseID, "name": orgName(sf.team.EnterpriseID)}
	}
	if in := sf.app.installs[sf.team.ID]; in != nil {
		o["is_enterprise_install"] = in.org()
	}
	t := trigger{app: sf.app.ID, team: sf.team.ID, user: sf.user.ID}
	if sf.view != nil && sf.view.Type == "modal" {
		t.view = sf.view.ID
	}
	o["trigger_id"] = s.newTrigger(t)
	if sf.view != nil {
		o["view"] = s.wireView(sf.view)
	}
	return o
}

func roomName(r *room) string {
	if r.im != "" {
		return "directmessage"
	}
	return r.Name
}

// used sends block_actions for an element that a person used. The caller holds mu.
func (s *Server) used(sf surface, f found, values []string) (*delivery, error) {
	if sf.app == nil || sf.app.installs[sf.team.ID] == nil {
		return nil, fmt.Errorf("the app of this message is not installed: %w", ErrNotVisible)
	}
	var state Object
	kind := str(f.el["type"])
	if kind != "button" {
		var err error
		if state, err = chosen(s.stocked(sf.user.ID, f.block, f.el), values); err != nil {
			return nil, err
		}
	}
	current := sf.values()
	if b := object(current[str(f.block["block_id"])]); b != nil && state != nil {
		b[str(f.el["action_id"])] = state
	}
	o := s.payload("block_actions", sf)
	o["actions"] = []any{s.action(f, state)}
	if sf.view != nil {
		o["container"] = Object{"type": "view", "view_id": sf.view.ID}
	} else {
		s.describeMessage(o, sf)
		o["state"] = Object{"values": current}
		if state != nil { // The person's own pages show the choice, whatever was redrawn meanwhile.
			s.touch(change{Kind: "message", Channel: sf.room.ID, User: sf.user.ID})
		}
	}
	return s.interact(sf.app, o), nil
}

// describeMessage adds container, channel, message and response URL.
func (s *Server) describeMessage(o Object, sf surface) {
	m, r := sf.msg, sf.room
	c := Object{"type": "message", "message_ts": m.TS, "channel_id": r.ID, "is_ephemeral": m.Ephemeral != ""}
	if m.ThreadTS != "" {
		c["thread_ts"] = m.ThreadTS
	}
	o["container"] = c
	o["channel"] = Object{"id": r.ID, "name": roomName(r)}
	if m.Ephemeral == "" {
		o["message"] = s.wire(m, true)
	}
	o["response_url"] = s.newResponseURL(responseURL{app: sf.app, room: r, team: sf.team, user: sf.user.ID, origin: m})
}

func (s *Server) interact(a *app, payload Object) *delivery {
	d := &delivery{app: a, kind: interactive, payload: clonePayload(payload)}
	s.enqueue(d)
	return d
}

// await waits for the app's answer to a delivery.
func (s *Server) await(ctx context.Context, d *delivery) (json.RawMessage, error) {
	select {
	case <-d.done:
		return d.ack, d.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the app: %w", ctx.Err())
	case <-s.ctx.Done():
		return nil, ErrNotConnected
	}
}
