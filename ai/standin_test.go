package ai_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/customerdesk/customerdesk/ai"
)

// standIn speaks the wire formats of OpenAI, Anthropic and Ollama, as far as the clients read them.
type standIn struct {
	*httptest.Server
	mu       sync.Mutex
	fault    string            // "", status code, garbage, huge, slow, empty, cold, closed
	say      string            // what the model writes
	prompts  []string          // bodies of requests
	keys     map[string]string // header by path
	released chan struct{}
}

func newStandIn(t *testing.T, fault, say string) *standIn {
	s := &standIn{fault: fault, say: say, keys: make(map[string]string), released: make(chan struct{})}
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() {
		close(s.released)
		s.Close()
	})
	return s
}

// provider returns the settings that a deployment would have for the stand-in.
func (s *standIn) provider(name string) ai.Provider {
	p := ai.Provider{Name: name, Model: "test-model", BaseURL: s.URL, APIKey: "sk-very-secret", Timeout: 5 * time.Second}
	if name != "ollama" {
		p.BaseURL += "/v1"
	}
	if s.fault == "slow" {
		p.Timeout = 100 * time.Millisecond
	}
	return p
}

func (s *standIn) asked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.prompts, "\n")
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.prompts = append(s.prompts, string(body))
	s.keys[r.URL.Path] = r.Header.Get("Authorization") + r.Header.Get("X-Api-Key")
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch s.fault {
	case "":
	case "garbage":
		fmt.Fprint(w, "<html>It works!</html>")
		return
	case "huge":
		for range 64 {
			fmt.Fprint(w, strings.Repeat(" ", 1<<16))
		}
		return
	case "slow":
		select {
		case <-s.released:
		case <-r.Context().Done():
		}
		return
	case "empty":
		fmt.Fprint(w, "{}")
		return
	case "cold":
		if strings.Contains(string(body), `"temperature"`) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":{"message":"Unsupported value: 'temperature' does not support 0 with this model."}}`)
			return
		}
	default:
		var code int
		fmt.Sscan(s.fault, &code)
		w.WriteHeader(code)
		fmt.Fprint(w, `{"error":{"message":"key sk-very-secret is bad","type":"x"}}`)
		return
	}
	s.answer(w, r)
}

func (s *standIn) answer(w http.ResponseWriter, r *http.Request) {
	text, _ := json.Marshal(s.say)
	switch r.URL.Path {
	case "/v1/chat/completions":
		fmt.Fprintf(w, `{"id":"1","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%s}}],"usage":{"prompt_tokens":7,"completion_tokens":3}}`, text)
	case "/v1/messages":
		fmt.Fprintf(w, `{"id":"1","type":"message","role":"assistant","content":[{"type":"text","text":%s}],"stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":3}}`, text)
	case "/api/chat":
		fmt.Fprintf(w, `{"model":"test-model","message":{"role":"assistant","content":%s},"done":true,"eval_count":3,"prompt_eval_count":7}`, text)
	case "/v1/models":
		fmt.Fprint(w, `{"data":[{"id":"test-model"},{"id":"other-model"}]}`)
	case "/api/tags":
		fmt.Fprint(w, `{"models":[{"name":"test-model:latest"}]}`)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}
