package inbox

import (
	"bytes"
	"slices"
	"strings"

	"github.com/emersion/go-message"
)

// Class says what kind of sender a mail has.
type Class string

// The classes. List mail is written by people too, so it is treated as theirs; the class only keeps it from
// being answered by a machine.
const (
	Person    Class = "person"
	AutoReply Class = "auto-reply" // an out-of-office note or the like
	Bounce    Class = "bounce"     // RFC 3464 and its home-grown relatives
	Report    Class = "report"     // read receipts (RFC 8098), abuse reports (RFC 5965)
	List      Class = "list"       // RFC 2369, RFC 2919
	Loop      Class = "loop"       // our own mail, come back
)

// classify goes by several signs; weak ones (Precedence, a sender's name, a subject) only count together.
func classify(root *part, m Message) Class {
	h := root.header
	if root.mediaType == "multipart/report" {
		switch strings.ToLower(root.params["report-type"]) {
		case "disposition-notification", "feedback-report":
			return Report
		case "delivery-status":
			return Bounce
		}
		if has(root, "message/delivery-status") {
			return Bounce
		}
		return Report
	}
	if has(root, "message/delivery-status") || h.Has("X-Failed-Recipients") {
		return Bounce
	}
	if has(root, "message/disposition-notification") || has(root, "message/feedback-report") {
		return Report
	}
	if bounceSigns(h, m) >= 2 {
		return Bounce
	}
	if autoReplied(h, m) {
		return AutoReply
	}
	if h.Has("List-Id") || h.Has("List-Unsubscribe") || h.Has("List-Post") {
		return List
	}
	return Person
}

func has(p *part, mediaType string) bool {
	return slices.ContainsFunc(p.children, func(c *part) bool { return c.mediaType == mediaType })
}

// bounceSenders are the local parts that mail systems write under.
var bounceSenders = []string{"mailer-daemon", "mailerdaemon", "postmaster", "mail-daemon", "mdaemon", "mailadmin"}

// bounceSubjects are what a mail system's subject begins with or contains, in lower case.
var bounceSubjects = []string{
	"undelivered mail", "undeliverable", "delivery status notification", "delivery failure", "delivery failed", "mail delivery failed",
	"mail delivery failure", "returned mail", "failure notice", "message not delivered", "could not be delivered", "non remis", "unzustellbar",
	"delivery notification", "mail system error", "delivery has failed", "delivery error", "warning: message", "no se puede entregar",
	"mail could not be delivered", "nondeliverable mail", "rejected mail", "user unknown", "undelivered message",
}

func bounceSigns(h message.Header, m Message) int {
	n := 0
	local, _, _ := strings.Cut(strings.ToLower(m.From.Email), "@")
	if slices.Contains(bounceSenders, local) || slices.Contains(bounceSenders, strings.ToLower(m.From.Name)) || strings.Contains(strings.ToLower(m.From.Name), "mail delivery") {
		n++
	}
	if strings.TrimSpace(h.Get("Return-Path")) == "<>" {
		n++
	}
	if containsAny(strings.ToLower(m.Subject), bounceSubjects) {
		n++
	}
	return n
}

// replySubjects are how out-of-office notes begin, in lower case.
var replySubjects = []string{
	"out of office", "out of the office", "automatic reply", "auto reply", "auto-reply", "autoreply", "auto response", "vacation", "automatische antwort",
	"abwesenheit", "abwesend", "réponse automatique", "absence", "respuesta automática", "risposta automatica", "fuori sede", "resposta automática",
	"automatisch antwoord", "afwezig", "autosvar", "automatiskt svar", "automatisk svar", "automaattinen vastaus", "automatyczna odpowiedź",
	"автоответ", "автоматический ответ", "automatická odpověď", "otomatik yanıt", "自動応答", "自动回复", "自動回覆", "자동 회신",
}

// autoReplied follows RFC 3834 section 5: "auto-replied" is an answer by a machine. "auto-generated" is not
// taken for one: a web form's mail is a customer's. An auto-forwarded mail is a person's.
func autoReplied(h message.Header, m Message) bool {
	value, _, _ := strings.Cut(strings.ToLower(h.Get("Auto-Submitted")), ";")
	switch strings.TrimSpace(value) {
	case "auto-replied", "auto-notified":
		return true
	case "auto-forwarded":
		return false
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply-From", "X-Mail-Autoreply"} {
		if v := strings.ToLower(strings.TrimSpace(h.Get(name))); v != "" && v != "no" {
			return true
		}
	}
	if strings.Contains(strings.ToLower(h.Get("Precedence")), "auto_reply") {
		return true
	}
	subject := strings.ToLower(m.Subject)
	hinted := strings.TrimSpace(h.Get("Return-Path")) == "<>" || h.Get("X-Auto-Response-Suppress") != "" || h.Get("Precedence") != "" ||
		strings.HasPrefix(value, "auto-generated")
	return hinted && slices.ContainsFunc(replySubjects, func(s string) bool { return strings.HasPrefix(subject, s) })
}

// reportedIDs finds the ids of the mail that a report is about, in whatever part and form it is quoted.
func reportedIDs(root *part) []string {
	var ids []string
	var visit func(p *part)
	visit = func(p *part) {
		if p != root && p.header.Has("Message-Id") {
			ids = append(ids, parseIDs(p.header.Get("Message-Id"))...)
		}
		for _, c := range p.children {
			visit(c)
		}
		if len(p.children) > 0 || len(ids) >= maxReferences {
			return
		}
		for line := range bytes.Lines(p.body[:min(len(p.body), 256<<10)]) {
			name, value, ok := bytes.Cut(line, []byte(":"))
			if !ok || len(name) > 40 {
				continue
			}
			switch strings.ToLower(strings.TrimLeft(string(name), "> \t")) {
			case "message-id", "original-message-id", "in-reply-to", "references", "x-original-message-id":
				ids = append(ids, parseIDs(string(value))...)
			}
		}
	}
	visit(root)
	return ids[:min(len(ids), maxReferences)]
}
