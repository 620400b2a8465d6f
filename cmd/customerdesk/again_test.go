package main

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
)

// pressSendAgain is the button below the notice of an answer that did not arrive.
const pressSendAgain = "answer.again"

func TestAnswerThatFailedIsSentAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{})
	v := s.serve()
	s.stored(s.deliver(letter{from: ada, subject: "Charger blinks red", text: "The charger of my battery blinks red."}))
	card := s.card("Charger blinks red")

	s.mail.Inject(mailserver.RcptRefused, 1)
	answer := s.answer(1, "Let it warm up.")
	s.delivery(answer, "failed")
	notice := s.reply(card, "could not be sent", "address is wrong or gone", "mailbox unavailable", "Send again")
	s.ok(s.slack.As(jonas).Press(t.Context(), notice.Channel, notice.TS, pressSendAgain))
	s.delivery(answer, "sent")
	s.slackHas("the notice without its button", func() bool {
		m, _ := s.slack.Message(notice.Channel, notice.TS)
		return len(m.Actions()) == 0
	})
	s.sentOnce(answer)

	s.mail.Inject(mailserver.DataRefused, 1)
	second := s.answer(1, "And put it into the sun.")
	s.delivery(second, "failed")
	if shown := s.do("ticket", "show", "1"); !hasAll(shown, []string{"turned it down", "`customerdesk ticket send 1 "}) {
		t.Errorf("nobody is told what to do: %s", shown)
	}
	if said := s.do("ticket", "send", "1"); !strings.Contains(said, `"And put it into the sun."`) {
		t.Errorf("which answer was sent is not said: %s", said)
	}
	s.delivery(second, "sent")
	s.sentOnce(second)
	s.failsWith(exitFailed, []string{"no answer on #1 waits"}, "ticket", "send", "1")
	for _, k := range s.show(1)["comments"].([]any) {
		if k := k.(object); k["message_id"] == second {
			s.failsWith(exitFailed, []string{"everybody got the answer on #1"}, "ticket", "send", "1", k["id"].(string))
		}
	}
	v.stop()
}
