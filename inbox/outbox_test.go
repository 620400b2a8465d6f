package inbox

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// asked is a house with one ticket of Ann's, whose colleague Bob is in copy.
func asked(t *testing.T) (*house, tickets.Ticket) {
	h := newHouse(t)
	h.accept(h.raw(plainMail("Ann Bérg <ann@customer.example>", "Printer on fire", "a1@customer.example", "It burns.\n", "Cc: Bob <bob@customer.example>, support@acme.example")))
	return h, h.tickets()[0]
}

func (h *house) send(a SendArgs) time.Duration {
	h.t.Helper()
	again, err := h.outbox.Send(h.t.Context(), a.Tenant, a.Message)
	if err != nil {
		h.t.Fatal(err)
	}
	return again
}

// delivery returns state and detail of the last comment's mail, and the delivery events of its ticket.
func (h *house) delivery(id tickets.ID) (tickets.Comment, []string) {
	h.t.Helper()
	list := h.comments(id)
	var events []string
	h.in(func(tx tenant.Tx) error {
		all, err := tickets.Events(h.t.Context(), tx, id)
		for _, e := range all {
			if e.Kind == tickets.DeliveryChanged {
				events = append(events, e.To)
			}
		}
		return err
	})
	return list[len(list)-1], events
}

func TestAnAnswerIsSentOnceToEverybodyInTheSameThread(t *testing.T) {
	h, tk := asked(t)
	a := h.answer(tk.ID, "Use *water*.")
	if c, _ := h.delivery(tk.ID); c.Delivery != "queued" {
		t.Errorf("delivery %q before sending", c.Delivery)
	}
	if again := h.send(a); again != 0 {
		t.Errorf("again in %v", again)
	}
	h.send(a) // the job runs twice
	sent := h.wire.all()
	if len(sent) != 1 {
		t.Fatalf("%d mails", len(sent))
	}
	e := sent[0]
	if fmt.Sprint(e.Recipients) != "[ann@customer.example bob@customer.example]" || e.From != "support@acme.example" || e.Mailbox != h.box1 {
		t.Errorf("envelope %+v", e)
	}
	m := Parse(e.Data)
	if m.Subject != "Re: Printer on fire [#1]" || m.InReplyTo[0] != "a1@customer.example" || m.MessageID != e.MessageID ||
		!strings.HasPrefix(m.Text, "Use *water*.") || !strings.Contains(m.FullText, "> It burns.") || !strings.Contains(m.HTML, "<em>water</em>") ||
		m.From != (mail.Address{Name: "Acme Support", Email: "support@acme.example"}) || m.To[0] != (mail.Address{Name: "Ann Bérg", Email: "ann@customer.example"}) {
		t.Errorf("mail %+v", m)
	}
	c, events := h.delivery(tk.ID)
	if c.Delivery != "sent" || c.MessageID != e.MessageID || fmt.Sprint(events) != "[sent]" {
		t.Errorf("comment %+v, events %v", c, events)
	}
	// Ann answers by what she sees: the reply address, and our Message-ID.
	h.accept(h.raw(plainMail("ann@customer.example", "Re: Printer on fire [#1]", "a2@customer.example", "Thanks.\n",
		"X-Original-To: "+m.ReplyTo[0].Email, "In-Reply-To: <"+e.MessageID+">")))
	if got := h.tickets(); len(got) != 1 || got[0].CommentCount != 3 {
		t.Errorf("tickets after the reply: %+v", got)
	}
}

func TestWhatBecameOfAMailIsWrittenDownThoughTheDatabaseBalks(t *testing.T) {
	h, tk := asked(t)
	a := h.answer(tk.ID, "Use water.")
	h.flaky.Store(5)
	if again := h.send(a); again != 0 {
		t.Errorf("again in %v", again)
	}
	h.send(a) // the job runs twice
	if sent := h.wire.all(); len(sent) != 1 {
		t.Errorf("%d mails", len(sent))
	}
	if c, events := h.delivery(tk.ID); c.Delivery != "sent" || fmt.Sprint(events) != "[sent]" {
		t.Errorf("delivery %q, events %v", c.Delivery, events)
	}
}

