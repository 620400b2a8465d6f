package ai_test

import (
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestWhatAProgramAnsweredIsNotTakenForTheCustomersWords(t *testing.T) {
	w := newWorld(t, ai.Provider{})
	tk := w.open("Lamp flickers", "The lamp in the entrance hall flickers since the last thunderstorm on Monday.")
	w.in(func(tx tenant.Tx) error {
		mailbox, inbound := tenant.NewID(), tenant.NewID()
		if _, err := tx.Exec(t.Context(), `INSERT INTO mailboxes (tenant_id, id, address, address_key, imap_url, smtp_url, credentials, since)
			VALUES ($1, $2, 'support@acme.test', 'support@acme.test', '', '', '', now())`, tx.Tenant(), mailbox); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `INSERT INTO inbound_messages (tenant_id, id, mailbox_id, folder, uid_validity, uid, received_at, size, digest, class, state)
			VALUES ($1, $2, $3, 'INBOX', 1, 1, $4, 1, '', 'auto-reply', 'stored')`, tx.Tenant(), inbound, mailbox, time.Now()); err != nil {
			return err
		}
		_, err := w.desk.Comment(t.Context(), tx, tickets.NewComment{Ticket: tk.ID, Kind: tickets.Internal, Quiet: true, Inbound: &inbound,
			Text:   "The office in Hamburg stays closed for the carnival, and Mrs Peters takes all urgent lamp calls meanwhile.",
			Author: tickets.Actor{Kind: tickets.ByCustomer, User: tk.Requester.ID, Via: tickets.ByEmail}})
		return err
	})
	w.customerSays(tk, "Now the second lamp in the entrance hall flickers as well, and the switch is warm.")
	w.work()
	list := w.suggestions(tk, ai.Summary)
	if len(list) == 0 {
		t.Fatal("there is no summary")
	}
	if text := list[0].Text; strings.Contains(text, "carnival") || !strings.Contains(text, "flickers") {
		t.Errorf("the summary reads %q", text)
	}
}
