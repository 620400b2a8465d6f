package inbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// A talk is a conversation of a few people with the desk, as mail programs and the relays between write it down.
type talk struct {
	people  []string
	subject string
	mails   []written // what can be answered
	ids     []string  // of the customers' mails
}

// A written mail is what an answer is made from.
type written struct {
	id, from, replyTo, subject string
	to, cc, refs               []string
	body                       string
	lines                      []string
}

// A town is where talks go on, with its own dice.
type town struct {
	*house
	dice  *rand.Rand
	boxes []MailboxID
	n     int
}

func (w *town) one(list ...string) string { return list[w.dice.IntN(len(list))] }

func (w *town) chance(percent int) bool { return w.dice.IntN(100) < percent }

// begin is the first mail of a talk of one to three people, who need not be of one company.
func (w *town) begin(i int) *talk {
	t := &talk{subject: w.one("Question", "Help", "Printer on fire", "Invoice missing", "Bestellung", fmt.Sprintf("Order %d", 1000+i), "")}
	domain := w.one("gmail.com", fmt.Sprintf("company%d.example", i), fmt.Sprintf("company%d.example", i))
	for k := range 1 + w.dice.IntN(3) {
		if k == 2 {
			domain = fmt.Sprintf("partner%d.example", i)
		}
		t.people = append(t.people, fmt.Sprintf("p%d.%d@%s", i, k, domain))
	}
	t.add(w.mail(t.people[0], "support@acme.example", t.subject, t.people[1:]))
	return t
}

func (w *town) mail(from, to, subject string, cc []string) written {
	w.n++
	return written{id: fmt.Sprintf("m%d@%s", w.n, domainOf(from)), from: from, replyTo: from, subject: subject, to: []string{to}, cc: cc,
		body: fmt.Sprintf("Words %d.", w.n)}
}

func (t *talk) add(m written) written {
	t.mails = append(t.mails, m)
	t.ids = append(t.ids, m.id)
	return m
}

// answer is what somebody of the talk answers to all of a mail of it.
func (w *town) answer(t *talk, m written) written {
	from := t.people[w.dice.IntN(len(t.people))]
	subject := m.subject
	if !strings.HasPrefix(subject, "Re:") {
		subject = w.one("Re: ", "RE: ", "AW: ", "Antw: ", "SV: ", "回复：") + subject
	}
	var cc []string
	for _, p := range append(slices.Clone(m.cc), m.to...) {
		if p != from && !slices.Contains(cc, p) {
			cc = append(cc, p)
		}
	}
	if m.from != from && m.from != m.replyTo {
		cc = slices.DeleteFunc(cc, func(p string) bool { return p == m.from })
	}
	r := w.mail(from, m.replyTo, subject, cc)
	r.refs = append(slices.Clone(m.refs), m.id)
	return t.add(r)
}

// mangle does to a mail what programs and relays do: mostly one thing.
func (w *town) mangle(m written) written {
	refs := func(change func(string) string) {
		m.refs = slices.Clone(m.refs)
		for i := range m.refs {
			m.refs[i] = change(m.refs[i])
		}
	}
	switch w.dice.IntN(12) {
	case 0: // it answers a mail whose id a relay has replaced
		refs(func(id string) string {
			if strings.HasSuffix(id, "@acme.example") {
				return fmt.Sprintf("0102%d-000000@email.amazonses.com", w.n)
			}
			return id
		})
	case 1: // relays rewrite domains
		refs(func(id string) string { return strings.Replace(id, "@acme.example", "@exchange.local", 1) })
	case 2:
		refs(strings.ToUpper)
	case 3: // to the plain address, as some programs do
		for _, list := range [][]string{m.to, m.cc} {
			for i, a := range list {
				if tenant.AddressKey(a) == "support@acme.example" {
					list[i] = "support@acme.example"
				}
			}
		}
	case 4: // the tag and the notes of mail systems
		m.subject = tagPattern.ReplaceAllString(m.subject, "")
	case 5:
		m.subject = "[EXTERNAL] " + m.subject
	case 6: // only the last reference
		if len(m.refs) > 1 {
			m.refs = m.refs[len(m.refs)-1:]
		}
	case 7: // only in Delivered-To
		for i, a := range m.to {
			if strings.Contains(a, "+") {
				m.to = slices.Clone(m.to)
				m.to[i] = "support@acme.example"
				m.lines = append(m.lines, "Delivered-To: "+a)
			}
		}
	case 8: // all references are lost
		if w.chance(50) {
			m.refs = nil
		}
	}
	return m
}

func (w *town) raws(m written) []Raw {
	m.to, m.cc = slices.Clone(m.to), slices.Clone(m.cc)
	m = w.mangle(m)
	lines := append([]string{}, m.lines...)
	if len(m.refs) > 0 {
		lines = append(lines, "In-Reply-To: <"+m.refs[len(m.refs)-1]+">", "References: <"+strings.Join(m.refs, "> <")+">")
	}
	if len(m.cc) > 0 {
		lines = append(lines, "Cc: "+strings.Join(m.cc, ", "))
	}
	text := strings.Replace(plainMail(m.from, m.subject, m.id, m.body+"\n", lines...), "To: support@acme.example", "To: "+strings.Join(m.to, ", "), 1)
	r := w.raw(text)
	r.Mailbox = w.boxes[w.dice.IntN(len(w.boxes))]
	if !w.chance(10) {
		return []Raw{r}
	}
	copied := w.raw(text) // it was sent to both mailboxes
	copied.Mailbox = w.boxes[w.dice.IntN(len(w.boxes))]
	return []Raw{r, copied}
}

