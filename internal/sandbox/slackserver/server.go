package slackserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver/blockkit"
)

// ErrNotLoopback is returned by Start for an address that others than this machine could reach.
var ErrNotLoopback = errors.New("the Slack stand-in listens on loopback only")

// A Server is one running stand-in. Make it with New or Start; it is safe for concurrent use.
type Server struct {
	clock       func() time.Time
	log         *slog.Logger
	limited     bool
	ackTimeout  time.Duration
	retryDelays []time.Duration
	pingEvery   time.Duration
	blocks      *blockkit.Validator
	methods     map[string]method
	mux         *http.ServeMux
	client      *http.Client // for signed requests to apps; dials loopback only

	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	kick   chan struct{} // wakes the delivery loop
	http   *http.Server  // set by Start
	addr   string

	mu        sync.Mutex
	closed    bool
	baseURL   string
	changed   chan struct{} // closed and replaced at every change
	version   int64
	listen    map[chan change]struct{} // open pages
	lastTS    int64                    // microseconds
	counter   uint64
	teams     map[string]*team
	order     []string // team ids as configured
	apps      map[string]*app
	appOrder  []string
	tokens    map[string]*token
	codes     map[string]oauthCode
	refresh   map[string]*token // by refresh token: the access token that came with it
	triggers  map[string]*trigger
	views     map[string]*View
	stacks    map[string][]string // user id: ids of the open modals, bottom first
	homes     map[string]string   // user id + "/" + app id: view id
	urls      map[string]*responseURL
	uploads   map[string]*upload
	pending   []*delivery
	delivered []*delivery          // the latest finished events
	sockets   map[string][]*socket // app id: connections
	tickets   map[string]string    // socket ticket: app id
	offered   map[string][]any     // what an app suggested last, see offerKey
	nextSock  int
	faults    []*faultRun
	muteAcks  int
	muteTypes []string
	budget    map[string]*bucket
	calls     []Call
}

// New makes a stand-in that serves as an http.Handler. Close it to stop its deliveries.
func New(cfg Config) *Server {
	s := &Server{
		clock: cfg.Clock, log: cfg.Logger, limited: cfg.RateLimits, ackTimeout: cfg.AckTimeout,
		retryDelays: cfg.RetryDelays, pingEvery: cfg.PingInterval, baseURL: cfg.BaseURL,
		blocks: blockkit.New(), kick: make(chan struct{}, 1), changed: make(chan struct{}),
		listen: map[chan change]struct{}{}, teams: map[string]*team{}, apps: map[string]*app{},
		tokens: map[string]*token{}, codes: map[string]oauthCode{}, refresh: map[string]*token{}, triggers: map[string]*trigger{},
		views: map[string]*View{}, stacks: map[string][]string{}, homes: map[string]string{},
		urls: map[string]*responseURL{}, uploads: map[string]*upload{}, sockets: map[string][]*socket{},
		tickets: map[string]string{}, offered: map[string][]any{}, budget: map[string]*bucket{},
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.ackTimeout == 0 {
		s.ackTimeout = defaultAckTimeout
	}
	if s.retryDelays == nil {
		s.retryDelays = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	if s.pingEvery == 0 {
		s.pingEvery = defaultPingInterval
	}
	s.client = loopbackClient(s.ackTimeout)
	s.methods = methodTable()
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for _, t := range cfg.Teams {
		s.addTeam(t)
	}
	s.shareChannels()
	for _, a := range cfg.Apps {
		s.addApp(a)
	}
	s.routes()
	s.tasks.Go(s.deliverLoop)
	return s
}

// Start is New with a listener on addr, such as "127.0.0.1:0"; it serves until ctx ends or Close is
// called. An address that is not loopback is ErrNotLoopback.
func Start(ctx context.Context, cfg Config, addr string) (*Server, error) {
	if err := requireLoopback(addr); err != nil {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s for the Slack stand-in: %w", addr, err)
	}
	s := New(cfg)
	s.addr = l.Addr().String()
	if s.baseURL == "" {
		s.baseURL = "http://" + s.addr
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return s.ctx }}
	s.tasks.Go(func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the Slack stand-in stopped serving", "error", err)
		}
	})
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return s, nil
}

// URL is where the page is, without a trailing slash; empty until it is known.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.baseURL
}

// APIURL is the address for slack.OptionAPIURL and CUSTOMERDESK_SLACK_API_URL; it ends in "/api/".
func (s *Server) APIURL() string { return s.URL() + "/api/" }

// Close ends all connections, deliveries and hanging calls and waits for them. It may be called twice.
func (s *Server) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	var open []*socket
	for _, list := range s.sockets {
		open = append(open, list...)
	}
	s.mu.Unlock()
	s.cancel()
	for _, c := range open {
		c.close()
	}
	var err error
	if first && s.http != nil {
		err = s.http.Close()
	}
	s.tasks.Wait()
	s.client.CloseIdleConnections()
	return err
}

// ServeHTTP serves Slack's side and the page, to loopback peers only.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil && !isLoopback(host) {
		http.Error(w, ErrNotLoopback.Error(), http.StatusForbidden)
		return
	}
	s.mu.Lock()
	if s.baseURL == "" {
		s.baseURL = "http://" + r.Host
	}
	s.mu.Unlock()
	s.mux.ServeHTTP(w, r)
}

func (s *Server) routes() {
	m := http.NewServeMux()
	m.HandleFunc("/api/{method}", s.serveAPI)
	m.HandleFunc("GET /link/", s.serveSocket)
	m.HandleFunc("POST /actions/{id}", s.serveResponseURL)
	m.HandleFunc("POST /upload/{id}", s.serveUpload)
	m.HandleFunc("GET /files/{id}/{name}", s.serveFile)
	m.HandleFunc("GET /oauth/v2/authorize", s.serveAuthorize)
	m.HandleFunc("POST /oauth/v2/authorize", s.serveAuthorize)
	s.pageRoutes(m)
	s.mux = m
}

func requireLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q of the Slack stand-in: %w", addr, err)
	}
	if !isLoopback(host) {
		return fmt.Errorf("address %q: %w", addr, ErrNotLoopback)
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// loopbackClient is for requests to apps; it follows no redirects and dials nothing but loopback.
func loopbackClient(timeout time.Duration) *http.Client {
	dial := &net.Dialer{Timeout: timeout}
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if err := requireLoopback(addr); err != nil {
				return nil, err
			}
			return dial.DialContext(ctx, network, addr)
		}},
	}
}
