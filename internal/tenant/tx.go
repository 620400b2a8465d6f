package tenant

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// ID names a tenant. The zero ID is no tenant's.
type ID = uuid.UUID

// ErrNoTx is returned by every method of a zero Tx.
var ErrNoTx = errors.New("no tenant transaction")

// A Beginner starts transactions; *pgxpool.Pool and *pgx.Conn are.
type Beginner interface {
	BeginTx(ctx context.Context, opts pgx.TxOptions) (pgx.Tx, error)
}

// A Tx is a transaction that sees the rows of one tenant. It ends when the function it was given to
// returns. The zero value fails with ErrNoTx.
type Tx struct {
	id ID
	tx pgx.Tx
}

// In runs fn in one transaction of tenant id: committed when fn returns nil, rolled back when it returns an
// error or panics. The tenant is set in the same round trip as BEGIN, by a statement and not by
// set_config, because Citus carries only the statement to its workers.
func In(ctx context.Context, db Beginner, id ID, fn func(Tx) error) error {
	if id == uuid.Nil {
		return ErrNoTx
	}
	begin := "BEGIN; SET LOCAL app.tenant_id = '" + id.String() + "'"
	tx, err := db.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() {
		// After Commit this is a no-op; after a cancelled ctx it must still reach the server.
		_ = tx.Rollback(context.WithoutCancel(ctx))
	}()
	if err := fn(Tx{id: id, tx: tx}); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// Get is In for a function that returns a value.
func Get[T any](ctx context.Context, db Beginner, id ID, fn func(Tx) (T, error)) (T, error) {
	var v T
	err := In(ctx, db, id, func(tx Tx) (err error) {
		v, err = fn(tx)
		return err
	})
	return v, err
}

// Tenant returns whose transaction tx is.
func (t Tx) Tenant() ID { return t.id }

// Query runs a query; its error is also reported by the returned rows, as pgx's CollectRows expects.
func (t Tx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if t.tx == nil {
		return failedRows{}, ErrNoTx
	}
	return t.tx.Query(ctx, sql, args...)
}

// QueryRow runs a query that returns one row; its error is reported by Scan.
func (t Tx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if t.tx == nil {
		return failedRows{}
	}
	return t.tx.QueryRow(ctx, sql, args...)
}

// Exec runs a statement.
func (t Tx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if t.tx == nil {
		return pgconn.CommandTag{}, ErrNoTx
	}
	return t.tx.Exec(ctx, sql, args...)
}

// Send runs the statements queued in b in one round trip and the callbacks set on them; it returns the
// first error.
func (t Tx) Send(ctx context.Context, b *pgx.Batch) error {
	if t.tx == nil {
		return ErrNoTx
	}
	return t.tx.SendBatch(ctx, b).Close()
}

// Try runs fn within a savepoint: what fn did is undone when it returns an error, and tx goes on.
func (t Tx) Try(ctx context.Context, fn func(Tx) error) error {
	if t.tx == nil {
		return ErrNoTx
	}
	return pgx.BeginFunc(ctx, t.tx, func(inner pgx.Tx) error { return fn(Tx{id: t.id, tx: inner}) })
}

// Unwrap returns the transaction for libraries that insert rows of their own in it (the job queue). Nil for
// the zero Tx.
func (t Tx) Unwrap() pgx.Tx { return t.tx }

// failedRows is the result of a query on a zero Tx.
type failedRows struct{}

func (failedRows) Close()                                       {}
func (failedRows) Err() error                                   { return ErrNoTx }
func (failedRows) CommandTag() pgconn.CommandTag                { return pgconn.CommandTag{} }
func (failedRows) FieldDescriptions() []pgconn.FieldDescription { return nil }
func (failedRows) Next() bool                                   { return false }
func (failedRows) Scan(...any) error                            { return ErrNoTx }
func (failedRows) Values() ([]any, error)                       { return nil, ErrNoTx }
func (failedRows) RawValues() [][]byte                          { return nil }
func (failedRows) Conn() *pgx.Conn                              { return nil }
func (failedRows) TypeMap() *pgtype.Map                         { return nil }
