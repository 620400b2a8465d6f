package inbox

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/internal/secret"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestOnlyALineThatSaysNothingElseIsAnOrder(t *testing.T) {
	for text, want := range map[string]order{
		"#resolve": {"resolve", ""}, "  #Resolve. \r\n": {"resolve", ""}, "\n\n#CLOSE!\nThank you": {"close", "Thank you"},
		"#status\u00a0": {"status", ""}, "#reopen\n\nIt broke again.\nToday.": {"reopen", "It broke again.\nToday."},
	} {
		if got, ok := readOrder(text); !ok || got != want {
			t.Errorf("%q: %+v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "resolve", "#resolved", "# resolve", "#resolve it", "please #close", "#", "##close", "#delete", "Hello\n#close", "> #close", "#close #close"} {
		if got, ok := readOrder(text); ok {
			t.Errorf("%q was taken for %+v", text, got)
		}
	}
}

func FuzzOrder(f *testing.F) {
	f.Add("#resolve\nthanks")
	f.Fuzz(func(t *testing.T, text string) {
		o, ok := readOrder(text)
		if ok && len(strings.TrimSpace(text)) > 200 && o.rest == "" && !strings.ContainsAny(text, "\u00a0\u200b\ufeff \t\r\n.,;:!") {
			t.Errorf("%q lost its rest", text)
		}
	})
}

// ordered opens ticket 1 of Ada and returns how she and others write to it.
func ordered(t *testing.T) (h *house, write func(from, id, text string, more ...string)) {
	h = newHouse(t)
	h.accept(h.raw(plainMail("Ada <ada@north.example>", "The lamp", "a1@north.example", "It blinks.")))
	write = func(from, id, text string, more ...string) {
		t.Helper()
		raw := h.raw(strings.Replace(plainMail(from, "Re: The lamp", id, text, more...), "To: support@acme.example", "To: "+h.tokenAddress(), 1))
		h.accept(raw)
	}
	return h, write
}

func (h *house) tokenAddress() string {
	return h.inbox.sign.replyAddress("support@acme.example", h.tenant, 1)
}

func (h *house) orders(id tickets.ID) (list []tickets.Event) {
	h.in(func(tx tenant.Tx) error {
		all, err := tickets.Events(h.t.Context(), tx, id)
		for _, e := range all {
			if e.Kind == tickets.OrderGiven {
				list = append(list, e)
			}
		}
		return err
	})
	return list
}

func TestAnOrderByMailIsCarriedOutOnceAndReadAnewChangesNothing(t *testing.T) {
	h, write := ordered(t)
	status := func(want tickets.Status) {
		t.Helper()
		if got := h.tickets()[0].Status; got != want {
			t.Errorf("the ticket is %s, not %s", got, want)
		}
	}
	write("ada@north.example", "a2@north.example", "#Resolve.")
	status(tickets.Resolved)
	again := h.messages(Stored)[1]
	if again.Ticket == nil || *again.Ticket != 1 {
		t.Errorf("the mail is listed on ticket %v", again.Ticket)
	}
	write("ada@north.example", "a3@north.example", "#reopen\nIt blinks again.")
	status(tickets.Open)
	if err := h.inbox.Reprocess(t.Context(), h.tenant, again.ID, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByCLI}); err != nil {
		t.Fatal(err)
	}
	if err := h.inbox.Reprocess(t.Context(), h.tenant, h.messages(Stored)[2].ID, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByCLI}); err != nil {
		t.Fatal(err)
	}
	status(tickets.Open)
	list := h.comments(h.tickets()[0].ID)
	if len(list) != 3 || list[1].Kind != tickets.Internal || list[2].Text != "It blinks again." || list[2].Kind != tickets.Public {
		t.Errorf("comments %+v", list)
	}
	write("ada@north.example", "a2@north.example", "#Resolve.") // the same mail by another way
	status(tickets.Open)
	write("ada@north.example", "a4@north.example", "#close\nThank you.")
	status(tickets.Closed)
	if got := h.orders(h.tickets()[0].ID); len(got) != 3 || got[2].From != "close" || got[2].To != tickets.OrderDone {
		t.Errorf("orders %+v", got)
	}
}

