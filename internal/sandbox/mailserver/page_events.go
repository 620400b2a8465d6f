package mailserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/emersion/go-imap/v2"
)

// heartbeat keeps proxies from closing a silent stream.
const heartbeat = 25 * time.Second

// streamEvents sends "change" with the number of unread mails whenever the account's
// folders look different, and once at the beginning.
func (p page) streamEvents(w http.ResponseWriter, r *http.Request, a *account) {
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	last := ""
	for {
		changed := p.server.changes()
		unread, revision := p.server.unread(a)
		if revision != last {
			last = revision
			data, err := json.Marshal(map[string]any{"unread": unread, "revision": revision})
			if err != nil {
				return
			}
			if _, err := fmt.Fprintf(w, "event: change\ndata: %s\n\n", data); err != nil {
				return
			}
			if err := control.Flush(); err != nil {
				return
			}
		}
		select {
		case <-changed:
		case <-beat.C:
			if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil {
				return
			}
			if err := control.Flush(); err != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-p.server.done:
			return
		}
	}
}

// unread counts the unread mails of the inbox; revision differs whenever a folder does.
func (s *Server) unread(a *account) (unread int, revision string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in, out := a.folders[inbox], a.folders[sent]
	unread = int(in.count(func(m *message) bool { return !m.has(imap.FlagSeen) }))
	revision = fmt.Sprintf("%d.%d.%d.%d", in.uidValidity, in.uidNext, len(in.messages), unread)
	if out != nil {
		revision += fmt.Sprintf(".%d.%d", out.uidNext, len(out.messages))
	}
	return unread, revision
}