// arrive delivers mails in any order, some of them at once.
func (w *town) arrive(mails []written) {
	w.dice.Shuffle(len(mails), func(i, k int) { mails[i], mails[k] = mails[k], mails[i] })
	for len(mails) > 0 {
		n := 1 + w.dice.IntN(min(4, len(mails)))
		var batch []Raw
		for _, m := range mails[:n] {
			batch = append(batch, w.raws(m)...)
		}
		w.accept(batch...)
		mails = mails[n:]
	}
}

// where are the tickets that the mails with these ids went to.
func (w *town) where(ids []string) map[string]tickets.ID {
	at := map[string]tickets.ID{}
	w.in(func(tx tenant.Tx) error {
		rows, err := tx.Query(w.t.Context(), `SELECT message_id, ticket_id FROM ticket_comments WHERE tenant_id = $1 AND message_id = ANY($2)`, w.tenant, ids)
		if err != nil {
			return err
		}
		for rows.Next() {
			var id string
			var ticket tickets.ID
			if err := rows.Scan(&id, &ticket); err != nil {
				return err
			}
			at[id] = ticket
		}
		return rows.Err()
	})
	return at
}

// home is the ticket that most of a talk's mails went to, and how many did.
func (w *town) home(t *talk) (id tickets.ID, n, all int) {
	count := map[tickets.ID]int{}
	for _, ticket := range w.where(t.ids) {
		if count[ticket]++; count[ticket] > n {
			id, n = ticket, count[ticket]
		}
	}
	return id, n, len(t.ids)
}

// reply lets the desk answer a talk, and makes its mail one that can be answered.
func (w *town) reply(t *talk) {
	id, _, _ := w.home(t)
	w.replyOn(t, id)
}

// replyOn lets the desk answer a talk on one of its tickets.
func (w *town) replyOn(t *talk, id tickets.ID) written {
	w.send(w.house.answer(id, "Use water."))
	sent := w.wire.all()
	m := Parse(sent[len(sent)-1].Data)
	ours := written{id: m.MessageID, from: m.From.Email, replyTo: m.ReplyTo[0].Email, subject: m.Subject, refs: m.References}
	for _, a := range m.To {
		ours.to = append(ours.to, a.Email)
	}
	for _, a := range m.Cc {
		ours.cc = append(ours.cc, a.Email)
	}
	t.mails = append(t.mails, ours)
	return ours
}

// intrude delivers what strangers send who have seen a talk's mail, but none of its signatures.
func (w *town) intrude(talks []*talk) (ids []string) {
	for i, t := range talks {
		if !w.chance(50) {
			continue
		}
		last := t.mails[w.dice.IntN(len(t.mails))]
		m := w.mail(fmt.Sprintf("stranger%d@%s", i, w.one("gmail.com", "elsewhere.example")), "support@acme.example", "Re: "+t.subject, nil)
		switch w.dice.IntN(3) {
		case 0:
			if !strings.HasSuffix(last.id, "@acme.example") {
				m.refs = []string{last.id}
			}
		case 1:
			m.subject = fmt.Sprintf("Re: %s [#%d]", t.subject, 1+w.dice.IntN(len(talks)))
		case 2:
			m.refs = []string{"newsletter@sender.example"}
		}
		ids = append(ids, m.id)
		w.arrive([]written{m})
	}
	return ids
}

// Of random talks over two mailboxes, their mail lost, mangled, doubled and out of order, 97 of 100 mails at least
// are on their talk's ticket, and no ticket holds the mail of people who have nothing to do with each other.
func TestTalksStayTogetherAndStrangersApart(t *testing.T) {
	var right, all int
	for seed := range uint64(4) {
		h := newHouse(t)
		w := &town{house: h, dice: rand.New(rand.NewPCG(seed, 1)), boxes: []MailboxID{h.box1, h.mailbox("sales@acme.example")}}
		var talks []*talk
		for i := range 25 {
			tk := w.begin(i)
			early := slices.Clone(tk.mails)
			for range w.dice.IntN(3) {
				early = append(early, w.answer(tk, tk.mails[w.dice.IntN(len(tk.mails))]))
			}
			w.arrive(early)
			talks = append(talks, tk)
		}
		for range 2 {
			for _, tk := range talks {
				w.reply(tk)
			}
			var later []written
			for _, tk := range talks {
				for range 1 + w.dice.IntN(2) {
					later = append(later, w.answer(tk, tk.mails[len(tk.mails)-1]))
				}
			}
			w.arrive(later)
		}
		strangers := w.intrude(talks)

		owner := map[tickets.ID]int{}
		for i, tk := range talks {
			_, n, of := w.home(tk)
			right, all = right+n, all+of
			for _, ticket := range w.where(tk.ids) {
				if o, taken := owner[ticket]; taken && o != i {
					t.Errorf("seed %d: talks %d and %d are on one ticket", seed, o, i)
				}
				owner[ticket] = i
			}
		}
		for id, ticket := range w.where(strangers) {
			if o, taken := owner[ticket]; taken {
				t.Errorf("seed %d: the stranger's mail %s is on the ticket of talk %d", seed, id, o)
			}
		}
	}
	t.Logf("%d of %d mails are on the ticket of their talk", right, all)
	if right*100 < all*97 {
		t.Errorf("%d of %d mails are on the ticket of their talk", right, all)
	}
}
