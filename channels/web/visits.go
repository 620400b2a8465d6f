package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// How many requests one network may make: at once, and on average.
const (
	burst   = 60
	every   = time.Second
	maxNets = 10000
)

// visits count requests by the network they come from: an IPv4 address, or an IPv6 /64. What is counted is bounded;
// where it is full all is forgotten, which lets a few more in.
type visits struct {
	clock func() time.Time
	mu    sync.Mutex
	free  map[netip.Prefix]time.Time // when the network's account is full again
}

func newVisits(clock func() time.Time) *visits {
	return &visits{clock: clock, free: map[netip.Prefix]time.Time{}}
}

func (v *visits) admit(r *http.Request) bool {
	from, now := network(r), v.clock()
	v.mu.Lock()
	defer v.mu.Unlock()
	full := v.free[from]
	if full.Before(now) {
		full = now
	}
	if full.Sub(now) > (burst-1)*every {
		return false
	}
	if len(v.free) >= maxNets {
		clear(v.free)
	}
	v.free[from] = full.Add(every)
	return true
}

// network is where a request comes from. A proxy on the same machine is believed who sent it; nobody else is.
func network(r *http.Request) netip.Prefix {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}
	}
	if said := r.Header.Values("X-Forwarded-For"); addr.IsLoopback() && len(said) > 0 {
		last := said[len(said)-1]
		if a, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])); err == nil {
			addr = a
		}
	}
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
