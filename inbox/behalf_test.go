package inbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestAFormsMailIsOfThePersonInReplyToAndAnswersGoThere(t *testing.T) {
	const ann = "Reply-To: Ann Berg <ann@customer.example>"
	for name, tc := range map[string]struct {
		from  string
		lines []string
	}{
		"the mailbox itself":         {"support@acme.example", []string{ann}},
		"beside the mailbox":         {"Website <acme-site@acme.example>", []string{ann}},
		"a program elsewhere":        {"WordPress <wordpress@shop.example>", []string{ann}},
		"no-reply":                   {"Forms <no-reply@forms.example>", []string{ann}},
		"a contact address":          {"kontakt@shop.example", []string{ann}},
		"a name in words":            {"contact-form-7@shop.example", []string{ann}},
		"generated":                  {"forms@shop.example", []string{ann, "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "Precedence: bulk"}},
		"the person second":          {"forms@shop.example", []string{"Reply-To: support@acme.example, Ann Berg <ann@customer.example>"}},
		"a group that rewrites From": {"'Ann Berg' via Help <help@acme-groups.example>", []string{ann, "List-Id: <help.acme-groups.example>", "List-Post: <mailto:help@acme-groups.example>"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.accept(h.raw(plainMail(tc.from, "Contact", "f1@forms.example", "Please call.\n", tc.lines...)))
			list := h.tickets()
			if len(list) != 1 || list[0].Requester.Email != "ann@customer.example" || list[0].Requester.Name != "Ann Berg" || list[0].Customer != "customer.example" {
				t.Fatalf("tickets %+v, messages %+v", list, h.messages(""))
			}
			if got := h.people(list[0].ID); got != "requester ann@customer.example" {
				t.Errorf("participants %s", got)
			}
			h.send(h.answer(list[0].ID, "We call."))
			if e := h.wire.all()[0]; fmt.Sprint(e.Recipients) != "[ann@customer.example]" {
				t.Errorf("the answer went to %v", e.Recipients)
			}
		})
	}
}

func TestReplyToOfAPersonAListOrAMemberIsNobodyElsesMail(t *testing.T) {
	for name, tc := range map[string]struct {
		from  string
		lines []string
		want  string
	}{
		"a person's other address": {"Ann <ann@work.example>", []string{"Reply-To: ann.berg@home.example"}, "ann@work.example"},
		"a list":                   {"info@shop.example", []string{"Reply-To: talk@lists.example", "List-Post: <mailto:talk@lists.example>", "List-Id: <talk.lists.example>"}, "info@shop.example"},
		"a recipient":              {"info@shop.example", []string{"Cc: all@shop-list.example", "Reply-To: all@shop-list.example"}, "info@shop.example"},
		"our own address":          {"info@shop.example", []string{"Reply-To: Support+9-abc@acme.example"}, "info@shop.example"},
		"nobody":                   {"info@shop.example", []string{"Reply-To: noreply@else.example"}, "info@shop.example"},
		"no address":               {"info@shop.example", []string{"Reply-To: Ann"}, "info@shop.example"},
		"another desk of a house":  {"info@shop.example", []string{"Reply-To: sales@shop.example"}, "info@shop.example"},
		"of a member":              {"info@partner.example", []string{"Reply-To: ann@customer.example"}, "info@partner.example"},
		"of a colleague":           {"bob@acme.example", []string{"Reply-To: bob.private@acme.example"}, "bob@acme.example"},
		"free mail":                {"info@gmail.com", []string{"Reply-To: ann@customer.example"}, "info@gmail.com"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.addMember("info@partner.example", tenant.Agent)
			h.accept(h.raw(plainMail(tc.from, "Hello", "f1@x.example", "Please call.\n", tc.lines...)))
			if list := h.tickets(); len(list) != 1 || list[0].Requester.Email != tc.want {
				t.Fatalf("tickets %+v", list)
			}
			if name == "a list" || name == "a recipient" || name == "our own address" || name == "nobody" {
				h.send(h.answer(h.tickets()[0].ID, "We call."))
				if e := h.wire.all()[0]; strings.Contains(fmt.Sprint(e.Recipients), "lists.example") || strings.Contains(fmt.Sprint(e.Recipients), "acme.example") ||
					strings.Contains(fmt.Sprint(e.Recipients), "noreply") {
					t.Errorf("the answer went to %v", e.Recipients)
				}
			}
		})
	}
}

func TestWhomAFormNamesJoinsNothingAndHasNoRights(t *testing.T) {
	h, tk := asked(t)
	h.addMember("mia@acme.example", tenant.Agent)
	for i, lines := range [][]string{
		{"Reply-To: ann@customer.example", "In-Reply-To: <a1@customer.example>"},
		{"Reply-To: ann@customer.example"},
		{"Reply-To: mia@acme.example", "In-Reply-To: <a1@customer.example>"},
		{"Reply-To: mia@acme.example"},
	} {
		for _, from := range []string{"support@acme.example", "form@acme.example", "noreply@forms.example"} {
			for _, text := range []string{"#close\n", "Send it elsewhere.\n", "@fwd\n\nFrom: Zoe <zoe@z.example>\nTo: Mia\nSubject: x\n\nWords.\n"} {
				h.accept(h.raw(plainMail(from, "Re: Printer on fire [#1]", fmt.Sprintf("f%d.%d.%s", i, len(text), from), text, lines...)))
			}
		}
	}
	if c := h.comments(tk.ID); len(c) != 1 || h.told(tk.ID, tickets.StatusChanged) != "" {
		t.Errorf("a form wrote to the ticket: %+v", c)
	}
	for _, other := range h.tickets() {
		if other.Requester.Email == "zoe@z.example" {
			t.Errorf("a form opened a ticket for another: %+v", other)
		}
	}
}
