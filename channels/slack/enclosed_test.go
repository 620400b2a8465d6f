package slack

import (
	"bytes"
	"strings"

	"slices"
	"testing"

	"github.com/customerdesk/customerdesk/channels/slack/draw"
	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// enclosing is a world whose answers take files along.
func enclosing(t *testing.T) *world {
	return newWorld(t, func(_ *slackserver.Config, cfg *Config) {
		cfg.Files = inbox.NewOutbox(inbox.OutboxConfig{Pool: cfg.Pool, Box: cfg.Box, Logger: cfg.Logger, MaxSize: 1 << 20})
	})
}

// replyWith sends the Reply dialog with files, and returns their ids.
func (w *world) replyWith(card slackserver.Message, text, kind string, files ...slackserver.Attachment) []string {
	w.Helper()
	as := w.slack.As(jonas)
	w.ok(as.Press(w.ctx(), card.Channel, card.TS, draw.ActReply))
	ids, err := as.Attach(files...)
	w.ok(err)
	wrong, err := as.Submit(w.ctx(), w.modal(jonas).ID, map[string]any{draw.InputText: text, draw.InputKind: kind, draw.InputFile: ids})
	w.ok(err)
	if wrong != nil {
		w.Fatalf("the dialog says %v", wrong)
	}
	w.until("the end of the modal", func() bool { return len(w.slack.Views(jonas)) == 0 })
	return ids
}

func TestFilesOfTheReplyDialogGoAlongWithTheAnswer(t *testing.T) {
	w := enclosing(t)
	tk := w.mail("Bill", "Where is it?")
	bill := slackserver.Attachment{Name: "Bill №7.pdf", Content: bytes.Repeat([]byte("%PDF"), 1000)}
	w.replyWith(w.card(tk), "Here it is.", draw.KindPublic, bill, slackserver.Attachment{Name: "photo.png", Content: []byte("\x89PNG\r\n\x1a\n")})
	w.reply(tk, "answered the customer", "Here it is.", "Bill №7.pdf", "photo.png")
	list := w.comments(tk)
	if len(list) != 2 || list[1].Kind != tickets.Public || list[1].Author.ID != w.jonas.Person.ID || len(list[1].Attachments) != 2 {
		t.Fatalf("comments %+v", list)
	}
	a := list[1].Attachments[0]
	if a.Name != bill.Name || a.ContentType != "application/pdf" || a.Size != int64(len(bill.Content)) {
		t.Errorf("attached %+v", a)
	}
	w.in(func(tx tenant.Tx) error {
		var kept []byte
		err := tx.QueryRow(w.ctx(), `SELECT bytes FROM blobs WHERE tenant_id = $1 AND digest = $2`, tx.Tenant(), a.Digest).Scan(&kept)
		if !bytes.Equal(kept, bill.Content) {
			t.Errorf("%d bytes are kept of %d", len(kept), len(bill.Content))
		}
		return err
	})

	// The job may run again: the answer is there once, and nothing waits any more.
	w.replyWith(w.card(tk), "For us alone.", draw.KindInternal, slackserver.Attachment{Name: "log.txt", Content: []byte("log")})
	w.reply(tk, "noted (internal)", "For us alone.", "log.txt")
	if list := w.comments(tk); len(list) != 3 || list[2].Kind != tickets.Internal || len(list[2].Attachments) != 1 {
		t.Errorf("comments %+v", list)
	}
	w.in(func(tx tenant.Tx) error {
		var waiting int
		err := tx.QueryRow(w.ctx(), `SELECT count(*) FROM slack_replies WHERE tenant_id = $1`, tx.Tenant()).Scan(&waiting)
		if waiting != 0 {
			t.Errorf("%d answers wait", waiting)
		}
		return err
	})
}

func TestAnswerWhoseFilesCannotGoAlongIsKeptAsANote(t *testing.T) {
	w := enclosing(t)
	for title, c := range map[string]struct {
		why  string
		file slackserver.Attachment
	}{
		"Gone":  {"no longer in Slack", slackserver.Attachment{Name: "gone.pdf", Content: []byte("x")}},
		"Large": {"too large to be mailed", slackserver.Attachment{Name: "large.bin", Content: make([]byte, 2<<20)}},
	} {
		tk := w.mail(title, "Hello")
		if title == "Gone" {
			w.slack.Inject(slackserver.Fault{Method: "files.info", Kind: slackserver.ServerError, Times: 1})
		}
		ids := w.replyWith(w.card(tk), "My words on "+title, draw.KindPublic, c.file)
		if title == "Gone" { // before it is tried again
			w.ok(w.slack.As(jonas).Retract(ids...))
		}
		w.whispered(jonas, c.why, "kept as an internal note")
		w.reply(tk, "noted (internal)", c.why, "My words on "+title)
		if list := w.comments(tk); len(list) != 2 || list[1].Kind != tickets.Internal {
			t.Errorf("%s: comments %+v", title, list)
		}
	}
}

func TestFilesAreFetchedAgainWhereSlackFails(t *testing.T) {
	w := enclosing(t)
	tk := w.mail("Again", "Hello")
	w.slack.Inject(slackserver.Fault{Method: "files.info", Kind: slackserver.ServerError, Times: 1})
	w.replyWith(w.card(tk), "Here it is.", draw.KindPublic, slackserver.Attachment{Name: "a.txt", Content: []byte("a")})
	w.reply(tk, "answered the customer", "a.txt")
	if list := w.comments(tk); len(list) != 2 || list[1].Kind != tickets.Public {
		t.Errorf("comments %+v", list)
	}
}

func TestAnswerWhoseWorkspaceIsDisconnectedIsKeptAsANote(t *testing.T) {
	w := enclosing(t)
	tk := w.mail("Off", "Hello")
	remove := w.slack.Inject(slackserver.Fault{Method: "files.info", Kind: slackserver.ServerError})
	w.replyWith(w.card(tk), "My words", draw.KindPublic, slackserver.Attachment{Name: "a.txt", Content: []byte("a")})
	_, err := w.workspaces().Disconnect(w.ctx(), w.tenant, "")
	w.ok(err)
	remove()
	w.state("the note", func() bool { return len(w.comments(tk)) == 2 })
	if c := w.comments(tk)[1]; c.Kind != tickets.Internal || !contains(c.Text, "Slack was disconnected", "My words") {
		t.Errorf("comment %+v", c)
	}
}

// editWith sends the Edit dialog of a suggestion with a file.
func (w *world) editWith(m slackserver.Message, text string, file slackserver.Attachment) []string {
	w.Helper()
	as := w.slack.As(jonas)
	w.ok(as.Press(w.ctx(), m.Channel, m.TS, draw.ActEdit))
	ids, err := as.Attach(file)
	w.ok(err)
	wrong, err := as.Submit(w.ctx(), w.modal(jonas).ID, map[string]any{"text0": text, draw.InputFile: ids})
	w.ok(err)
	if wrong != nil {
		w.Fatalf("the dialog says %v", wrong)
	}
	return ids
}

func TestFilesOfTheEditDialogGoAlongWithTheSuggestion(t *testing.T) {
	w := enclosing(t)
	tk, m := w.suggested()
	w.editWith(m, "See the picture.", slackserver.Attachment{Name: "photo.png", Content: []byte("\x89PNG\r\n\x1a\n")})
	w.reply(tk, "answered the customer", "See the picture.", "photo.png")
	list := w.comments(tk)
	if last := list[len(list)-1]; last.Author.ID != w.jonas.Person.ID || len(last.Attachments) != 1 || last.SuggestionID == nil {
		t.Errorf("comment %+v", last)
	}
	w.until("the decision", func() bool {
		now, _ := w.slack.Message(m.Channel, m.TS)
		return contains(now.VisibleText(), "Approved by *Jonas Brekke*")
	})
}

func TestASuggestionDecidedAboutWhileItsFilesAreFetchedIsAnsweredOnce(t *testing.T) {
	w := enclosing(t)
	tk, m := w.suggested()
	remove := w.slack.Inject(slackserver.Fault{Method: "files.info", Kind: slackserver.ServerError})
	w.editWith(m, "My own words.", slackserver.Attachment{Name: "a.txt", Content: []byte("a")})
	w.ok(w.slack.As(maya).Press(w.ctx(), m.Channel, m.TS, draw.ActApprove))
	w.state("her answer", func() bool { return len(w.answers(tk)) == 1 })
	remove()
	w.whispered(jonas, "Maya Okafor", "kept as an internal note")
	w.reply(tk, "noted (internal)", "This was not sent.", "My own words.")
	if n := len(w.answers(tk)); n != 1 {
		t.Errorf("%d answers", n)
	}
}

func TestMembersSetTheirSignatureOnTheHomeTab(t *testing.T) {
	w := newWorld(t)
	home := func(user string, words ...string) (v slackserver.View) {
		w.until("the Home tab", func() (ok bool) {
			v, ok = w.slack.Home(user, slackserver.DemoApp)
			return ok && contains(v.VisibleText(), words...)
		})
		return v
	}
	as := w.slack.As(maya)
	w.ok(as.OpenHome(slackserver.DemoApp))
	v := home(maya, "organisation's signature", "Edit signature")
	w.ok(as.PressIn(w.ctx(), v.ID, draw.ActSignature))
	wrong, err := as.Submit(w.ctx(), w.modal(maya).ID, map[string]any{draw.InputText: "Northwind <Support>\n+1 555 0100"})
	w.ok(err)
	if wrong != nil {
		t.Fatalf("the dialog says %v", wrong)
	}
	v = home(maya, "Northwind &lt;Support&gt;")
	w.in(func(tx tenant.Tx) error {
		list, err := tenant.Members(w.ctx(), tx)
		for _, m := range list {
			if want := map[bool]string{true: "Northwind <Support>\n+1 555 0100"}[m.ID == w.maya.ID]; m.Signature != want {
				t.Errorf("below answers of %s: %q", m.Person.Email, m.Signature)
			}
		}
		return err
	})
	w.ok(as.PressIn(w.ctx(), v.ID, draw.ActSignature))
	wrong, err = as.Submit(w.ctx(), w.modal(maya).ID, map[string]any{draw.InputText: strings.Repeat("ü", tenant.MaxSignature)})
	w.ok(err)
	if !contains(wrong[draw.InputText], "shorten") {
		t.Errorf("a long one: %v", wrong)
	}
	wrong, err = as.Submit(w.ctx(), w.modal(maya).ID, map[string]any{draw.InputText: ""})
	w.ok(err)
	if wrong != nil {
		t.Errorf("an empty one: %v", wrong)
	}
	home(maya, "organisation's signature")
	// Whoever answers nobody has none.
	w.ok(w.slack.As(priya).OpenHome(slackserver.DemoApp))
	if v := home(priya, "Hello Priya"); contains(v.VisibleText(), "Edit signature") {
		t.Error("a light member has a signature")
	}
}

func TestFilesOfAMessageInTheThreadAreOnItsNoteAndGoAlongWhenItIsSent(t *testing.T) {
	w := enclosing(t)
	tk := w.mail("Bill", "Where is it?")
	card := w.card(tk)
	w.state("the card's ts", func() bool { return w.row(tk).TS != "" })
	ts, err := w.slack.As(jonas).Upload(card.Channel, card.TS, "Here it is.", slackserver.Attachment{Name: "bill.pdf", Content: []byte("%PDF")})
	w.ok(err)
	w.marked(card.Channel, ts, noteMark)
	list := w.comments(tk)
	if len(list) != 2 || list[1].Kind != tickets.Internal || list[1].Text != "Here it is." || len(list[1].Attachments) != 1 || list[1].Attachments[0].Name != "bill.pdf" {
		t.Fatalf("comments %+v", list)
	}
	for range 2 { // one envelope, and one of somebody else
		w.ok(w.slack.As(jonas).React(card.Channel, ts, answerMark))
		w.ok(w.slack.As(maya).React(card.Channel, ts, answerMark))
		w.marked(card.Channel, ts, answerMark)
		w.ok(w.slack.As(jonas).Unreact(card.Channel, ts, answerMark))
		w.ok(w.slack.As(maya).Unreact(card.Channel, ts, answerMark))
	}
	list = w.comments(tk)
	if len(list) != 2 || list[1].Kind != tickets.Public || list[1].Author.ID != w.jonas.Person.ID || len(list[1].Attachments) != 1 {
		t.Errorf("comments %+v", list)
	}

	// A light member may note but not send.
	ts, err = w.slack.As(priya).Say(card.Channel, card.TS, "Ask for the number.")
	w.ok(err)
	w.marked(card.Channel, ts, noteMark)
	w.ok(w.slack.As(priya).React(card.Channel, ts, answerMark))
	w.whispered(priya, "with the role light you cannot answer customers", "admin and agent can")
	if list := w.comments(tk); len(list) != 3 || list[2].Kind != tickets.Internal {
		t.Errorf("comments %+v", list)
	}
}

// marked waits until the app's own mark is on a message.
func (w *world) marked(channel, ts, mark string) {
	w.Helper()
	w.until("the mark "+mark, func() bool {
		m, _ := w.slack.Message(channel, ts)
		for _, r := range m.Reactions {
			if r.Name == mark && slices.Contains(r.Users, slackserver.DemoBotUser) {
				return true
			}
		}
		return false
	})
}
