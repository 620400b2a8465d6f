package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
)

// distance is what the far mail server is away, there and back.
const distance = 20 * time.Millisecond

// measureIngest has the service, its workers off, take a full mailbox several times, each time into an empty
// database; every other time the mail server is far away. Each run has a mailbox that nobody has opened before.
func measureIngest(ctx context.Context, h *house, size scale) (figures []figure, err error) {
	all := letters(size.letters, supportAddress, "ingest", 1)
	server, err := dovecot.Start(ctx, dovecot.Config{Users: users("ingest", 2*size.rounds+1)})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	far, err := startProxy(ctx, server.Addr(), distance/2, nil)
	if err != nil {
		return nil, err
	}
	defer far.close()
	var near, distant []ingested
	var limits []figure
	for round := range size.rounds {
		for _, i := range turnsOf(round) {
			addr := []string{server.Addr(), far.addr()}[i]
			user := userName("ingest", 2*round+i)
			if err := server.Preload(ctx, user, len(all), func(i int) []byte { return all[i].Raw }); err != nil {
				return nil, err
			}
			last := round == size.rounds-1 && i == 0
			got, more, err := ingest(ctx, h, server, all, ingestRun{user: user, addr: addr, profile: profileOf(size, round, i), limits: last})
			if err != nil {
				return nil, err
			}
			progress("ingest: round %d of %d, %s: %.0f messages/s, %.2f ms CPU each", round+1, size.rounds, []string{"near", "far"}[i], got.rate, got.cpu)
			if i == 0 {
				near, limits = append(near, got), more
			} else {
				distant = append(distant, got)
			}
		}
	}
	fetch, err := fetchAlone(ctx, server, userName("ingest", 0), len(all))
	if err != nil {
		return nil, err
	}
	return ingestFigures(all, near, distant, append(limits, fetch)), nil
}

// turnsOf alternates which of near (0) and far (1) comes first: the machine is not the same all along.
func turnsOf(round int) []int {
	if round%2 == 1 {
		return []int{1, 0}
	}
	return []int{0, 1}
}

func profileOf(size scale, round, i int) string {
	if round == 0 && i == 0 {
		return size.profile
	}
	return ""
}

// An ingestRun is one mailbox to be taken.
type ingestRun struct {
	user, addr, profile string
	limits              bool // also measure raw inserts of the rows that came of it
}

// ingested is what one run came to.
type ingested struct {
	rate, cpu, peak            float64 // messages/s, ms a message, MB
	service, postgres, dovecot float64 // seconds of processor time
	right                      int     // mails that are one comment in the right ticket
}

func ingest(ctx context.Context, h *house, server *dovecot.Server, all []letter, r ingestRun) (got ingested, limits []figure, err error) {
	d, err := h.database(ctx)
	if err != nil {
		return got, nil, err
	}
	defer d.close()
	p, err := wire(d.pool, h.key, h.log)
	if err != nil {
		return got, nil, err
	}
	defer p.close()
	url := imapURL(r.user, r.addr)
	if _, _, err := d.addTenant(ctx, p, 0, url, nowhere, time.Time{}); err != nil {
		return got, nil, err
	}
	env, err := role{Database: d.url, Key: h.key, Profile: r.profile}.env()
	if err != nil {
		return got, nil, err
	}
	before, err := h.spent(0, server.PID())
	if err != nil {
		return got, nil, err
	}
	began := time.Now()
	child, err := startSelf(ctx, env)
	if err != nil {
		return got, nil, err
	}
	defer func() { err = errors.Join(err, child.stop()) }()
	// The cursor passes a mail once it is committed and marked as read.
	err = child.wait(ctx, "the last commit", 2*time.Minute, 20*time.Millisecond, func() (bool, error) {
		n, err := d.count(ctx, `SELECT coalesce(max(last_uid), 0) FROM mailbox_cursors`)
		return n >= len(all), err
	})
	if err != nil {
		return got, nil, err
	}
	took := time.Since(began)
	after, err := h.spent(child.pid(), server.PID())
	if err != nil {
		return got, nil, err
	}
	peak, err := memory(child.pid(), "VmHWM")
	if err != nil {
		return got, nil, err
	}
	n := float64(len(all))
	used := after.minus(before)
	got = ingested{
		rate: n / took.Seconds(), cpu: used.sum().Seconds() * 1000 / n, peak: float64(peak) / 1e6,
		service: used.service.Seconds(), postgres: used.postgres.Seconds(), dovecot: used.dovecot.Seconds(),
	}
	if got.right, err = d.check(ctx, all); err != nil {
		return got, nil, err
	}
	if r.limits {
		limits, err = rawInserts(ctx, h, d)
	}
	return got, limits, err
}

