package inbox

import (
	"context"
	"fmt"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// A Preview is what an automatic mail would look like.
type Preview struct {
	Subject string `json:"subject"`
	Text    string `json:"text"` // Markdown, without the signature
	HTML    string `json:"html"`
}

// Preview fills in a template, for a ticket or, where that is nil, for an example. Nothing is sent or written.
func (o *Outbox) Preview(ctx context.Context, tx tenant.Tx, t Template, ticket *tickets.Ticket) (Preview, error) {
	values, number := t.Examples(), tickets.Number(42)
	org, err := tenant.Current(ctx, tx)
	if err != nil {
		return Preview{}, err
	}
	values["organisation"] = org.Name
	if ticket != nil {
		number = ticket.Number
		more := map[string]string{"status": statusWords(string(ticket.Status))}
		if more["articles"], err = articlesFor(ctx, tx, ticket.Title+"\n"+ticket.Description); err != nil {
			return Preview{}, err
		}
		_, real, err := o.addressee(ctx, tx, notification{kind: t.Kind, ticket: ticket.ID, values: more})
		if err != nil {
			return Preview{}, err
		}
		for k, v := range real {
			values[k] = v
		}
	}
	said := t.Fill(t.Wording, values)
	page, err := o.compose.html(said.Text, nil, Answer{})
	if err != nil {
		return Preview{}, fmt.Errorf("preview of the template %s: %w", t.Kind, err)
	}
	return Preview{Subject: tagged(said.Subject, number), Text: said.Text, HTML: page}, nil
}
