package inbox

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func (h *house) addMember(address string, role tenant.Role) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) error {
		_, err := tenant.AddMember(h.t.Context(), tx, "", address, role)
		return err
	})
}

func TestAMembersOwnMailIsTheirAnswer(t *testing.T) {
	h, tk := asked(t)
	h.addMember("mia@acme.example", tenant.Agent)
	h.accept(h.raw(plainMail("Mia <MIA@acme.example>", "Re: Printer on fire", "m1@acme.example", "Use water.\n",
		"To: ann@customer.example", "Cc: support@acme.example, carl@customer.example", "In-Reply-To: <a1@customer.example>")))
	c := h.comments(tk.ID)[1]
	if c.AuthorKind != tickets.ByMember || c.Kind != tickets.Public || c.Via != tickets.ByEmail || c.Author.Email != "mia@acme.example" || c.MessageID != "m1@acme.example" {
		t.Errorf("comment %+v", c)
	}
	if got := h.tickets()[0]; got.Status != tickets.InProgress || got.WaitingSince != nil {
		t.Errorf("ticket %+v", got)
	}
	if len(h.queued) != 0 {
		t.Errorf("queued %v, though Ann was on the mail", h.queued)
	}
	if got := h.people(tk.ID); got != "requester ann@customer.example, cc bob@customer.example, cc carl@customer.example" {
		t.Errorf("participants %s", got)
	}
	// The customer's answer to the member's own mail is on the ticket too.
	h.accept(h.raw(plainMail("ann@customer.example", "Re: Printer on fire", "a2@customer.example", "Thanks.\n", "In-Reply-To: <m1@acme.example>")))
	if n := len(h.comments(tk.ID)); n != 3 {
		t.Errorf("%d comments", n)
	}
}

func TestAMembersMailWithoutTheCustomerIsSentOnToThem(t *testing.T) {
	h, tk := asked(t)
	h.addMember("mia@acme.example", tenant.Agent)
	reply := h.inbox.sign.replyAddress("support@acme.example", h.tenant, tk.Number)
	h.accept(h.raw(strings.Replace(plainMail("mia@acme.example", "Re: Printer on fire", "m1@acme.example", "Use water.\n", "Cc: bob@customer.example"),
		"To: support@acme.example", "To: "+reply, 1)))
	if len(h.queued) != 1 {
		t.Fatalf("queued %v", h.queued)
	}
	h.send(h.queued[0])
	e := h.wire.all()[0]
	if fmt.Sprint(e.Recipients) != "[ann@customer.example]" || !strings.Contains(Parse(e.Data).Text, "Use water.") {
		t.Errorf("sent to %v", e.Recipients)
	}
	if c, _ := h.delivery(tk.ID); c.MessageID != "m1@acme.example" || c.Delivery != "sent" {
		t.Errorf("comment %+v", c)
	}
}

func TestOnlyTheMailOfMembersWhoMayAnswerReachesACustomer(t *testing.T) {
	for name, tc := range map[string]struct {
		role  tenant.Role
		lines []string
	}{
		"light":        {tenant.Light, []string{"In-Reply-To: <a1@customer.example>"}},
		"viewer":       {tenant.Viewer, []string{"In-Reply-To: <a1@customer.example>"}},
		"only a tag":   {tenant.Agent, []string{"Subject: Re: Printer on fire [#1]"}},
		"only by luck": {tenant.Agent, []string{"X: y", "Subject: Printer on fire [#1]"}},
	} {
		t.Run(name, func(t *testing.T) {
			h, tk := asked(t)
			h.addMember("mia@acme.example", tc.role)
			h.accept(h.raw("From: mia@acme.example\nTo: support@acme.example\nMessage-ID: <m1@acme.example>\n" + strings.Join(tc.lines, "\n") + "\n\nUse water.\n"))
			list := h.comments(tk.ID)
			if len(h.queued) != 0 || len(list) == 2 && (list[1].Kind != tickets.Internal || list[1].AuthorKind != tickets.ByMember) {
				t.Errorf("queued %v, comments %+v", h.queued, list)
			}
		})
	}
}

