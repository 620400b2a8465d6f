package inbox

import (
	"slices"

	"github.com/customerdesk/customerdesk/inbox/machine"
	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// onBehalf makes the sender of a web form's mail the person whom it names in Reply-To, where answers are to go (RFC
// 5322 section 3.6.2); nobody vouches for them.
func onBehalf(m Message, f found) Message {
	if f.loop {
		return m
	}
	i := slices.IndexFunc(m.ReplyTo, func(a mail.Address) bool { return m.mayStandFor(f, a) })
	if i < 0 || !m.formed(f, m.ReplyTo[i]) {
		return m
	}
	m.From, m.behalf = m.ReplyTo[i], true
	if m.Auth == tickets.AuthPass {
		m.Auth = tickets.AuthNone
	}
	return m
}

// mayStandFor says whether an address in Reply-To can be the person that a form's mail is of: none of ours, nor one of
// the recipients, nor one without a person behind it.
func (m Message) mayStandFor(f found, a mail.Address) bool {
	key := tenant.AddressKey(a.Email)
	return mail.ValidEmail(a.Email) && !f.own[key] && key != senderKey(m) && !containsAddress(m.To, a) && !containsAddress(m.Cc, a) && !m.unanswering(a)
}

// unanswering says whether an address in Reply-To is one that takes no answers, or the list's that the mail came by (RFC
// 2369 section 3.4), where they are not meant for us.
func (m Message) unanswering(a mail.Address) bool {
	if machine.TakesNoAnswers(a.Email) {
		return true
	}
	return m.Root != nil && containsAddress(mail.ParseAddresses(m.Root.Header.Get("List-Post")), a)
}

// formed says whether a mail is a form's rather than that of whoever stands in From: it comes from a mailbox of the
// tenant, or from beside one and is of somebody outside, or from an address that forms and systems write under. From
// outside it is believed only where the mail is not forged, since anybody could have their answers sent elsewhere; and
// what goes to many is of nobody else.
func (m Message) formed(f found, person mail.Address) bool {
	if f.own[tenant.AddressKey(m.From.Email)] {
		return true
	}
	from, to := domainOf(senderKey(m)), domainOf(tenant.AddressKey(person.Email))
	switch member := f.sender != nil && f.sender.Role != ""; {
	case member:
		return false
	case f.home && from != to && !tickets.FreeMail(from):
		return true
	case m.Auth == tickets.AuthFail:
		return false
	case m.relayed():
		return true
	}
	return m.Class != machine.List && from != to && !tickets.FreeMail(from) && machine.SendsForOthers(m.From)
}

// relayed says whether a list put its own address into From, in the place of the one who wrote.
func (m Message) relayed() bool {
	return m.From.Name != "" && machine.SendsForOthers(mail.Address{Name: m.From.Name})
}
