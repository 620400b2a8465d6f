package tenant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// MemberID names a support member.
type MemberID struct{ uuid.UUID }

// A Role says what a support member may do.
type Role string

// The roles, most rights first.
const (
	Admin  Role = "admin"  // everything
	Agent  Role = "agent"  // work on tickets and articles
	Light  Role = "light"  // see, and write internal notes
	Viewer Role = "viewer" // see
)

// Roles returns all roles, most rights first.
func Roles() []Role { return []Role{Admin, Agent, Light, Viewer} }

// ParseRole reads a role; the error lists what is allowed.
func ParseRole(s string) (Role, error) {
	r := Role(strings.ToLower(strings.TrimSpace(s)))
	if !slices.Contains(Roles(), r) {
		return "", fmt.Errorf("role %q: it is one of admin, agent, light, viewer", s)
	}
	return r, nil
}

// CanAnswer reports whether the role may write to customers and change tickets.
func (r Role) CanAnswer() bool { return r == Admin || r == Agent }

// CanNote reports whether the role may write internal notes.
func (r Role) CanNote() bool { return r.CanAnswer() || r == Light }

// ErrNoMember means that an address belongs to no support member.
var ErrNoMember = errors.New("no support member")

// A Member is somebody who answers for the tenant.
type Member struct {
	ID        MemberID
	Person    Person
	Role      Role
	CreatedAt time.Time
	Signature string // lines below the member's answers; empty: the tenant's
}

const selectMember = `
SELECT m.id, m.role, m.created_at, m.signature, u.user_id, u.name, u.email
FROM support_members m JOIN users.tenant_users u ON u.tenant_id = m.tenant_id AND u.user_id = m.user_id
WHERE m.tenant_id = $1 AND m.removed_at IS NULL `

func scanMember(row pgx.CollectableRow) (Member, error) {
	var m Member
	err := row.Scan(&m.ID, &m.Role, &m.CreatedAt, &m.Signature, &m.Person.ID, &m.Person.Name, &m.Person.Email)
	return m, err
}

// AddMember makes the person with this address a support member, or changes name and role of one who is.
func AddMember(ctx context.Context, tx Tx, name, address string, role Role) (Member, error) {
	p, err := EnsurePerson(ctx, tx, name, address)
	if err != nil {
		return Member{}, err
	}
	if name != "" && name != p.Name {
		if _, err := tx.Exec(ctx, `UPDATE users.tenant_users SET name = $3, updated_at = now() WHERE tenant_id = $1 AND user_id = $2`,
			tx.Tenant(), p.ID, name); err != nil {
			return Member{}, fmt.Errorf("rename member: %w", err)
		}
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO support_members (tenant_id, id, user_id, role) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = excluded.role, removed_at = NULL`,
		tx.Tenant(), NewID(), p.ID, role); err != nil {
		return Member{}, fmt.Errorf("add member: %w", err)
	}
	return MemberByAddress(ctx, tx, address)
}

// Members returns the support members, by name.
func Members(ctx context.Context, tx Tx) ([]Member, error) {
	rows, _ := tx.Query(ctx, selectMember+`ORDER BY lower(u.name), u.email_key`, tx.Tenant())
	list, err := pgx.CollectRows(rows, scanMember)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return list, nil
}

// MemberByAddress returns the support member with this address, or ErrNoMember.
func MemberByAddress(ctx context.Context, tx Tx, address string) (Member, error) {
	return oneMember(ctx, tx, `AND u.email_key = $2`, AddressKey(address))
}

// MemberByID returns the support member with this id, or ErrNoMember.
func MemberByID(ctx context.Context, tx Tx, id MemberID) (Member, error) {
	return oneMember(ctx, tx, `AND m.id = $2`, id)
}

func oneMember(ctx context.Context, tx Tx, where string, arg any) (Member, error) {
	rows, _ := tx.Query(ctx, selectMember+where, tx.Tenant(), arg)
	m, err := pgx.CollectExactlyOneRow(rows, scanMember)
	if errors.Is(err, pgx.ErrNoRows) {
		return Member{}, ErrNoMember
	}
	if err != nil {
		return Member{}, fmt.Errorf("look up member: %w", err)
	}
	return m, nil
}

// RemoveMember takes the rights of the member with this address; what the member wrote stays. Open tickets
// of the member become unassigned by the caller's choice, not here. ErrNoMember where there is none.
func RemoveMember(ctx context.Context, tx Tx, address string) (Member, error) {
	m, err := MemberByAddress(ctx, tx, address)
	if err != nil {
		return Member{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE support_members SET removed_at = now() WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), m.ID); err != nil {
		return Member{}, fmt.Errorf("remove member: %w", err)
	}
	return m, nil
}

// MaxSignature is how long a signature may be, in bytes.
const MaxSignature = 2000

// SetSignature sets the lines below a member's answers; empty: the tenant's own. ErrNoMember where there is none.
func SetSignature(ctx context.Context, tx Tx, address, lines string) error {
	if len(lines) > MaxSignature {
		return fmt.Errorf("the signature has %d bytes, %d is the most", len(lines), MaxSignature)
	}
	ct, err := tx.Exec(ctx, `UPDATE support_members m SET signature = $3 FROM users.tenant_users u
		WHERE m.tenant_id = $1 AND m.removed_at IS NULL AND u.tenant_id = m.tenant_id AND u.user_id = m.user_id AND u.email_key = $2`,
		tx.Tenant(), AddressKey(address), lines)
	if err == nil && ct.RowsAffected() == 0 {
		err = ErrNoMember
	}
	if err != nil {
		return fmt.Errorf("set the signature of %s: %w", address, err)
	}
	return nil
}
