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

func TestARemarkMayStandBehindTheMark(t *testing.T) {
	for text, want := range map[string]string{
		"4, you were quick": "you were quick", "5 - thank you!\n\nAnn": "thank you!\n\nAnn", "5! Great.": "Great.", "2; it took long": "it took long",
		"5/5, perfect": "perfect", "4 out of 5": "", "3 of 5.\nIt was fine.": "It was fine.", "4 / 5": "", "1: nobody answered": "nobody answered",
		"4. You were quick": "You were quick", "5 — merci": "merci", "4, très bien, en 2 jours": "très bien, en 2 jours",
	} {
		mark, rest := readRating(text)
		if mark != int(text[0]-'0') || rest != want {
			t.Errorf("%q is %d, %q", text, mark, rest)
		}
	}
	for _, text := range []string{
		"4 lamps are broken", "2, 3 and 4 are broken", "1. The lamp blinks\n2. The fan squeaks", "1) lamp", "4.5 stars", "4,5", "3-4 days", "5% off", "5:30 is fine",
		"2x the price", "1st of May", "4th floor", "3 - 4 weeks", "2, or 3 lamps", "5€ are missing", "1/2 of it", "4/5ths", "10", "5 of 50 lamps", "2 of the lamps", "3/5/2026 is fine", "4\u20135 days",
	} {
		if mark, rest := readRating(text); mark != 0 {
			t.Errorf("%q was taken for %d, %q", text, mark, rest)
		}
	}
}

func TestAMarkWithARemarkCountsAndTheRemarkIsKept(t *testing.T) {
	h, write := ordered(t)
	id, by := h.tickets()[0].ID, h.member()
	h.switchOn(SatisfactionMail)
	h.move(id, tickets.Resolved, by)
	h.automatic()
	write("ada@north.example", "a2@north.example", "2 of the lamps still blink.")
	if r := h.rating(id); r != nil {
		t.Errorf("rating %+v", r)
	}
	h.move(id, tickets.Resolved, by)
	h.automatic()
	write("ada@north.example", "a3@north.example", "4, you were quick.\n\nOn Mon, 2 Mar 2026 at 09:00, Acme Support wrote:\n> how satisfied are you?\n> 1 is not at all, 5 is fully.\n")
	if r := h.rating(id); r == nil || r.Score != 4 || r.Comment != "you were quick." {
		t.Fatalf("rating %+v", r)
	}
	list := h.comments(id)
	if last := list[len(list)-1]; last.Text != "4, you were quick." || last.Kind != tickets.Public {
		t.Errorf("the comment is %+v", last)
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
