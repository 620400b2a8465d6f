package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// people is how many customers the answers go to.
const people = 50

func customer(i int) string { return fmt.Sprintf("customer%d@customers.example", i%people) }

// measureAnswers answers many tickets in one transaction while the service runs, and looks how long it takes until
// the mail server has the last answer and its row says so.
func measureAnswers(ctx context.Context, h *house, size scale) (figures []figure, err error) {
	accounts := []mailserver.Account{{Address: supportAddress, Password: password}}
	for i := range people {
		accounts = append(accounts, mailserver.Account{Address: customer(i), Password: password, Kind: mailserver.Customer})
	}
	server, err := mailserver.Start(ctx, mailserver.Config{Accounts: accounts})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
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
	id, m, err := d.addTenant(ctx, p, 0, server.IMAPURL(supportAddress), server.SMTPURL(supportAddress), time.Now())
	if err != nil {
		return nil, err
	}
	open, member, err := d.openTickets(ctx, p, id, m, size.answers)
	if err != nil {
		return nil, err
	}
	// What followed from the tickets is not measured here.
	if _, err := d.super.Exec(ctx, `DELETE FROM river_job`); err != nil {
		return nil, fmt.Errorf("clear the queue: %w", err)
	}
	service, err := start(ctx, d.env(""), h.binary, "serve")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, service.stop()) }()
	err = service.wait(ctx, "the service", time.Minute, 50*time.Millisecond, func() (bool, error) {
		n, err := d.count(ctx, `SELECT count(*) FROM mailboxes WHERE last_poll_at IS NOT NULL`)
		return n == 1, err
	})
	if err != nil {
		return nil, err
	}
	if err := d.answer(ctx, p, id, open, member); err != nil {
		return nil, err
	}
	// The tenant has no Slack, for which the service would have queued nothing.
	if _, err := d.super.Exec(ctx, `DELETE FROM river_job WHERE kind LIKE 'slack_%'`); err != nil {
		return nil, fmt.Errorf("clear the queue: %w", err)
	}
	began := time.Now()
	before, err := h.spent(service.pid(), 0)
	if err != nil {
		return nil, err
	}
	err = service.wait(ctx, "the last answer", 2*time.Minute, 20*time.Millisecond, func() (bool, error) {
		n, err := d.count(ctx, `SELECT count(*) FROM outgoing_messages WHERE state = 'sent'`)
		return n == len(open), err
	})
	if err != nil {
		return nil, err
	}
	took := time.Since(began)
	after, err := h.spent(service.pid(), 0)
	if err != nil {
		return nil, err
	}
	if got := len(server.Submitted()); got != len(open) {
		return nil, fmt.Errorf("%d answers became %d mails", len(open), got)
	}
	const group = "Answers, from the committed row to sent"
	n := float64(len(open))
	return []figure{
		{Group: group, Name: "answers", Value: n / took.Seconds(), Unit: "answers/s", Goal: 800, Note: fmt.Sprintf("%d answers of one mailbox", len(open))},
		{Group: group, Name: "processor time, service and Postgres", Value: after.minus(before).sum().Seconds() * 1000 / n, Unit: "ms/answer"},
	}, nil
}

// openTickets makes n tickets that came by the mailbox, and a member who may answer them.
func (d *database) openTickets(ctx context.Context, p *parts, id tenant.ID, m inbox.Mailbox, n int) (open []tickets.ID, member tickets.Actor, err error) {
	err = d.in(ctx, id, func(tx tenant.Tx) error {
		nora, err := tenant.AddMember(ctx, tx, "Nora Berg", "nora@desk.example", tenant.Agent)
		if err != nil {
			return err
		}
		member = tickets.Actor{Kind: tickets.ByMember, User: nora.Person.ID, Via: tickets.BySlack}
		for i := range n {
			who, err := tickets.EnsureEmployee(ctx, tx, fmt.Sprintf("Customer %d", i%people), customer(i))
			if err != nil {
				return err
			}
			t, _, err := p.desk.Open(ctx, tx, tickets.NewTicket{Title: fmt.Sprintf("Question %d", i), Requester: who, Mailbox: &m.ID.UUID,
				First: tickets.NewComment{Author: tickets.Actor{Kind: tickets.ByCustomer, User: who.Person.ID, Via: tickets.ByEmail},
					Text: "My order has not arrived.", MessageID: fmt.Sprintf("question-%d@customers.example", i), Digest: []byte{1}}})
			if err != nil {
				return err
			}
			open = append(open, t.ID)
		}
		return nil
	})
	return open, member, err
}

// answer answers all tickets in one transaction, so that all answers are there at one moment.
func (d *database) answer(ctx context.Context, p *parts, id tenant.ID, open []tickets.ID, by tickets.Actor) error {
	return d.in(ctx, id, func(tx tenant.Tx) error {
		for _, t := range open {
			_, err := p.desk.Comment(ctx, tx, tickets.NewComment{Ticket: t, Kind: tickets.Public, Author: by,
				Text: "Hello,\n\nyour order left our house yesterday and should be with you tomorrow.\n\nKind regards\nNora"})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
