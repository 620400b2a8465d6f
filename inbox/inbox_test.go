package inbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestOneMailIsOneCommentOnOneTicket(t *testing.T) {
	h := newHouse(t)
	h.accept(h.raw(plainMail("Ann Berg <ann@customer.example>", "Printer on fire", "a1@customer.example", "It burns.\n", "Cc: Bob <bob@customer.example>")))
	list := h.tickets()
	if len(list) != 1 {
		t.Fatalf("%d tickets", len(list))
	}
	tk := list[0]
	if tk.Number != 1 || tk.Title != "Printer on fire" || tk.Description != "It burns." || tk.Requester.Email != "ann@customer.example" ||
		tk.MailboxID == nil || *tk.MailboxID != h.box1.UUID {
		t.Errorf("ticket %+v", tk)
	}
	c := h.comments(tk.ID)
	if len(c) != 1 || c[0].Text != "It burns." || c[0].MessageID != "a1@customer.example" || c[0].AuthorKind != tickets.ByCustomer {
		t.Errorf("comments %+v", c)
	}
	m := h.messages("")
	if len(m) != 1 || m[0].State != Stored || m[0].Ticket == nil || *m[0].Ticket != 1 || m[0].FullText != "It burns." || *m[0].CommentID != c[0].ID {
		t.Errorf("messages %+v", m)
	}
	h.in(func(tx tenant.Tx) error {
		p, err := tickets.Participants(t.Context(), tx, tk.ID)
		if len(p) != 2 || p[0].Email != "ann@customer.example" || p[1].Email != "bob@customer.example" {
			t.Errorf("participants %+v", p)
		}
		_, raw, rerr := h.inbox.MessageByID(t.Context(), tx, m[0].ID)
		if !strings.Contains(string(raw), "It burns.\r\n") {
			t.Errorf("raw %q", raw)
		}
		return errors.Join(err, rerr)
	})
}

