// Package nameserver is a DNS server on loopback that knows the TXT records a test gives it and nothing else.
package nameserver

import (
	"net"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// maxString is the longest string of a TXT record in bytes (RFC 1035 section 3.3.14); longer texts have several.
const maxString = 255

// A Server answers questions over UDP.
type Server struct {
	conn net.PacketConn

	mu      sync.Mutex
	records map[string]string // by name, without the last dot
}

// Start starts a server that ends with the test.
func Start(t *testing.T) *Server {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{conn: conn, records: make(map[string]string)}
	done := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	go func() {
		defer close(done)
		s.serve()
	}()
	return s
}

// Addr is where the server listens, as host:port.
func (s *Server) Addr() string { return s.conn.LocalAddr().String() }

// Publish has a name's TXT record be txt; an empty one takes it away.
func (s *Server) Publish(name, txt string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[strings.TrimSuffix(name, ".")] = txt
}

func (s *Server) serve() {
	b := make([]byte, 4096)
	for {
		n, from, err := s.conn.ReadFrom(b)
		if err != nil {
			return
		}
		if answer, err := s.answer(b[:n]); err == nil {
			_, _ = s.conn.WriteTo(answer, from)
		}
	}
}

func (s *Server) answer(question []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil {
		return nil, err
	}
	m.Response, m.Additionals, m.RCode = true, nil, dnsmessage.RCodeNameError
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range m.Questions {
		txt := s.records[strings.TrimSuffix(strings.ToLower(q.Name.String()), ".")]
		if txt == "" {
			continue
		}
		m.RCode = dnsmessage.RCodeSuccess
		if q.Type == dnsmessage.TypeTXT {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60},
				Body:   &dnsmessage.TXTResource{TXT: pieces(txt)},
			})
		}
	}
	return m.Pack()
}

func pieces(txt string) []string {
	var list []string
	for len(txt) > maxString {
		list, txt = append(list, txt[:maxString]), txt[maxString:]
	}
	return append(list, txt)
}
