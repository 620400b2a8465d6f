package main

import (
	"flag"
	"os"
	"testing"

	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
)

// asCommand in the environment makes the test binary be the customerdesk command: the processes that tests
// start, kill and start again are the real program, with the race detector on.
const asCommand = "CUSTOMERDESK_TEST_MAIN"

// atOnce is how many tests run at the same time: most of them wait, for a lease to run out or for Slack's pace.
const atOnce = "6"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) == "1" {
		main()
		return
	}
	_ = flag.Set("test.parallel", atOnce) // Before Parse, so that the command line's wins.
	flag.Parse()
	pgtest.Main(m)
}