func TestAMemberWhoAsksIsACustomer(t *testing.T) {
	h := newHouse(t)
	h.addMember("mia@acme.example", tenant.Agent)
	h.accept(h.raw(plainMail("mia@acme.example", "My chair", "m1@acme.example", "It broke.\n")))
	h.accept(h.raw(plainMail("mia@acme.example", "Re: My chair", "m2@acme.example", "Still.\n", "In-Reply-To: <m1@acme.example>")))
	list := h.tickets()
	if len(list) != 1 || list[0].Requester.Email != "mia@acme.example" || list[0].CommentCount != 2 || len(h.queued) != 0 || list[0].Status != tickets.Open {
		t.Errorf("tickets %+v", list)
	}
}

func TestAForwardByAMemberIsTheMailOfItsSender(t *testing.T) {
	attached := "Please see.\n"
	for name, tc := range map[string]struct{ body, subject, text, note string }{
		"Gmail": {"@fwd Please help her.\n\nMia\n\n---------- Forwarded message ---------\nFrom: Ann Berg <ann@customer.example>\nDate: Mon, Mar 2, 2026 at 9:00 AM\nSubject: Printer on fire\nTo: Mia <mia@acme.example>\n\n\nIt burns.\nHelp!\n",
			"Printer on fire", "It burns.\nHelp!", "Please help her.\n\nMia"},
		"Apple Mail in German": {"@fwd\n\nAnfang der weitergeleiteten Nachricht:\n\n> Von: Ann Berg <ann@customer.example>\n> Betreff: Drucker brennt\n> Datum: 2. März 2026 um 09:00:00 MEZ\n> An: Mia <mia@acme.example>\n> \n> Er brennt.\n> Hilfe!\n",
			"Drucker brennt", "Er brennt.\nHilfe!", ""},
		"Outlook": {"@FWD: fyi\n\nFrom: Ann Berg [mailto:ann@customer.example]\nSent: Monday, March 2, 2026 9:00 AM\nTo: Mia\nSubject: Printer on fire\n\nIt burns.\n",
			"Printer on fire", "It burns.", "fyi"},
		"Outlook in French, bold": {"@fwd\n________________________________\n*De :* Ann Berg <ann@customer.example>\n*Envoyé :* lundi 2 mars 2026 09:00\n*À :* Mia\n*Objet :* Imprimante en feu\n\nElle brûle.\n",
			"Imprimante en feu", "Elle brûle.", ""},
		"Japanese": {"@fwd お願いします。\n\n差出人： Ann Berg <ann@customer.example>\n送信日時： 2026年3月2日\n宛先： Mia\n件名： プリンター\n\n燃えています。\n",
			"プリンター", "燃えています。", "お願いします。"},
	} {
		t.Run(name, func(t *testing.T) {
			forwards(t, "Content-Type: text/plain; charset=utf-8", tc.body, tc.subject, tc.text, tc.note)
		})
	}
	t.Run("attached", func(t *testing.T) {
		forwards(t, "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b",
			"--b\nContent-Type: text/plain\n\n@fwd "+attached+"--b\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=a.eml\n\n"+
				"From: Ann Berg <ann@customer.example>\nTo: mia@acme.example\nSubject: Printer on fire\nMessage-ID: <orig@customer.example>\n\nIt burns.\n--b--\n",
			"Printer on fire", "It burns.", "Please see.")
	})
}

