package machine

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailtest"
)

const noticeHead = "From: MAILER-DAEMON@mx.shop.example\nSubject: Undelivered Mail\n\n"

func TestAHostileBounceTakesLinearTime(t *testing.T) {
	for name, text := range map[string]string{
		"addresses":  strings.Repeat("a@b.example ", 1<<18),
		"at signs":   strings.Repeat("@", 1<<20),
		"groups":     strings.Repeat("Final-Recipient: rfc822; a@b.example\nAction: failed\n\n", 1<<16),
		"fields":     strings.Repeat("Received: x\n y\n", 1<<16),
		"long local": strings.Repeat("a", 1<<20) + "@b.example",
	} {
		t.Run(name, func(t *testing.T) {
			mailtest.Linear(t, text, func(s string) {
				if n := len(Failures(mail.Read([]byte(noticeHead+"could not be delivered\n"+s), mail.Patience{}))); n > maxFailures {
					t.Errorf("%d failures", n)
				}
			})
		})
	}
}

func FuzzBounce(f *testing.F) {
	f.Add([]byte("Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n" +
		"Final-Recipient: rfc822; kim@shop.example\nAction: failed\nStatus: 5.1.1\n--b--\n"))
	f.Add([]byte(noticeHead + "<kim@shop.example>:\n550 no such user\n\n--- Below this line is a copy of the message.\n\nSubject: Your lamp\n"))
	f.Add([]byte(noticeHead + "<<< 550 no\n550 <kim@shop.example>... 550 Host unknown\n"))
	mailtest.Seed(f, func(b []byte) { f.Add(b) })
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, fail := range Failures(mail.Read(raw, mail.Patience{})) {
			if fail.Hard && (fail.Action != Failed || !fail.Reason.hard()) {
				t.Errorf("hard without a reason: %+v", fail)
			}
			if len(fail.Text) > maxDiagnostic+8 || strings.ContainsAny(fail.Text, "\n\x00") || len(fail.Status) < 5 {
				t.Errorf("%+v", fail)
			}
		}
	})
}