func TestATryAgainIsTheSameMailToThoseLeftOnly(t *testing.T) {
	h, tk := asked(t)
	a := h.answer(tk.ID, "Use water.")
	h.wire.respond = func(e Envelope) (Receipt, error) {
		return Receipt{Accepted: e.Recipients[:1], Refused: []Refusal{{Recipient: e.Recipients[1], Reply: "450 4.2.0 greylisted"}}}, nil
	}
	if again := h.send(a); again != time.Minute {
		t.Errorf("again in %v, want a minute", again)
	}
	if c, _ := h.delivery(tk.ID); c.Delivery != "queued" || !strings.Contains(c.DeliveryDetail, "greylisted") {
		t.Errorf("delivery %q %q", c.Delivery, c.DeliveryDetail)
	}
	h.wire.respond = func(Envelope) (Receipt, error) { return Receipt{}, errors.New("connection reset") }
	if again := h.send(a); again != 5*time.Minute {
		t.Errorf("again in %v, want five minutes", again)
	}
	h.wire.respond = nil
	h.now.advance(time.Hour)
	h.send(a)
	sent := h.wire.all()
	if len(sent) != 3 || string(sent[0].Data) != string(sent[2].Data) || fmt.Sprint(sent[2].Recipients) != "[bob@customer.example]" {
		t.Errorf("attempts %d, recipients of the last %v", len(sent), sent[len(sent)-1].Recipients)
	}
	if c, events := h.delivery(tk.ID); c.Delivery != "sent" || fmt.Sprint(events) != "[sent]" {
		t.Errorf("delivery %q, events %v", c.Delivery, events)
	}
}

func TestARefusedRecipientIsShownAndTheOthersGetTheMail(t *testing.T) {
	h, tk := asked(t)
	a := h.answer(tk.ID, "Use water.")
	h.wire.respond = func(e Envelope) (Receipt, error) {
		return Receipt{Accepted: e.Recipients[:1], Refused: []Refusal{{Recipient: e.Recipients[1], Permanent: true, Reply: "550 5.1.1 no such user"}}}, nil
	}
	if again := h.send(a); again != 0 {
		t.Errorf("again in %v", again)
	}
	c, events := h.delivery(tk.ID)
	if c.Delivery != "sent" || !strings.Contains(c.DeliveryDetail, "bob@customer.example: 550") || fmt.Sprint(events) != "[refused sent]" {
		t.Errorf("delivery %q %q, events %v", c.Delivery, c.DeliveryDetail, events)
	}
}

// refusedForGood is an error of a transport whose server refused the whole message.
type refusedForGood struct{}

func (refusedForGood) Error() string   { return "554 5.7.1 spam" }
func (refusedForGood) Permanent() bool { return true }

func TestWhatIsRefusedForGoodOrTriedTooLongHasFailed(t *testing.T) {
	for name, tc := range map[string]struct {
		respond func(Envelope) (Receipt, error)
		age     time.Duration
	}{
		"every recipient refused": {respond: func(e Envelope) (r Receipt, _ error) {
			for _, to := range e.Recipients {
				r.Refused = append(r.Refused, Refusal{Recipient: to, Permanent: true, Reply: "550 5.1.1 no such user"})
			}
			return r, nil
		}},
		"message refused": {respond: func(Envelope) (Receipt, error) { return Receipt{}, fmt.Errorf("send: %w", refusedForGood{}) }},
		"two days":        {respond: func(Envelope) (Receipt, error) { return Receipt{}, errors.New("no route") }, age: 49 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			h, tk := asked(t)
			a := h.answer(tk.ID, "Use water.")
			h.wire.respond = tc.respond
			h.now.advance(tc.age)
			if again := h.send(a); again != 0 {
				t.Errorf("again in %v", again)
			}
			c, events := h.delivery(tk.ID)
			if c.Delivery != "failed" || c.DeliveryDetail == "" || fmt.Sprint(events) != "[failed]" {
				t.Errorf("delivery %q %q, events %v", c.Delivery, c.DeliveryDetail, events)
			}
			h.send(a)
			if n := len(h.wire.all()); n != 1 {
				t.Errorf("%d attempts", n)
			}
		})
	}
}

