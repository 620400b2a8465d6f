package email

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/customerdesk/customerdesk/inbox"
)

// memoryBytes bounds the bodies that all mailboxes together hold at a time.
const memoryBytes = 64 << 20

// startSpacing keeps many mailboxes that start together from doing their TLS handshakes at the same time.
const startSpacing = 2 * time.Millisecond

// longestIdle keeps IDLE below the half hour after which servers may end it, with jitter.
const longestIdle = 25 * time.Minute

// Config of a Supervisor. Sink, Mailboxes, Cursors and Journal are needed; a zero duration takes its default.
type Config struct {
	Sink      inbox.Sink
	Mailboxes Mailboxes
	Cursors   Cursors
	Journal   Journal
	Dialer    Dialer
	Logger    *slog.Logger     // nil: silent
	Clock     func() time.Time // nil: time.Now; for dates only
	// Refresh is how often the set of wanted mailboxes is asked for. Default 5 s.
	Refresh time.Duration
	// Poll is how often a mailbox is looked into whose server has no IDLE. Default 30 s.
	Poll time.Duration
	// IdlePoll is how often one is looked into that waits in IDLE; it also keeps the server (RFC 2177: 29
	// minutes) and address translators from giving the connection up. Default 5 minutes, at most 25. Where mail came
	// twice that IDLE had not told of, Poll counts.
	IdlePoll time.Duration
	// FolderPoll is how often the further folders of a mailbox are looked into, over the one connection. Default 10 s.
	FolderPoll time.Duration
	// RetryMin and RetryMax bound the wait after a failed connection, which doubles from one to the other.
	// After a refused password, or where the server throttles, it begins at 30 times RetryMin. Defaults 1 s and 5 minutes.
	RetryMin, RetryMax time.Duration
}

// settings are a Config with its defaults and what all mailboxes share.
type settings struct {
	Config
	memory *semaphore.Weighted
}

// A Supervisor keeps a connection to each wanted mailbox. Create it with [NewSupervisor].
type Supervisor struct {
	settings settings
	refresh  chan struct{}
	watched  map[inbox.MailboxID]*watch
}

// A watch is the goroutine of one mailbox.
type watch struct {
	ref      Ref
	cancel   context.CancelFunc
	done     chan struct{}
	stopping bool // no longer wanted
}

// NewSupervisor does no I/O; call Run.
func NewSupervisor(c Config) *Supervisor {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	for _, d := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{
		{&c.Refresh, 5 * time.Second}, {&c.Poll, 30 * time.Second}, {&c.IdlePoll, 5 * time.Minute}, {&c.FolderPoll, 10 * time.Second},
		{&c.RetryMin, time.Second}, {&c.RetryMax, 5 * time.Minute},
	} {
		if *d.value <= 0 {
			*d.value = d.fallback
		}
	}
	c.IdlePoll = min(c.IdlePoll, longestIdle)
	return &Supervisor{
		settings: settings{Config: c, memory: semaphore.NewWeighted(memoryBytes)},
		refresh:  make(chan struct{}, 1),
		watched:  make(map[inbox.MailboxID]*watch),
	}
}

// Refresh makes Run ask for the wanted mailboxes now. It never blocks.
func (s *Supervisor) Refresh() {
	select {
	case s.refresh <- struct{}{}:
	default:
	}
}

// Run watches the wanted mailboxes until ctx ends, and returns when all connections are closed. It must be
// called once. While the set of mailboxes cannot be read, those known are watched on.
func (s *Supervisor) Run(ctx context.Context) error {
	defer s.stopAll()
	ticker := time.NewTicker(s.settings.Refresh)
	defer ticker.Stop()
	unknown := false
	for {
		wanted, err := s.settings.Mailboxes.Wanted(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			unknown = false
			s.reconcile(ctx, wanted)
		case !unknown:
			unknown = true
			s.settings.Logger.Warn("cannot read which mailboxes to watch, keeping the known ones", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-s.refresh:
		}
	}
}

func (s *Supervisor) reconcile(ctx context.Context, wanted []Ref) {
	keep := make(map[inbox.MailboxID]bool, len(wanted))
	var delay time.Duration
	for _, ref := range wanted {
		keep[ref.Mailbox] = true
		running := s.watched[ref.Mailbox]
		if running != nil && running.ref == ref && !running.stopping {
			continue
		}
		var before <-chan struct{}
		if running != nil {
			running.cancel()
			before = running.done
		}
		s.watched[ref.Mailbox] = s.start(ctx, ref, before, delay)
		delay += startSpacing
	}
	for id, w := range s.watched {
		if !keep[id] {
			w.cancel()
			w.stopping = true
			select {
			case <-w.done:
				delete(s.watched, id)
			default: // Kept until a later round, so that a mailbox is never watched twice at a time.
			}
		}
	}
}

// start watches a mailbox after delay, once its former goroutine, if any, has ended.
func (s *Supervisor) start(ctx context.Context, ref Ref, before <-chan struct{}, delay time.Duration) *watch {
	ctx, cancel := context.WithCancel(ctx)
	w := &watch{ref: ref, cancel: cancel, done: make(chan struct{})}
	r := &runner{cfg: &s.settings, ref: ref, doubts: make(doubtful)}
	go func() {
		defer close(w.done)
		if before != nil {
			<-before
		}
		sleep(ctx, delay)
		r.run(ctx)
	}()
	return w
}

func (s *Supervisor) stopAll() {
	for _, w := range s.watched {
		w.cancel()
	}
	for _, w := range s.watched {
		<-w.done
	}
}

// jitter spreads d by a tenth to either side, so that many mailboxes do not act in step.
func jitter(d time.Duration) time.Duration {
	return d*9/10 + time.Duration(rand.Int64N(int64(d/5)+1))
}

// sleep returns early when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
