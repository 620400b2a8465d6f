package draw

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	slackapi "github.com/slack-go/slack"

	"github.com/customerdesk/customerdesk/ai"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver/blockkit"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// golden compares what is drawn with a file, and has Slack's rules judge it. CUSTOMERDESK_UPDATE=1 writes the
// files.
func golden(t *testing.T, name string, surface blockkit.Surface, drawn any) {
	t.Helper()
	got, err := json.MarshalIndent(drawn, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(got, &v); err != nil {
		t.Fatal(err)
	}
	var problems []blockkit.Problem
	if surface == blockkit.Message {
		problems = blockkit.New().MessageBlocks(v.(map[string]any)["blocks"], "/blocks")
	} else {
		problems = blockkit.New().View(v, surface)
	}
	for _, p := range problems {
		t.Errorf("%s: Slack would refuse it: %s", name, p)
	}
	if name == "" {
		return
	}
	file := filepath.Join("testdata", name+".json")
	if os.Getenv("CUSTOMERDESK_UPDATE") != "" {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got)+"\n" {
		t.Errorf("%s differs; CUSTOMERDESK_UPDATE=1 go test ./channels/slack/draw writes it. Drawn:\n%s", file, got)
	}
}

func drawn(blocks []slackapi.Block, text string) map[string]any {
	return map[string]any{"blocks": blocks, "text": text}
}

func fixed(n byte) uuid.UUID { return uuid.UUID{15: n} }

func sampleTicket() tickets.Ticket {
	at := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	return tickets.Ticket{
		ID: tickets.ID{UUID: fixed(1)}, Number: 42, Title: "Export ends with error 42", Status: tickets.Open, Priority: tickets.High,
		Customer: "Analytical Engines Ltd", Requester: tenant.Person{Name: "Ada Lovelace", Email: "ada@analytical.example"},
		WaitingSince: &at, CreatedAt: at, UpdatedAt: at,
	}
}

func TestCardIsDrawn(t *testing.T) {
	v := CardView{Ticket: sampleTicket(), Via: tickets.ByEmail}
	golden(t, "card", blockkit.Message, drawn(Card(v)))

	at := v.Ticket.CreatedAt.Add(3 * time.Hour)
	m := tenant.MemberID{UUID: fixed(2)}
	n := tickets.Number(7)
	v.Ticket.Status, v.Ticket.AssigneeID, v.Ticket.Assignee, v.Ticket.WaitingSince, v.Ticket.Follows = tickets.InProgress, &m, "Maya *Okafor*", &at, &n
	v.Auth = tickets.AuthFail
	v.Summary = &ai.Suggestion{Text: "The export to CSV has failed since Monday with error 42.", Model: "openai/gpt-x", Notice: ""}
	golden(t, "card_full", blockkit.Message, drawn(Card(v)))
}

func sampleComment() tickets.Comment {
	return tickets.Comment{
		ID: tickets.CommentID{UUID: fixed(3)}, Kind: tickets.Public, AuthorKind: tickets.ByCustomer, Via: tickets.ByEmail,
		Author: tenant.Person{Name: "Ada Lovelace", Email: "ada@analytical.example"}, Text: "Since Monday the export fails.\n\nAda",
		CreatedAt: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC),
	}
}

func TestCommentsAreDrawn(t *testing.T) {
	c := sampleComment()
	c.Attachments = []tickets.Attachment{{Name: "log <1>.txt", Size: 48_123}, {Name: "screen.png", Size: 2_400_000}, {Name: "a.exe", Size: 10, Danger: "opening it runs a program"}}
	golden(t, "comment", blockkit.Message, drawn(Comment(c)))
	c = sampleComment()
	c.AuthorKind, c.Author, c.Via, c.Delivery = tickets.ByMember, tenant.Person{Name: "Maya Okafor"}, tickets.BySlack, "sent"
	golden(t, "comment_answer", blockkit.Message, drawn(Comment(c)))
	c.Kind, c.Delivery = tickets.Internal, ""
	golden(t, "comment_note", blockkit.Message, drawn(Comment(c)))
	c.Delivery, c.DeliveryDetail = "bounced", "550 5.1.1 <ada@analytical.example>: no such user"
	golden(t, "undelivered", blockkit.Message, drawn(Undelivered(c, tickets.Event{To: "bounced"}, true)))
}