func TestTwoWorkersNeverSendTheSameMailAtOnce(t *testing.T) {
	h, tk := asked(t)
	a := h.answer(tk.ID, "Use water.")
	other := NewOutbox(h.outbox.cfg)
	release := make(chan struct{})
	started := make(chan struct{})
	var once sync.Once
	h.wire.respond = func(e Envelope) (Receipt, error) {
		once.Do(func() { close(started) })
		<-release
		return Receipt{Accepted: e.Recipients}, nil
	}
	var wg sync.WaitGroup
	wg.Go(func() { h.send(a) })
	<-started
	again, err := other.Send(t.Context(), a.Tenant, a.Message)
	if err != nil || again <= 0 {
		t.Errorf("a second worker got %v, %v; want to wait", again, err)
	}
	close(release)
	wg.Wait()
	if n := len(h.wire.all()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

func TestAMailWhoseProcessDiedIsSentAgainWithTheSameMessageID(t *testing.T) {
	h, tk := asked(t)
	a := h.answer(tk.ID, "Use water.")
	claims, err := h.outbox.claims(t.Context(), a.Tenant, []OutgoingID{a.Message}) // and then the process is killed
	if err != nil || claims[0].mail == nil {
		t.Fatal(claims, err)
	}
	s := claims[0].mail
	if again := h.send(a); again <= 0 || len(h.wire.all()) != 0 {
		t.Errorf("again in %v with %d mails sent, though the lease holds", again, len(h.wire.all()))
	}
	h.now.advance(2*h.outbox.cfg.Lease + time.Second)
	h.send(a)
	if sent := h.wire.all(); len(sent) != 1 || sent[0].MessageID != s.messageID {
		t.Errorf("sent %+v", sent)
	}
	// The first process was only slow: what it has to say changes nothing any more.
	if _, err := h.outbox.settle(t.Context(), a.Tenant, *s, Receipt{}, refusedForGood{}); err != nil {
		t.Error(err)
	}
	if c, events := h.delivery(tk.ID); c.Delivery != "sent" || fmt.Sprint(events) != "[sent]" {
		t.Errorf("delivery %q, events %v", c.Delivery, events)
	}
}

func TestOnlyMembersPublicCommentsBecomeMail(t *testing.T) {
	h, tk := asked(t)
	by := h.member()
	h.in(func(tx tenant.Tx) error {
		_, err := h.desk.Comment(t.Context(), tx, tickets.NewComment{Ticket: tk.ID, Kind: tickets.Internal, Author: by, Text: "Between us."})
		return err
	})
	h.accept(h.raw(plainMail("ann@customer.example", "Re: Printer", "a2@customer.example", "More.\n", "In-Reply-To: <a1@customer.example>")))
	if len(h.queued) != 0 || h.count("outgoing_messages") != 0 {
		t.Errorf("queued %v", h.queued)
	}
}

func TestOutgoingMailOfOtherTenantsIsOutOfReach(t *testing.T) {
	h, tk := asked(t)
	other := houseIn(t, h.pool, "other")
	a := h.answer(tk.ID, "Use water.")
	if again, err := other.outbox.Send(t.Context(), other.tenant, a.Message); again != 0 || err != nil {
		t.Errorf("again in %v, %v", again, err)
	}
	other.now.advance(time.Hour)
	other.in(func(tx tenant.Tx) error {
		_, err := other.outbox.FollowUps(t.Context(), tx, []tickets.Event{{
			TicketID: tk.ID, Kind: tickets.Commented, To: string(tickets.Public), Actor: other.member(), Subject: &tk.ID.UUID}})
		if !errors.Is(err, tickets.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if len(other.wire.all())+len(h.wire.all()) != 0 {
		t.Error("a mail was sent")
	}
}

func BenchmarkSend(b *testing.B) {
	h := newHouse(b)
	h.accept(h.raw(plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n")))
	tk := h.tickets()[0]
	by := h.member()
	for range b.N {
		h.in(func(tx tenant.Tx) error {
			_, err := h.desk.Comment(b.Context(), tx, tickets.NewComment{Ticket: tk.ID, Kind: tickets.Public, Author: by, Text: "Use water."})
			return err
		})
	}
	var next atomic.Int64
	b.ResetTimer()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := next.Add(1) - 1; int(i) < b.N; i = next.Add(1) - 1 {
				h.send(h.queued[i])
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

func TestAnAnswerThatNoServerTakesIsRefusedBeforeItIsQueued(t *testing.T) {
	h, tk := asked(t)
	h.outbox = NewOutbox(OutboxConfig{Pool: h.pool, Desk: h.desk, Box: h.box, Transport: h.wire, Clock: h.now.Now, MaxSize: 64 << 10})
	write := func(size int) error {
		return tenant.In(t.Context(), h.pool, h.tenant, func(tx tenant.Tx) error {
			_, err := h.desk.Comment(t.Context(), tx, tickets.NewComment{
				Ticket: tk.ID, Kind: tickets.Public, Author: tickets.Actor{Kind: tickets.ByMember, Via: tickets.ByCLI}, Text: strings.Repeat("lang ", size/5),
			})
			return err
		})
	}
	if err := write(40 << 10); !errors.Is(err, ErrTooLarge) { // once as text, once as HTML
		t.Errorf("too much: %v", err)
	}
	if n := h.count("outgoing_messages"); n != 0 || h.count("ticket_comments") != 1 {
		t.Errorf("a refused answer left %d mails and %d comments", n, h.count("ticket_comments"))
	}
	if err := write(20 << 10); err != nil {
		t.Errorf("not too much: %v", err)
	}
}

func TestAnAnswerIsSignedWithTheMembersNameAndTheOrganisations(t *testing.T) {
	h, tk := asked(t)
	h.send(h.answer(tk.ID, "Use *water*."))
	h.set("signature=Acme Printers\n+1 555 0100")
	h.send(h.answer(tk.ID, "Use more."))
	for i, want := range []string{"\nMia Member\nAcme\n", "\nMia Member\nAcme Printers\n+1 555 0100\n"} {
		m := Parse(h.wire.all()[i].Data)
		if !strings.Contains(m.FullText, want) || !strings.Contains(m.HTML, "Mia Member") {
			t.Errorf("answer %d: %q\n%s", i+1, m.FullText, m.HTML)
		}
	}
}
