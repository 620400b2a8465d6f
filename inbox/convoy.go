package inbox

import (
	"context"
	"sync"
	"time"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// A convoy lets calls for one tenant that come at the same time share a transaction: while one is under way
// the next ones gather. A lone call does not wait..
type convoy[Q, R any] struct {
	// run answers all calls of one transaction, in their order. An error is everybody's: a batch of several
	// is then run one by one, so that none fails for another's fault.
	run   func(ctx context.Context, owner tenant.ID, calls []Q) ([]R, error)
	most  int           // calls in a transaction
	limit time.Duration // for one transaction

	mu      sync.Mutex
	waiting map[tenant.ID][]*passenger[Q, R] // an entry, perhaps empty, while somebody leads
}

type passenger[Q, R any] struct {
	call Q
	lead chan struct{} // closed when it is this one's turn to lead
	done chan struct{} // closed when there is a result
	res  R
	err  error
}

// do answers one call. It does not heed the end of ctx: a transaction is for others too, and has a limit.
func (c *convoy[Q, R]) do(ctx context.Context, owner tenant.ID, call Q) (R, error) {
	p := &passenger[Q, R]{call: call, lead: make(chan struct{}), done: make(chan struct{})}
	c.mu.Lock()
	line, led := c.waiting[owner]
	if c.waiting == nil {
		c.waiting = make(map[tenant.ID][]*passenger[Q, R])
	}
	c.waiting[owner] = append(line, p)
	c.mu.Unlock()
	if led {
		select {
		case <-p.done:
			return p.res, p.err
		case <-p.lead:
		}
	}
	c.drive(context.WithoutCancel(ctx), owner)
	return p.res, p.err
}

// drive runs one transaction for those at the front of the line, of whom the caller is the first, and hands
// the lead to the next.
func (c *convoy[Q, R]) drive(ctx context.Context, owner tenant.ID) {
	c.mu.Lock()
	line := c.waiting[owner]
	n := min(len(line), c.most)
	batch := line[:n:n]
	c.waiting[owner] = line[n:]
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if line := c.waiting[owner]; len(line) > 0 {
			close(line[0].lead)
			return
		}
		delete(c.waiting, owner)
	}()
	if c.together(ctx, owner, batch) || len(batch) == 1 {
		return
	}
	for i := range batch {
		c.together(ctx, owner, batch[i:i+1])
	}
}

// together runs one transaction and tells everybody in it; but not of an error that several share.
func (c *convoy[Q, R]) together(ctx context.Context, owner tenant.ID, batch []*passenger[Q, R]) bool {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	calls := make([]Q, len(batch))
	for i, p := range batch {
		calls[i] = p.call
	}
	res, err := c.run(ctx, owner, calls)
	if err != nil && len(batch) > 1 {
		return false
	}
	for i, p := range batch {
		if err == nil {
			p.res = res[i]
		}
		p.err = err
		close(p.done)
	}
	return err == nil
}
