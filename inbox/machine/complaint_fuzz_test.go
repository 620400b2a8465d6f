package machine

import (
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/inbox/mail"
)

func FuzzComplaint(f *testing.F) {
	const report = "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\n"
	f.Add([]byte(report + "Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: <ann@customer.example>\n--b--\n"))
	f.Add([]byte(report + "Feedback-Type: not-spam\n--b--\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list := Complaints(mail.Read(raw, mail.Patience{}))
		if len(list) > maxFailures {
			t.Errorf("%d complaints", len(list))
		}
		for _, c := range list {
			if c.Action != Complained || c.Hard || strings.ContainsAny(c.Text, "\n\x00") {
				t.Errorf("%+v", c)
			}
		}
	})
}
