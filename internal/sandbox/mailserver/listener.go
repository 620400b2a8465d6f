package mailserver

import (
	"errors"
	"net"
	"sync"
	"time"
)

// A gate stands before one port: it knows all connections, so that they can be cut, and
// turns new ones away while the server plays dead.
type gate struct {
	net.Listener
	latency func() time.Duration

	mu    sync.Mutex
	conns map[*conn]struct{}
	down  bool
	shut  bool
}

func newGate(addr string, latency func() time.Duration) (*gate, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &gate{Listener: ln, latency: latency, conns: make(map[*conn]struct{})}, nil
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	for {
		nc, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &conn{Conn: nc, gate: g}
		if d := g.latency(); d > 0 {
			c.in = newDelayLine(nc, d)
		}
		g.mu.Lock()
		admit := !g.down && !g.shut
		if admit {
			g.conns[c] = struct{}{}
		}
		g.mu.Unlock()
		if admit {
			return c, nil
		}
		_ = c.Close()
	}
}

// cut closes every connection.
func (g *gate) cut() {
	g.mu.Lock()
	conns := make([]*conn, 0, len(g.conns))
	for c := range g.conns {
		conns = append(conns, c)
	}
	g.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
}

func (g *gate) setDown(down bool) {
	g.mu.Lock()
	g.down = down
	g.mu.Unlock()
	if down {
		g.cut()
	}
}

func (g *gate) shutdown() error {
	g.mu.Lock()
	g.shut = true
	g.mu.Unlock()
	err := g.Listener.Close()
	g.cut()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// A conn is one accepted connection.
type conn struct {
	net.Conn
	gate *gate
	in   *delayLine // nil without latency

	mu      sync.Mutex
	instead []byte // what the next Write sends in place of its argument
}

func (c *conn) Read(p []byte) (int, error) {
	if c.in != nil {
		return c.in.Read(p)
	}
	return c.Conn.Read(p)
}

func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	instead := c.instead
	c.instead = nil
	c.mu.Unlock()
	if instead == nil {
		return c.Conn.Write(p)
	}
	if _, err := c.Conn.Write(instead); err != nil {
		return 0, err
	}
	return len(p), nil
}

// replaceNextWrite makes the library's next answer another one.
func (c *conn) replaceNextWrite(answer string) {
	c.mu.Lock()
	c.instead = []byte(answer)
	c.mu.Unlock()
}

func (c *conn) Close() error {
	c.gate.mu.Lock()
	delete(c.gate.conns, c)
	c.gate.mu.Unlock()
	err := c.Conn.Close()
	if c.in != nil {
		c.in.close()
	}
	return err
}