func TestDeliveredAgainIsOneComment(t *testing.T) {
	h := newHouse(t)
	r := h.raw(plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n"))
	h.accept(r)
	h.accept(r)
	if h.count("ticket_comments") != 1 || h.count("inbound_messages") != 1 {
		t.Errorf("%d comments, %d messages", h.count("ticket_comments"), h.count("inbound_messages"))
	}
	// After a change of UIDVALIDITY the same mail has another name.
	r.UIDValidity, r.UID = 8, 99
	h.accept(r)
	if h.count("ticket_comments") != 1 || h.count("inbound_messages") != 2 {
		t.Errorf("%d comments, %d messages after UIDVALIDITY changed", h.count("ticket_comments"), h.count("inbound_messages"))
	}
	for _, m := range h.messages(Stored) {
		if m.Ticket == nil || *m.Ticket != 1 {
			t.Errorf("message %+v does not lead to the ticket", m)
		}
	}
}

func TestMailToTwoMailboxesIsOneComment(t *testing.T) {
	h := newHouse(t)
	second := h.mailbox("sales@acme.example")
	text := plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n")
	for n := range 20 {
		a := h.raw("Received: by one\n" + strings.ReplaceAll(text, "a1@", fmt.Sprintf("a%d@", n)))
		b := h.raw("Received: by two\n" + strings.ReplaceAll(text, "a1@", fmt.Sprintf("a%d@", n)))
		b.Mailbox = second
		var wg sync.WaitGroup
		wg.Go(func() { h.accept(a) })
		wg.Go(func() { h.accept(b) })
		wg.Wait()
	}
	if got := h.count("ticket_comments"); got != 20 {
		t.Errorf("20 mails to two mailboxes made %d comments", got)
	}
	if got := h.count("inbound_messages"); got != 40 {
		t.Errorf("%d messages", got)
	}
	if got := len(h.tickets()); got != 20 {
		t.Errorf("%d tickets", got)
	}
}

func TestSameMessageIDWithOtherContentIsAnotherMail(t *testing.T) {
	h := newHouse(t)
	h.accept(
		h.raw(plainMail("ann@customer.example", "One", "same@customer.example", "One.\n")),
		h.raw(plainMail("ann@customer.example", "Two", "same@customer.example", "Two.\n")),
	)
	if got := h.count("ticket_comments"); got != 2 {
		t.Errorf("%d comments", got)
	}
}

func TestMailWithoutMessageIDIsRecognisedAgain(t *testing.T) {
	h := newHouse(t)
	second := h.mailbox("sales@acme.example")
	text := "From: ann@customer.example\nTo: support@acme.example\nSubject: Yes\nDate: Mon, 02 Mar 2026 09:00:00 +0000\n\nYes.\n"
	a, b := h.raw(text), h.raw(text)
	b.Mailbox = second
	h.accept(a)
	h.accept(b)
	h.accept(h.raw(strings.Replace(text, "09:00:00", "10:00:00", 1)))
	if got := h.count("ticket_comments"); got != 2 {
		t.Errorf("%d comments", got)
	}
}

func TestReplyJoinsByReferenceBySignedAddressAndBySignedID(t *testing.T) {
	h := newHouse(t)
	h.accept(h.raw(plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n")))
	tk := h.tickets()[0]
	reply := h.inbox.sign.replyAddress("support@acme.example", h.tenant, tk.Number)
	ours := h.inbox.sign.newMessageID(h.tenant, tk.Number, "acme.example")
	h.accept(
		h.raw(plainMail("ann@customer.example", "Re: Hello", "a2@customer.example", "By reference.\n", "In-Reply-To: <a1@customer.example>")),
		h.raw(plainMail("ann@customer.example", "No subject in common", "a3@customer.example", "By address.\n", "Delivered-To: "+strings.ToUpper(reply))),
		h.raw(plainMail("ann@customer.example", "Re: Hello there", "a4@customer.example", "By our id.\n", "References: <unknown@x>, "+ours)),
		h.raw(plainMail("Bob <bob@customer.example>", "Re: Hello", "b1@customer.example", "I am her colleague.\n", "References: <a1@customer.example> <x@y>")),
	)
	if n := len(h.tickets()); n != 1 {
		t.Fatalf("%d tickets", n)
	}
	if n := len(h.comments(tk.ID)); n != 5 {
		t.Errorf("%d comments", n)
	}
	if got := h.people(tk.ID); got != "requester ann@customer.example, cc bob@customer.example" {
		t.Errorf("participants %s", got)
	}
}

func TestForgedOrContradictingSignaturesOpenANewTicket(t *testing.T) {
	h := newHouse(t)
	h.accept(h.raw(plainMail("ann@customer.example", "One", "a1@customer.example", "One.\n")))
	h.accept(h.raw(plainMail("ann@customer.example", "Two", "a2@customer.example", "Two.\n")))
	forged := "support+1-aaaaaaaaaaaaaaaa@acme.example"
	genuine := h.inbox.sign.replyAddress("support@acme.example", h.tenant, 2)
	h.accept(
		h.raw(plainMail("eve@elsewhere.example", "Forged", "e1@elsewhere.example", "?\n", "Delivered-To: "+forged)),
		h.raw(plainMail("ann@customer.example", "Both", "a3@customer.example", "?\n", "Delivered-To: "+genuine, "In-Reply-To: <a1@customer.example>")),
	)
	if n := len(h.tickets()); n != 4 {
		t.Errorf("%d tickets, want 4", n)
	}
}

func TestTenantsNeverShareAThread(t *testing.T) {
	a := newHouse(t)
	b := houseIn(t, a.pool, "other")
	text := plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n")
	a.accept(a.raw(text))
	b.accept(b.raw(text))
	token := a.inbox.sign.replyAddress("support@acme.example", a.tenant, 1)
	ours := a.inbox.sign.newMessageID(a.tenant, 1, "acme.example")
	b.accept(
		b.raw(plainMail("bob@customer.example", "By address", "b1@customer.example", "?\n", "Delivered-To: "+token)),
		b.raw(plainMail("bob@customer.example", "By id", "b2@customer.example", "?\n", "References: <"+ours+">")),
	)
	if n := len(b.tickets()); n != 3 {
		t.Errorf("%d tickets of the second tenant, want 3", n)
	}
	if n := len(a.tickets()); n != 1 {
		t.Errorf("%d tickets of the first tenant, want 1", n)
	}
	// Nor are rows seen by each other's commands.
	id := a.messages("")[0].ID
	b.in(func(tx tenant.Tx) error {
		if _, _, err := b.inbox.MessageByID(t.Context(), tx, id); !errors.Is(err, ErrNoMessage) {
			t.Errorf("the other tenant's message: %v", err)
		}
		if err := b.inbox.Drop(t.Context(), tx, id, tickets.Actor{}); !errors.Is(err, ErrNoMessage) {
			t.Errorf("drop of the other tenant's message: %v", err)
		}
		if _, err := MailboxByID(t.Context(), tx, a.box1); !errors.Is(err, ErrNoMailbox) {
			t.Errorf("the other tenant's mailbox: %v", err)
		}
		if _, err := MailboxCredentials(t.Context(), tx, b.box, a.box1); !errors.Is(err, ErrNoMailbox) {
			t.Errorf("the other tenant's credentials: %v", err)
		}
		if err := RemoveMailbox(t.Context(), tx, b.box1, b.now.Now()); err != nil {
			return err
		}
		if _, err := DefaultMailbox(t.Context(), tx); !errors.Is(err, ErrNoSender) {
			t.Errorf("a mailbox of the other tenant to send from: %v", err)
		}
		return nil
	})
	if err := b.inbox.Release(t.Context(), b.tenant, id, tickets.Actor{}); !errors.Is(err, ErrNoMessage) {
		t.Errorf("release of the other tenant's message: %v", err)
	}
	if err := b.inbox.SaveCursor(t.Context(), Route{Tenant: b.tenant, Mailbox: a.box1}, "INBOX", Cursor{1, 1, 0}); err == nil {
		t.Error("the other tenant's cursor was written")
	}
}

func TestAutoRepliesAndBouncesStayQuiet(t *testing.T) {
	h := newHouse(t)
	by := h.member()
	h.accept(h.raw(plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n")))
	tk := h.tickets()[0]
	h.in(func(tx tenant.Tx) error { return h.desk.SetStatus(t.Context(), tx, tk.ID, tickets.Resolved, by) })
	ours := h.inbox.sign.newMessageID(h.tenant, tk.Number, "acme.example")
	h.accept(
		h.raw(plainMail("ann@customer.example", "Out of office", "o1@customer.example", "Away.\n", "Auto-Submitted: auto-replied", "In-Reply-To: <"+ours+">")),
		h.raw(plainMail("bob@customer.example", "Out of office", "o2@customer.example", "Away.\n", "Auto-Submitted: auto-replied")),
		h.raw(plainMail("MAILER-DAEMON@mx.example", "Undelivered Mail", "d1@mx.example", "Sorry.\n> Message-ID: <"+ours+">\n", "Return-Path: <>")),
		h.raw(plainMail("support@acme.example", "Hello", "x@acme.example", "From ourselves.\n")),
		h.raw(plainMail("someone@acme.example", "Re: Hello", ours, "Our own mail.\n")),
	)
	list := h.tickets()
	if len(list) != 1 || list[0].Status != tickets.Resolved {
		t.Fatalf("tickets %+v", list)
	}
	internal := 0
	for _, c := range h.comments(tk.ID) {
		if c.Kind == tickets.Internal {
			internal++
		}
	}
	if internal != 2 {
		t.Errorf("%d internal comments, want the auto-reply and the bounce", internal)
	}
	classes := map[machine.Class]State{}
	for _, m := range h.messages(Ignored) {
		classes[m.Class] = m.State
	}
	if len(h.messages(Ignored)) != 3 || classes[machine.Loop] != Ignored || classes[machine.AutoReply] != Ignored {
		t.Errorf("ignored: %+v", h.messages(Ignored))
	}
}

func TestWebFormMailIsOfThePersonInReplyTo(t *testing.T) {
	h := newHouse(t)
	h.accept(h.raw(plainMail("support@acme.example", "Contact form", "f1@acme.example", "Please call.\n", "Reply-To: Ann <ann@customer.example>")))
	if list := h.tickets(); len(list) != 1 || list[0].Requester.Email != "ann@customer.example" {
		t.Errorf("tickets %+v", list)
	}
}

func TestTooLargeMessageIsQuarantinedAndBlocksNoOther(t *testing.T) {
	h := newHouse(t)
	big := h.raw("")
	big.Body, big.Size = nil, 99<<20
	h.accept(h.raw(plainMail("ann@customer.example", "One", "a1@customer.example", "One.\n")), big, h.raw(plainMail("ann@customer.example", "Two", "a2@customer.example", "Two.\n")))
	bad := h.messages(Quarantined)
	if len(bad) != 1 || bad[0].Size != 99<<20 || !strings.Contains(bad[0].Error, "size limit") {
		t.Errorf("quarantine %+v", bad)
	}
	if err := h.inbox.Release(t.Context(), h.tenant, bad[0].ID, tickets.Actor{}); !errors.Is(err, ErrNoRaw) {
		t.Errorf("release: %v", err)
	}
	if len(h.tickets()) != 2 {
		t.Errorf("%d tickets", len(h.tickets()))
	}
}

func TestPoisonousMessageIsQuarantinedAndCanBeReleasedOrDropped(t *testing.T) {
	h := newHouse(t)
	h.fail = fmt.Errorf("a listener: %w", tickets.ErrInvalid)
	one := h.raw(plainMail("ann@customer.example", "One", "a1@customer.example", "One.\n"))
	two := h.raw(plainMail("ann@customer.example", "Two", "a2@customer.example", "Two.\n"))
	h.accept(one, two)
	bad := h.messages(Quarantined)
	if len(bad) != 2 || bad[0].FullText == "" || h.count("ticket_comments") != 0 || h.count("support_tickets") != 0 {
		t.Fatalf("quarantine %+v", bad)
	}
	h.accept(one, two) // again, after a crash before the cursor was saved
	if n := h.count("inbound_messages"); n != 2 {
		t.Errorf("%d messages", n)
	}
	if err := h.inbox.Release(t.Context(), h.tenant, bad[0].ID, tickets.Actor{}); err == nil {
		t.Error("released though it cannot be stored")
	}
	h.fail = nil
	if err := h.inbox.Release(t.Context(), h.tenant, bad[0].ID, tickets.Actor{}); err != nil {
		t.Error(err)
	}
	if err := h.inbox.Release(t.Context(), h.tenant, bad[0].ID, tickets.Actor{}); !errors.Is(err, ErrNotQuarantined) {
		t.Errorf("released twice: %v", err)
	}
	h.in(func(tx tenant.Tx) error { return h.inbox.Drop(t.Context(), tx, bad[1].ID, tickets.Actor{}) })
	if len(h.messages(Stored)) != 1 || len(h.messages(Dropped)) != 1 || len(h.tickets()) != 1 {
		t.Errorf("after release and drop: %+v", h.messages(""))
	}
}

func TestAFailureOfTheDatabaseStoresNothingAndQuarantinesNothing(t *testing.T) {
	h := newHouse(t)
	h.fail = errors.New("the connection is gone")
	batch := []Raw{
		h.raw(plainMail("ann@customer.example", "One", "a1@customer.example", "One.\n", "Cc: bob@b.example")),
		h.raw(plainMail("bob@customer.example", "Two", "a2@customer.example", "Two.\n")),
	}
	n, err := h.inbox.Accept(t.Context(), batch)
	if n != 0 || err == nil {
		t.Fatalf("stored %d: %v", n, err)
	}
	for _, table := range []string{"inbound_messages", "ticket_comments", "support_tickets", "ticket_events", "customers", "users.users", "attachments"} {
		if got := h.count(table); got != 0 {
			t.Errorf("%d rows left in %s", got, table)
		}
	}
	h.fail = nil
	h.accept(batch...)
	if len(h.tickets()) != 2 {
		t.Errorf("%d tickets", len(h.tickets()))
	}
}

func TestACancelledBatchReturnsWhatIsStored(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n, err := h.inbox.Accept(ctx, []Raw{h.raw(plainMail("ann@customer.example", "One", "a1@customer.example", "One.\n"))})
	if n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("stored %d: %v", n, err)
	}
}

func TestUnstorableBytesAndUnknownCharsetsAreKept(t *testing.T) {
	h := newHouse(t)
	h.accept(
		h.raw("From: ann@customer.example\nSubject: Nul\x00 and \xff\nMessage-ID: <n\x001@x>\nContent-Type: text/plain; charset=x-klingon\n\nGr\xfc\xdfe \x00 ok\n"),
		h.raw("no header at all, only words\nand more"),
		h.raw(""),
	)
	list := h.tickets()
	if len(list) != 3 {
		t.Fatalf("%d tickets; quarantined %+v", len(list), h.messages(Quarantined))
	}
	found := false
	for _, tk := range list {
		found = found || tk.Description == "Grüße  ok"
	}
	if !found {
		t.Errorf("the text with the unknown charset is not among %+v", list)
	}
}

// Concurrent batches of one conversation in two mailboxes and two processes end as one comment each, every
// reply on its ticket.
func TestConcurrentDeliveryLosesNothingAndDoublesNothing(t *testing.T) {
	h := newHouse(t)
	second := h.mailbox("sales@acme.example")
	other := New(h.inbox.cfg)
	const threads, replies = 12, 4
	var one, two []Raw
	for i := range threads {
		for k := range replies + 1 {
			more := []string{}
			if k > 0 {
				more = append(more, fmt.Sprintf("In-Reply-To: <m%d.%d@c.example>", i, k-1), fmt.Sprintf("References: <m%d.0@c.example>", i))
			}
			text := plainMail(fmt.Sprintf("p%d@c%d.example", i, i), fmt.Sprintf("Thread %d", i), fmt.Sprintf("m%d.%d@c.example", i, k), fmt.Sprintf("Words %d %d.\n", i, k), more...)
			a, b := h.raw(text), h.raw(text)
			b.Mailbox = second
			one, two = append(one, a), append(two, b)
		}
	}
	var wg sync.WaitGroup
	for _, job := range []struct {
		in    *Inbox
		batch []Raw
	}{{h.inbox, one}, {other, two}, {other, one}} {
		wg.Go(func() {
			for from := 0; from < len(job.batch); {
				size := min(1+rand.IntN(20), len(job.batch)-from)
				n, err := job.in.Accept(t.Context(), job.batch[from:from+size])
				if err != nil || n != size {
					t.Errorf("stored %d of %d: %v", n, size, err)
					return
				}
				from += n
			}
		})
	}
	wg.Wait()
	list := h.tickets()
	if len(list) != threads || h.count("ticket_comments") != threads*(replies+1) || h.count("inbound_messages") != 2*threads*(replies+1) {
		t.Errorf("%d tickets, %d comments, %d messages", len(list), h.count("ticket_comments"), h.count("inbound_messages"))
	}
	for _, tk := range list {
		c := h.comments(tk.ID)
		if len(c) != replies+1 {
			t.Errorf("ticket %q has %d comments", tk.Title, len(c))
		}
		for _, k := range c {
			if !strings.Contains(tk.Title+".", strings.Fields(k.Text)[1]) {
				t.Errorf("%q on ticket %q", k.Text, tk.Title)
			}
		}
	}
}

func TestAttachmentsAreListedAndReadFromTheRawMail(t *testing.T) {
	h := newHouse(t)
	h.accept(h.raw("From: ann@customer.example\nSubject: Files\nMessage-ID: <f1@x>\nContent-Type: multipart/mixed; boundary=b\n\n" +
		"--b\nContent-Type: text/plain\n\nSee attached.\n--b\nContent-Type: application/pdf\n" +
		"Content-Disposition: attachment; filename=\"../../etc/pass\\wd.pdf\"\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n--b--\n"))
	c := h.comments(h.tickets()[0].ID)
	if len(c) != 1 || len(c[0].Attachments) != 1 {
		t.Fatalf("comments %+v", c)
	}
	a := c[0].Attachments[0]
	if a.Part != "2" || strings.ContainsAny(a.Name, `/\`) || a.Size != 5 {
		t.Errorf("attachment %+v", a)
	}
	h.in(func(tx tenant.Tx) error {
		_, raw, err := h.inbox.MessageByID(t.Context(), tx, h.messages("")[0].ID)
		if b, ok := mail.Extract(raw, a.Part); !ok || string(b) != "%PDF-" {
			t.Errorf("bytes %q", b)
		}
		return err
	})
}
