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

// WaitMessage waits for a message of a channel, thread replies included, that match takes, and returns
// the first. The error is that of ctx.
func (s *Server) WaitMessage(ctx context.Context, channel string, match func(Message) bool) (Message, error) {
	return waitFirst(ctx, s, func() []Message { return s.AllMessages(channel) }, match)
}

// WaitEphemeral waits for a message that only this person sees.
func (s *Server) WaitEphemeral(ctx context.Context, user string, match func(Message) bool) (Message, error) {
	return waitFirst(ctx, s, func() []Message { return s.Ephemerals(user) }, match)
}

// WaitView waits for an open modal of a person.
func (s *Server) WaitView(ctx context.Context, user string, match func(View) bool) (View, error) {
	return waitFirst(ctx, s, func() []View { return s.Views(user) }, match)
}

// WaitHome waits for a person's Home tab of an app to be as match wants it.
func (s *Server) WaitHome(ctx context.Context, user, appID string, match func(View) bool) (View, error) {
	return waitFirst(ctx, s, func() []View {
		if v, ok := s.Home(user, appID); ok {
			return []View{v}
		}
		return nil
	}, match)
}

func waitFirst[T any](ctx context.Context, s *Server, all func() []T, match func(T) bool) (T, error) {
	var found T
	err := s.WaitFor(ctx, func() bool {
		for _, v := range all() {
			if match(v) {
				found = v
				return true
			}
		}
		return false
	})
	return found, err
}
