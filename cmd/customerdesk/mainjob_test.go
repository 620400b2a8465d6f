package main

import (
	"io"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"

	gomail "github.com/emersion/go-message/mail"

	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
)

func TestMainJobFromMailToSlackAndBack(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{dovecot: true})
	v := s.serve()

	// A customer writes; Slack shows card, question, summary and suggestion.
	const title = "Charger blinks red"
	first := s.deliver(letter{from: "Ada Lovelace <" + ada + ">", subject: title, text: "Hello,\nsince yesterday the charger of my battery blinks red. How do I charge it?\nAda"})
	card := s.card(title)
	s.reply(card, "since yesterday the charger")
	draft := s.suggestion(card)
	if text := draft.VisibleText(); !hasAll(text, []string{"10 to 30 °C", "Charging the battery", "builtin"}) {
		t.Errorf("the suggestion reads %q", text)
	}
	s.slackHas("the summary", func() bool { return strings.Contains(s.card(title).VisibleText(), "Summary by builtin") })

	// A member approves; the customer gets the answer in the same thread.
	s.approve(maya, draft)
	s.mailHas("the answer", func() bool { return len(s.mail.Submitted()) == 1 })
	answer := s.mail.Submitted()[0]
	replyTo := s.checkAnswer(answer, first)

	// The customer replies by References, then only by the signed address and with another subject.
	byRefs := s.deliver(letter{from: ada, subject: "Re: " + title, text: "It still blinks red in the warm.\nWhat else can I do to charge the battery?", inReplyTo: answer.MessageID(), refs: "<" + first + "> " + answer.MessageID()})
	s.stored(byRefs)
	second := s.suggestion(card)
	byAddress := s.deliver(letter{from: ada, to: replyTo, subject: "Photo", text: "Does the battery charge faster at 30 °C? The light is red."})
	s.stored(byAddress)
	for _, id := range []string{byRefs, byAddress} {
		if n := s.numberOf(id); n != 1 {
			t.Errorf("mail %s went to ticket %d", id, n)
		}
	}
	s.reply(card, "It still blinks red in the warm")
	s.reply(card, "Does the battery charge faster")

	// What was suggested before the last mail is out of date; a new one takes its place.
	s.slackHas("the stale mark", func() bool {
		m, _ := s.slack.Message(second.Channel, second.TS)
		return strings.Contains(m.VisibleText(), "Out of date") && len(m.Actions()) == 0
	})
	if third := s.suggestion(card); third.TS == second.TS {
		t.Error("the suggestion that is out of date can be approved")
	}

	// Resolved; a reply reopens. Closed; a reply opens a ticket that follows.
	s.ok(s.slack.As(maya).Select(t.Context(), card.Channel, card.TS, chooseStatus, "resolved"))
	s.status(1, "resolved")
	s.stored(s.deliver(letter{from: ada, to: replyTo, subject: "Re: " + title, text: "Sorry, it is back."}))
	s.status(1, "open")
	s.do("tenant", "set", "close_after=2h")
	s.do("ticket", "set", "1", "status=resolved", "--as", "jonas@northwind.example")
	s.hoursPass(3)
	s.status(1, "closed")
	later := s.deliver(letter{from: ada, to: replyTo, subject: "Re: " + title, text: "And another thing."})
	s.stored(later)
	if n := s.numberOf(later); n != 2 {
		t.Errorf("a reply to the closed ticket went to ticket %d", n)
	}
	next := s.show(2)
	if next["follows"] != 1.0 {
		t.Errorf("ticket 2 follows %v", next["follows"])
	}
	s.checkTicket(first)
	v.stop()
}

// hoursPass makes what was resolved have been resolved that much earlier, and has the jobs for it come due.
func (s *site) hoursPass(n int) {
	s.Helper()
	for _, q := range []string{
		`UPDATE support_tickets SET resolved_at = resolved_at - $1 * interval '1 hour'`,
		`UPDATE river_job SET scheduled_at = scheduled_at - $1 * interval '1 hour' WHERE kind = 'ticket_close'`,
	} {
		_, err := s.super.Exec(s.Context(), q, n)
		s.ok(err)
	}
}

// status waits until a ticket has the status.
func (s *site) status(number int, want string) {
	s.Helper()
	s.until("status "+want, func() bool {
		return s.count(`SELECT count(*) FROM support_tickets WHERE number = $1 AND status = $2`, number, want) == 1
	})
}

var signedAddress = regexp.MustCompile(`^support\+1-[0-9a-z]{16}@northwind\.example$`)

