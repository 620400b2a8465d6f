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

// forwardAnswer is the mail to a member who forwarded a mail with forwardWord that could not be passed on.
func forwardAnswer() TemplateSpec {
	return TemplateSpec{
		Kind: "forward-answer", When: "when a forwarded mail cannot be passed on",
		Default: Wording{"Re: {{title}}", "Hello {{name}},\n\nthe mail that you forwarded with " + forwardWord + " could not be passed on: {{why}}. " +
			"It is ticket **#{{number}}** in your own name, and nobody else was written to.\n\n" +
			"Forward it once more as an attachment, or with the lines of the original that say whom it is from, when it was sent and what about.\n"},
		Placeholders: []Placeholder{{Name: "number"}, {Name: "title"}, {Name: "name"}, {Name: "organisation"}, {Name: "why"}},
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

// answerOrder writes the mail that an order by mail asks for; ok is false where the job is about something else.
func (o *Outbox) answerOrder(ctx context.Context, tx tenant.Tx, a NoticeArgs) (send *jobs.Insert, ok bool, err error) {
	var asked tenant.Person
	var status tickets.Status
	var order, why string
	err = tx.QueryRow(ctx, `SELECT u.name, u.email, t.status, v.from_value, v.detail FROM ticket_events v
		JOIN users.tenant_users u ON u.tenant_id = v.tenant_id AND u.user_id = v.actor_user_id
		JOIN support_tickets t ON t.tenant_id = v.tenant_id AND t.id = v.ticket_id
		WHERE v.tenant_id = $1 AND v.id = $2 AND v.ticket_id = $3 AND v.kind = $4`, tx.Tenant(), a.Event, a.Ticket, tickets.OrderGiven).
		Scan(&asked.Name, &asked.Email, &status, &order, &why)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("look at order %s: %w", a.Event, err)
	}
	spec := statusAnswer()
	if order == ForwardOrder {
		spec = forwardAnswer()
	}
	n := notification{kind: spec.Kind, ticket: a.Ticket, about: a.Event, values: map[string]string{
		"status": statusWords(string(status)), "next": next(status), "why": why, "name": asked.Called(),
	}}
	requester, values, err := o.addressee(ctx, tx, n)
	if err != nil || requester == "" {
		return nil, true, err
	}
	if order == ForwardOrder && tenant.AddressKey(requester) != tenant.AddressKey(asked.Email) {
		return nil, true, nil // what is on a customer's ticket, they may see
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
