package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// patient is how long a condition is usually waited for: a lease and a machine that does much else fit in.
const patient = 150 * time.Second

// A shell runs the command with settings of its own.
type shell struct {
	*testing.T
	env      map[string]string // by name without the prefix
	patience time.Duration     // how long a condition is waited for
	certs    string            // a file of further certificates to trust
}

func newShell(t *testing.T, databaseURL string) *shell {
	return &shell{T: t, patience: patient, env: map[string]string{
		"DATABASE_URL": databaseURL,
		"DATA_DIR":     t.TempDir(),
		"SECRET_KEY":   base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)),
		"METRICS_ADDR": "127.0.0.1:0",
		"HTTP_ADDR":    "127.0.0.1:0",
		"LOG_FORMAT":   "json",
		"DNS_SERVER":   "off",
	}}
}

// with is the shell with another setting; an empty value takes it away.
func (s *shell) with(name, value string) *shell {
	other := &shell{T: s.T, patience: s.patience, certs: s.certs, env: map[string]string{name: value}}
	for k, v := range s.env {
		if k != name {
			other.env[k] = v
		}
	}
	return other
}

func (s *shell) command(ctx context.Context, args ...string) *exec.Cmd {
	s.Helper()
	binary, err := os.Executable()
	s.ok(err)
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.SysProcAttr = sysProcAttr()
	cmd.Env = []string{asCommand + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + s.env["DATA_DIR"], "TMPDIR=" + os.TempDir(), "GORACE=halt_on_error=1"}
	if s.certs != "" {
		cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+s.certs)
	}
	for k, v := range s.env {
		if v != "" {
			cmd.Env = append(cmd.Env, "CUSTOMERDESK_"+k+"="+v)
		}
	}
	return cmd
}

// A result is what a command left.
type result struct {
	stdout, stderr string
	status         int
}

// try runs a command to its end.
func (s *shell) try(args ...string) result {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patient)
	defer cancel()
	cmd := s.command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	if strings.Contains(errs.String(), "DATA RACE") {
		s.Fatalf("%s: %s", strings.Join(args, " "), &errs)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// do runs a command that must succeed, in silence on standard error, and returns its standard output.
func (s *shell) do(args ...string) string {
	s.Helper()
	r := s.try(args...)
	if r.status != exitDone || r.stderr != "" {
		s.Fatalf("customerdesk %s: status %d\n%s%s", strings.Join(args, " "), r.status, r.stdout, r.stderr)
	}
	return r.stdout
}

// object is a JSON object as a script sees it.
type object = map[string]any

// read runs a reading command with --json, and fails unless it prints exactly one value.
func read[T any](s *shell, args ...string) T {
	s.Helper()
	var v T
	s.ok(oneValue(s.do(append(args, "--json")...), &v))
	return v
}

func oneValue(text string, v any) error {
	dec := json.NewDecoder(strings.NewReader(text))
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value in " + text)
	}
	return nil
}

func (s *shell) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// failsWith runs a command that must fail with the status, in one line on standard error that has all words.
func (s *shell) failsWith(status int, words []string, args ...string) {
	s.Helper()
	r := s.try(args...)
	what := "customerdesk " + strings.Join(args, " ")
	if r.status != status {
		s.Errorf("%s: status %d, want %d: %s", what, r.status, status, r.stderr)
	}
	lines := strings.Split(strings.TrimSuffix(r.stderr, "\n"), "\n")
	if status == exitUsage && len(lines) == 2 && strings.HasPrefix(lines[1], "See ") {
		lines = lines[:1]
	}
	if len(lines) != 1 {
		s.Errorf("%s: %d lines on standard error:\n%s", what, len(lines), r.stderr)
	}
	for _, w := range words {
		if !strings.Contains(lines[0], w) {
			s.Errorf("%s: standard error does not say %q: %s", what, w, lines[0])
		}
	}
}

// until waits until cond holds. What it looks at (another process's rows) wakes nobody, so it is looked at
// again after a while.
func (s *shell) until(what string, cond func() bool) {
	s.Helper()
	deadline := time.After(s.patience)
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			s.Fatalf("%s did not come to be", what)
		case <-s.Context().Done():
			s.Fatal("the test was ended")
		}
	}
}
