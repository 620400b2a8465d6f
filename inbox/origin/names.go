package origin

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// A Resolver looks TXT records up in DNS, each record's strings joined. A name without any is an error for which
// net.DNSError.IsNotFound is true, or an empty list. net.Resolver is one; see also System.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// errUnanswered means that DNS did not say whether a name has records.
var errUnanswered = errors.New("DNS gave no answer")

// What is remembered, and for how long. The system's resolver does not tell how long an answer holds (TTL), so
// the times are short enough for a key that is exchanged.
const (
	maxNames     = 8192 // about 4 MB
	maxRecord    = 4096 // bytes; the key of 4,096 bits has 750
	foundFor     = time.Hour
	missingFor   = 10 * time.Minute
	unansweredIn = 30 * time.Second

	askFor      = 4 * time.Second // one question, also where nobody waits any more
	maxAsking   = 256             // questions under way
	giveUpAfter = 8               // failures in a row
	restFor     = 30 * time.Second
)

// names is what DNS said lately. It is safe for concurrent use.
type names struct {
	resolver Resolver
	clock    func() time.Time

	mu         sync.Mutex
	young, old map[string]*answer // an entry that is not used for long falls out with the old ones
	asking     int
	failures   int       // since the last answer
	restUntil  time.Time // no questions before
}

// An answer to one question; its fields may be read once done is closed.
type answer struct {
	done  chan struct{}
	txt   []string // empty: there are none
	err   error    // errUnanswered
	until time.Time
}

// known is the answer to a question that was asked before, without waiting.
func (n *names) known(name string) ([]string, error) {
	n.mu.Lock()
	a := n.find(name)
	n.mu.Unlock()
	if a == nil {
		return nil, errUnanswered
	}
	select {
	case <-a.done:
		return a.txt, a.err
	default:
		return nil, errUnanswered
	}
}

// asked says whether a question has been asked lately, and may have been answered.
func (n *names) asked(name string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.find(name) != nil
}

// wait asks a question unless it has been asked, and waits for the answer while ctx lasts. The question itself
// goes on after that, for the mails to come.
func (n *names) wait(ctx context.Context, name string) {
	if a := n.ask(ctx, name); a != nil {
		select {
		case <-a.done:
		case <-ctx.Done():
		}
	}
}

func (n *names) ask(ctx context.Context, name string) *answer {
	n.mu.Lock()
	defer n.mu.Unlock()
	if a := n.find(name); a != nil && !n.stale(a) {
		return a
	}
	if n.resolver == nil || n.asking >= maxAsking || n.clock().Before(n.restUntil) {
		return nil
	}
	if n.failures >= giveUpAfter && n.asking > 0 {
		return nil // one question finds out whether the rest is over
	}
	a := &answer{done: make(chan struct{})}
	n.keep(name, a)
	n.asking++
	go n.look(context.WithoutCancel(ctx), name, a)
	return a
}

// find looks into both generations. Called with mu held.
func (n *names) find(name string) *answer {
	if a, ok := n.young[name]; ok {
		return a
	}
	a, ok := n.old[name]
	if ok {
		n.keep(name, a)
	}
	return a
}

// keep remembers an answer; the older half is forgotten when the younger one is full. Called with mu held.
func (n *names) keep(name string, a *answer) {
	if n.young == nil || len(n.young) >= maxNames/2 {
		n.old, n.young = n.young, make(map[string]*answer)
	}
	n.young[name] = a
}

// stale says whether an answer has come and holds no longer.
func (n *names) stale(a *answer) bool {
	select {
	case <-a.done:
		return !n.clock().Before(a.until)
	default:
		return false
	}
}

// look asks the resolver and notes how it fares: after several failures in a row it is left alone for a while.
func (n *names) look(ctx context.Context, name string, a *answer) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	txt, err := n.resolver.LookupTXT(ctx, name)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asking--
	now := n.clock()
	var de *net.DNSError
	switch {
	case err == nil:
		a.until = now.Add(foundFor)
		for _, t := range txt {
			if len(t) <= maxRecord {
				a.txt = append(a.txt, t)
			}
		}
	case errors.As(err, &de) && de.IsNotFound:
		a.until = now.Add(missingFor)
	default:
		a.err, a.until = errUnanswered, now.Add(unansweredIn)
	}
	if a.err == nil {
		n.failures = 0
	} else if n.failures++; n.failures >= giveUpAfter {
		n.restUntil = now.Add(restFor)
	}
	close(a.done)
}
