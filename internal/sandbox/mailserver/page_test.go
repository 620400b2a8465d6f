package mailserver_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/customerdesk/customerdesk/internal/sandbox/browser"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
)

func openPage(t *testing.T, srv *mailserver.Server) (*browser.Tab, string) {
	t.Helper()
	web := httptest.NewServer(srv.Page())
	t.Cleanup(web.Close)
	tab := browser.New(t) // Ends before web, whose event streams never end by themselves.
	run(t, tab, chromedp.Navigate(web.URL+"/"), chromedp.WaitVisible(`#account-button .avatar`))
	return tab, web.URL
}

func run(t *testing.T, tab *browser.Tab, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.Context(), 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatalf("%v; the page says:\n%s", err, pageText(tab))
	}
}

// until waits for a JavaScript condition, or says what the page looks like.
func until(t *testing.T, tab *browser.Tab, js string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.Context(), 20*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool]("Boolean("+js+")")); err != nil {
		t.Fatalf("wait for %s: %v; the page says:\n%s", js, err, pageText(tab))
	}
}

func pageText(tab *browser.Tab) string {
	text, err := chromedp.Run(tab.Context(), chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return text
}

func TestCustomerWritesReadsTheAnswerLiveAndReplies(t *testing.T) {
	srv := start(t)
	tab, _ := openPage(t, srv)
	attachment := filepath.Join(t.TempDir(), "receipt.txt")
	if err := os.WriteFile(attachment, []byte("paid"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, tab,
		chromedp.Click("#compose"),
		chromedp.SendKeys(`#composer [name=to]`, support),
		chromedp.SendKeys(`#composer [name=subject]`, "Parcel 4711 – wo ist es?"),
		chromedp.SendKeys(`#composer [name=text]`, "Hello,\n\nmy parcel never came. See https://track.example/4711.\n\nAnna"),
		chromedp.SetUploadFiles(`#composer [type=file]`, []string{attachment}),
		chromedp.WaitVisible(`#composer .chosen li`),
	)
	tab.Shot("webmail-compose")
	run(t, tab, chromedp.Click(`#composer [type=submit]`))
	waitFor(t, srv, "the mail arrives at the desk", func() bool { return len(srv.Mailbox(support).Messages()) == 1 })
	question := srv.Mailbox(support).Messages()[0]
	if got := question.Subject(); got != "Parcel 4711 – wo ist es?" {
		t.Errorf("subject %q", got)
	}
	if from := question.Header("From"); !strings.Contains(from, "Anna Lindqvist") {
		t.Errorf("From %q", from)
	}
	for _, part := range []string{"text/plain", "text/html", "receipt.txt", `<a href=3D"https://track.example/4711">`} {
		if !bytes.Contains(question.Raw, []byte(part)) {
			t.Errorf("the mail has no %s:\n%s", part, question.Raw)
		}
	}

	answer := crlf("From: Mia from Support <" + support + ">\nTo: " + anna + "\nReply-To: Support <support+t1.sig@desk.example>\n" +
		"Subject: Re: [#1] Parcel 4711\nMessage-ID: <answer.1@desk.example>\nIn-Reply-To: " + question.MessageID() +
		"\nReferences: " + question.MessageID() + "\nDate: Mon, 2 Mar 2026 09:31:00 +0000\n" +
		"Content-Type: text/html; charset=utf-8\n\n<p>Hello Anna,</p><p>it waits at <b>the shop</b>.</p>" +
		`<script>parent.document.title='hacked'</script><img src="http://tracker.example/p.gif"><p onclick="x()">Mia</p>` +
		`<div class="gmail_quote"><blockquote>my parcel never came</blockquote></div>` + "\n")
	if err := srv.Receive(support, []string{anna}, answer); err != nil {
		t.Fatal(err)
	}
	until(t, tab, `document.querySelector('.conversation.unread')?.textContent.includes('the shop')`)
	tab.Shot("webmail-list")
	run(t, tab, chromedp.Click(`.conversation`), chromedp.WaitVisible(`iframe.html`))
	until(t, tab, `document.querySelector('iframe.html').contentDocument?.body?.innerText.includes('it waits at the shop')`)
	until(t, tab, `!document.querySelector('.conversation.unread')`)
	until(t, tab, `!document.querySelector('iframe.html').contentDocument.querySelector('script, [onclick]')`)
	until(t, tab, `!document.querySelector('iframe.html').contentDocument.body.innerText.includes('never came')`)
	until(t, tab, `document.querySelectorAll('.message').length === 2 && document.querySelector('.notice')`)
	until(t, tab, `document.title.endsWith('Webmail')`)

	run(t, tab, chromedp.Click(`#reply`), chromedp.WaitVisible(`.reply-card textarea`))
	until(t, tab, `document.activeElement.name === 'text'`)
	run(t, tab, chromedp.SendKeys(`.reply-card textarea`, "Thanks, I found it!"))
	tab.Shot("webmail-reply")
	run(t, tab, chromedp.Click(`.reply-card [type=submit]`))
	waitFor(t, srv, "the reply arrives at the desk", func() bool { return len(srv.Mailbox(support).Messages()) == 2 })
	reply := srv.Mailbox(support).Messages()[1]
	if got := reply.Header("In-Reply-To"); got != "<answer.1@desk.example>" {
		t.Errorf("In-Reply-To %q", got)
	}
	if got, want := strings.Fields(reply.Header("References")), []string{question.MessageID(), "<answer.1@desk.example>"}; !equal(got, want) {
		t.Errorf("References %q, want %q", got, want)
	}
	if got := reply.Header("X-Original-To"); got != "support+t1.sig@desk.example" {
		t.Errorf("the reply went to %q", got)
	}
	if text := reply.Text(); !strings.Contains(text, "Thanks, I found it!") ||
		!strings.Contains(text, "On Mon, Mar 2, 2026 at 9:30 AM Mia from Support <"+support+"> wrote:\n\n> Hello Anna,") {
		t.Errorf("the reply says:\n%s", text)
	}
	until(t, tab, `document.querySelectorAll('.message').length === 3`)

	run(t, tab, chromedp.Click(`.message:last-child [data-do=original]`), chromedp.WaitVisible(`#original pre`))
	until(t, tab, `/^References: <.*answer\.1@desk\.example>/m.test(document.querySelector('#original pre').textContent.replace(/\r?\n[ \t]+/g, ' '))`)
	tab.Shot("webmail-original")
}

func equal(a, b []string) bool { return strings.Join(a, " ") == strings.Join(b, " ") }

func TestPageSwitchesBetweenCustomersAndHidesTheDesk(t *testing.T) {
	srv := start(t)
	deliver(t, srv, ben, plainMail("1@desk.example", "Support <"+support+">", ben, "For Ben only", "Hello Ben"))
	tab, url := openPage(t, srv)
	until(t, tab, `document.body.innerText.includes('No mail yet')`)
	run(t, tab, chromedp.Click(`#account-button`), chromedp.WaitVisible(`#account-menu`))
	until(t, tab, `document.querySelectorAll('#account-menu [data-account]').length === 2`)
	tab.Shot("webmail-switch")
	run(t, tab, chromedp.Click(`[data-account="`+ben+`"]`))
	until(t, tab, `document.querySelector('.conversation')?.textContent.includes('For Ben only')`)
	run(t, tab, chromedp.Navigate(url+"/api/"+support+"/conversations"))
	until(t, tab, `document.body.innerText.includes('There is no such customer')`)
}

func TestRefusedMailStaysInTheForm(t *testing.T) {
	srv := start(t)
	tab, _ := openPage(t, srv)
	run(t, tab,
		chromedp.Click(`#compose`),
		chromedp.WaitVisible(`#composer`),
		chromedp.SendKeys(`#composer [name=to]`, "nobody@desk.example"),
		chromedp.SendKeys(`#composer [name=text]`, "Are you there?"),
		chromedp.Click(`#composer [type=submit]`),
	)
	until(t, tab, `document.querySelector('#composer .problem').textContent.includes('550 5.1.1')`)
	until(t, tab, `document.querySelector('#composer [name=text]').value === 'Are you there?'`)
	run(t, tab,
		chromedp.SetValue(`#composer [name=to]`, support),
		chromedp.Click(`#composer [type=submit]`),
		chromedp.WaitNotVisible(`#composer`),
	)
	waitFor(t, srv, "the mended mail arrives", func() bool { return len(srv.Mailbox(support).Messages()) == 1 })
	if n := len(srv.Mailbox(anna).Sent()); n != 1 {
		t.Errorf("Sent holds %d, want 1", n)
	}
}
