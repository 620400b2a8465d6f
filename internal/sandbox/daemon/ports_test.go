package daemon_test

import (
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/daemon"
)

func TestFreePortsDifferAndCanBeListenedAt(t *testing.T) {
	ports, err := daemon.FreePorts(20)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(ports)
	if n := len(slices.Compact(slices.Clone(ports))); n != 20 {
		t.Errorf("%d different ports: %v", n, ports)
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", ports[0]))
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}
