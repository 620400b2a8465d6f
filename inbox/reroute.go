package inbox

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// reroute has a mail whose mailbox was removed while it waited leave from another one, where there is one.
func (o *Outbox) reroute(ctx context.Context, tx tenant.Tx, s *sending) error {
	if !s.removed {
		return nil
	}
	var number tickets.Number
	var box *uuid.UUID
	var from mail.Address
	var signed bool
	err := tx.QueryRow(ctx, `SELECT t.number, m.id, coalesce(m.address, ''), coalesce(m.from_name, ''), coalesce(m.signed_replies, true) FROM support_tickets t `+joinSender+`
		WHERE t.tenant_id = $1 AND t.id = $2`, tx.Tenant(), s.ticket).Scan(&number, &box, &from.Email, &from.Name, &signed)
	if err != nil {
		return fmt.Errorf("look for another mailbox for mail %s: %w", s.id, err)
	}
	if box == nil {
		return nil
	}
	s.removed, s.mailbox = false, MailboxID{*box}
	s.answer.From, s.answer.ReplyTo = from, o.sign.answerAddress(from.Email, signed, tx.Tenant(), number)
	if _, err := tx.Exec(ctx, `UPDATE outgoing_messages SET mailbox_id = $3, reply_to = $4 WHERE tenant_id = $1 AND id = $2`,
		tx.Tenant(), s.id, s.mailbox, s.answer.ReplyTo); err != nil {
		return fmt.Errorf("move mail %s to another mailbox: %w", s.id, err)
	}
	return nil
}
