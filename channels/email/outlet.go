package email

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
)

// An outlet is what a Sender keeps for one mailbox. All but slots is guarded by Sender.mu.
type outlet struct {
	slots    chan struct{} // one token for each connection in use
	users    int           // Sends that hold the outlet
	idle     []*smtpConn   // the one used last is last
	reaper   *time.Timer   // nil: nothing to close
	account  Account
	remember time.Time // until when account is good
	pace     pace
	plain    time.Time // until when the server is not asked to take a return path of ours
}

// enter waits for one of the mailbox's connections to be free.
func (s *Sender) enter(ctx context.Context, id inbox.MailboxID) (*outlet, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, ErrSenderClosed
	}
	o := s.outlets[id]
	if o == nil {
		o = &outlet{slots: make(chan struct{}, s.cfg.Connections)}
		s.outlets[id] = o
	}
	o.users++
	s.mu.Unlock()
	select {
	case o.slots <- struct{}{}:
		return o, nil
	case <-ctx.Done():
		s.drop(id, o)
		return nil, fmt.Errorf("wait for a connection to the mail server: %w", ctx.Err())
	}
}

func (s *Sender) leave(id inbox.MailboxID, o *outlet) {
	<-o.slots
	s.drop(id, o)
}

// drop lets the outlet go once nobody uses it and nothing is open.
func (s *Sender) drop(id inbox.MailboxID, o *outlet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.users--
	switch {
	case o.users > 0:
	case len(o.idle) > 0:
		if o.reaper == nil {
			o.reaper = time.AfterFunc(s.cfg.IdleTimeout, func() { s.reap(id, o) })
		}
	case !s.cfg.Clock().Before(o.remember) && o.pace.idle(s.cfg.Clock()) && !s.cfg.Clock().Before(o.plain):
		delete(s.outlets, id)
	}
}

// reap closes what was idle for too long, and looks again later for the rest.
func (s *Sender) reap(id inbox.MailboxID, o *outlet) {
	s.mu.Lock()
	o.reaper = nil
	limit := time.Now().Add(-s.cfg.IdleTimeout)
	n := 0
	for n < len(o.idle) && !o.idle[n].since.After(limit) {
		n++
	}
	old := o.idle[:n:n]
	o.idle = append([]*smtpConn(nil), o.idle[n:]...)
	switch {
	case len(o.idle) > 0 && !s.closed:
		o.reaper = time.AfterFunc(time.Until(o.idle[0].since.Add(s.cfg.IdleTimeout)), func() { s.reap(id, o) })
	case o.users == 0 && o.pace.idle(s.cfg.Clock()) && !s.cfg.Clock().Before(o.plain):
		delete(s.outlets, id)
	}
	s.mu.Unlock()
	quitAll(old)
}

// takeIdle returns the connection that was used last. One that logged in otherwise than the mailbox does now
// is closed.
func (s *Sender) takeIdle(o *outlet, a Account) *smtpConn {
	s.mu.Lock()
	var conn *smtpConn
	var outdated []*smtpConn
	for conn == nil && len(o.idle) > 0 {
		last := o.idle[len(o.idle)-1]
		o.idle = o.idle[:len(o.idle)-1]
		if last.account == a {
			conn = last
		} else {
			outdated = append(outdated, last)
		}
	}
	s.mu.Unlock()
	quitAll(outdated)
	return conn
}

func (s *Sender) giveBack(o *outlet, c *smtpConn) {
	_ = c.raw.SetDeadline(time.Time{})
	c.since = time.Now()
	s.mu.Lock()
	closed := s.closed
	if !closed {
		o.idle = append(o.idle, c)
	}
	s.mu.Unlock()
	if closed {
		c.quit()
	}
}

func quitAll(conns []*smtpConn) {
	var all sync.WaitGroup
	for _, c := range conns {
		all.Go(c.quit)
	}
	all.Wait()
}
