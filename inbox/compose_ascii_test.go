package inbox

import (
	"bytes"
	"fmt"
	netmail "net/mail"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

func TestAnAddressBeyondASCIIKeepsNobodyElseFromTheMail(t *testing.T) {
	h := newHouse(t)
	h.accept(h.raw(plainMail("Ann <ann@bücher.example>", "Printer on fire", "a1@customer.example", "It burns.\n",
		"Cc: Zoë Größe <zoë@customer.example>, Bob <bob@customer.example>")))
	tk := h.tickets()[0]
	a := h.answer(tk.ID, "Use water.")
	h.wire.respond = func(e Envelope) (Receipt, error) { // a server without SMTPUTF8
		if !mail.IsASCII(e.Recipients[0]) && strings.HasPrefix(e.Recipients[0], "zo") {
			return Receipt{Refused: []Refusal{{Recipient: e.Recipients[0], Permanent: true, Reply: "5.6.7 no SMTPUTF8"}}}, nil
		}
		return Receipt{Accepted: e.Recipients}, nil
	}
	h.send(a)
	sent := h.wire.all()
	if len(sent) != 2 || fmt.Sprint(sent[0].Recipients) != "[ann@bücher.example bob@customer.example]" || fmt.Sprint(sent[1].Recipients) != "[zoë@customer.example]" {
		t.Fatalf("%d envelopes", len(sent))
	}
	head, _, _ := bytes.Cut(sent[0].Data, []byte("\r\n\r\n"))
	if !mail.IsASCII(head) || !bytes.Contains(head, []byte("<ann@xn--bcher-kva.example>")) {
		t.Errorf("the header is\n%s", head)
	}
	m, err := netmail.ReadMessage(bytes.NewReader(sent[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	if list, err := m.Header.AddressList("Cc"); err != nil || len(list) != 1 {
		t.Errorf("a strict reader finds %v in Cc (%v)", list, err)
	}
	if got := m.Header.Get("Cc"); !strings.Contains(got, ":;") || !strings.Contains(got, "<bob@customer.example>") {
		t.Errorf("Cc: %s", got)
	}
	if got := Parse(sent[0].Data); len(got.Cc) == 0 || got.MessageID != sent[1].MessageID {
		t.Errorf("others read %+v", got.Cc)
	}
	if got := Parse(sent[1].Data); len(got.Cc) != 2 || got.Cc[0].Email != "bob@customer.example" && got.Cc[1].Email != "bob@customer.example" {
		t.Errorf("Zoë reads %+v", got.Cc)
	}
	c, events := h.delivery(tk.ID)
	if c.Delivery != "sent" || !strings.Contains(c.DeliveryDetail, "zoë@customer.example: 5.6.7") || fmt.Sprint(events) != "[refused sent]" {
		t.Errorf("delivery %q %q, events %v", c.Delivery, c.DeliveryDetail, events)
	}
	if n := h.count("mail_suppressions"); n != 0 {
		t.Errorf("%d addresses are taken for bad", n)
	}
}
