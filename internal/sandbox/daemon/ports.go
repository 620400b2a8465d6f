package daemon

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
)

// Ports that the kernel gives to nobody who asks for any: on Linux connections go out from 32768 up. So what was free
// stays free until the server listens, and while it is being started again.
const (
	firstPort = 15000
	lastPort  = 31999
)

// FreePorts finds n ports of 127.0.0.1 that are free now.
func FreePorts(n int) ([]int, error) {
	const tries = 1000
	var ports []int
	for range tries {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EACCES) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer func() { _ = l.Close() }() // Only after the last, so that they differ.
		if ports = append(ports, port); len(ports) == n {
			return ports, nil
		}
	}
	return nil, fmt.Errorf("find %d free ports from %d to %d: most are taken", n, firstPort, lastPort)
}
