package email

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
)

// serveArgument makes the test binary a mail server: what it takes must not be counted with the client's.
const serveArgument = "serve-mail-for-the-memory-test"

// memoryMailboxes is how many connections the measurement is an average of.
const memoryMailboxes = 400

// serveForMemory says on standard output where it listens, then once that all accounts are in IDLE, and ends
// with its standard input.
func serveForMemory() {
	config := mailserver.Config{}
	for i := range memoryMailboxes {
		config.Accounts = append(config.Accounts, mailserver.Account{Address: fmt.Sprintf("box%d@desk.example", i), Password: "secret"})
	}
	s, err := mailserver.Start(context.Background(), config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var urls []string
	for _, a := range s.Accounts() {
		urls = append(urls, s.IMAPURLWith(a.Address, mailserver.ImplicitTLS))
	}
	_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"urls": urls, "cert": s.CertPEM()})
	go func() {
		err := s.WaitFor(context.Background(), func() bool {
			for _, a := range s.Accounts() {
				if _, idle := s.IMAPSessions(a.Address); idle == 0 {
					return false
				}
			}
			return true
		})
		fmt.Println("idle", err)
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = s.Close()
}

// startRemote runs the mail server as a process of its own; idle returns once all accounts are in IDLE.
func startRemote(t testing.TB) (urls []string, roots *x509.CertPool, idle func()) {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	cmd := exec.Command(self, serveArgument)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	check(t, err)
	stdout, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	r := bufio.NewReader(stdout)
	line, err := r.ReadBytes('\n')
	check(t, err)
	var hello struct {
		URLs []string `json:"urls"`
		Cert []byte   `json:"cert"`
	}
	check(t, json.Unmarshal(line, &hello))
	roots = x509.NewCertPool()
	if !roots.AppendCertsFromPEM(hello.Cert) {
		t.Fatal("no certificate")
	}
	return hello.URLs, roots, func() {
		if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "idle <nil>") {
			t.Fatalf("the server says %q, %v", line, err)
		}
	}
}

func memoryInUse() (live, resident int64) {
	for range 3 { // Stacks shrink by half with each.
		runtime.GC()
	}
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if n, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			_, _ = fmt.Sscan(n, &resident)
		}
	}
	return int64(m.HeapAlloc + m.StackInuse), resident << 10
}

func TestIdleMailboxTakesLittleMemory(t *testing.T) {
	urls, roots, idle := startRemote(t)
	d := newDesk(t)
	before, residentBefore := memoryInUse()
	for _, url := range urls {
		d.add(Mailbox{Account: mustAccount(t, url, IMAP)})
	}
	d.start(roots, func(c *Config) { c.Refresh, c.IdlePoll = time.Hour, time.Hour })
	idle()
	live, resident := memoryInUse()
	perMailbox := (live - before) / memoryMailboxes
	t.Logf("an idle mailbox over TLS takes %d bytes of heap and stacks, %d of resident memory",
		perMailbox, (resident-residentBefore)/memoryMailboxes)
	if raceEnabled {
		return // The detector's shadow counts as well.
	}
	if limit := int64(45_000); perMailbox > limit {
		t.Errorf("an idle mailbox takes %d bytes, want %d at most", perMailbox, limit)
	}
}
