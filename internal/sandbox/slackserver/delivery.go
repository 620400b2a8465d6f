package slackserver

import (
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Errors of acts that need the app's answer.
var (
	// ErrNotAcknowledged means the app did not acknowledge in time; a person sees a warning triangle.
	ErrNotAcknowledged = errors.New("the app did not respond in time")
	// ErrNotConnected means no Socket Mode connection was open, or the request URL refused.
	ErrNotConnected = errors.New("the app is not connected")
)

type deliveryKind string

const (
	eventsAPI   deliveryKind = "events_api"
	interactive deliveryKind = "interactive"
	slash       deliveryKind = "slash_commands"
)

type deliveryState int

const (
	waiting deliveryState = iota // to be sent when due
	sent                         // acknowledgement expected until due
	done
)

// keepDelivered is how many past deliveries Redeliver can find.
const keepDelivered = 1000

// A delivery is one payload on its way to an app. Events are tried again as Slack does; interactions
// and commands are tried once, since a person waits.
type delivery struct {
	app      *app
	kind     deliveryKind
	payload  Object
	eventID  string
	url      string // over HTTP, if not the usual one
	envelope string
	attempt  int // 0 is the first
	reason   string
	state    deliveryState
	due      time.Time
	expires  time.Time // an event that found no connection is kept until then
	parked   bool      // it waits for a connection
	done     chan struct{}
	ack      json.RawMessage
	err      error
}

// enqueue starts a delivery. The caller holds mu.
func (s *Server) enqueue(d *delivery) {
	now := s.clock()
	d.due = now
	d.expires = now.Add(s.ackTimeout)
	for _, wait := range s.retryDelays {
		d.expires = d.expires.Add(wait + s.ackTimeout)
	}
	if d.done == nil {
		d.done = make(chan struct{})
	}
	s.pending = append(s.pending, d)
	s.wake()
}

func (s *Server) wake() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// Tick looks at all deadlines again; call it after moving an injected clock.
func (s *Server) Tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pump()
}

// deliverLoop sends what is due and sleeps until the next deadline.
func (s *Server) deliverLoop() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		s.mu.Lock()
		next := s.pump()
		s.mu.Unlock()
		timer.Reset(next)
		select {
		case <-s.ctx.Done():
			return
		case <-s.kick:
		case <-timer.C:
		}
	}
}

// pump moves every delivery on and returns the time to the next deadline. The caller holds mu.
func (s *Server) pump() time.Duration {
	now := s.clock()
	next := time.Hour
	for _, d := range slices.Clone(s.pending) {
		if d.state == sent && !d.due.After(now) {
			s.failed(d, "timeout", ErrNotAcknowledged)
		}
		if d.state == waiting && !d.due.After(now) {
			s.send(d)
		}
		if d.state != done {
			next = min(next, max(d.due.Sub(now), time.Millisecond))
		}
	}
	s.pending = slices.DeleteFunc(s.pending, func(d *delivery) bool { return d.state == done })
	return next
}

// send hands a delivery to a connection or to the app's URL.
func (s *Server) send(d *delivery) {
	now := s.clock()
	if s.ctx.Err() != nil {
		s.finish(d, nil, ErrNotConnected)
		return
	}
	d.envelope = secret(16)
	if d.app.EventsURL != "" {
		d.state, d.due = sent, now.Add(2*s.ackTimeout) // the HTTP client has the time-out
		s.tasks.Go(func() { s.request(d, d.envelope) })
		return
	}
	c := s.pickSocket(d.app.ID)
	if c == nil {
		if d.kind != eventsAPI || !now.Before(d.expires) {
			s.finish(d, nil, ErrNotConnected)
			return
		}
		d.due, d.parked = d.expires, true // A connection that opens before sends it at once.
		return
	}
	d.parked = false
	o := Object{"type": string(d.kind), "envelope_id": d.envelope, "payload": d.payload,
		"accepts_response_payload": d.kind != eventsAPI}
	if d.kind == eventsAPI {
		o["retry_attempt"], o["retry_reason"] = d.attempt, d.reason
	}
	d.state, d.due = sent, now.Add(s.ackTimeout)
	c.write(o)
}

// failed notes an attempt without acknowledgement and plans the next one.
func (s *Server) failed(d *delivery, reason string, err error) {
	if d.kind != eventsAPI || d.attempt >= len(s.retryDelays) {
		s.finish(d, nil, err)
		return
	}
	d.state, d.reason = waiting, reason
	d.due = s.clock().Add(s.retryDelays[d.attempt])
	d.attempt++
}

func (s *Server) finish(d *delivery, ack json.RawMessage, err error) {
	if d.state == done {
		return
	}
	d.state, d.ack, d.err = done, ack, err
	if d.eventID != "" {
		s.delivered = append(s.delivered, d)
		if len(s.delivered) > keepDelivered {
			s.delivered = slices.Delete(s.delivered, 0, len(s.delivered)-keepDelivered)
		}
	}
	close(d.done)
	s.touch(change{Kind: "delivery"})
}

// acknowledge ends the delivery with this envelope.
func (s *Server) acknowledge(envelope string, payload json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.pending {
		if d.envelope == envelope && d.state == sent && !s.muted(d) {
			s.finish(d, payload, nil)
		}
	}
	s.wake()
}

// Pending is the number of events, interactions and commands that are neither acknowledged nor given up.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, d := range s.pending {
		if d.state != done {
			n++
		}
	}
	return n
}

// A Delivery is an event, interaction or command that was acknowledged or given up.
type Delivery struct {
	EventID  string // of an event
	Type     string // inner type of an event
	Attempts int
	Err      error // ErrNotAcknowledged, ErrNotConnected, or nil when acknowledged
}

// Deliveries lists the finished event deliveries, oldest first; the latest thousand are kept.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Delivery
	for _, d := range s.delivered {
		out = append(out, Delivery{EventID: d.eventID, Type: str(object(d.payload["event"])["type"]), Attempts: d.attempt + 1, Err: d.err})
	}
	return out
}
