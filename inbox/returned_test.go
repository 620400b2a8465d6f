package inbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// answered is a house whose answer to Ann, who asked alone, was sent.
func answered(t *testing.T) (*house, tickets.Ticket, Envelope) {
	h := newHouse(t)
	h.accept(h.raw(plainMail("Ann <ann@customer.example>", "Printer on fire", "a1@customer.example", "It burns.\n")))
	tk := h.tickets()[0]
	h.send(h.answer(tk.ID, "Use water."))
	return h, tk, h.wire.all()[0]
}

// report is a delivery status about ann, who got the given mail; the Message-ID is left out where it is empty.
func report(id, action, status, diagnostic string) string {
	back := "From: support@acme.example\nTo: ann@customer.example\nSubject: Printer on fire\n"
	if id != "" {
		back += "Message-ID: <" + id + ">\n"
	}
	b := string(statusReport("Sorry.", back+"\nUse water.\n", "Final-Recipient: rfc822; ann@customer.example\nAction: "+action+"\nStatus: "+status+"\nDiagnostic-Code: smtp; "+diagnostic))
	return strings.Replace(b, "<d1@mx.example>", "<d"+fmt.Sprint(len(id))+action+status+"@mx.example>", 1)
}

func (h *house) answerOf(id tickets.ID) (answer tickets.Comment) {
	for _, c := range h.comments(id) {
		if c.AuthorKind == tickets.ByMember {
			answer = c
		}
	}
	return answer
}

func (h *house) suppressed(email string) (s Suppression, yes bool) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) (err error) {
		s, yes, err = Suppressed(h.t.Context(), tx, email, h.now.Now())
		return err
	})
	return s, yes
}

func TestABounceMarksItsMailAndSuppressesAnAddressThatIsNoGood(t *testing.T) {
	for name, c := range map[string]struct {
		mail func(e Envelope) string
		want string // part of the detail
		hard bool
	}{
		"hard, by Message-ID": {func(e Envelope) string { return report(e.MessageID, "failed", "5.1.1", "550 5.1.1 no such user") }, "no such address (hard bounce, 5.1.1)", true},
		"soft":                {func(e Envelope) string { return report(e.MessageID, "failed", "5.2.2", "552 over quota") }, "mailbox full (soft bounce, 5.2.2)", false},
		"by mangled id": {func(e Envelope) string {
			return report(strings.Split(e.MessageID, "@")[0]+"@relay.example", "failed", "5.1.1", "550 no such user")
		}, "hard bounce", true},
		"by recipient": {func(Envelope) string { return report("", "failed", "5.1.1", "550 no such user") }, "hard bounce", true},
		"by signed address": {func(e Envelope) string {
			return strings.Replace(report("", "failed", "5.1.1", "550 no such user"), "To: support@acme.example", "To: "+Parse(e.Data).ReplyTo[0].Email, 1)
		}, "hard bounce", true},
		"by nothing but the signed return path": {func(e Envelope) string {
			return strings.Replace(string(daemonMail("Undelivered Mail Returned to Sender", "Sorry, your message could not be delivered: 550 5.1.1 no such user.\n")), "To: support@acme.example", "To: "+e.ReturnPath, 1)
		}, "no such address (hard bounce, 5.1.1)", true},
		"without parts, qmail": {func(e Envelope) string {
			return string(daemonMail("failure notice", "I was not able to deliver your message to the following addresses.\n\n<ann@customer.example>:\nRemote host said: 550 5.1.1 no mailbox here by that name\n\n"+
				"--- Below this line is a copy of the message.\n\nReceived: by x\nMessage-ID: <"+e.MessageID+">\n"))
		}, "no such address (hard bounce, 5.1.1)", true},
	} {
		t.Run(name, func(t *testing.T) {
			h, tk, e := answered(t)
			h.accept(h.raw(strings.ReplaceAll(c.mail(e), "\r\n", "\n")))
			a := h.answerOf(tk.ID)
			_, events := h.delivery(tk.ID)
			if a.Delivery != "bounced" || !strings.Contains(a.DeliveryDetail, "ann@customer.example: ") || !strings.Contains(a.DeliveryDetail, c.want) || fmt.Sprint(events) != "[sent bounced]" {
				t.Errorf("delivery %q %q, events %v", a.Delivery, a.DeliveryDetail, events)
			}
			if s, yes := h.suppressed("Ann@customer.example"); yes != c.hard || yes && s.Until.Sub(s.Since) != 60*24*time.Hour {
				t.Errorf("suppressed %v: %+v", yes, s)
			}
			if got := h.tickets(); len(got) != 1 || got[0].Status != tickets.InProgress {
				t.Errorf("tickets %+v", got)
			}
			if m := h.messages(Stored); len(m) != 2 || m[1].Class != machine.Bounce || len(m[1].Failures) != 1 {
				t.Errorf("messages %+v", m)
			}
		})
	}
}

