package inbox

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func (h *house) sendAgain(id tickets.CommentID) error {
	return tenant.In(h.t.Context(), h.pool, h.tenant, func(tx tenant.Tx) error {
		_, err := h.outbox.SendAgain(h.t.Context(), tx, id, h.now.Now(), tickets.Actor{Kind: tickets.ByMember, Via: tickets.BySlack})
		return err
	})
}

// refusing refuses the recipients whose address begins so.
func refusing(begin, reply string) func(Envelope) (Receipt, error) {
	return func(e Envelope) (r Receipt, _ error) {
		for _, to := range e.Recipients {
			if strings.HasPrefix(to, begin) {
				r.Refused = append(r.Refused, Refusal{Recipient: to, Permanent: true, Reply: reply})
			} else {
				r.Accepted = append(r.Accepted, to)
			}
		}
		return r, nil
	}
}

func TestAnAnswerIsSentAgainToThoseWhoDidNotGetIt(t *testing.T) {
	for name, tc := range map[string]struct {
		fails func(h *house, a SendArgs)
		state string
		again string
	}{
		"all refused": {func(h *house, a SendArgs) { h.wire.respond = refusing("", "552 5.2.2 full"); h.send(a) }, "failed", "[ann@customer.example bob@customer.example]"},
		"one refused": {func(h *house, a SendArgs) { h.wire.respond = refusing("bob", "550 5.1.1 unknown"); h.send(a) }, "sent", "[bob@customer.example]"},
		"never accepted": {func(h *house, a SendArgs) {
			h.wire.respond = func(Envelope) (Receipt, error) { return Receipt{}, refusedForGood{} }
			h.send(a)
		}, "failed", "[ann@customer.example bob@customer.example]"},
		"came back": {func(h *house, a SendArgs) {
			h.send(a)
			h.in(func(tx tenant.Tx) error {
				_, err := tx.Exec(h.t.Context(), `UPDATE outgoing_messages SET state = 'bounced', bounced = $2 WHERE tenant_id = $1`, tx.Tenant(),
					[]string{"bob@customer.example, forwarded to b@home.example: mailbox full (soft bounce, 5.2.2)"})
				return err
			})
		}, "bounced", "[bob@customer.example]"},
	} {
		t.Run(name, func(t *testing.T) {
			h, tk := asked(t)
			a := h.answer(tk.ID, "Use water.")
			tc.fails(h, a)
			c := h.answerOf(tk.ID)
			if c.Delivery != tc.state {
				t.Fatalf("the answer is %s", c.Delivery)
			}
			if err := h.sendAgain(c.ID); err != nil {
				t.Fatal(err)
			}
			if c := h.answerOf(tk.ID); c.Delivery != "queued" || c.DeliveryDetail != "" || !c.PutOff() {
				t.Errorf("the answer is %s: %q", c.Delivery, c.DeliveryDetail)
			}
			if err := h.withdraw(c.ID); !errors.Is(err, ErrTooLate) {
				t.Errorf("it could be taken back: %v", err)
			}
			h.wire.respond = nil
			h.send(a)
			sent := h.wire.all()
			first, last := sent[0], sent[len(sent)-1]
			if len(sent) != 2 || fmt.Sprint(last.Recipients) != tc.again || string(last.Data) != string(first.Data) {
				t.Errorf("%d mails, the last to %v", len(sent), last.Recipients)
			}
			if c := h.answerOf(tk.ID); c.Delivery != "sent" || c.DeliveryDetail != "" {
				t.Errorf("in the end it is %s: %q", c.Delivery, c.DeliveryDetail)
			}
			if err := h.sendAgain(c.ID); !errors.Is(err, ErrDelivered) {
				t.Errorf("sent a third time: %v", err)
			}
		})
	}
}

