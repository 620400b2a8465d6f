package postgres_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"github.com/customerdesk/customerdesk/internal/postgres"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
)

// TestMain is also the command of the tests that need another process: with this variable set the binary
// uses the cluster there until its standard input ends.
func TestMain(m *testing.M) {
	if dir := os.Getenv("POSTGRES_TEST_COMMAND"); dir != "" {
		if err := command(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	pgtest.Main(m)
}

func command(dir string) error {
	ctx := context.Background()
	c, err := postgres.StartPrivate(ctx, postgres.PrivateConfig{DataDir: dir, Fast: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	fmt.Println(c.Superuser(postgres.Database))
	for s := bufio.NewScanner(os.Stdin); s.Scan(); {
		continue
	}
	return c.Release(ctx)
}
