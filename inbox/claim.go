package inbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

const claimQuery = `
WITH o AS (
	UPDATE outgoing_messages SET state = 'sending', sending_at = $3, attempts = attempts + 1, retry_at = NULL
	WHERE tenant_id = $1 AND id IN (
		SELECT id FROM outgoing_messages WHERE tenant_id = $1 AND id = ANY ($2) AND (state = 'queued' AND send_at <= $3 OR state = 'sending' AND sending_at <= $4)
		ORDER BY id FOR UPDATE)
	RETURNING *)
SELECT o.id, o.ticket_id, o.comment_id, o.mailbox_id, o.message_id, o.reply_to, o.recipients, o.cc, o.subject, o.in_reply_to, o.refs, o.settled,
       o.refused, o.attempts, o.created_at, m.address, m.from_name, m.removed_at IS NOT NULL, k.text, q.text, q.html, q.created_at, q.name, o.thread_index, o.send_at > o.created_at, greatest(o.send_at, o.created_at),
       EXISTS (SELECT FROM tenant_logos l WHERE l.tenant_id = o.tenant_id),
       EXISTS (SELECT FROM attachments f WHERE f.tenant_id = k.tenant_id AND f.comment_id = k.id AND f.inbound_id IS NULL),
       q.pictured,
       k.author_kind, coalesce(b.name, ''), x.name, coalesce(nullif(v.signature, ''), x.settings->>'signature', ''),
       t.number, e.user_id, r.email, coalesce((x.settings->>'footer_links')::boolean, true),
       coalesce(x.settings->>'language', ''), coalesce(x.settings->>'timezone', '')
FROM o
JOIN mailboxes m ON m.tenant_id = o.tenant_id AND m.id = o.mailbox_id
JOIN ticket_comments k ON k.tenant_id = o.tenant_id AND k.id = o.comment_id
JOIN tenants x ON x.id = o.tenant_id
JOIN support_tickets t ON t.tenant_id = o.tenant_id AND t.id = o.ticket_id
JOIN customer_employees e ON e.tenant_id = t.tenant_id AND e.id = t.employee_id
JOIN users.tenant_users r ON r.tenant_id = e.tenant_id AND r.user_id = e.user_id
LEFT JOIN users.tenant_users b ON b.tenant_id = k.tenant_id AND b.user_id = k.author_user_id
LEFT JOIN support_members v ON v.tenant_id = k.tenant_id AND v.user_id = k.author_user_id
LEFT JOIN LATERAL (
	SELECT c.text, left(c.html, $5) AS html, c.created_at, coalesce(nullif(u.name, ''), u.email) AS name,
		(SELECT c.id WHERE EXISTS (SELECT FROM attachments p WHERE p.tenant_id = c.tenant_id AND p.comment_id = c.id AND p.inline AND p.inbound_id IS NOT NULL)) AS pictured
	FROM ticket_comments c LEFT JOIN users.tenant_users u ON u.tenant_id = c.tenant_id AND u.user_id = c.author_user_id
	WHERE c.tenant_id = o.tenant_id AND c.ticket_id = o.ticket_id AND c.kind = 'public' AND c.author_kind = 'customer' AND c.id < o.comment_id
	ORDER BY c.id DESC LIMIT 1) q ON true`

// A claim is what came of asking for a mail: the mail, or how long another process's claim holds still or the mail
// is to wait; the zero value where the mail is done with.
type claim struct {
	mail *sending
	wait time.Duration
}

// claims takes mails for this process.
func (o *Outbox) claims(ctx context.Context, owner tenant.ID, ids []OutgoingID) ([]claim, error) {
	got := make(map[OutgoingID]claim, len(ids))
	err := tenant.In(ctx, o.cfg.Pool, owner, func(tx tenant.Tx) error {
		now := o.cfg.Clock()
		rows, _ := tx.Query(ctx, claimQuery, tx.Tenant(), ids, now, now.Add(-o.cfg.Lease), maxQuotedSource) // CollectRows reports the error.
		mails, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (sending, error) { return o.scanSending(owner, row) })
		if err != nil {
			return fmt.Errorf("claim %d mails: %w", len(ids), err)
		}
		for _, s := range mails {
			if err := o.reroute(ctx, tx, &s); err != nil {
				return err
			}
			got[s.id] = claim{mail: &s}
		}
		if len(got) < len(ids) {
			return o.held(ctx, tx, ids, now, got)
		}
		return nil
	})
	list := make([]claim, len(ids))
	for i, id := range ids {
		list[i] = got[id]
		delete(got, id) // asked for twice at once, it is claimed by the first
	}
	return list, err
}

func (o *Outbox) scanSending(owner tenant.ID, row pgx.CollectableRow) (sending, error) {
	var s sending
	var to, cc []string
	var quoted, quotedHTML, quotedName *string
	var quotedAt *time.Time
	var member, organisation, signature string
	var by tickets.ActorKind
	var (
		number    tickets.Number
		requester tenant.Person
		linked    bool

		language, zone string
	)
	a := &s.answer
	err := row.Scan(&s.id, &s.ticket, &s.comment, &s.mailbox.UUID, &s.messageID, &a.ReplyTo, &to, &cc, &a.Subject, &a.InReplyTo, &a.References, &s.settled,
		&s.refused, &s.attempts, &s.createdAt, &a.From.Email, &a.From.Name, &s.removed, &a.Text, &quoted, &quotedHTML, &quotedAt, &quotedName, &a.ThreadIndex, &s.waited, &s.since,
		&s.logo, &s.files, &s.pictured, &by, &member, &organisation, &signature, &number, &requester.ID.UUID, &requester.Email, &linked, &language, &zone)
	a.MessageID, a.Date, a.To, a.Cc = s.messageID, s.createdAt, addressesOf(to), addressesOf(cc)
	if signature == "" {
		signature = organisation
	}
	a.Signature = append([]string{member}, strings.Split(mail.Newlines(signature), "\n")...)
	if linked && by != tickets.BySystem {
		a.Links = o.links(owner, s, number, requester)
	}
	if a.Automatic = by == tickets.ByAI || by == tickets.BySystem; a.Automatic {
		a.Leave = o.unsubscribeLink(owner, s, requester)
	}
	// What a notice quotes would reach whoever somebody else wrote in the name of.
	if quoted != nil && quotedName != nil && by != tickets.BySystem {
		a.Quoted = &Quoted{Name: *quotedName, At: *quotedAt, Text: *quoted, HTML: *quotedHTML, Language: language, Zone: tenant.Zone(zone)}
	}
	return s, err
}

// held adds how long the claims of other processes hold still, and how long mails are to wait.
func (o *Outbox) held(ctx context.Context, tx tenant.Tx, ids []OutgoingID, now time.Time, got map[OutgoingID]claim) error {
	rows, _ := tx.Query(ctx, `SELECT id, state = 'queued', coalesce(CASE state WHEN 'queued' THEN send_at ELSE sending_at END, $3)
		FROM outgoing_messages WHERE tenant_id = $1 AND id = ANY ($2) AND state IN ('queued', 'sending')`, tx.Tenant(), ids, now)
	var id OutgoingID
	var waits bool
	var at time.Time
	_, err := pgx.ForEachRow(rows, []any{&id, &waits, &at}, func() error {
		switch {
		case got[id].mail != nil:
		case waits:
			got[id] = claim{wait: max(at.Sub(now), time.Millisecond)}
		default:
			got[id] = claim{wait: max(at.Add(o.cfg.Lease).Sub(now), time.Second)}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look at claimed mails: %w", err)
	}
	return nil
}
