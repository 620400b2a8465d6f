package inbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// refused is why a command by mail on a ticket was not done.
func (h *house) refused(id tickets.ID) (why string) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) error {
		all, err := tickets.Events(h.t.Context(), tx, id)
		for _, e := range all {
			if e.Kind == tickets.OrderGiven && e.To == tickets.OrderRefused {
				why += e.From + ": " + e.Detail
			}
		}
		return err
	})
	return why
}

func TestAForwardThatCannotBePassedOnSaysSoToEverybodyButTheCustomer(t *testing.T) {
	const unreadable = "@fwd please take this one\n\nShe wrote that it burns.\n"
	for name, tc := range map[string]struct {
		role      tenant.Role
		body, why string
	}{
		"no header":   {tenant.Agent, unreadable, "cannot be read"},
		"only a name": {tenant.Agent, "@fwd\n\n---------- Forwarded message ---------\nFrom: Ann Berg\nSubject: Printer\n\nIt burns.\n", "cannot be read"},
		"of ours":     {tenant.Agent, "@fwd\n\nFrom: Acme <Support+1-abc@ACME.example>\nTo: Ann\nSubject: Printer\n\nUse water.\n", "a mailbox of ours"},
		"by a viewer": {tenant.Viewer, "@fwd\n\nFrom: Ann <ann@customer.example>\nTo: Mia\nSubject: Printer\n\nIt burns.\n", "role viewer"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.addMember("mia@acme.example", tc.role)
			h.accept(h.raw(plainMail("Mia <mia@acme.example>", "Fwd: Printer", "m1@acme.example", tc.body)))
			list := h.tickets()
			if len(list) != 1 || list[0].Requester.Email != "mia@acme.example" {
				t.Fatalf("tickets %+v", list)
			}
			c := h.comments(list[0].ID)
			if len(c) != 2 || c[1].Kind != tickets.Internal || c[1].AuthorKind != tickets.BySystem || !strings.Contains(c[1].Text, tc.why) {
				t.Errorf("comments %+v", c)
			}
			if why := h.refused(list[0].ID); !strings.HasPrefix(why, "fwd: ") || !strings.Contains(why, tc.why) {
				t.Errorf("the history says %q", why)
			}
			sent := h.automatic()
			if len(sent) != 1 || fmt.Sprint(sent[0].Recipients) != "[mia@acme.example]" || !strings.Contains(Parse(sent[0].Data).Text, tc.why) {
				t.Fatalf("sent %v", sent)
			}
		})
	}
	t.Run("on a customer's ticket", func(t *testing.T) {
		h, tk := asked(t)
		h.addMember("mia@acme.example", tenant.Agent)
		h.accept(h.raw(plainMail("mia@acme.example", "Fwd: Printer on fire", "m1@acme.example", unreadable, "References: <a1@customer.example>", "In-Reply-To: <a1@customer.example>")))
		c := h.comments(tk.ID)
		if len(h.tickets()) != 1 || len(c) != 3 || c[1].Kind != tickets.Internal || c[1].AuthorKind != tickets.ByMember || c[2].Kind != tickets.Internal {
			t.Errorf("%d tickets, comments %+v", len(h.tickets()), c)
		}
		if sent := h.automatic(); len(sent) != 0 {
			t.Errorf("sent to %v", sent[0].Recipients)
		}
	})
}

func TestAForwardOfMailThatIsKnownIsOfferedToBeMerged(t *testing.T) {
	h, tk := asked(t)
	h.addMember("mia@acme.example", tenant.Agent)
	h.accept(h.raw(plainMail("mia@acme.example", "Fwd: Printer on fire", "m1@acme.example", "@fwd\n\nFrom: Ann <ann@customer.example>\nTo: Mia\nSubject: Printer on fire\n\nIt burns.\n",
		"References: <a1@customer.example>")))
	list := h.tickets()
	if len(list) != 2 || list[0].Requester.Email != "ann@customer.example" || h.told(list[0].ID, tickets.MergeOffered) != fmt.Sprintf("#%d", tk.Number) {
		t.Errorf("tickets %+v", list)
	}
}