func TestDelaysSuccessesAndStrangeBouncesChangeNothing(t *testing.T) {
	h, tk, e := answered(t)
	h.accept(
		h.raw(report(e.MessageID, "delayed", "4.4.1", "421 try later")),
		h.raw(report(e.MessageID, "delivered", "2.0.0", "250 ok")),
		h.raw(strings.ReplaceAll(report("strange@elsewhere.example", "failed", "5.1.1", "550 no such user"), "ann@customer.example", "zoe@elsewhere.example")),
	)
	if a := h.answerOf(tk.ID); a.Delivery != "sent" {
		t.Errorf("delivery %q %q", a.Delivery, a.DeliveryDetail)
	}
	if _, yes := h.suppressed("ann@customer.example"); yes {
		t.Error("suppressed")
	}
	if n := len(h.comments(tk.ID)); n != 3 {
		t.Errorf("%d comments, want the delay kept beside the two", n)
	}
	if n := len(h.messages(Ignored)); n != 2 {
		t.Errorf("%d messages ignored, want the success and the stranger", n)
	}
}

func TestABounceOfOneRecipientDoesNotStopTheMailToOthers(t *testing.T) {
	h, tk := asked(t) // Bob is in copy
	a := h.answer(tk.ID, "Use water.")
	h.wire.respond = func(e Envelope) (Receipt, error) {
		return Receipt{Accepted: e.Recipients[:1], Refused: []Refusal{{Recipient: e.Recipients[1], Reply: "450 greylisted"}}}, nil
	}
	h.send(a)
	h.accept(h.raw(report(h.wire.all()[0].MessageID, "failed", "5.1.1", "550 no such user")))
	if c := h.answerOf(tk.ID); c.Delivery != "queued" {
		t.Errorf("delivery %q while Bob's is being tried", c.Delivery)
	}
	h.wire.respond = nil
	h.now.advance(time.Hour)
	h.send(a)
	if c := h.answerOf(tk.ID); c.Delivery != "bounced" || !strings.Contains(c.DeliveryDetail, "ann@customer.example: no such address") {
		t.Errorf("delivery %q %q", c.Delivery, c.DeliveryDetail)
	}
}

func TestAMemberIsWarnedOfAnAddressThatBounced(t *testing.T) {
	h, tk, e := answered(t)
	h.accept(h.raw(report(e.MessageID, "failed", "5.1.1", "550 no such user")))
	var warning string
	by := h.member()
	h.in(func(tx tenant.Tx) error {
		_, err := h.desk.Comment(t.Context(), tx, tickets.NewComment{Ticket: tk.ID, Kind: tickets.Public, Author: by, Text: "Once more."})
		if err != nil {
			return err
		}
		events, err := tickets.Events(t.Context(), tx, tk.ID)
		for _, e := range events {
			if e.To == "doubtful" {
				warning = e.Detail
			}
		}
		return err
	})
	if !strings.Contains(warning, "ann@customer.example bounced on 2 March 2026: no such address") {
		t.Errorf("warning %q", warning)
	}
	h.send(h.queued[len(h.queued)-1])
	if len(h.wire.all()) != 2 {
		t.Error("what a member wrote was not sent")
	}
}

