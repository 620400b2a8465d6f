package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// A proxy stands between the service and a mail server: it adds distance and looks at what passes.
type proxy struct {
	listener net.Listener
	target   string
	delay    time.Duration // each way
	watch    func() *sniffer
	work     sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool // nil once closed
}

// startProxy relays connections to target. Each way takes delay longer. watch, which may be nil, makes the
// sniffer of a new connection.
func startProxy(ctx context.Context, target string, delay time.Duration, watch func() *sniffer) (*proxy, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start proxy: %w", err)
	}
	if watch == nil {
		watch = func() *sniffer { return &sniffer{} }
	}
	p := &proxy{listener: l, target: target, delay: delay, watch: watch, conns: map[net.Conn]bool{}}
	p.work.Go(p.accept)
	return p, nil
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

// close cuts all connections and waits for what relays them.
func (p *proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
	p.mu.Unlock()
	p.work.Wait()
}

func (p *proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // that connection's matter
		}
		far, err := net.Dial("tcp", p.target)
		if err != nil || !p.keep(near, far) {
			_ = near.Close()
			if far != nil {
				_ = far.Close()
			}
			continue
		}
		s := p.watch()
		p.relay(near, far, s.client)
		p.relay(far, near, s.server)
	}
}

func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		return false
	}
	for _, c := range conns {
		p.conns[c] = true
	}
	return true
}

// A parcel is what was read at once, and when it is to arrive.
type parcel struct {
	data []byte
	due  time.Time
}

// relay copies one way until either side ends, then ends both.
func (p *proxy) relay(from, to net.Conn, look func([]byte)) {
	way := make(chan parcel, 4096)
	end := func() { _, _ = from.Close(), to.Close() }
	p.work.Go(func() {
		defer close(way)
		buf := make([]byte, 64<<10)
		for {
			n, err := from.Read(buf)
			if n > 0 {
				look(buf[:n])
				way <- parcel{bytes.Clone(buf[:n]), time.Now().Add(p.delay)}
			}
			if err != nil {
				return
			}
		}
	})
	p.work.Go(func() {
		defer end()
		broken := false
		for l := range way { // to its end, so that the reader never waits for good
			if broken {
				continue
			}
			if wait := time.Until(l.due); wait > 0 {
				time.Sleep(wait)
			}
			if _, err := to.Write(l.data); err != nil {
				broken = true
				end()
			}
		}
	})
}
