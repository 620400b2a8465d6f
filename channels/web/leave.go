package web

import (
	"net/http"
	"strings"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// leave has a person get no more automatic mail. Asked for the page it only shows a button, since scanners open every link;
// mail programs post to it (RFC 8058 section 3.2), without cookies and without a look at the answer.
func (s *Server) leave(w http.ResponseWriter, r *http.Request, link inbox.Ticked) {
	if r.Method != http.MethodPost {
		s.show(w, http.StatusOK, page{Title: "Stop automatic mail?", Button: "Yes, stop it",
			Text: "You get no more receipts and notices then. What people write to you reaches you all the same."})
		return
	}
	err := tenant.In(r.Context(), s.cfg.Pool, link.Tenant, func(tx tenant.Tx) error {
		return inbox.Leave(r.Context(), tx, s.cfg.Desk, link, s.cfg.Clock())
	})
	s.tell(w, r, link, page{Title: "You get no more automatic mail", Text: "What people write to you reaches you all the same."}, err)
}

// isLeaving says whether a request unsubscribes the holder of a link of ours. Such requests come from the few machines of a mail
// provider for all its users, so they are not counted by where they come from; a second one about the same person writes nothing.
func (s *Server) isLeaving(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.URL.Path, "/t/")
	if !ok || r.Method != http.MethodPost {
		return false
	}
	link, err := inbox.ReadLink(s.cfg.Box, token)
	return err == nil && link.Order == inbox.Unsubscribe
}
