package inbox

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// judged is a house that trusts mx.acme.example about senders, with ticket 1 of Ann's; write sends a mail on it by its id.
func judged(t *testing.T) (h *house, reply string) {
	h = guarded(t, nil)
	h.accept(h.raw(vouched + plainMail("Ann <ann@customer.example>", "The lamp", "a1@customer.example", "It blinks.\n")))
	return h, h.inbox.sign.replyAddress("support@acme.example", h.tenant, 1)
}

// first is ticket 1.
func (h *house) first() (first tickets.Ticket) {
	h.t.Helper()
	for _, tk := range h.tickets() {
		if tk.Number == 1 {
			first = tk
		}
	}
	return first
}

func TestAVerifiedSenderNeedsNoSignature(t *testing.T) {
	h, _ := judged(t)
	h.accept(h.raw(vouched + plainMail("Ann <ann@customer.example>", "Re: The lamp", "a2@customer.example", "#resolve\n", "In-Reply-To: <a1@customer.example>")))
	if got := h.first(); got.Status != tickets.Resolved {
		t.Errorf("the ticket is %s, orders %+v", got.Status, h.orders(got.ID))
	}
}

func TestAForgedSenderIsNotObeyedWhateverItIsSignedWith(t *testing.T) {
	h, reply := judged(t)
	h.send(h.answer(h.first().ID, "Turn it off."))
	ours := h.wire.all()[0].MessageID
	for i, more := range [][]string{
		{"In-Reply-To: <a1@customer.example>"},
		{"In-Reply-To: <" + ours + ">", "Delivered-To: " + reply},
		{"References: <" + ours + ">", "X-Original-To: " + reply, "Thread-Index: " + Parse(h.wire.all()[0].Data).MessageID},
	} {
		before := h.first().Status
		h.accept(h.raw(exposed + strings.Replace(plainMail("Ann <ann@customer.example>", "Re: The lamp [#1]", "f"+string(rune('0'+i))+"@customer.example", "#close\n", more...),
			"To: support@acme.example", "To: "+reply, 1)))
		if got := h.first().Status; got != before {
			t.Errorf("mail %d made the ticket %s", i, got)
		}
	}
	refused := 0
	for _, tk := range h.tickets() {
		for _, e := range h.orders(tk.ID) {
			if e.To == tickets.OrderDone {
				t.Errorf("done on #%d: %+v", tk.Number, e)
			}
			if strings.Contains(e.Detail, "could not be verified") {
				refused++
			}
		}
	}
	if refused != 3 {
		t.Errorf("%d refusals say why", refused)
	}
	// Nor by a member's address.
	h.addMember("mia@acme.example", tenant.Agent)
	h.accept(h.raw(strings.ReplaceAll(exposed, "customer.example", "acme.example") + plainMail("Mia <mia@acme.example>", "Re: The lamp [#1]", "m1@acme.example", "#close\n", "In-Reply-To: <"+ours+">", "Delivered-To: "+reply)))
	if got := h.first().Status; got == tickets.Closed {
		t.Error("a forged member closed it")
	}
}

func TestAnOrderIsFoundInMailAsItIsWritten(t *testing.T) {
	quotation := "On Mon, 2 Mar 2026 at 09:00, Acme Support <support@acme.example> wrote:\n> Turn it off.\n> Bye\n"
	html := []string{"MIME-Version: 1.0", "Content-Type: text/html; charset=utf-8"}
	for what, mail := range map[string]struct {
		body string
		more []string
		rest string
	}{
		"above a quotation":        {"#close\n\n" + quotation, nil, ""},
		"with a signature":         {"#close\n\n-- \nAda North\n+1 555 0100\n", nil, ""},
		"signature and quotation":  {"#close\n\n-- \nAda North\n\n" + quotation, nil, ""},
		"from a phone":             {"#close\n\nSent from my iPhone\n\n" + quotation, nil, ""},
		"with words and signature": {"#close\nThank you.\n\n-- \nAda North\n", nil, "Thank you."},
		"HTML only":                {"<html><body><div dir=\"ltr\">#close</div></body></html>\n", html, ""},
		"HTML with a blank line":   {"<html><head><style>p{color:red}</style></head><body><p>&nbsp;</p><p>#Close.</p><p></p></body></html>\n", html, ""},
		"HTML above a quotation": {`<div>#close</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, 2 Mar 2026 at 09:00 Acme &lt;support@acme.example&gt; wrote:<br></div>` +
			`<blockquote class="gmail_quote"><p>Turn it off.</p></blockquote></div>` + "\n", html, ""},
		"HTML with a signature": {`<div>#close</div><div><br></div><div class="gmail_signature">-- <br>Ada North</div>` + "\n", html, ""},
	} {
		t.Run(what, func(t *testing.T) {
			h, write := ordered(t)
			write("ada@north.example", "a2@north.example", mail.body, mail.more...)
			tk := h.tickets()[0]
			list := h.comments(tk.ID)
			last := list[len(list)-1]
			if tk.Status != tickets.Closed || len(h.orders(tk.ID)) != 1 {
				t.Fatalf("the ticket is %s; the mail reads %q", tk.Status, last.Text)
			}
			if want := map[bool]tickets.CommentKind{true: tickets.Internal, false: tickets.Public}[mail.rest == ""]; last.Kind != want || mail.rest != "" && last.Text != mail.rest {
				t.Errorf("the comment is %s: %q", last.Kind, last.Text)
			}
		})
	}
	for what, body := range map[string]string{
		"below words": "Hello,\n#close\n", "in the quotation": "Thank you.\n\n" + strings.Replace(quotation, "> Turn it off.", "> #close", 1),
		"in the signature": "Thank you.\n\n-- \n#close\n", "within a line": "Please #close it\n",
	} {
		h, write := ordered(t)
		write("ada@north.example", "a2@north.example", body)
		if tk := h.tickets()[0]; tk.Status != tickets.Open || len(h.orders(tk.ID)) != 0 {
			t.Errorf("%s: the ticket is %s", what, tk.Status)
		}
	}
}
