package email

import (
	"context"
	"fmt"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
)

const (
	// polledEvery bounds how often a healthy mailbox is written down.
	polledEvery = time.Minute
	// steadyAfter is how long a connection must have worked for its loss to be a first one again.
	steadyAfter = time.Minute
	// quietLosses is how many attempts in a row may fail before that counts as an outage, once the mailbox has
	// worked: servers are restarted, and that is nobody's concern.
	quietLosses = 2
)

// A runner connects one mailbox again and again.
type runner struct {
	cfg *settings
	ref Ref

	attempts int       // since the last steady connection
	worked   bool      // since this process began to watch it
	since    time.Time // when the present outage was noticed; zero: there is none
	reason   string    // as the journal knows it
	polled   time.Time // when Polled was last called
	doubts   doubtful
}

// run and what it calls while the mailbox is idle keep little on the stack: it is most of what an idle mailbox
// costs beside the library's buffers, and the runtime only halves a stack of which a sixth is in use.
func (r *runner) run(ctx context.Context) {
	for ctx.Err() == nil {
		began := r.cfg.Clock()
		s, err := r.open(ctx)
		if err == nil {
			err = s.run(ctx, r.looked)
			s.close()
		}
		r.rest(ctx, began, err)
	}
}

// open reads the settings and connects.
func (r *runner) open(ctx context.Context) (*session, error) {
	m, err := r.cfg.Mailboxes.Open(ctx, r.ref.Route)
	if err != nil {
		return nil, storageFault(fmt.Errorf("read the mailbox's settings: %w", err))
	}
	return openSession(ctx, r.cfg, r.ref, m, r.doubts)
}

// looked is called after each look into the mailbox.
func (r *runner) looked(ctx context.Context, folders []inbox.FolderState) {
	r.worked = true
	if warning := problems(folders); warning != nil {
		r.failed(ctx, warning, folders)
		return
	}
	r.healthy(ctx, folders)
}

// rest takes note of why a connection ended and waits until it is time for another.
func (r *runner) rest(ctx context.Context, began time.Time, err error) {
	if ctx.Err() != nil {
		return
	}
	if r.cfg.Clock().Sub(began) >= steadyAfter {
		r.attempts = 0
	}
	if r.doubts.learned() {
		// One message is to blame, and each such connection brings it closer to being set aside.
		r.cfg.Logger.Info("the answer about a message makes no sense, connecting again to go around it", "tenant", r.ref.Tenant,
			"mailbox", r.ref.Mailbox, "error", err)
		sleep(ctx, r.cfg.RetryMin/2+jitter(r.cfg.RetryMin/2))
		return
	}
	r.attempts++
	if r.worked && r.attempts <= quietLosses && passing(kindOf(err)) {
		r.cfg.Logger.Info("mail connection lost, connecting again", "tenant", r.ref.Tenant, "mailbox", r.ref.Mailbox, "error", err)
	} else {
		r.failed(ctx, err, nil)
	}
	sleep(ctx, r.backoff(err))
}

// passing tells the kinds of faults that a restart of the server looks like.
func passing(k FaultKind) bool {
	return k == FaultUnreachable || k == FaultRefused || k == FaultThrottled || k == FaultProtocol
}

// backoff doubles from attempt to attempt; half of it is chance.
func (r *runner) backoff(err error) time.Duration {
	base := r.cfg.RetryMin
	if k := kindOf(err); k == FaultCredentials || k == FaultThrottled {
		base *= 30 // Servers lock out who tries too often.
	}
	if kindOf(err) == FaultAuthorisation {
		return jitter(min(5*base, r.cfg.RetryMax)) // Only the database is asked.
	}
	if asked := backoffAsked(err); asked > 0 {
		return asked + jitter(r.cfg.RetryMin)
	}
	d := r.cfg.RetryMax
	if shift := max(r.attempts-1, 0); shift < 20 {
		d = min(d, base<<shift)
	}
	return d/2 + jitter(d/2)
}

func (r *runner) failed(ctx context.Context, err error, folders []inbox.FolderState) {
	if ctx.Err() != nil {
		return
	}
	reason := oneLine(err.Error())
	if r.reason == reason {
		return
	}
	if r.since.IsZero() {
		r.since = r.cfg.Clock()
	}
	r.cfg.Logger.Warn("mailbox cannot be used", "tenant", r.ref.Tenant, "mailbox", r.ref.Mailbox, "kind", kindOf(err), "error", err)
	if err := r.cfg.Journal.Failed(ctx, r.ref.Route, r.since, reason, folders); err != nil {
		r.cfg.Logger.Warn("mailbox failure not recorded", "tenant", r.ref.Tenant, "mailbox", r.ref.Mailbox, "error", err)
		return // Told again at the next attempt.
	}
	r.reason = reason
}

func (r *runner) healthy(ctx context.Context, folders []inbox.FolderState) {
	now := r.cfg.Clock()
	recovered := !r.since.IsZero()
	if !recovered && now.Sub(r.polled) < polledEvery {
		return
	}
	if err := r.cfg.Journal.Polled(ctx, r.ref.Route, now, folders); err != nil {
		if ctx.Err() == nil {
			r.cfg.Logger.Warn("mailbox poll not recorded", "tenant", r.ref.Tenant, "mailbox", r.ref.Mailbox, "error", err)
		}
		return
	}
	if recovered {
		r.cfg.Logger.Info("mailbox works again", "tenant", r.ref.Tenant, "mailbox", r.ref.Mailbox)
		r.since, r.reason = time.Time{}, ""
	}
	r.polled = now
}
