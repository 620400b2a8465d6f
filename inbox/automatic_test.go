package inbox

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/kb"
	"github.com/customerdesk/customerdesk/tickets"
)

// switchOn has a kind of automatic mail sent.
func (h *house) switchOn(kind TemplateKind) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) error { return SwitchTemplate(h.t.Context(), tx, kind, true, h.now.Now()) })
}

// publish adds an article.
func (h *house) publish(title, text string, who kb.Visibility) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) error {
		l := kb.New(h.now.Now)
		a, err := l.Add(h.t.Context(), tx, kb.Document{Title: title, Content: text, Visibility: who})
		if err == nil {
			_, err = l.Publish(h.t.Context(), tx, a.ID)
		}
		return err
	})
}

// automatic works the jobs that look at what became of tickets, twice each, and returns the mails that are queued.
func (h *house) automatic() []Envelope {
	h.t.Helper()
	h.mu.Lock()
	due := h.due
	h.due = nil
	h.mu.Unlock()
	for _, a := range append(due, due...) {
		w := NoticeWorker{Outbox: h.outbox, Queue: queueOf{h}}
		if err := w.Work(h.t.Context(), &river.Job[NoticeArgs]{Args: a}); err != nil {
			h.t.Fatal(err)
		}
	}
	h.mu.Lock()
	list := h.queued
	h.queued = nil
	h.mu.Unlock()
	before := len(h.wire.all())
	for _, a := range list {
		h.send(a)
	}
	return h.wire.all()[before:]
}

// queueOf takes the jobs of mails for a house.
type queueOf struct{ *house }

func (q queueOf) Insert(_ context.Context, _ tenant.Tx, in ...jobs.Insert) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range in {
		q.queued = append(q.queued, j.Args.(SendArgs))
	}
	return nil
}

func (h *house) move(id tickets.ID, to tickets.Status, by tickets.Actor) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) error { return h.desk.SetStatus(h.t.Context(), tx, id, to, by) })
}

func TestAReceiptGoesToWhoeverOpensATicketByMail(t *testing.T) {
	h := newHouse(t)
	h.accept(h.raw(plainMail("Zoe <zoe@customer.example>", "Before it is on", "a0@customer.example", "Hello.\n")))
	h.switchOn(ReceiptMail)
	h.publish("Printer on fire", "When the printer is on fire, unplug the printer and use sand.", kb.Public)
	h.publish("Printer on fire: what we never say", "The printer is always on fire.", kb.Internal)
	first := h.raw(plainMail("Ann *Bold* Bérg <ann@customer.example>", "Printer on fire", "a1@customer.example", "My printer is on fire.\n",
		"Cc: Bob <bob@customer.example>"))
	h.accept(first)
	h.accept(first) // taken again, as after a crash
	sent := h.automatic()
	if len(sent) != 1 {
		t.Fatalf("%d mails", len(sent))
	}
	if fmt.Sprint(sent[0].Recipients) != "[ann@customer.example]" {
		t.Errorf("it went to %v", sent[0].Recipients)
	}
	m, raw := Parse(sent[0].Data), string(sent[0].Data)
	if m.Subject != "Re: Printer on fire [#2]" || m.InReplyTo[0] != "a1@customer.example" || !strings.Contains(m.FullText, `Ann *Bold* Bérg`) ||
		!strings.Contains(m.FullText, "#2") || !strings.Contains(m.FullText, "use sand") || strings.Contains(m.FullText, "never say") || strings.Contains(m.HTML, "<em>") {
		t.Errorf("mail %+v", m)
	}
	for _, want := range []string{"Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", "List-Unsubscribe:"} {
		if !strings.Contains(raw, want) {
			t.Errorf("no %s in\n%s", want, raw)
		}
	}
	if strings.Contains(raw, "> My printer") {
		t.Error("it quotes what may be a forger's")
	}
	tk := h.tickets()[0]
	comments := h.comments(tk.ID)
	if tk.Status != tickets.Open || tk.WaitingSince == nil || tk.FirstAnsweredAt != nil || len(comments) != 2 {
		t.Errorf("the receipt counts as an answer: %+v, %d comments", tk, len(comments))
	}
	if c := comments[1]; c.AuthorKind != tickets.BySystem || c.Kind != tickets.Public || c.Delivery != "sent" || c.MessageID != m.MessageID {
		t.Errorf("comment %+v", c)
	}

	// An answer to the receipt finds the ticket, and gets no receipt of its own.
	h.accept(h.raw(plainMail("ann@customer.example", "Re: Printer on fire [#2]", "a2@customer.example", "It is out.\n", "In-Reply-To: <"+m.MessageID+">")))
	if n := len(h.comments(tk.ID)); n != 3 || len(h.tickets()) != 2 || len(h.automatic()) != 0 {
		t.Errorf("%d comments on %d tickets", n, len(h.tickets()))
	}
}