// checkAnswer looks at all that makes an answer part of the customer's thread, and returns its reply address.
func (s *site) checkAnswer(sub mailserver.Submission, question string) (replyTo string) {
	s.Helper()
	r, err := gomail.CreateReader(strings.NewReader(string(sub.Raw)))
	s.ok(err)
	h := r.Header
	subject, _ := h.Subject()
	if subject != "Re: Charger blinks red [#1]" {
		s.Errorf("subject %q", subject)
	}
	for field, want := range map[string]string{"In-Reply-To": "<" + question + ">", "References": "<" + question + ">"} {
		if got := h.Get(field); got != want {
			s.Errorf("%s: %s, want %s", field, got, want)
		}
	}
	if id := h.Get("Message-Id"); !strings.HasSuffix(id, "@northwind.example>") {
		s.Errorf("Message-ID %s", id)
	}
	if !strings.Contains(h.Get("Reply-To"), "<"+sub.From+">") || !slices.Equal(sub.Rcpts, []string{ada}) {
		s.Errorf("envelope from %s to %v", sub.From, sub.Rcpts)
	}
	from, err := mail.ParseAddress(h.Get("From"))
	s.ok(err)
	if from.Address != support || from.Name != "Northwind Support" {
		s.Errorf("from %v", from)
	}
	reply, err := mail.ParseAddress(h.Get("Reply-To"))
	s.ok(err)
	if !signedAddress.MatchString(reply.Address) {
		s.Errorf("reply address %s", reply.Address)
	}
	kinds := map[string]string{}
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			break
		}
		s.ok(err)
		kind, _, _ := p.Header.(*gomail.InlineHeader).ContentType()
		text, err := io.ReadAll(p.Body)
		s.ok(err)
		kinds[kind] = string(text)
	}
	for _, kind := range []string{"text/plain", "text/html"} {
		if !strings.Contains(kinds[kind], "10 to 30 °C") {
			s.Errorf("the %s part reads %q", kind, kinds[kind])
		}
	}
	return reply.Address
}

// checkTicket looks at what is on record of the whole.
func (s *site) checkTicket(first string) {
	s.Helper()
	one := s.show(1)
	keys(s.T, "ticket show", one, "number", "title", "status", "priority", "customer", "assignee", "created_at", "updated_at", "comment_count",
		"description", "comments", "events", "participants", "summary", "suggestions")
	keys(s.T, "summary", one["summary"], "text", "model", "created_at")
	for _, k := range one["comments"].([]any) {
		keys(s.T, "comment", k, "id", "kind", "author", "via", "text", "html", "created_at", "message_id", "in_reply_to", "delivery", "auth", "attachments")
		keys(s.T, "author", k.(object)["author"], "kind", "name", "email")
	}
	for _, k := range one["suggestions"].([]any) {
		keys(s.T, "suggestion", k, "id", "kind", "state", "text", "model", "citations", "based_on_comment", "created_at")
		for _, c := range k.(object)["citations"].([]any) {
			keys(s.T, "citation", c, "article_id", "title", "score")
		}
	}
	for _, k := range one["participants"].([]any) {
		keys(s.T, "participant", k, "email", "name", "role")
	}
	comments := one["comments"].([]any)
	if got := comments[0].(object); got["message_id"] != first || got["via"] != "email" || got["auth"] == nil {
		s.Errorf("the first comment is %v", got)
	}
	if got := comments[1].(object); got["delivery"] != "sent" || got["via"] != "slack" || got["author"].(object)["name"] != "Maya Okafor" || got["in_reply_to"] != first {
		s.Errorf("the answer is %v", got)
	}
	list := read[[]object](s.shell, "ticket", "list")
	if len(list) != 2 {
		s.Fatalf("%d tickets", len(list))
	}
	keys(s.T, "ticket list", list[0], "number", "title", "status", "priority", "customer", "assignee", "created_at", "updated_at", "comment_count")
	keys(s.T, "customer", list[0]["customer"], "name", "email")

	var story []string
	for _, e := range one["events"].([]any) {
		keys(s.T, "event", e, "at", "actor", "kind", "from", "to", "via")
		o := e.(object)
		if (o["actor"].(object)["kind"] == "ai") != (o["kind"] == "summary" || o["kind"] == "suggestion" && o["via"] == "system") {
			s.Errorf("the AI acts by itself, and others do not: %v", o)
		}
		if o["kind"] == "status" {
			story = append(story, strings.Join([]string{o["actor"].(object)["name"].(string), o["from"].(string), o["to"].(string), o["via"].(string)}, ","))
		}
	}
	want := []string{
		"Maya Okafor,open,in-progress,slack", "Maya Okafor,in-progress,resolved,slack", "Ada Lovelace,resolved,open,email",
		"Jonas Brekke,open,resolved,cli", ",resolved,closed,",
	}
	if !sameStory(story, want) {
		s.Errorf("the history of the status is %q, want %q", story, want)
	}
}

// sameStory compares; of what the service does by itself only from and to.
func sameStory(got, want []string) bool {
	return slices.EqualFunc(got, want, func(g, w string) bool {
		return g == w || strings.HasPrefix(w, ",") && strings.Contains(g, strings.Trim(w, ","))
	})
}

// keys fails unless v is an object with all the keys.
func keys(t *testing.T, what string, v any, want ...string) {
	t.Helper()
	o, ok := v.(object)
	if !ok {
		t.Errorf("%s is %T", what, v)
		return
	}
	for _, k := range want {
		if _, ok := o[k]; !ok {
			t.Errorf("%s lacks the key %q", what, k)
		}
	}
}
