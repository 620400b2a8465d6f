package clamd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	// patience bounds one file, connection included.
	patience = 30 * time.Second
	// connecting bounds the connection alone.
	connecting = 3 * time.Second
	// chunk is how much is sent at a time, and longestAnswer how much is read.
	chunk, longestAnswer = 64 << 10, 4 << 10
	// rest is how long a daemon that does not answer is not asked, so that mail does not wait for it again and again.
	rest = 20 * time.Second
)

// ErrAway means that the daemon cannot be reached, or did not answer a moment ago.
var ErrAway = errors.New("the virus scanner does not answer")

// A Scanner is a daemon at an address. It is safe for concurrent use.
type Scanner struct {
	network, address string
	clock            func() time.Time

	mu   sync.Mutex
	away time.Time // when it was last found not to answer
}

// CheckAddress says what is wrong with a daemon's address: tcp://HOST:PORT, unix:///PATH or an absolute path.
func CheckAddress(address string) error {
	_, _, err := parse(address)
	return err
}

func parse(address string) (network, target string, err error) {
	if target, ok := strings.CutPrefix(address, "tcp://"); ok {
		host, port, err := net.SplitHostPort(strings.TrimSuffix(target, "/"))
		if err != nil || host == "" || port == "" {
			return "", "", fmt.Errorf("%q is no address of a virus scanner: write tcp://HOST:PORT", address)
		}
		return "tcp", net.JoinHostPort(host, port), nil
	}
	path := strings.TrimPrefix(strings.TrimPrefix(address, "unix://"), "unix:")
	if !filepath.IsAbs(path) {
		return "", "", fmt.Errorf("%q is no address of a virus scanner: write tcp://HOST:PORT or unix:///PATH", address)
	}
	return "unix", path, nil
}

// New returns the scanner at an address that CheckAddress allows; an empty one is none, and nil. It does not connect.
func New(address string, clock func() time.Time) (*Scanner, error) {
	if address == "" {
		return nil, nil
	}
	network, target, err := parse(address)
	if err != nil {
		return nil, err
	}
	return &Scanner{network: network, address: target, clock: clock}, nil
}

// String returns the daemon's address.
func (s *Scanner) String() string { return s.network + " " + s.address }

// Scan returns what the daemon calls the harmful thing in a file; empty where it finds none. With an error nothing is
// known of the file: ErrAway where the daemon cannot be asked.
func (s *Scanner) Scan(ctx context.Context, file []byte) (found string, err error) {
	if s.resting() {
		return "", ErrAway
	}
	answer, err := s.ask(ctx, "zINSTREAM\x00", file)
	if err != nil {
		return "", err
	}
	switch answer = strings.TrimPrefix(answer, "stream: "); {
	case answer == "OK":
		return "", nil
	case strings.HasSuffix(answer, " FOUND"):
		return plain(strings.TrimSuffix(answer, " FOUND")), nil
	}
	return "", fmt.Errorf("the virus scanner says %q", plain(answer))
}

// Ping asks whether the daemon is there.
func (s *Scanner) Ping(ctx context.Context) error {
	answer, err := s.ask(ctx, "zPING\x00", nil)
	if err == nil && answer != "PONG" {
		err = fmt.Errorf("%s answers %q: is it a clamd?", s, plain(answer))
	}
	return err
}

func (s *Scanner) resting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.away.IsZero() && s.clock().Sub(s.away) < rest
}

// ask sends a command, and a file behind it where it is INSTREAM, and returns the answer.
func (s *Scanner) ask(ctx context.Context, command string, file []byte) (answer string, err error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	defer func() {
		if ctx.Err() != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.away = time.Time{}
		if err != nil {
			s.away = s.clock()
			err = fmt.Errorf("%w: %w", ErrAway, err)
		}
	}()
	conn, err := (&net.Dialer{Timeout: connecting}).DialContext(limited, s.network, s.address)
	if err != nil {
		return "", err
	}
	stop := context.AfterFunc(limited, func() { _ = conn.Close() })
	defer func() {
		stop()
		_ = conn.Close()
	}()
	// A daemon whose limit is reached answers and closes before it has read all: its answer counts.
	sent := send(conn, command, file)
	answer, err = bufio.NewReader(io.LimitReader(conn, longestAnswer)).ReadString(0)
	if answer = strings.TrimRight(answer, "\x00\r\n"); answer != "" && (err == nil || errors.Is(err, io.EOF)) {
		return answer, nil
	}
	return "", errors.Join(sent, err)
}

func send(conn net.Conn, command string, file []byte) error {
	w := bufio.NewWriterSize(conn, chunk+4)
	_, err := w.WriteString(command) // A bufio.Writer keeps its first error.
	if command != "zINSTREAM\x00" {
		return errors.Join(err, w.Flush())
	}
	var size [4]byte
	for len(file) > 0 {
		n := min(len(file), chunk)
		binary.BigEndian.PutUint32(size[:], uint32(n))
		_, _ = w.Write(size[:])
		if _, err = w.Write(file[:n]); err != nil {
			return err
		}
		file = file[n:]
	}
	_, _ = w.Write([]byte{0, 0, 0, 0})
	return w.Flush()
}

// plain makes what a daemon says fit for a line.
func plain(s string) string {
	const limit = 120
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ToValidUTF8(s, "?")
}
