package tickets

import (
	"context"
	"time"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// CloseDue closes a ticket that has been resolved for as long as after. Where it is resolved but not due
// yet, wait says how long that takes; in every other case it is zero and there is nothing more to do.
func (d *Desk) CloseDue(ctx context.Context, tx tenant.Tx, id ID, after time.Duration) (wait time.Duration, err error) {
	s, err := lock(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	if s.Status != Resolved || s.ResolvedAt == nil {
		return 0, nil
	}
	if left := s.ResolvedAt.Add(after).Sub(d.clock()); left > 0 {
		return left, nil
	}
	return 0, d.SetStatus(ctx, tx, id, Closed, Actor{Kind: BySystem, Via: ByItself})
}
