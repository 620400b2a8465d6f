package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockPoll is how often a lock that another process holds is asked for again.
const lockPoll = 10 * time.Millisecond

// A lockFile is an advisory lock on a file (flock(2)); the kernel drops it when its holder dies. Go opens
// files close-on-exec, so the server we start does not inherit it.
type lockFile struct {
	f *os.File
}

func openLock(path string) (*lockFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	return &lockFile{f}, nil
}

// try takes the lock, or converts the one that is held, and reports whether it could.
func (l *lockFile) try(how int) (bool, error) {
	for {
		err := syscall.Flock(int(l.f.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, fmt.Errorf("lock %s: %w", l.f.Name(), err)
		}
	}
}

// lock waits for the lock until ctx ends.
func (l *lockFile) lock(ctx context.Context, how int) error {
	for {
		ok, err := l.try(how)
		if ok || err != nil {
			return err
		}
		if err := pause(ctx, lockPoll); err != nil {
			return fmt.Errorf("wait for lock %s: %w", l.f.Name(), err)
		}
	}
}

// Close lets go of the lock.
func (l *lockFile) Close() error { return l.f.Close() }

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
