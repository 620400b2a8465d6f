package inbox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// found is what the database knows of a letter.
type found struct {
	taken     bool               // this delivery is stored already
	duplicate *tickets.CommentID // the same mail came by another way
	ticket    *thread            // nil: a new one
	loop      bool               // it is a mail of our own
	sender    *tickets.Employee  // whoever stands in From, where they have written before
	own       map[string]bool    // address keys of mailboxes of the tenant among the mail's addresses
}

// A thread is a ticket that a mail may belong to.
type thread struct {
	id        tickets.ID
	number    tickets.Number
	status    tickets.Status
	requester tickets.EmployeeID
}

// find locks the letter's thread, inserts its row as though it became a comment, and looks up the rest, all
// in one round trip. What is found out later only corrects the row.
func (in *Inbox) find(ctx context.Context, tx tenant.Tx, l letter) (found, error) {
	f := found{own: map[string]bool{}}
	ids := append(append(slices.Clone(l.m.References), l.m.InReplyTo...), l.m.Reported...)
	token, hasToken := in.sign.ticketOfAddresses(tx.Tenant(), l.m.recipients())
	numbers := in.numbers(tx.Tenant(), ids)
	if hasToken {
		numbers = append(numbers, token)
	}
	byID := map[string]thread{}
	byNumber := map[tickets.Number]thread{}

	var b pgx.Batch
	b.Queue(`SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k`, lockKeys(tx.Tenant(), l.m.kin()))
	if l.by == nil {
		queueInbound(&b, tx, l, l.m.Class, Stored, &l.comment, "", &f.taken)
	}
	b.Queue(`SELECT id FROM ticket_comments WHERE tenant_id = $1 AND message_id = $2 AND digest = $3`, tx.Tenant(), l.m.MessageID, l.m.Digest[:]).
		QueryRow(func(row pgx.Row) error {
			var id tickets.CommentID
			err := row.Scan(&id)
			if err == nil {
				f.duplicate = &id
			}
			return ignoreNoRows(err)
		})
	b.Queue(`SELECT address_key FROM mailboxes WHERE tenant_id = $1 AND removed_at IS NULL AND address_key = ANY($2)`, tx.Tenant(), l.m.keys()).
		Query(func(rows pgx.Rows) error {
			var key string
			_, err := pgx.ForEachRow(rows, []any{&key}, func() error { f.own[key] = true; return nil })
			return err
		})
	tickets.QueueEmployee(&b, tx, address(l.m.From), func(e tickets.Employee) { f.sender = &e })
	if len(ids) > 0 {
		b.Queue(`SELECT k.message_id, t.id, t.number, t.status, t.employee_id FROM ticket_comments k
			JOIN support_tickets t ON t.tenant_id = k.tenant_id AND t.id = k.ticket_id
			WHERE k.tenant_id = $1 AND k.message_id = ANY($2)`, tx.Tenant(), ids).
			Query(func(rows pgx.Rows) error {
				var id string
				var t thread
				_, err := pgx.ForEachRow(rows, []any{&id, &t.id, &t.number, &t.status, &t.requester}, func() error { byID[id] = t; return nil })
				return err
			})
	}
	if len(numbers) > 0 {
		b.Queue(`SELECT id, number, status, employee_id FROM support_tickets WHERE tenant_id = $1 AND number = ANY($2)`, tx.Tenant(), numbers).
			Query(func(rows pgx.Rows) error {
				var t thread
				_, err := pgx.ForEachRow(rows, []any{&t.id, &t.number, &t.status, &t.requester}, func() error { byNumber[t.number] = t; return nil })
				return err
			})
	}
	if err := tx.Send(ctx, &b); err != nil {
		return f, fmt.Errorf("look up thread: %w", err)
	}
	_, f.loop = in.sign.ticketOfMessageID(tx.Tenant(), l.m.MessageID)
	f.ticket = agree(in.nearest(tx.Tenant(), l.m, byID, byNumber), byNumber[token], hasToken)
	return f, nil
}

// agree joins what the references and the reply address say. Where they name different tickets nobody
// guesses: it is a new one.
func agree(referred *thread, addressed thread, hasToken bool) *thread {
	if !hasToken || addressed.number == 0 {
		return referred
	}
	if referred != nil && referred.id != addressed.id {
		return nil
	}
	return &addressed
}

// nearest is the ticket of the latest mail that this one answers: In-Reply-To first, then References from
// the end; by what we know of the mail, or by our signature in its id.
func (in *Inbox) nearest(id tenant.ID, m Message, byID map[string]thread, byNumber map[tickets.Number]thread) *thread {
	order := slices.Clone(m.InReplyTo)
	for _, r := range slices.Backward(m.References) {
		order = append(order, r)
	}
	for _, ref := range append(order, m.Reported...) {
		if t, ok := byID[ref]; ok {
			return &t
		}
		if n, ok := in.sign.ticketOfMessageID(id, ref); ok {
			if t, ok := byNumber[n]; ok {
				return &t
			}
		}
	}
	return nil
}

// numbers are the tickets that our own ids among ids name.
func (in *Inbox) numbers(id tenant.ID, ids []string) []tickets.Number {
	var list []tickets.Number
	for _, ref := range ids {
		if n, ok := in.sign.ticketOfMessageID(id, ref); ok {
			list = append(list, n)
		}
	}
	return list
}

// recipients are all addresses that the mail was sent to or passed through.
func (m Message) recipients() []string {
	list := slices.Clone(m.DeliveredTo)
	for _, a := range append(slices.Clone(m.To), m.Cc...) {
		list = append(list, a.Email)
	}
	return list
}

// keys are the address keys of sender and recipients.
func (m Message) keys() []string {
	list := []string{tenant.AddressKey(m.From.Email)}
	for _, a := range m.people() {
		list = append(list, tenant.AddressKey(a.Email))
	}
	return list
}

// kin are the ids by which the order of storing is kept: the mail's own, of the mail it answers and of the
// first of the thread.
func (m Message) kin() []string {
	ids := []string{m.MessageID}
	if len(m.InReplyTo) > 0 {
		ids = append(ids, m.InReplyTo[0])
	}
	if n := len(m.References); n > 0 {
		ids = append(ids, m.References[0], m.References[n-1])
	}
	return ids
}

// lockKeys turns message ids into keys of advisory locks, each of a tenant's own, in one order for
// everybody. A mail and its answer share an id, so whichever comes first is stored before the other looks.
func lockKeys(id tenant.ID, ids []string) []int64 {
	keys := make([]int64, 0, len(ids))
	for _, ref := range ids {
		sum := sha256.Sum256(append(append(make([]byte, 0, len(id)+len(ref)), id[:]...), ref...))
		keys = append(keys, int64(binary.BigEndian.Uint64(sum[:8])))
	}
	slices.SortFunc(keys, cmp.Compare[int64])
	return slices.Compact(keys)
}

func ignoreNoRows(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}
