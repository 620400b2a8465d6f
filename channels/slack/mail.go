package slack

import (
	"context"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// Mail reads the mail that came in; *inbox.Inbox does.
type Mail interface {
	MessageByID(ctx context.Context, tx tenant.Tx, id uuid.UUID) (inbox.Inbound, []byte, error)
}

// showMail shows all that can be read of the mail that a comment came by.
func (a *App) showMail(ctx context.Context, d desk, trigger string, c tickets.Comment) error {
	if c.InboundID == nil || a.mails == nil {
		return tickets.ErrNotFound
	}
	m, err := tenant.Get(ctx, a.pool, d.tenant, func(tx tenant.Tx) (inbox.Inbound, error) {
		m, _, err := a.mails.MessageByID(ctx, tx, *c.InboundID)
		return m, err
	})
	if err != nil {
		return err
	}
	if m.FullText == "" {
		return &refusal{"This mail has no text. `customerdesk ticket show --raw` writes it out as it came."}
	}
	return a.open(ctx, d, trigger, draw.TextModal("Whole mail", m.FullText))
}
