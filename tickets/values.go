package tickets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// Status says where a ticket stands.
type Status string

// The statuses, in the order of a ticket's life.
const (
	Open       Status = "open"
	InProgress Status = "in-progress"
	Resolved   Status = "resolved"
	Closed     Status = "closed"
)

// Statuses returns all statuses in the order of a ticket's life.
func Statuses() []Status { return []Status{Open, InProgress, Resolved, Closed} }

// ParseStatus reads a status as people write it; the error lists what is allowed.
func ParseStatus(s string) (Status, error) { return oneOf("status", s, Statuses()) }

// Priority says how urgent a ticket is.
type Priority string

// The priorities, least first.
const (
	Low    Priority = "low"
	Medium Priority = "medium"
	High   Priority = "high"
	Urgent Priority = "urgent"
)

// Priorities returns all priorities, least first.
func Priorities() []Priority { return []Priority{Low, Medium, High, Urgent} }

// ParsePriority reads a priority as people write it; the error lists what is allowed.
func ParsePriority(s string) (Priority, error) { return oneOf("priority", s, Priorities()) }

// Via says by which way something came.
type Via string

// The ways.
const (
	ByEmail Via = "email"
	BySlack Via = "slack"
	ByCLI   Via = "cli"
	ByWeb   Via = "web"
	// ByItself is the way of what the service does on its own; only events have it.
	ByItself Via = "system"
)

// CommentKind says who may read a comment.
type CommentKind string

// A public comment is for the customer too, an internal one only for support members.
const (
	Public   CommentKind = "public"
	Internal CommentKind = "internal"
)

// ActorKind says in what part somebody acts.
type ActorKind string

// The parts.
const (
	ByCustomer ActorKind = "customer"
	ByMember   ActorKind = "member"
	ByAI       ActorKind = "ai"
	BySystem   ActorKind = "system"
)

// An Actor is who does something, and by which way. User is the zero ID for the AI and the system.
type Actor struct {
	Kind ActorKind
	User tenant.UserID
	Via  Via
	// Operator is the operating system's user who ran a command for nobody in particular; empty for all others.
	Operator string
}

// Verdict says whether a mail's sender is who it claims to be.
type Verdict string

// The verdicts; unknown means that nobody looked.
const (
	AuthPass    Verdict = "pass"
	AuthFail    Verdict = "fail"
	AuthNone    Verdict = "none"
	AuthUnknown Verdict = "unknown"
)

func oneOf[T ~string](what, s string, all []T) (T, error) {
	v := T(strings.ToLower(strings.TrimSpace(s)))
	if slices.Contains(all, v) {
		return v, nil
	}
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = string(a)
	}
	return "", fmt.Errorf("%s %q: %w: it is one of %s", what, s, ErrInvalid, strings.Join(names, ", "))
}