func TestNewMailFromAnAddressThatBouncedGetsNoReceipt(t *testing.T) {
	h, _, e := answered(t)
	h.switchOn(ReceiptMail)
	h.accept(h.raw(report(e.MessageID, "failed", "5.1.1", "550 no such user")))
	h.now.advance(time.Hour)
	h.accept(h.raw(plainMail("Ann <ANN+x@customer.example>", "Here I am", "a2@customer.example", "Back.\n")))
	if why := h.heldBack(h.tickets()[0].ID); len(h.tickets()) != 2 || !strings.Contains(why, "bounced on 2 March 2026") {
		t.Errorf("%d tickets, held %q", len(h.tickets()), why)
	}
}

func TestAnAddressThatTheServerRefusesIsSuppressedToo(t *testing.T) {
	for reply, want := range map[string]bool{
		"550 5.1.1 <ann@customer.example>: User unknown": true, "550 no such user here": true, "556 5.1.10 domain does not accept mail": true,
		"552 5.2.2 mailbox full": false, "554 5.7.1 rejected as spam": false, "550 5.7.1 relaying denied": false,
	} {
		h := newHouse(t)
		h.accept(h.raw(plainMail("Ann <ann@customer.example>", "Printer on fire", "a1@customer.example", "It burns.\n")))
		a := h.answer(h.tickets()[0].ID, "Use water.")
		h.wire.respond = func(e Envelope) (Receipt, error) {
			return Receipt{Refused: []Refusal{{Recipient: e.Recipients[0], Permanent: true, Reply: reply}}}, nil
		}
		h.send(a)
		if _, yes := h.suppressed("ann@customer.example"); yes != want {
			t.Errorf("%q: suppressed %v", reply, yes)
		}
	}
}

func TestASuppressionEnds(t *testing.T) {
	h, _, e := answered(t)
	h.accept(h.raw(report(e.MessageID, "failed", "5.1.1", "550 no such user")))
	h.now.advance(60*24*time.Hour + time.Minute)
	if _, yes := h.suppressed("ann@customer.example"); yes {
		t.Error("suppressed after 60 days")
	}
}

func TestBouncesAndSuppressionsOfOtherTenantsAreOutOfReach(t *testing.T) {
	h, tk, e := answered(t)
	other := houseIn(t, h.pool, "other")
	other.accept(other.raw(report(e.MessageID, "failed", "5.1.1", "550 no such user")))
	if a := h.answerOf(tk.ID); a.Delivery != "sent" {
		t.Errorf("another tenant's bounce made it %q", a.Delivery)
	}
	h.accept(h.raw(report(e.MessageID, "failed", "5.1.1", "550 no such user")))
	if _, yes := other.suppressed("ann@customer.example"); yes {
		t.Error("another tenant sees the suppression")
	}
	other.accept(other.raw(plainMail("ann@customer.example", "Hello", "a9@customer.example", "Hello.\n")))
	if _, yes := h.suppressed("ann@customer.example"); !yes {
		t.Error("another tenant's mail lifted the suppression")
	}
}

