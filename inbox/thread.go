package inbox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// found is what the database knows of a letter.
type found struct {
	taken     bool               // this delivery is stored already
	duplicate *tickets.CommentID // the same mail came by another way
	verdict                      // the ticket it belongs to, if any
	loop      bool               // it is a mail of our own
	sender    *tickets.Sender    // whoever stands in From, where they have written before
	own       map[string]bool    // address keys of mailboxes of the tenant among the mail's addresses
	home      bool               // the domain in From is that of a mailbox of the tenant
	misread   bool               // it was to be passed on, and cannot be: see passOn
	unseen    []string           // what it refers to and nobody knows yet
}

// find locks the letter's thread, inserts its row as though it became a comment, and looks up the rest, all
// in one round trip. What is found out later only corrects the row.
func (in *Inbox) find(ctx context.Context, tx tenant.Tx, l letter) (found, error) {
	f := found{own: map[string]bool{}}
	k := looked{byID: map[string][]thread{}, byNumber: map[tickets.Number]thread{}, known: map[string]bool{}}
	named := in.named(tx.Tenant(), l.m)

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
	f.queueOwn(&b, tx, l.m)
	tickets.QueueSender(&b, tx, address(l.m.From), func(s tickets.Sender) { f.sender = &s })
	k.queue(&b, tx, l.m, named.all())
	relieve(&b, tx, l.m, named)
	if err := tx.Send(ctx, &b); err != nil {
		return f, fmt.Errorf("look up thread: %w", err)
	}
	if err := k.succeed(ctx, tx, l.m.keys()); err != nil {
		return f, err
	}
	_, f.loop = in.sign.ticketOfMessageID(tx.Tenant(), l.m.MessageID)
	s := in.signals(tx.Tenant(), onBehalf(l.m, f), f, k, named)
	if err := s.relate(ctx, tx); err != nil {
		return f, err
	}
	if f.verdict = s.agree(); l.m.Class == machine.AutoReply || l.m.Class == machine.Bounce || l.m.Class == machine.Report {
		f.verdict = s.machine()
	}
	f.unseen = k.unseen(l.m, f.join)
	return f, nil
}

// queueOwn looks for mailboxes of the tenant among the mail's addresses, and beside that of its sender.
func (f *found) queueOwn(b *pgx.Batch, tx tenant.Tx, m Message) {
	b.Queue(`SELECT address_key, address_key = ANY($2) FROM mailboxes
		WHERE tenant_id = $1 AND removed_at IS NULL AND (address_key = ANY($2) OR split_part(address_key, '@', 2) = $3)`,
		tx.Tenant(), m.keys(), domainOf(senderKey(m))).
		Query(func(rows pgx.Rows) error {
			var key string
			var named bool
			_, err := pgx.ForEachRow(rows, []any{&key, &named}, func() error {
				if named {
					f.own[key] = true
				}
				f.home = f.home || domainOf(key) == domainOf(senderKey(m))
				return nil
			})
			return err
		})
}

// A naming is what tickets a mail names by number, and how.
type naming struct {
	tokens, signed, tags []tickets.Number
	indexed              tickets.Number // 0: by none
}

func (n naming) all() []tickets.Number {
	list := slices.Concat(n.tokens, n.signed, n.tags)
	if n.indexed != 0 {
		list = append(list, n.indexed)
	}
	return list
}

func (in *Inbox) named(id tenant.ID, m Message) naming {
	n := naming{tokens: in.sign.ticketsOfAddresses(id, m.recipients()), tags: tagsOf(m.Subject)}
	n.signed = in.sign.ticketsOfIDs(id, m.Answers+" "+strings.Join(m.Reported, " "))
	n.indexed, _ = in.sign.ticketOfIndex(id, m.ThreadIndex)
	return n
}

