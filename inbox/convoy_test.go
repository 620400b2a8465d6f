package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

func TestCallsThatComeWhileATransactionIsUnderWayShareTheNext(t *testing.T) {
	owner, other := tenant.NewID(), tenant.NewID()
	began, release := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	var runs [][]int
	c := convoy[int, string]{most: 4, limit: time.Minute, run: func(_ context.Context, id tenant.ID, calls []int) ([]string, error) {
		mu.Lock()
		runs = append(runs, slices.Clone(calls))
		first := len(runs) == 1
		mu.Unlock()
		if first {
			close(began)
			<-release
		}
		out := make([]string, len(calls))
		for i, n := range calls {
			out[i] = fmt.Sprint(id == owner, n)
		}
		return out, nil
	}}
	var wg sync.WaitGroup
	ask := func(id tenant.ID, n int) {
		got, err := c.do(t.Context(), id, n)
		if want := fmt.Sprint(id == owner, n); err != nil || got != want {
			t.Errorf("call %d: %q, %v; want %q", n, got, err, want)
		}
	}
	wg.Go(func() { ask(owner, 0) })
	<-began
	ask(other, 100) // another tenant's does not wait
	for n := 1; n <= 6; n++ {
		wg.Go(func() { ask(owner, n) })
		waitFor(t, func() bool { c.mu.Lock(); defer c.mu.Unlock(); return len(c.waiting[owner]) == n })
	}
	close(release)
	wg.Wait()
	if fmt.Sprint(runs) != "[[0] [100] [1 2 3 4] [5 6]]" {
		t.Errorf("transactions %v", runs)
	}
	if len(c.waiting) != 0 {
		t.Errorf("left behind: %v", c.waiting)
	}
}

func TestOneCallsFaultIsNoneOfTheOthers(t *testing.T) {
	owner, bad := tenant.NewID(), errors.New("bad")
	began, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	c := convoy[int, int]{most: 10, limit: time.Minute, run: func(_ context.Context, _ tenant.ID, calls []int) ([]int, error) {
		once.Do(func() { close(began); <-release })
		if slices.Contains(calls, 3) {
			return nil, bad
		}
		return calls, nil
	}}
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = c.do(t.Context(), owner, 0) })
	<-began
	for n := 1; n <= 5; n++ {
		wg.Go(func() {
			got, err := c.do(t.Context(), owner, n)
			if n == 3 && !errors.Is(err, bad) || n != 3 && (err != nil || got != n) {
				t.Errorf("call %d: %d, %v", n, got, err)
			}
		})
		waitFor(t, func() bool { c.mu.Lock(); defer c.mu.Unlock(); return len(c.waiting[owner]) == n })
	}
	close(release)
	wg.Wait()
}

func TestACallIsAnsweredThoughItsContextHasEnded(t *testing.T) {
	c := convoy[int, int]{most: 1, limit: time.Minute, run: func(ctx context.Context, _ tenant.ID, calls []int) ([]int, error) {
		return calls, ctx.Err()
	}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := c.do(ctx, tenant.NewID(), 7); got != 7 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

// waitFor waits until something is so.
func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited for too long")
		}
	}
}
