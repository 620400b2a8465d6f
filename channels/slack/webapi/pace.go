package webapi

import (
	"sync"
	"time"
)

// A Lane says what goes first where Slack's limits make work wait.
type Lane int

const (
	Cards   Lane = iota // the tickets themselves
	Threads             // what stands below them, and notices
)

// need is how much of a budget must be left for a call: what can wait leaves one call for the next card.
func (l Lane) need() float64 {
	if l == Cards {
		return 1
	}
	return 2
}

// A limit is one of Slack's (https://docs.slack.dev/apis/web-api/rate-limits).
type limit int

const (
	posts   limit = iota // one message a second in a channel, short bursts above it
	updates              // about fifty a minute in a workspace
)

func (l limit) rate() rate {
	if l == posts {
		// A little slower than Slack counts, and a burst one smaller than it was seen to bear, since calls
		// arrive closer together than they leave.
		return rate{every: 1020 * time.Millisecond, burst: 3}
	}
	return rate{every: 1200 * time.Millisecond, burst: 40}
}

type rate struct {
	every time.Duration
	burst int
}

// A Budget is what is limited by itself: posts of one channel, updates of one workspace.
type Budget struct {
	limit limit
	of    string
}

// Posting is the budget of posts in a channel of a workspace.
func Posting(team, channel string) Budget { return Budget{posts, team + " " + channel} }

// Updating is the budget of updates in a workspace.
func Updating(team string) Budget { return Budget{updates, team} }

// A Pace keeps calls within Slack's limits in this process. Where two processes share a budget, Slack's 429
// tells, and Pause is called with its Retry-After.
type Pace struct {
	clock func() time.Time

	mu      sync.Mutex
	buckets map[Budget]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
	until  time.Time    // paused by Slack
	next   [2]time.Time // by lane: the slot after the last one promised to somebody who waits
	misses int          // calls in a row that did not reach Slack or lost their answer
}

// maxBackOff is the longest pause when Slack is out of reach.
const maxBackOff = 30 * time.Second

// NewPace makes a pace by a clock.
func NewPace(clock func() time.Time) *Pace {
	return &Pace{clock: clock, buckets: map[Budget]*bucket{}}
}

// Take asks for one call. Zero means go ahead. Otherwise the caller comes back after that time; each who is
// told to wait gets a slot of their own, so that a crowd does not come back all at once, and cards have
// theirs before everything else.
func (p *Pace) Take(key Budget, l Lane) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	b := p.bucket(key, now)
	if now.Before(b.until) {
		return p.slot(b, key.limit.rate(), l, b.until, now)
	}
	need := l.need()
	if b.tokens >= need && (l == Cards || !b.next[Cards].After(now)) {
		b.tokens--
		return 0
	}
	first := now
	if b.tokens < need {
		first = now.Add(time.Duration((need - b.tokens) * float64(key.limit.rate().every)))
	}
	return p.slot(b, key.limit.rate(), l, first, now)
}

func (p *Pace) slot(b *bucket, r rate, l Lane, first, now time.Time) time.Duration {
	at := later(first, b.next[Cards])
	if l == Threads {
		at = later(at, b.next[Threads])
	}
	b.next[l] = at.Add(r.every)
	return max(at.Sub(now), time.Millisecond)
}

// Pause stops all calls of a key for d, as Slack asked.
func (p *Pace) Pause(key Budget, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	b := p.bucket(key, now)
	b.until = later(b.until, now.Add(d))
	b.tokens = min(b.tokens, 1)
}

// Missed stops all calls of a key for a while: Slack is out of reach. The first pause is base, each further one
// twice as long. It returns the pause.
func (p *Pace) Missed(key Budget, base time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	b := p.bucket(key, now)
	d := min(base<<min(b.misses, 10), maxBackOff)
	b.misses++
	b.until = later(b.until, now.Add(d))
	return d
}

// Reached notes that a call got its answer.
func (p *Pace) Reached(key Budget) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bucket(key, p.clock()).misses = 0
}

func (p *Pace) bucket(key Budget, now time.Time) *bucket {
	r := key.limit.rate()
	b := p.buckets[key]
	if b == nil {
		b = &bucket{tokens: float64(r.burst), at: now}
		p.buckets[key] = b
	}
	b.tokens = min(float64(r.burst), b.tokens+float64(now.Sub(b.at))/float64(r.every))
	b.at = now
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
