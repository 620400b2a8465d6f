package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/customerdesk/customerdesk/channels/slack"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
	"github.com/customerdesk/customerdesk/internal/sandbox/postfix"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

// The people of the tests.
const (
	support  = "support@northwind.example"
	billing  = "billing@northwind.example"
	ada      = "ada@analytical.example"
	password = "only-on-this-machine"

	maya  = slackserver.DemoMaya  // an admin
	jonas = slackserver.DemoJonas // an agent
	priya = slackserver.DemoPriya // a light member
	oskar = slackserver.DemoOskar // no support member
)

// The names of Slack's controls, as the app gives them.
const (
	pressApprove = "suggestion.approve"
	chooseStatus = "ticket.status"
)

// A site is a tenant with everything around it: database, mail servers, Slack, all set up by commands.
type site struct {
	*shell
	db      *pgtest.DB
	mail    *mailserver.Server
	dovecot *dovecot.Server // nil: mail is read from the sandbox mail server
	postfix *postfix.Server // nil: mail is sent through the sandbox mail server
	slack   *slackserver.Server
	super   *pgxpool.Pool // sees all tenants

	imap, smtp, web *gate
	letters         atomic.Int64
}

// siteOptions say what is not as usual.
type siteOptions struct {
	durable bool // a server of its own that keeps every commit
	dovecot bool
	postfix *postfix.Config                  // not nil: mail goes through such a Postfix, and Dovecot has all mailboxes
	noSlack bool                             // it is there but not connected
	slackAt string                           // where Slack makes requests instead of waiting for a connection
	noBoxes bool                             // no mailbox is added
	token   func(address, token string) bool // opens mailboxes, beside passwords
}

func newSite(t *testing.T, o siteOptions) *site {
	t.Helper()
	s := &site{}
	if o.durable {
		s.db = pgtest.Durable(t)
	} else {
		s.db = pgtest.New(t)
	}
	s.shell = newShell(t, s.db.ServiceURL).with("TENANT", "northwind")
	s.startServers(o)
	var err error
	s.super, err = pgxpool.New(t.Context(), s.db.SuperuserURL)
	s.ok(err)
	t.Cleanup(s.super.Close)
	s.env["SLACK_API_URL"] = s.web.url(t, s.slack.APIURL())

	s.do("tenant", "add", "northwind", "--name", "Northwind")
	s.do("tenant", "set", "undo_window=0s")
	s.do("member", "add", "maya@northwind.example", "--name", "Maya Okafor", "--role", "admin")
	s.do("member", "add", "jonas@northwind.example", "--name", "Jonas Brekke", "--role", "agent")
	file := filepath.Join(t.TempDir(), "battery.md")
	s.ok(os.WriteFile(file, []byte(article), 0o600))
	s.do("article", "add", file, "--publish")
	if !o.noSlack {
		s.do("slack", "connect", "--bot-token", slackserver.DemoBotToken, "--app-token", slackserver.DemoAppToken, "--channel", "#support")
	}
	if !o.noBoxes {
		s.addMailbox(support)
	}
	return s
}

const article = `---
title: Charging the battery
---
# Charging the battery

A red blinking light means that the battery is too cold or too warm to charge. Let it reach 10 to 30 °C and
connect the charger again. Charging takes about four hours.
`

func (s *site) startServers(o siteOptions) {
	s.Helper()
	accounts := []mailserver.Account{
		{Address: support, Password: password}, {Address: billing, Password: password},
		{Address: ada, Name: "Ada Lovelace", Password: password, Kind: mailserver.Customer},
	}
	for i := range 10 {
		accounts = append(accounts, mailserver.Account{Address: customer(i), Password: password, Kind: mailserver.Customer})
	}
	var err error
	s.mail, err = mailserver.Start(s.Context(), mailserver.Config{Accounts: accounts, Token: o.token})
	s.ok(err)
	s.Cleanup(func() { s.ok(s.mail.Close()) })
	desk := slackserver.DemoConfig()
	if o.slackAt != "" {
		app := &desk.Apps[0]
		app.EventsURL, app.InteractivityURL = o.slackAt+slack.EventsPath, o.slackAt+slack.InteractionsPath
	}
	s.slack, err = slackserver.Start(s.Context(), desk, "127.0.0.1:0")
	s.ok(err)
	s.Cleanup(func() { s.ok(s.slack.Close()) })
	if o.postfix != nil {
		s.startPostfix(*o.postfix)
	} else if o.dovecot {
		s.dovecot, err = dovecot.Start(s.Context(), dovecot.Config{Users: []dovecot.User{{Name: support, Password: password}, {Name: billing, Password: password}}})
		s.ok(err)
		s.Cleanup(func() { s.ok(s.dovecot.Stop()) })
	}
	s.imap = newGate(s.T, hostOf(s.T, s.imapURL(support)))
	s.smtp = newGate(s.T, hostOf(s.T, s.smtpURL(support)))
	s.web = newGate(s.T, hostOf(s.T, s.slack.URL()))
}

// customer is one of ten people who write.
func customer(i int) string { return fmt.Sprintf("person%d@home%d.example", i%10, i%10) }

func (s *site) imapURL(address string) string {
	if s.dovecot != nil {
		return s.dovecot.URL(address)
	}
	return s.mail.IMAPURL(address)
}

func (s *site) smtpURL(address string) string {
	if s.postfix != nil {
		return s.postfix.STARTTLSURL(address)
	}
	return s.mail.SMTPURL(address)
}

