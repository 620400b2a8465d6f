package inbox

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/machine"
)

// letterOf is a mail with a sender, a subject and a text, and the given header lines.
func letterOf(from, subject, text string, lines ...string) []byte {
	head := "From: " + from + "\nTo: support@acme.example\nSubject: " + subject + "\nMessage-ID: <m1@elsewhere.example>\n"
	for _, l := range lines {
		head += l + "\n"
	}
	return []byte(strings.ReplaceAll(head+"Content-Type: text/plain; charset=utf-8\n\n"+text, "\n", "\r\n"))
}

const ann = "Ann Berg <ann@shop.example>"

func TestMachinesAreToldByTheirSigns(t *testing.T) {
	for name, c := range map[string]struct {
		mail []byte
		want machine.Class
	}{
		"an old program's answer":          {letterOf(ann, "Out of office: Invoice", "I am on vacation until Monday.", "In-Reply-To: <x@acme.example>"), machine.AutoReply},
		"vacation":                         {letterOf(ann, "away from my mail", "I am on vacation.", "Precedence: bulk"), machine.AutoReply},
		"declared auto-reply":              {letterOf(ann, "Hello", "Away.", "Auto-Submitted: auto-replied"), machine.AutoReply},
		"with a comment behind it":         {letterOf(ann, "Hello", "Away.", "Auto-Submitted: auto-replied (vacation)"), machine.AutoReply},
		"with parameters":                  {letterOf(ann, "Hello", "Away.", "Auto-Submitted: Auto-Replied; owner-email=\"ann@shop.example\""), machine.AutoReply},
		"notified by a filter":             {letterOf(ann, "Hello", "New mail.", "Auto-Submitted: auto-notified"), machine.AutoReply},
		"X-Autoreply":                      {letterOf(ann, "Hello", "Away.", "X-Autoreply: yes"), machine.AutoReply},
		"X-Autorespond":                    {letterOf(ann, "Hello", "Away.", "X-Autorespond: Hello"), machine.AutoReply},
		"X-AutoReply-From":                 {letterOf(ann, "Hello", "Away.", "X-AutoReply-From: ann@shop.example"), machine.AutoReply},
		"X-Mail-Autoreply":                 {letterOf(ann, "Hello", "Away.", "X-Mail-Autoreply: 1"), machine.AutoReply},
		"Precedence: auto_reply":           {letterOf(ann, "Hello", "Away.", "Precedence: auto_reply"), machine.AutoReply},
		"Exchange without a header":        {letterOf(ann, "Automatic reply: Your invoice", "I am travelling."), machine.AutoReply},
		"German Exchange":                  {letterOf(ann, "Automatische Antwort: Ihre Rechnung", "Bin unterwegs."), machine.AutoReply},
		"subject and null return path":     {letterOf(ann, "Out of office", "Back on Monday.", "Return-Path: <>"), machine.AutoReply},
		"subject and suppression":          {letterOf(ann, "Out of Office until Monday", "Back on Monday.", "X-Auto-Response-Suppress: All"), machine.AutoReply},
		"words and null return path":       {letterOf(ann, "Re: Invoice", "I am out of the office until Monday.", "Return-Path: <>"), machine.AutoReply},
		"generated answer":                 {letterOf(ann, "Re: Invoice", "We got your mail.", "Auto-Submitted: auto-generated", "In-Reply-To: <x@acme.example>"), machine.AutoReply},
		"answer of another desk":           {letterOf("Desk <noreply@desk.example>", "Request received: Invoice", "This is an automated response.", "X-Auto-Response-Suppress: All"), machine.AutoReply},
		"read receipt":                     {readReceipt, machine.Report},
		"DMARC report":                     {dmarcReport, machine.Report},
		"newsletter":                       {letterOf("Shop <news@shop.example>", "Spring sale", "Buy.", "List-Unsubscribe: <https://shop.example/u>", "List-Id: <news.shop.example>"), machine.List},
		"newsletter of a sending service":  {letterOf("Shop <news@shop.example>", "Spring sale", "Buy.", "Precedence: bulk", "Feedback-ID: 1:2:3:service"), machine.List},
		"notification that nobody answers": {letterOf("Alerts <no-reply@monitor.example>", "Disk full", "At 95 %.", "Auto-Submitted: auto-generated"), machine.List},

		"person":                        {letterOf(ann, "Invoice", "Where is it?"), machine.Person},
		"answer":                        {letterOf(ann, "Re: Invoice [#3]", "Thanks.", "In-Reply-To: <x@acme.example>"), machine.Person},
		"on a discussion list":          {letterOf(ann, "[dev] Build fails", "Why?", "Precedence: bulk", "List-Id: <dev.lists.example>", "List-Post: <mailto:dev@lists.example>", "List-Unsubscribe: <mailto:dev-leave@lists.example>"), machine.Person},
		"answer on a list":              {letterOf(ann, "Re: Build fails", "Because.", "Precedence: bulk", "List-Id: <dev.lists.example>", "List-Unsubscribe: <mailto:x@y.example>"), machine.Person},
		"writes to a list of absences":  {letterOf(ann, "Absence of an error code", "I will be away next week, but why is there none?", "Precedence: bulk", "Sender: owner-dev@lists.example"), machine.Person},
		"precedence alone":              {letterOf(ann, "Invoice", "Where is it?", "Precedence: bulk"), machine.Person},
		"auto-forwarded":                {letterOf(ann, "Out of office", "I am out of the office.", "Auto-Submitted: auto-forwarded", "Return-Path: <>"), machine.Person},
		"says that it is by hand":       {letterOf(ann, "Automatic reply: how do I write one?", "Tell me.", "Auto-Submitted: no"), machine.Person},
		"web form":                      {letterOf("Shop <noreply@shop.example>", "Contact form", "Call me.", "Auto-Submitted: auto-generated", "Reply-To: Kim <kim@home.example>"), machine.Person},
		"suppression alone":             {letterOf(ann, "Order 12", "It is late.", "X-Auto-Response-Suppress: OOF"), machine.Person},
		"asks about absence notes":      {letterOf(ann, "Out of office does not work", "My absence note is not sent. What do I do?"), machine.Person},
		"tells of a holiday":            {letterOf(ann, "Vacation", "I am on vacation until Friday, please call Bob."), machine.Person},
		"answers an absence note":       {letterOf(ann, "Re: Automatic reply: Invoice", "Enjoy!"), machine.Person},
		"forwards a bounce":             {letterOf(ann, "Fwd: Undelivered Mail Returned to Sender", "See below.\n\nI'm sorry to have to inform you that your message could not be delivered.\n"), machine.Person},
		"asks about a bounce":           {letterOf(ann, "Mail delivery failed", "My customers get: user unknown. The message could not be delivered, why?"), machine.Person},
		"a postmaster who writes":       {letterOf("Postmaster <postmaster@shop.example>", "Your mail server", "Your SPF record is wrong, please mend it."), machine.Person},
		"accepts an invitation":         {accepted, machine.Person},
		"X-Autoreply that says no":      {letterOf(ann, "Invoice", "Where is it?", "X-Autoreply: no"), machine.Person},
		"null return path alone":        {letterOf(ann, "Invoice", "Where is it?", "Return-Path: <>"), machine.Person},
		"has been a bounced cheque":     {letterOf(ann, "Returned: cheque 12", "It was returned to you."), machine.Person},
		"sends delivery problems":       {letterOf(ann, "Delivery failed again", "The parcel was not delivered. The driver was unable to deliver it."), machine.Person},
		"forwards with the mail inside": {forwardedBounce, machine.Person},
		"forwards with its parts": {[]byte("From: Ann Berg <ann@shop.example>\nSubject: Fwd: Undelivered Mail Returned to Sender\nMessage-ID: <fp@shop.example>\n" +
			"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nWhat is this?\n--b\nContent-Type: message/delivery-status\n\n" +
			"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; kim@shop.example\nAction: failed\nStatus: 5.1.1\n--b--\n"), machine.Person},
	} {
		if got := Parse(c.mail); got.Class != c.want {
			t.Errorf("%s: %s, want %s", name, got.Class, c.want)
		}
	}
}

