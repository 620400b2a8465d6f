package inbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/machine"
)

// A returned mail as the fixtures quote it.
const returnedMail = "Received: from mail.acme.example by mx.example; Mon, 02 Mar 2026 09:00:00 +0000\nMessage-ID: <q1@acme.example>\nFrom: support@acme.example\n" +
	"To: kim@shop.example\nSubject: Your lamp\n\nIt is on its way.\n"

func daemonMail(subject, text string, lines ...string) []byte {
	return letterOf("Mail Delivery Subsystem <MAILER-DAEMON@mx.example>", subject, text, append(lines, "Return-Path: <>")...)
}

// What mail systems write that send no delivery status. Each names kim@shop.example in its own way.
func TestBouncesWithoutADeliveryStatusAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		mail   []byte
		status string
		code   string
		reason machine.Reason
		hard   bool
	}{
		"qmail": {daemonMail("failure notice", "Hi. This is the qmail-send program at mx.example.\nI was not able to deliver your message to the following addresses.\nThis is a permanent error; I've given up.\n\n"+
			"<kim@shop.example>:\n192.0.2.4 does not like recipient.\nRemote host said: 550 5.1.1 no mailbox here by that name\nGiving up on 192.0.2.4.\n\n--- Below this line is a copy of the message.\n\n"+returnedMail),
			"5.1.1", "550", machine.NoSuchAddress, true},
		"qmail, no exchanger": {daemonMail("failure notice", "Hi. This is the qmail-send program.\nI was not able to deliver your message to the following addresses.\n\n<kim@shop.example>:\nSorry, I couldn't find a mail exchanger or IP address. (#5.4.4)\n\n"+
			"--- Below this line is a copy of the message.\n\n"+returnedMail), "5.4.4", "", machine.NoMail, true},
		"Exim": {daemonMail("Mail delivery failed: returning message to sender", "A message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"+
			"  kim@shop.example\n    host mx.shop.example [192.0.2.4]\n    SMTP error from remote mail server after RCPT TO:<kim@shop.example>:\n    552 5.2.2 mailbox is full\n\n------ This is a copy of the message, including all the headers. ------\n\n"+returnedMail),
			"5.2.2", "552", machine.MailboxFull, false},
		"Postfix, old": {daemonMail("Undelivered Mail Returned to Sender", "This is the mail system at host mx.example.\n\nI'm sorry to have to tell you that your message could not\nbe delivered to one or more recipients.\n\n"+
			"<kim@shop.example>: host mx.shop.example[192.0.2.4] said: 550 5.7.1 blocked\n    because of its reputation (in reply to MAIL FROM command)\n"), "5.7.1", "550", machine.Rejected, false},
		"sendmail 5": {daemonMail("Returned mail: User unknown", "   ----- Transcript of session follows -----\nWhile talking to mx.shop.example:\n>>> RCPT To:<kim@shop.example>\n<<< 550 Requested mailbox not found. No such user here.\n"+
			"550 <kim@shop.example>... User unknown\n\n   ----- Unsent message follows -----\n"+returnedMail), "5.0.0", "550", machine.NoSuchAddress, true},
		"Exchange 5.5": {letterOf("System Administrator <postmaster@shop.example>", "Undeliverable: Your lamp", "Your message\n\n  To:      kim@shop.example\n  Subject: Your lamp\n  Sent:    Mon, 2 Mar 2026 09:00:00\n\ndid not reach the following recipient(s):\n\n"+
			"kim@shop.example on Mon, 2 Mar 2026 09:00:01\n    The recipient name is not recognized\n"), "5.0.0", "", machine.NoSuchAddress, true},
		"Domino": {letterOf("Postmaster@shop.example", "DELIVERY FAILURE: User kim (kim@shop.example) not listed in Domino Directory", "Your message\n\n  Subject: Your lamp\n\nwas not delivered to:\n\n  kim@shop.example\n\nbecause:\n\n  User kim (kim@shop.example) not listed in Domino Directory\n"),
			"5.0.0", "", machine.NoSuchAddress, true},
		"a Japanese carrier": {letterOf("no-reply@carrier.example", "メールエラー通知", "送信先のメールボックスが一杯のため、送信できませんでした。\n\nCould not be delivered to: <kim@shop.example>\nAs their mailbox is full.\n"), "5.0.0", "", machine.MailboxFull, false},
		"a free-mail service": {daemonMail("Delivery failure", "Message from mail.example.\nUnable to deliver message to the following address(es).\n\n<kim@shop.example>:\nThis account has been disabled [#102].\n\n--- Original message follows.\n\n"+returnedMail),
			"5.0.0", "", machine.Disabled, false},
		"an old gateway": {letterOf("Postmaster <postmaster@mx.example>", "Undeliverable Mail", "Unknown user: kim@shop.example\n\nOriginal message follows.\n\n"+returnedMail), "5.0.0", "", machine.NoSuchAddress, true},
		"German":         {letterOf("Systemadministrator <postmaster@mx.example>", "Unzustellbar: Ihre Lampe", "Ihre Nachricht konnte nicht zugestellt werden.\n\nEmpfänger: kim@shop.example\nPostfach ist voll\n"), "5.0.0", "", machine.MailboxFull, false},
		"a web page's": {letterOf("Mail Delivery System <mailer-daemon@mx.example>", "Delivery Status Notification (Failure)", "Address not found\n\nYour message wasn't delivered to kim@shop.example because the address couldn't be found.\n\nThe response was:\n550 5.1.1 The account that you tried to reach does not exist.\n"),
			"5.1.1", "550", machine.NoSuchAddress, true},
		"Exchange 2003": {letterOf("System Administrator <postmaster@shop.example>", "Undeliverable: Your lamp", "Your message\n\n  To:      Kim\n  Subject: Your lamp\n  Sent:    Mon, 2 Mar 2026 09:00:00\n\ndid not reach the following recipient(s):\n\n"+
			"kim@shop.example on Mon, 2 Mar 2026 09:00:01\n    The e-mail account does not exist at the organization this message was sent to.\n    <mx.shop.example #5.1.1>\n"), "5.1.1", "", machine.NoSuchAddress, true},
		"Exchange 2007": {letterOf("<>", "Undeliverable: Your lamp", "Delivery has failed to these recipients or groups:\n\nkim@shop.example\nThe address you entered could not be found.\n\nDiagnostic information for administrators:\n\n"+
			"Generating server: mx.shop.example\n\nkim@shop.example\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\nOriginal message headers:\n\n"+returnedMail, "Return-Path: <>"), "5.1.1", "550", machine.NoSuchAddress, true},
		"Exchange in French": {daemonMail("Non remis : Votre lampe", "Votre message n'a pas été remis à son destinataire.\n\nkim@shop.example\n\nInformations de diagnostic pour les administrateurs :\n\nkim@shop.example\n#550 5.2.2 STOREDRV.Deliver; mailbox full ##\n"), "5.2.2", "550", machine.MailboxFull, false},
		"Notes":              {letterOf("Administrator <postmaster@shop.example>", "Undeliverable message", "------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\nkim@shop.example\n\n------- Returned Message --------\n\n"+returnedMail), "5.0.0", "", machine.NoSuchAddress, true},
		"a virus wall":       {letterOf("InterScan Wall <wall@mx.example>", "Mail could not be delivered", "Unable to deliver message to <kim@shop.example>.\n\nSent <<< RCPT TO:<kim@shop.example>\nReceived >>> 550 5.1.1 <kim@shop.example>... user unknown\n"), "5.1.1", "550", machine.NoSuchAddress, true},
		"MailMarshal": {letterOf("Mail Delivery <postmaster@mx.example>", "Undeliverable Mail: Your lamp", "Your message:\n   From:    support@acme.example\n   Subject: Your lamp\n\nCould not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were affected:\n    kim@shop.example\n"),
			"5.1.1", "550", machine.NoSuchAddress, true},
		"an old provider": {daemonMail("Returned mail: mailbox full", "   ----- The following addresses had delivery problems -----\nkim@shop.example\n   ----- Non-delivered information -----\nThe number of messages in recipient's mailbox exceeded the local limit.\n"), "5.0.0", "", machine.MailboxFull, false},
		"brackets": {letterOf("Mail Delivery System <mailer-daemon@mx.example>", "There was an error sending your mail", "We had trouble delivering your message. Full details follow:\n\nSMTP Server <mx.shop.example> rejected recipient <kim@shop.example>\n  (Error following RCPT command). It responded as follows: [550 user unknown]\n"),
			"5.0.0", "550", machine.NoSuchAddress, true},
		"OpenSMTPD": {daemonMail("Delivery status notification", "Hi!\n\nThis is the MAILER-DAEMON.\nAn error has occurred while attempting to deliver a message for\nthe following list of recipients:\n\nkim@shop.example: 550 5.2.2 over quota\n\nBelow is a copy of the original message:\n\n"+returnedMail),
			"5.2.2", "550", machine.MailboxFull, false},
		"a list of error codes":  {daemonMail("Undelivered Mail Returned to Sender", "This message was created automatically by mail delivery software.\nA message that you sent could not be delivered.\n\nkim@shop.example Invalid Address, ERROR_CODE :550, no such user\n"), "5.0.0", "550", machine.NoSuchAddress, true},
		"refused after the text": {daemonMail("Undelivered Mail Returned to Sender", "Your message could not be delivered.\n\n<kim@shop.example>: host mx said: 550 User unknown (in reply to end of DATA command)\n"), "5.0.0", "550", machine.Rejected, false},
		"no such domain":         {daemonMail("Undelivered Mail Returned to Sender", "Your message could not be delivered.\n\n<kim@shop.example>: Host or domain name not found. Name service\n    error for name=shop.example type=A: Host not found\n"), "5.0.0", "", machine.NoSuchDomain, true},
		"moved":                  {daemonMail("Returned mail", "Your message could not be delivered.\n\n<kim@shop.example>: 551 5.1.6 user has moved to kim@new.example\n"), "5.1.6", "551", machine.Moved, true},
	} {
		m := Parse(c.mail)
		if m.Class != machine.Bounce || len(m.Failures) != 1 {
			t.Errorf("%s: %s with %+v", name, m.Class, m.Failures)
			continue
		}
		f := m.Failures[0]
		if f.Action != machine.Failed || f.Recipient != "kim@shop.example" || f.Status != c.status || f.ReplyCode != c.code || f.Reason != c.reason || f.Hard != c.hard {
			t.Errorf("%s: %+v, want %s %s %s hard %v", name, f, c.status, c.code, c.reason, c.hard)
		}
	}
}

