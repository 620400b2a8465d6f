package email

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
)

func TestMailboxSendsNoFasterThanItsRate(t *testing.T) {
	server := newMailServer(t)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	s, _ := newTestSender(t, mustAccount(t, server.SMTPURL(supportAddress)+"&rate=2/m", SMTP), Dialer{},
		func(c *SenderConfig) { c.Clock = func() time.Time { return now } })
	send := func(n int) time.Duration {
		_, err := s.Send(t.Context(), outgoing(fmt.Sprintf("rate-%d@desk.example", n), customer))
		var wait *inbox.Later
		if err != nil && !errors.As(err, &wait) {
			t.Fatal(err)
		}
		if wait == nil {
			return 0
		}
		if !strings.Contains(wait.Why, "2/m") {
			t.Errorf("the reason is %q", wait.Why)
		}
		return wait.After
	}
	for n, want := range []time.Duration{0, 30 * time.Second, time.Minute} {
		if got := send(n); got != want {
			t.Errorf("message %d is to come again in %v, want %v", n, got, want)
		}
	}
	now = now.Add(20 * time.Second)
	if got := send(1); got != 10*time.Second {
		t.Errorf("who comes too early is to come again in %v, want 10 s: its turn is kept", got)
	}
	now = now.Add(40 * time.Second)
	for _, n := range []int{2, 1} {
		if got := send(n); got != 0 {
			t.Errorf("message %d is to wait for %v after its turn came", n, got)
		}
	}
	if n := len(server.Submitted()); n != 3 {
		t.Errorf("%d messages arrived", n)
	}
}

func TestServerThatSaysTooFastIsLeftAlone(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var p pace
	for _, want := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
		p.judge(true, now)
		p.judge(true, now) // of another message at the same time
		if got := p.turn("a", 0, now).Sub(now); got != want {
			t.Errorf("paused for %v, want %v", got, want)
		}
		now = now.Add(want)
	}
	p.judge(false, now)
	if got := p.turn("b", 0, now); !got.Equal(now) || !p.idle(now) {
		t.Errorf("after a success the next leaves at %v", got)
	}
	for text, want := range map[string]bool{
		"4.7.0 Too many messages from this user":    true,
		"4.2.1 user is receiving mail at a rate":    false,
		"4.7.28 unusual rate of mail: rate limited": true,
		"4.2.0 Greylisted, try again later":         false,
		"4.3.1 out of disk space":                   false,
		"4.7.1 Slow down, please":                   true,
	} {
		receipt := inbox.Receipt{Refused: []inbox.Refusal{{Recipient: "a@b.example", Reply: "450 " + text}}}
		if got := isThrottled(receipt, nil); got != want {
			t.Errorf("%q is too fast: %v", text, got)
		}
		if got := isThrottled(inbox.Receipt{}, &SendError{Code: 421, Text: text, Temporary: true}); got != want {
			t.Errorf("421 %q is too fast: %v", text, got)
		}
	}
}

func TestRateInAMailURL(t *testing.T) {
	for rate, every := range map[string]time.Duration{"30/m": 2 * time.Second, "2/s": 500 * time.Millisecond, "100/h": 36 * time.Second} {
		a := mustAccount(t, "smtp://h?tls=none&rate="+rate, SMTP)
		if a.every() != every || a.rateText() != rate || mustAccount(t, a.String(), SMTP) != a {
			t.Errorf("rate=%s: one message each %v, written %s", rate, a.every(), a)
		}
	}
	for _, url := range []string{"smtp://h?rate=0/m", "smtp://h?rate=30", "smtp://h?rate=-1/s", "smtp://h?rate=5/d", "smtp://h?rate=999999999999/s"} {
		if _, err := ParseAccount(url, SMTP); err == nil {
			t.Errorf("%s is taken", url)
		}
	}
	if _, err := ParseAccount("imap://u:p@h?rate=5/m", IMAP); err == nil {
		t.Error("IMAP has a rate")
	}
}
