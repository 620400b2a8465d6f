package mailserver

import (
	"io"
	"sync"
	"time"
)

// A delayLine hands on what a reader gave a fixed time later, without slowing the flow:
// as on a long wire, pipelined commands wait once and not once each.
type delayLine struct {
	chunks chan delayedChunk
	done   chan struct{}
	once   sync.Once

	rest []byte
	err  error
}

type delayedChunk struct {
	data []byte
	err  error
	due  time.Time
}

// newDelayLine starts a goroutine that ends when src fails or the line is closed.
func newDelayLine(src io.Reader, delay time.Duration) *delayLine {
	l := &delayLine{chunks: make(chan delayedChunk, 1024), done: make(chan struct{})}
	go func() {
		for {
			buf := make([]byte, 16<<10)
			n, err := src.Read(buf)
			select {
			case l.chunks <- delayedChunk{data: buf[:n], err: err, due: time.Now().Add(delay)}:
			case <-l.done:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return l
}

// Read implements io.Reader.
func (l *delayLine) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		var c delayedChunk
		select {
		case c = <-l.chunks:
		case <-l.done:
			return 0, io.ErrClosedPipe
		}
		wait := time.NewTimer(time.Until(c.due))
		select {
		case <-wait.C:
		case <-l.done:
			wait.Stop()
			return 0, io.ErrClosedPipe
		}
		l.rest, l.err = c.data, c.err
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

func (l *delayLine) close() { l.once.Do(func() { close(l.done) }) }