// signals puts together what was found for the mail's sender.
func (in *Inbox) signals(id tenant.ID, m Message, f found, k looked, n naming) signals {
	s := signals{now: in.cfg.Clock()}
	s.subject, s.reply = subjectKey(m.Subject)
	sender, member := senderKey(m), f.sender != nil && f.sender.Role != ""
	if m.behalf { // anybody can write anybody's name into a form
		sender, member, k.titled = "", false, nil
	}
	judged := func(list []thread) []thread {
		for i := range list {
			list[i].judge(sender, member)
		}
		return list
	}
	numbered := func(numbers []tickets.Number) (list []thread) {
		for _, n := range numbers {
			if t, ok := k.byNumber[n]; ok {
				list = append(list, t)
			}
		}
		return judged(list)
	}
	s.tokens, s.tagged = numbered(n.tokens), numbered(n.tags)
	if list := numbered([]tickets.Number{n.indexed}); len(list) > 0 {
		s.indexed = &list[0]
	}
	s.shared, s.titled = judged(k.byRef), judged(k.titled)
	in.nearest(id, m, k, judged, &s)
	if s.parent == nil {
		// What is left is what relays have mangled beyond an id, in no order of nearness.
		if list := numbered(n.signed); len(list) > 0 {
			last := list[len(list)-1]
			s.parent, s.signed, s.was = &last, true, last.asked
		}
	}
	return s
}

// nearest sets the ticket of the latest mail that this one answers: In-Reply-To first, then References from
// the end; by what we know of the mail, or by our signature in its id. Of several mails with one id that of
// a ticket the sender is in counts, and where the latest is a stranger's, the one before it.
func (in *Inbox) nearest(id tenant.ID, m Message, k looked, judged func([]thread) []thread, s *signals) {
	order := slices.Clone(m.InReplyTo)
	for _, r := range slices.Backward(m.References) {
		order = append(order, r)
	}
	for _, ref := range append(order, m.Reported...) {
		t, was := in.ofMail(id, ref, k, judged)
		switch {
		case t == nil, s.parent != nil && t.sender != insider:
			continue
		case s.parent == nil || t.id != s.parent.id:
			s.parent, s.signed, s.was = t, was != 0, was
		}
		if s.signed || s.parent.sender != stranger {
			break
		}
	}
	if s.parent == nil || len(m.InReplyTo) == 0 || slices.ContainsFunc(m.InReplyTo, func(id string) bool { return slices.Contains(m.References, id) }) {
		return
	}
	for _, ref := range slices.Backward(m.References) {
		if t, _ := in.ofMail(id, ref, k, judged); t != nil {
			s.crossed = t
			return
		}
	}
}

// ofMail is the ticket of a mail that another one names, nil where none is known; was is the one that its id was signed
// for, 0 where it was not.
func (in *Inbox) ofMail(id tenant.ID, ref string, k looked, judged func([]thread) []thread) (t *thread, was tickets.Number) {
	if numbers := in.sign.ticketsOfIDs(id, ref); len(numbers) > 0 {
		was = numbers[0]
	}
	if list := judged(k.byID[ref]); len(list) > 0 {
		best := slices.MaxFunc(list, func(a, b thread) int { return int(a.sender) - int(b.sender) })
		return &best, was
	}
	if t, ok := k.byNumber[was]; ok && was != 0 {
		return &judged([]thread{t})[0], was
	}
	return nil, 0
}

// machine decides for what a machine sent, which is nobody's word: strong signals count whoever the sender is,
// unless they contradict each other.
func (s signals) machine() verdict {
	claims := s.claims()
	if len(claims) == 0 || slices.ContainsFunc(claims, func(t thread) bool { return t.id != claims[0].id }) {
		return verdict{}
	}
	return verdict{join: &claims[0]}
}

// referred are the ids of all mail that the mail answers or reports about.
func (m Message) referred() []string {
	return append(append(slices.Clone(m.References), m.InReplyTo...), m.Reported...)
}

// references are by what other mail may be known to belong with this one.
func (m Message) references() []string {
	list := append(m.referred(), m.MessageID)
	if m.ThreadIndex != nil {
		list = append(list, conversationKey(m.ThreadIndex))
	}
	return list
}

// senders are the address keys of those the mail may be from: see onBehalf.
func (m Message) senders() []string {
	list := []string{senderKey(m)}
	if len(m.ReplyTo) > 0 {
		list = append(list, tenant.AddressKey(m.ReplyTo[0].Email))
	}
	return list
}

// recipients are all addresses that the mail was sent to or passed through, with the names of the former.
func (m Message) recipients() []string {
	list := slices.Clone(m.DeliveredTo)
	for _, a := range append(slices.Clone(m.To), m.Cc...) {
		list = append(list, a.Email, a.Name) // address books keep an address as a name
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
