package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	slackapi "github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

// maxRequest is the most that is read of a request, in bytes; Slack's own are far smaller.
const maxRequest = 1 << 20

// Handler answers the requests that Slack makes at the addresses EventsPath, InteractionsPath and CommandsPath, where
// the app is not set to Socket Mode. Requests without a signature that is right and not older than five minutes
// are refused (https://docs.slack.dev/authentication/verifying-requests-from-slack). While Run does not run,
// Slack is asked to come again.
func (a *App) Handler(signingSecret string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "Slack uses POST here", http.StatusMethodNotAllowed)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			http.Error(w, "the request could not be read", http.StatusBadRequest)
			return
		}
		if err := signedBySlack(r.Header, body, signingSecret); err != nil {
			// Anybody can call: it is no news, and Slack's own would come again.
			a.log.Debug("a request was not signed by Slack", "error", err)
			http.Error(w, "not signed by Slack", http.StatusUnauthorized)
			return
		}
		a.answer(w, r, body)
	})
}

// The addresses below the public one that an app's pages at Slack name.
const (
	EventsPath       = "/slack/events"       // Event Subscriptions
	InteractionsPath = "/slack/interactions" // Interactivity & Shortcuts
	CommandsPath     = "/slack/commands"     // Slash Commands
)

// signedBySlack checks a signature over the body as it came. The library compares in constant time.
func signedBySlack(h http.Header, body []byte, secret string) error {
	v, err := slackapi.NewSecretsVerifier(h, secret)
	if err != nil {
		return err
	}
	if _, err := v.Write(body); err != nil {
		return err
	}
	return v.Ensure()
}

// answer works on a signed request.
func (a *App) answer(w http.ResponseWriter, r *http.Request, body []byte) {
	data, err := readRequest(r.URL.Path, body)
	var challenge *challengeError
	if errors.As(err, &challenge) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, challenge.text)
		return
	}
	if err != nil {
		a.log.Warn("a Slack delivery could not be read", "path", r.URL.Path, "error", err)
		w.WriteHeader(http.StatusOK) // It would be no better another time.
		return
	}
	in := a.requests.Load()
	acked := make(chan any, 1)
	ctx, cancel := context.WithTimeout(r.Context(), ackTime)
	defer cancel()
	ack := func(_ context.Context, answer any) {
		select {
		case acked <- answer:
		default: // acknowledged before
		}
	}
	if in == nil || !a.take(ctx, in, delivery{data: data, ack: ack}) {
		http.Error(w, "please come again", http.StatusServiceUnavailable)
		return
	}
	select {
	case answer := <-acked:
		writeAnswer(w, answer)
	case <-ctx.Done():
		http.Error(w, "please come again", http.StatusServiceUnavailable)
	}
}

func writeAnswer(w http.ResponseWriter, answer any) {
	if answer == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(answer) // Slack went away.
}

// A challengeError is Slack's question whether an address is ours, which is answered by its text
// (https://docs.slack.dev/reference/events/url_verification).
type challengeError struct{ text string }

func (e *challengeError) Error() string { return "Slack verifies the address" }

// readRequest reads what Slack sent to one of the paths.
func readRequest(path string, body []byte) (any, error) {
	if path == EventsPath {
		return readEvent(body)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fmt.Errorf("read the form: %w", err)
	}
	if path == CommandsPath {
		return slackapi.SlashCommandParse(&http.Request{Method: http.MethodPost, PostForm: form, Form: form})
	}
	var cb slackapi.InteractionCallback
	if err := json.NewDecoder(strings.NewReader(form.Get("payload"))).Decode(&cb); err != nil {
		return nil, fmt.Errorf("read the payload: %w", err)
	}
	return cb, nil
}

func readEvent(body []byte) (any, error) {
	// The verification token is Slack's old way; the signature says more.
	e, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
	if err != nil {
		return nil, err
	}
	if e.Type == slackevents.URLVerification {
		v, _ := e.Data.(*slackevents.EventsAPIURLVerificationEvent)
		if v == nil {
			return nil, errors.New("a challenge without one")
		}
		return nil, &challengeError{v.Challenge}
	}
	return e, nil
}
