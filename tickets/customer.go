package tickets

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// An Employee is a person of a customer.
type Employee struct {
	ID         EmployeeID
	Person     tenant.Person
	CustomerID CustomerID
	Customer   string
}

const selectEmployee = `
SELECT e.id, u.user_id, u.name, u.email, c.id, c.name
FROM users.tenant_users u
JOIN customer_employees e ON e.tenant_id = u.tenant_id AND e.user_id = u.user_id
JOIN customers c ON c.tenant_id = e.tenant_id AND c.id = e.customer_id
WHERE u.tenant_id = $1 AND u.email_key = $2`

// EmployeeByAddress returns the customer's person with this address; found is false where nobody of it has
// written yet.
func EmployeeByAddress(ctx context.Context, tx tenant.Tx, address string) (e Employee, found bool, err error) {
	return scanEmployee(tx.QueryRow(ctx, selectEmployee, tx.Tenant(), tenant.AddressKey(address)))
}

func scanEmployee(row pgx.Row) (e Employee, found bool, err error) {
	err = row.Scan(&e.ID, &e.Person.ID, &e.Person.Name, &e.Person.Email, &e.CustomerID, &e.Customer)
	if errors.Is(err, pgx.ErrNoRows) {
		return Employee{}, false, nil
	}
	if err != nil {
		return Employee{}, false, fmt.Errorf("look up customer by address: %w", err)
	}
	return e, true, nil
}

// A Sender is what the tenant knows of an address that wrote.
type Sender struct {
	Person   tenant.Person
	Employee *Employee   // nil: nobody of a customer
	Role     tenant.Role // as a support member; empty for everybody else
}

// QueueSender has b look up whose an address is; found is called where the tenant knows it. It spares those
// who look up more at the same time a round trip.
func QueueSender(b *pgx.Batch, tx tenant.Tx, address string, found func(Sender)) {
	b.Queue(`SELECT u.user_id, u.name, u.email, coalesce(m.role, ''), e.id, e.customer_id, coalesce(c.name, '')
		FROM users.tenant_users u
		LEFT JOIN customer_employees e ON e.tenant_id = u.tenant_id AND e.user_id = u.user_id
		LEFT JOIN customers c ON c.tenant_id = e.tenant_id AND c.id = e.customer_id
		LEFT JOIN support_members m ON m.tenant_id = u.tenant_id AND m.user_id = u.user_id AND m.removed_at IS NULL
		WHERE u.tenant_id = $1 AND u.email_key = $2`, tx.Tenant(), tenant.AddressKey(address)).QueryRow(func(row pgx.Row) error {
		var s Sender
		var employee *EmployeeID
		var customer *CustomerID
		var called string
		err := row.Scan(&s.Person.ID, &s.Person.Name, &s.Person.Email, &s.Role, &employee, &customer, &called)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("look up sender: %w", err)
		}
		if employee != nil && customer != nil {
			s.Employee = &Employee{ID: *employee, Person: s.Person, CustomerID: *customer, Customer: called}
		}
		found(s)
		return nil
	})
}

// EnsureEmployee returns the customer's person with this address, making person and customer where they
// are new. The customer is the company of the mail domain, or the person alone where the domain is a
// free-mail provider's.
func EnsureEmployee(ctx context.Context, tx tenant.Tx, name, address string) (Employee, error) {
	e, found, err := EmployeeByAddress(ctx, tx, address)
	if err != nil || found {
		return e, err
	}
	return AddEmployee(ctx, tx, name, address)
}

// AddEmployee is EnsureEmployee for an address of which nobody is known as far as the caller has seen. Two
// transactions that add the same person or customer wait for each other, and the second finds the first's rows.
func AddEmployee(ctx context.Context, tx tenant.Tx, name, address string) (e Employee, err error) {
	p := tenant.Person{Name: name, Email: strings.TrimSpace(address)}
	key, called := customerOf(p)
	found := false
	var b pgx.Batch
	tenant.QueueEnsurePerson(&b, tx, p)
	b.Queue(`INSERT INTO customers (tenant_id, id, name, key) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, key) DO NOTHING`,
		tx.Tenant(), tenant.NewID(), called, key)
	b.Queue(`INSERT INTO customer_employees (tenant_id, id, customer_id, user_id)
		SELECT c.tenant_id, $2, c.id, u.user_id FROM customers c JOIN users.tenant_users u ON u.tenant_id = c.tenant_id AND u.email_key = $4
		WHERE c.tenant_id = $1 AND c.key = $3 ON CONFLICT (tenant_id, user_id) DO NOTHING`,
		tx.Tenant(), tenant.NewID(), key, tenant.AddressKey(address))
	b.Queue(selectEmployee, tx.Tenant(), tenant.AddressKey(address)).QueryRow(func(row pgx.Row) error {
		e, found, err = scanEmployee(row)
		return err
	})
	if err := tx.Send(ctx, &b); err != nil {
		return Employee{}, fmt.Errorf("add customer: %w", err)
	}
	if !found {
		return Employee{}, fmt.Errorf("add customer: %w", ErrNotFound)
	}
	return e, nil
}

// customerOf returns the key and the first name of the customer that a person belongs to.
func customerOf(p tenant.Person) (key, name string) {
	address := tenant.AddressKey(p.Email)
	_, domain, ok := strings.Cut(address, "@")
	if !ok || FreeMail(domain) {
		return address, p.Called()
	}
	return domain, domain
}

// A Customer is an organisation, or one person with a free-mail address.
type Customer struct {
	ID        CustomerID
	Name      string
	Key       string // mail domain or address
	People    int
	Tickets   int
	Open      int // neither resolved nor closed
	CreatedAt time.Time
}

// Customers returns all customers with their figures, by name.
func Customers(ctx context.Context, tx tenant.Tx) ([]Customer, error) {
	rows, _ := tx.Query(ctx, `
		SELECT c.id, c.name, c.key,
		       (SELECT count(*) FROM customer_employees e WHERE e.tenant_id = c.tenant_id AND e.customer_id = c.id)::int,
		       count(t.id)::int, (count(t.id) FILTER (WHERE t.status IN ('open', 'in-progress')))::int, c.created_at
		FROM customers c LEFT JOIN support_tickets t ON t.tenant_id = c.tenant_id AND t.customer_id = c.id
		WHERE c.tenant_id = $1 GROUP BY c.tenant_id, c.id ORDER BY lower(c.name), c.key`, tx.Tenant())
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Customer])
	if err != nil {
		return nil, fmt.Errorf("list customers: %w", err)
	}
	return list, nil
}
