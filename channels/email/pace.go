package email

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
)

const (
	// waitHere is how long a Send waits for its turn by itself; for longer it gives its place to others.
	waitHere = 2 * time.Second
	// A server that says we are too fast is left alone for a while, twice as long each time.
	firstPause, longestPause = time.Minute, 30 * time.Minute
)

// A pace keeps a mailbox from sending faster than its rate, and than its server likes. It is guarded by Sender.mu.
type pace struct {
	next   time.Time            // when the next message may leave
	turns  map[string]time.Time // of messages that were told to come again, by Message-ID
	paused time.Time            // until when nothing leaves
	pause  time.Duration        // the last one's length; 0 after a success
}

// turn is when a message may leave. One that asked before keeps its turn.
func (p *pace) turn(id string, every time.Duration, now time.Time) time.Time {
	at, asked := p.turns[id]
	switch {
	case !asked && every > 0:
		at = later(p.next, now)
		p.next = at.Add(every)
	case !asked:
		at = now
	}
	at = later(at, p.paused)
	if p.turns == nil {
		p.turns = make(map[string]time.Time)
	}
	if delete(p.turns, id); at.Sub(now) > waitHere {
		p.turns[id] = at
	}
	return at
}

// judge notes what came of a message.
func (p *pace) judge(throttled bool, now time.Time) {
	if !throttled {
		p.pause = 0
		return
	}
	if now.Before(p.paused) {
		return // said of another message at the same time
	}
	p.pause = min(max(2*p.pause, firstPause), longestPause)
	p.paused = now.Add(p.pause)
}

func (p *pace) idle(now time.Time) bool {
	return !now.Before(p.next) && !now.Before(p.paused) && p.pause == 0
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// await returns when the message may leave, or an *inbox.Later where that is not soon.
func (s *Sender) await(ctx context.Context, e inbox.Envelope, o *outlet, account Account) error {
	now := s.cfg.Clock()
	s.mu.Lock()
	at := o.pace.turn(e.MessageID, account.every(), now)
	paused := o.pace.paused.After(now)
	s.mu.Unlock()
	wait := at.Sub(now)
	switch {
	case wait <= 0:
		return nil
	case wait > waitHere && paused:
		return &inbox.Later{After: wait, Why: "the mail server asked to be sent to more slowly"}
	case wait > waitHere:
		return &inbox.Later{After: wait, Why: "the mailbox sends " + account.rateText() + " at most"}
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isThrottled tells "too fast" from a recipient's or server's other reasons to put a message off, such as greylisting.
func isThrottled(r inbox.Receipt, err error) bool {
	var reply *SendError
	if errors.As(err, &reply) && reply.Temporary && saysTooFast(reply.Text) {
		return true
	}
	for _, f := range r.Refused {
		if !f.Permanent && saysTooFast(f.Reply) {
			return true
		}
	}
	return false
}

// saysTooManyRecipients knows a limit of one message, which a slower pace does not mend.
func saysTooManyRecipients(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "too many recipients") || strings.Contains(text, "too many rcpt")
}

func saysTooFast(text string) bool {
	if saysTooManyRecipients(text) {
		return false
	}
	text = strings.ToLower(text)
	for _, words := range []string{"too many", "too fast", "too much mail", "rate limit", "ratelimit", "rate-limit", "sending rate", "throttl", "slow down"} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}

// parseRate reads "30/m" as messages an hour.
func parseRate(s string) (perHour int, ok bool) {
	number, unit, _ := strings.Cut(s, "/")
	n, err := strconv.Atoi(number)
	hours, known := map[string]int{"s": 3600, "m": 60, "h": 1}[unit]
	if err != nil || n < 1 || n > 100_000 || !known {
		return 0, false
	}
	return n * hours, true
}

// rateText writes the rate as parseRate reads it.
func (a Account) rateText() string {
	switch {
	case a.Rate%3600 == 0:
		return fmt.Sprintf("%d/s", a.Rate/3600)
	case a.Rate%60 == 0:
		return fmt.Sprintf("%d/m", a.Rate/60)
	}
	return fmt.Sprintf("%d/h", a.Rate)
}

// every is the least time between two messages.
func (a Account) every() time.Duration {
	if a.Rate == 0 {
		return 0
	}
	return time.Hour / time.Duration(a.Rate)
}
