package slackserver

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxReply is how much of an app's HTTP answer is read.
const maxReply = 1 << 20

// request makes one attempt of a delivery over HTTP.
func (s *Server) request(d *delivery, envelope string) {
	body, kind, target := httpForm(d)
	req, err := s.signed(s.ctx, d.app, target, kind, body)
	if err == nil && d.attempt > 0 {
		req.Header.Set("X-Slack-Retry-Num", strconv.Itoa(d.attempt))
		req.Header.Set("X-Slack-Retry-Reason", d.reason)
	}
	var reply []byte
	status, noRetry := 0, false
	if err == nil {
		reply, status, noRetry, err = s.exchange(req)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.state != sent || d.envelope != envelope {
		return
	}
	switch {
	case err != nil:
		s.failed(d, "http_timeout", ErrNotAcknowledged)
	case status < 200 || status > 299:
		if noRetry {
			s.finish(d, nil, fmt.Errorf("HTTP status %d: %w", status, ErrNotAcknowledged))
			break
		}
		s.failed(d, "http_error", fmt.Errorf("HTTP status %d: %w", status, ErrNotAcknowledged))
	default:
		s.finish(d, jsonOrText(reply), nil)
	}
	s.wake()
}

func (s *Server) exchange(req *http.Request) (reply []byte, status int, noRetry bool, err error) {
	res, err := s.client.Do(req)
	if err != nil {
		return nil, 0, false, err
	}
	defer func() { _ = res.Body.Close() }()
	reply, err = io.ReadAll(io.LimitReader(res.Body, maxReply))
	return reply, res.StatusCode, res.Header.Get("X-Slack-No-Retry") == "1", err
}

// httpForm is the body of a delivery: events as JSON, interactions as a form with the field payload,
// commands as a form.
func httpForm(d *delivery) (body, kind, target string) {
	target = d.url
	if target == "" && d.kind != eventsAPI {
		target = d.app.InteractivityURL
	}
	if target == "" {
		target = d.app.EventsURL
	}
	const form = "application/x-www-form-urlencoded"
	switch d.kind {
	case eventsAPI:
		return encode(d.payload), "application/json", target
	case interactive:
		return url.Values{"payload": {encode(d.payload)}}.Encode(), form, target
	}
	v := url.Values{}
	for k, e := range d.payload {
		v.Set(k, scalar(e))
	}
	return v.Encode(), form, target
}

// signed makes a request with Slack's signature
// (https://docs.slack.dev/authentication/verifying-requests-from-slack).
func (s *Server) signed(ctx context.Context, a *app, target, kind, body string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("request to app %s: %w", a.ID, err)
	}
	at := strconv.FormatInt(s.clock().Unix(), 10)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	req.Header.Set("X-Slack-Request-Timestamp", at)
	req.Header.Set("X-Slack-Signature", Sign(a.SigningSecret, at, body))
	return req, nil
}

// Sign is Slack's v0 request signature of a body at a time in Unix seconds.
func Sign(secret, timestamp, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, "v0:"+timestamp+":"+body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// VerifyURL asks the app's EventsURL for the url_verification challenge, as Slack does when the URL is
// entered.
func (s *Server) VerifyURL(ctx context.Context, appID string) error {
	s.mu.Lock()
	a := s.apps[appID]
	s.mu.Unlock()
	if a == nil || a.EventsURL == "" {
		return fmt.Errorf("app %q has no events URL", appID)
	}
	challenge := secret(20)
	req, err := s.signed(ctx, a, a.EventsURL, "application/json", encode(Object{
		"type": "url_verification", "token": a.VerificationToken, "challenge": challenge}))
	if err != nil {
		return err
	}
	reply, status, _, err := s.exchange(req)
	if err != nil {
		return fmt.Errorf("verify %s: %w", a.EventsURL, err)
	}
	var body struct {
		Challenge string `json:"challenge"`
	}
	_ = json.Unmarshal(reply, &body) // Plain text is allowed as well.
	if status != http.StatusOK || body.Challenge != challenge && strings.TrimSpace(string(reply)) != challenge {
		return fmt.Errorf("verify %s: HTTP status %d without the challenge", a.EventsURL, status)
	}
	return nil
}

// jsonOrText keeps a JSON answer and turns plain text into {"text": …}.
func jsonOrText(reply []byte) json.RawMessage {
	trimmed := strings.TrimSpace(string(reply))
	switch {
	case trimmed == "":
		return nil
	case json.Valid([]byte(trimmed)):
		return json.RawMessage(trimmed)
	}
	return json.RawMessage(encode(Object{"text": trimmed}))
}
