package mailserver

import (
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

//go:embed page
var pageFiles embed.FS

// maxUpload bounds one mail written on the page, attachments included.
const maxUpload = 25 << 20

// The page runs its own files and nothing else; the frame with the mail's HTML may not
// even do that.
const (
	pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
		"connect-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'"
	bodyPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; " +
		"sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)

// Page returns the mail program of the customers: every account of kind Customer with its
// inbox and sent mail, as a web page that updates itself. All its addresses are relative,
// so it works below any path that ends in a slash (use http.StripPrefix). It has no login
// and belongs on loopback.
func (s *Server) Page() http.Handler {
	p := page{server: s}
	files, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic(err) // The folder is part of the binary.
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /api/accounts", p.listAccounts)
	mux.HandleFunc("GET /api/{account}/conversations", p.withAccount(p.listConversations))
	mux.HandleFunc("GET /api/{account}/conversations/{id}", p.withAccount(p.showConversation))
	mux.HandleFunc("POST /api/{account}/conversations/{id}/read", p.withAccount(p.markConversation))
	mux.HandleFunc("GET /api/{account}/messages/{id}/body", p.withAccount(p.showBody))
	mux.HandleFunc("GET /api/{account}/messages/{id}/raw", p.withAccount(p.showRaw))
	mux.HandleFunc("GET /api/{account}/messages/{id}/parts/{n}", p.withAccount(p.showPart))
	mux.HandleFunc("POST /api/{account}/messages", p.withAccount(p.send))
	mux.HandleFunc("GET /api/{account}/events", p.withAccount(p.streamEvents))
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	}))
}

type page struct{ server *Server }

// withAccount finds the customer's account of the path; a desk's account is not shown.
func (p page) withAccount(handle func(http.ResponseWriter, *http.Request, *account)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := p.server.accounts[canonical(r.PathValue("account"))]
		if a == nil || a.Kind != Customer {
			refusePage(w, http.StatusNotFound, "There is no such customer.")
			return
		}
		handle(w, r, a)
	}
}

// find returns the conversation that holds the mail of that key.
func (p page) find(a *account, key string) (conversation, post, bool) {
	for _, c := range p.server.conversations(a) {
		for _, m := range c {
			if m.key() == key {
				return c, m, true
			}
		}
	}
	return nil, post{}, false
}

func (p page) markConversation(w http.ResponseWriter, r *http.Request, a *account) {
	c, _, ok := p.find(a, r.PathValue("id"))
	if !ok {
		refusePage(w, http.StatusNotFound, "This conversation is gone.")
		return
	}
	p.server.markRead(c, r.URL.Query().Get("read") != "false")
	w.WriteHeader(http.StatusNoContent)
}

func (p page) showBody(w http.ResponseWriter, r *http.Request, a *account) {
	_, m, ok := p.find(a, r.PathValue("id"))
	if !ok {
		refusePage(w, http.StatusNotFound, "This message is gone.")
		return
	}
	w.Header().Set("Content-Security-Policy", bodyPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(bodyDocument(m.letter, func(contentID string) string {
		for n, part := range m.parts {
			if part.contentID == contentID && strings.HasPrefix(part.contentType, "image/") {
				return "parts/" + strconv.Itoa(n)
			}
		}
		return ""
	})))
}

func (p page) showRaw(w http.ResponseWriter, r *http.Request, a *account) {
	_, m, ok := p.find(a, r.PathValue("id"))
	if !ok {
		refusePage(w, http.StatusNotFound, "This message is gone.")
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(m.raw)
}

// showPart sends a picture as itself and everything else as a download: nothing that a
// stranger attached may run on the page's origin.
func (p page) showPart(w http.ResponseWriter, r *http.Request, a *account) {
	_, m, ok := p.find(a, r.PathValue("id"))
	n, err := strconv.Atoi(r.PathValue("n"))
	if !ok || err != nil || n < 0 || n >= len(m.parts) {
		refusePage(w, http.StatusNotFound, "This attachment is gone.")
		return
	}
	part := m.parts[n]
	switch part.contentType {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		w.Header().Set("Content-Type", part.contentType)
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": part.name}))
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, _ = w.Write(part.data)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // The reader is gone if this fails.
}

// refusePage answers with what the person at the page should read.
func refusePage(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"error": text})
}

// errCompose marks what the writer of a mail can mend.
var errCompose = errors.New("cannot send")