func TestABounceThatNamesOnlyARecipientIsBelievedAsFarAsItGoes(t *testing.T) {
	for name, c := range map[string]struct {
		header     string
		days       int // between the mail and the bounce
		delivery   string
		suppressed bool
		kept       int // comments beside question and answer
	}{
		"soon after a mail to them":       {"", 1, "bounced", true, 1},
		"from a server that is known":     {strings.Replace(vouched, "customer.example", "mx.example", 1), 1, "bounced", true, 1},
		"from somebody else than it says": {strings.Replace(exposed, "customer.example", "mx.example", 1), 1, "sent", false, 1},
		"when nothing was sent lately":    {"", 9, "sent", false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h, tk, _ := answered(t)
			h.trust("mx.acme.example")
			h.now.advance(time.Duration(c.days) * 24 * time.Hour)
			r := h.raw(c.header + report("", "failed", "5.1.1", "550 no such user"))
			r.ReceivedAt = h.now.Now()
			h.accept(r)
			if a := h.answerOf(tk.ID); a.Delivery != c.delivery {
				t.Errorf("delivery %q", a.Delivery)
			}
			if _, yes := h.suppressed("ann@customer.example"); yes != c.suppressed {
				t.Errorf("suppressed %v", yes)
			}
			if n := len(h.comments(tk.ID)) - 2; n != c.kept {
				t.Errorf("%d comments beside the two, want %d", n, c.kept)
			}
			if m := h.messages(""); m[len(m)-1].Class != machine.Bounce || len(m[len(m)-1].Failures) != 1 {
				t.Errorf("the list of messages has %+v", m[len(m)-1])
			}
		})
	}
}

func TestABounceOfAMailThatWasNeverTakenProvesNothing(t *testing.T) {
	h := newHouse(t)
	h.accept(h.raw(plainMail("Ann <ann@customer.example>", "Printer on fire", "a1@customer.example", "It burns.\n")))
	tk := h.tickets()[0]
	h.answer(tk.ID, "Use water.") // queued, and never sent
	h.accept(h.raw(report("", "failed", "5.1.1", "550 no such user")))
	if _, yes := h.suppressed("ann@customer.example"); yes {
		t.Error("suppressed")
	}
	if a := h.answerOf(tk.ID); a.Delivery != "queued" {
		t.Errorf("delivery %q", a.Delivery)
	}
}

func TestWhoeverWritesAgainIsWrittenToAgainUnlessTheBounceProvedMore(t *testing.T) {
	for name, c := range map[string]struct {
		proof      bool // the bounce has the Message-ID
		mail       func(reply string) string
		suppressed bool
	}{
		"verified": {false, func(string) string {
			return vouched + plainMail("ann@customer.example", "Again", "a2@customer.example", "Hello?\n")
		}, false},
		"to the signed address": {false, func(reply string) string {
			return plainMail("ann@customer.example", "Again", "a2@customer.example", "Hello?\n", "Delivered-To: "+reply)
		}, false},
		"verified, a program": {false, func(string) string {
			return vouched + plainMail("ann@customer.example", "Again", "a2@customer.example", "Hello?\n", "Auto-Submitted: auto-generated")
		}, true},
		"by anybody": {false, func(string) string {
			return plainMail("ann@customer.example", "Again", "a2@customer.example", "Hello?\n")
		}, true},
		"by a forger": {false, func(reply string) string {
			return exposed + plainMail("ann@customer.example", "Again", "a2@customer.example", "Hello?\n", "Delivered-To: "+reply)
		}, true},
		"verified, after a bounce that proves it": {true, func(string) string {
			return vouched + plainMail("ann@customer.example", "Again", "a2@customer.example", "Hello?\n")
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			h, _, e := answered(t)
			h.trust("mx.acme.example")
			id := ""
			if c.proof {
				h.accept(h.raw(report(e.MessageID, "failed", "5.1.1", "550 no such user")))
			}
			h.now.advance(time.Minute)
			h.accept(h.raw(strings.Replace(report(id, "failed", "5.1.1", "550 no such user"), "<d0", "<dx", 1)))
			if _, yes := h.suppressed("ann@customer.example"); !yes {
				t.Fatal("not suppressed by the bounce")
			}
			h.accept(h.raw(c.mail(Parse(e.Data).ReplyTo[0].Email)))
			if s, yes := h.suppressed("ann@customer.example"); yes != c.suppressed {
				t.Errorf("suppressed %v: %+v", yes, s)
			}
		})
	}
}

