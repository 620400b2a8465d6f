package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/customerdesk/customerdesk/channels/slack/webapi"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// A caller is who acted in Slack.
type caller struct {
	tenant.Member
	user string // Slack's id
}

func (c caller) actor() tickets.Actor {
	return tickets.Actor{Kind: tickets.ByMember, User: c.Person.ID, Via: tickets.BySlack}
}

// A refusal is why nothing happened, in words for the person who tried.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// faceFor is how long Slack's word on somebody's address is kept; the member's role is always read afresh.
const faceFor = 3 * time.Minute

// faces keeps the addresses of Slack users.
type faces struct {
	mu   sync.Mutex
	seen map[string]face // by team and user
}

type face struct {
	email string // empty: nobody who could be a member
	until time.Time
}

func (f *faces) get(key string, now time.Time) (string, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.seen[key]
	return v.email, ok && now.Before(v.until)
}

func (f *faces) put(key, email string, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen == nil || len(f.seen) > 10_000 {
		f.seen = map[string]face{}
	}
	f.seen[key] = face{email, now.Add(faceFor)}
}

// address asks Slack for a user's address; empty for bots, removed accounts and people of other
// workspaces, whose addresses their own administrators choose.
func (a *App) address(ctx context.Context, d desk, user string) (string, error) {
	key := d.TeamID + " " + user
	if email, ok := a.faces.get(key, a.clock()); ok {
		return email, nil
	}
	u, err := d.api.GetUserInfoContext(ctx, user)
	if err != nil && webapi.ErrorName(err) != "user_not_found" {
		return "", fmt.Errorf("ask Slack who %s is: %w", user, err)
	}
	email := ""
	if err == nil && !u.IsBot && !u.Deleted && !u.IsStranger && (u.TeamID == d.TeamID || slices.Contains(u.Enterprise.Teams, d.TeamID)) {
		email = u.Profile.Email
	}
	a.faces.put(key, email, a.clock())
	return email, nil
}

// who returns the support member behind a Slack user, or a refusal.
func (a *App) who(ctx context.Context, d desk, user string) (caller, error) {
	email, err := a.address(ctx, d, user)
	if err != nil {
		return caller{}, err
	}
	if email == "" {
		return caller{}, &refusal{sayNoAddress()}
	}
	m, err := tenant.Get(ctx, a.pool, d.tenant, func(tx tenant.Tx) (tenant.Member, error) {
		return tenant.MemberByAddress(ctx, tx, email)
	})
	if errors.Is(err, tenant.ErrNoMember) {
		return caller{}, &refusal{sayNoMember(email)}
	}
	return caller{m, user}, err
}

// mayAnswer and mayNote are what a role allows; the refusal names the roles that may.
func (c caller) mayAnswer() error {
	if c.Role.CanAnswer() {
		return nil
	}
	return &refusal{sayRole(c.Role, "answer customers or change tickets", tenant.Role.CanAnswer)}
}

func (c caller) mayNote() error {
	if c.Role.CanNote() {
		return nil
	}
	return &refusal{sayRole(c.Role, "write notes", tenant.Role.CanNote)}
}