var readReceipt = []byte("From: Ann Berg <ann@shop.example>\nSubject: Read: Invoice\nMessage-ID: <rr@shop.example>\n" +
	"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\nContent-Type: text/plain\n\nYour mail was shown.\n" +
	"--b\nContent-Type: message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed\n--b--\n")

var accepted = []byte("From: Ann Berg <ann@shop.example>\nSubject: Accepted: Call on Monday\nMessage-ID: <ac@shop.example>\n" +
	"Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n")

var dmarcReport = []byte("From: reports@big.example\nSubject: Report domain: acme.example Submitter: big.example Report-ID: 77\nMessage-ID: <r@big.example>\n" +
	"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nReport.\n--b\nContent-Type: application/gzip; name=r.xml.gz\n\nx\n--b--\n")

// A customer who asks what a bounce means and attaches it.
var forwardedBounce = []byte("From: Ann Berg <ann@shop.example>\nSubject: Delivery Status Notification (Failure)\nMessage-ID: <f@shop.example>\n" +
	"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nWhat is this?\n--b\nContent-Type: message/rfc822\n\n" +
	"From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail\n\nSorry.\n--b--\n")

// The subjects that mail programs write in the languages that customers use, with the one header most have.
func TestAbsenceNotesAreKnownInManyLanguages(t *testing.T) {
	for _, subject := range []string{
		"Out of Office: Invoice", "Automatic reply: Invoice", "Abwesenheitsnotiz: Rechnung", "Ich bin nicht im Büro", "Réponse automatique : Facture", "Absence du bureau", "Respuesta automática: Factura",
		"Fuera de la oficina", "Risposta automatica: Fattura", "Fuori sede", "Resposta automática: Fatura", "Ausência do escritório", "Automatisch antwoord: Factuur", "Afwezig tot maandag", "Automatyczna odpowiedź: Faktura",
		"Nieobecność w biurze", "Autosvar: Faktura", "Frånvarande", "Automatisk svar: Faktura", "Fravær", "Ikke på kontoret", "Automaattinen vastaus: Lasku", "Poissa toimistolta", "Автоответ: Счёт", "Отсутствие в офисе",
		"Автоматична відповідь: Рахунок", "Відсутність на роботі", "Automatická odpověď: Faktura", "Mimo kancelář", "Otomatik yanıt: Fatura", "Ofis dışında", "自動応答: 請求書", "不在のお知らせ", "自动回复: 发票", "自動回覆: 發票", "자동 회신: 청구서", "부재중 안내",
	} {
		if got := Parse(letterOf(ann, subject, "…", "Auto-Submitted: auto-generated")); got.Class != machine.AutoReply {
			t.Errorf("%q: %s", subject, got.Class)
		}
	}
}

func FuzzClassify(f *testing.F) {
	f.Add(letterOf(ann, "Automatic reply: Invoice", "Away.", "Return-Path: <>"))
	f.Add(forwardedBounce)
	f.Add(dmarcReport)
	f.Fuzz(func(t *testing.T, raw []byte) {
		switch m := Parse(raw); m.Class {
		case machine.Person, machine.AutoReply, machine.Bounce, machine.Report, machine.List:
		default:
			t.Errorf("class %q", m.Class)
		}
	})
}
