package slackserver

import (
	"net/http"
	"slices"
	"time"
)

// A FaultKind is a way in which a call goes wrong.
type FaultKind string

// The faults a call can meet.
const (
	RateLimited FaultKind = "rate_limited" // HTTP 429 with Retry-After; nothing is done
	ServerError FaultKind = "server_error" // HTTP 500; nothing is done
	Hang        FaultKind = "hang"         // never answers; nothing is done
	LoseAnswer  FaultKind = "lose_answer"  // does it, then drops the connection
	DropRequest FaultKind = "drop_request" // drops the connection; nothing is done
)

// A Fault makes the next calls go wrong.
type Fault struct {
	Method     string // empty: every method
	Kind       FaultKind
	Times      int           // how many calls; 0: until removed
	RetryAfter time.Duration // for RateLimited, whole seconds; 0: one second
}

type faultRun struct {
	Fault
	left    int
	removed chan struct{}
}

// Inject adds a fault behind those already there; the first that fits a call is taken. The function
// it returns removes the fault and lets go of calls that hang in it.
func (s *Server) Inject(f Fault) (remove func()) {
	run := &faultRun{Fault: f, left: f.Times, removed: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, run)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		select {
		case <-run.removed:
			return
		default:
			close(run.removed)
		}
		s.dropFault(run)
	}
}

func (s *Server) dropFault(run *faultRun) {
	for i, f := range s.faults {
		if f == run {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			return
		}
	}
}

func (s *Server) takeFault(method string) *faultRun {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Method != "" && f.Method != method {
			continue
		}
		if f.Times > 0 {
			f.left--
			if f.left == 0 {
				s.dropFault(f)
			}
		}
		return f
	}
	return nil
}

// refuse answers for the faults that do nothing; it tells whether it did.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, f *faultRun, entry *Call) bool {
	switch f.Kind {
	case RateLimited:
		entry.Status, entry.Error = http.StatusTooManyRequests, "ratelimited"
		s.logCall(*entry)
		writeLimited(w, max(f.RetryAfter, time.Second))
	case ServerError:
		entry.Status = http.StatusInternalServerError
		s.logCall(*entry)
		http.Error(w, "<html><body>Server Error</body></html>", http.StatusInternalServerError)
	case Hang:
		entry.Status = 0
		s.logCall(*entry)
		select {
		case <-r.Context().Done():
		case <-s.ctx.Done():
		case <-f.removed:
		}
		panic(http.ErrAbortHandler)
	case DropRequest:
		entry.Status = 0
		s.logCall(*entry)
		panic(http.ErrAbortHandler)
	default:
		return false
	}
	return true
}

// DropAcks makes the stand-in overlook the next n acknowledgements over Socket Mode, as if they were
// lost on the way. With types, only those of events of these inner types (such as "message") or of
// these kinds of envelopes ("interactive", "slash_commands") count. An earlier event that is still under
// way counts too: wait for Pending to be 0 if that matters.
func (s *Server) DropAcks(n int, types ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.muteAcks, s.muteTypes = n, types
}

// muted tells whether the acknowledgement of a delivery is overlooked. The caller holds mu.
func (s *Server) muted(d *delivery) bool {
	kind := str(object(d.payload["event"])["type"])
	if d.kind != eventsAPI {
		kind = string(d.kind)
	}
	if s.muteAcks == 0 || len(s.muteTypes) > 0 && !slices.Contains(s.muteTypes, kind) {
		return false
	}
	s.muteAcks--
	return true
}