func forwards(t *testing.T, kind, body, subject, text, note string) {
	h := newHouse(t)
	h.addMember("mia@acme.example", tenant.Agent)
	h.accept(h.raw(plainMail("Mia <mia@acme.example>", "Fwd: "+subject, "m1@acme.example", body, "Cc: boss@acme.example", kind)))
	list := h.tickets()
	if len(list) != 1 || list[0].Requester.Email != "ann@customer.example" || list[0].Requester.Name != "Ann Berg" || list[0].Title != subject || list[0].Description != text {
		t.Fatalf("tickets %+v", list)
	}
	c := h.comments(list[0].ID)
	switch {
	case c[0].AuthorKind != tickets.ByCustomer || c[0].Kind != tickets.Public || c[0].Text != text:
		t.Errorf("comment %+v", c[0])
	case note == "" && len(c) != 1, note != "" && len(c) != 2:
		t.Errorf("%d comments: %+v", len(c), c)
	case note != "" && (c[1].Kind != tickets.Internal || c[1].AuthorKind != tickets.ByMember || c[1].Text != note):
		t.Errorf("note %+v", c[1])
	}
	if got := h.people(list[0].ID); got != "requester ann@customer.example" {
		t.Errorf("participants %s", got)
	}
	h.send(h.answer(list[0].ID, "Use water."))
	if e := h.wire.all()[0]; fmt.Sprint(e.Recipients) != "[ann@customer.example]" {
		t.Errorf("the answer went to %v", e.Recipients)
	}
}

func TestAForwardWithoutTheWordOrByOthersIsTheForwarders(t *testing.T) {
	block := "\n---------- Forwarded message ---------\nFrom: Ann Berg <ann@customer.example>\nSubject: Printer\nTo: x@y.example\n\nIt burns.\n"
	h := newHouse(t)
	h.addMember("mia@acme.example", tenant.Agent)
	h.addMember("vic@acme.example", tenant.Viewer)
	for i, tc := range [][2]string{{"mia@acme.example", "See below." + block}, {"eve@elsewhere.example", "@fwd" + block}, {"vic@acme.example", "@fwd" + block},
		{"mia@acme.example", "@fwding is nice." + block}, {"mia@acme.example", "@fwd nothing here"}} {
		h.accept(h.raw(plainMail(tc[0], fmt.Sprintf("Fwd: %d", i), fmt.Sprintf("f%d@x.example", i), tc[1])))
		if got := h.tickets()[0].Requester.Email; got != tc[0] || len(h.tickets()) != i+1 {
			t.Errorf("%q of %s: requester %s of %d tickets", tc[1], tc[0], got, len(h.tickets()))
		}
	}
}

func FuzzForward(f *testing.F) {
	for _, s := range []string{"@fwd\nFrom: a@b.example\nTo: c\n\nx", "@fwd x\n> Von: A <a@b.example>\n> An: b\n>\n> y", "@fwd\nDe :\n a@b\nObjet : x", "@fwd" + strings.Repeat("\nFrom:", 1000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if fwd, ok := readForward(Message{Message: mail.Message{FullText: s}}, nil); ok && !mail.ValidEmail(fwd.from.Email) {
			t.Errorf("sender %q", fwd.from.Email)
		}
	})
}

func TestAnswersExtendTheConversationOfOutlook(t *testing.T) {
	h := newHouse(t)
	index := append([]byte{1, 0xd9, 0, 0, 0, 0}, []byte("sixteen bytes id")...)
	h.accept(h.raw(plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n", "Thread-Index: "+base64.StdEncoding.EncodeToString(index))),
		h.raw(plainMail("bob@customer.example", "Other", "b1@customer.example", "Hello.\n")))
	for _, tk := range h.tickets() {
		h.send(h.answer(tk.ID, "Hello."))
	}
	for _, e := range h.wire.all() {
		m := Parse(e.Data)
		if m.To[0].Email == "ann@customer.example" && (len(m.ThreadIndex) != len(index)+5 || string(m.ThreadIndex[:len(index)]) != string(index)) {
			t.Errorf("Thread-Index %x does not go on from %x", m.ThreadIndex, index)
		}
		if m.To[0].Email == "bob@customer.example" {
			if n, ok := h.inbox.sign.ticketOfIndex(h.tenant, m.ThreadIndex); !ok || n == 0 {
				t.Errorf("Thread-Index %x is not signed", m.ThreadIndex)
			}
		}
	}
	if n := len(h.wire.all()); n != 2 {
		t.Errorf("%d mails", n)
	}
}
