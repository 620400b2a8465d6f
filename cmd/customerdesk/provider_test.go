package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// Customers are not kept waiting by a provider that is out of order: builtin writes, and says so.
func TestProviderThatFailsIsStoodInForAndThatIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		url func(t *testing.T, asked *atomic.Int64) string
		why string
	}{
		"answers 500": {func(t *testing.T, asked *atomic.Int64) string {
			t.Helper()
			return startServer(t, func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				http.Error(w, `{"error":{"message":"out of order"}}`, http.StatusInternalServerError)
			})
		}, "500"},
		"answers nonsense": {func(t *testing.T, asked *atomic.Int64) string {
			t.Helper()
			return startServer(t, func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				_, _ = w.Write([]byte("<html>It works!</html>")) // The client may be gone.
			})
		}, "failed"},
		"never answers": {func(t *testing.T, asked *atomic.Int64) string {
			t.Helper()
			over := make(chan struct{})
			url := startServer(t, func(http.ResponseWriter, *http.Request) {
				asked.Add(1)
				<-over
			})
			t.Cleanup(func() { close(over) }) // before the server is closed, which waits for its answers
			return url
		}, "did not answer in time"},
		"is not there": {func(*testing.T, *atomic.Int64) string { return "http://127.0.0.1:1/v1" }, "cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			s := newSite(t, siteOptions{})
			for k, v := range map[string]string{"AI_PROVIDER": "openai", "AI_MODEL": "some-model", "AI_BASE_URL": c.url(t, &asked), "AI_API_KEY": "sk-none", "AI_TIMEOUT": "1s"} {
				s.env[k] = v
			}
			v := s.serve()
			s.deliver(letter{from: ada, subject: "Battery", text: "Hello,\nhow do I charge the battery? The light is red."})
			card := s.card("Battery")
			draft := s.suggestion(card)
			if text := draft.VisibleText(); !hasAll(text, []string{"10 to 30 °C", "by builtin", "openai", "some-model", "failed", c.why, "Written by builtin instead"}) {
				t.Errorf("the suggestion reads %q", text)
			}
			s.slackHas("the summary", func() bool {
				return hasAll(s.card("Battery").VisibleText(), []string{"Summary by builtin", "openai", c.why, "Written by builtin instead"})
			})
			one := s.show(1)
			if summary := one["summary"].(object); summary["model"] != "builtin" || summary["text"] == "" {
				t.Errorf("the summary is %v", summary)
			}
			if (asked.Load() > 0) == (name == "is not there") {
				t.Errorf("the provider was asked %d times", asked.Load())
			}
			if strings.Contains(v.log.String(), "sk-none") {
				t.Error("the log shows the key")
			}
			// Such an answer can be approved like any other.
			s.approve(maya, draft)
			s.mailHas("the answer", func() bool { return len(s.mail.Submitted()) == 1 })
			v.stop()
		})
	}
}

// startServer starts a server on loopback, and returns its address as AI_BASE_URL has it.
func startServer(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(answer)
	t.Cleanup(srv.Close)
	return srv.URL + "/v1"
}
