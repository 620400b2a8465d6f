package slackserver

import (
	"fmt"
	"maps"
	"regexp"
	"time"
)

// triggerForm is what a trigger id looks like: numbers of action and team, and a hash.
var triggerForm = regexp.MustCompile(`^\d+\.\d+\.[0-9a-f]+$`)

// A trigger is the right to open a view for the person who acted; it lives three seconds and once
// (https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses).
type trigger struct {
	app     string
	team    string
	user    string
	view    string // the view it came from, if it did
	expires time.Time
	used    bool
}

// keepTriggers is how many trigger ids are remembered before the expired ones are forgotten.
const keepTriggers = 1000

// newTrigger makes a trigger id. The caller holds mu.
func (s *Server) newTrigger(t trigger) string {
	if len(s.triggers) >= keepTriggers {
		now := s.clock()
		maps.DeleteFunc(s.triggers, func(_ string, old *trigger) bool { return now.After(old.expires.Add(time.Minute)) })
	}
	t.expires = s.clock().Add(triggerLifetime)
	s.counter++
	id := fmt.Sprintf("%d.%d.%s", 1_000_000_000+s.counter, 2_000_000_000+len(s.triggers), secret(16))
	s.triggers[id] = &t
	return id
}

// exchange uses a trigger id up.
func (c *call) exchange() (*trigger, error) {
	id := c.arg("trigger_id")
	if id == "" {
		id = c.arg("interactivity_pointer")
	}
	if id == "" {
		return nil, missing("trigger_id")
	}
	t := c.s.triggers[id]
	switch {
	case !triggerForm.MatchString(id), t == nil, t.app != c.token.app.ID, t.team != c.token.team.ID:
		return nil, fail("invalid_trigger_id")
	case t.used:
		return nil, fail("exchanged_trigger_id")
	case c.s.clock().After(t.expires):
		return nil, fail("expired_trigger_id")
	}
	return t, nil
}