func TestNoReceiptGoesToMachinesForgersMembersOrOldMail(t *testing.T) {
	for name, c := range map[string]struct {
		mail string
		age  time.Duration
		held string
	}{
		"a person":         {mail: plainMail("ann@customer.example", "Hello", "x@customer.example", "Hello.\n")},
		"a program":        {mail: plainMail("ann@customer.example", "Hello", "x@customer.example", "Hello.\n", "Auto-Submitted: auto-generated"), held: "program"},
		"noreply":          {mail: plainMail("noreply@customer.example", "Hello", "x@customer.example", "Hello.\n"), held: "program"},
		"a newsletter":     {mail: plainMail("news@customer.example", "News", "x@customer.example", "Buy.\n", "List-Unsubscribe: <mailto:u@customer.example>", "Precedence: bulk", "List-Id: <n.customer.example>"), held: "many"},
		"an absence":       {mail: plainMail("ann@customer.example", "Automatic reply: Hello", "x@customer.example", "I am away.\n", "Auto-Submitted: auto-replied"), held: "-"},
		"a member":         {mail: plainMail("mia@acme.example", "Hello", "x@acme.example", "I have a question, too.\n"), held: "-"},
		"a passed on mail": {mail: plainMail("Mia <mia@acme.example>", "Fwd: Help", "x@acme.example", "@fwd\n\n---------- Forwarded message ---------\nFrom: Ann <ann@customer.example>\nDate: Mon, 2 Mar 2026\nSubject: Help\nTo: mia@acme.example\n\nPlease help.\n"), held: "-"},
		"our own address":  {mail: plainMail("support@acme.example", "Hello", "x@customer.example", "Hello.\n"), held: "-"},
		"nobody":           {mail: "Subject: Hello\nMessage-ID: <x@customer.example>\n\nHello.\n", held: "-"},
		"no more, please":  {mail: plainMail("ann@customer.example", "Unsubscribe", "x@customer.example", "\n"), held: "-"},
		"an old mail":      {mail: plainMail("ann@customer.example", "Hello", "x@customer.example", "Hello.\n"), age: 25 * time.Hour, held: "-"},
		"whose mail fails": {mail: exposed + plainMail("ann@customer.example", "Hello", "x@customer.example", "Hello.\n"), held: "verified"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.member()
			h.switchOn(ReceiptMail)
			h.trust("mx.acme.example")
			r := h.raw(c.mail)
			r.ReceivedAt = r.ReceivedAt.Add(-c.age)
			h.accept(r)
			sent, list := h.automatic(), h.tickets()
			if c.held == "" {
				if len(sent) != 1 || len(list) != 1 {
					t.Fatalf("%d mails, %d tickets", len(sent), len(list))
				}
				return
			}
			if len(sent) != 0 {
				t.Fatalf("a receipt went out: %s", sent[0].Data)
			}
			if c.held != "-" && (len(list) != 1 || !strings.Contains(h.heldBack(list[0].ID), c.held)) {
				t.Errorf("held %q, want %q", h.heldBack(list[0].ID), c.held)
			}
		})
	}
}

// heldBack is why automatic mail on a ticket was not sent.
func (h *house) heldBack(id tickets.ID) (why string) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) error {
		all, err := tickets.Events(h.t.Context(), tx, id)
		for _, e := range all {
			if e.Kind == tickets.NoticeHeld {
				why += e.Detail
			}
		}
		return err
	})
	return why
}

