package inbox

import (
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// threadColumns are read by scanThread; $2 are the address keys of the mail's people.
const threadColumns = `t.id, t.number, t.title, t.status, t.employee_id, c.key, t.split_from, t.updated_at,
	ARRAY(SELECT p.role || ' ' || p.email_key FROM ticket_participants p
		WHERE p.tenant_id = t.tenant_id AND p.ticket_id = t.id AND p.email_key = ANY($2))`

func scanThread(rows pgx.Rows, more ...any) (thread, error) {
	var t thread
	var roles []string
	err := rows.Scan(append(more, &t.id, &t.number, &t.title, &t.status, &t.requester, &t.company, &t.splitFrom, &t.updated, &roles)...)
	t.roles = roleList(roles)
	return t, err
}

// looked is what find collects before it decides.
type looked struct {
	byID     map[string][]thread // tickets of known mail
	byRef    []thread            // of mail that refers to what this one is or refers to
	byNumber map[tickets.Number]thread
	titled   []thread
	known    map[string]bool // references of the mail, each with the id of a ticket that has mail with it already
}

// collect scans threads, each with what stands before it in the row.
func collect(each func(thread), more ...any) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		for rows.Next() {
			t, err := scanThread(rows, more...)
			if err != nil {
				return err
			}
			each(t)
		}
		return rows.Err()
	}
}

// queue has b look for tickets by all that the mail says.
func (k *looked) queue(b *pgx.Batch, tx tenant.Tx, m Message, numbers []tickets.Number) {
	people := m.keys()
	if ids := m.referred(); len(ids) > 0 {
		k.queueMail(b, tx, people, ids)
	}
	k.queueReferences(b, tx, people, m)
	if len(numbers) > 0 {
		k.queueNumbers(b, tx, people, numbers)
	}
	if key, reply := subjectKey(m.Subject); reply && key != "" {
		k.queueTitled(b, tx, people, key, m.senders())
	}
}

// queueMail looks for known mail.
func (k *looked) queueMail(b *pgx.Batch, tx tenant.Tx, people, ids []string) {
	var id string
	b.Queue(`SELECT k.message_id, `+threadColumns+` FROM ticket_comments k
		JOIN support_tickets t ON t.tenant_id = k.tenant_id AND t.id = k.ticket_id
		JOIN customers c ON c.tenant_id = t.tenant_id AND c.id = t.customer_id
		WHERE k.tenant_id = $1 AND k.message_id = ANY($3)`, tx.Tenant(), people, ids).
		Query(collect(func(t thread) { k.byID[id] = append(k.byID[id], t) }, &id))
}

// queueReferences looks for mail that refers to this one, or to what this one refers to.
func (k *looked) queueReferences(b *pgx.Batch, tx tenant.Tx, people []string, m Message) {
	var ref string
	b.Queue(`SELECT r.ref, `+threadColumns+`
		FROM (SELECT comment_id, ref FROM comment_references WHERE tenant_id = $1 AND ref = ANY($3) ORDER BY comment_id DESC LIMIT 50) r
		JOIN ticket_comments k ON k.tenant_id = $1 AND k.id = r.comment_id
		JOIN support_tickets t ON t.tenant_id = $1 AND t.id = k.ticket_id
		JOIN customers c ON c.tenant_id = $1 AND c.id = t.customer_id`, tx.Tenant(), people, m.references()).
		Query(collect(func(t thread) {
			t.answers = ref == m.MessageID
			k.byRef = append(k.byRef, t)
			k.known[ref+t.id.String()] = true
		}, &ref))
}

// queueNumbers looks for tickets, or those that they are part of.
func (k *looked) queueNumbers(b *pgx.Batch, tx tenant.Tx, people []string, numbers []tickets.Number) {
	var n tickets.Number
	b.Queue(`SELECT s.number, `+threadColumns+` FROM support_tickets s
		JOIN support_tickets t ON t.tenant_id = s.tenant_id AND t.id = coalesce(s.merged_into, s.id)
		JOIN customers c ON c.tenant_id = t.tenant_id AND c.id = t.customer_id
		WHERE s.tenant_id = $1 AND s.number = ANY($3)`, tx.Tenant(), people, numbers).
		Query(collect(func(t thread) {
			t.asked = n
			k.byNumber[n] = t
		}, &n))
}

// queueTitled looks for open tickets with the same subject that one of the senders takes part in.
func (k *looked) queueTitled(b *pgx.Batch, tx tenant.Tx, people []string, key string, senders []string) {
	b.Queue(`SELECT `+threadColumns+`
		FROM (SELECT DISTINCT coalesce(merged_into, id) AS id FROM
			(SELECT id, merged_into FROM support_tickets WHERE tenant_id = $1 AND subject_key = $3 ORDER BY number DESC LIMIT 50) x) s
		JOIN support_tickets t ON t.tenant_id = $1 AND t.id = s.id
		JOIN customers c ON c.tenant_id = t.tenant_id AND c.id = t.customer_id
		WHERE t.status <> 'closed' AND EXISTS (SELECT FROM ticket_participants p
			WHERE p.tenant_id = t.tenant_id AND p.ticket_id = t.id AND p.email_key = ANY($4)) ORDER BY t.number DESC`,
		tx.Tenant(), people, key, senders).
		Query(collect(func(t thread) { k.titled = append(k.titled, t) }))
}

// maxUnseen is how many unknown ids of one mail are kept: the first and the latest.
const maxUnseen = 8

// unseen are the references of the mail that no mail is known by, and its conversation: what joins it to
// mail that is still to come. What other mail of its ticket has in common with it is kept there already.
func (k looked) unseen(m Message, join *thread) []string {
	var list []string
	add := func(ref string) {
		if !slices.Contains(list, ref) && (join == nil || !k.known[ref+join.id.String()]) {
			list = append(list, ref)
		}
	}
	for _, id := range append(slices.Clone(m.References), m.InReplyTo...) {
		if len(k.byID[id]) == 0 && !idPattern.MatchString(strings.ToLower(id)) {
			add(id)
		}
	}
	if len(list) > maxUnseen {
		list = append(list[:1:1], list[len(list)-maxUnseen+1:]...)
	}
	if m.ThreadIndex != nil {
		add(conversationKey(m.ThreadIndex))
	}
	return list
}
