package main

import (
	"bytes"
	"net"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// A gate stands between the service and a server, and can keep back what passes: a request, so that the server
// never gets it, or an answer, so that the service never does. So tests can end the service at an exact moment
// whatever the server is.
type gate struct {
	listener net.Listener
	target   string
	work     sync.WaitGroup

	mu    sync.Mutex
	rules []*hold
	open  map[net.Conn]bool
}

// A hold is one wish to keep something back.
type hold struct {
	pattern []byte
	answer  bool          // the server's answer is kept back instead of the request
	reached chan struct{} // closed when the pattern has been seen
	over    chan struct{} // closed to let go
	dropped atomic.Bool   // instead of passed on
}

// release lets pass what was kept back.
func (h *hold) release() { close(h.over) }

// drop throws it away and cuts the connection.
func (h *hold) drop() {
	h.dropped.Store(true)
	close(h.over)
}

func newGate(t *testing.T, target string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{listener: l, target: target, open: map[net.Conn]bool{}}
	g.work.Go(g.accept)
	t.Cleanup(g.close)
	return g
}

// url is the address of a URL's server with the gate in its place.
func (g *gate) url(t *testing.T, of string) string {
	t.Helper()
	u, err := url.Parse(of)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = g.listener.Addr().String()
	return u.String()
}

// hostOf is where a URL's server listens.
func hostOf(t *testing.T, of string) string {
	t.Helper()
	u, err := url.Parse(of)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// holdRequest keeps back the next thing that the service sends with the pattern in it.
func (g *gate) holdRequest(pattern string) *hold { return g.add(pattern, false) }

// holdAnswer lets the next thing with the pattern pass and keeps back what the server says from then on.
func (g *gate) holdAnswer(pattern string) *hold { return g.add(pattern, true) }

func (g *gate) add(pattern string, answer bool) *hold {
	h := &hold{pattern: []byte(pattern), answer: answer, reached: make(chan struct{}), over: make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rules = append(g.rules, h)
	return h
}

// match takes the first rule whose pattern ends in data, or lies there whole; tail is what came before.
func (g *gate) match(tail, data []byte) *hold {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, h := range g.rules {
		before := tail[max(0, len(tail)-len(h.pattern)+1):]
		if bytes.Contains(slices.Concat(before, data), h.pattern) {
			g.rules = append(g.rules[:i:i], g.rules[i+1:]...)
			return h
		}
	}
	return nil
}

func (g *gate) accept() {
	for {
		c, err := g.listener.Accept()
		if err != nil {
			return
		}
		s, err := net.Dial("tcp", g.target)
		if err != nil {
			_ = c.Close()
			continue
		}
		if !g.register(c, s) {
			return
		}
		p := &passage{gate: g, client: c, server: s, gone: make(chan struct{})}
		g.work.Go(p.requests)
		g.work.Go(p.answers)
	}
}

func (g *gate) register(conns ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range conns {
		if g.open == nil {
			_ = c.Close()
			continue
		}
		g.open[c] = true
	}
	return g.open != nil
}

// close lets go of everything.
func (g *gate) close() {
	_ = g.listener.Close()
	g.mu.Lock()
	for c := range g.open {
		_ = c.Close()
	}
	g.open = nil
	g.mu.Unlock()
	g.work.Wait()
}

// A passage is one connection through a gate.
type passage struct {
	gate           *gate
	client, server net.Conn
	gone           chan struct{} // closed when the passage has ended
	end            sync.Once

	mu   sync.Mutex
	held *hold // answers wait for it
}

func (p *passage) cut() {
	p.end.Do(func() {
		close(p.gone)
		_ = p.client.Close()
		_ = p.server.Close()
		p.gate.mu.Lock()
		defer p.gate.mu.Unlock()
		delete(p.gate.open, p.client)
		delete(p.gate.open, p.server)
	})
}

// A chunk is what was read at once.
type chunk struct {
	data []byte
	err  error
}

// requests passes on what the service sends. Reading goes on while something is kept back, so that the end of
// a killed service is noticed and what it wanted to send is dropped with it.
func (p *passage) requests() {
	defer p.cut()
	in := make(chan chunk, 1024)
	p.gate.work.Go(func() {
		defer close(in)
		for {
			buf := make([]byte, 32<<10)
			n, err := p.client.Read(buf)
			select {
			case in <- chunk{buf[:n], err}:
			case <-p.gone:
				return
			}
			if err != nil {
				p.cut() // also while something is kept back
				return
			}
		}
	})
	var tail []byte // a pattern may lie across two chunks
	for c := range in {
		h := p.gate.match(tail, c.data)
		tail = append(tail, c.data...)
		tail = bytes.Clone(tail[max(0, len(tail)-64):])
		if !p.pass(c.data, h) || c.err != nil {
			return
		}
	}
}

// pass hands data on to the server, or keeps back what h wants; false ends the passage.
func (p *passage) pass(data []byte, h *hold) bool {
	switch {
	case h == nil:
	case h.answer:
		p.mu.Lock()
		p.held = h
		p.mu.Unlock()
		defer close(h.reached)
	default:
		close(h.reached)
		if !p.wait(h) {
			return false
		}
	}
	_, err := p.server.Write(data)
	return err == nil
}

// wait returns whether what h keeps back may pass in the end.
func (p *passage) wait(h *hold) bool {
	select {
	case <-h.over:
		return !h.dropped.Load()
	case <-p.gone:
		return false
	}
}

func (p *passage) answers() {
	defer p.cut()
	buf := make([]byte, 32<<10)
	for {
		n, err := p.server.Read(buf)
		p.mu.Lock()
		h := p.held
		p.mu.Unlock()
		if h != nil && !p.wait(h) {
			return
		}
		if n > 0 {
			if _, werr := p.client.Write(buf[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
