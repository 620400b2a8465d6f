package postfix

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
)

// A Request is what Postfix asks about each recipient, at RCPT, and about a message once it has all of it.
type Request struct {
	// Far is true where the server of [Elsewhere] asks, else it is the users' own.
	Far bool
	// Sender is empty for bounces. Recipient is empty for a message to several. Login is who has logged in, empty at
	// the ports for other servers.
	Sender, Recipient, Login string
}

// Pass has Postfix go on as if nobody had been asked. At the server of Elsewhere it means that nobody is known there.
const Pass = "DUNNO"

// A policy is the service that Postfix asks before it takes a mail (postfix.org/SMTPD_POLICY_README.html), as it does
// for greylisting.
type policy struct {
	listener net.Listener
	work     sync.WaitGroup
	farPort  string

	mu    sync.Mutex
	judge func(Request) string
	end   func(Request) string // asked before a whole message is answered
	open  map[net.Conn]bool
}

func startPolicy() (*policy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for postfix's questions: %w", err)
	}
	p := &policy{listener: l, open: make(map[net.Conn]bool)}
	p.work.Go(p.accept)
	return p, nil
}

func (p *policy) port() int { return p.listener.Addr().(*net.TCPAddr).Port }

func (p *policy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // It was closed.
		}
		p.mu.Lock()
		p.open[conn] = true
		p.mu.Unlock()
		p.work.Go(func() { p.serve(conn) })
	}
}

// serve answers one question after another: lines of name=value, then an empty one.
func (p *policy) serve(conn net.Conn) {
	defer func() {
		_ = conn.Close()
		p.mu.Lock()
		delete(p.open, conn)
		p.mu.Unlock()
	}()
	asked := map[string]string{}
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok {
			asked[name] = value
			continue
		}
		if _, err := fmt.Fprintf(conn, "action=%s\n\n", p.action(asked)); err != nil {
			return
		}
		clear(asked)
	}
}

func (p *policy) action(asked map[string]string) string {
	p.mu.Lock()
	judge, far, atEnd := p.judge, asked["server_port"] == p.farPort, asked["protocol_state"] == "END-OF-MESSAGE"
	if atEnd {
		judge = p.end
	}
	p.mu.Unlock()
	action := Pass
	if judge != nil {
		action = judge(Request{Far: far, Sender: asked["sender"], Recipient: asked["recipient"], Login: asked["sasl_username"]})
	}
	if far && !atEnd && action == Pass {
		return "550 5.1.1 User unknown here"
	}
	return action
}

func (p *policy) set(judge func(Request) string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.judge = judge
}

func (p *policy) setEnd(judge func(Request) string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end = judge
}

func (p *policy) setFarPort(port int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.farPort = strconv.Itoa(port)
}

func (p *policy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	for conn := range p.open {
		_ = conn.Close()
	}
	p.mu.Unlock()
	p.work.Wait()
}
