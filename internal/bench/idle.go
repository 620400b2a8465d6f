package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// measureIdle compares what the service's mail part holds with and without many mailboxes that wait, all by TLS, and
// what as many bare connections hold. What the runtime only keeps for later is given back before each look.
func measureIdle(ctx context.Context, h *house, size scale) (figures []figure, err error) {
	server, err := dovecot.Start(ctx, dovecot.Config{Users: users("idle", size.idle), MaxConnections: size.idle + 100})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	bare, err := bareConnections(ctx, server, size.idle)
	if err != nil {
		return nil, err
	}
	d, err := h.database(ctx)
	if err != nil {
		return nil, err
	}
	defer d.close()
	p, err := wire(d.pool, h.key, h.log)
	if err != nil {
		return nil, err
	}
	defer p.close()
	env, err := role{Database: d.url, Key: h.key}.env()
	if err != nil {
		return nil, err
	}
	child, err := startSelf(ctx, append(env, "SSL_CERT_FILE="+server.CertFile()))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, child.stop()) }()
	err = child.wait(ctx, "the service", 30*time.Second, 20*time.Millisecond, func() (bool, error) {
		return strings.Contains(child.out.String(), "ready"), nil
	})
	if err != nil {
		return nil, err
	}
	empty, err := settled(ctx, child)
	if err != nil {
		return nil, err
	}
	if err := addMailboxes(ctx, d, p, server, size.idle); err != nil {
		return nil, err
	}
	err = child.wait(ctx, "all mailboxes to be watched", 2*time.Minute, 200*time.Millisecond, func() (bool, error) {
		n, err := d.count(ctx, `SELECT count(*) FROM mailboxes WHERE last_poll_at IS NOT NULL`)
		return n == size.idle, err
	})
	if err != nil {
		return nil, err
	}
	full, err := settled(ctx, child)
	if err != nil {
		return nil, err
	}
	const group = "Memory of a mailbox that waits, by TLS"
	return []figure{
		{Group: group, Name: "idle mailbox", Value: float64(full-empty) / float64(size.idle) / 1000, Unit: "kB", Goal: 50, Below: true, Note: fmt.Sprintf("%d mailboxes, less what none cost", size.idle)},
		{Group: group, Name: "  of it the bare TLS connection", Value: float64(bare) / 1000, Unit: "kB", Note: "measured in a process without the service"},
	}, nil
}

// bareConnections is what one bare TLS connection costs, in bytes.
func bareConnections(ctx context.Context, server *dovecot.Server, n int) (int, error) {
	env, err := role{Address: server.TLSAddr(), Connections: n, CertFile: server.CertFile()}.env()
	if err != nil {
		return 0, err
	}
	child, err := startSelf(ctx, env)
	if err != nil {
		return 0, err
	}
	select {
	case <-child.ended:
	case <-time.After(time.Minute):
		return 0, errors.Join(errors.New("the bare connections take longer than a minute"), child.stop())
	}
	if child.err != nil {
		return 0, fmt.Errorf("open bare connections: %w: %s", child.err, child.said())
	}
	return strconv.Atoi(child.said())
}

// settled is a child's resident memory once it has given back what is free, in bytes.
func settled(ctx context.Context, child *process) (int64, error) {
	// Twice: what the first look frees on other threads is given back at the second.
	for range 2 {
		before := strings.Count(child.out.String(), "tidy")
		if err := child.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
			return 0, fmt.Errorf("signal the service: %w", err)
		}
		err := child.wait(ctx, "free memory", 30*time.Second, 20*time.Millisecond, func() (bool, error) {
			return strings.Count(child.out.String(), "tidy") > before, nil
		})
		if err != nil {
			return 0, err
		}
	}
	return memory(child.pid(), "VmRSS")
}

// addMailboxes makes n mailboxes of one tenant, all in one transaction.
func addMailboxes(ctx context.Context, d *database, p *parts, server *dovecot.Server, n int) error {
	t, err := tenant.Add(ctx, d.pool, "idle", "Idle")
	if err != nil {
		return err
	}
	return d.in(ctx, t.ID, func(tx tenant.Tx) error {
		for i := range n {
			m, err := newMailbox(userName("idle", i), server.TLSURL(userName("idle", i)), nowhere, time.Now())
			if err != nil {
				return err
			}
			if _, err := inbox.AddMailbox(ctx, tx, p.box, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// measurePoll has the service look into a folder full of mail that it leaves alone, again and again, and times each
// look on the wire: from the end of one IDLE to the beginning of the next.
func measurePoll(ctx context.Context, h *house, size scale) (figures []figure, err error) {
	server, err := dovecot.Start(ctx, dovecot.Config{Users: users("poll", 1)})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	user := userName("poll", 0)
	old := time.Now().Add(-48 * time.Hour)
	for _, l := range letters(size.letters, supportAddress, "poll", 1) {
		if err := server.DeliverAt(user, l.Raw, old); err != nil {
			return nil, err
		}
	}
	var mu sync.Mutex
	var looks []time.Duration
	fetches := 0
	watch, err := startProxy(ctx, server.Addr(), 0, func() *sniffer {
		return &sniffer{
			look:  func(took time.Duration) { mu.Lock(); looks = append(looks, took); mu.Unlock() },
			fetch: func() { mu.Lock(); fetches++; mu.Unlock() },
		}
	})
	if err != nil {
		return nil, err
	}
	defer watch.close()
	d, err := h.database(ctx)
	if err != nil {
		return nil, err
	}
	defer d.close()
	p, err := wire(d.pool, h.key, h.log)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if _, _, err := d.addTenant(ctx, p, 0, imapURL(user, watch.addr()), nowhere, time.Now()); err != nil {
		return nil, err
	}
	env, err := role{Database: d.url, Key: h.key, IdlePoll: 100 * time.Millisecond}.env()
	if err != nil {
		return nil, err
	}
	child, err := startSelf(ctx, env)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, child.stop()) }()
	err = child.wait(ctx, "enough looks", time.Minute, 50*time.Millisecond, func() (bool, error) {
		mu.Lock()
		defer mu.Unlock()
		return len(looks) >= size.polls, nil
	})
	if err != nil {
		return nil, err
	}
	mu.Lock()
	defer mu.Unlock()
	const group = "A look into a folder that finds nothing new"
	return []figure{
		{Group: group, Name: "look, p50", Value: float64(percentile(looks, 50).Microseconds()) / 1000, Unit: "ms", Goal: 20, Below: true,
			Note: fmt.Sprintf("%d messages in the folder, %d looks, %d FETCH commands", size.letters, len(looks), fetches)},
		{Group: group, Name: "look, p99", Value: float64(percentile(looks, 99).Microseconds()) / 1000, Unit: "ms"},
	}, nil
}
