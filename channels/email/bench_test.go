package email

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
)

// BenchmarkSend hands messages to the sandbox server over one reused connection, and over four.
func BenchmarkSend(b *testing.B) {
	for _, connections := range []int{1, 4} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			server := newMailServer(b)
			s, _ := newTestSender(b, mustAccount(b, server.SMTPURLWith(supportAddress, mailserver.ImplicitTLS), SMTP),
				Dialer{RootCAs: server.CertPool()}, func(c *SenderConfig) { c.Connections = connections })
			var n atomic.Int64
			b.SetParallelism(connections)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := s.Send(b.Context(), outgoing(fmt.Sprintf("bench-%d@desk.example", n.Add(1)), customer)); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sends/s")
		})
	}
}

// BenchmarkFetchAtDistance takes 2,000 messages into a sink that stores 1,000 a second, with 20 ms between
// us and the server and without.
func BenchmarkFetchAtDistance(b *testing.B) {
	for _, distance := range []time.Duration{0, 20 * time.Millisecond} {
		b.Run(distance.String(), func(b *testing.B) {
			const n = 2000
			server := newMailServer(b)
			for i := range n {
				check(b, server.Deliver(supportAddress, letter(i)))
			}
			server.SetLatency(distance)
			for b.Loop() {
				d := newDesk(b)
				d.accept = func(_ context.Context, batch []inbox.Raw) (int, error) {
					time.Sleep(time.Duration(len(batch)) * time.Millisecond)
					return len(batch), nil
				}
				ref := d.add(Mailbox{Account: mustAccount(b, server.IMAPURL(supportAddress), IMAP)})
				_, stop := d.start(nil)
				d.waitCursor(ref, n)
				stop()
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}
