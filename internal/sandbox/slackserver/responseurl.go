package slackserver

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"time"
)

// A responseURL lets an app answer an interaction without a token, five times within thirty minutes
// (https://docs.slack.dev/interactivity/handling-user-interaction#message_responses).
type responseURL struct {
	app     *app
	team    *team
	room    *room
	user    string
	origin  *Message // what was acted on; nil for commands
	expires time.Time
	left    int
}

// newResponseURL makes one. The caller holds mu.
func (s *Server) newResponseURL(u responseURL) string {
	now := s.clock()
	if len(s.urls) >= keepTriggers {
		maps.DeleteFunc(s.urls, func(_ string, old *responseURL) bool { return now.After(old.expires.Add(time.Hour)) })
	}
	u.expires, u.left = now.Add(responseURLLifetime), responseURLUses
	id := secret(20)
	s.urls[id] = &u
	return s.baseURL + "/actions/" + id
}

func (s *Server) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var body any
	if err == nil {
		body, err = decode(string(raw))
	}
	status := http.StatusOK
	if err != nil {
		status, err = http.StatusBadRequest, fail("invalid_payload")
	} else {
		status, err = s.respond(r.PathValue("id"), object(body))
	}
	answer := Object{"ok": true}
	if err != nil {
		answer = failure(err)
	}
	s.logCall(Call{At: s.clock(), Method: "response_url", Args: map[string][]string{"body": {string(raw)}}, Status: status, Error: str(answer["error"])})
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

// respond carries out one use of a response URL.
func (s *Server) respond(id string, body Object) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.urls[id]
	switch {
	case u == nil:
		return http.StatusNotFound, fail("invalid_url")
	case s.clock().After(u.expires):
		return http.StatusNotFound, fail("expired_url")
	case u.left == 0:
		return http.StatusNotFound, fail("used_url")
	}
	if err := s.answer(u.app, u.team, u.room, u.user, u.origin, body); err != nil {
		return http.StatusBadRequest, err
	}
	u.left--
	return http.StatusOK, nil
}

// answer posts, replaces or deletes as a response to an interaction or command says. The caller holds mu.
func (s *Server) answer(a *app, t *team, r *room, user string, origin *Message, body Object) error {
	if gone, _ := body["delete_original"].(bool); gone && origin != nil {
		s.takeAway(r, origin)
		return nil
	}
	m := content{text: str(body["text"])}
	if err := s.fill(&m, notEmpty(body["blocks"]), notEmpty(body["attachments"]), nil); err != nil {
		return err
	}
	if m.text == "" && len(m.blocks) == 0 && len(m.attachments) == 0 {
		return fail("no_text")
	}
	if replace, _ := body["replace_original"].(bool); replace && origin != nil {
		old := s.wire(origin, true)
		origin.Text, origin.Blocks, origin.Attachments = m.text, m.blocks, m.attachments
		if origin.Ephemeral != "" {
			s.touch(change{Kind: "message", Channel: r.ID, User: origin.Ephemeral})
		} else {
			s.changedMessage(r, origin, old)
		}
		return nil
	}
	in := a.installs[t.ID]
	if in == nil {
		return fail("app_not_installed")
	}
	out := &Message{Team: t.ID, Channel: r.ID, User: in.BotUserID, BotID: in.BotID, AppID: a.ID, Text: m.text,
		Blocks: m.blocks, Attachments: m.attachments}
	if root := r.byTS[str(body["thread_ts"])]; root != nil {
		out.ThreadTS = root.TS
	}
	if str(body["response_type"]) == "in_channel" {
		s.post(r, out)
		return nil
	}
	out.Ephemeral = user
	s.whisper(r, out)
	return nil
}

// notEmpty makes nothing of an empty list, which client libraries send for "none".
func notEmpty(v any) any {
	if l, ok := v.([]any); ok && len(l) == 0 {
		return nil
	}
	return v
}

// takeAway deletes a message or an ephemeral message.
func (s *Server) takeAway(r *room, m *Message) {
	if m.Ephemeral == "" {
		s.remove(r, m)
		return
	}
	for i, e := range r.ephemeral {
		if e == m {
			r.ephemeral = append(r.ephemeral[:i:i], r.ephemeral[i+1:]...)
			break
		}
	}
	s.touch(change{Kind: "message", Channel: r.ID, User: m.Ephemeral})
}