// statusReport is a bounce as RFC 3464 has it, with one group of fields for each recipient.
func statusReport(text, returned string, groups ...string) []byte {
	return []byte("From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nTo: support@acme.example\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: <d1@mx.example>\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\n" + text + "\n" +
		"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n" + strings.Join(groups, "\n\n") + "\n\n--b\nContent-Type: message/rfc822\n\n" + returned + "\n--b--\n")
}

func TestADeliveryStatusIsReadForEachRecipient(t *testing.T) {
	m := Parse(statusReport("Sorry.", returnedMail,
		"Final-Recipient: rfc822; kim@shop.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <kim@shop.example>: Recipient address rejected:\n User unknown",
		"Original-Recipient: rfc822;lee@shop.example\nFinal-Recipient: rfc822; lee@inner.example\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 over quota",
		"Final-Recipient: rfc822; max@shop.example\nAction: delayed\nStatus: 4.4.1",
		"Final-Recipient: rfc822; zoe@shop.example\nAction: relayed\nStatus: 2.0.0",
	))
	got := ""
	for _, f := range m.Failures {
		got += fmt.Sprintf("%s %s %s %s %v; ", f.Recipient, f.Action, f.Status, f.Reason, f.Hard)
	}
	want := "kim@shop.example failed 5.1.1 no-such-address true; lee@inner.example failed 5.2.2 mailbox-full false; " +
		"max@shop.example delayed 4.4.1 gave-up false; zoe@shop.example delivered 2.0.0 unknown false; "
	if got != want || m.Failures[1].Original != "lee@shop.example" {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !slices.Contains(m.Reported, "q1@acme.example") {
		t.Errorf("reported %v", m.Reported)
	}
}

func TestAddressesBeyondASCIIAreReadWhole(t *testing.T) {
	for name, raw := range map[string][]byte{
		"as they are": statusReport("Sorry.", returnedMail, "Original-Recipient: rfc822;kim@shop.example\nFinal-Recipient: utf-8; jörg@käse.example\nAction: failed\nStatus: 5.1.1"),
		"escaped":     statusReport("Sorry.", returnedMail, `Final-Recipient: utf-8; j\x{F6}rg@k\x{E4}se.example`+"\nAction: failed\nStatus: 5.1.1"),
		"in a notice": daemonMail("Undelivered Mail Returned to Sender", "Your message could not be delivered.\n\n<jörg@käse.example>: host mx said: 550 5.1.1 User unknown\n"),
	} {
		if m := Parse(raw); len(m.Failures) != 1 || m.Failures[0].Recipient != "jörg@käse.example" {
			t.Errorf("%s: %+v", name, m.Failures)
		}
	}
	m := Parse(daemonMail("Undelivered Mail Returned to Sender", "宛先kim@shop.exampleに配信できませんでした。\n550 5.1.1 User unknown\n"))
	if len(m.Failures) != 1 || m.Failures[0].Recipient != "kim@shop.example" {
		t.Errorf("words before an address: %+v", m.Failures)
	}
}

func TestANoticeOfDelayIsNoFailure(t *testing.T) {
	m := Parse(daemonMail("Warning: message 1abc delayed 24 hours", "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to\n\n  kim@shop.example\n\n"+
		"No action is required on your part. Delivery attempts will continue for some time.\n"))
	if m.Class != machine.Bounce || len(m.Failures) != 1 || m.Failures[0].Action != machine.Delayed || m.Failures[0].Hard || m.Failures[0].Status != "4.0.0" {
		t.Errorf("%s %+v", m.Class, m.Failures)
	}
}

func TestANoticeOfSuccessIsNoFailure(t *testing.T) {
	for _, m := range []Message{
		Parse(daemonMail("Successful Mail Delivery Report", "Your message was successfully delivered to the destination(s) listed below.\n\n<kim@shop.example>: delivery via mx.shop.example: 250 2.0.0 Ok\n")),
		Parse(daemonMail("Relayed: Your lamp", "Delivery to these recipients or groups is complete, but no delivery notification was sent.\n\nkim@shop.example\n")),
	} {
		if m.Class == machine.Bounce && (len(m.Failures) != 1 || m.Failures[0].Action != machine.Delivered || m.Failures[0].Status != "2.0.0") {
			t.Errorf("%q: %s %+v", m.Subject, m.Class, m.Failures)
		}
		if m.Class == machine.Person {
			t.Errorf("%q is taken for a person's", m.Subject)
		}
	}
}

func TestOurIDIsFoundHoweverItIsMangled(t *testing.T) {
	const id = "t12.abcdefghijklmnop.qrstuvwxyz234567"
	for _, text := range []string{
		"Message-ID: <" + id + "@acme.example>\n", "> > message-id: " + id + "@acme.example\n", "The mail <" + id + "@mangled.example> failed.\n",
		"X-SES-Id=3C" + strings.ToUpper(id) + "=40acme\n",
	} {
		m := Parse(daemonMail("Undelivered Mail", "Your message could not be delivered.\n"+text))
		if !slices.ContainsFunc(m.Reported, func(s string) bool { return strings.HasPrefix(strings.ToLower(s), id) }) {
			t.Errorf("%q: reported %v", text, m.Reported)
		}
	}
}