// check counts the mails that are exactly one comment, in one ticket with all of their thread and nothing else.
func (d *database) check(ctx context.Context, all []letter) (right int, err error) {
	rows, _ := d.super.Query(ctx, `SELECT message_id, ticket_id::text FROM ticket_comments WHERE message_id IS NOT NULL`)
	tickets := map[string][]string{}
	var id, ticket string
	if _, err := pgx.ForEachRow(rows, []any{&id, &ticket}, func() error { tickets[id] = append(tickets[id], ticket); return nil }); err != nil {
		return 0, fmt.Errorf("read the comments: %w", err)
	}
	owner := map[string]int{} // ticket: first letter of the thread it belongs to
	for i, l := range all {
		in := tickets[l.ID]
		if len(in) != 1 {
			continue
		}
		if l.Root == i {
			if _, taken := owner[in[0]]; taken {
				continue
			}
			owner[in[0]] = i
		}
		if root, ok := owner[in[0]]; ok && root == l.Root {
			right++
		}
	}
	comments, err := d.count(ctx, `SELECT count(*) FROM ticket_comments`)
	if err == nil && (right != len(all) || comments != len(all)) {
		err = fmt.Errorf("%d of %d mails are one comment in the right ticket, and there are %d comments", right, len(all), comments)
	}
	return right, err
}

func ingestFigures(all []letter, near, far []ingested, limits []figure) []figure {
	const group = "Mail until the last commit (follow-up jobs inserted, their workers off)"
	of := func(list []ingested, get func(ingested) float64) float64 {
		var values []float64
		for _, g := range list {
			values = append(values, get(g))
		}
		return median(values)
	}
	rate := func(g ingested) float64 { return g.rate }
	n, f := of(near, rate), of(far, rate)
	var shares []float64
	for i := range near {
		shares = append(shares, far[i].rate/near[i].rate)
	}
	mix := fmt.Sprintf("%d mails: plain and HTML, 30 %% replies, 10 %% with 50 kB; median of %d", len(all), len(near))
	figures := []figure{
		{Group: group, Name: "ingest", Value: n, Unit: "messages/s", Goal: 500, Note: mix},
		{Group: group, Name: "processor time, all processes", Value: of(near, func(g ingested) float64 { return g.cpu }), Unit: "ms/message", Goal: 3, Below: true},
		{Group: group, Name: "  of it the service", Value: of(near, func(g ingested) float64 { return g.service }), Unit: "s"},
		{Group: group, Name: "  of it Postgres", Value: of(near, func(g ingested) float64 { return g.postgres }), Unit: "s"},
		{Group: group, Name: "  of it Dovecot", Value: of(near, func(g ingested) float64 { return g.dovecot }), Unit: "s"},
		{Group: group, Name: "peak resident memory", Value: of(near, func(g ingested) float64 { return g.peak }), Unit: "MB", Goal: 100, Below: true},
		{Group: group, Name: "one comment in the right ticket", Value: float64(near[0].right), Unit: "mails", Goal: float64(len(all)), Note: "in every run"},
		{Group: group, Name: "ingest, mail server 20 ms away", Value: f, Unit: "messages/s", Note: "there and back"},
		{Group: group, Name: "  as a share of the near one", Value: median(shares), Goal: 0.85, Note: "median of the rounds'"},
	}
	for _, l := range limits {
		l.Group = "The machine's own limit, in the same run"
		figures = append(figures, l, figure{Group: l.Group, Name: "  ingest as a share of it", Value: n / l.Value})
	}
	return figures
}
