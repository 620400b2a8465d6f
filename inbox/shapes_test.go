package inbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A step is a mail of a conversation, and the number of the ticket that it is to be on.
type step struct {
	from, subject, id string
	lines             []string
	body              string
	want              int
}

// numbersOf are the tickets with the mails of an id.
func (h *house) numbersOf(id string) (list []int) {
	h.t.Helper()
	for _, tk := range h.tickets() {
		for _, c := range h.comments(tk.ID) {
			if c.MessageID == id {
				list = append(list, int(tk.Number))
			}
		}
	}
	return list
}

func TestConversationsOfUnusualShapesStayTogetherAndStrangersApart(t *testing.T) {
	irt := func(ids ...string) []string {
		return []string{"In-Reply-To: <" + ids[len(ids)-1] + ">", "References: <" + strings.Join(ids, "> <") + ">"}
	}
	for name, steps := range map[string][]step{
		"two strangers same subject re": {
			{"a@gmail.com", "Help", "a1@gmail.com", nil, "", 1},
			{"b@gmail.com", "Re: Help", "b1@gmail.com", nil, "", 2},
			{"b@gmail.com", "Re: Help", "b2@gmail.com", nil, "", 2},
			{"a@gmail.com", "Re: Help", "a2@gmail.com", nil, "", 1},
		},
		"grandchild, child, parent": {
			{"a@c.example", "Re: Help", "g@c.example", irt("p@c.example", "k@c.example"), "", 1},
			{"a@c.example", "Re: Help", "k@c.example", irt("p@c.example"), "", 1},
			{"a@c.example", "Help", "p@c.example", nil, "", 1},
		},
		"grandchild only irt, parent, child": {
			{"a@gmail.com", "Re: Help", "g@c.example", irt("k@c.example"), "", 1},
			{"a@gmail.com", "Help", "p@c.example", nil, "", 2},
			{"a@gmail.com", "Re: Help", "k@c.example", irt("p@c.example"), "", 2},
		},
		"colleague replies before": {
			{"b@c.example", "Re: Help", "k@c.example", append(irt("p@c.example"), "Cc: a@c.example"), "", 1},
			{"a@c.example", "Help", "p@c.example", []string{"Cc: b@c.example"}, "", 1},
		},
		"person of other company in cc before parent": {
			{"b@d.example", "Re: Help", "k@d.example", append(irt("p@c.example"), "Cc: a@c.example"), "", 1},
			{"a@c.example", "Help", "p@c.example", []string{"Cc: b@d.example"}, "", 1},
		},
		"child then parent empty subject": {
			{"a@gmail.com", "Re:", "k@c.example", irt("p@c.example"), "", 1},
			{"a@gmail.com", "", "p@c.example", nil, "", 1},
		},
		"reply with a changed subject RE to parent later": {
			{"a@c.example", "AW: Other words entirely", "k@c.example", irt("p@c.example"), "", 1},
			{"a@c.example", "Help", "p@c.example", nil, "", 1},
		},
		"old mail reused": {
			{"a@c.example", "Help", "p@c.example", nil, "", 1},
			{"a@c.example", "Invoice wrong", "k@c.example", irt("p@c.example"), "", 2},
			{"a@c.example", "Re: Invoice wrong", "k2@c.example", irt("p@c.example", "k@c.example"), "", 2},
		},
		"old mail reused fwd": {
			{"a@c.example", "Help", "p@c.example", nil, "", 1},
			{"a@c.example", "Fwd: Help", "k@c.example", irt("p@c.example"), "", 1},
		},
		"newsletter": {
			{"a@gmail.com", "Re: News of May", "a1@x", irt("news@n.example"), "", 1},
			{"b@gmail.com", "Re: News of May", "b1@x", irt("news@n.example"), "", 2},
			{"c@web.de", "AW: News of May", "c1@x", irt("news@n.example"), "", 3},
			{"b@gmail.com", "Re: News of May", "b2@x", irt("news@n.example", "b1@x"), "", 2},
			{"a@gmail.com", "Re: News of May", "a2@x", irt("news@n.example"), "", 1},
		},
		"newsletter same company, different persons": {
			{"a@c.example", "Re: News of May", "a1@x", irt("news@n.example"), "", 1},
			{"b@c.example", "Re: News of May", "b1@x", irt("news@n.example"), "", 2},
		},
		"newsletter known to us (subscribed)": {
			{"news@n.example", "News of May", "news@n.example", []string{"List-Id: <n.n.example>", "List-Unsubscribe: <mailto:x@n.example>"}, "", 1},
			{"a@gmail.com", "Re: News of May", "a1@x", irt("news@n.example"), "", 2},
			{"b@gmail.com", "Re: News of May", "b1@x", irt("news@n.example"), "", 3},
		},
		"stranger references known mail": {
			{"a@c.example", "Help", "p@c.example", nil, "", 1},
			{"s@e.example", "Re: Help", "s@e.example", irt("p@c.example"), "", 2},
			{"s@e.example", "Re: Help", "s2@e.example", irt("p@c.example", "s@e.example"), "", 2},
			{"a@c.example", "Re: Help", "p2@c.example", irt("p@c.example"), "", 1},
		},
		"reply to stranger's": {
			{"a@c.example", "Help", "p@c.example", nil, "", 1},
			{"s@e.example", "Re: Help", "s@e.example", irt("p@c.example"), "", 2},
			{"a@c.example", "Re: Help", "p2@c.example", append(irt("p@c.example", "s@e.example"), "Cc: s@e.example"), "", 1},
		},
		"contradiction: references two": {
			{"a@c.example", "Help", "p@c.example", nil, "", 1},
			{"a@c.example", "Invoice wrong", "q@c.example", nil, "", 2},
			{"a@c.example", "Re: Help", "r@c.example", []string{"In-Reply-To: <p@c.example>", "References: <q@c.example>"}, "", 3},
		},
		"contradiction: tag": {
			{"a@c.example", "Help", "p@c.example", nil, "", 1},
			{"a@c.example", "Invoice wrong", "q@c.example", nil, "", 2},
			{"a@c.example", "Re: Help [#2]", "r@c.example", irt("p@c.example"), "", 3},
		},
		"tag of a stranger": {
			{"a@c.example", "Help", "p@c.example", nil, "", 1},
			{"s@e.example", "Re: Help [#1]", "r@c.example", nil, "", 2},
		},
		"tag only": {
			{"a@c.example", "Help", "p@c.example", nil, "", 1},
			{"A+x@C.example", "Re: Completely different [#1]", "r@c.example", nil, "", 1},
		},
		"case of ids": {
			{"a@c.example", "Help", "AbC@C.Example", nil, "", 1},
			{"a@c.example", "Re: Help", "r@c.example", irt("AbC@c.example"), "", 1},
		},
		"idn": {
			{"a@bücher.example", "Help", "p@c.example", nil, "", 1},
			{"a@xn--bcher-kva.example", "Re: Help", "r@c.example", nil, "", 1},
			{"B@XN--BCHER-KVA.example", "Re: Help", "s@c.example", irt("p@c.example"), "", 1},
		},
		"free mail colleague": {
			{"a@gmail.com", "Help", "p@c.example", nil, "", 1},
			{"b@gmail.com", "Re: Help", "r@c.example", irt("p@c.example"), "", 2},
		},
		"free mail cc": {
			{"a@gmail.com", "Help", "p@c.example", []string{"Cc: B+tag@Gmail.com"}, "", 1},
			{"b@gmail.com", "Re: Help", "r@c.example", irt("p@c.example"), "", 1},
		},
		"same mid other content": {
			{"a@c.example", "Help", "p@c.example", nil, "one", 1},
			{"s@e.example", "Other", "p@c.example", nil, "two", 2},
			{"a@c.example", "Re: Help", "r@c.example", irt("p@c.example"), "", 1},
			{"s@e.example", "Re: Other", "r2@c.example", irt("p@c.example"), "", 2},
		},
		"self reference": {
			{"a@c.example", "Help", "p@c.example", irt("p@c.example"), "", 1},
			{"a@c.example", "Re: Help", "r@c.example", irt("r@c.example", "p@c.example"), "", 1},
		},
		"relay changed the id of the first": {
			{"a@c.example", "Re: Help", "r1@c.example", irt("orig@c.example"), "", 1},
			{"b@c.example", "Re: Help", "r2@c.example", append(irt("orig@c.example"), "Cc: a@c.example"), "", 1},
		},
		"missing id references": {
			{"a@c.example", "Help", "p", nil, "", 1},
			{"a@c.example", "Re: Help", "r@c.example", irt("p"), "", 1},
			{"b@d.example", "Re: Help", "r2@c.example", append(irt("p"), "Cc: a@c.example"), "", 2},
		},
		"thread index": {
			{"a@c.example", "Help", "p@c.example", []string{"Thread-Index: AdEAAAAAAAECAwQFBgcICQoLDA0ODw=="}, "", 1},
			{"b@d.example", "RE: Help", "r@d.example", []string{"Thread-Index: AdEAAAAAAAECAwQFBgcICQoLDA0ODwAAAAAA", "Cc: a@c.example"}, "", 1},
			{"s@e.example", "RE: Help", "s@d.example", []string{"Thread-Index: AdEAAAAAAAECAwQFBgcICQoLDA0ODwAAAAAA"}, "", 2},
			{"a@c.example", "Invoice wrong", "p3@c.example", []string{"Thread-Index: AdEAAAAAAAECAwQFBgcICQoLDA0ODwAAAAAAAA=="}, "", 3},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			for i, s := range steps {
				body := s.body
				if body == "" {
					body = fmt.Sprintf("Words %d.", i)
				}
				h.accept(h.raw(plainMail(s.from, s.subject, s.id, body+"\n", s.lines...)))
			}
			for i, s := range steps {
				if got := h.numbersOf(s.id); !slices.Contains(got, s.want) || len(got) > 1 && s.body == "" {
					t.Errorf("mail %d (%s) is on %v, want %d", i, s.id, got, s.want)
				}
			}
		})
	}
}
