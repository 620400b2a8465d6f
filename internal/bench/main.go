package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A measurement makes some of the figures.
type measurement struct {
	name, about string
	run         func(context.Context, *house, scale) ([]figure, error)
}

func measurements() []measurement {
	return []measurement{
		{"ingest", "mail until the last commit, near and far, beside the machine's own limit", measureIngest},
		{"cards", "mail until the last card in Slack", measureCards},
		{"delay", "from a mail's delivery to its post in Slack", measureDelay},
		{"answers", "from an answer's row to its acceptance by the mail server", measureAnswers},
		{"idle", "memory of a mailbox that waits", measureIdle},
		{"poll", "a look into a full folder that finds nothing new", measurePoll},
		{"reading", "parsing a mail, the usual and the large ones, and memory for the largest", measureReading},
	}
}

// A scale is how much is measured.
type scale struct {
	letters, rounds   int
	cardTenants       int
	slow, fast, desks int // mails at 1/s and 20/s; mailboxes that they are spread over
	answers           int
	idle              int
	polls             int
	profile           string
}

func full() scale {
	return scale{letters: 5000, rounds: 3, cardTenants: 500, slow: 40, fast: 600, desks: 60, answers: 1000, idle: 1000, polls: 40}
}

func quick() scale {
	return scale{letters: 500, rounds: 1, cardTenants: 50, slow: 5, fast: 60, desks: 60, answers: 200, idle: 100, polls: 10}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if text := os.Getenv(childVariable); text != "" {
		return play(ctx, text)
	}
	var names []string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "Measure speed and memory on real Dovecot and real Postgres.")
		flags.PrintDefaults()
		for _, m := range measurements() {
			fmt.Fprintf(flags.Output(), "  %-8s  %s\n", m.name, m.about)
		}
	}
	small := flags.Bool("quick", false, "small numbers, to see that it works")
	asJSON := flags.Bool("json", false, "print JSON")
	only := flags.String("only", "", "these measurements, separated by commas")
	count := flags.Int("letters", 0, "mails to be taken, instead of the usual number")
	rounds := flags.Int("rounds", 0, "how often a full mailbox is taken, instead of the usual number")
	profile := flags.String("profile", "", "write a profile of the ingest's processor time to this file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	size := full()
	if *small {
		size = quick()
	}
	size.profile = *profile
	size.letters, size.rounds = cmp.Or(*count, size.letters), cmp.Or(*rounds, size.rounds)
	for _, m := range measurements() {
		names = append(names, m.name)
	}
	wanted := names
	if *only != "" {
		wanted = strings.Split(*only, ",")
	}
	for _, w := range wanted {
		if !slices.Contains(names, w) {
			return fmt.Errorf("-only %s: there is no such measurement: %s", w, strings.Join(names, ", "))
		}
	}
	figures, err := measure(ctx, size, wanted)
	machine := fmt.Sprintf("%d cores, %s/%s, %s, load %s at the end", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), load())
	write := print
	if *asJSON {
		write = printJSON
	}
	return errors.Join(err, write(os.Stdout, machine, figures))
}

// measure runs the wanted measurements one after the other; one that fails does not keep the others from running.
func measure(ctx context.Context, size scale, wanted []string) (all []figure, err error) {
	h, err := openHouse(ctx, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close(ctx)) }()
	for _, m := range measurements() {
		if ctx.Err() != nil {
			return all, errors.Join(err, ctx.Err())
		}
		if !slices.Contains(wanted, m.name) {
			continue
		}
		began := time.Now()
		progress("%s: %s", m.name, m.about)
		figures, failed := m.run(ctx, h, size)
		if failed != nil {
			progress("%s failed: %v", m.name, failed)
			err = errors.Join(err, fmt.Errorf("%s: %w", m.name, failed))
		}
		all = append(all, figures...)
		progress("%s took %.0f s", m.name, time.Since(began).Seconds())
	}
	return all, err
}

// progress tells a person who waits what is going on.
func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }

// load is how busy the machine was in the last minute: others at work make the figures worse.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(b), " ")
	return first
}
