package inbox

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
	"github.com/customerdesk/customerdesk/tickets"
)

// receiptWithin is how old a mail may be that gets a receipt: those that are taken in after a long outage, or when a
// mailbox is added with the mail it holds, have been answered otherwise or waited too long for a receipt to help.
const receiptWithin = 24 * time.Hour

// An opening is a mail that opened a ticket.
type opening struct {
	Ticket      tickets.ID
	Asker       string // as tenant.AddressKey makes it
	Sender      string // who sent the mail, which may have been passed on
	Title, Text string
}

// receipts writes the receipts for tickets that mail opened, in the transaction that opens them. No member gets one,
// also not for a mail that they passed on.
func (o *Outbox) receipts(ctx context.Context, tx tenant.Tx, opened []tickets.Event) ([]jobs.Insert, error) {
	ids := make([]uuid.UUID, 0, len(opened))
	for _, e := range opened {
		ids = append(ids, *e.Subject)
	}
	rows, _ := tx.Query(ctx, `SELECT t.id, u.email_key, i.from_email, t.title, left(t.description, 4000) FROM ticket_comments k
		JOIN support_tickets t ON t.tenant_id = k.tenant_id AND t.id = k.ticket_id
		JOIN customer_employees e ON e.tenant_id = t.tenant_id AND e.id = t.employee_id
		JOIN users.tenant_users u ON u.tenant_id = e.tenant_id AND u.user_id = e.user_id
		JOIN inbound_messages i ON i.tenant_id = k.tenant_id AND i.id = k.inbound_id
		WHERE k.tenant_id = $1 AND k.id = ANY ($2) AND i.received_at > $3`,
		tx.Tenant(), ids, o.cfg.Clock().Add(-receiptWithin)) // CollectRows reports the error.
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[opening])
	if err != nil {
		return nil, fmt.Errorf("look up tickets that get a receipt: %w", err)
	}
	if list, err = withoutMembers(ctx, tx, list); err != nil {
		return nil, err
	}
	// One order of locking for everybody.
	slices.SortFunc(list, func(a, b opening) int {
		return cmp.Or(strings.Compare(a.Asker, b.Asker), bytes.Compare(a.Ticket.UUID[:], b.Ticket.UUID[:]))
	})
	var due []jobs.Insert
	for _, a := range list {
		help, err := articlesFor(ctx, tx, a.Title+"\n"+a.Text)
		if err != nil {
			return nil, err
		}
		job, err := o.notify(ctx, tx, notification{kind: ReceiptMail, ticket: a.Ticket, about: a.Ticket.UUID, values: map[string]string{"articles": help}})
		if err != nil {
			return nil, err
		}
		if job != nil {
			due = append(due, *job)
		}
	}
	return due, nil
}

// withoutMembers leaves those that no support member asked or sent, and that do not ask for less automatic mail.
func withoutMembers(ctx context.Context, tx tenant.Tx, list []opening) ([]opening, error) {
	keys := make([]string, 0, 2*len(list))
	for _, a := range list {
		keys = append(keys, a.Asker, tenant.AddressKey(a.Sender))
	}
	rows, _ := tx.Query(ctx, `SELECT u.email_key FROM support_members m JOIN users.tenant_users u ON u.tenant_id = m.tenant_id AND u.user_id = m.user_id
		WHERE m.tenant_id = $1 AND u.email_key = ANY ($2)`, tx.Tenant(), keys) // CollectRows reports the error.
	members, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look for members among those who wrote: %w", err)
	}
	return slices.DeleteFunc(list, func(a opening) bool {
		return strings.EqualFold(a.Title, Unsubscribe) || slices.Contains(members, a.Asker) || slices.Contains(members, tenant.AddressKey(a.Sender))
	}), nil
}

// What a receipt says of articles.
const (
	maxHelp        = 3
	maxHelpPassage = 240 // bytes
	// leastHelp is the confidence of the best hit below which none is worth a customer's time; the others are to have
	// helpShare of its score.
	leastHelp = 0.1
	helpShare = 0.6
)

// articlesFor is a list, in Markdown, of the public articles that fit a question; empty where none does.
func articlesFor(ctx context.Context, tx tenant.Tx, question string) (string, error) {
	hits, err := kb.Search(ctx, tx, question, kb.SearchOptions{Audience: kb.ForAnyone, Limit: maxHelp})
	if err != nil {
		return "", fmt.Errorf("look for articles that help: %w", err)
	}
	var lines []string
	for i, h := range hits {
		if hits[0].Confidence < leastHelp || i > 0 && h.Score < helpShare*hits[0].Score {
			break
		}
		line := "- **" + verbatim(h.Title) + "**"
		if passage := mail.ShortLine(mail.Clean(h.Passage), maxHelpPassage); passage != "" {
			line += ": " + verbatim(passage)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n"), nil
}
