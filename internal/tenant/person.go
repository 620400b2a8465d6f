package tenant

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/net/idna"
)

// UserID names a person within one tenant, be it a customer or a support member. The zero ID is nobody's.
type UserID struct{ uuid.UUID }

// OrNull returns nil for the zero ID, for columns that may be empty.
func (id UserID) OrNull() *UserID {
	if id.UUID == uuid.Nil {
		return nil
	}
	return &id
}

// A Person is somebody a tenant deals with.
type Person struct {
	ID    UserID
	Name  string // may be empty
	Email string // as the person writes it
}

// Called returns the name, or the address where there is no name.
func (p Person) Called() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Email
}

// AddressKey returns what addresses are compared by: lower case, without a +tag, and with the domain's own letters
// where it is written in ASCII (RFC 5890), as mail servers do. What is no address is only put in lower case.
func AddressKey(address string) string {
	key := strings.ToLower(strings.TrimSpace(address))
	local, domain, ok := cutLast(key, "@")
	if !ok {
		return key
	}
	if tagged, _, _ := strings.Cut(local, "+"); tagged != "" {
		local = tagged
	}
	if strings.Contains(domain, "xn--") {
		if letters, err := idna.Punycode.ToUnicode(domain); err == nil {
			domain = strings.ToLower(letters)
		}
	}
	return local + "@" + domain
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// PersonByAddress returns the person with this address (compared by AddressKey); found is false where the
// tenant knows nobody of it.
func PersonByAddress(ctx context.Context, tx Tx, address string) (p Person, found bool, err error) {
	err = tx.QueryRow(ctx, `SELECT user_id, name, email FROM users.tenant_users WHERE tenant_id = $1 AND email_key = $2`,
		tx.Tenant(), AddressKey(address)).Scan(&p.ID, &p.Name, &p.Email)
	if errors.Is(err, pgx.ErrNoRows) {
		return Person{}, false, nil
	}
	if err != nil {
		return Person{}, false, fmt.Errorf("look up a person by address: %w", err)
	}
	return p, true, nil
}

// EnsurePerson returns the person with this address and makes one where there is none. A name is kept once
// it is known. Two transactions that make the same person wait for each other.
func EnsurePerson(ctx context.Context, tx Tx, name, address string) (Person, error) {
	p, found, err := PersonByAddress(ctx, tx, address)
	if err != nil || found {
		return p, err
	}
	p = Person{Name: name, Email: strings.TrimSpace(address)}
	var b pgx.Batch
	QueueEnsurePerson(&b, tx, p)
	if err := tx.Send(ctx, &b); err != nil {
		return Person{}, fmt.Errorf("add a person: %w", err)
	}
	if p, found, err = PersonByAddress(ctx, tx, address); err == nil && !found {
		err = fmt.Errorf("add a person: %s is still missing", p.ID)
	}
	return p, err
}

// QueueEnsurePerson has b make a person where the tenant knows nobody of that address; the ID is chosen here.
// It spares those who make more at the same time a round trip.
func QueueEnsurePerson(b *pgx.Batch, tx Tx, p Person) {
	key := AddressKey(p.Email)
	// Whoever comes second waits here for the first, and its next statement then finds the first's rows.
	b.Queue(lockQuery, lockName(tx, "person", key))
	b.Queue(`WITH made AS (
			INSERT INTO users.users (tenant_id, id) SELECT $1, $2
			WHERE NOT EXISTS (SELECT FROM users.tenant_users WHERE tenant_id = $1 AND email_key = $5) RETURNING id)
		INSERT INTO users.tenant_users (tenant_id, user_id, name, email, email_key) SELECT $1, made.id, $3, $4, $5 FROM made`,
		tx.Tenant(), NewID(), p.Name, p.Email, key)
}

const lockQuery = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`

func lockName(tx Tx, kind, name string) string {
	return tx.Tenant().String() + "\x1f" + kind + "\x1f" + name
}

// Rename changes a person's name.
func Rename(ctx context.Context, tx Tx, id UserID, name string) error {
	if _, err := tx.Exec(ctx, `UPDATE users.tenant_users SET name = $3, updated_at = now() WHERE tenant_id = $1 AND user_id = $2 AND name <> $3`,
		tx.Tenant(), id, name); err != nil {
		return fmt.Errorf("rename a person: %w", err)
	}
	return nil
}

// Lock waits for the transaction-wide lock of a name within the tenant and kind. It is held until tx ends.
func Lock(ctx context.Context, tx Tx, kind, name string) error {
	_, err := tx.Exec(ctx, lockQuery, lockName(tx, kind, name))
	if err != nil {
		return fmt.Errorf("lock %s: %w", kind, err)
	}
	return nil
}
