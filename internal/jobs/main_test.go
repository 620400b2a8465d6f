package jobs_test

import (
	"testing"

	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
