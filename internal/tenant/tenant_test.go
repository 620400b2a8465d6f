package tenant_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

func add(t *testing.T, db *pgtest.DB, slug string) tenant.Tenant {
	t.Helper()
	tn, err := tenant.Add(t.Context(), db.Service, slug, strings.ToUpper(slug))
	if err != nil {
		t.Fatal(err)
	}
	return tn
}

func TestEveryTableOfTenantDataForcesRowLevelSecurityAndBeginsItsKeysWithTheTenant(t *testing.T) {
	db := pgtest.New(t)
	rows, _ := db.Owner.Query(t.Context(), `
		SELECT c.oid::regclass::text, c.relrowsecurity AND c.relforcerowsecurity,
		       EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid),
		       (SELECT bool_and(a.attname = 'tenant_id') FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
		        WHERE i.indrelid = c.oid AND (i.indisprimary OR i.indisunique))
		FROM pg_class c WHERE c.relkind IN ('r', 'p')
		  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)`)
	n := 0
	var table string
	var forced, policy, keyed bool
	if _, err := pgx.ForEachRow(rows, []any{&table, &forced, &policy, &keyed}, func() error {
		n++
		if !forced || !policy || !keyed {
			t.Errorf("%s: row-level security forced %v, policy %v, every unique key begins with tenant_id %v", table, forced, policy, keyed)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n < 20 {
		t.Errorf("only %d tables were looked at", n)
	}
}

func TestEveryForeignKeyBetweenTablesOfTenantDataCarriesTheTenant(t *testing.T) {
	db := pgtest.New(t)
	rows, _ := db.Owner.Query(t.Context(), `
		SELECT k.conname, (SELECT attname FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = k.conkey[1])
		FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid::regclass::text NOT LIKE 'river%'`)
	n := 0
	var name, first string
	if _, err := pgx.ForEachRow(rows, []any{&name, &first}, func() error {
		n++
		if first != "tenant_id" {
			t.Errorf("%s begins with %s", name, first)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n < 20 {
		t.Errorf("only %d keys were looked at", n)
	}
}

func TestWithoutATenantNoRowIsSeenOrWritten(t *testing.T) {
	db := pgtest.New(t)
	a := add(t, db, "acme")
	var n int
	if err := db.Service.QueryRow(t.Context(), `SELECT count(*) FROM tenants`).Scan(&n); err != nil || n != 0 {
		t.Errorf("a query without a tenant sees %d tenants, %v", n, err)
	}
	_, err := db.Service.Exec(t.Context(), `INSERT INTO customers (tenant_id, id, name, key) VALUES ($1, $1, 'x', 'x')`, a.ID)
	if err == nil {
		t.Error("a row was written without a tenant")
	}
	b := add(t, db, "bolt")
	err = tenant.In(t.Context(), db.Service, b.ID, func(tx tenant.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO customers (tenant_id, id, name, key) VALUES ($1, $1, 'x', 'x')`, a.ID)
		return err
	})
	if err == nil {
		t.Error("tenant b wrote a row of tenant a")
	}
}

func TestTheTenantOfATransactionDoesNotOutliveItOnThePooledConnection(t *testing.T) {
	db := pgtest.New(t)
	a := add(t, db, "acme")
	conn, err := db.Service.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if err := tenant.In(t.Context(), conn, a.ID, func(tx tenant.Tx) error { _, err := tenant.Current(t.Context(), tx); return err }); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM tenants`).Scan(&n); err != nil || n != 0 {
		t.Errorf("after the transaction the connection sees %d tenants, %v", n, err)
	}
}

func TestZeroTransactionFails(t *testing.T) {
	var tx tenant.Tx
	ctx := t.Context()
	rows, err := tx.Query(ctx, `SELECT 1`)
	if !errors.Is(err, tenant.ErrNoTx) || !errors.Is(rows.Err(), tenant.ErrNoTx) {
		t.Errorf("Query: %v", err)
	}
	if err := tx.QueryRow(ctx, `SELECT 1`).Scan(new(int)); !errors.Is(err, tenant.ErrNoTx) {
		t.Errorf("QueryRow: %v", err)
	}
	if _, err := tx.Exec(ctx, `SELECT 1`); !errors.Is(err, tenant.ErrNoTx) {
		t.Errorf("Exec: %v", err)
	}
	if err := tx.Send(ctx, &pgx.Batch{}); !errors.Is(err, tenant.ErrNoTx) {
		t.Errorf("Send: %v", err)
	}
	if _, err := tenant.Current(ctx, tx); !errors.Is(err, tenant.ErrNoTx) {
		t.Errorf("Current: %v", err)
	}
	if err := tenant.In(ctx, nil, tenant.ID{}, nil); !errors.Is(err, tenant.ErrNoTx) {
		t.Errorf("In without a tenant: %v", err)
	}
}

func TestPanicAndErrorUndoTheTransactionAndTryUndoesOnlyItself(t *testing.T) {
	db := pgtest.New(t)
	a := add(t, db, "acme")
	func() {
		defer func() { _ = recover() }()
		_ = tenant.In(t.Context(), db.Service, a.ID, func(tx tenant.Tx) error {
			if _, err := tenant.EnsurePerson(t.Context(), tx, "P", "p@x.example"); err != nil {
				t.Error(err)
			}
			panic("boom")
		})
	}()
	boom := errors.New("boom")
	err := tenant.In(t.Context(), db.Service, a.ID, func(tx tenant.Tx) error {
		if _, found, err := tenant.PersonByAddress(t.Context(), tx, "p@x.example"); found || err != nil {
			t.Errorf("what a panicking transaction wrote is there: %v, %v", found, err)
		}
		if _, err := tenant.EnsurePerson(t.Context(), tx, "Q", "q@x.example"); err != nil {
			return err
		}
		if err := tx.Try(t.Context(), func(tx tenant.Tx) error {
			if _, err := tenant.EnsurePerson(t.Context(), tx, "R", "r@x.example"); err != nil {
				return err
			}
			return boom
		}); !errors.Is(err, boom) {
			t.Errorf("Try: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = tenant.In(t.Context(), db.Service, a.ID, func(tx tenant.Tx) error {
		_, q, _ := tenant.PersonByAddress(t.Context(), tx, "q@x.example")
		_, r, _ := tenant.PersonByAddress(t.Context(), tx, "r@x.example")
		if !q || r {
			t.Errorf("q is there %v, r is there %v", q, r)
		}
		return nil
	})
}

func TestSlugIsTakenOnceAndOnlyOfPlainCharacters(t *testing.T) {
	db := pgtest.New(t)
	add(t, db, "acme")
	if _, err := tenant.Add(t.Context(), db.Service, "acme", "Again"); !errors.Is(err, tenant.ErrExists) {
		t.Errorf("a second acme: %v", err)
	}
	for _, slug := range []string{"", "Acme", "a b", "-a", "a-", "a'b", strings.Repeat("a", 64)} {
		if _, err := tenant.Add(t.Context(), db.Service, slug, "X"); err == nil {
			t.Errorf("the slug %q was taken", slug)
		}
	}
	if _, err := tenant.Resolve(t.Context(), db.Service, "nobody"); !errors.Is(err, tenant.ErrUnknown) {
		t.Errorf("resolve: %v", err)
	}
}

func TestSettingsAreChangedAllOrNone(t *testing.T) {
	db := pgtest.New(t)
	a := add(t, db, "acme")
	set := func(pairs ...string) error {
		return tenant.In(t.Context(), db.Service, a.ID, func(tx tenant.Tx) error { _, err := tenant.Set(t.Context(), tx, pairs); return err })
	}
	if err := set("name=Acme & Sons", "close_after=14d"); err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]string{{"name=X", "close_after=soon"}, {"name=X", "colour=red"}, {"name="}, {"name"}, {"close_after=1s"}} {
		if err := set(bad...); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	got, err := tenant.BySlug(t.Context(), db.Service, "acme")
	if err != nil || got.Name != "Acme & Sons" || got.Settings.CloseAfter != tenant.Duration(14*24*time.Hour) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDurationsReadAsTheyAreWritten(t *testing.T) {
	for in, want := range map[string]string{"90m": "1h30m", "10m": "10m", "72h": "72h", "14d": "336h", "10s": "10s", "1h0m5s": "1h0m5s"} {
		var d tenant.Duration
		if err := d.UnmarshalText([]byte(in)); err != nil || d.String() != want {
			t.Errorf("%s: %s, %v; want %s", in, d, err, want)
		}
	}
}

func TestMemberIsFoundByAddressWhateverItsCaseAndComesBackAfterRemoval(t *testing.T) {
	db := pgtest.New(t)
	a := add(t, db, "acme")
	err := tenant.In(t.Context(), db.Service, a.ID, func(tx tenant.Tx) error {
		m, err := tenant.AddMember(t.Context(), tx, "Nora", "Nora@Acme.example", tenant.Agent)
		if err != nil {
			return err
		}
		if _, err := tenant.RemoveMember(t.Context(), tx, "nora@acme.example"); err != nil {
			return err
		}
		if _, err := tenant.MemberByAddress(t.Context(), tx, "nora@acme.example"); !errors.Is(err, tenant.ErrNoMember) {
			t.Errorf("a removed member is found: %v", err)
		}
		again, err := tenant.AddMember(t.Context(), tx, "", "NORA@acme.example", tenant.Viewer)
		if err != nil {
			return err
		}
		if again.ID != m.ID || again.Person.Name != "Nora" || again.Role != tenant.Viewer {
			t.Errorf("came back as %+v, was %+v", again, m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPersonMadeByManyAtOnceIsOne(t *testing.T) {
	db := pgtest.New(t)
	a := add(t, db, "acme")
	var mu sync.Mutex
	ids := map[tenant.UserID]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := tenant.In(context.WithoutCancel(t.Context()), db.Service, a.ID, func(tx tenant.Tx) error {
				p, err := tenant.EnsurePerson(t.Context(), tx, "P", "p+tag@x.example")
				mu.Lock()
				ids[p.ID] = true
				mu.Unlock()
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 {
		t.Errorf("%d people were made", len(ids))
	}
}
