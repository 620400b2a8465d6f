package inbox

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// people are the participants of a ticket, with their roles.
func (h *house) people(id tickets.ID) string {
	h.t.Helper()
	var list []string
	h.in(func(tx tenant.Tx) error {
		all, err := tickets.Participants(h.t.Context(), tx, id)
		for _, p := range all {
			list = append(list, p.Role+" "+p.Email)
		}
		return err
	})
	return strings.Join(list, ", ")
}

// told are the events of a kind in a ticket's history, by what they lead to.
func (h *house) told(id tickets.ID, kind tickets.EventKind) string {
	h.t.Helper()
	var list []string
	h.in(func(tx tenant.Tx) error {
		all, err := tickets.Events(h.t.Context(), tx, id)
		for _, e := range all {
			if e.Kind == kind {
				list = append(list, e.To)
			}
		}
		return err
	})
	return strings.Join(list, ", ")
}

// Every row of the table at signals.agree.
func TestMailJoinsByAgreement(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	ticket := func(n tickets.Number, who standing, change ...func(*thread)) *thread {
		th := &thread{id: tickets.ID{UUID: uuid.NewSHA1(uuid.Nil, []byte{byte(n)})}, number: n, asked: n, title: "Printer on fire", status: tickets.Open,
			updated: now, sender: who, takes: who == insider}
		for _, c := range change {
			c(th)
		}
		return th
	}
	closed := func(t *thread) { t.status = tickets.Closed }
	resolved := func(t *thread) { t.status = tickets.Resolved }
	quiet := func(t *thread) { t.updated = now.Add(-2 * idle) }
	colleague := func(t *thread) { t.takes = false }
	before := func(t *thread) { t.answers = true }
	again := func(t *thread) { t.title = "AW: Printer on fire" }
	met := func(t *thread) { t.roles = map[string]string{"bob@b.example": "cc"} }
	list := func(all ...*thread) (out []thread) {
		for _, t := range all {
			out = append(out, *t)
		}
		return out
	}
	const same, other = "printer on fire", "invoice missing"
	for name, tc := range map[string]struct {
		s    signals
		want string
	}{
		"nothing":                         {signals{subject: same}, "new"},
		"signed address":                  {signals{subject: same, tokens: list(ticket(1, insider))}, "join 1"},
		"signed address, new subject":     {signals{subject: other, tokens: list(ticket(1, insider))}, "join 1"},
		"signed address of a stranger":    {signals{subject: same, tokens: list(ticket(1, stranger))}, "guest 1"},
		"signed address of a guest":       {signals{subject: same, tokens: list(ticket(1, guest))}, "guest 1"},
		"signed id of a stranger":         {signals{subject: same, reply: true, parent: ticket(1, stranger), signed: true, was: 1}, "guest 1"},
		"signed index of a stranger":      {signals{subject: same, reply: true, indexed: ticket(1, stranger)}, "guest 1"},
		"stranger, signed, new subject":   {signals{subject: other, tokens: list(ticket(1, stranger))}, "new, offer 1"},
		"known mail":                      {signals{subject: same, reply: true, parent: ticket(1, insider)}, "join 1"},
		"known mail, Re: other subject":   {signals{subject: other, reply: true, parent: ticket(1, insider)}, "join 1"},
		"known mail, new subject":         {signals{subject: other, parent: ticket(1, insider)}, "new, offer 1"},
		"known mail, no subject":          {signals{parent: ticket(1, insider)}, "join 1"},
		"signed id, new subject":          {signals{subject: other, parent: ticket(1, insider), signed: true, was: 1}, "new, offer 1"},
		"all signed, new subject, quiet":  {signals{subject: other, tokens: list(ticket(1, insider, quiet)), parent: ticket(1, insider, quiet), signed: true}, "new, offer 1"},
		"all signed, new, resolved":       {signals{subject: other, tokens: list(ticket(1, insider, resolved))}, "new, offer 1"},
		"all signed, Re: other, resolved": {signals{subject: other, reply: true, tokens: list(ticket(1, insider, resolved))}, "join 1"},
		"known mail, Re: other, resolved": {signals{subject: other, reply: true, parent: ticket(1, insider, resolved)}, "new, offer 1"},
		"known mail, Re: same, resolved":  {signals{subject: same, reply: true, parent: ticket(1, insider, resolved)}, "join 1"},
		"known mail of a stranger":        {signals{subject: same, reply: true, parent: ticket(1, stranger)}, "new, offer 1"},
		"closed":                          {signals{subject: same, reply: true, parent: ticket(1, insider, closed)}, "join 1"},
		"closed, stranger, signed":        {signals{subject: same, tokens: list(ticket(1, stranger, closed))}, "guest 1"},
		"closed, stranger":                {signals{subject: same, reply: true, parent: ticket(1, stranger, closed)}, "new"},
		"reply against references":        {signals{subject: same, reply: true, parent: ticket(1, insider), crossed: ticket(2, insider)}, "new, offer 1"},
		"reply and references of a split": {signals{subject: same, reply: true, parent: ticket(1, insider), crossed: ticket(2, insider), kin: []tickets.ID{ticket(2, insider).id}}, "join 1"},
		"an answer came before":           {signals{subject: same, reply: true, parent: ticket(1, insider), shared: list(ticket(2, insider, before))}, "join 1, offer 2"},
		"address against reference":       {signals{subject: same, reply: true, tokens: list(ticket(2, insider)), parent: ticket(1, insider)}, "new, offer 2"},
		"two signed addresses":            {signals{subject: same, tokens: list(ticket(1, insider), ticket(2, insider))}, "new, offer 1"},
		"index against reference":         {signals{subject: same, reply: true, indexed: ticket(2, insider), parent: ticket(1, insider)}, "new, offer 1"},
		"tag against reference":           {signals{subject: same, reply: true, tagged: list(ticket(2, insider)), parent: ticket(1, insider)}, "new, offer 1"},
		"tag of another's ticket":         {signals{subject: same, reply: true, tagged: list(ticket(2, stranger)), parent: ticket(1, insider)}, "join 1"},
		"two tags, one fits":              {signals{subject: same, reply: true, tagged: list(ticket(2, insider), ticket(1, insider)), parent: ticket(1, insider)}, "join 1"},
		"tag":                             {signals{subject: other, tagged: list(ticket(1, insider))}, "join 1"},
		"tag of a stranger":               {signals{subject: same, reply: true, tagged: list(ticket(1, stranger))}, "new"},
		"tag of a colleague":              {signals{subject: same, reply: true, tagged: list(ticket(1, insider, colleague))}, "join 1"},
		"tag of a colleague, new subject": {signals{subject: other, tagged: list(ticket(1, insider, colleague))}, "new, offer 1"},
		"moved by a split": {signals{subject: same, reply: true, tokens: list(ticket(1, insider)), was: 1, signed: true,
			parent: ticket(2, insider)}, "join 2"},
		"split off": {signals{subject: same, reply: true, tokens: list(ticket(1, insider)),
			parent: ticket(2, insider, func(t *thread) { t.splitFrom = &ticket(1, insider).id })}, "join 2"},
		"shared id, same people":          {signals{subject: same, reply: true, shared: list(ticket(1, insider))}, "join 1"},
		"shared id, people in common":     {signals{subject: same, shared: list(ticket(1, stranger, met))}, "join 1"},
		"shared id, two tickets":          {signals{subject: same, reply: true, shared: list(ticket(2, insider), ticket(1, insider))}, "join 1, offer 2"},
		"shared id, other people":         {signals{subject: same, reply: true, shared: list(ticket(1, stranger))}, "new, offer 1"},
		"shared id, other subject":        {signals{subject: other, reply: true, shared: list(ticket(1, insider))}, "new"},
		"shared id, a colleague":          {signals{subject: same, reply: true, shared: list(ticket(1, insider, colleague))}, "new, offer 1"},
		"a colleague answered this":       {signals{subject: same, shared: list(ticket(1, insider, colleague, before))}, "join 1"},
		"a colleague's Re: answered this": {signals{subject: other, shared: list(ticket(1, insider, colleague, before, again))}, "join 1"},
		"a stranger answered this":        {signals{subject: same, shared: list(ticket(1, stranger, before))}, "new, offer 1"},
		"shared id, closed":               {signals{subject: same, reply: true, shared: list(ticket(1, insider, closed))}, "new"},
		"own subject":                     {signals{subject: same, reply: true, titled: list(ticket(1, insider))}, "join 1"},
		"own subject without Re:":         {signals{subject: same, titled: list(ticket(1, insider))}, "new"},
		"own subject of two tickets":      {signals{subject: same, reply: true, titled: list(ticket(2, insider), ticket(1, insider))}, "new, offer 2"},
		"own subject, newsletter in ref":  {signals{subject: same, reply: true, titled: list(ticket(1, insider)), shared: list(ticket(2, stranger))}, "join 1"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.s.now = now
			v := tc.s.agree()
			got := "new"
			if v.join != nil && v.guest {
				got = fmt.Sprintf("guest %d", v.join.number)
			} else if v.join != nil {
				got = fmt.Sprintf("join %d", v.join.number)
			}
			if v.offer != nil {
				got += fmt.Sprintf(", offer %d", v.offer.number)
			}
			if got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

func TestSubjectsAreComparedWithoutWhatMailProgramsAdd(t *testing.T) {
	for _, s := range []string{
		"Printer on fire", "Re: Printer on fire", "RE: AW: Printer  on fire [#12]", "Antw: [EXTERNAL] Printer on fire", "Re[2]: printer on fire",
		"回复：Printer on fire", "SV: VS: Fwd: Printer on fire", "***SPAM*** Re: Printer on fire", "Отв: Printer on fire", "[#3] Rif: R: Printer on fire",
	} {
		if key, _ := subjectKey(s); key != "printer on fire" {
			t.Errorf("%q is %q", s, key)
		}
	}
	for s, want := range map[string]bool{"Re: x": true, "x": false, "Order: x": false, "WG: x": true, "": false, ":": false, "Re": false} {
		if _, reply := subjectKey(s); reply != want {
			t.Errorf("%q is a reply: %v", s, reply)
		}
	}
	for _, pair := range [][2]string{{"printer on fire", "printer on fire (was: help)"}, {"printer on fire", "my printer is still on fire"}} {
		if !alike(pair[0], pair[1]) {
			t.Errorf("%q and %q are not alike", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"printer on fire", "invoice missing"}, {"", "x"}, {"hi", "this"}} {
		if alike(pair[0], pair[1]) {
			t.Errorf("%q and %q are alike", pair[0], pair[1])
		}
	}
}

func FuzzSubjectKey(f *testing.F) {
	for _, s := range []string{"Re: [#12] x", "AW[2]: Fwd: x", strings.Repeat("re:", 100), "re：\xff\xfe", "***spam*** [ext] x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, _ := subjectKey(s)
		if len(key) > maxSubjectKey {
			t.Errorf("%d bytes", len(key))
		}
		for _, n := range tagsOf(s) {
			if n <= 0 {
				t.Errorf("tag %d", n)
			}
		}
	})
}

func TestSignaturesAreFoundWhereRelaysLeaveThem(t *testing.T) {
	h := newHouse(t)
	h.accept(h.raw(plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n")))
	s := h.inbox.sign
	address, id := s.replyAddress("support@acme.example", h.tenant, 1), s.newMessageID(h.tenant, 1, "acme.example")
	local := strings.TrimSuffix(id, "@acme.example")
	index := base64.StdEncoding.EncodeToString(extendIndex(extendIndex(s.newIndex(h.tenant, 1, time.Now()), time.Now(), 1), time.Now(), 2))
	for i, line := range []string{
		"Cc: " + address, "Delivered-To: " + address, "X-Original-To: " + address, "Envelope-To: " + address, "X-Envelope-To: <" + address + ">",
		"Received: from a by b with ESMTP id 1 for <" + address + ">; Mon, 02 Mar 2026 09:00:00 +0000",
		"Delivered-To: SRS0=ab=cd=acme.example=" + strings.TrimSuffix(address, "@acme.example") + "@forwarder.example",
		"Delivered-To: " + strings.Replace(address, "+", "=2B", 1),
		"In-Reply-To: <" + id + ">", "In-Reply-To: <" + strings.ToUpper(id) + ">", "References: <" + local + "@mail.gateway.example>",
		"References: <x@y>\n <" + local[:20] + "\n " + local[20:] + "@acme.example>", "In-Reply-To: " + id, "In-Reply-To: " + local,
		"In-Reply-To: <prefix." + local + "=40acme.example@gateway.example>", "In-Reply-To: Your message of Monday <" + id + ">",
		"Thread-Index: " + index, "Thread-Index: " + strings.TrimRight(index, "=") + "==",
		"To: \"" + address + "\" <support@acme.example>", "Cc: =?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(address)) + "?= <support@acme.example>",
		"Cc: Größe: " + strings.ToUpper(address) + ";", "Delivered-To: " + strings.Replace(address, "+", "%2B", 1),
		"X-Gm-Original-To: " + address, "Apparently-To: " + address, "X-Original-Recipient: rfc822;" + address, "Resent-Cc: " + address,
		"X-Forwarded-For: " + address + " other@else.example", "In-Reply-To: =?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte("<"+id+">")) + "?=",
		"References: =?utf-8?Q?=3Cx=40y.example=3E_=3C" + strings.ReplaceAll(local[:20], ".", "=2E") + "?=\n =?utf-8?Q?" + local[20:] + "=40acme.example=3E?=",
	} {
		// A stranger, so that nothing but the signature can join it.
		who := fmt.Sprintf("s%d@s%d.example", i, i)
		h.accept(h.raw(plainMail(who, "Re: Hello", fmt.Sprintf("m%d@s%d.example", i, i), "Words.\n", line)))
		if n := len(h.tickets()); n != 1 {
			t.Fatalf("%s: %d tickets", line, n)
		}
	}
}

func TestAStrangerWithASignatureIsAGuestAndWithoutOpensATicketThatMayBeMerged(t *testing.T) {
	h, tk := asked(t)
	address := h.inbox.sign.replyAddress("support@acme.example", h.tenant, tk.Number)
	h.accept(h.raw(plainMail("Eve <eve@elsewhere.example>", "Re: Printer on fire", "e1@elsewhere.example", "Me too.\n", "Cc: mallory@bad.example", "Delivered-To: "+address)))
	h.accept(h.raw(plainMail("Fay <fay@elsewhere.example>", "Re: Printer on fire", "f1@elsewhere.example", "And me.\n", "In-Reply-To: <a1@customer.example>")))
	h.accept(h.raw(plainMail("Gus <gus@elsewhere.example>", "Re: Printer on fire [#1]", "g1@elsewhere.example", "And I.\n")))
	if got := h.people(tk.ID); got != "requester ann@customer.example, cc bob@customer.example, guest eve@elsewhere.example" {
		t.Errorf("participants %s", got)
	}
	if got := h.told(tk.ID, tickets.GuestWrote); got != "eve@elsewhere.example" {
		t.Errorf("guests %q", got)
	}
	list := h.tickets()
	if len(list) != 3 || h.told(list[1].ID, tickets.MergeOffered) != "#1" || h.told(list[0].ID, tickets.MergeOffered) != "" {
		t.Errorf("tickets %+v", list)
	}
	h.send(h.answer(tk.ID, "Use water."))
	if sent := h.wire.all(); fmt.Sprint(sent[0].Recipients) != "[ann@customer.example bob@customer.example]" {
		t.Errorf("the answer went to %v", sent[0].Recipients)
	}
	// Whom a participant writes to is asked in.
	h.accept(h.raw(plainMail("ann@customer.example", "Re: Printer on fire", "a2@customer.example", "Eve is one of us.\n", "Cc: eve@elsewhere.example", "In-Reply-To: <a1@customer.example>")))
	if got := h.people(tk.ID); got != "requester ann@customer.example, cc bob@customer.example, cc eve@elsewhere.example" {
		t.Errorf("participants %s", got)
	}
}

func TestAReplyThatIsEarlierThanWhatItAnswersIsJoined(t *testing.T) {
	h := newHouse(t)
	second := h.mailbox("sales@acme.example")
	parent := h.raw(plainMail("ann@customer.example", "Printer", "p@customer.example", "It burns.\n", "Cc: bob@partner.example"))
	parent.Mailbox = second
	h.accept(h.raw(plainMail("bob@partner.example", "Re: Printer", "r1@partner.example", "It does.\n", "Cc: ann@customer.example", "In-Reply-To: <p@customer.example>")))
	h.accept(h.raw(plainMail("ann@customer.example", "AW: Printer", "r2@customer.example", "Still.\n", "References: <p@customer.example> <gone@partner.example>")))
	h.accept(parent)
	if n := len(h.tickets()); n != 1 {
		t.Fatalf("%d tickets", n)
	}
	if n := len(h.comments(h.tickets()[0].ID)); n != 3 {
		t.Errorf("%d comments", n)
	}
}

func TestAnAnswerThatOpenedATicketBeforeTheMailItAnswersIsOfferedToBeMerged(t *testing.T) {
	h := newHouse(t)
	h.accept(h.raw(plainMail("ann@gmail.com", "Re: Printer", "r2@gmail.com", "Still.\n", "In-Reply-To: <r1@gmail.com>")))
	h.accept(h.raw(plainMail("ann@gmail.com", "Printer", "p@gmail.com", "It burns.\n")))
	h.accept(h.raw(plainMail("ann@gmail.com", "Re: Printer", "r1@gmail.com", "It does.\n", "In-Reply-To: <p@gmail.com>")))
	list := h.tickets()
	if len(list) != 2 || len(h.comments(list[0].ID)) != 2 || h.told(list[1].ID, tickets.MergeOffered) != "#2" {
		t.Errorf("tickets %+v, offered %q", list, h.told(list[1].ID, tickets.MergeOffered))
	}
}

func TestAnswersToANewsletterStayApart(t *testing.T) {
	h := newHouse(t)
	for _, who := range []string{"ann@gmail.com", "bob@gmail.com", "cat@customer.example"} {
		h.accept(h.raw(plainMail(who, "Re: Our spring offers", "r."+who, "Stop.\n", "In-Reply-To: <news@sender.example>", "Thread-Index: AdEAAAAAAAECAwQFBgcICQoLDA0ODw==")))
	}
	list := h.tickets()
	if len(list) != 3 || h.told(list[0].ID, tickets.MergeOffered) == "" || h.told(list[2].ID, tickets.MergeOffered) != "" {
		t.Fatalf("tickets %+v", list)
	}
	h.accept(h.raw(plainMail("ann@gmail.com", "Re: Our spring offers", "ann2@gmail.com", "Please!\n", "In-Reply-To: <news@sender.example>")))
	if c := h.comments(list[2].ID); len(c) != 2 {
		t.Errorf("a second answer of the first person: %d comments", len(c))
	}
}

func TestAReplyThatLostItsHeadersJoinsBySenderAndSubject(t *testing.T) {
	h, tk := asked(t)
	h.accept(
		h.raw(plainMail("BOB+desk@customer.example", "Aw: Printer on fire", "b1@customer.example", "Hurry.\n", "In-Reply-To: <0102@email.amazonses.com>")),
		h.raw(plainMail("eve@elsewhere.example", "Re: Printer on fire", "e1@elsewhere.example", "Mine too.\n")),
	)
	if n := len(h.comments(tk.ID)); n != 2 || len(h.tickets()) != 2 {
		t.Errorf("%d comments, %d tickets", n, len(h.tickets()))
	}
}

func TestLaterMailFollowsMergesAndSplits(t *testing.T) {
	h := newHouse(t)
	h.accept(
		h.raw(plainMail("ann@customer.example", "Printer", "a1@customer.example", "It burns.\n")),
		h.raw(plainMail("ann@customer.example", "Scanner", "a2@customer.example", "It smokes.\n")),
	)
	scanner, printer := h.tickets()[0], h.tickets()[1]
	by := h.member()
	old := h.inbox.sign.replyAddress("support@acme.example", h.tenant, scanner.Number)
	h.in(func(tx tenant.Tx) error { return h.desk.Merge(t.Context(), tx, scanner.ID, printer.ID, by) })
	h.accept(
		h.raw(plainMail("ann@customer.example", "Re: Scanner", "b1@customer.example", "By address.\n", "Delivered-To: "+old)),
		h.raw(plainMail("ann@customer.example", "Re: Scanner", "b2@customer.example", "By reference.\n", "In-Reply-To: <a2@customer.example>")),
		h.raw(plainMail("ann@customer.example", "Re: Scanner [#2]", "b3@customer.example", "By tag.\n")),
		h.raw(plainMail("ann@customer.example", "Re: Scanner", "b4@customer.example", "By subject.\n")),
	)
	if n := len(h.comments(printer.ID)); n != 6 || len(h.tickets()) != 2 {
		t.Fatalf("%d comments, %d tickets", n, len(h.tickets()))
	}
	h.send(h.answer(printer.ID, "Use water."))
	if m := Parse(h.wire.all()[0].Data); !strings.Contains(m.Subject, "[#1]") || !strings.Contains(m.ReplyTo[0].Email, "+1-") {
		t.Errorf("the answer: %q, %v", m.Subject, m.ReplyTo)
	}
	h.in(func(tx tenant.Tx) error { return h.desk.Unmerge(t.Context(), tx, scanner.ID, by) })
	h.accept(h.raw(plainMail("ann@customer.example", "Re: Scanner", "b5@customer.example", "By address.\n", "Delivered-To: "+old)))
	if n := len(h.comments(scanner.ID)); n != 3 { // its own, the answer to that, and the new one
		t.Errorf("%d comments after undoing", n)
	}

	var split tickets.Ticket
	h.in(func(tx tenant.Tx) (err error) {
		all, err := tickets.Comments(t.Context(), tx, scanner.ID)
		if err == nil {
			split, err = h.desk.Split(t.Context(), tx, scanner.ID, all[2].ID, by)
		}
		return err
	})
	h.accept(h.raw(plainMail("ann@customer.example", "Re: Scanner [#2]", "b6@customer.example", "On it.\n", "To: "+old, "In-Reply-To: <b5@customer.example>")))
	if n := len(h.comments(split.ID)); n != 2 {
		t.Errorf("%d comments on the ticket split off", n)
	}
}

func TestTenantsShareNeitherUnknownIdsNorSubjects(t *testing.T) {
	a := newHouse(t)
	b := houseIn(t, a.pool, "other")
	a.accept(a.raw(plainMail("ann@customer.example", "Re: Printer", "a1@customer.example", "It burns.\n", "In-Reply-To: <p@customer.example>")))
	b.accept(
		b.raw(plainMail("ann@customer.example", "Printer", "p@customer.example", "It burns.\n")),
		b.raw(plainMail("ann@customer.example", "Re: Scanner", "b1@customer.example", "It smokes.\n", "In-Reply-To: <p2@customer.example>")),
	)
	a.accept(a.raw(plainMail("ann@customer.example", "Re: Scanner", "a2@customer.example", "It smokes.\n")))
	if len(a.tickets()) != 2 || len(b.tickets()) != 2 {
		t.Errorf("%d and %d tickets", len(a.tickets()), len(b.tickets()))
	}
	if a.count("comment_references") != 1 || b.count("comment_references") != 1 {
		t.Errorf("%d and %d references", a.count("comment_references"), b.count("comment_references"))
	}
}

func FuzzThreadIndex(f *testing.F) {
	f.Add("AdEAAAAAAAECAwQFBgcICQoLDA0ODw==", int64(1772442000))
	f.Add("Af//////AAAAAAAAAAAAAAAAAAAAAAAAAAAA", int64(-1))
	f.Fuzz(func(t *testing.T, value string, at int64) {
		index := mail.ThreadIndex(value)
		if index == nil {
			return
		}
		longer := extendIndex(index, time.Unix(at%1e11, 0), 7)
		if len(longer) > mail.MaxIndex || string(longer[:len(index)]) != string(index) || (len(longer)-mail.IndexHeader)%mail.IndexStep != 0 {
			t.Errorf("%x became %x", index, longer)
		}
		if conversationKey(longer) != conversationKey(index) {
			t.Error("another conversation")
		}
	})
}
