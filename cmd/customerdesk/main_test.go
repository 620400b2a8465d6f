package main

import (
	"os"
	"testing"

	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
)

// asCommand in the environment makes the test binary be the customerdesk command: the processes that tests
// start, kill and start again are the real program, with the race detector on.
const asCommand = "CUSTOMERDESK_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) == "1" {
		main()
		return
	}
	pgtest.Main(m)
}