func TestWhatComesBackToTheReturnPathIsABounceInAnyWords(t *testing.T) {
	const words = "Post ankom ikki fram.\n\nKassin er ikki til.\n"
	back := "\nReceived: from mail.acme.example by mx.example; Mon, 02 Mar 2026 09:00:00 +0000\nMessage-ID: <q1@acme.example>\nFrom: support@acme.example\nTo: ann@customer.example\nSubject: Re: Printer on fire\n\nUse water.\n"
	for name, c := range map[string]struct {
		from, subject, text string
		lines               []string
		class               machine.Class
	}{
		"a mail system":                   {"Postboksin <mailer-daemon@mx.example>", "Ikki latið", words, nil, machine.Bounce},
		"a mail system that says so":      {"postmaster@mx.example", "Ikki latið", words, []string{"Auto-Submitted: auto-replied"}, machine.Bounce},
		"nobody":                          {"<>", "Ikki latið", words, nil, machine.Bounce},
		"nobody, by a null return path":   {"", "Ikki latið", words, []string{"Return-Path: <>"}, machine.Bounce},
		"a program that returns the mail": {"Post <svar@mx.example>", "Ikki latið", words + back, []string{"Return-Path: <>"}, machine.Bounce},
		"a program with a refusal":        {"Post <no-reply@mx.example>", "Ikki latið", words + "550 5.1.1 ann\n", nil, machine.Bounce},
		"a desk's receipt":                {"Help <desk@customer.example>", "Fyrispurningur 77", "Vit hava fingið títt bræv.\n", []string{"Return-Path: <>", "Auto-Submitted: auto-generated"}, machine.AutoReply},
		"an absence note":                 {"Ann <ann@customer.example>", "Burtur", "Eg eri ikki her.\n", []string{"Auto-Submitted: auto-replied", "Return-Path: <>"}, machine.AutoReply},
		"a person":                        {"Ann <ann@customer.example>", "Re: Printer on fire", "Eg skilji ikki: 550 5.1.1?\n" + back, nil, machine.Person},
		"a postmaster who asked":          {"postmaster@customer.example", "Re: Printer on fire", words, nil, machine.Person},
		"a stranger with a question":      {"zoe@elsewhere.example", "Printer", "Your mail brought 550 5.1.1, why?\n" + back, nil, machine.Person},
	} {
		t.Run(name, func(t *testing.T) {
			h, tk, e := answered(t)
			h.in(func(tx tenant.Tx) error {
				return h.desk.Join(t.Context(), tx, tk.ID, tickets.Participant{Email: "postmaster@customer.example", Role: "cc"}, h.member())
			})
			raw := strings.Replace(string(letterOf(c.from, c.subject, c.text, c.lines...)), "To: support@acme.example", "To: "+e.ReturnPath, 1)
			h.accept(h.raw(strings.ReplaceAll(raw, "\r\n", "\n")))
			all := h.messages("")
			m := all[len(all)-1]
			if m.Class != c.class {
				t.Fatalf("taken for %s", m.Class)
			}
			a := h.answerOf(tk.ID)
			if bounced := c.class == machine.Bounce; bounced != (a.Delivery == "bounced") || bounced != (len(m.Failures) == 1) {
				t.Errorf("delivery %q %q, failures %+v", a.Delivery, a.DeliveryDetail, m.Failures)
			}
			if n := len(h.tickets()); c.class == machine.Bounce && n != 1 {
				t.Errorf("%d tickets", n)
			}
		})
	}
	t.Run("elsewhere", func(t *testing.T) {
		h, _, _ := answered(t)
		h.accept(h.raw(string(letterOf("Postboksin <mailer-daemon@mx.example>", "Ikki latið", words))))
		if all := h.messages(""); all[len(all)-1].Class != machine.Person {
			t.Errorf("taken for %s", all[len(all)-1].Class)
		}
	})
}
