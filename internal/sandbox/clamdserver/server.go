// Package clamdserver stands in for a ClamAV daemon: it speaks INSTREAM, PING and VERSION with a stream limit, and finds
// the test string of EICAR (https://www.eicar.org/download-anti-malware-testfile/) alone.
package clamdserver

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
)

// Test is a harmless file that every scanner calls a virus.
const Test = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// Found is what the daemon calls it.
const Found = "Win.Test.EICAR_HDB-1"

// A Server listens on loopback until Close.
type Server struct {
	listener net.Listener
	limit    int
	tasks    sync.WaitGroup

	mu      sync.Mutex
	scanned int
}

// Start listens; a file of more than limit bytes is not scanned (StreamMaxLength).
func Start(limit int) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for files to scan: %w", err)
	}
	s := &Server{listener: l, limit: limit}
	s.tasks.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.tasks.Go(func() { s.serve(conn) })
		}
	})
	return s, nil
}

// Address is what CUSTOMERDESK_CLAMD_ADDR takes.
func (s *Server) Address() string { return "tcp://" + s.listener.Addr().String() }

// Scanned returns how many files came.
func (s *Server) Scanned() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scanned
}

// Close ends the server.
func (s *Server) Close() error {
	err := s.listener.Close()
	s.tasks.Wait()
	return err
}

func (s *Server) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	command, err := r.ReadString(0)
	if err != nil {
		return
	}
	answer := "UNKNOWN COMMAND"
	switch command {
	case "zPING\x00":
		answer = "PONG"
	case "zVERSION\x00":
		answer = "ClamAV 1.4.0/1/stand-in"
	case "zINSTREAM\x00":
		answer = s.scan(r)
	}
	_, _ = io.WriteString(conn, answer+"\x00") // Who is gone needs no answer.
}

func (s *Server) scan(r io.Reader) string {
	var file []byte
	for {
		var size uint32
		if binary.Read(r, binary.BigEndian, &size) != nil {
			return "stream: cut off ERROR"
		}
		if size == 0 {
			break
		}
		if len(file)+int(size) > s.limit {
			return "INSTREAM size limit exceeded. ERROR"
		}
		piece := make([]byte, size)
		if _, err := io.ReadFull(r, piece); err != nil {
			return "stream: cut off ERROR"
		}
		file = append(file, piece...)
	}
	s.mu.Lock()
	s.scanned++
	s.mu.Unlock()
	if bytes.Contains(file, []byte(Test)) {
		return "stream: " + Found + " FOUND"
	}
	return "stream: OK"
}
