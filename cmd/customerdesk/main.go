// Command customerdesk is customer support for many organisations, run from email and Slack: the service
// itself and everything an operator does with it. This package reads the settings, wires the packages
// together and decides nothing; each command has a file of its own.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		stop() // A second signal ends the process at once.
	}()
	c := &cli{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.LookupEnv, environ: os.Environ(), terminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
	os.Exit(c.run(ctx, os.Args[1:]))
}
