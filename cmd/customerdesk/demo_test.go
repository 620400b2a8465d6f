package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/browser"
	"github.com/customerdesk/customerdesk/internal/sandbox/slackserver"
)

// startDemo runs `customerdesk demo` until the test ends.
func startDemo(t *testing.T) demoJSON {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	var stderr strings.Builder
	data := t.TempDir() // before the clean-up below, so that it is removed after it
	c := &cli{stdin: strings.NewReader(""), stdout: in, stderr: &stderr, getenv: func(string) (string, bool) { return "", false }}
	ended := make(chan int, 1)
	go func() {
		ended <- c.run(ctx, []string{"demo", "--json", "--data-dir", data, "--slack-addr", "127.0.0.1:0", "--mail-addr", "127.0.0.1:0"})
		in.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != exitDone || stderr.Len() > 0 {
			t.Errorf("the demo ended with status %d and said:\n%s", code, &stderr)
		}
	})
	var d demoJSON
	if err := json.NewDecoder(out).Decode(&d); err != nil {
		cancel()
		t.Fatalf("the demo did not come up: %v\n%s", err, &stderr)
	}
	return d
}

func TestDemoShowsTheWholeJobInTheBrowser(t *testing.T) {
	d := startDemo(t)
	if d.Tickets != 6 {
		t.Fatalf("%d tickets", d.Tickets)
	}
	slack := browser.New(t)
	slack.Open(d.Slack + "?as=" + slackserver.DemoMaya)
	slack.WaitText(".message", "Charger blinks red")
	slack.Shot("slack-channel")
	for n, title := range map[int]string{1: "Charger blinks red", 6: "Do you paint bikes in company colours?"} { // numbered in the order in which they were written
		if text := browser.Eval[string](slack, fmt.Sprintf(`[...document.querySelectorAll('[data-ts]')].find(m => m.textContent.includes(%q)).textContent`, title)); !strings.Contains(text, fmt.Sprintf("#%d", n)) {
			t.Errorf("ticket %d reads %q", n, text)
		}
	}
	card := openThread(slack, "Charger blinks red")
	slack.WaitText("#thread .message", "since yesterday the charger of my Tern")
	slack.WaitText("#thread .message", "Charging the battery")
	slack.Shot("slack-suggestion")

	// Somebody who is no support member is told so, and nothing is sent.
	outsider := browser.New(t)
	outsider.Open(d.Slack + "?as=" + slackserver.DemoOskar)
	outsider.WaitText(".message", "Charger blinks red")
	openThread(outsider, "Charger blinks red")
	outsider.Click(`#thread [data-action="suggestion.approve"]`)
	outsider.WaitText("#thread", "support member")

	// A member edits nothing and approves; the customer reads the answer and writes back.
	slack.Click(`#thread [data-action="suggestion.approve"]`)
	slack.WaitText("#thread", "Nora Berg")
	mail := browser.New(t)
	mail.Open(d.Mail)
	mail.WaitText(".conversation", "Charger blinks red")
	mail.Click(".conversation")
	mail.Until(`[...document.querySelectorAll('iframe.html')].some(f => f.contentDocument?.body?.innerText.includes('30 °C'))`)
	mail.Shot("mail-answer")
	mail.Click("#reply")
	mail.Type(".reply-card textarea", "It charges again in the warm. Thank you!")
	mail.Click(".reply-card [type=submit]")
	slack.WaitText("#thread .message", "It charges again in the warm. Thank you!")
	slack.Shot("slack-reply-arrived")

	// The answer modal, and the status menu on the card.
	slack.Click(card + ` [data-action="ticket.reply"]`)
	slack.Wait("dialog.view")
	slack.Shot("slack-answer")
	slack.Keys("\x1b")
	slack.WaitGone("dialog.view")
	slack.Click(card + ` [data-action="ticket.status"]`)
	slack.Click(".menu [data-value=resolved]")
	slack.WaitText(card, "Resolved")
	slack.Click("#sidebar .place:has(.avatar)")
	slack.WaitText("main", "Unassigned")
	slack.Shot("slack-home")

	// A customer writes something new, and it becomes a card.
	mail.Click("#compose")
	mail.Type("#composer [name=to]", "support@harbourbikes.example")
	mail.Type("#composer [name=subject]", "Spare key")
	mail.Type("#composer [name=text]", "I lost one of my two keys. Can I order another?")
	mail.Click("#composer [type=submit]")
	slack.ClickText("#sidebar .place .name", "support")
	slack.WaitText(".message", "Spare key")
}

// openThread opens the thread of the card with this title, and returns what selects the card.
func openThread(tab *browser.Tab, title string) (card string) {
	ts := browser.Eval[string](tab, fmt.Sprintf(`[...document.querySelectorAll('[data-ts]')].find(m => m.textContent.includes(%q)).dataset.ts`, title))
	card = fmt.Sprintf("[data-ts=%q]", ts)
	tab.Click(card + " .replies")
	tab.Wait("#thread .message")
	return card
}
