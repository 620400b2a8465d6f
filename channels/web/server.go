package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/tickets"
)

// Config of a Server.
type Config struct {
	Addr   string // HOST:PORT to listen on
	Pool   *pgxpool.Pool
	Desk   *tickets.Desk
	Box    *secret.Box // as it signed the links
	Clock  func() time.Time
	Logger *slog.Logger
	// Guests answer at addresses of their own, by pattern of http.ServeMux; they check and bound what they are
	// asked themselves.
	Guests map[string]http.Handler
}

// A Server answers the customers' browsers.
type Server struct {
	cfg      Config
	pages    pages
	visits   *visits
	listener net.Listener
	server   *http.Server
}

// Limits of what comes from outside.
const (
	readTime  = 10 * time.Second
	writeTime = 20 * time.Second
	idleTime  = time.Minute
	maxHeader = 16 << 10
	maxBody   = 4 << 10
)

// Listen takes the address. Nobody is answered before Run.
func Listen(ctx context.Context, cfg Config) (*Server, error) {
	p, err := newPages()
	if err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen for browsers: %w", err)
	}
	s := &Server{cfg: cfg, pages: p, visits: newVisits(cfg.Clock), listener: l}
	s.server = &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: readTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Address is where the server listens.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Run answers until ctx ends; what is under way then may end within a moment.
func (s *Server) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if s.server.Shutdown(end) != nil {
			_ = s.server.Close()
		}
	})
	defer stop()
	if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /t/{token}", s.ask)
	mux.HandleFunc("POST /t/{token}", s.act)
	mux.HandleFunc("GET /robots.txt", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "User-agent: *\nDisallow: /\n") })
	mux.HandleFunc("/t/{token}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", "GET, HEAD, POST")
		s.show(w, http.StatusMethodNotAllowed, page{Title: "That does not work", Text: "Please open the link from your mail again."})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { s.show(w, http.StatusNotFound, notFound()) })
	guests := http.NewServeMux()
	for pattern, h := range s.cfg.Guests {
		guests.Handle(pattern, h)
	}
	guests.Handle("/", s.bounded(mux))
	return guests
}

// bounded keeps what browsers ask within limits.
func (s *Server) bounded(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.pages.protect(w.Header())
		if !s.isLeaving(r) && !s.visits.admit(r) {
			w.Header().Set("Retry-After", "60")
			s.show(w, http.StatusTooManyRequests, page{Title: "Please wait a moment", Text: "There were many requests from your network. Try again in a minute."})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		pages.ServeHTTP(w, r)
	})
}
