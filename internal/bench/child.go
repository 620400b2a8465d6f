package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/customerdesk/customerdesk/internal/postgres"
	"github.com/customerdesk/customerdesk/migrations"
)

// childVariable makes this program play a part in a measurement: it holds a role as JSON.
const childVariable = "CUSTOMERDESK_BENCH_ROLE"

// A role is what a child process does until SIGTERM.
type role struct {
	// Database is the service's URL: fetch mail into it, with the workers of all jobs off.
	Database string
	Key      []byte
	IdlePoll time.Duration // 0: the default
	Profile  string        // file for a profile of the processor time; empty: none

	// Connections to Address are opened instead where it is set, each bare TLS.
	Address     string
	Connections int
	CertFile    string
}

// env is the environment for a child with this role.
func (r role) env() ([]string, error) {
	b, err := json.Marshal(r)
	return []string{childVariable + "=" + string(b)}, err
}

// play is the whole of a child process.
func play(ctx context.Context, text string) (err error) {
	var r role
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return fmt.Errorf("%s: %w", childVariable, err)
	}
	if r.Address != "" {
		return r.connect(ctx)
	}
	if r.Profile != "" {
		f, err := os.Create(r.Profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer func() {
			pprof.StopCPUProfile()
			_ = f.Close()
		}()
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	pool, err := postgres.Connect(ctx, r.Database, postgres.Config{Setting: migrations.SettingDatabase})
	if err != nil {
		return err
	}
	defer pool.Close()
	p, err := wire(pool, r.Key, log)
	if err != nil {
		return err
	}
	defer p.close()
	if err := connectAll(ctx, pool); err != nil {
		return err
	}
	go tidy(ctx)
	return p.supervisor(r.IdlePoll).Run(ctx)
}

// connectAll opens all connections that the pool may have, so that they count from the beginning.
func connectAll(ctx context.Context, pool *pgxpool.Pool) error {
	for range pool.Config().MaxConns {
		c, err := pool.Acquire(ctx)
		if err != nil {
			return fmt.Errorf("connect to Postgres: %w", err)
		}
		defer c.Release()
	}
	return nil
}

// tidy gives memory that is free back to the system whenever SIGUSR1 asks for it, and says so. What the runtime
// keeps for later is no cost of what is measured.
func tidy(ctx context.Context) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	defer signal.Stop(asked)
	fmt.Println("ready")
	for {
		select {
		case <-asked:
			debug.FreeOSMemory()
			fmt.Println("tidy")
		case <-ctx.Done():
			return
		}
	}
}

// connect opens bare TLS connections and prints how much memory one of them costs in bytes. The first ten,
// before the counting begins, pay for what all share.
func (r role) connect(ctx context.Context) error {
	pem, err := os.ReadFile(r.CertFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return errors.New("no certificate in " + r.CertFile)
	}
	host, _, err := net.SplitHostPort(r.Address)
	if err != nil {
		return err
	}
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}}
	var open []net.Conn
	more := func(n int) error {
		for range n {
			c, err := dialer.DialContext(ctx, "tcp", r.Address)
			if err != nil {
				return fmt.Errorf("connection %d: %w", len(open), err)
			}
			open = append(open, c)
			greeting := make([]byte, 512)
			if _, err := c.Read(greeting); err != nil {
				return fmt.Errorf("connection %d: %w", len(open), err)
			}
			go func() { _, _ = io.ReadFull(c, make([]byte, 1)) }() // waits, as a client in IDLE does
		}
		return nil
	}
	const shared = 10
	if err := more(shared); err != nil {
		return err
	}
	debug.FreeOSMemory()
	before, err := memory(os.Getpid(), "VmRSS")
	if err != nil {
		return err
	}
	if err := more(r.Connections); err != nil {
		return err
	}
	debug.FreeOSMemory()
	after, err := memory(os.Getpid(), "VmRSS")
	if err != nil {
		return err
	}
	runtime.KeepAlive(open)
	fmt.Println((after - before) / int64(r.Connections))
	return nil
}
