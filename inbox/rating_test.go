package inbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestOnlyALineWithADigitFromOneToFiveIsAMark(t *testing.T) {
	for text, want := range map[string]int{"5": 5, " 1. \r\nIt took long.": 1, "\n\n3\u00a0": 3} {
		if got, _ := readRating(text); got != want {
			t.Errorf("%q: %d", text, got)
		}
	}
	if _, rest := readRating("4!\n\nThank you.\nBye."); rest != "Thank you.\nBye." {
		t.Errorf("rest %q", rest)
	}
	for _, text := range []string{"", "0", "6", "55", "5 lamps", "Hello\n5", "> 5", "#5", "five", "-5", "\u0665"} {
		if got, _ := readRating(text); got != 0 {
			t.Errorf("%q was taken for %d", text, got)
		}
	}
}

func FuzzRating(f *testing.F) {
	f.Add("5\nthanks")
	f.Fuzz(func(t *testing.T, text string) {
		mark, rest := readRating(text)
		if mark < 0 || mark > tickets.BestScore || mark == 0 && rest != "" || !strings.Contains(text, rest) {
			t.Errorf("%q is %d, %q", text, mark, rest)
		}
	})
}

func (h *house) rating(id tickets.ID) (r *tickets.Rating) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) (err error) {
		r, err = tickets.RatingOf(h.t.Context(), tx, id)
		return err
	})
	return r
}

func TestWhoeverAskedIsAskedOnceAndAnswersWithADigit(t *testing.T) {
	h, write := ordered(t)
	id, by := h.tickets()[0].ID, h.member()
	write("ada@north.example", "a2@north.example", "4") // nobody asked for it
	if h.rating(id) != nil {
		t.Fatal("a digit is a mark though nobody was asked")
	}
	h.switchOn(SatisfactionMail)
	h.outbox.cfg.PublicURL = "https://help.acme.example"
	h.move(id, tickets.Resolved, by)
	sent := h.automatic()
	if len(sent) != 1 || fmt.Sprint(sent[0].Recipients) != "[ada@north.example]" {
		t.Fatalf("%d mails", len(sent))
	}
	m := h.readMail(sent[0].Data)
	for _, want := range []string{"- 5: https://help.acme.example/t/", "- 1: https://help.acme.example/t/", "how satisfied"} {
		if !strings.Contains(m.FullText, want) {
			t.Errorf("%q is not in %q", want, m.FullText)
		}
	}

	write("ada@north.example", "a3@north.example", "4")
	if r := h.rating(id); r == nil || r.Score != 4 || r.Comment != "" || r.By.Email != "ada@north.example" {
		t.Fatalf("rating %+v", r)
	}
	if s := h.tickets()[0]; s.Status != tickets.Resolved || len(h.tickets()) != 1 {
		t.Errorf("the digit made the ticket %s", s.Status)
	}
	// A stranger's and a machine's mark do not count, also not with the signed address.
	write("eve@elsewhere.example", "e1@elsewhere.example", "1")
	write("ada@north.example", "m1@north.example", "1", "Auto-Submitted: auto-replied")
	if r := h.rating(id); r.Score != 4 {
		t.Errorf("rating %+v", r)
	}
	if list := h.orders(id); len(list) != 1 || list[0].To != tickets.OrderRefused || list[0].From != "rate" {
		t.Errorf("refusals %+v", list)
	}
	h.move(id, tickets.Closed, by)
	h.automatic()
	write("ada@north.example", "a4@north.example", "2\nOn second thoughts, it took long.")
	if r := h.rating(id); r.Score != 2 || r.Comment != "On second thoughts, it took long." {
		t.Errorf("rating %+v", r)
	}
	if s := h.tickets(); len(s) != 1 || s[0].Status != tickets.Closed {
		t.Errorf("%d tickets", len(s))
	}
}

func TestClosingAResolvedTicketDoesNotAskAgain(t *testing.T) {
	h, _ := ordered(t)
	id, by := h.tickets()[0].ID, h.member()
	h.switchOn(SatisfactionMail)
	h.move(id, tickets.Resolved, by)
	sent := h.automatic()
	if len(sent) != 1 || strings.Contains(string(sent[0].Data), "/t/") || strings.Contains(string(sent[0].Data), "these links") {
		t.Fatalf("%d mails, links without an address for them", len(sent))
	}
	h.move(id, tickets.Closed, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByItself})
	if sent := h.automatic(); len(sent) != 0 {
		t.Errorf("%d more questions", len(sent))
	}
}

func TestARatingIsItsTenantsAlone(t *testing.T) {
	pool := pgtest.New(t).Service
	h, other := houseIn(t, pool, "acme"), houseIn(t, pool, "other")
	h.accept(h.raw(plainMail("ann@customer.example", "Hello", "x@customer.example", "Hello.\n")))
	tk := h.tickets()[0]
	h.in(func(tx tenant.Tx) error {
		return h.desk.Rate(t.Context(), tx, tk.ID, 5, "", nil, tickets.Actor{Kind: tickets.ByCustomer, User: tk.Requester.ID, Via: tickets.ByWeb})
	})
	if h.rating(tk.ID) == nil || other.rating(tk.ID) != nil || other.count("ticket_ratings") != 0 {
		t.Error("another tenant sees it")
	}
}
