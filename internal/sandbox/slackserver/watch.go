package slackserver

import (
	"context"
	"fmt"
)

// A change tells the pages what to look at again.
type change struct {
	Kind    string `json:"kind"`              // message, view, home, state, reconnect
	Channel string `json:"channel,omitempty"` // of a message
	User    string `json:"user,omitempty"`    // of a view, a home or an ephemeral message
	Version int64  `json:"version"`
}

// touch announces a change. The caller holds mu.
func (s *Server) touch(c change) {
	s.version++
	c.Version = s.version
	close(s.changed)
	s.changed = make(chan struct{})
	for ch := range s.listen {
		select {
		case ch <- c:
		default: // A page that fell behind is told to start afresh.
			select {
			case <-ch:
			default:
			}
			select {
			case ch <- change{Kind: "reconnect", Version: s.version}:
			default:
			}
		}
	}
}

// WaitFor waits until cond holds; it is asked again after every change. cond may call any method of the
// Server. The error is that of ctx.
func (s *Server) WaitFor(ctx context.Context, cond func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for the Slack stand-in: %w", ctx.Err())
		}
	}
}
