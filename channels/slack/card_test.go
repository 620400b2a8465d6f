package slack

import "testing"

func TestMailBecomesACardWithItsWordsInTheThread(t *testing.T) {
	w := newWorld(t)
	tk := w.mail("The export fails", "Hello,\n\nsince Monday the export ends with error 42.\n\nAda")
	card := w.card(tk)
	if got := card.VisibleText(); !contains(got, "#1  The export fails", "Ada Lovelace", "analytical", "by mail", "Open", "Medium priority", "nobody yet") {
		t.Errorf("card reads %q", got)
	}
	m := w.reply(tk, "error 42")
	if got := m.VisibleText(); !contains(got, "*Ada Lovelace* wrote", "since Monday") {
		t.Errorf("comment reads %q", got)
	}
	if n := len(w.slack.AllMessages(w.ws.ChannelID)); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
}
