package slackserver

import (
	"fmt"
	"time"
)

// A tier is a rate limit (https://docs.slack.dev/apis/web-api/rate-limits): how many requests a minute
// and how many at once on top of a steady flow.
type tier struct {
	perMinute float64
	burst     float64
	// perChannel counts each channel by itself.
	perChannel bool
}

type tierName int

// The tiers of the method table.
const (
	tier1 tierName = iota + 1
	tier2
	tier3
	tier4
	tierSpecial // generous
	tierPosting // one message a second in each channel, short bursts allowed
)

func (n tierName) limits() tier {
	switch n {
	case tier1:
		return tier{perMinute: 1, burst: 10}
	case tier2:
		return tier{perMinute: 20, burst: 20}
	case tier3:
		return tier{perMinute: 50, burst: 50}
	case tier4:
		return tier{perMinute: 100, burst: 100}
	case tierPosting:
		return tier{perMinute: 60, burst: 4, perChannel: true}
	}
	return tier{perMinute: 600, burst: 600}
}

// A bucket is what is left of a budget.
type bucket struct {
	tokens float64
	at     time.Time
}

// A limitError becomes an HTTP 429.
type limitError struct{ after time.Duration }

func (e *limitError) Error() string { return fmt.Sprintf("ratelimited, retry after %s", e.after) }

// spend takes one request from the budget of method, app and workspace. The caller holds mu.
func (s *Server) spend(c *call, m method) error {
	if !s.limited {
		return nil
	}
	t := m.tier.limits()
	key := c.name
	if c.token != nil {
		key += " " + c.token.app.ID
		if c.token.team != nil {
			key += " " + c.token.team.ID
		}
	}
	if t.perChannel {
		key += " " + c.arg("channel")
	}
	now := s.clock()
	b := s.budget[key]
	if b == nil {
		b = &bucket{tokens: t.burst, at: now}
		s.budget[key] = b
	}
	rate := t.perMinute / 60
	b.tokens = min(t.burst, b.tokens+now.Sub(b.at).Seconds()*rate)
	b.at = now
	if b.tokens < 1 {
		return &limitError{after: time.Duration((1 - b.tokens) / rate * float64(time.Second))}
	}
	b.tokens--
	return nil
}
