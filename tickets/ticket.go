package tickets

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// A Ticket is one request of a customer. Times that have not come are nil.
type Ticket struct {
	ID            ID
	Number        Number
	Title         string
	Description   string // the words the ticket was opened with
	Status        Status
	Priority      Priority
	CustomerID    CustomerID
	Customer      string // the organisation's name
	EmployeeID    EmployeeID
	Requester     tenant.Person
	AssigneeID    *tenant.MemberID
	Assignee      string     // name, empty when nobody is
	AssigneeEmail string     // empty likewise
	MailboxID     *uuid.UUID // answers leave from here; nil: the ticket did not come by mail
	FollowsID     *ID        // the closed ticket that this one goes on from
	Follows       *Number
	MergedInto    *Number // the ticket that has this one's comments now
	SplitFrom     *Number // the ticket that had this one's first comment
	CommentCount  int
	WaitingSince  *time.Time // since when the customer waits for an answer
	CreatedAt     time.Time
	UpdatedAt     time.Time

	FirstAnsweredAt *time.Time
	ResolvedAt      *time.Time
	ClosedAt        *time.Time
}

const selectTicket = `
SELECT t.id, t.number, t.title, t.description, t.status, t.priority, t.customer_id, c.name AS customer, t.employee_id,
       e.user_id AS requester_id, u.name AS requester_name, u.email AS requester_email,
       t.assignee_id, coalesce(nullif(mu.name, ''), mu.email, '') AS assignee, coalesce(mu.email, '') AS assignee_email,
       t.mailbox_id, t.follows_id, f.number AS follows, i.number AS merged_into, o.number AS split_from, t.comment_count,
       t.waiting_since, t.created_at, t.updated_at, t.first_answered_at, t.resolved_at, t.closed_at
FROM support_tickets t
JOIN customers c ON c.tenant_id = t.tenant_id AND c.id = t.customer_id
JOIN customer_employees e ON e.tenant_id = t.tenant_id AND e.id = t.employee_id
JOIN users.tenant_users u ON u.tenant_id = t.tenant_id AND u.user_id = e.user_id
LEFT JOIN support_members m ON m.tenant_id = t.tenant_id AND m.id = t.assignee_id
LEFT JOIN users.tenant_users mu ON mu.tenant_id = t.tenant_id AND mu.user_id = m.user_id
LEFT JOIN support_tickets f ON f.tenant_id = t.tenant_id AND f.id = t.follows_id
LEFT JOIN support_tickets i ON i.tenant_id = t.tenant_id AND i.id = t.merged_into
LEFT JOIN support_tickets o ON o.tenant_id = t.tenant_id AND o.id = t.split_from
`

func scanTicket(row pgx.CollectableRow) (Ticket, error) {
	var t Ticket
	err := row.Scan(&t.ID, &t.Number, &t.Title, &t.Description, &t.Status, &t.Priority, &t.CustomerID, &t.Customer, &t.EmployeeID,
		&t.Requester.ID, &t.Requester.Name, &t.Requester.Email,
		&t.AssigneeID, &t.Assignee, &t.AssigneeEmail, &t.MailboxID, &t.FollowsID, &t.Follows, &t.MergedInto, &t.SplitFrom, &t.CommentCount,
		&t.WaitingSince, &t.CreatedAt, &t.UpdatedAt, &t.FirstAnsweredAt, &t.ResolvedAt, &t.ClosedAt)
	return t, err
}

// Get returns the ticket that people call n, or ErrNotFound.
func Get(ctx context.Context, tx tenant.Tx, n Number) (Ticket, error) {
	t, err := oneTicket(ctx, tx, `WHERE t.tenant_id = $1 AND t.number = $2`, n)
	if err != nil {
		return Ticket{}, fmt.Errorf("ticket #%d: %w", n, err)
	}
	return t, nil
}

// ByID returns the ticket with the given id, or ErrNotFound.
func ByID(ctx context.Context, tx tenant.Tx, id ID) (Ticket, error) {
	t, err := oneTicket(ctx, tx, `WHERE t.tenant_id = $1 AND t.id = $2`, id)
	if err != nil {
		return Ticket{}, fmt.Errorf("ticket %s: %w", id, err)
	}
	return t, nil
}

func oneTicket(ctx context.Context, tx tenant.Tx, where string, arg any) (Ticket, error) {
	rows, _ := tx.Query(ctx, selectTicket+where, tx.Tenant(), arg) // CollectExactlyOneRow reports the error.
	t, err := pgx.CollectExactlyOneRow(rows, scanTicket)
	if errors.Is(err, pgx.ErrNoRows) {
		return Ticket{}, ErrNotFound
	}
	return t, err
}

// A Filter chooses tickets for List. The zero value chooses all.
type Filter struct {
	Status    Status
	Priority  Priority
	Query     string // words that title, description or a comment contain, whatever their case
	Assignee  *tenant.MemberID
	Requester *EmployeeID
	Limit     int // 0: no limit
}

// List returns the tickets that f chooses, newest number first.
func List(ctx context.Context, tx tenant.Tx, f Filter) ([]Ticket, error) {
	where := []string{"t.tenant_id = $1"}
	args := []any{tx.Tenant()}
	add := func(cond string, v any) {
		args = append(args, v)
		where = append(where, fmt.Sprintf(cond, len(args)))
	}
	if f.Status != "" {
		add("t.status = $%d", f.Status)
	}
	if f.Priority != "" {
		add("t.priority = $%d", f.Priority)
	}
	if f.Assignee != nil {
		add("t.assignee_id = $%d", *f.Assignee)
	}
	if f.Requester != nil {
		add("t.employee_id = $%d", *f.Requester)
	}
	for word := range strings.FieldsSeq(strings.ToLower(f.Query)) {
		add(`(lower(t.title) LIKE '%%' || $%[1]d || '%%' OR lower(t.description) LIKE '%%' || $%[1]d || '%%' OR EXISTS (
			SELECT FROM ticket_comments k WHERE k.tenant_id = t.tenant_id AND k.ticket_id = t.id AND lower(k.text) LIKE '%%' || $%[1]d || '%%'))`, escapeLike(word))
	}
	q := selectTicket + "WHERE " + strings.Join(where, " AND ") + " ORDER BY t.number DESC"
	if f.Limit > 0 {
		q += fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	rows, _ := tx.Query(ctx, q, args...) // CollectRows reports the error.
	list, err := pgx.CollectRows(rows, scanTicket)
	if err != nil {
		return nil, fmt.Errorf("list tickets: %w", err)
	}
	return list, nil
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
