package slackserver

import (
	"context"
	"encoding/json"
	"fmt"
)

// Command enters a slash command, such as "/desk" with "list", in a channel. What the app answers with
// its acknowledgement appears as a message, for the person alone unless it says in_channel.
func (a *Actor) Command(ctx context.Context, channel, command, text string) error {
	s := a.s
	s.mu.Lock()
	t, r := s.locate(channel)
	if r == nil || t.users[a.user] == nil || !r.has(a.user) {
		s.mu.Unlock()
		return fmt.Errorf("channel %s: %w", channel, ErrNotVisible)
	}
	ap, cmd := s.command(t, command)
	if ap == nil {
		s.mu.Unlock()
		return fmt.Errorf("command %s: %w", command, ErrNotVisible)
	}
	u := t.users[a.user]
	o := Object{
		"token": ap.VerificationToken, "team_id": t.ID, "team_domain": t.Domain, "channel_id": r.ID, "channel_name": roomName(r),
		"user_id": u.ID, "user_name": u.Name, "command": command, "text": text, "api_app_id": ap.ID, "is_enterprise_install": "false",
		"response_url": s.newResponseURL(responseURL{app: ap, team: t, room: r, user: u.ID}),
		"trigger_id":   s.newTrigger(trigger{app: ap.ID, team: t.ID, user: u.ID}),
	}
	if t.EnterpriseID != "" {
		o["enterprise_id"], o["enterprise_name"] = t.EnterpriseID, t.EnterpriseID
	}
	d := &delivery{app: ap, kind: slash, payload: o, url: cmd.URL}
	s.enqueue(d)
	s.mu.Unlock()

	ack, err := s.await(ctx, d)
	if err != nil || len(ack) == 0 || string(ack) == "null" {
		return err
	}
	return s.commandAnswer(ap, t, r, u.ID, ack)
}

func (s *Server) commandAnswer(ap *app, t *team, r *room, user string, ack json.RawMessage) error {
	v, err := decode(string(ack))
	if text, ok := v.(string); ok {
		v = Object{"text": text}
	}
	body := object(v)
	if err != nil || body == nil {
		return fmt.Errorf("answer %.200s to the command: %w", ack, ErrBadAnswer)
	}
	if len(body) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.answer(ap, t, r, user, nil, body); err != nil {
		return fmt.Errorf("answer to the command: %s %v: %w", err, failure(err)["response_metadata"], ErrBadAnswer)
	}
	return nil
}

func (s *Server) command(t *team, name string) (*app, Command) {
	for _, id := range s.appOrder {
		ap := s.apps[id]
		if ap.installs[t.ID] == nil {
			continue
		}
		for _, c := range ap.Commands {
			if c.Name == name {
				return ap, c
			}
		}
	}
	return nil, Command{}
}

// Shortcut uses a global shortcut.
func (a *Actor) Shortcut(ctx context.Context, callbackID string) error {
	return a.shortcut(ctx, callbackID, GlobalShortcut, func(sf surface) (Object, error) {
		o := a.s.payload("shortcut", sf)
		o["callback_id"] = callbackID
		return o, nil
	})
}

// MessageShortcut uses a shortcut of a message's menu.
func (a *Actor) MessageShortcut(ctx context.Context, callbackID, channel, ts string) error {
	return a.shortcut(ctx, callbackID, MessageShortcut, func(sf surface) (Object, error) {
		on, err := a.s.onMessage(a.user, channel, ts)
		if err != nil {
			return nil, err
		}
		sf.room, sf.msg = on.room, on.msg
		o := a.s.payload("message_action", sf)
		a.s.describeMessage(o, sf)
		delete(o, "container")
		o["callback_id"], o["message_ts"] = callbackID, ts
		return o, nil
	})
}

func (a *Actor) shortcut(ctx context.Context, id string, kind ShortcutKind, build func(surface) (Object, error)) error {
	s := a.s
	s.mu.Lock()
	t, u := s.person(a.user)
	var ap *app
	for _, appID := range s.appOrder {
		for _, sc := range s.apps[appID].Shortcuts {
			if u != nil && sc.CallbackID == id && sc.Kind == kind && s.apps[appID].installs[t.ID] != nil {
				ap = s.apps[appID]
			}
		}
	}
	if ap == nil {
		s.mu.Unlock()
		return fmt.Errorf("shortcut %s: %w", id, ErrNotVisible)
	}
	o, err := build(surface{team: t, user: u, app: ap})
	if err != nil {
		s.mu.Unlock()
		return err
	}
	d := s.interact(ap, o)
	s.mu.Unlock()
	_, err = s.await(ctx, d)
	return err
}
