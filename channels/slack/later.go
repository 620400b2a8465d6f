package slack

import (
	"context"
	"fmt"
	"time"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
)

// A laterError says that work cannot be done now and when to try again; nothing is wrong.
type laterError struct {
	after time.Duration
	why   string
}

func (e *laterError) Error() string { return fmt.Sprintf("later, in %s: %s", e.after, e.why) }

// patience waits in place for short times, so that a worker does not go back to the queue for them.
const patience = 1500 * time.Millisecond

// pass waits for one call within a budget, or returns a laterError where that takes long.
func (a *App) pass(ctx context.Context, b webapi.Budget, l webapi.Lane) error {
	for {
		wait := a.pace.Take(b, l)
		if wait == 0 {
			return nil
		}
		if wait > patience {
			return &laterError{wait, "Slack's rate limit"}
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
