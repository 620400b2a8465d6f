package inbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// attempts is how often a transaction is tried that others got in the way of.
const attempts = 6

// take stores messages of one tenant that do not belong together, in one transaction, or puts them into
// quarantine. An error is none of the messages'; stored says which are stored all the same.
func (in *Inbox) take(ctx context.Context, batch []arrival) (stored []bool, err error) {
	stored = make([]bool, len(batch))
	var letters []letter
	var at []int
	for i, a := range batch {
		l, reason := in.open(ctx, a)
		if reason != nil {
			if err := in.quarantine(ctx, l, reason); err != nil {
				return stored, err
			}
			stored[i] = true
			continue
		}
		letters, at = append(letters, l), append(at, i)
	}
	// A place for files that is away is no message's fault either.
	if err := in.cfg.Blobs.Put(ctx, in.cfg.Pool, batch[0].Tenant, files(letters)); err != nil {
		return stored, err
	}
	if len(letters) > 1 && in.once(ctx, inOrder(letters)...) == nil {
		letters = nil
		for _, i := range at {
			stored[i] = true
		}
	}
	// Alone, and again where that did not work together: none fails for another's fault.
	for n, l := range letters {
		if err := in.deliver(ctx, l); err != nil {
			return stored, err
		}
		stored[at[n]] = true
	}
	return stored, nil
}

// inOrder sorts letters by whose customer and person they make, so that two transactions that make the same
// ones do not each wait for the other.
func inOrder(letters []letter) []letter {
	return slices.SortedStableFunc(slices.Values(letters), func(a, b letter) int {
		x, y := address(a.m.From), address(b.m.From)
		return cmp.Or(strings.Compare(domainOf(x), domainOf(y)), strings.Compare(x, y))
	})
}

// open reads a message. The error is a reason for quarantine.
func (in *Inbox) open(ctx context.Context, a arrival) (l letter, reason error) {
	raw := a.Raw
	l = letter{raw: raw, id: tenant.NewID(), comment: tickets.CommentID{UUID: tenant.NewID()}}
	if raw.Body == nil {
		l.m = envelope(raw.Header)
		return l, fmt.Errorf("the mail was not taken: %s", cmp.Or(raw.Reason, "it is over the size limit"))
	}
	m, reason := in.parse(ctx, raw.Body)
	if reason != nil {
		l.m = envelope(raw.Body)
		return l, reason
	}
	in.scan(ctx, raw.Body, &m)
	l.m = in.judge(ctx, a.sender, m)
	l.kept = takeApart(raw.Body, m.Leaves)
	l.raw.ReceivedAt = in.received(l)
	return l, nil
}

// deliver stores a letter that was read, or puts it into quarantine where that is the letter's own fault.
func (in *Inbox) deliver(ctx context.Context, l letter) error {
	err := in.patiently(ctx, l)
	if err != nil && poisonous(err) {
		return in.quarantine(ctx, l, unstorable(err))
	}
	return err
}

// patiently stores a letter, again where another transaction got in the way.
func (in *Inbox) patiently(ctx context.Context, l letter) error {
	for n := 1; ; n++ {
		err := in.once(ctx, l)
		if err == nil || !contended(err) || n == attempts || ctx.Err() != nil {
			return err
		}
		// Whoever was in the way is done by now; a moment more keeps two from meeting in step.
		select {
		case <-time.After(time.Duration(n) * time.Duration(l.id[15]%16+1) * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// once is one transaction. What follows from all letters in it is queued at its end.
func (in *Inbox) once(ctx context.Context, letters ...letter) (err error) {
	defer func() {
		if p := recover(); p != nil {
			in.cfg.Logger.ErrorContext(ctx, "storing a message panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: panic: %v", errUnreadable, p)
		}
	}()
	return tenant.In(ctx, in.cfg.Pool, letters[0].raw.Tenant, func(tx tenant.Tx) error {
		if err := in.saveFiles(ctx, tx, letters); err != nil {
			return err
		}
		desk, tell := in.cfg.Desk.Gather()
		for _, l := range letters {
			l.desk = desk
			if err := in.store(ctx, tx, l); err != nil {
				return err
			}
		}
		if err := tell(ctx, tx); err != nil || letters[0].by == nil {
			return err
		}
		return in.decided(ctx, tx, letters[0].id, *letters[0].by) // of a release, which comes alone
	})
}

// contended says whether the same transaction can succeed when it is run again.
func contended(err error) bool {
	var pe *pgconn.PgError
	if errors.As(err, &pe) && (pe.Code == "40001" || pe.Code == "40P01") { // serialization failure, deadlock
		return true
	}
	return errors.Is(err, tickets.ErrDuplicate)
}

// poisonous says whether it is the message that cannot be stored. Everything else, above all a database
// that does not answer, is not the message's fault: it is tried again later.
func poisonous(err error) bool {
	if errors.Is(err, errUnreadable) || errors.Is(err, tickets.ErrInvalid) || errors.Is(err, tickets.ErrDuplicate) {
		return true
	}
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return false
	}
	switch pe.Code[:2] {
	case "22", "23", "54": // data exception, integrity constraint, program limit exceeded
		return true
	}
	return false
}
