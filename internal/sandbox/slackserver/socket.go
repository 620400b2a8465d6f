package slackserver

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	maxSockets    = 10      // per app
	maxSocketRead = 1 << 20 // Slack itself drops answers of 20 kB and more
	maxAckPayload = 20_000
	socketQueue   = 1024
	writeWait     = 10 * time.Second
)

// A socket is one Socket Mode connection.
type socket struct {
	id   int
	app  string
	conn *websocket.Conn
	out  chan any
	once sync.Once
	gone chan struct{}
}

// serveSocket upgrades a connection that has a ticket of apps.connections.open.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	s.mu.Lock()
	appID, ok := s.tickets[ticket]
	delete(s.tickets, ticket)
	full := len(s.sockets[appID]) >= maxSockets
	closed := s.closed
	s.mu.Unlock()
	if !ok || closed {
		http.Error(w, "invalid ticket", http.StatusNotFound)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }} // clients send Slack's origin
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		s.log.Debug("socket mode upgrade", "error", err)
		return
	}
	c := &socket{app: appID, conn: conn, out: make(chan any, socketQueue), gone: make(chan struct{})}
	if full {
		_ = conn.WriteJSON(Object{"type": "disconnect", "reason": "too_many_websockets", "debug_info": Object{"host": "sandbox"}})
		_ = conn.Close()
		return
	}
	s.adopt(c)
	s.tasks.Go(func() { s.writeLoop(c) })
	s.readLoop(c)
}

func (s *Server) adopt(c *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextSock++
	c.id = s.nextSock
	s.sockets[c.app] = append(s.sockets[c.app], c)
	c.write(Object{"type": "hello", "num_connections": len(s.sockets[c.app]),
		"connection_info": Object{"app_id": c.app},
		"debug_info":      Object{"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060}})
	for _, d := range s.pending { // what waited for a connection
		if d.app.ID == c.app && d.state == waiting && d.parked {
			d.due = s.clock()
		}
	}
	if s.closed {
		c.close()
	}
	s.touch(change{Kind: "state"})
	s.wake()
}

func (s *Server) forget(c *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := s.sockets[c.app]
	for i, o := range open {
		if o == c {
			s.sockets[c.app] = append(open[:i:i], open[i+1:]...)
		}
	}
	s.touch(change{Kind: "state"})
}

// pickSocket chooses the connection for the next envelope: each in turn. The caller holds mu.
func (s *Server) pickSocket(appID string) *socket {
	open := s.sockets[appID]
	if len(open) == 0 {
		return nil
	}
	c := open[0]
	s.sockets[appID] = append(open[1:len(open):len(open)], c)
	return c
}

// write queues a message; a connection that does not read is closed.
func (c *socket) write(v any) {
	select {
	case c.out <- v:
	default:
		c.close()
	}
}

func (c *socket) close() {
	c.once.Do(func() {
		close(c.gone)
		_ = c.conn.Close()
	})
}

func (s *Server) writeLoop(c *socket) {
	ping := time.NewTicker(s.pingEvery)
	defer ping.Stop()
	defer c.close()
	if err := c.conn.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(writeWait)); err != nil {
		return
	}
	for {
		var err error
		select {
		case <-c.gone:
			return
		case <-s.ctx.Done():
			return
		case <-ping.C:
			err = c.conn.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(writeWait))
		case v := <-c.out:
			_ = c.conn.SetWriteDeadline(time.Now().Add(writeWait))
			if b, ok := v.(closeAfter); ok {
				_ = c.conn.WriteJSON(b.last)
				return
			}
			err = c.conn.WriteJSON(v)
		}
		if err != nil {
			return
		}
	}
}

// closeAfter is the last message on a connection.
type closeAfter struct{ last any }

func (s *Server) readLoop(c *socket) {
	defer s.forget(c)
	defer c.close()
	c.conn.SetReadLimit(maxSocketRead)
	for {
		kind, data, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if kind != websocket.TextMessage || json.Unmarshal(data, &ack) != nil || ack.EnvelopeID == "" {
			continue
		}
		if len(data) >= maxAckPayload { // Slack drops these silently.
			s.log.Warn("socket mode answer of 20 kB or more dropped, as Slack does", "bytes", len(data))
			continue
		}
		s.acknowledge(ack.EnvelopeID, ack.Payload)
	}
}

// Sockets is the number of open Socket Mode connections of an app; an empty id counts all.
func (s *Server) Sockets(appID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for id, open := range s.sockets {
		if appID == "" || id == appID {
			n += len(open)
		}
	}
	return n
}

// SocketsSoFar is the number of Socket Mode connections, of all apps, that were ever opened.
func (s *Server) SocketsSoFar() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nextSock
}

// CloseSockets cuts all Socket Mode connections without a word, as a broken network does.
func (s *Server) CloseSockets() {
	for _, c := range s.openSockets() {
		c.close()
	}
}

// Disconnect sends Slack's disconnect envelope: "warning" announces the end, anything else, such as
// "refresh_requested", is followed by the end of the connection.
func (s *Server) Disconnect(reason string) {
	o := Object{"type": "disconnect", "reason": reason, "debug_info": Object{"host": "sandbox"}}
	for _, c := range s.openSockets() {
		if reason == "warning" {
			c.write(o)
		} else {
			c.write(closeAfter{o})
		}
	}
}

func (s *Server) openSockets() []*socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*socket
	for _, open := range s.sockets {
		out = append(out, open...)
	}
	return out
}
