package inbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// move has a member merge, split or undo either, at random; what is refused does nothing.
func (w *town) move(by tickets.Actor) string {
	list := w.tickets()
	a, b := list[w.dice.IntN(len(list))], list[w.dice.IntN(len(list))]
	said := ""
	err := tenant.In(w.t.Context(), w.pool, w.tenant, func(tx tenant.Tx) error {
		switch w.dice.IntN(6) {
		case 0, 1:
			said = fmt.Sprintf("merge %d into %d", a.Number, b.Number)
			return w.desk.Merge(w.t.Context(), tx, a.ID, b.ID, by)
		case 2:
			said = fmt.Sprintf("undo the merge of %d", a.Number)
			return w.desk.Unmerge(w.t.Context(), tx, a.ID, by)
		case 3, 4:
			all, err := tickets.Comments(w.t.Context(), tx, a.ID)
			if err != nil || len(all) < 2 {
				return err
			}
			k := all[w.dice.IntN(len(all))]
			said = fmt.Sprintf("split %s off %d", k.MessageID, a.Number)
			_, err = w.desk.Split(w.t.Context(), tx, a.ID, k.ID, by)
			return err
		}
		said = fmt.Sprintf("undo the split of %d", a.Number)
		return w.desk.Unsplit(w.t.Context(), tx, a.ID, by)
	})
	switch {
	case errors.Is(err, tickets.ErrMerged), errors.Is(err, tickets.ErrClosed), errors.Is(err, tickets.ErrInvalid), errors.Is(err, tickets.ErrNotMoved):
		return ""
	case err != nil:
		w.t.Fatalf("%s: %v", said, err)
	}
	return said
}

// However tickets are merged and split, and that is undone, an answer goes where the mail is that it answers.
func TestAnswersFollowTheMailTheyAnswerThroughAnyMoves(t *testing.T) {
	for seed := range uint64(4) {
		h := newHouse(t)
		w := &town{house: h, dice: rand.New(rand.NewPCG(seed, 2)), boxes: []MailboxID{h.box1}}
		by := h.member()
		tk := &talk{people: []string{"p0@customer.example", "p1@customer.example", "p2@customer.example"}}
		var history []string
		for i, subject := range []string{"Printer on fire", "Invoice missing", "Login refused", "Parcel lost"} {
			m := tk.add(w.mail(tk.people[i%3], "support@acme.example", subject, []string{tk.people[(i+1)%3]}))
			w.accept(w.plainly(m))
		}
		for range 120 {
			switch w.dice.IntN(4) {
			case 0:
				if said := w.move(by); said != "" {
					history = append(history, said)
				}
			case 1:
				list := slices.DeleteFunc(w.tickets(), func(t tickets.Ticket) bool { return t.Status == tickets.Closed })
				if len(list) == 0 {
					continue
				}
				at := list[w.dice.IntN(len(list))]
				m := w.replyOn(tk, at.ID)
				history = append(history, fmt.Sprintf("%s answers on %d", m.id, at.Number))
			default:
				of := tk.mails[w.dice.IntN(len(tk.mails))]
				m := w.answer(tk, of)
				w.accept(w.plainly(m))
				at := w.where([]string{of.id, m.id})
				history = append(history, fmt.Sprintf("%s answers %s, to %s cc %s, subject %s", m.id, of.id, m.to, m.cc, m.subject))
				if at[of.id] != at[m.id] {
					t.Fatalf("seed %d: %s answers %s and went elsewhere:\n%s", seed, m.id, of.id, strings.Join(history, "\n"))
				}
			}
		}
	}
}

func (w *town) plainly(m written) Raw {
	var lines []string
	if len(m.refs) > 0 {
		lines = append(lines, "In-Reply-To: <"+m.refs[len(m.refs)-1]+">", "References: <"+strings.Join(m.refs, "> <")+">")
	}
	if len(m.cc) > 0 {
		lines = append(lines, "Cc: "+strings.Join(m.cc, ", "))
	}
	return w.raw(strings.Replace(plainMail(m.from, m.subject, m.id, m.body+"\n", lines...), "To: support@acme.example", "To: "+strings.Join(m.to, ", "), 1))
}
