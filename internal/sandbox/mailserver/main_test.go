package mailserver_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/customerdesk/customerdesk/internal/sandbox/mailserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	support = "support@desk.example"
	anna    = "anna.lindqvist@nordlicht.example"
	ben     = "ben@home.example"
)

func config() mailserver.Config {
	return mailserver.Config{
		Accounts: []mailserver.Account{
			{Address: support, Name: "Support", Password: "desk:pass/word"},
			{Address: anna, Name: "Anna Lindqvist", Password: "a", Kind: mailserver.Customer},
			{Address: ben, Name: "Ben Okafor", Password: "b", Kind: mailserver.Customer},
		},
		Clock: func() time.Time { return time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC) },
	}
}

func start(t *testing.T) *mailserver.Server {
	t.Helper()
	return startWith(t, config())
}

func startWith(t *testing.T, c mailserver.Config) *mailserver.Server {
	t.Helper()
	srv, err := mailserver.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return srv
}

func waitFor(t *testing.T, srv *mailserver.Server, what string, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := srv.WaitFor(ctx, cond); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

func plainMail(id, from, to, subject, body string) []byte {
	return crlf("From: " + from + "\nTo: " + to + "\nSubject: " + subject + "\nMessage-ID: <" + id + ">\n" +
		"Date: Mon, 2 Mar 2026 09:00:00 +0000\nContent-Type: text/plain; charset=utf-8\n\n" + body + "\n")
}
