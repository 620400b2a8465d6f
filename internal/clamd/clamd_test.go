package clamd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/sandbox/clamdserver"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) time() time.Time { return c.now }

func startServer(t *testing.T, limit int) *clamdserver.Server {
	t.Helper()
	s, err := clamdserver.Start(limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestFilesAreToldFromViruses(t *testing.T) {
	server := startServer(t, 1<<20)
	s, err := New(server.Address(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
	long := bytes.Repeat([]byte("x"), 300<<10)
	for name, c := range map[string]struct {
		file  []byte
		found string
	}{
		"empty": {nil, ""}, "text": {[]byte("hello"), ""}, "long": {long, ""},
		"virus": {[]byte(clamdserver.Test), clamdserver.Found}, "virus at the end": {append(long, clamdserver.Test...), clamdserver.Found},
	} {
		if found, err := s.Scan(t.Context(), c.file); found != c.found || err != nil {
			t.Errorf("%s: %q, %v; want %q", name, found, err, c.found)
		}
	}
}

func TestFileOverTheDaemonsLimitIsAnErrorAndOthersAreScanned(t *testing.T) {
	s, err := New(startServer(t, 1000).Address(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Scan(t.Context(), make([]byte, 2000)); err == nil {
		t.Error("no error")
	}
	c := &clock{time.Now()}
	s.clock, c.now = c.time, c.now.Add(time.Hour)
	if found, err := s.Scan(t.Context(), []byte(clamdserver.Test)); found == "" || err != nil {
		t.Errorf("after it: %q, %v", found, err)
	}
}

func TestDaemonThatIsAwayIsNotAskedForAWhile(t *testing.T) {
	server := startServer(t, 1000)
	c := &clock{time.Now()}
	s, err := New(server.Address(), c.time)
	if err != nil {
		t.Fatal(err)
	}
	good := s.address
	s.address = "127.0.0.1:1"
	if _, err := s.Scan(t.Context(), []byte("a")); !errors.Is(err, ErrAway) {
		t.Fatalf("got %v, want ErrAway", err)
	}
	s.address = good
	if _, err := s.Scan(t.Context(), []byte("a")); !errors.Is(err, ErrAway) || server.Scanned() != 0 {
		t.Errorf("a moment later: %v, %d files were sent", err, server.Scanned())
	}
	c.now = c.now.Add(rest)
	if _, err := s.Scan(t.Context(), []byte("a")); err != nil || server.Scanned() != 1 {
		t.Errorf("later: %v, %d files were sent", err, server.Scanned())
	}
}

func TestEndedContextIsNotTheDaemonsFault(t *testing.T) {
	s, err := New(startServer(t, 1000).Address(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Scan(ended, []byte("a")); err == nil {
		t.Error("no error")
	}
	if _, err := s.Scan(t.Context(), []byte("a")); err != nil {
		t.Errorf("after it: %v", err)
	}
}

func TestDaemonAtASocketIsReached(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clamd.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.ReadFull(conn, make([]byte, len("zPING\x00")))
		_, _ = io.WriteString(conn, "PONG\x00")
		_ = conn.Close()
	}()
	s, err := New("unix://"+path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAddressesAreChecked(t *testing.T) {
	for address, good := range map[string]bool{
		"tcp://127.0.0.1:3310": true, "tcp://clamav:3310/": true, "tcp://[::1]:3310": true, "unix:///run/clamd.sock": true, "/run/clamd.sock": true,
		"clamav:3310": false, "tcp://clamav": false, "tcp://:3310": false, "unix://run/clamd.sock": false, "http://clamav:3310": false,
	} {
		if err := CheckAddress(address); (err == nil) != good {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAnswersAreFitForALine(t *testing.T) {
	if got := plain("a\r\nb\x00" + strings.Repeat("x", 500)); strings.ContainsAny(got, "\r\n\x00") || len(got) > 120 {
		t.Errorf("%q", got)
	}
}
