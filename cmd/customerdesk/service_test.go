package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// A service is a running `customerdesk serve`.
type service struct {
	shell   *shell
	cmd     *exec.Cmd
	metrics string // address
	log     *logBook
	ended   chan struct{} // closed when the process is gone
}

// A logBook keeps what a process writes.
type logBook struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready chan string // the address of the metrics, once
}

func (l *logBook) keep(r io.Reader) {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		l.mu.Lock()
		l.text.WriteString(line)
		l.mu.Unlock()
		var entry struct{ Msg, Metrics string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "customerdesk is running" {
			l.ready <- entry.Metrics
		}
		if err != nil {
			return
		}
	}
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// serve starts the service and returns when /readyz says yes. It is killed when the test ends, if it still
// runs.
func (s *shell) serve() *service {
	s.Helper()
	cmd := s.command(context.WithoutCancel(s.Context()), "serve")
	r, err := cmd.StderrPipe()
	s.ok(err)
	s.ok(cmd.Start())
	v := &service{shell: s, cmd: cmd, log: &logBook{ready: make(chan string, 1)}, ended: make(chan struct{})}
	go func() {
		defer close(v.ended)
		v.log.keep(r)
		_ = cmd.Wait() // How it ended is asked of ProcessState.
	}()
	s.Cleanup(func() {
		v.kill()
		if s.Failed() {
			s.Logf("the service's log:\n%s", v.log)
		}
		if strings.Contains(v.log.String(), "DATA RACE") {
			s.Errorf("the service has a race:\n%s", v.log)
		}
	})
	select {
	case v.metrics = <-v.log.ready:
	case <-v.ended:
		s.Fatalf("serve ended: %s", v.log)
	}
	s.until("/readyz", v.isReady)
	return v
}

func (v *service) isReady() bool {
	req, err := http.NewRequestWithContext(v.shell.Context(), http.MethodGet, "http://"+v.metrics+"/readyz", http.NoBody)
	v.shell.ok(err)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// kill ends the process as `kill -9` does.
func (v *service) kill() {
	_ = v.cmd.Process.Kill() // It may have ended already.
	<-v.ended
}

// stop ends the service in order, as an operator does, and fails if that is not done cleanly.
func (v *service) stop() {
	v.shell.Helper()
	v.shell.ok(v.cmd.Process.Signal(syscall.SIGTERM))
	<-v.ended
	if code := v.cmd.ProcessState.ExitCode(); code != exitDone {
		v.shell.Errorf("serve ended with status %d", code)
	}
}
