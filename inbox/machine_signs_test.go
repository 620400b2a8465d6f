package inbox

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/machine"
)

// What looks like a machine's and is a person's, and the other way round.
func TestPeopleAndMachinesAreToldApartWhereTheyLookAlike(t *testing.T) {
	const answers = "In-Reply-To: <q1@acme.example>"
	for name, c := range map[string]struct {
		from, subject, text string
		lines               []string
		want                machine.Class
	}{
		"a postmaster who asks":       {"postmaster@shop.example", "Your server", "Mail from you has been rejected here. Please have a look.\n", nil, machine.Person},
		"a postmaster who answers":    {"Jan (Postmaster) <postmaster@shop.example>", "Re: Mail delivery problem", "Your message was rejected because of a typing error. It is mended.\n", []string{answers}, machine.Person},
		"an administrator's bounce":   {"System Administrator <admin@shop.example>", "Undeliverable: Your lamp", "Your message did not reach kim@shop.example.\n", nil, machine.Bounce},
		"an administrator by trade":   {"Jo Hill, System Administrator <jo@shop.example>", "Mail delivery failed", "Our mail to you could not be delivered. Why?\n", nil, machine.Person},
		"a team named after Outlook":  {"Microsoft Outlook Trainers <it@shop.example>", "Undeliverable items", "We have undeliverable items in stock.\n", nil, machine.Person},
		"a parcel":                    {"Parcels <no-reply@parcel.example>", "Your parcel could not be delivered", "Your parcel could not be delivered. Ask help@parcel.example.\n", nil, machine.Person},
		"a bounce of a nameless host": {"no-reply@relay.example", "Mail could not be delivered", "Your mail to kim@shop.example could not be delivered.\n", nil, machine.Bounce},
		"Courier":                     {"Courier mail server at mx.example <@mx.example>", "NOTICE: mail delivery status.", "UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<kim@shop.example>:\n<<< 550 User unknown.\n", nil, machine.Bounce},
		"Exchange in Swedish":         {"postmaster@shop.example", "Kunde inte levereras: Din lampa", "Det gick inte att leverera till följande mottagare:\n\nkim@shop.example\n", nil, machine.Bounce},
		"a language unknown here":     {"mailer-daemon@shop.example", "Sala: lampa", "Ka kasa isar da sako.\n\nkim@shop.example\n550 5.1.1 ba a sani ba\n\nReceived: from mx.example by mx2.example; Mon, 2 Mar 2026 09:00:00 +0000\nSubject: Your lamp\n", []string{"Return-Path: <>"}, machine.Bounce},
		"a form's question":           {"no-reply@form.example", "Contact form: vacation", "I am on vacation until Monday, deliver later.\n", []string{"Reply-To: kim@shop.example", "Auto-Submitted: auto-generated"}, machine.Person},
		"a receipt of another desk":   {"Help <support@shop.example>", "[Request received] Lamp", "Your request was received.\n", []string{answers, "Auto-Submitted: auto-generated"}, machine.AutoReply},
		"a challenge":                 {"Kim <kim@shop.example>", "Please confirm your message", "Your message is held because your address is unknown.\n", []string{answers, "Return-Path: <>", "Precedence: bulk"}, machine.AutoReply},
		"a receipt in words":          {"Kim <kim@shop.example>", "Read: Your lamp", "Your message\n\n   To: Kim\n   Subject: Your lamp\n\n was read on Monday, 2 March 2026 10:00.\n", nil, machine.Report},
		"a receipt in German":         {"Kim <kim@shop.example>", "Gelesen: Ihre Lampe", "Ihre Nachricht\n\n An: Kim\n\nwurde am Montag, 2. März 2026 10:00 gelesen.\n", nil, machine.Report},
		"a reader":                    {"Kim <kim@shop.example>", "Read: your manual", "I have read it; it has been read by all of us.\n", nil, machine.Person},
		"an absence, Catalan":         {"Kim <kim@shop.example>", "Fora de l'oficina: làmpada", "Torno el 9 de març.\n", []string{"Return-Path: <>"}, machine.AutoReply},
		"an absence, Slovene":         {"Kim <kim@shop.example>", "Odsoten: svetilka", "Na dopustu sem do 9. marca.\n", []string{answers}, machine.AutoReply},
		"an absence, Hungarian":       {"Kim <kim@shop.example>", "Házon kívül: lámpa", "Szabadságon vagyok március 9-ig.\n", []string{"Precedence: bulk"}, machine.AutoReply},
		"an absence, under Re":        {"Kim <kim@shop.example>", "Re: Ihre Lampe", "Ich bin derzeit im Urlaub.\n", []string{"Precedence: bulk"}, machine.AutoReply},
		"somebody on holiday":         {"Kim <kim@shop.example>", "Re: Your lamp", "I am on vacation until Friday, please deliver next week.\n", []string{answers}, machine.Person},
		"a null return path alone":    {"Kim <kim@shop.example>", "Re: Your lamp", "It is broken.\n", []string{answers, "Return-Path: <>"}, machine.Person},
	} {
		raw := string(letterOf(c.from, c.subject, c.text, c.lines...))
		if m := Parse([]byte(strings.ReplaceAll(raw, "\r\r", "\r"))); m.Class != c.want {
			t.Errorf("%s: taken for %s, want %s", name, m.Class, c.want)
		}
	}
}
