package inbox

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"

	"context"
	"fmt"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/jobs"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// jobbing inserts two jobs for each change, as many as the service does for a customer's comment.
type jobbing struct {
	queue *jobs.Queue
}

func (j jobbing) TicketChanged(ctx context.Context, tx tenant.Tx, _ []tickets.Event) error {
	a := SendArgs{Tenant: tx.Tenant()}
	return j.queue.Insert(ctx, tx, jobs.Insert{Args: a}, jobs.Insert{Args: a})
}

// BenchmarkAccept stores mixed mail on a Postgres that keeps every commit: plain and HTML, 30 % replies, a
// tenth with an attachment of 50 kB, from a thousand people of two hundred companies.
func BenchmarkAccept(b *testing.B) {
	db := pgtest.Durable(b)
	h := houseIn(b, db.Service, "bench")
	queue, err := jobs.New(jobs.Config{Pool: h.pool, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	cfg := h.inbox.cfg
	cfg.Desk = tickets.New(time.Now, jobbing{queue})
	in := New(cfg)
	all := make([]Raw, b.N)
	for i := range all {
		all[i] = h.raw(mixedMail(i))
	}
	const batch = 100
	before := cpuTime()
	pgBefore := pgCPU(db.Name)
	b.ResetTimer()
	for from := 0; from < len(all); from += batch {
		part := all[from:min(from+batch, len(all))]
		if n, err := in.Accept(b.Context(), part); err != nil || n != len(part) {
			b.Fatalf("stored %d of %d: %v", n, len(part), err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/1000/float64(b.N), "own-cpu-ms/mail")
	b.ReportMetric(float64((pgCPU(db.Name)-pgBefore).Microseconds())/1000/float64(b.N), "pg-cpu-ms/mail")
	if got := h.count("ticket_comments"); got != b.N {
		b.Errorf("%d mails made %d comments", b.N, got)
	}
}

func mixedMail(i int) string {
	who := i % 1000
	more := []string{}
	if i%10 >= 7 {
		who = (i - 7) % 1000 // the same person goes on
		more = append(more, fmt.Sprintf("In-Reply-To: <m%d@c.example>", i-7), fmt.Sprintf("References: <m%d@c.example>", i-7))
	}
	text := strings.Repeat("Some words of a mail that somebody wrote in a hurry.\n", 15)
	switch {
	case i%10 == 3:
		more = append(more, "Content-Type: multipart/mixed; boundary=b")
		text = "--b\n\n" + text + "--b\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n" +
			strings.Repeat(strings.Repeat("QUJD", 19)+"\n", 50<<10/77) + "--b--\n"
	case i%2 == 0:
		more = append(more, "Content-Type: multipart/alternative; boundary=b")
		text = "--b\n\n" + text + "--b\nContent-Type: text/html\n\n<html><body>" + strings.Repeat("<p>Some <b>words</b> of a mail.</p>\n", 15) + "</body></html>\n--b--\n"
	}
	return plainMail(fmt.Sprintf("Person %d <p%d@company%d.example>", who, who, who%200), fmt.Sprintf("Question %d", i), fmt.Sprintf("m%d@c.example", i), text, more...)
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// pgCPU is the processor time of the backends of a database, 0 where the system does not tell.
func pgCPU(name string) (sum time.Duration) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		cmd, _ := os.ReadFile(d + "/cmdline")
		if !bytes.Contains(cmd, []byte("postgres")) || !bytes.Contains(cmd, []byte(name)) {
			continue
		}
		stat, _ := os.ReadFile(d + "/stat")
		f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		for _, i := range []int{11, 12} {
			n, _ := strconv.Atoi(f[i])
			sum += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return sum
}
