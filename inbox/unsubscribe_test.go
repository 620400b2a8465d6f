package inbox

import (
	"bytes"
	"fmt"
	netmail "net/mail"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

func TestUnsubscribingStopsAutomaticMailAndOpensNoTicket(t *testing.T) {
	h := newHouse(t)
	h.switchOn(ReceiptMail)
	h.switchOn(StatusMail)
	h.accept(h.raw(plainMail("Ann <ann@customer.example>", "Printer on fire", "a1@customer.example", "Help.\n")))
	receipt := h.automatic()[0]
	m, err := netmail.ReadMessage(bytes.NewReader(receipt.Data))
	if err != nil {
		t.Fatal(err)
	}
	way, err := url.Parse(strings.Trim(m.Header.Get("List-Unsubscribe"), "<>"))
	if err != nil {
		t.Fatal(err)
	}
	to, _ := url.PathUnescape(way.Opaque)
	leave := func(from, id, text string) {
		h.accept(h.raw(strings.Replace(plainMail(from, way.Query().Get("subject"), id, text), "To: support@acme.example", "To: "+to, 1)))
	}
	leave("ann@customer.example", "u1@customer.example", "\n")
	leave("ann@customer.example", "u2@customer.example", "unsubscribe\n")
	if list := h.tickets(); len(list) != 1 || list[0].Status != tickets.Open {
		t.Errorf("tickets %+v", list)
	}
	if s, yes := h.suppressed("ann@customer.example"); !yes || s.Reason != machine.Unsubscribed || !strings.Contains(s.bounced(), "asked for no automatic mail") {
		t.Errorf("%v: %+v", yes, s)
	}
	id := h.tickets()[0].ID
	h.move(id, tickets.Resolved, h.member())
	if sent := h.automatic(); len(sent) != 0 {
		t.Errorf("%d automatic mails all the same", len(sent))
	}
	h.send(h.answer(id, "A person's answer."))
	if n := len(h.wire.all()); n != 2 {
		t.Errorf("%d mails left, want the receipt and the answer", n)
	}
	// It takes the signed address or a verified sender, and nothing else but the word.
	h.accept(h.raw(plainMail("eve@elsewhere.example", "unsubscribe", "e1@elsewhere.example", "\n")))
	if _, yes := h.suppressed("eve@elsewhere.example"); yes {
		t.Error("an unsigned mail unsubscribes its sender")
	}
	leave("bob@customer.example", "b1@customer.example", "Please unsubscribe me from the phone list.\n")
	if _, yes := h.suppressed("bob@customer.example"); yes {
		t.Error("a person's words unsubscribe them")
	}
}

func TestAutomaticMailIsLeftByOneClick(t *testing.T) {
	h := newHouse(t)
	h.switchOn(ReceiptMail)
	for public, want := range map[string]string{"https://help.acme.example": "List-Unsubscribe=One-Click", "http://help.acme.example": "", "": "", "http://127.0.0.1:80": "List-Unsubscribe=One-Click"} {
		h.outbox.cfg.PublicURL = public
		from := fmt.Sprintf("ann%d@customer.example", h.uid)
		h.accept(h.raw(plainMail("Ann <"+from+">", "Printer on fire", fmt.Sprintf("a%d@customer.example", h.uid), "Help.\n")))
		sent := h.automatic()
		m, err := netmail.ReadMessage(bytes.NewReader(sent[len(sent)-1].Data))
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Header.Get("List-Unsubscribe-Post"); got != want {
			t.Errorf("%s: List-Unsubscribe-Post: %q", public, got)
		}
		ways := strings.Split(m.Header.Get("List-Unsubscribe"), ", ")
		if !strings.HasPrefix(ways[len(ways)-1], "<mailto:") || len(ways) != map[bool]int{true: 1, false: 2}[public == ""] {
			t.Errorf("%s: List-Unsubscribe: %q", public, ways)
		}
		if public == "" {
			continue
		}
		token, ok := strings.CutPrefix(strings.Trim(ways[0], "<>"), public+"/t/")
		link, err := ReadLink(h.box, token)
		if !ok || err != nil || link.Order != Unsubscribe || link.Until.Sub(h.now.Now()) < 365*24*time.Hour {
			t.Errorf("%s: %+v (%v)", ways[0], link, err)
		}
		h.in(func(tx tenant.Tx) error { return Leave(t.Context(), tx, h.desk, link, h.now.Now()) })
		if s, yes := h.suppressed(from); !yes || s.Reason != machine.Unsubscribed {
			t.Errorf("%s gets automatic mail all the same", from)
		}
	}
	// What a person writes has neither.
	h.send(h.answer(h.tickets()[0].ID, "A person's answer."))
	sent := h.wire.all()
	if head, _, _ := bytes.Cut(sent[len(sent)-1].Data, []byte("\r\n\r\n")); bytes.Contains(head, []byte("List-")) {
		t.Errorf("%s", head)
	}
}