func (s *site) addMailbox(address string, more ...string) {
	s.Helper()
	s.do(append([]string{"mailbox", "add", address, "--from-name", "Northwind Support",
		"--imap", s.imap.url(s.T, s.imapURL(address)), "--smtp", s.smtp.url(s.T, s.smtpURL(address))}, more...)...)
}

// A letter is a mail to write.
type letter struct {
	from, to, cc, subject, text string
	id                          string // without angle brackets; empty: a new one
	inReplyTo, refs             string // with angle brackets
}

func (s *site) compose(l letter) (id string, raw []byte) {
	if l.id == "" {
		l.id = fmt.Sprintf("letter-%d@customers.example", s.letters.Add(1))
	}
	if l.to == "" {
		l.to = support
	}
	var b strings.Builder
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%s>\r\nDate: %s\r\n", l.from, l.to, l.subject, l.id, time.Now().Format(time.RFC1123Z))
	if l.cc != "" {
		fmt.Fprintf(&b, "Cc: %s\r\n", l.cc)
	}
	if l.inReplyTo != "" {
		fmt.Fprintf(&b, "In-Reply-To: %s\r\n", l.inReplyTo)
	}
	if l.refs != "" {
		fmt.Fprintf(&b, "References: %s\r\n", l.refs)
	}
	fmt.Fprintf(&b, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n", strings.ReplaceAll(l.text, "\n", "\r\n"))
	return l.id, []byte(b.String())
}

// deliver puts a mail into the support mailbox and returns its Message-ID.
func (s *site) deliver(l letter) string {
	s.Helper()
	id, raw := s.compose(l)
	s.ok(s.put(support, raw))
	return id
}

func (s *site) put(box string, raw []byte) error {
	if s.dovecot != nil {
		return s.dovecot.Deliver(box, raw)
	}
	return s.mail.Deliver(box, raw)
}

// slackHas waits until something holds of Slack.
func (s *site) slackHas(what string, cond func() bool) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), s.patience)
	defer cancel()
	if err := s.slack.WaitFor(ctx, cond); err != nil {
		for _, m := range s.slack.AllMessages(slackserver.DemoChannel) {
			s.Logf("%s %s %q", m.TS, m.ThreadTS, m.VisibleText())
		}
		s.Fatalf("%s did not come to be in Slack: %v", what, err)
	}
}

// mailHas waits until something holds of the mail server.
func (s *site) mailHas(what string, cond func() bool) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), s.patience)
	defer cancel()
	if err := s.mail.WaitFor(ctx, cond); err != nil {
		s.Fatalf("%s did not come to be at the mail server: %v", what, err)
	}
}

// cards are the messages in the channel with the words.
func (s *site) cards(words string) (list []slackserver.Message) {
	for _, m := range s.slack.Messages(slackserver.DemoChannel) {
		if strings.Contains(m.VisibleText(), words) {
			list = append(list, m)
		}
	}
	return list
}

// card waits for a card with the words.
func (s *site) card(words string) slackserver.Message {
	s.Helper()
	s.slackHas("the card of "+words, func() bool { return len(s.cards(words)) > 0 })
	return s.cards(words)[0]
}

// inThread are the messages below a card that have all words.
func (s *site) inThread(card slackserver.Message, words ...string) (list []slackserver.Message) {
	for _, m := range s.slack.Thread(slackserver.DemoChannel, card.TS)[1:] {
		if hasAll(m.VisibleText(), words) {
			list = append(list, m)
		}
	}
	return list
}

// reply waits for the first of them.
func (s *site) reply(card slackserver.Message, words ...string) slackserver.Message {
	s.Helper()
	s.slackHas("a reply with "+strings.Join(words, ", "), func() bool { return len(s.inThread(card, words...)) > 0 })
	return s.inThread(card, words...)[0]
}

// suggestion waits for a suggestion below a card that can still be approved.
func (s *site) suggestion(card slackserver.Message) (found slackserver.Message) {
	s.Helper()
	s.slackHas("a suggestion", func() bool {
		for _, m := range s.inThread(card, "Suggested reply") {
			if strings.Contains(strings.Join(m.Actions(), " "), pressApprove) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

func (s *site) approve(user string, m slackserver.Message) {
	s.Helper()
	s.ok(s.slack.As(user).Press(s.Context(), m.Channel, m.TS, pressApprove))
}

func hasAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// count asks the database, across all tenants.
func (s *site) count(query string, args ...any) (n int) {
	s.Helper()
	s.ok(s.super.QueryRow(s.Context(), query, args...).Scan(&n))
	return n
}

// stored waits until a mail is a comment.
func (s *site) stored(messageID string) {
	s.Helper()
	s.until("the comment of mail "+messageID, func() bool { return s.comments(messageID) > 0 })
}

func (s *site) comments(messageID string) int {
	s.Helper()
	return s.count(`SELECT count(*) FROM ticket_comments WHERE message_id = $1`, messageID)
}

func (s *site) show(n any) object {
	s.Helper()
	return read[object](s.shell, "ticket", "show", fmt.Sprint(n))
}

// numberOf is the number of the ticket that a mail went to.
func (s *site) numberOf(messageID string) int {
	s.Helper()
	return s.count(`SELECT t.number FROM ticket_comments k JOIN support_tickets t ON t.tenant_id = k.tenant_id AND t.id = k.ticket_id WHERE k.message_id = $1`, messageID)
}
