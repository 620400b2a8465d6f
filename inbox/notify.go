package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// A notification is an automatic mail that is due.
type notification struct {
	kind   TemplateKind
	ticket tickets.ID
	about  uuid.UUID         // of which there is one mail of the kind at most
	values map[string]string // of the kind's own placeholders
}

// notify writes an automatic mail to whoever asked, as a public comment of the system, which changes nothing on the
// ticket. It returns the job that sends it; nil where there is nothing to send: the kind is off, there was a mail about
// the same before, nobody can be written to, or the StormGuard holds it, of which the ticket's history tells.
func (o *Outbox) notify(ctx context.Context, tx tenant.Tx, n notification) (*jobs.Insert, error) {
	template, err := TemplateOf(ctx, tx, n.kind)
	if err != nil || !template.Enabled {
		return nil, err
	}
	who, values, err := o.addressee(ctx, tx, n)
	if err != nil || who == "" {
		return nil, err
	}
	if first, err := o.first(ctx, tx, n); err != nil || !first {
		return nil, err
	}
	out, err := o.gather(ctx, tx, n.ticket)
	if errors.Is(err, ErrNoSender) || errors.Is(err, ErrNoRecipient) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if to := addressesOf(out.to); len(to) == 0 || tenant.AddressKey(to[0].Email) != tenant.AddressKey(who) {
		return nil, nil // whoever asked has no address, or one of ours
	}
	return o.post(ctx, tx, n, out, template.Fill(template.Wording, values))
}

// post sends an automatic mail to the first recipient, unless the StormGuard holds it.
func (o *Outbox) post(ctx context.Context, tx tenant.Tx, n notification, out *outgoing, said Wording) (*jobs.Insert, error) {
	out.cc = []string{}
	if err := o.admit(ctx, tx, n.ticket, out); err != nil {
		return nil, err
	}
	by := tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByEmail}
	if o.compose.plain(said.Text) == "" {
		out.to, out.held = nil, append(out.held, "its text would be empty")
	}
	if len(out.to) == 0 {
		return nil, o.cfg.Desk.Record(ctx, tx, tickets.Event{TicketID: n.ticket, Actor: by, Kind: tickets.NoticeHeld, To: string(n.kind), Detail: strings.Join(out.held, "; ")})
	}
	c, err := o.cfg.Desk.Comment(ctx, tx, tickets.NewComment{Ticket: n.ticket, Kind: tickets.Public, Author: by, Text: said.Text, Quiet: true})
	if err != nil {
		return nil, err
	}
	out.window, out.subject = 0, tagged(said.Subject, out.number)
	return o.insert(ctx, tx, n.ticket, c.ID, out)
}

// first notes a mail, and says whether it is the first of its kind about the same.
func (o *Outbox) first(ctx context.Context, tx tenant.Tx, n notification) (bool, error) {
	tag, err := tx.Exec(ctx, `INSERT INTO mail_notices (tenant_id, kind, about_id, ticket_id, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		tx.Tenant(), n.kind, n.about, n.ticket, o.cfg.Clock())
	if err != nil {
		return false, fmt.Errorf("note a %s mail: %w", n.kind, err)
	}
	return tag.RowsAffected() == 1, nil
}

// addressee locks the ticket, which a comment would, too, but after the StormGuard's locks, and returns the address of
// whoever asked and the values of all placeholders. The address is empty where the ticket is part of another one.
func (o *Outbox) addressee(ctx context.Context, tx tenant.Tx, n notification) (email string, values map[string]string, err error) {
	var number tickets.Number
	var title, name, organisation string
	err = tx.QueryRow(ctx, `SELECT t.number, t.title, u.email, coalesce(nullif(u.name, ''), u.email), x.name FROM support_tickets t
		JOIN customer_employees e ON e.tenant_id = t.tenant_id AND e.id = t.employee_id
		JOIN users.tenant_users u ON u.tenant_id = e.tenant_id AND u.user_id = e.user_id
		JOIN tenants x ON x.id = t.tenant_id
		WHERE t.tenant_id = $1 AND t.id = $2 AND t.merged_into IS NULL FOR NO KEY UPDATE OF t`, tx.Tenant(), n.ticket).Scan(&number, &title, &email, &name, &organisation)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("look up whom a %s mail goes to: %w", n.kind, err)
	}
	values = map[string]string{"number": strconv.FormatInt(int64(number), 10), "title": titleOf(title, number), "name": name, "organisation": organisation}
	for k, v := range n.values {
		values[k] = v
	}
	return email, values, nil
}

// notices are the automatic mails that follow from changes: receipts at once, and the jobs that look at the others
// when they are due.
func (o *Outbox) notices(ctx context.Context, tx tenant.Tx, events []tickets.Event) ([]jobs.Insert, error) {
	var opened, moved []tickets.Event
	var asked []jobs.Insert
	for _, e := range events {
		switch {
		case e.Kind == tickets.Created && e.Actor.Kind == tickets.ByCustomer && e.Actor.Via == tickets.ByEmail && e.Subject != nil:
			opened = append(opened, e)
		case e.Kind == tickets.StatusChanged && len(noticesFor(e)) > 0:
			moved = append(moved, e)
		case e.Kind == tickets.OrderGiven && (e.From == askStatus && e.To == tickets.OrderDone || e.From == ForwardOrder):
			asked = append(asked, noticeJob(tx.Tenant(), e, time.Time{}))
		}
	}
	if len(opened)+len(moved) == 0 {
		return asked, nil
	}
	on, err := o.switchedOn(ctx, tx)
	if err != nil {
		return nil, err
	}
	var due []jobs.Insert
	if on.kinds[ReceiptMail] && len(opened) > 0 {
		if due, err = o.receipts(ctx, tx, opened); err != nil {
			return nil, err
		}
	}
	for _, e := range moved {
		if !slices.ContainsFunc(noticesFor(e), func(k TemplateKind) bool { return on.kinds[k] }) {
			continue
		}
		var at time.Time
		if tickets.Status(e.To) != tickets.Closed && on.window > 0 {
			at = e.At.Add(on.window)
		}
		due = append(due, noticeJob(tx.Tenant(), e, at))
	}
	return append(due, asked...), nil
}

// choices are what a tenant has switched on.
type choices struct {
	kinds  map[TemplateKind]bool
	window time.Duration // for taking an answer back
}

func (o *Outbox) switchedOn(ctx context.Context, tx tenant.Tx) (choices, error) {
	c := choices{kinds: map[TemplateKind]bool{}}
	rows, _ := tx.Query(ctx, `SELECT kind, x.settings FROM mail_templates m JOIN tenants x ON x.id = m.tenant_id
		WHERE m.tenant_id = $1 AND m.enabled`, tx.Tenant()) // ForEachRow reports the error.
	var kind TemplateKind
	var raw []byte
	_, err := pgx.ForEachRow(rows, []any{&kind, &raw}, func() error {
		s, err := tenant.ReadSettings(raw)
		c.kinds[kind], c.window = true, time.Duration(s.UndoWindow)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("look up which automatic mail is on: %w", err)
	}
	return c, nil
}
