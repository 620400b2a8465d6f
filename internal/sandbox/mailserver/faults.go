package mailserver

import (
	"strings"
	"time"

	"github.com/emersion/go-smtp"
)

// A Fault is one way in which a mail provider lets its clients down.
type Fault int

const (
	// RcptRefused answers a RCPT with 550 5.1.1.
	RcptRefused Fault = iota
	// RcptDeferred answers a RCPT with 451 4.7.1, as greylisting does.
	RcptDeferred
	// DataRefused answers the mail with 554 5.6.0; nothing is stored.
	DataRefused
	// DataDeferred answers the mail with 452 4.3.1; nothing is stored.
	DataDeferred
	// DataLost cuts the connection after the mail's last byte; nothing is stored.
	DataLost
	// AnswerLost stores the mail and cuts the connection before the 250 is written.
	AnswerLost
	// ResetFails answers the RSET after an accepted mail with 451; under TLS it cuts the
	// connection instead.
	ResetFails
	// LoginRefused answers an IMAP login with NO [AUTHENTICATIONFAILED].
	LoginRefused
	// FetchCut cuts the IMAP connection in place of the answer to a FETCH.
	FetchCut
	// StoreCut cuts the IMAP connection in place of the answer to a STORE, unexecuted.
	StoreCut
)

// faults is guarded by Server.mu.
type faults struct {
	left        map[Fault]int
	latency     time.Duration
	answerDelay time.Duration
	held        chan struct{} // closed when answers to DATA may go out; nil: not held
}

// Inject makes the fault happen the next times it can. Zero or less ends it.
func (s *Server) Inject(f Fault, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.faults.left == nil {
		s.faults.left = make(map[Fault]int)
	}
	s.faults.left[f] = max(times, 0)
}

// Pending returns how often the fault will still happen.
func (s *Server) Pending(f Fault) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults.left[f]
}

// strikes uses the fault up once, if it was asked for.
func (s *Server) strikes(f Fault) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.faults.left[f] == 0 {
		return false
	}
	s.faults.left[f]--
	s.notify()
	return true
}

// SetLatency adds d to the way of every command on connections that are opened from now
// on: a round trip takes d longer, pipelined commands share it.
func (s *Server) SetLatency(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.latency = d
}

func (s *Server) latency() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults.latency
}

// SetAnswerDelay makes the server think for d, in real time, after it stored a mail and
// before it says so.
func (s *Server) SetAnswerDelay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.answerDelay = d
}

// HoldAnswers keeps the answer to every mail that is stored from now on back until release
// is called, so that a test can end the client in between. Calling release again is
// harmless.
func (s *Server) HoldAnswers() (release func()) {
	held := make(chan struct{})
	s.mu.Lock()
	s.faults.held = held
	s.mu.Unlock()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.faults.held == held {
			s.faults.held = nil
			close(held)
		}
	}
}

// pause waits for what SetAnswerDelay and HoldAnswers ask for.
func (s *Server) pause() {
	s.mu.Lock()
	delay, held := s.faults.answerDelay, s.faults.held
	s.mu.Unlock()
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.done:
		}
	}
	if held != nil {
		select {
		case <-held:
		case <-s.done:
		}
	}
}

// SetDown makes the server play dead: it cuts every connection and new ones as soon as
// they are opened, until SetDown(false).
func (s *Server) SetDown(down bool) {
	for _, g := range s.gates() {
		g.setDown(down)
	}
}

// CutIMAP cuts the account's IMAP connections without a word, or all logged-in ones for an
// empty address, and returns how many there were.
func (s *Server) CutIMAP(addr string) int {
	s.mu.Lock()
	var cut []*imapSession
	for sess := range s.imapConn {
		if sess.account != nil && (addr == "" || strings.EqualFold(sess.account.Address, canonical(addr))) {
			cut = append(cut, sess)
		}
	}
	s.mu.Unlock()
	for _, sess := range cut {
		sess.cut()
	}
	return len(cut)
}

// IMAPSessions returns how many IMAP connections are logged in to the account, and how
// many of them are in IDLE.
func (s *Server) IMAPSessions(addr string) (total, idle int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sess := range s.imapConn {
		if sess.account != nil && strings.EqualFold(sess.account.Address, canonical(addr)) {
			total++
			if sess.idling {
				idle++
			}
		}
	}
	return total, idle
}

func smtpError(code int, enhanced smtp.EnhancedCode, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: text}
}
