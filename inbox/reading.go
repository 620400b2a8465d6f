package inbox

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

// errUnreadable is the reason of a quarantine that lies in the message itself.
var errUnreadable = errors.New("the mail cannot be read")

// headBytes is how much of a message is looked at for its sender and subject where the whole cannot be read.
const headBytes = 64 << 10

// listTime is how long the reading of one message may take where many are listed.
const listTime = 2 * time.Second

// readUntil is Parse until done is closed. A panic is the message's fault.
func readUntil(done <-chan struct{}, raw []byte) (m Message, err error) {
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p == any(mail.ErrLate):
			err = fmt.Errorf("%w: %w", errUnreadable, mail.ErrLate)
		default:
			err = fmt.Errorf("%w: %w", errUnreadable, &panicError{p, debug.Stack()})
		}
	}()
	return parse(raw, mail.Patience{Done: done}), nil
}

// A panicError is a panic on a message, with where it came from.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("it is malformed (%v)", e.value) }

// readWithin is Parse within a time limit. It returns when the time is up, also where the reading needs a moment more
// to end.
func readWithin(ctx context.Context, raw []byte, limit time.Duration) (Message, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	type result struct {
		m   Message
		err error
	}
	done := make(chan result, 1)
	go func() {
		m, err := readUntil(ctx.Done(), raw)
		done <- result{m, err}
	}()
	select {
	case r := <-done:
		return r.m, r.err
	case <-ctx.Done():
		return Message{}, fmt.Errorf("%w: %w", errUnreadable, mail.ErrLate)
	}
}

// parse is Parse within the configured time limit.
func (in *Inbox) parse(ctx context.Context, raw []byte) (Message, error) {
	// Our own end is not the message's fault.
	m, err := readWithin(context.WithoutCancel(ctx), raw, in.cfg.ParseTime)
	var p *panicError
	if errors.As(err, &p) {
		in.cfg.Logger.ErrorContext(ctx, "reading a message panicked", "panic", p.value, "stack", string(p.stack))
	}
	return m, err
}

// envelope reads from the beginning of a message who wrote when about what, for the record of a mail that is
// not read as a whole. What cannot be read stays empty.
func envelope(head []byte) (m Message) {
	defer func() {
		if recover() != nil {
			m = Message{}
		}
	}()
	return Message{Message: mail.ReadHead(head[:min(len(head), headBytes)])}
}

// received is when a mail came: as the mailbox says, else as the mail itself says, else now.
func (in *Inbox) received(l letter) time.Time {
	now := in.cfg.Clock()
	switch {
	case !l.raw.ReceivedAt.IsZero():
		return l.raw.ReceivedAt
	case !l.m.Date.IsZero() && l.m.Date.Before(now):
		return l.m.Date
	}
	return now
}
