package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

// A way is what is known of one mail: where and when it was delivered, announced and posted.
type way struct {
	desk, nth int    // it is the nth mail of the desk's mailbox
	question  string // the words in its subject that no other mail has
	delivered time.Time
	posted    time.Time
}

// announcements are when a server first said on the service's own connection that a mailbox has n messages.
type announcements struct {
	mu    sync.Mutex
	first [][]time.Time // by desk, by n-1
}

func (a *announcements) note(desk, n int) {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.first[desk]) < n {
		a.first[desk] = append(a.first[desk], now)
	}
}

func (a *announcements) of(w way) (time.Time, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.first[w.desk]) < w.nth {
		return time.Time{}, false
	}
	return a.first[w.desk][w.nth-1], true
}

// measureDelay runs the whole service on some mailboxes with a Slack channel each, delivers mail at a steady pace, and
// looks at what passes on the way: a proxy before each mailbox sees the EXISTS, and a card's ts is when Slack took it.
func measureDelay(ctx context.Context, h *house, size scale) (figures []figure, err error) {
	server, err := dovecot.Start(ctx, dovecot.Config{Users: users("delay", size.desks)})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	stand, err := slackserver.Start(ctx, slackConfig(size.desks), "127.0.0.1:0")
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

	told := &announcements{first: make([][]time.Time, size.desks)}
	var waiting atomic.Int64 // how often a client has begun to wait
	proxies := make([]*proxy, size.desks)
	for i := range proxies {
		watch := func() *sniffer {
			return &sniffer{exists: func(n int) { told.note(i, n) }, idle: func() { waiting.Add(1) }}
		}
		if proxies[i], err = startProxy(ctx, server.Addr(), 0, watch); err != nil {
			return nil, err
		}
		defer proxies[i].close()
	}
	if err := d.addDesks(ctx, p, stand, size.desks, func(i int) string { return imapURL(userName("delay", i), proxies[i].addr()) }); err != nil {
		return nil, err
	}
	service, err := start(ctx, d.env(stand.APIURL()), h.binary, "serve")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, service.stop()) }()
	err = service.wait(ctx, "all mailboxes to be watched", time.Minute, 50*time.Millisecond, func() (bool, error) {
		return waiting.Load() >= int64(size.desks), nil
	})
	if err != nil {
		return nil, err
	}
	delivered := make([]int, size.desks)
	cards := 0
	for _, lot := range []struct {
		rate, n int
	}{{1, size.slow}, {20, size.fast}} {
		progress("delay: %d mails at %d/s", lot.n, lot.rate)
		ways, err := deliver(ctx, server, fmt.Sprintf("delay%d", lot.rate), lot.n, lot.rate, delivered)
		if err != nil {
			return nil, err
		}
		cards += lot.n
		err = service.wait(ctx, "all cards", time.Minute, 100*time.Millisecond, func() (bool, error) {
			n, err := d.count(ctx, cardsPosted)
			return n >= cards, err
		})
		if err != nil {
			return nil, err
		}
		some, err := delayFigures(stand, told, ways, lot.rate)
		if err != nil {
			return nil, err
		}
		figures = append(figures, some...)
	}
	return figures, nil
}

// deliver writes n mails, each the first of a thread, in turn to all desks, at a steady rate a second.
func deliver(ctx context.Context, server *dovecot.Server, name string, n, rate int, delivered []int) ([]way, error) {
	ways := make([]way, 0, n)
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for i, l := range letters(3*n+10, supportAddress, name, 1) {
		if l.Parent >= 0 {
			continue
		}
		if len(ways) == n {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		desk := len(ways) % len(delivered)
		if err := server.Deliver(userName("delay", desk), l.Raw); err != nil {
			return nil, err
		}
		delivered[desk]++
		ways = append(ways, way{desk: desk, nth: delivered[desk], question: fmt.Sprintf("%s: question %d about", name, i), delivered: time.Now()})
	}
	return ways, nil
}

func delayFigures(stand *slackserver.Server, told *announcements, ways []way, rate int) ([]figure, error) {
	var announced, fromExists, fromDelivery []time.Duration
	for _, w := range ways {
		for _, m := range stand.Messages(channelID(w.desk)) {
			if m.BotID == "" || !strings.Contains(m.VisibleText(), w.question) {
				continue
			}
			at, err := postedAt(m)
			if err != nil {
				return nil, err
			}
			w.posted = at
			break
		}
		exists, ok := told.of(w)
		if w.posted.IsZero() || !ok {
			return nil, fmt.Errorf("%q was announced: %t, and has a card: %t", w.question, ok, !w.posted.IsZero())
		}
		announced = append(announced, exists.Sub(w.delivered))
		fromExists = append(fromExists, w.posted.Sub(exists))
		fromDelivery = append(fromDelivery, w.posted.Sub(w.delivered))
	}
	group := fmt.Sprintf("Delay from a mail to its card in Slack, at %d mails/s over %d channels", rate, len(told.first))
	ms := func(all []time.Duration, p float64) float64 { return float64(percentile(all, p).Microseconds()) / 1000 }
	return []figure{
		{Group: group, Name: "from the server's EXISTS, p50", Value: ms(fromExists, 50), Unit: "ms", Goal: 150, Below: true, Note: fmt.Sprintf("%d mails", len(ways))},
		{Group: group, Name: "from the server's EXISTS, p99", Value: ms(fromExists, 99), Unit: "ms", Goal: 500, Below: true},
		{Group: group, Name: "from delivery, p50", Value: ms(fromDelivery, 50), Unit: "ms", Note: fmt.Sprintf("Dovecot announces a mail %.0f ms after its delivery (p50)", ms(announced, 50))},
		{Group: group, Name: "from delivery, p99", Value: ms(fromDelivery, 99), Unit: "ms"},
	}, nil
}
