package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestDatabasesOfEndedProcessesAreSwept(t *testing.T) {
	live := New(t)
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, live.SuperuserURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	left := fmt.Sprintf("%s%d_1", testPrefix, ended.Process.Pid)
	if err := execAll(ctx, conn, "DROP DATABASE IF EXISTS "+left, "CREATE DATABASE "+left+" STRATEGY file_copy"); err != nil {
		t.Fatal(err)
	}
	c, err := shared.get(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.sweep(ctx, conn); err != nil {
		t.Fatal(err)
	}
	var leftThere, liveThere bool
	const q = `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1), EXISTS (SELECT FROM pg_database WHERE datname = $2)`
	if err := conn.QueryRow(ctx, q, left, live.Name).Scan(&leftThere, &liveThere); err != nil {
		t.Fatal(err)
	}
	if leftThere || !liveThere {
		t.Errorf("the ended process's database is there: %t; the running one's: %t", leftThere, liveThere)
	}
}

func TestOnlyUnusedDatabasesAreStale(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, c := range []struct {
		name, comment string
		want          bool
	}{
		{fmt.Sprintf("pgtest_%d_1", os.Getpid()), "", false},
		{"pgtest_elsewhere", "", false},
		{"pgtest_template_abc", fmt.Sprintf("used %d", now.Unix()-60), false},
		{"pgtest_template_abc", fmt.Sprintf("used %d", now.Add(-25*time.Hour).Unix()), true},
		{"pgtest_template_abc_draft", "", true},
	} {
		if got := isStale(c.name, c.comment, now); got != c.want {
			t.Errorf("%s %q: got %t", c.name, c.comment, got)
		}
	}
}