func TestWhatIsSentAgainOrLaterIsTriedForTwoDaysFromThen(t *testing.T) {
	h, tk := asked(t)
	a := h.answer(tk.ID, "Use water.")
	away := func(Envelope) (Receipt, error) { return Receipt{}, errors.New("450 4.2.0 greylisted") }
	h.wire.respond = away
	h.now.advance(49 * time.Hour)
	h.send(a)
	id := h.answerOf(tk.ID).ID
	if err := h.sendAgain(id); err != nil {
		t.Fatal(err)
	}
	h.now.advance(47 * time.Hour)
	if h.send(a); h.answerOf(tk.ID).Delivery != "queued" {
		t.Error("what was sent again is given up before its time")
	}
	h.now.advance(2 * time.Hour)
	if h.send(a); h.answerOf(tk.ID).Delivery != "failed" {
		t.Error("what was sent again is never given up")
	}

	b := h.answer(tk.ID, "Next week.")
	id = h.answerOf(tk.ID).ID
	if err := h.schedule(id, h.now.Now().Add(7*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	h.now.advance(7*24*time.Hour + time.Minute)
	if again := h.send(b); again == 0 || h.answerOf(tk.ID).Delivery != "queued" {
		t.Error("an answer for next week is given up at its first try")
	}
}

func TestOneTenantCannotSendAgainWhatAnotherSent(t *testing.T) {
	h, tk := asked(t)
	other := houseIn(t, h.pool, "other")
	h.wire.respond = refusing("", "550 5.1.1 unknown")
	h.send(h.answer(tk.ID, "Use water."))
	if err := other.sendAgain(h.answerOf(tk.ID).ID); !errors.Is(err, tickets.ErrNotFound) {
		t.Errorf("sent again: %v", err)
	}
}

func TestTheCureFitsWhatTheMailServerSaid(t *testing.T) {
	for said, want := range map[string]string{
		"a@b.example: 550 5.1.1 <a@b.example>: user unknown":                   "address is wrong",
		"a@b.example: 552 5.2.2 mailbox full":                                  "takes no mail for now",
		"the message of 30 bytes is larger than the mail server takes (2)":     "too large",
		"DATA: 554 5.7.1 message rejected as spam":                             "turned it down",
		"not delivered to a@b.example; connect to mail.example: i/o timed out": "",
		"": "customerdesk doctor",
	} {
		if got := Cure(said); !strings.Contains(got, want) {
			t.Errorf("%q: %s", said, got)
		}
	}
}

// What may become of a ticket or mailbox while an answer waits.
func fates(other tickets.ID) map[string]func(h *house, tx tenant.Tx, tk tickets.ID, k tickets.CommentID, by tickets.Actor) error {
	return map[string]func(h *house, tx tenant.Tx, tk tickets.ID, k tickets.CommentID, by tickets.Actor) error{
		"ticket closed": func(h *house, tx tenant.Tx, tk tickets.ID, _ tickets.CommentID, by tickets.Actor) error {
			return h.desk.SetStatus(h.t.Context(), tx, tk, tickets.Closed, by)
		},
		"ticket merged": func(h *house, tx tenant.Tx, tk tickets.ID, _ tickets.CommentID, by tickets.Actor) error {
			return h.desk.Merge(h.t.Context(), tx, tk, other, by)
		},
		"answer split off": func(h *house, tx tenant.Tx, tk tickets.ID, k tickets.CommentID, by tickets.Actor) error {
			_, err := h.desk.Split(h.t.Context(), tx, tk, k, by)
			return err
		},
		"mailbox paused": func(h *house, tx tenant.Tx, _ tickets.ID, _ tickets.CommentID, _ tickets.Actor) error {
			return PauseMailbox(h.t.Context(), tx, h.box1, true)
		},
		"mailbox removed": func(h *house, tx tenant.Tx, _ tickets.ID, _ tickets.CommentID, _ tickets.Actor) error {
			return RemoveMailbox(h.t.Context(), tx, h.box1, h.now.Now())
		},
	}
}

// waitings bring an answer into a state in which it waits, and go on from it.
func waitings() map[string]func(h *house, tk tickets.Ticket) (SendArgs, func() error) {
	return map[string]func(h *house, tk tickets.Ticket) (SendArgs, func() error){
		"queued": func(h *house, tk tickets.Ticket) (SendArgs, func() error) {
			h.set("undo_window=10s")
			return h.answer(tk.ID, "Use water."), func() error { h.now.advance(time.Minute); return nil }
		},
		"held": func(h *house, tk tickets.Ticket) (SendArgs, func() error) {
			h.set("undo_window=10m")
			a := h.answer(tk.ID, "Use water.")
			k := h.answerOf(tk.ID)
			h.accept(h.raw(plainMail("ann@customer.example", "Re: Printer on fire", "a2@customer.example", "Quick!\n", "In-Reply-To: <a1@customer.example>")))
			return a, func() error { return h.schedule(k.ID, h.now.Now()) }
		},
		"put off": func(h *house, tk tickets.Ticket) (SendArgs, func() error) {
			a := h.answer(tk.ID, "Use water.")
			h.wire.respond = func(Envelope) (Receipt, error) { return Receipt{}, errors.New("450 4.2.0 greylisted") }
			h.send(a)
			h.wire.respond, h.wire.sent = nil, nil
			return a, func() error { h.now.advance(time.Hour); return nil }
		},
	}
}

func TestAnAnswerThatWaitsLeavesWhateverBecomesOfItsTicketAndMailbox(t *testing.T) {
	for waits, begin := range waitings() {
		for fate := range fates(tickets.ID{}) {
			t.Run(waits+", "+fate, func(t *testing.T) {
				h, tk := asked(t)
				h.mailbox("second@acme.example")
				h.accept(h.raw(plainMail("ann@customer.example", "Something else", "other@customer.example", "Hello.\n")))
				other := h.tickets()[0]
				if other.ID == tk.ID {
					other = h.tickets()[1]
				}
				a, goOn := begin(h, tk)
				k := h.answerOf(tk.ID)
				by := h.member()
				h.in(func(tx tenant.Tx) error { return fates(other.ID)[fate](h, tx, tk.ID, k.ID, by) })
				if err := goOn(); err != nil {
					t.Fatal(err)
				}
				if again := h.send(a); again != 0 {
					t.Fatalf("again in %v", again)
				}
				sent := h.wire.all()
				if len(sent) != 1 || sent[0].Recipients[0] != "ann@customer.example" || sent[0].MessageID != k.MessageID {
					t.Fatalf("%d mails", len(sent))
				}
				if want := map[bool]string{true: "second@acme.example", false: "support@acme.example"}[fate == "mailbox removed"]; sent[0].From != want {
					t.Errorf("it left from %s", sent[0].From)
				}
				var now tickets.Comment
				h.in(func(tx tenant.Tx) (err error) { now, err = tickets.CommentByID(t.Context(), tx, k.ID); return err })
				moved := fate == "ticket merged" || fate == "answer split off"
				if now.Delivery != "sent" || (now.TicketID != tk.ID) != moved || fate == "ticket merged" && now.TicketID != other.ID {
					t.Errorf("the answer is %s on ticket %s", now.Delivery, now.TicketID)
				}
				for _, x := range h.tickets() {
					if x.ID == tk.ID && fate == "ticket closed" && x.Status != tickets.Closed {
						t.Errorf("the ticket is %s", x.Status)
					}
				}
				// Her reply finds the conversation.
				reply := Parse(sent[0].Data).ReplyTo[0].Email
				h.accept(h.raw(plainMail("ann@customer.example", "Re: Printer on fire", "r1@customer.example", "Thank you.\n",
					"In-Reply-To: <"+k.MessageID+">", "X-Original-To: "+reply)))
				if fate != "ticket closed" {
					list := h.comments(now.TicketID)
					if last := list[len(list)-1]; last.Text != "Thank you." {
						t.Errorf("the reply is not on the answer's ticket, whose last comment is %q", last.Text)
					}
				}
			})
		}
	}
}
