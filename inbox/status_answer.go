package inbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// statusAnswer is the mail to somebody who asked how things are, see askStatus. No tenant switches it on or off: it is
// only sent to who asked for it.
func statusAnswer() TemplateSpec {
	return TemplateSpec{
		Kind: "status-answer", When: "when somebody asks by mail",
		Default: Wording{"Re: {{title}}", "Hello {{name}},\n\nyour request **#{{number}}** is {{status}}.\n\n{{next}}\n"},
		Placeholders: []Placeholder{
			{Name: "number"}, {Name: "title"}, {Name: "name"}, {Name: "organisation"}, {Name: "status"}, {Name: "next"},
		},
	}
}

// next says what comes after a status.
func next(s tickets.Status) string {
	switch s {
	case tickets.Open:
		return "One of us will answer it. To add something, answer this mail."
	case tickets.InProgress:
		return "One of us is working on it. To add something, answer this mail."
	case tickets.Resolved:
		return "If it is not solved for you, answer this mail: that opens it again."
	}
	return "If there is anything else, answer this mail: that opens a new request, which follows on this one."
}

// answerStatus writes the mail that an order asked for; ok is false where the job is about something else.
func (o *Outbox) answerStatus(ctx context.Context, tx tenant.Tx, a NoticeArgs) (send *jobs.Insert, ok bool, err error) {
	var asked tenant.Person
	var status tickets.Status
	err = tx.QueryRow(ctx, `SELECT u.name, u.email, t.status FROM ticket_events v
		JOIN users.tenant_users u ON u.tenant_id = v.tenant_id AND u.user_id = v.actor_user_id
		JOIN support_tickets t ON t.tenant_id = v.tenant_id AND t.id = v.ticket_id
		WHERE v.tenant_id = $1 AND v.id = $2 AND v.ticket_id = $3 AND v.kind = $4`, tx.Tenant(), a.Event, a.Ticket, tickets.OrderGiven).
		Scan(&asked.Name, &asked.Email, &status)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("look at order %s: %w", a.Event, err)
	}
	spec := statusAnswer()
	n := notification{kind: spec.Kind, ticket: a.Ticket, about: a.Event, values: map[string]string{
		"status": statusWords(string(status)), "next": next(status), "name": asked.Called(),
	}}
	requester, values, err := o.addressee(ctx, tx, n)
	if err != nil || requester == "" {
		return nil, true, err
	}
	if first, err := o.first(ctx, tx, n); err != nil || !first {
		return nil, true, err
	}
	out, err := o.gather(ctx, tx, n.ticket)
	if errors.Is(err, ErrNoSender) || errors.Is(err, ErrNoRecipient) {
		return nil, true, nil
	}
	if err != nil {
		return nil, true, err
	}
	out.to, out.cc = nil, nil
	out.add(tickets.Participant{Email: asked.Email, Name: asked.Name, Role: "requester"})
	if len(out.to) == 0 {
		return nil, true, nil
	}
	send, err = o.post(ctx, tx, n, out, spec.Fill(spec.Default, values))
	return send, true, err
}