func TestReceiptsStopWhereOnePersonOpensManyTickets(t *testing.T) {
	h := newHouse(t)
	h.switchOn(ReceiptMail)
	for n := range 8 {
		h.accept(h.raw(plainMail("ann@customer.example", fmt.Sprintf("Question %c", 'a'+n), fmt.Sprintf("x%d@customer.example", n), fmt.Sprintf("Hello %c.\n", 'a'+n))))
	}
	if n := len(h.automatic()); n != 5 || len(h.tickets()) != 8 {
		t.Errorf("%d receipts for %d tickets", n, len(h.tickets()))
	}
	if why := h.heldBack(h.tickets()[0].ID); !strings.Contains(why, "5 automatic mails") {
		t.Errorf("held: %q", why)
	}
}

func TestCustomersAreToldOfANewStatusOnceItIsSettled(t *testing.T) {
	h, tk := asked(t)
	h.switchOn(StatusMail)
	h.switchOn(ClosingMail)
	by := h.member()
	// What an answer does, the answer says.
	h.in(func(tx tenant.Tx) error {
		_, err := h.desk.Comment(t.Context(), tx, tickets.NewComment{Ticket: tk.ID, Kind: tickets.Public, Author: by, Text: "Use water."})
		return err
	})
	if sent := h.automatic(); len(sent) != 1 || !strings.Contains(string(sent[0].Data), "Use water") {
		t.Fatalf("%d mails for an answer", len(sent))
	}
	// Of two changes in a row the second counts.
	h.move(tk.ID, tickets.Resolved, by)
	h.move(tk.ID, tickets.Open, by)
	h.move(tk.ID, tickets.Resolved, by)
	sent := h.automatic()
	if len(sent) != 1 || !strings.Contains(string(sent[0].Data), "is now resolved") || fmt.Sprint(sent[0].Recipients) != "[ann@customer.example]" {
		t.Fatalf("%d mails of the status", len(sent))
	}
	if now := h.tickets()[0]; now.Status != tickets.Resolved {
		t.Errorf("the mail made the ticket %s", now.Status)
	}
	// What the customer does, they know.
	h.accept(h.raw(plainMail("ann@customer.example", "Re: Printer on fire [#1]", "a2@customer.example", "No.\n", "In-Reply-To: <"+sent[0].MessageID+">")))
	if now := h.tickets()[0]; now.Status != tickets.Open || len(h.automatic()) != 0 {
		t.Errorf("the ticket is %s", now.Status)
	}
	h.move(tk.ID, tickets.Closed, tickets.Actor{Kind: tickets.BySystem, Via: tickets.ByItself})
	if sent = h.automatic(); len(sent) != 1 || !strings.Contains(string(sent[0].Data), "is closed now") {
		t.Fatalf("%d closing notices", len(sent))
	}
}

func TestNothingAutomaticLeavesUntilATenantSaysSo(t *testing.T) {
	pool := pgtest.New(t).Service
	h, other := houseIn(t, pool, "acme"), houseIn(t, pool, "other")
	for _, kind := range TemplateSpecs() {
		h.switchOn(kind.Kind)
	}
	spec, _ := ParseTemplateKind("receipt")
	h.in(func(tx tenant.Tx) error {
		return SetWording(t.Context(), tx, spec, &Wording{"Got {{title}}", "Ours: {{number}}"}, h.now.Now())
	})
	for _, x := range []*house{h, other} {
		x.accept(x.raw(plainMail("ann@customer.example", "Hello", "x@customer.example", "Hello.\n")))
		x.move(x.tickets()[0].ID, tickets.Resolved, x.member())
		x.move(x.tickets()[0].ID, tickets.Closed, x.member())
	}
	if sent := h.automatic(); len(sent) != 3 || !strings.Contains(string(sent[0].Data), "Subject: Got Hello [#1]") || !strings.Contains(string(sent[0].Data), "Ours: 1") {
		t.Errorf("%d mails", len(sent))
	}
	if sent := other.automatic(); len(sent) != 0 || other.count("mail_notices") != 0 {
		t.Errorf("%d mails of another tenant", len(sent))
	}
	other.in(func(tx tenant.Tx) error {
		all, err := Templates(t.Context(), tx)
		for _, x := range all {
			if x.Enabled || x.Own || x.Wording != x.Default {
				t.Errorf("the other tenant has %+v", x)
			}
		}
		return err
	})
}
