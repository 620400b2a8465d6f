package slackserver

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
)

// The page is plain HTML, CSS and ES modules; page/js/main.js is where it starts.
//
//go:embed page
var pageFiles embed.FS

// pageRoutes adds the page at / and its API below /page/. The API lets anyone act as anyone, so it takes
// requests of the page alone: right Host (against DNS rebinding), same origin.
func (s *Server) pageRoutes(m *http.ServeMux) {
	files, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic(err) // the folder is part of this package
	}
	own := http.NewServeMux()
	own.Handle("GET /", http.FileServerFS(files))
	own.HandleFunc("GET /page/state", s.pageState)
	own.HandleFunc("GET /page/channel", s.pageChannel)
	own.HandleFunc("GET /page/thread", s.pageThread)
	own.HandleFunc("GET /page/views", s.pageViews)
	own.HandleFunc("GET /page/home", s.pageHome)
	own.HandleFunc("GET /page/events", s.pageEvents)
	own.HandleFunc("POST /page/act", s.pageAct)
	own.HandleFunc("POST /page/upload", s.pageUpload)
	own.HandleFunc("POST /page/attach", s.pageAttach)
	guarded := new(http.CrossOriginProtection).Handler(own)
	m.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(r.Host); err == nil {
			host = h
		}
		if !isLoopback(host) {
			http.Error(w, "wrong host", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		guarded.ServeHTTP(w, r)
	})
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

// pageEvents streams the changes as server-sent events. The first one makes the page load everything.
func (s *Server) pageEvents(w http.ResponseWriter, r *http.Request) {
	ch := make(chan change, 64)
	s.mu.Lock()
	s.listen[ch] = struct{}{}
	ch <- change{Kind: "reconnect", Version: s.version}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.listen, ch)
		s.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	user := r.URL.Query().Get("user")
	for {
		select {
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		case c := <-ch:
			if c.Kind == "call" || c.Kind == "delivery" || c.User != "" && c.User != user {
				continue
			}
			if _, err := w.Write([]byte("data: " + encode(c) + "\n\n")); err != nil {
				return
			}
			if out.Flush() != nil {
				return
			}
		}
	}
}
