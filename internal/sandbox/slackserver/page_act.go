package slackserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// pageTimeout is how long the page waits for an app, a little more than the app has.
const pageTimeout = 5 * time.Second

// An act is what the page posts when a person does something.
type act struct {
	Kind     string         `json:"kind"`
	User     string         `json:"user"`
	Channel  string         `json:"channel"`
	TS       string         `json:"ts"`
	Thread   string         `json:"thread"`
	Text     string         `json:"text"`
	View     string         `json:"view"`
	App      string         `json:"app"`
	Block    string         `json:"block"`
	Action   string         `json:"action"`
	Name     string         `json:"name"` // of a reaction, command or shortcut
	Clear    bool           `json:"clear"`
	Selected []string       `json:"selected"`
	Values   map[string]any `json:"values"`
}

func (s *Server) pageAct(w http.ResponseWriter, r *http.Request) {
	var a act
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&a); err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
	defer cancel()
	out := Object{}
	var err error
	if a.Kind == "suggest" {
		out["options"], err = s.As(a.User).suggest(ctx, func() (surface, error) {
			if a.View != "" {
				return s.onView(a.User, a.View)
			}
			return s.onMessage(a.User, a.Channel, a.TS)
		}, a.Block, a.Action, a.Text)
	} else {
		out["errors"], err = s.do(ctx, a)
	}
	out["ok"] = err == nil
	if err != nil {
		out["error"] = s.excuse(a, err)
		s.log.Debug("page act", "kind", a.Kind, "error", err)
	}
	reply(w, out)
}

// do carries out an act; fields are errors of a submitted modal.
func (s *Server) do(ctx context.Context, a act) (fields map[string]string, err error) {
	me := s.As(a.User)
	switch a.Kind {
	case "say":
		_, err = me.Say(a.Channel, a.Thread, a.Text)
	case "edit":
		err = me.Edit(a.Channel, a.TS, a.Text)
	case "delete":
		err = me.Delete(a.Channel, a.TS)
	case "react":
		err = me.React(a.Channel, a.TS, a.Name)
	case "unreact":
		err = me.Unreact(a.Channel, a.TS, a.Name)
	case "dismiss":
		err = me.Dismiss(a.Channel, a.TS)
	case "read":
		s.markRead(a.User, a.Channel)
	case "home":
		err = me.OpenHome(a.App)
	case "command":
		err = me.Command(ctx, a.Channel, a.Name, a.Text)
	case "shortcut":
		err = me.Shortcut(ctx, a.Name)
	case "message_shortcut":
		err = me.MessageShortcut(ctx, a.Name, a.Channel, a.TS)
	case "use":
		if a.View == "" {
			err = me.useOnMessage(ctx, a.Channel, a.TS, a.Block, a.Action, a.Selected)
			break
		}
		// A client sends what stands in the form along with every action; half-filled is fine.
		_ = me.Fill(a.View, a.Values)
		err = me.useInView(ctx, a.View, a.Block, a.Action, a.Selected)
	case "submit":
		fields, err = me.Submit(ctx, a.View, a.Values)
	case "close":
		err = me.CloseView(ctx, a.View, a.Clear)
	default:
		err = fmt.Errorf("act %q: %w", a.Kind, ErrNotVisible)
	}
	return fields, err
}

// excuse is what a person reads when something did not work, in the words Slack uses.
func (s *Server) excuse(a act, err error) string {
	switch {
	case errors.Is(err, ErrIncomplete):
		return "Please complete this required field."
	case a.Kind == "command" && (errors.Is(err, ErrNotAcknowledged) || errors.Is(err, ErrNotConnected)):
		return a.Name + " failed because the app did not respond."
	case a.View != "":
		return "We had some trouble connecting. Try again?"
	case errors.Is(err, ErrNotAcknowledged), errors.Is(err, ErrNotConnected), errors.Is(err, context.DeadlineExceeded):
		return "This app is not responding."
	}
	return err.Error()
}

// markRead moves a person's read mark to the end of a channel.
func (s *Server) markRead(user, channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, r := s.locate(channel)
	if r == nil || !r.has(user) || len(r.messages) == 0 {
		return
	}
	if last := r.messages[len(r.messages)-1].TS; r.read[user] != last {
		r.read[user] = last
		s.touch(change{Kind: "state", User: user})
	}
}
