package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

// cardsPosted counts the tickets whose card Slack has.
const cardsPosted = `SELECT count(*) FROM slack_messages WHERE kind = 'card' AND ts IS NOT NULL`

// measureCards has the whole service take as many mails, but spread over many tenants: Slack takes one post a second
// in a channel and the service paces itself, so that with a single channel the figure would be that limit's alone.
func measureCards(ctx context.Context, h *house, size scale) (figures []figure, err error) {
	each := size.letters / size.cardTenants
	server, err := dovecot.Start(ctx, dovecot.Config{Users: users("cards", size.cardTenants)})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	stand, err := slackserver.Start(ctx, slackConfig(size.cardTenants), "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stand.Close()) }()
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
	tickets := 0
	for i := range size.cardTenants {
		lot := letters(each, supportAddress, fmt.Sprintf("cards%d", i), uint64(i))
		for k, l := range lot {
			if l.Root == k {
				tickets++
			}
			if err := server.Deliver(userName("cards", i), l.Raw); err != nil {
				return nil, err
			}
		}
	}
	if err := d.addDesks(ctx, p, stand, size.cardTenants, func(i int) string { return server.URL(userName("cards", i)) }); err != nil {
		return nil, err
	}
	before, err := h.spent(0, server.PID())
	if err != nil {
		return nil, err
	}
	began := time.Now()
	service, err := start(ctx, d.env(stand.APIURL()), h.binary, "serve")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, service.stop()) }()
	err = service.wait(ctx, "the last card", 4*time.Minute, 200*time.Millisecond, func() (bool, error) {
		n, err := d.count(ctx, cardsPosted)
		return n >= tickets, err
	})
	if err != nil {
		return nil, err
	}
	after, err := h.spent(service.pid(), server.PID())
	if err != nil {
		return nil, err
	}
	peak, err := memory(service.pid(), "VmHWM")
	if err != nil {
		return nil, err
	}
	var last time.Time
	cards := 0
	for i := range size.cardTenants {
		for _, m := range stand.Messages(channelID(i)) {
			at, err := postedAt(m)
			if err != nil {
				return nil, err
			}
			if m.BotID != "" {
				cards++
			}
			if at.After(last) {
				last = at
			}
		}
	}
	if cards != tickets {
		return nil, fmt.Errorf("%d tickets have %d cards", tickets, cards)
	}
	const group = "Mail until the last card in Slack (everything on)"
	n := float64(each * size.cardTenants)
	used := after.minus(before)
	return []figure{
		{Group: group, Name: "ingest", Value: n / last.Sub(began).Seconds(), Unit: "messages/s",
			Note: fmt.Sprintf("%.0f mails to %d tenants with a channel each, since Slack takes one post a second in a channel", n, size.cardTenants)},
		{Group: group, Name: "cards", Value: float64(cards) / last.Sub(began).Seconds(), Unit: "cards/s", Note: "summaries, drafts and thread posts share the machine"},
		{Group: group, Name: "processor time, all processes", Value: used.sum().Seconds() * 1000 / n, Unit: "ms/message", Note: "without the stand-in for Slack"},
		{Group: group, Name: "  of it the service", Value: used.service.Seconds(), Unit: "s"},
		{Group: group, Name: "  of it Postgres", Value: used.postgres.Seconds(), Unit: "s"},
		{Group: group, Name: "  of it Dovecot", Value: used.dovecot.Seconds(), Unit: "s"},
		{Group: group, Name: "peak resident memory", Value: float64(peak) / 1e6, Unit: "MB", Goal: 100, Below: true, Note: fmt.Sprintf("with %d mailboxes", size.cardTenants)},
	}, nil
}