func TestOrdersOfStrangersForgersAndMachinesAreNotCarriedOut(t *testing.T) {
	h, write := ordered(t)
	h.in(func(tx tenant.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE mailboxes SET auth_results = '{mx.acme.example}' WHERE tenant_id = $1`, tx.Tenant())
		return err
	})
	write("eve@elsewhere.example", "e1@elsewhere.example", "#close")
	write("ada@north.example", "m1@north.example", "#close", "Auto-Submitted: auto-replied")
	h.accept(h.raw(strings.Replace(plainMail("ada@north.example", "Re: The lamp [#1]", "n1@north.example", "#close"), "From:", "X-Test: 1\nFrom:", 1)))
	var first tickets.Ticket
	for _, tk := range h.tickets() {
		if tk.Number == 1 {
			first = tk
		}
	}
	if first.Status != tickets.Open {
		t.Errorf("the ticket is %s", first.Status)
	}
	got := h.orders(first.ID)
	if len(got) != 2 || got[0].To != tickets.OrderRefused || got[1].To != tickets.OrderRefused || got[0].Detail == got[1].Detail {
		t.Errorf("orders %+v", got)
	}
	if n := len(h.messages(Stored)); n != 4 {
		t.Errorf("%d mails are kept", n)
	}
}

func TestWhoAsksForTheStatusIsToldOnceByAnAutomaticMail(t *testing.T) {
	h, write := ordered(t)
	write("ada@north.example", "a2@north.example", "#status")
	mails := h.automatic()
	if len(mails) != 1 || mails[0].Recipients[0] != "ada@north.example" {
		t.Fatalf("mails %+v", mails)
	}
	for _, want := range []string{"Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", "is open", "#1"} {
		if !strings.Contains(string(mails[0].Data), want) {
			t.Errorf("%q is not in %s", want, mails[0].Data)
		}
	}
	if s := h.tickets()[0]; s.Status != tickets.Open || s.WaitingSince == nil {
		t.Errorf("the ticket changed: %+v", s)
	}
	for i := range 8 {
		write("ada@north.example", "b"+string(rune('0'+i))+"@north.example", "#status")
	}
	if n := len(h.automatic()); n != 4 {
		t.Errorf("%d more mails within an hour, of five in all", n)
	}
}

func TestAnswersEndWithLinksThatCarryOrders(t *testing.T) {
	h, _ := ordered(t)
	h.outbox.cfg.PublicURL = "https://help.acme.example"
	h.send(h.answer(h.tickets()[0].ID, "Turn it off."))
	m := h.readMail(h.wire.all()[0].Data)
	token := strings.Replace(h.tokenAddress(), "+", "%2B", 1)
	for _, want := range []string{"Resolve by mail: mailto:", "body=%23resolve", "body=%23status", "https://help.acme.example/t/"} {
		if !strings.Contains(m.FullText, want) {
			t.Errorf("%q is not in %q", want, m.FullText)
		}
	}
	if !strings.Contains(m.FullText, token) && !strings.Contains(m.FullText, h.tokenAddress()) {
		t.Errorf("no signed address in %q", m.FullText)
	}
	h.set("footer_links=off")
	h.send(h.answer(h.tickets()[0].ID, "And on again."))
	if m := h.readMail(h.wire.all()[1].Data); strings.Contains(m.FullText, "mailto:") {
		t.Errorf("links where they are off: %q", m.FullText)
	}
}

func (h *house) readMail(raw []byte) Message {
	h.t.Helper()
	m, err := h.inbox.parse(h.t.Context(), raw)
	if err != nil {
		h.t.Fatal(err)
	}
	return m
}

func TestALinkIsBoundToWhatItWasMadeFor(t *testing.T) {
	box, err := secret.New([]byte(strings.Repeat("k", secret.KeySize)))
	if err != nil {
		t.Fatal(err)
	}
	want := Ticked{Tenant: uuid.New(), Ticket: tickets.ID{UUID: uuid.New()}, Person: tenant.UserID{UUID: uuid.New()}, Order: "close", Until: time.Unix(1772442000, 0).UTC()}
	token := want.Token(box)
	if got, err := ReadLink(box, token); err != nil || got != want {
		t.Fatalf("%+v, %v", got, err)
	}
	for i := range token {
		other := []byte(token)
		other[i] ^= 1
		if _, err := ReadLink(box, string(other)); err == nil {
			t.Errorf("byte %d may be changed", i)
		}
	}
}

func FuzzLink(f *testing.F) {
	box, err := secret.New([]byte(strings.Repeat("k", secret.KeySize)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(Ticked{Order: "close"}.Token(box))
	f.Fuzz(func(t *testing.T, token string) {
		if got, err := ReadLink(box, token); err == nil && got.Token(box) != token {
			t.Errorf("%q is another way to write a token", token)
		}
	})
}
