package email

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/customerdesk/customerdesk/channels/email/oauth"
	"github.com/customerdesk/customerdesk/inbox"
)

const (
	// renewalsAtOnce bounds how many tokens are renewed at a time: each holds a database connection.
	renewalsAtOnce = 3
	// tokenLife is that of a token whose provider does not say.
	tokenLife = 30 * time.Minute
	// tokenMargin is how long before its end a token is renewed at most; a short-lived one is after nine tenths.
	tokenMargin = 5 * time.Minute
)

// A Vault keeps the logins of mailboxes.
type Vault interface {
	// Renew hands the stored logins of a mailbox to change, to one caller of all processes at a time, and has
	// committed what it left in them when it returns; nothing is stored where it returns false or an error.
	Renew(ctx context.Context, r inbox.Route, change func(context.Context, *Logins) (bool, error)) error
}

// Tokens are the token sources of all mailboxes. Create them with [NewTokens].
type Tokens struct {
	vault Vault
	clock func() time.Time
	room  *semaphore.Weighted

	mu      sync.Mutex
	sources map[inbox.Route]*TokenSource
}

// NewTokens does no I/O.
func NewTokens(v Vault, clock func() time.Time) *Tokens {
	return &Tokens{vault: v, clock: clock, room: semaphore.NewWeighted(renewalsAtOnce), sources: make(map[inbox.Route]*TokenSource)}
}

// Of returns the one source of a mailbox; the address is for what is said to people.
func (t *Tokens) Of(r inbox.Route, address string) *TokenSource {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sources[r]
	if s == nil {
		s = &TokenSource{tokens: t, route: r, address: address, turn: semaphore.NewWeighted(1)}
		t.sources[r] = s
	}
	return s
}

// A TokenSource gives the access token of one mailbox. It keeps it in memory alone, until shortly before its end.
type TokenSource struct {
	tokens  *Tokens
	route   inbox.Route
	address string
	turn    *semaphore.Weighted // guards what follows

	access string
	until  time.Time
	// What the provider refused for good is not asked for again, until somebody authorises anew.
	dead    oauth.Grant
	deadErr error
}

func (s *TokenSource) cure() string {
	if s == nil {
		return "`customerdesk mailbox authorise ADDRESS`"
	}
	return "`customerdesk mailbox authorise " + s.address + "`"
}

// Token returns an access token other than refused. The error is a *Fault, or the context's.
func (s *TokenSource) Token(ctx context.Context, refused string) (string, error) {
	if s == nil {
		return "", errors.New("an account with auth= has no token source")
	}
	if err := s.turn.Acquire(ctx, 1); err != nil {
		return "", err
	}
	defer s.turn.Release(1)
	if s.access != "" && s.access != refused && s.tokens.clock().Before(s.until) {
		return s.access, nil
	}
	if err := s.tokens.room.Acquire(ctx, 1); err != nil {
		return "", err
	}
	defer s.tokens.room.Release(1)
	s.access = ""
	access := ""
	err := s.tokens.vault.Renew(ctx, s.route, func(ctx context.Context, l *Logins) (changed bool, err error) {
		access, changed, err = s.renew(ctx, l)
		return changed, err
	})
	var fault *Fault
	switch {
	case err == nil:
		s.access = access
		return access, nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &fault):
		return "", err
	}
	return "", storageFault(fmt.Errorf("renew the access token: %w", err))
}

func (s *TokenSource) renew(ctx context.Context, l *Logins) (access string, changed bool, err error) {
	if l.Grant == nil {
		return "", false, &Fault{Kind: FaultAuthorisation, Err: errors.New("not authorised yet"), Cure: "run " + s.cure()}
	}
	if s.deadErr != nil && sameGrant(s.dead, *l.Grant) {
		return "", false, s.deadErr
	}
	s.deadErr = nil
	token, grant, err := l.Grant.Fetch(ctx)
	var refused *oauth.RefusedError
	switch {
	case errors.As(err, &refused):
		s.dead = *l.Grant
		s.deadErr = &Fault{Kind: FaultAuthorisation, Err: err, Cure: "run " + s.cure()}
		return "", false, s.deadErr
	case err != nil:
		return "", false, &Fault{Kind: FaultUnreachable, Err: err, Cure: "it is tried again by itself"}
	}
	now, life := s.tokens.clock(), tokenLife
	if !token.Expiry.IsZero() {
		life = time.Until(token.Expiry)
	}
	s.until = now.Add(life - min(tokenMargin, life/10))
	changed = grant.RefreshToken != l.Grant.RefreshToken
	l.Grant = &grant
	return token.AccessToken, changed, nil
}

// sameGrant leaves out what no refusal hangs on alone.
func sameGrant(a, b oauth.Grant) bool {
	return a.Flow == b.Flow && a.TokenURL == b.TokenURL && a.ClientID == b.ClientID && a.ClientSecret == b.ClientSecret &&
		a.RefreshToken == b.RefreshToken && a.Key == b.Key && a.Subject == b.Subject
}
