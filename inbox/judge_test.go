package inbox

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/customerdesk/customerdesk/inbox/origin"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// records are all that DNS knows.
type records map[string]string

func (r records) LookupTXT(_ context.Context, name string) ([]string, error) {
	if txt, ok := r[name]; ok {
		return []string{txt}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

// guarded is a house that looks senders up in dns and trusts mx.acme.example.
func guarded(t *testing.T, dns origin.Resolver) *house {
	h := newHouse(t)
	cfg := h.inbox.cfg
	cfg.Resolver, cfg.Logger = dns, slog.New(slog.DiscardHandler)
	h.inbox = New(cfg)
	h.trust("mx.acme.example")
	return h
}

func (h *house) trust(ids ...string) {
	h.t.Helper()
	h.in(func(tx tenant.Tx) error { return SetMailboxAuthResults(h.t.Context(), tx, h.box1, ids) })
}

const (
	taken    = "Received: from somewhere by mx.acme.example with ESMTPS id 1; Mon, 2 Mar 2026 09:00:00 +0000\n"
	vouched  = "Authentication-Results: mx.acme.example;\n\tdmarc=pass (p=reject) header.from=customer.example\n" + taken
	exposed  = "Authentication-Results: mx.acme.example;\n\tdmarc=fail (p=reject) header.from=customer.example\n" + taken
	pretends = "Authentication-Results: mx.evil.example; dmarc=pass header.from=customer.example\n" +
		"Authentication-Results: mx.acme.example; dmarc=pass header.from=customer.example\n"
)

func TestAForgedSenderOpensATicketOfItsOwn(t *testing.T) {
	h := guarded(t, nil)
	by := h.member()
	h.accept(h.raw(vouched + plainMail("Ann <ann@customer.example>", "Hello", "a1@customer.example", "Hello.\n")))
	first := h.tickets()[0]
	if c := h.comments(first.ID); c[0].Auth != tickets.AuthPass {
		t.Errorf("the first mail: %s", c[0].Auth)
	}
	h.in(func(tx tenant.Tx) error { return h.desk.SetStatus(t.Context(), tx, first.ID, tickets.Resolved, by) })

	reply := h.inbox.sign.replyAddress("support@acme.example", h.tenant, first.Number)
	h.accept(h.raw(exposed + pretends + plainMail("Ann <ann@customer.example>", "Re: Hello", "a2@customer.example", "Send it to my new address.\n",
		"In-Reply-To: <a1@customer.example>", "Delivered-To: "+reply, "Reply-To: eve@evil.example", "Cc: bob@customer.example")))

	list := h.tickets()
	if len(list) != 2 || list[1].Status != tickets.Resolved || list[1].CommentCount != 1 {
		t.Fatalf("the forged mail changed %+v", list)
	}
	if got := h.told(list[0].ID, tickets.MergeOffered); got != "#1" {
		t.Errorf("offered to be merged with %q", got)
	}
	c := h.comments(list[0].ID)
	if len(c) != 1 || c[0].Auth != tickets.AuthFail || c[0].Author.Email != "ann@customer.example" {
		t.Errorf("comments %+v", c)
	}
	h.in(func(tx tenant.Tx) error {
		all, err := tickets.Participants(t.Context(), tx, list[0].ID)
		for _, p := range all {
			if p.Email == "eve@evil.example" {
				t.Error("answers would go where the forger wants them")
			}
		}
		return err
	})
	// The real one still joins.
	h.accept(h.raw(vouched + plainMail("Ann <ann@customer.example>", "Re: Hello", "a3@customer.example", "Not solved.\n", "In-Reply-To: <a1@customer.example>")))
	if got := h.comments(first.ID); len(got) != 2 || got[1].Auth != tickets.AuthPass {
		t.Errorf("comments %+v", got)
	}
}

func TestVerdictsFollowTheMailboxesSetting(t *testing.T) {
	h := guarded(t, nil)
	at := func(n int, header string) Inbound {
		t.Helper()
		id := string(rune('a'+n)) + "@customer.example"
		h.accept(h.raw(header + plainMail("ann@customer.example", "Hello "+id, id, "Hello.\n")))
		all := h.messages("")
		return all[len(all)-1]
	}
	if m := at(0, vouched); m.Auth != tickets.AuthPass || !strings.Contains(m.AuthReason, "mx.acme.example") {
		t.Errorf("trusted: %s, %s", m.Auth, m.AuthReason)
	}
	h.trust()
	if m := at(1, vouched); m.Auth != tickets.AuthUnknown {
		t.Errorf("nobody trusted, no DNS: %s, %s", m.Auth, m.AuthReason)
	}
	h.trust("*.acme.example")
	if m := at(2, exposed); m.Auth != tickets.AuthFail {
		t.Errorf("trusted by pattern: %s, %s", m.Auth, m.AuthReason)
	}
	if m := at(3, ""); m.Auth != tickets.AuthNone {
		t.Errorf("nothing to check: %s, %s", m.Auth, m.AuthReason)
	}
	h.in(func(tx tenant.Tx) error {
		m, err := MailboxByID(t.Context(), tx, h.box1)
		if strings.Join(m.AuthResults, " ") != "*.acme.example" {
			t.Errorf("mailbox %+v", m)
		}
		return err
	})
	// What another tenant trusts counts for itself alone.
	b := houseIn(t, h.pool, "other")
	b.in(func(tx tenant.Tx) error {
		if err := SetMailboxAuthResults(t.Context(), tx, h.box1, []string{"mx.evil.example"}); err == nil {
			t.Error("set the mailbox of another tenant")
		}
		return nil
	})
	b.accept(b.raw(exposed + plainMail("ann@customer.example", "Hello", "x@customer.example", "Hello.\n")))
	if m := b.messages("")[0]; m.Auth != tickets.AuthUnknown {
		t.Errorf("the other tenant: %s", m.Auth)
	}
}

func TestSignedMailPassesAndAForgeryOfASigningDomainDoesNotJoin(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h := guarded(t, records{
		"s1._domainkey.customer.example": "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public),
		"_dmarc.customer.example":        "v=DMARC1; p=reject",
	})
	sign := func(text string) string {
		var b bytes.Buffer
		o := dkim.SignOptions{Domain: "customer.example", Selector: "s1", Signer: private, HeaderKeys: []string{"From", "Subject", "Message-Id"}}
		if err := dkim.Sign(&b, strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n")), &o); err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(b.String(), "\r\n", "\n")
	}
	h.accept(
		h.raw(taken+sign(plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n"))),
		h.raw(taken+sign(plainMail("ann@customer.example", "Re: Hello", "a2@customer.example", "More.\n", "In-Reply-To: <a1@customer.example>"))),
		h.raw(taken+plainMail("ann@customer.example", "Re: Hello", "a3@customer.example", "Forged.\n", "In-Reply-To: <a1@customer.example>")),
		h.raw(taken+plainMail("bob@else.example", "Re: Hello", "b1@else.example", "From a colleague.\n", "In-Reply-To: <a1@customer.example>")),
	)
	want := map[string]tickets.Verdict{"Hello.": tickets.AuthPass, "More.": tickets.AuthPass, "Forged.": tickets.AuthFail, "From a colleague.": tickets.AuthNone}
	for _, tk := range h.tickets() {
		for _, c := range h.comments(tk.ID) {
			if c.Auth != want[c.Text] {
				t.Errorf("%s: %s", c.Text, c.Auth)
			}
			if c.Text == "Forged." && len(h.comments(tk.ID)) != 1 {
				t.Error("the forged mail joined")
			}
			delete(want, c.Text)
		}
	}
	if len(want) != 0 {
		t.Errorf("missing %v", want)
	}
}

func TestNobodyVouchesForThePersonInAWebForm(t *testing.T) {
	h := guarded(t, nil)
	header := strings.ReplaceAll(vouched, "customer.example", "acme.example")
	h.accept(h.raw(header + plainMail("support@acme.example", "Form", "f1@acme.example", "Hello.\n", "Reply-To: ann@customer.example")))
	c := h.comments(h.tickets()[0].ID)
	if c[0].Author.Email != "ann@customer.example" || c[0].Auth != tickets.AuthNone {
		t.Errorf("comment %+v", c[0])
	}
}

func TestReprocessingJudgesAnewAndKeepsWhatCannotBeJudgedAnyMore(t *testing.T) {
	h := guarded(t, nil)
	by := h.member()
	h.accept(h.raw(vouched + plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n")))
	m, tk := h.messages("")[0], h.tickets()[0]
	verdict := func(ids []string, want tickets.Verdict) {
		t.Helper()
		h.trust(ids...)
		if err := h.inbox.Reprocess(t.Context(), h.tenant, m.ID, by); err != nil {
			t.Fatal(err)
		}
		if c := h.comments(tk.ID)[0]; c.Auth != want || h.messages("")[0].Auth != want {
			t.Errorf("trusting %v: %s, message %s, want %s", ids, c.Auth, h.messages("")[0].Auth, want)
		}
	}
	verdict(nil, tickets.AuthPass)
	h.in(func(tx tenant.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE inbound_messages SET from_email = 'misread@elsewhere.example' WHERE tenant_id = $1`, h.tenant)
		return err
	})
	verdict(nil, tickets.AuthUnknown)
	verdict([]string{"mx.acme.example"}, tickets.AuthPass)
}

func TestAForgedMailGetsNoAutomaticAnswer(t *testing.T) {
	h := guarded(t, nil)
	answer := func(tk tickets.Ticket) tickets.Comment {
		t.Helper()
		h.in(func(tx tenant.Tx) error {
			_, err := h.desk.Comment(t.Context(), tx, tickets.NewComment{
				Ticket: tk.ID, Kind: tickets.Public, Author: tickets.Actor{Kind: tickets.ByAI, Via: tickets.ByEmail}, Text: "Have you read this?",
			})
			return err
		})
		c, _ := h.delivery(tk.ID)
		return c
	}
	h.accept(h.raw(vouched + plainMail("ann@customer.example", "Hello", "a1@customer.example", "Hello.\n")))
	if c := answer(h.tickets()[0]); c.Delivery != "queued" {
		t.Errorf("to who is known: %s, %s", c.Delivery, c.DeliveryDetail)
	}
	h.accept(h.raw(exposed + plainMail("ann@customer.example", "Other", "a2@customer.example", "Hello.\n")))
	if c := answer(h.tickets()[0]); c.Delivery != "failed" || !strings.Contains(c.DeliveryDetail, "could not be verified") {
		t.Errorf("to a forger: %s, %s", c.Delivery, c.DeliveryDetail)
	}
}