func sampleSuggestion() ai.Suggestion {
	sure := 0.82
	return ai.Suggestion{
		ID: ai.SuggestionID{UUID: fixed(4)}, Kind: ai.Reply, State: ai.Proposed, Text: "Hello Ada,\n\nopen the sign-in page. [1]", Model: ai.Builtin,
		Confidence: &sure, Citations: []ai.Citation{{Number: 1, Title: "Reset your *password*", Passage: "Open the sign-in page & choose <Forgot password>."}},
	}
}

func TestSuggestionIsDrawn(t *testing.T) {
	s := sampleSuggestion()
	golden(t, "suggestion", blockkit.Message, drawn(Suggestion(s)))
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	s.State, s.DecidedBy, s.DecidedAt, s.Notice = ai.Sent, "Maya Okafor", &at, "openai/gpt-x did not answer in time"
	golden(t, "suggestion_sent", blockkit.Message, drawn(Suggestion(s)))
}

func TestModalsAreDrawn(t *testing.T) {
	golden(t, "modal_reply", blockkit.Modal, ReplyModal(sampleTicket(), true))
	golden(t, "modal_edit", blockkit.Modal, EditModal(sampleSuggestion()))
}

func TestNoticesAreDrawn(t *testing.T) {
	since := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	m := Mailbox{Address: "support@northwind.example", LastError: "log in: authentication failed", FailingSince: &since}
	golden(t, "outage", blockkit.Message, drawn(Outage(m, since, false)))
	golden(t, "outage_over", blockkit.Message, drawn(Outage(m, since, true)))
	golden(t, "", blockkit.Message, drawn(Recovered(m)))
}

func TestWhateverPeopleWriteSlackTakesIt(t *testing.T) {
	for _, text := range []string{"", " ", "\n\n", strings.Repeat("ü", 50_000), strings.Repeat("<", 20_000), strings.Repeat("a b\n", 9_000), "\x00\u202e"} {
		tk := sampleTicket()
		tk.Title, tk.Customer, tk.Requester.Name, tk.Requester.Email = text, text, text, text
		golden(t, "", blockkit.Message, drawn(Card(CardView{Ticket: tk, Auth: tickets.AuthFail, Summary: &ai.Suggestion{Text: text, Model: text, Notice: text}})))
		c := sampleComment()
		c.Text, c.Author.Name, c.DeliveryDetail, c.Delivery, c.Auth = text, text, text, "failed", tickets.AuthFail
		for range 40 {
			c.Attachments = append(c.Attachments, tickets.Attachment{Name: text + "x", Size: 1})
		}
		golden(t, "", blockkit.Message, drawn(Comment(c)))
		golden(t, "", blockkit.Message, drawn(Undelivered(c, tickets.Event{To: "failed"}, true)))
		s := sampleSuggestion()
		s.Text, s.Model, s.Notice = text, text, text
		for range 12 {
			s.Citations = append(s.Citations, ai.Citation{Title: text, Passage: text})
		}
		golden(t, "", blockkit.Message, drawn(Suggestion(s)))
		if n := blockkit.TextLength(asJSON(t, drawn(Suggestion(s)))); n > 12_000 {
			t.Errorf("a suggestion of %d characters", n)
		}
		golden(t, "", blockkit.Modal, EditModal(s))
		golden(t, "", blockkit.Modal, TextModal("title", text))
		golden(t, "", blockkit.Modal, ReplyModal(tk, true))
		golden(t, "", blockkit.Message, drawn(Outage(Mailbox{Address: text, LastError: text}, time.Now(), false)))
		home := HomeView{Name: text, Mine: []tickets.Ticket{tk}, Unassigned: slicesOf(tk, 40), Links: map[uuid.UUID]string{tk.ID.UUID: "https://x.slack.com/archives/C/p1"}}
		golden(t, "", blockkit.Home, slackapi.HomeTabViewRequest{Type: slackapi.VTHomeTab, Blocks: slackapi.Blocks{BlockSet: Home(home)}})
	}
}

func asJSON(t *testing.T, v any) (out any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func slicesOf(tk tickets.Ticket, n int) (out []tickets.Ticket) {
	for range n {
		out = append(out, tk)
	}
	return out
}
